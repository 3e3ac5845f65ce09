"""The reference networks of the studies of layers and filters, by name. No torch is needed to know what they are."""

from dataclasses import dataclass
from typing import Any

from sightbits.core.checks import InputError, check_choice, check_whole

NETWORKS = ("lenet5", "alexnet", "vgg16")
ACTIVATIONS = ("relu", "sigmoid", "tanh")
_MOST_FILTERS = 4096


@dataclass(frozen=True, eq=False, kw_only=True)
class NetworkForm:
    """What networks of one name have in common.

    Parameters
    ----------
    block_sizes
        How many convolutions stand before each pooling.
    kernel_sides
        The side of the kernels, one a convolution.
    n_filters
        How many filters a convolution has where none are asked for.
    n_units
        How many units the hidden fully connected layers have.
    batch_norm
        Whether it has batch normalisation where nothing is said.
    rates
        The learning rate of its own, by activation.
    epochs
        How often it sees all images where nothing is said.
    """

    block_sizes: tuple[int, ...]
    kernel_sides: tuple[int, ...]
    n_filters: tuple[int, ...]
    n_units: tuple[int, ...]
    batch_norm: bool
    rates: dict[str, float]
    epochs: int

    @property
    def least_side(self) -> int:
        """Rows and columns an image must have at least: every pooling halves them, and one pixel has to be left."""
        return int(2 ** len(self.block_sizes))


FORMS = {
    "lenet5": NetworkForm(
        block_sizes=(1, 1),
        kernel_sides=(5, 5),
        n_filters=(6, 12),
        n_units=(120,),
        batch_norm=False,
        rates={"relu": 0.02, "sigmoid": 0.1, "tanh": 0.02},
        epochs=10,
    ),
    "alexnet": NetworkForm(
        block_sizes=(1, 1, 2),
        kernel_sides=(5, 3, 3, 3),
        n_filters=(16, 32, 64, 128),
        n_units=(256, 128),
        batch_norm=False,
        rates={"relu": 0.01, "sigmoid": 0.05, "tanh": 0.01},
        epochs=15,
    ),
    "vgg16": NetworkForm(
        block_sizes=(2, 2, 3, 3, 3),
        kernel_sides=(3,) * 13,
        n_filters=(64, 64, 128, 128, 256, 256, 256, 512, 512, 512, 512, 512, 512),
        n_units=(512, 512),
        batch_norm=True,
        rates={"relu": 0.01, "sigmoid": 0.05, "tanh": 0.01},
        epochs=15,
    ),
}


