"""The first layer of a network changed so that it gives on encoded images what it gave on the original ones."""

from typing import Any

import numpy as np
from jaxtyping import Float, Float64, Shaped

from sightbits.core.checks import InputError, check_choice, import_optional
from sightbits.encodings.convolving import Convolving
from sightbits.encodings.encoding import Affine, Encoding, in_one_line
from sightbits.encodings.laying_out import lay_out


def fold_encoding(
    weights: Shaped[np.ndarray, "n_outputs *inputs"],
    bias: Shaped[np.ndarray, "*places"] | None,
    encoding: Encoding,
    *,
    onto: str = "encoded",
    padding: Any = 0,
    stride: Any = 1,
    dilation: Any = 1,
    padding_mode: str = "zeros",
    channels: str = "last",
) -> tuple[Float[np.ndarray, "n_outputs *inputs"], Float[np.ndarray, "n_outputs *other_places"]]:
    """Return weights and bias of the first layer that gives the same outputs on images encoded otherwise.

    Parameters
    ----------
    weights
        Of a linear layer (outputs, inputs), as `nn.Linear` and `coef_` have them: the inputs are the flattened image.
        Or of a convolution (outputs, channels of a group, rows, columns), as `nn.Conv2d` has them, over images with
        channels first; the encoding is fitted to images of rows x columns or of rows x columns x channels.
    bias
        A number an output, or None; of a convolution also a map, as this function may return one.
    encoding
        A fitted affine one: identity, inverted, centred, standardised, scaled, or a chain of these.
    onto
        "encoded": the layer was made for original images, and what is returned reads encoded ones. "original": it was
        made for encoded images, and what is returned reads original ones.
    padding, stride, dilation, padding_mode
        Of a convolution, as `nn.Conv2d` has them.
    channels
        How inputs of a linear layer are flattened: "last" as NumPy flattens rows x columns x channels, "first" as
        torch flattens channels x rows x columns. Of no concern to images of one channel.

    Returns
    -------
    tuple
        Weights of the same shape, and a bias: a number an output; or, for a convolution whose outputs change by
        different numbers from place to place, a map (outputs, rows, columns) to be added to its outputs. All in the
        dtype of the weights (of whole numbers float64), from float64 arithmetic.

    Raises
    ------
    InputError
        Where no layer does the same: for levels, which forget grey values; for a pixel multiplied by 0; for a
        convolution, whose weights are those of all places, where scales differ within a channel. And for weights that
        do not suit the images. Encodings that are not fitted raise scikit-learn's `NotFittedError`.

    Notes
    -----
    With encoded = scale * original + shift, W x + b is the same as W' encoded + b' where W' = W / scale and
    b' = b - W' shift; back again, W = W' * scale and b = b' + W' shift. Padding is linear too: a convolution of padded
    images is that of the padded original plus that of the padded image of shifts. So it stays exact with every padding
    mode, and the bias remains a vector where padded shifts are the same all over each channel: without padding, or with
    margins made of the pixels themselves, if the shifts are. Zeros around an inverted image are what breaks it, and the
    map is what mends it; it holds for images of one size.

    Source: the comment on the question "Impact of inverting grayscale values on mnist dataset",
    stats.stackexchange.com, 2016: "you can manually tweak the learned weights of the first layer to give identical
    results on inverted images".

    Examples
    --------
    >>> from sightbits import encoding_named
    >>> images = np.array([[0, 10], [30, 255]], dtype=np.uint8)
    >>> inverted = encoding_named("inverted").fit(images)
    >>> weights, bias = np.array([[1.0, 2.0]]), np.array([3.0])
    >>> folded, moved = fold_encoding(weights, bias, inverted)
    >>> folded, moved
    (array([[-1., -2.]]), array([768.]))
    >>> images @ weights.T + bias
    array([[ 23.],
           [543.]])
    >>> inverted.transform(images) @ folded.T + moved
    array([[ 23.],
           [543.]])
    """
    check_choice("onto", onto, ("encoded", "original"))
    affine = _affine_of(encoding, onto)
    before = _numbers("weights", weights)
    if before.ndim == 2:
        scale, shift = (lay_out(of_pixels, channels).ravel() for of_pixels in affine)
        if before.shape[1] != scale.size:
            raise _unsuitable(weights.shape, f"{scale.size} inputs, one for each pixel of {encoding.image_shape_}")
        after = before / scale if onto == "encoded" else before * scale
        places: tuple[int, ...] = ()
        effect = (after if onto == "encoded" else before) @ shift
    elif before.ndim == 4:
        scale, shift = _of_channels(affine, encoding)
        scales = _scales_of_filters(scale, before.shape)
        after = before / scales if onto == "encoded" else before * scales
        how = Convolving(padding=padding, stride=stride, dilation=dilation, padding_mode=padding_mode)
        padded = how.pad(shift, (before.shape[2], before.shape[3]))
        effect = how.slide(after if onto == "encoded" else before, padded)
        places = effect.shape[1:]
        if _same_all_over(padded) or places == (1, 1):
            effect = effect[:, 0, 0]
    else:
        raise InputError(
            "weights",
            wanted="those of a linear layer (outputs, inputs) or of a convolution (outputs, channels, rows, columns)",
            got=f"an array of shape {weights.shape}",
            remedy="Fold the first layer that reads the image.",
        )
    moved = _moved_bias(bias, -effect if onto == "encoded" else effect, places)
    dtype = weights.dtype if weights.dtype.kind == "f" else np.dtype(np.float64)
    return _as_dtype("weights", after, dtype), _as_dtype("bias", moved, dtype)


