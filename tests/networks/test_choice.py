import pytest

from sightbits.core.checks import InputError
from sightbits.networks.choice import INITIALISATIONS, MODELS, model_choice


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("softmax", "softmax"),
        ("softmax+zero", "softmax"),
        ("softmax + he", "softmax+he"),
        ("mlp+uniform", "mlp"),
        ("mlp+he+batch_norm", "mlp+batch_norm+he"),
        ("lenet+batch_norm", "lenet+batch_norm"),
    ],
)
def test_a_name_leaves_out_what_a_model_has_by_itself(text: str, name: str) -> None:
    choice = model_choice(text)
    assert choice.name == name
    assert model_choice(choice.name) == choice


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("resnet", "one of softmax, mlp, lenet"),
        ("", "one of softmax, mlp, lenet"),
        ("mlp+xavier", "one of batch_norm"),
        ("mlp+he+glorot", "one start of the weights"),
        ("mlp+he+he", "one start of the weights"),
        ("mlp+batch_norm+batch_norm", "at most once"),
        ("softmax+batch_norm", "hidden layer"),
        ("mlp+zero", "stay alike"),
        ("lenet+zero", "stay alike"),
    ],
)
def test_what_cannot_be_meant_is_refused(text: str, words: str) -> None:
    with pytest.raises(InputError, match="models") as caught:
        model_choice(text)
    assert words in str(caught.value)


def test_only_softmax_does_without_torch_and_has_the_rate_of_the_source() -> None:
    assert [model for model in MODELS if not model_choice(model).needs_torch] == ["softmax"]
    assert model_choice("softmax").rate == 0.5
    assert set(INITIALISATIONS) >= {"zero", "uniform", "normal", "glorot", "he"}