@dataclass(frozen=True, eq=False, kw_only=True)
class NetworkChoice:
    """A reference network and what may be varied in it.

    Parameters
    ----------
    model
        lenet5 (two convolutions), alexnet (a smaller AlexNet type: four) or vgg16 (thirteen).
    activation
        What follows every hidden layer: relu, sigmoid or tanh.
    filters
        How many filters each convolution has; None takes the model's own.
    batch_norm
        Whether batch normalisation stands between a convolution and its activation; None: only vgg16 has it.

    Raises
    ------
    InputError
        A model or activation there is not; other than one number of filters a convolution, each 1 to 4096.

    Notes
    -----
    Source: Y. LeCun et al., Gradient-based learning applied to document recognition, 1998 (LeNet-5); A. Krizhevsky et
    al., ImageNet classification with deep convolutional neural networks, 2012 (AlexNet); K. Simonyan and A. Zisserman,
    Very deep convolutional networks for large-scale image recognition, 2015, table 1, column D (VGG-16); S. Yu et al.,
    Understanding convolutional neural networks with information theory, 2020, for 6 and 12 filters in LeNet-5.

    Examples
    --------
    >>> choice = NetworkChoice(model="lenet5", filters=(6, 24))
    >>> choice.layers
    ('conv1', 'pool1', 'conv2', 'pool2', 'fc1', 'out')
    >>> choice.chain, choice.convolutions, choice.n_filters, choice.rate
    (('conv1', 'conv2', 'fc1', 'out'), ('conv1', 'conv2'), (6, 24), 0.02)
    """

    model: str
    activation: str = "relu"
    filters: tuple[int, ...] | None = None
    batch_norm: bool | None = None

    def __post_init__(self) -> None:
        check_choice("model", self.model, NETWORKS)
        check_choice("activation", self.activation, ACTIVATIONS)
        if self.filters is not None:
            _check_filters(self, self.filters)

    @property
    def form(self) -> NetworkForm:
        """What all networks of this model have in common."""
        return FORMS[self.model]

    @property
    def n_filters(self) -> tuple[int, ...]:
        """How many filters each convolution has."""
        return self.form.n_filters if self.filters is None else self.filters

    @property
    def normalised(self) -> bool:
        """Whether convolutions are batch-normalised."""
        return self.form.batch_norm if self.batch_norm is None else self.batch_norm

    @property
    def blocks(self) -> tuple[tuple[str, ...], ...]:
        """The convolutions before each pooling: conv1, conv2, ...; in vgg16 conv1_1, conv1_2, conv2_1, ..."""
        sizes = self.form.block_sizes
        if self.model == "vgg16":
            return tuple(tuple(f"conv{k}_{i}" for i in range(1, size + 1)) for k, size in enumerate(sizes, start=1))
        ends = [sum(sizes[: k + 1]) for k in range(len(sizes))]
        return tuple(
            tuple(f"conv{i}" for i in range(end - size + 1, end + 1)) for end, size in zip(ends, sizes, strict=True)
        )

    @property
    def convolutions(self) -> tuple[str, ...]:
        """The convolutions, in forward order."""
        return tuple(name for block in self.blocks for name in block)

    @property
    def connected(self) -> tuple[str, ...]:
        """The hidden fully connected layers, in forward order."""
        return tuple(f"fc{i}" for i in range(1, len(self.form.n_units) + 1))

    @property
    def layers(self) -> tuple[str, ...]:
        """All layers that can be observed, poolings among them, in forward order."""
        pooled = [name for k, block in enumerate(self.blocks, start=1) for name in (*block, f"pool{k}")]
        return (*pooled, *self.connected, "out")

    @property
    def chain(self) -> tuple[str, ...]:
        """The layers that have weights, in forward order."""
        return (*self.convolutions, *self.connected, "out")

    @property
    def rate(self) -> float:
        """The learning rate it is trained at where none is asked for."""
        return self.form.rates[self.activation]

    @property
    def epochs(self) -> int:
        """How often it sees all training images where nothing is said."""
        return self.form.epochs

    def document(self) -> dict[str, Any]:
        """Return the choice as a JSON-able document, with what was left to the model filled in."""
        return {
            "model": self.model,
            "activation": self.activation,
            "filters": list(self.n_filters),
            "batch_norm": self.normalised,
        }


def check_network(choice: NetworkChoice, image_shape: tuple[int, ...]) -> None:
    """Raise `InputError` where images are too small for the poolings of a network, or are no images.

    Examples
    --------
    >>> check_network(NetworkChoice(model="vgg16"), (28, 28))
    Traceback (most recent call last):
        ...
    sightbits.core.checks.InputError: model: wanted images of at least 32 x 32 pixels for vgg16, which halves them
    5 times, got 28 x 28. Take lenet5 or alexnet.
    """
    if len(image_shape) not in (2, 3) or min(image_shape) < 1:
        raise InputError(
            "image_shape",
            wanted="rows and columns, and channels where there are any",
            got=" x ".join(map(str, image_shape)) or "nothing",
            remedy="Give (28, 28) or (32, 32, 3) for instance.",
        )
    least = choice.form.least_side
    if min(image_shape[:2]) < least:
        fitting = [name for name in NETWORKS if FORMS[name].least_side <= min(image_shape[:2])]
        raise InputError(
            "model",
            wanted=f"images of at least {least} x {least} pixels for {choice.model}, "
            f"which halves them {len(choice.blocks)} times",
            got=" x ".join(map(str, image_shape)),
            remedy=f"Take {' or '.join(fitting)}." if fitting else "Scale the images up first.",
        )


def _check_filters(choice: NetworkChoice, filters: tuple[int, ...]) -> None:
    n_wanted = len(choice.convolutions)
    if len(filters) != n_wanted:
        own = ",".join(map(str, choice.form.n_filters))
        raise InputError(
            "filters",
            wanted=f"{n_wanted} numbers for {choice.model}, one a convolution",
            got=repr(filters),
            remedy=f"Its own are {own}.",
        )
    for n in filters:
        check_whole("filters", n, low=1, high=_MOST_FILTERS)
