"""The reference networks in torch, with layers that go by name."""

# mypy: disable-error-code="no-untyped-call"
import numpy as np
import torch
from torch import nn

from sightbits.core.checks import check_whole
from sightbits.networks.models import start_weights
from sightbits.networks.reference import NetworkChoice, check_network

_ACTIVATIONS = {"relu": nn.ReLU, "sigmoid": nn.Sigmoid, "tanh": nn.Tanh}


def build_network(choice: NetworkChoice, *, image_shape: tuple[int, ...], n_labels: int, seed: int) -> nn.Sequential:
    """Return a reference network with its first weights, its layers under the names that `choice.layers` tells.

    Parameters
    ----------
    choice
        Which network.
    image_shape
        Rows, columns and, where there are any, channels.
    n_labels
        How many logits it gives.
    seed
        Of the first weights.

    Returns
    -------
    torch.nn.Sequential
        From float32 images x channels x rows x columns, values 0 to 1, to logits. The children conv* and fc* end with
        their activation, so that a child's output is its layer's; pool* are 2 x 2 max-poolings, flatten stands before
        fc1, out is linear.

    Raises
    ------
    InputError
        Images too small for the poolings; fewer than two labels.

    Notes
    -----
    lenet5: kernels of 5 x 5, then 120 units. alexnet: one convolution of 5 x 5, three of 3 x 3, then 256 and 128 units.
    vgg16, as it is used on images of 32 x 32: 13 convolutions of 3 x 3, then 512 and 512 units. Convolutions are padded
    and keep the size; a pooling of an odd size leaves out the last row or column. There is no dropout: its random
    state would be part of the training, and the source has none.

    The first weights come from a generator of their own: torch's global random state is left alone. In lenet5 with
    relu or tanh they are PyTorch's own (uniform). The deeper networks hardly leave the loss of guessing from there:
    they start from he (relu) or glorot (tanh). With sigmoid even lenet5 still guesses MNIST after five epochs from
    either, at rate .1 and momentum .95. A sigmoid is (1 + tanh(x / 2)) / 2, so its hidden layers start from glorot
    times 4, and biases (but the first layer's) from minus half the sum of the weights, which takes away the mean of
    1/2 of what comes in: it learns from the first dozen updates.

    Source: as in `NetworkChoice`; X. Glorot and Y. Bengio, Understanding the difficulty of training deep feedforward
    neural networks, 2010 (also for how the mean of sigmoids holds deep networks up).

    Examples
    --------
    >>> network = build_network(NetworkChoice(model="lenet5"), image_shape=(28, 28), n_labels=10, seed=0)
    >>> [name for name, _ in network.named_children()]
    ['conv1', 'pool1', 'conv2', 'pool2', 'flatten', 'fc1', 'out']
    >>> sum(parameter.numel() for parameter in network.parameters())
    73858
    """
    check_network(choice, image_shape)
    check_whole("n_labels", n_labels, low=2)
    check_whole("seed", seed, low=0)
    form, activation = choice.form, _ACTIVATIONS[choice.activation]
    parts = dict(zip(choice.convolutions, zip(choice.n_filters, form.kernel_sides, strict=True), strict=True))
    network = nn.Sequential()
    rows, columns, n_planes = (*image_shape, 1)[:3]
    for k, block in enumerate(choice.blocks, start=1):
        for name in block:
            n_filters, side = parts[name]
            convolution = nn.utils.skip_init(nn.Conv2d, n_planes, n_filters, side, padding=side // 2)
            norm = [nn.BatchNorm2d(n_filters)] if choice.normalised else []
            network.add_module(name, nn.Sequential(convolution, *norm, activation()))
            n_planes = n_filters
        network.add_module(f"pool{k}", nn.MaxPool2d(2))
        rows, columns = rows // 2, columns // 2
    network.add_module("flatten", nn.Flatten())
    n_inputs = n_planes * rows * columns
    for name, n_units in zip(choice.connected, form.n_units, strict=True):
        network.add_module(name, nn.Sequential(nn.utils.skip_init(nn.Linear, n_inputs, n_units), activation()))
        n_inputs = n_units
    initialisation, gain = _start_of(choice)
    rng = np.random.default_rng(seed)
    start_weights(network.modules(), initialisation, rng, gain=gain)
    out = nn.utils.skip_init(nn.Linear, n_inputs, n_labels)
    start_weights([out], initialisation, rng)
    network.add_module("out", out)
    if choice.activation == "sigmoid":
        _take_away_mean(network)
    return network


def _start_of(choice: NetworkChoice) -> tuple[str, float]:
    """Where the weights of hidden layers start, and how many times larger than usual."""
    if choice.activation == "sigmoid":
        return "glorot", 4.0
    if choice.model == "lenet5":
        return "uniform", 1.0
    return ("he" if choice.activation == "relu" else "glorot"), 1.0


def _take_away_mean(network: nn.Sequential) -> None:
    """Let biases make up for inputs of mean 1/2, as sigmoids give them."""
    _, *layers = (layer for layer in network.modules() if isinstance(layer, nn.Linear | nn.Conv2d))
    with torch.no_grad():
        for layer in layers:
            layer.get_parameter("bias").copy_(-layer.weight.flatten(1).sum(dim=1) / 2)
