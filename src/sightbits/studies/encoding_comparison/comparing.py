"""The study from data to result."""

from contextlib import ExitStack
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_limits

from sightbits.core.checks import InputError, import_optional
from sightbits.core.images import ImageDataset
from sightbits.core.journal import Journal
from sightbits.core.progress import Progress, silent
from sightbits.core.result import plain, versions
from sightbits.core.units import Unit, as_unit
from sightbits.datasets.loading import as_dataset
from sightbits.datasets.splitting import check_split, split_dataset, split_digest
from sightbits.encodings.encoding import Encoding
from sightbits.encodings.named import needs_range
from sightbits.networks.bank import ModelBank
from sightbits.networks.choice import ModelChoice
from sightbits.studies.encoding_comparison.curves import EncodingCurves
from sightbits.studies.encoding_comparison.folds import Fold, compare_folded
from sightbits.studies.encoding_comparison.inputs import EncodedInputs, EncodedParts, Partition
from sightbits.studies.encoding_comparison.result import EncodingComparison
from sightbits.studies.encoding_comparison.settings import EncodingSettings
from sightbits.studies.encoding_comparison.training import train_bank, train_encoding

_LEAST_IMAGES = 24  # one in twelve is held out to choose learning rates by


def compare_encodings(
    source: Any,
    labels: Any = None,
    *,
    settings: EncodingSettings | None = None,
    unit: str | Unit = Unit.BIT,
    journal_path: Path | None = None,
    progress: Progress = silent,
    **options: Any,
) -> EncodingComparison:
    """Find what the code of grey values does to learning, beside the information, which it leaves alone.

    Parameters
    ----------
    source
        An `ImageDataset`, images as an array beside `labels`, or a name or path as `load_dataset` takes.
    labels
        One label an image, where `source` is an array.
    settings
        Checked settings; or give them one by one as `options`.
    unit
        "bit", "nat" or "ban": the unit of the result.
    journal_path
        A file that records finished runs: the same call goes on from there after it was cut off.
    progress
        Is told of each step.
    options
        The fields of `EncodingSettings`: encodings, models, trials, updates, seeds, rate, rates, ...

    Returns
    -------
    EncodingComparison
        Of each encoding: learning curves at one rate and at its own best, where weights moved, spectrum and condition
        number of its second moments, information of its pixels; how well a folded network does.

    Raises
    ------
    InputError
        Where data or settings cannot be used; the message says what to do.

    Notes
    -----
    Grey values come as shares of their range, 0 to 1. A twelfth of the training images, drawn at random, is held out
    to choose learning rates by; encodings are fitted to the others, and test images are used for accuracy alone. Runs
    of one seed see the same batches whatever the encoding. Cost: (seeds + 3 for the sweep) x encodings runs of
    trials x updates updates; memory: three copies of the images as 4-byte floats.

    Source: a question on stats.stackexchange.com on inverted MNIST, and its answers; Y. LeCun et al., Efficient
    BackProp, 1998.

    Examples
    --------
    >>> both = ["identity", "inverted"]
    >>> found = compare_encodings("digits", encodings=both, trials=10, updates=20, seeds=2, rates=[])
    >>> curves = found.curves["softmax"]
    >>> curves["identity"].main.mean_accuracy > curves["inverted"].main.mean_accuracy
    True
    >>> identity, inverted = (float(found.encodings[name].information.value.sum()) for name in both)
    >>> abs(identity - inverted) < 1e-12
    True
    """
    dataset = as_dataset(source, labels, "compare_encodings")
    checked = settings or EncodingSettings(**options)
    check_encodings(dataset, checked)
    result_unit = as_unit(unit)
    train, test = split_dataset(dataset, checked.seed)
    partition = Partition(train, test, checked.seed)
    journal = Journal(journal_path, _work(dataset, checked))
    reference: _Reference | None = None
    described: dict[str, EncodedInputs] = {}
    curves: dict[str, dict[str, EncodingCurves]] = {choice.name: {} for choice in checked.choices}
    folds: dict[str, dict[str, Fold]] = {choice.name: {} for choice in checked.choices}
    with _single_threads(checked):
        for i, name in enumerate(checked.names):
            progress("encoding", i, len(checked.names))
            encoding = partition.fit(name)
            encoded = partition.encode(encoding)
            reference = reference or _Reference(encoding, encoded, checked, journal, progress)
            described[name] = partition.describe(name, encoding, encoded)
            for choice in checked.choices:
                curves[choice.name][name] = train_encoding(
                    encoded, choice, checked, key=name, journal=journal, progress=progress
                )
                folds[choice.name][name] = reference.fold(choice, name, encoding, encoded)
    found = EncodingComparison(
        provenance=dataset.provenance,
        image_shape=dataset.image_shape,
        label_names=dataset.label_names,
        value_range=dataset.value_range,
        n_training=partition.training.n_images,
        n_validation=partition.validation.n_images,
        n_test=test.n_images,
        settings=checked,
        unit=result_unit,
        encodings=described,
        curves=curves,
        folds=folds,
    )
    journal.close()
    return found


