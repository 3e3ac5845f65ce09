"""What the article says that can be checked."""

import math

from sightbits.ledger.claim import Claim, Relation

_DATA = "first paragraph"
_THEORY = "introduction, the equations"
_COUNTING = "Calculating MNIST Entropy"
_MEASURING = "Measuring the MNIST Image"

PIXELS = Claim(
    name="pixels",
    text="An image has 28 x 28 = 784 pixels.",
    place=_DATA,
    relation=Relation.EQUALS,
    claimed=784.0,
    unit="pixels",
)
GREY_VALUES = Claim(
    name="grey values",
    text="A pixel takes one of 256 values.",
    place=_DATA,
    relation=Relation.EQUALS,
    claimed=256.0,
    unit="values",
)
NOT_EQUAL = Claim(
    name="pixels are not equally important",
    text="Some pixels tell more of the digit than others: the best tenth more than the worst tenth.",
    place=_DATA,
    relation=Relation.ABOVE,
    claimed=0.0,
    tolerance=0.001,
    unit="bit",
    control="the pairing of images with labels (shuffled)",
)
ALL_DIFFERENT = Claim(
    name="each pixel differs",
    text="Each pixel holds a different amount of information.",
    place=_DATA,
    relation=Relation.AT_LEAST,
    claimed=1.0,
    unit="share of pixels",
)
INDEPENDENT_ADDS = Claim(
    name="independent information adds",
    text="Entropy follows from information that adds where events are independent: H(X,Y) = H(X) + H(Y).",
    place=_THEORY,
    relation=Relation.EQUALS,
    claimed=0.0,
    tolerance=1e-9,
    unit="bit",
    control="independence: each pixel beside the label as they are",
)
UNIFORM = Claim(
    name="uniform has most entropy",
    text="No distribution over the ten classes has a higher entropy than the uniform one, log2(10) bits.",
    place=_MEASURING,
    relation=Relation.AT_MOST,
    claimed=math.log2(10),
    unit="bit",
    each=True,
)
AVERAGE = Claim(
    name="average is a probability",
    text="With rounded values, a pixel's average over all images, as a share of 255, is how probably it is bright.",
    place=_COUNTING,
    relation=Relation.EQUALS,
    claimed=0.0,
    tolerance=1e-9,
    unit="largest difference of any pixel",
    control="rounding to 0 or 255",
)
CLASS_PROBABILITY = Claim(
    name="class of a bright pixel",
    text="How often a pixel is bright in a class, over how often it is at all, is the probability of the class.",
    place=_COUNTING,
    relation=Relation.AT_MOST,
    claimed=1.0,
    tolerance=1.0,
    unit="error over that of sampling alone",
    control="the pairing of test images with labels (shuffled)",
)
MISSING_BRIGHT = Claim(
    name="missing bright pixels",
    text="Maps of the class given a bright pixel have holes.",
    place=f"{_COUNTING}, maps of bright pixels",
    relation=Relation.ABOVE,
    claimed=0.0,
    unit="pixels",
    control="the dark ground (images inverted)",
)
HOLES_ARE_DARK = Claim(
    name="holes are always dark",
    text="The holes are the pixels that are dark in every image, and only those.",
    place=f"{_COUNTING}, maps of bright pixels",
    relation=Relation.EQUALS,
    claimed=0.0,
    unit="pixels for which it fails",
)
NO_MISSING_DARK = Claim(
    name="no missing dark pixels",
    text="Maps of the class given a dark pixel have no holes.",
    place=f"{_COUNTING}, maps of dark pixels",
    relation=Relation.EQUALS,
    claimed=0.0,
    unit="pixels",
    control="the dark ground (images inverted)",
)
FACTORS = Claim(
    name="joint probability",
    text="The probability of a pixel's value together with a class is p(x) p(y|x).",
    place=_COUNTING,
    relation=Relation.EQUALS,
    claimed=0.0,
    tolerance=1e-12,
    unit="largest difference of any cell",
    control="the condition on the pixel: p(x) p(y)",
)