def fold_encoding_module(module: Any, encoding: Encoding, *, onto: str = "encoded") -> Any:
    """Return a torch network that gives the same outputs on images encoded otherwise; needs the extra `torch`.

    Parameters
    ----------
    module
        An `nn.Linear`, an `nn.Conv2d`, or an `nn.Sequential` that begins with one, or has only `nn.Flatten`,
        `nn.Unflatten`, `nn.Identity` and `nn.Dropout` before it. It is left as it is.
    encoding
        A fitted affine one; where it was fitted to images with channels, these are last.
    onto
        As in `fold_encoding`.

    Returns
    -------
    torch.nn.Module
        A copy with the first layer changed: of the same dtype, on the same device, trained where the first one is. A
        convolution that needs a bias from place to place becomes a `ConvWithBiasMap`, which may be folded again.

    Raises
    ------
    InputError
        Where `fold_encoding` does, and for networks of another kind. Of a class of your own, fold the first layer.

    Notes
    -----
    Linear layers read images flattened as torch does, channels first. See `fold_encoding` for why it is exact; for
    float32 it is so to rounding. A layer without a bias gets one.

    Examples
    --------
    >>> import torch
    >>> from sightbits import encoding_named
    >>> images = np.random.default_rng(0).integers(256, size=(5, 8, 8), dtype=np.uint8)
    >>> inverted = encoding_named("inverted").fit(images)
    >>> network = torch.nn.Sequential(torch.nn.Unflatten(1, (1, 8)), torch.nn.Conv2d(1, 2, 3, padding=1))
    >>> fold_encoding_module(network, inverted)
    Sequential(
      (0): Unflatten(dim=1, unflattened_size=(1, 8))
      (1): ConvWithBiasMap(
        (conv): Conv2d(1, 2, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1), bias=False)
      )
    )
    """
    import_optional("torch", extra="torch", purpose="fold_encoding_module")
    from sightbits.encodings.torch_parts import fold_module  # noqa: PLC0415  only an extra installs torch

    return fold_module(module, encoding, onto)


def _affine_of(encoding: Encoding, onto: str) -> Affine:
    affine = encoding.affine()
    if affine is None:
        raise InputError(
            "encoding",
            wanted="one that multiplies each pixel by a number and adds one",
            got=in_one_line(encoding),
            remedy="No first layer does the same: levels forget grey values. Train a layer on the encoded images.",
        )
    if onto == "encoded" and not encoding.bijective:
        raise InputError(
            "encoding",
            wanted="one that multiplies each pixel by a number other than 0",
            got=in_one_line(encoding),
            remedy="No first layer does the same: what was multiplied by 0 cannot be had back.",
        )
    return affine


