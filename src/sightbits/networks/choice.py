"""Which network is meant by a name such as lenet+batch_norm+he."""

from dataclasses import dataclass

from sightbits.core.checks import InputError, check_choice

MODELS = ("softmax", "mlp", "lenet")
INITIALISATIONS = ("zero", "uniform", "normal", "glorot", "he")
_BATCH_NORM = "batch_norm"
_OWN_INITIALISATION = {"softmax": "zero", "mlp": "uniform", "lenet": "uniform"}
_OWN_RATE = {"softmax": 0.5, "mlp": 0.1, "lenet": 0.1}


@dataclass(frozen=True, kw_only=True)
class ModelChoice:
    """A network by name, where its weights start, and whether hidden layers are batch-normalised."""

    model: str
    initialisation: str
    batch_norm: bool = False

    @property
    def name(self) -> str:
        """The name this choice is asked for by; what a model has by itself is left out."""
        parts = [self.model]
        if self.batch_norm:
            parts.append(_BATCH_NORM)
        if self.initialisation != _OWN_INITIALISATION[self.model]:
            parts.append(self.initialisation)
        return "+".join(parts)

    @property
    def needs_torch(self) -> bool:
        """Whether torch trains it."""
        return self.model != "softmax"

    @property
    def rate(self) -> float:
        """The learning rate it is trained at where none is asked for: for softmax, that of the source."""
        return _OWN_RATE[self.model]


def model_choice(text: str) -> ModelChoice:
    """Return the network that a name asks for, or raise `InputError`.

    Parameters
    ----------
    text
        softmax, mlp or lenet; after a plus sign batch_norm, or where weights start: zero, uniform (between -+
        1/sqrt(inputs), as PyTorch does), normal (standard deviation .1), glorot or he.

    Examples
    --------
    >>> model_choice("lenet+batch_norm+he")
    ModelChoice(model='lenet', initialisation='he', batch_norm=True)
    >>> model_choice("softmax").initialisation
    'zero'
    """
    model, *parts = (part.strip() for part in text.split("+"))
    check_choice("models", model, MODELS)
    for part in parts:
        check_choice(f"models, what follows {model}+", part, (_BATCH_NORM, *INITIALISATIONS))
    starts = [part for part in parts if part != _BATCH_NORM]
    if len(starts) > 1 or len(set(parts)) < len(parts):
        raise InputError(
            "models", wanted="one start of the weights, and batch_norm at most once", got=repr(text),
            remedy="Say lenet+batch_norm+he for instance.",
        )  # fmt: skip
    choice = ModelChoice(
        model=model,
        initialisation=starts[0] if starts else _OWN_INITIALISATION[model],
        batch_norm=_BATCH_NORM in parts,
    )
    if choice.batch_norm and model == "softmax":
        raise InputError(
            "models", wanted="batch_norm with a network that has a hidden layer", got=repr(text),
            remedy="Take mlp+batch_norm or lenet+batch_norm; for softmax standardise the images.",
        )  # fmt: skip
    if choice.initialisation == "zero" and model != "softmax":
        raise InputError(
            "models", wanted="weights that differ where layers are hidden", got=repr(text),
            remedy="From zero, all units of a hidden layer would stay alike: take uniform, normal, glorot or he.",
        )  # fmt: skip
    return choice