LOWEST_JOINT_TELLS = Claim(
    name="lowest joint entropy tells most",
    text="The pixel of the lowest entropy, taken as that of p(x,y), is the one that tells most.",
    place=_MEASURING,
    relation=Relation.AT_LEAST,
    claimed=1.0,
    tolerance=0.01,
    unit="share of the best pixel's information",
)
LOWEST_CONDITIONAL_TELLS = Claim(
    name="lowest conditional entropy tells most",
    text="The pixel of the lowest entropy, taken as that of the class given the pixel, is the one that tells most.",
    place=_MEASURING,
    relation=Relation.AT_LEAST,
    claimed=1.0,
    tolerance=0.01,
    unit="share of the best pixel's information",
    control="the rule: a pixel at random",
)
LOWEST_JOINT_SHAPES = Claim(
    name="lowest joint entropy shapes the classes",
    text="Measuring pixels of the lowest joint entropy drives the distribution over classes towards one of them.",
    place=_MEASURING,
    relation=Relation.ABOVE,
    claimed=0.0,
    tolerance=0.01,
    unit="bit of the label's entropy lost in 20 pixels",
)
LOWEST_CONDITIONAL_SHAPES = Claim(
    name="lowest conditional entropy shapes the classes",
    text="Measuring pixels of the lowest conditional entropy drives the distribution over classes towards one of them, "
    "further than pixels at random.",
    place=_MEASURING,
    relation=Relation.ABOVE,
    claimed=0.0,
    tolerance=0.01,
    unit="bit of the label's entropy lost in 10 pixels, beyond random pixels",
)
HIGHEST_JOINT_STALLS = Claim(
    name="highest joint entropy does not help",
    text="Pixels of the highest entropy, taken as that of p(x,y), bring us no closer to the class.",
    place=_MEASURING,
    relation=Relation.AT_MOST,
    claimed=0.0,
    tolerance=1.0,
    unit="percentage points of accuracy won in 10 pixels",
)
HIGHEST_CONDITIONAL_STALLS = Claim(
    name="highest conditional entropy does not help",
    text="Pixels of the highest entropy, taken as that of the class given the pixel, bring us no closer to the class.",
    place=_MEASURING,
    relation=Relation.AT_MOST,
    claimed=0.0,
    tolerance=1.0,
    unit="percentage points of accuracy won in 10 pixels",
    control="the rule: random pixels",
)
RULE_TELLS = Claim(
    name="entropy says which pixels to measure",
    text="Which pixels are to be measured is answered by entropy: with as many pixels, more images are named rightly "
    "than with random ones.",
    place="second paragraph",
    relation=Relation.ABOVE,
    claimed=0.0,
    unit="percentage points of accuracy after 10 pixels",
    control="the pairing of training images with labels (shuffled)",
)
CONDITION_TELLS = Claim(
    name="condition on what was measured",
    text="Entropies are computed anew under the condition of all pixels measured so far: better than the order of the "
    "first entropies.",
    place=_MEASURING,
    relation=Relation.ABOVE,
    claimed=0.0,
    unit="percentage points of accuracy after 10 pixels",
)
ENDS = Claim(
    name="the class can be determined",
    text="The process goes on until readings have determined the class: in the end one class is left.",
    place=_MEASURING,
    relation=Relation.AT_LEAST,
    claimed=1.0,
    tolerance=0.01,
    unit="share of images",
    control="what readings know of the class (labels of the training images shuffled)",
)
ENDS_RIGHT = Claim(
    name="the determined class is the right one",
    text="The class that the process ends with is the one to which the image belongs.",
    place=_MEASURING,
    relation=Relation.AT_LEAST,
    claimed=1.0,
    tolerance=0.01,
    unit="share of images",
)
OWN_TABLE = Claim(
    name="right by entropy on counted images",
    text="Choosing pixels by entropy brings images that were counted themselves, which is what the code of the article "
    "measures, to their class.",
    place=f"{_MEASURING}, the examples",
    relation=Relation.AT_LEAST,
    claimed=1.0,
    tolerance=0.01,
    unit="share of images",
    control="the choice by entropy (random pixels until one class is left)",
)
EXAMPLES = Claim(
    name="two examples",
    text="Two images are measured until their class is known.",
    place=f"{_MEASURING}, animations",
    relation=Relation.EQUALS,
    claimed=2.0,
    unit="images",
    untestable="The article does not say which images they are, nor what was read; two of ours are drawn instead.",
)