def _of_channels(
    affine: Affine, encoding: Encoding
) -> tuple[Float64[np.ndarray, "channels"], Float64[np.ndarray, "channels rows columns"]]:
    """Return one scale a channel, and the image of shifts with channels first."""
    if len(encoding.image_shape_) not in (2, 3):
        raise InputError(
            "encoding",
            wanted="one fitted to images of rows x columns or rows x columns x channels, as a convolution reads them",
            got=f"one fitted to images of shape {encoding.image_shape_}",
            remedy="Fit it to images of that shape.",
        )
    scale, shift = (lay_out(of_pixels, "first") for of_pixels in affine)
    if scale.ndim == 2:
        scale, shift = scale[np.newaxis], shift[np.newaxis]
    if not _same_all_over(scale):
        raise InputError(
            "encoding",
            wanted="one that multiplies all pixels of a channel by the same number",
            got=in_one_line(encoding),
            remedy="The weights of a convolution are those of all places. Choose centred or scaled instead.",
        )
    return scale[:, 0, 0], shift


def _same_all_over(image: Float64[np.ndarray, "channels rows columns"]) -> bool:
    return bool((image == image[:, :1, :1]).all())


def _scales_of_filters(
    scale: Float64[np.ndarray, "channels"], shape: tuple[int, ...]
) -> Float64[np.ndarray, "n_outputs channels_of_group 1 1"]:
    """Return for each filter and channel that it reads the scale of that channel."""
    n_outputs, n_own = shape[:2]
    n_groups = len(scale) // n_own if n_own else 0
    if n_groups == 0 or n_groups * n_own != len(scale) or n_outputs % n_groups:
        raise _unsuitable(shape, f"filters over {len(scale)} channels, or over equal groups of them")
    return np.repeat(scale.reshape(n_groups, n_own), n_outputs // n_groups, axis=0)[:, :, np.newaxis, np.newaxis]


def _unsuitable(shape: tuple[int, ...], wanted: str) -> InputError:
    remedy = "Fit the encoding to images as the layer reads them."
    return InputError("weights", wanted=wanted, got=f"an array of shape {shape}", remedy=remedy)


def _numbers(name: str, values: Shaped[np.ndarray, "*any"]) -> Float64[np.ndarray, "*any"]:
    if values.dtype.kind in "fiub" and np.isfinite(values).all():
        return values.astype(np.float64)
    raise InputError(
        name,
        wanted="finite numbers",
        got=f"values of {values.dtype}" + (", some infinite or missing" if values.dtype.kind == "f" else ""),
        remedy="A network that is of use has such; was it trained at too high a rate?",
    )


def _moved_bias(
    bias: Shaped[np.ndarray, "*places"] | None, effect: Float64[np.ndarray, "..."], places: tuple[int, ...]
) -> Float64[np.ndarray, "..."]:
    if bias is None:
        return effect
    n_outputs = len(effect)
    if bias.shape not in ((n_outputs,), (n_outputs, *places)):
        wanted = f"{n_outputs} numbers" + (f", or a map of shape {(n_outputs, *places)}" if places else "")
        raise InputError("bias", wanted=wanted, got=f"an array of shape {bias.shape}", remedy="Take that of the layer.")
    numbers = _numbers("bias", bias)
    if numbers.ndim == effect.ndim:
        return numbers + effect
    if numbers.ndim == 1:
        numbers = numbers[:, np.newaxis, np.newaxis]
    else:
        effect = effect[:, np.newaxis, np.newaxis]
    return numbers + effect


def _as_dtype(name: str, values: Float64[np.ndarray, "..."], dtype: np.dtype[Any]) -> Float[np.ndarray, "..."]:
    with np.errstate(over="ignore"):
        cast = values.astype(dtype)
    if np.isfinite(cast).all():
        return cast
    raise InputError(
        name,
        wanted=f"numbers that {dtype} holds once the encoding is folded in",
        got=f"{np.abs(values).max():g} at most",
        remedy="Give the weights in float64, or scale less.",
    )
