"""What the comment says of a first layer: that it can be rewritten, or needs batch normalisation."""

from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from jaxtyping import Float

from sightbits.datasets.splitting import split_dataset
from sightbits.encodings.encoding import Encoding
from sightbits.encodings.folding import fold_encoding
from sightbits.ledger.evidence import Evidence, Outcome
from sightbits.ledger.experiment import Workbench
from sightbits.ledger.sources.inverted_grey_values import claims
from sightbits.networks.choice import model_choice
from sightbits.networks.initialisation import draw_weights
from sightbits.networks.softmax import SoftmaxBank
from sightbits.studies.encoding_comparison import EncodingSettings, compare_encodings
from sightbits.studies.encoding_comparison.inputs import EncodedParts, Partition
from sightbits.studies.encoding_comparison.training import train_bank

_FILTERS, _KERNEL = 6, 5  # of LeNet's first layer
_BATCH = 200
_NETWORKS = ("mlp", "mlp+batch_norm", "lenet")


def rewrite_layers(bench: Workbench) -> Outcome:
    """Answer what can be rewritten, without training on inverted images."""
    partition = Partition(*split_dataset(bench.dataset("mnist"), bench.seed), bench.seed)
    inverted = partition.fit("inverted")
    own, other = partition.encode(partition.fit("identity")), partition.encode(inverted)
    settings = EncodingSettings(trials=1, updates=500, seeds=1, rates=[])
    bank = train_bank(own, model_choice("softmax"), settings, bench.seed)
    if not isinstance(bank, SoftmaxBank):
        raise TypeError(f"softmax regression in NumPy, not {type(bank).__name__}")
    outputs = bank.logits(own.test.values)[:, 0]
    weights, bias = fold_encoding(bank.pixel_weights()[0], bank.biases[0], inverted)
    rewritten = other.test.values @ weights.T

    filters, zeros = draw_weights("he", (_FILTERS, 1, _KERNEL, _KERNEL), np.random.default_rng(bench.seed))
    largest = float(np.abs(_convolved(filters, own)).max())
    return Outcome(
        evidence={
            claims.FOLD.name: Evidence(
                values=(_relative(rewritten + bias, outputs),),
                control=(_relative(rewritten + bank.biases[0], outputs),),
                note=f"Softmax regression after 500 updates, {len(outputs):,} test images, 4-byte floats.",
            ),
            claims.FOLD_PADDED.name: Evidence(
                values=(margin_error(filters, zeros, inverted, _KERNEL // 2) / largest,),
                note=f"{_FILTERS} filters of {_KERNEL} x {_KERNEL}, margin {_KERNEL // 2}: with a number a filter "
                "as bias, chosen for the inside, outputs near the border are off, as the margin is 0 in either code. "
                "Without a margin it holds; with one a bias that differs from place to place mends it.",
            ),
        }
    )


def margin_error(filters: Any, bias: Any, encoding: Encoding, margin: int) -> float:
    """Return how far outputs of rewritten filters are off at most, with a number a filter that is right inside."""
    _, needed = fold_encoding(filters, bias, encoding, padding=margin)
    if needed.ndim == 1:
        return 0.0
    inside = needed[:, needed.shape[1] // 2, needed.shape[2] // 2]
    return float(np.abs(needed - inside[:, np.newaxis, np.newaxis]).max())


def _relative(found: Float[np.ndarray, "n outputs"], wanted: Float[np.ndarray, "n outputs"]) -> float:
    return float(np.abs(found - wanted).max() / np.abs(wanted).max())


def _convolved(filters: Any, parts: EncodedParts) -> Float[np.ndarray, "filters *places"]:
    """Outputs of the filters on a few test images, where they need no margin."""
    images = parts.test.values[:_BATCH].reshape(-1, *parts.image_shape)
    windows = np.lib.stride_tricks.sliding_window_view(images, (_KERNEL, _KERNEL), axis=(1, 2))
    return np.einsum("nijkl,fkl->fnij", windows, filters[:, 0], optimize=True)


def train_networks(bench: Workbench) -> Outcome:
    """Answer what inverting does to networks with hidden layers."""
    trained = {name: bench.once(name, partial(_gaps, bench, name)) for name in _NETWORKS}
    same, apart = _flipped(bench, "mlp+batch_norm"), _flipped(bench, "mlp")
    plain, normalised, convolutional = (trained[name] for name in _NETWORKS)
    return Outcome(
        evidence={
            claims.NORM.name: Evidence(
                values=(same,),
                control=(apart,),
                note="A hidden layer of 128 units, the signs of the first weights turned round; outputs in training, "
                "where a batch is normalised by its own mean.",
            ),
            claims.NORM_TRAINED.name: Evidence(
                values=_differences(normalised),
                control=_differences(plain),
                note=f"{_in_words(normalised)}; without batch normalisation {_in_words(plain)}. Test images are "
                "normalised by running moments. Tolerance: about twice the spread over seeds of an "
                "earlier comparison, whose difference was known when it was set.",
            ),
            claims.CONVOLUTIONS.name: Evidence(
                values=_differences(convolutional),
                note=f"LeNet with 6 and 12 filters of 5 x 5, rate .1, images of {convolutional['pixels']} pixels: "
                f"{_in_words(convolutional)}. How sure this is depends on the length: in a first try of 150 updates "
                "and three seeds, images of 784 pixels, the difference was within its error, and quick runs were made "
                "longer, on coarser images, for that reason.",
            ),
        }
    )


def _gaps(bench: Workbench, name: str) -> dict[str, Any]:
    """Mean accuracy over the learning curve of each seed, in percent, by code."""
    dataset = bench.dataset("mnist")
    coarse = bench.quick and name == "lenet"
    if bench.quick:
        dataset = dataset.take(slice(None, None, 5))
    if coarse:
        dataset = replace(dataset, images=np.ascontiguousarray(dataset.images[:, ::2, ::2]))
    trials, updates = bench.choose(6 if coarse else 10, 20), 50
    comparison = compare_encodings(
        dataset, encodings=["identity", "inverted"], models=[name], trials=trials, updates=updates,
        seeds=len(bench.seeds(4 if coarse else 3, 5)), rates=[], seed=bench.seed, progress=bench.progress,
    )  # fmt: skip
    return {
        "updates": trials * updates,
        "pixels": dataset.n_pixels,
        **{
            code: (100 * curves.main.accuracy.mean(axis=1)).tolist() for code, curves in comparison.curves[name].items()
        },
    }


def _differences(trained: dict[str, Any]) -> tuple[float, ...]:
    return tuple(one - two for one, two in zip(trained["identity"], trained["inverted"], strict=True))


def _in_words(trained: dict[str, Any]) -> str:
    own, other = np.mean(trained["identity"]), np.mean(trained["inverted"])
    return f"{own:.2f} % as they are, {other:.2f} % inverted, {trained['updates']:,} updates"


def _flipped(bench: Workbench, name: str) -> float:
    """How far outputs on inverted images are from those on images as they are, once first weights are turned round."""
    import torch  # noqa: PLC0415  an extra

    from sightbits.networks.models import build_model  # noqa: PLC0415  an extra

    partition = Partition(*split_dataset(bench.dataset("mnist"), bench.seed), bench.seed)
    own, other = (partition.encode(partition.fit(code)).test.values[:_BATCH] for code in ("identity", "inverted"))
    image_shape, n_labels = partition.training.image_shape, partition.training.n_labels
    model: Any = build_model(model_choice(name), image_shape=image_shape, n_labels=n_labels, seed=bench.seed)
    with torch.inference_mode():
        wanted = model(torch.from_numpy(own)).numpy()
        model[0].weight.mul_(-1)
        found = model(torch.from_numpy(other)).numpy()
    return _relative(found, wanted)
