"""What the question, its comments and its answer say that can be checked."""

from sightbits.ledger.claim import Claim, Relation

_QUESTION = "question"
_COMMENT = "last comment on the question"
_ANSWER = "answer"
_ACCURACY = f"{_ANSWER}, the printed array"
_CENTRING = f"{_ANSWER}, on data centring"
_WEIGHTS = f"{_ANSWER}, on weight updates"
_CONCLUSION = f"{_ANSWER}, last paragraph"
_POINTS = "percentage points, mean over the learning curve"
_SHARE = "share of the gap closed"

RANGE = Claim(
    name="range",
    text="Grey values go from 0 to 255.",
    place=_QUESTION,
    relation=Relation.EQUALS,
    claimed=255.0,
    unit="highest less lowest grey value",
)
MOSTLY_ZERO = Claim(
    name="mostly background",
    text="Most of a character's image is 0.",
    place=_QUESTION,
    relation=Relation.AT_LEAST,
    claimed=1.0,
    unit="share of images more than half of which is 0",
    control="the code (images inverted)",
)
CONVOLUTIONS = Claim(
    name="same convolutional network",
    text="Asked: can inverting change how the same convolutional network does in training?",
    place=_QUESTION,
    relation=Relation.ABOVE,
    claimed=0.0,
    unit=_POINTS,
)
LINEAR = Claim(
    name="inverting is linear",
    text="Inverting is 255 - x = -x + 255, a multiplication and a shift.",
    place=_COMMENT,
    relation=Relation.EQUALS,
    claimed=0.0,
    unit="largest difference of any grey value",
)
FOLD = Claim(
    name="first layer with bias can be rewritten",
    text="Weights of a first layer that has a bias can be changed so that outputs on inverted images are the same.",
    place=_COMMENT,
    relation=Relation.AT_MOST,
    claimed=0.0,
    tolerance=1e-5,
    unit="largest difference, share of the largest output",
    control="the bias (left as it was)",
)
FOLD_PADDED = Claim(
    name="convolution with margins can be rewritten",
    text="The same holds of any first layer with a bias, so also of a convolution with a margin of zeros.",
    place=_COMMENT,
    relation=Relation.AT_MOST,
    claimed=0.0,
    tolerance=1e-5,
    unit="largest difference, share of the largest output",
)
NORM = Claim(
    name="batch normalisation takes the shift out",
    text="Followed by batch normalisation, a first layer can give the same outputs on inverted images.",
    place=_COMMENT,
    relation=Relation.AT_MOST,
    claimed=0.0,
    tolerance=1e-4,
    unit="largest difference, share of the largest output",
    control="batch normalisation",
)
NORM_TRAINED = Claim(
    name="batch normalisation in training",
    text="So there should be no difference with batch normalisation.",
    place=_COMMENT,
    relation=Relation.AT_MOST,
    claimed=0.0,
    tolerance=0.2,
    unit=_POINTS,
    control="batch normalisation",
)
LEARNABLE = Claim(
    name="optimum is the same",
    text="The changed weights are ones that training could find: the best network does as well on inverted images.",
    place=_COMMENT,
    relation=Relation.EQUALS,
    claimed=0.0,
    tolerance=0.1,
    unit="percentage points of accuracy",
)
LEARNED = Claim(
    name="training finds it",
    text="They could have been learned: with a bias there should be no difference after training.",
    place=_COMMENT,
    relation=Relation.AT_MOST,
    claimed=0.0,
    tolerance=0.1,
    unit="percentage points, after the last update",
)
NORMAL = Claim(
    name="accuracy as it is",
    text="Softmax regression reaches 91.879 % on white on black, averaged over 100 trials of 50 updates.",
    place=_ACCURACY,
    relation=Relation.EQUALS,
    claimed=91.879,
    tolerance=0.1,
    unit="percent",
)
INVERTED = Claim(
    name="accuracy inverted",
    text="It reaches 83.7478 % on inverted images.",
    place=_ACCURACY,
    relation=Relation.EQUALS,
    claimed=83.7478,
    tolerance=1.2,
    unit="percent",
)
WORSE = Claim(
    name="inverted is worse",
    text="Black on white does worse than white on black.",
    place=_ANSWER,
    relation=Relation.ABOVE,
    claimed=0.0,
    tolerance=0.1,
    unit=_POINTS,
    control="the shift of the mean (both codes centred)",
)
MEAN = Claim(
    name="mean near 0",
    text="Most pixels are black, so that the mean of MNIST is close to 0 (of 1).",
    place=_CENTRING,
    relation=Relation.EQUALS,
    claimed=0.0,
    tolerance=0.25,
    unit="share of the grey range",
)
MEAN_INVERTED = Claim(
    name="mean near 1",
    text="Inverted, the mean is 1.",
    place=_CENTRING,
    relation=Relation.EQUALS,
    claimed=1.0,
    tolerance=0.25,
    unit="share of the grey range",
)
CENTRING = Claim(
    name="centring is a reason",
    text="That data are not centred is one of the reasons why inverted images do worse.",
    place=_CENTRING,
    relation=Relation.AT_LEAST,
    claimed=0.5,
    unit=f"{_SHARE} by centring inverted images",
    control="centring (inverted images, weights of always dark pixels kept from moving)",
)
PRACTICE_CENTRE = Claim(
    name="centring is good practice",
    text="Centring data is good practice: it helps images as they are, too.",
    place=_CENTRING,
    relation=Relation.ABOVE,
    claimed=0.0,
    unit=_POINTS,
)
PRACTICE_NORMALISE = Claim(
    name="normalising is good practice",
    text="Normalising data is good practice: pixels of mean 0 and deviation 1 do better, each at its own best rate.",
    place=_CENTRING,
    relation=Relation.ABOVE,
    claimed=0.0,
    unit=_POINTS,
)
ZERO_STAYS = Claim(
    name="weights of zeros stay",
    text="Weights that belong to an input of 0 are not updated.",
    place=_WEIGHTS,
    relation=Relation.EQUALS,
    claimed=0.0,
    unit="largest change of a weight whose pixel is 0 in all images",
    control="inputs of 0 (the same pixels inverted, always 1)",
)
BORDER_STAYS = Claim(
    name="border stays",
    text="On images as they are, weights at the image border have not changed at all.",
    place=f"{_WEIGHTS}, first heat map",
    relation=Relation.AT_LEAST,
    claimed=1.0,
    unit="share of the 108 outermost pixels",
)
BORDER_MOVES = Claim(
    name="border moves when inverted",
    text="On inverted images weights at the border have changed, and more than on images as they are.",
    place=f"{_WEIGHTS}, second heat map",
    relation=Relation.ABOVE,
    claimed=0.0,
    tolerance=0.001,
    unit="mean change of the 108 outermost pixels' weights, beyond that of images as they are",
    control="inputs other than 0 at the border (both codes centred)",
)
CENTRE_DARK = Claim(
    name="centre hardly moves when inverted",
    text="On inverted images there are regions near the centre whose weights changed less than those of the border.",
    place=f"{_WEIGHTS}, second heat map",
    relation=Relation.BELOW,
    claimed=1.0,
    unit="lowest 3 x 3 region of the inner 14 x 14, over the mean of the border",
)
BORDER_TELLS_NOTHING = Claim(
    name="border does not discriminate",
    text="Pixels at the border do not tell the digits apart.",
    place=_CONCLUSION,
    relation=Relation.AT_MOST,
    claimed=0.0,
    tolerance=0.001,
    unit="bit, mean of the 108 outermost pixels beyond chance",
)
CENTRE_TELLS = Claim(
    name="middle discriminates",
    text="Pixels in the middle do tell the digits apart.",
    place=_CONCLUSION,
    relation=Relation.ABOVE,
    claimed=0.0,
    tolerance=0.001,
    unit="bit, mean of the inner 14 x 14 pixels beyond chance",
    control="the pairing of images with labels (shuffled)",
)
BORDER_EXPLAINS = Claim(
    name="moving border explains it",
    text="That weights of the border are updated, which tell nothing, explains why inverted images do worse.",
    place=_CONCLUSION,
    relation=Relation.AT_LEAST,
    claimed=0.5,
    unit=f"{_SHARE} by keeping weights of always dark pixels from moving",
    control="inverting (these weights move, all other pixels are as they are)",
)
SPEED = Claim(
    name="speed",
    text="Asked: is a background of 0 there to speed training up?",
    place=_QUESTION,
    relation=Relation.ABOVE,
    claimed=0.0,
    unit="seconds",
    untestable="A question, not a statement: neither the text nor its code says what is to be timed, and how long "
    "arithmetic takes depends on the machine. How accuracy grows by updates is drawn.",
)