def check_encodings(dataset: ImageDataset, settings: EncodingSettings) -> None:
    """Raise `InputError` where this data set cannot be learned from with these settings."""
    dataset.check_drawable()
    for choice in settings.choices:
        if choice.needs_torch:
            import_optional("torch", extra="torch", purpose=choice.name)
            from sightbits.networks.models import check_model  # noqa: PLC0415  an extra

            check_model(choice, dataset.image_shape)
    ranged = [name for name in settings.names if needs_range(name)]
    if dataset.range_seen and ranged:
        low, high = dataset.value_range
        raise InputError(
            "range",
            wanted=f"the lowest and highest grey value there can be, which {', '.join(ranged)} must know",
            got=f"none; {low:g} to {high:g} were seen",
            remedy="State it (--range LOW:HIGH), or take encodings that do without: identity, centred, standardised.",
        )
    train, _ = check_split(dataset, settings.seed)
    if train.n_images < _LEAST_IMAGES:
        raise InputError(
            "images",
            wanted=f"at least {_LEAST_IMAGES} training images, of which one in twelve is held out",
            got=train.n_images,
            remedy="Add images.",
        )


def _single_threads(settings: EncodingSettings) -> ExitStack:
    """One thread a run: runs go side by side, and figures do not depend on how many processors there are."""
    stack = ExitStack()
    stack.enter_context(threadpool_limits(1))
    if any(choice.needs_torch for choice in settings.choices):
        from sightbits.networks.torch_bank import one_thread  # noqa: PLC0415  an extra

        stack.enter_context(one_thread())
    return stack


class _Reference:
    """The network that is folded onto other encodings: trained on the first of them, once, when it is needed."""

    def __init__(
        self,
        encoding: Encoding,
        encoded: EncodedParts,
        settings: EncodingSettings,
        journal: Journal,
        progress: Progress,
    ) -> None:
        self._encoding, self._encoded, self._settings = encoding, encoded, settings
        self._journal, self._progress = journal, progress
        self._banks: dict[str, ModelBank] = {}

    def fold(self, choice: ModelChoice, name: str, encoding: Encoding, encoded: EncodedParts) -> Fold:
        """Return how well a network folded onto an encoding does."""
        learned = f"{self._settings.names[0]} at rate {self._settings.rate_of(choice)}"
        key = f"{choice.name}, learned on {learned}, folded onto {name}"
        recorded = self._journal.recall(key)
        if recorded is None:
            fold = compare_folded(
                self._bank(choice), self._encoding, encoding, self._encoded.test.values, encoded.test.values
            )
            recorded = plain(vars(fold))
            self._journal.record(key, recorded)
        missing = recorded["difference"] is None
        return Fold(**{**recorded, "difference": float("nan") if missing else recorded["difference"]})

    def _bank(self, choice: ModelChoice) -> ModelBank:
        if choice.name not in self._banks:
            self._progress(f"{choice.name}, to be folded", 0, 1)
            self._banks[choice.name] = train_bank(self._encoded, choice, self._settings, self._settings.seed)
            self._progress(f"{choice.name}, to be folded", 1, 1)
        return self._banks[choice.name]


def _work(dataset: ImageDataset, settings: EncodingSettings) -> dict[str, Any]:
    """What every run depends on: more seeds, encodings, networks or rates go on from the same record."""
    return plain(
        {
            "study": "encodings",
            "version": versions()["sightbits"],
            "sha256": dataset.provenance.sha256,
            "in_test": split_digest(dataset),
            "n_images": dataset.n_images,
            "value_range": dataset.value_range,
            "trials": settings.trials,
            "updates": settings.updates,
            "batch": settings.batch,
            "seed": settings.seed,
        }
    )
