"""What every encoding is: a rule for each pixel, learned from training images, from grey value to value."""

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
from jaxtyping import Float, Float64
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.utils.validation import check_array, check_is_fitted, validate_data

from sightbits.core.checks import InputError, check_whole, import_optional
from sightbits.core.progress import Progress, silent
from sightbits.core.streams.stream import ImageStream
from sightbits.encodings.grey_range import GreyRange, known_range, range_of_stream
from sightbits.encodings.training import Images, Training, TrainingArray, TrainingStream

_VALUES_AT_ONCE = 2**21

Encoded = Float[np.ndarray, "n_images *image"]
Affine = tuple[Float64[np.ndarray, "*image"], Float64[np.ndarray, "*image"]]


class Encoding(OneToOneFeatureMixin, TransformerMixin, BaseEstimator, ABC):  # type: ignore[misc]  # no types
    """How grey values are written: each pixel's value becomes another, by a rule learned from training images.

    Abstract; `encoding_named` makes those there are. A transformer of scikit-learn: it works in a `Pipeline` and under
    `GridSearchCV`, and takes images of any shape, one after the other along the first axis.

    Attributes
    ----------
    image_shape_
        The shape of one image in `fit`.
    n_features_in_, feature_names_in_
        How many pixels an image has, and their names where images are rows of a data frame.

    Notes
    -----
    What is learned is learned from the images given to `fit` and no others: fit an encoding on training images alone.
    Encoded values are floats: those of floats have their dtype, those of booleans and whole numbers of 8 or 16 bits
    are float32, others float64. They are computed in float64, a block of images at a time.

    An encoding that is a bijection for every pixel leaves all information in the pixels unchanged, while learning from
    them may be faster or slower.

    Source: Y. LeCun, L. Bottou, G. Orr and K.-R. Müller, Efficient BackProp, in Neural Networks: Tricks of the Trade,
    1998, section 4.3, for why inputs are centred and scaled.

    Examples
    --------
    >>> from sightbits import encoding_named
    >>> encoding = encoding_named("inverted").fit(np.array([[0, 100], [7, 255]], dtype=np.uint8))
    >>> encoding.transform(np.array([[1, 2]], dtype=np.uint8))
    array([[254., 253.]], dtype=float32)
    >>> encoding.bijective
    True
    """

    image_shape_: tuple[int, ...]
    n_features_in_: int

    def fit(
        self,
        X: Any,  # noqa: N803
        y: Any = None,
        *,
        n_jobs: int = 1,
        scheduler: Any = None,
        progress: Progress = silent,
    ) -> "Encoding":
        """Learn the rule of each pixel.

        Parameters
        ----------
        X
            Training images, of two axes or more, the first one for the images: finite numbers. Or a stream of them, as
            `open_images` returns it, of which `of_split("train")` are the training images.
        y
            Not looked at.
        n_jobs, scheduler, progress
            How a stream is read: threads, or a Dask cluster, and who is told of it.

        Raises
        ------
        InputError
            For parameters that cannot be, or images they do not suit. It is a `ValueError`, as is what scikit-learn
            raises for missing values and shapes that cannot be.

        Notes
        -----
        What is learned from a stream is what would be learned from all its images in one array; a range that neither
        parameters nor the dtype tell is that of the stream. Mean and variance cost one pass over it, in the memory of
        a chunk and a few numbers a pixel; a range costs none, unless one is stated that does not hold the stream's.

        Examples
        --------
        A stream is encoded as it is read, a chunk at a time:

        >>> import sightbits as sb
        >>> digits = sb.load_dataset("digits")
        >>> stream = sb.open_images(digits.images, digits.labels)
        >>> encoding = sb.encoding_named("standardised").fit(stream)
        >>> [encoding.transform(chunk.images).shape for part in stream.parts for chunk in part.chunks()]
        [(1797, 8, 8)]
        """
        if isinstance(X, ImageStream):
            check_whole("n_jobs", n_jobs, low=1)
            self._take_shape(X.image_shape)
            if hasattr(self, "feature_names_in_"):  # of a table it was fitted to before
                del self.feature_names_in_
            training = TrainingStream(stream=X, n_jobs=n_jobs, scheduler=scheduler, progress=progress)
            self._learn(training, range_of_stream(X))
        else:
            images = self._checked(X, reset=True)
            self._learn(TrainingArray(images), known_range(images.dtype))
        return self

    def transform(self, X: Any) -> Any:  # noqa: N803
        """Return the images encoded: an array of the same shape."""
        check_is_fitted(self)
        return self._encode_all(self._checked(X, reset=False))

    def inverse_transform(self, X: Any) -> Any:  # noqa: N803
        """Return the images whose encoding this is, to rounding.

        Raises
        ------
        InputError
            Where the encoding is not affine, or gives a pixel the same value whatever it was.
        """
        check_is_fitted(self)
        affine = self.affine()
        if affine is None or not self.bijective:
            raise InputError(
                "inverse_transform",
                wanted="an encoding that multiplies each pixel by a number other than 0 and adds one",
                got=in_one_line(self),
                remedy="Keep the original images: they cannot be had back from these.",
            )
        scale, shift = affine
        _refuse_stream(X)
        images = check_array(X, allow_nd=True, estimator=self)
        self._check_shape(images, f"images of shape {self.image_shape_}")
        return _in_blocks(images, lambda block: (block - shift) / scale)

    @property
    @abstractmethod
    def bijective(self) -> bool:
        """Whether no two grey values of a pixel become the same one."""

    @abstractmethod
    def affine(self) -> Affine | None:
        """Return scale and shift of every pixel where encoding is value * scale + shift, else None."""

    def steps(self) -> "tuple[Encoding, ...]":
        """Return the fitted encodings that are done one after the other: this one, where it is not made of others."""
        check_is_fitted(self)
        return (self,)

    def to_torch(self, channels: str = "first") -> Any:
        """Return a torch module that encodes tensors as `transform` encodes arrays; needs the extra `torch`.

        Parameters
        ----------
        channels
            Where tensors have the channels of colour images: "first", as torch has them, before rows and columns; or
            "last", as the images given to `fit`.

        Notes
        -----
        The module takes one image or a batch, with an axis for one channel or without, and fits into
        `torchvision.transforms.Compose`. Its parameters are buffers: they move with `.to(device)` and are in the
        `state_dict`. It computes in their dtype, float64, and gives the dtype that `transform` would give. On devices
        without float64 call `.float()` first.
        """
        check_is_fitted(self)
        import_optional("torch", extra="torch", purpose="to_torch")
        from sightbits.encodings.torch_parts import EncodingModule  # noqa: PLC0415  only an extra installs torch

        return EncodingModule(self, channels)

    @abstractmethod
    def _learn(self, training: Training, known: GreyRange | None) -> GreyRange | None:
        """Learn from checked images, of whose range `known` is what is known; return what is of the encoded ones."""

    @abstractmethod
    def _encode(self, images: Images) -> Images:
        """Return some images encoded, in float64."""

    def _encode_all(self, images: Images) -> Encoded:
        return _in_blocks(images, self._encode)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        tags.input_tags.three_d_array = True
        return tags

    def _checked(self, X: Any, *, reset: bool) -> Images:  # noqa: N803
        _refuse_stream(X)
        X = X if hasattr(X, "shape") else np.asarray(X)  # noqa: N806  lists do not tell how many axes they have
        n_axes = len(X.shape)
        table = n_axes < 3 and (reset or n_axes < 2 or len(self.image_shape_) == 1)
        images = validate_data(self, X, reset=reset, allow_nd=True, ensure_2d=table)  # a table has columns to check
        if reset:
            self._take_shape(images.shape[1:])
        self._check_shape(images, "images of a pixel at least" if reset else f"images of shape {self.image_shape_}")
        return images

    def _take_shape(self, image_shape: tuple[int, ...]) -> None:
        self.image_shape_ = image_shape
        self.n_features_in_ = int(np.prod(image_shape))

    def _check_shape(self, images: Images, wanted: str) -> None:
        if images.shape[1:] != self.image_shape_ or images.size == 0:
            raise InputError(
                "X",
                wanted=wanted,
                got=f"an array of shape {images.shape}",
                remedy="Images are as in fit, one after the other along the first axis, also where there is only one.",
            )


def _refuse_stream(X: Any) -> None:  # noqa: N803
    if isinstance(X, ImageStream):
        raise InputError(
            "X",
            wanted="images in an array",
            got="a stream",
            remedy="Encode each chunk of it: for part in stream.parts: for chunk in part.chunks(): "
            "encoding.transform(chunk.images).",
        )


def _in_blocks(images: Images, encode: Any) -> Encoded:
    encoded = np.empty(images.shape, dtype=encoded_dtype(images.dtype))
    n_rows = max(1, _VALUES_AT_ONCE // images[0].size)
    for start in range(0, len(images), n_rows):
        rows = slice(start, start + n_rows)
        encoded[rows] = encode(images[rows])
    return encoded


def encoded_dtype(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """Return the dtype of encoded values.

    Examples
    --------
    >>> [str(encoded_dtype(np.dtype(name))) for name in ("float16", "uint8", "int32")]
    ['float16', 'float32', 'float64']
    """
    if dtype.kind == "f":
        return dtype.newbyteorder("=")
    return np.dtype(np.float32 if dtype.itemsize <= 2 else np.float64)


def in_one_line(encoding: Encoding) -> str:
    """Return how an encoding is made, for a message."""
    return " ".join(repr(encoding).split())
