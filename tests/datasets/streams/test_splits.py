import pytest

from sightbits.datasets.streams.splits import official_parts


@pytest.mark.parametrize(
    ("names", "used", "n_notes"),
    [
        (["train", "test"], [(0, False), (1, True)], 0),
        (["test", "train"], [(1, False), (0, True)], 0),
        (["train", "validation"], [(0, False), (1, True)], 1),
        (["train", "validation", "test"], [(0, False), (2, True)], 1),
        (["train", "other"], [(0, False), (1, False)], 0),
        (["test", "other"], [(0, False), (1, False)], 0),
        (["contest-1", "trainer-1"], [(0, False), (1, False)], 0),
        (["a/Train/1", "a/TESTING/1", "b"], [(0, False), (1, True)], 1),
        (["train/test-1", "test/train-1"], [(1, False), (0, True)], 0),
        (["mnist_train_01.tar", "mnist_test_01.tar"], [(0, False), (1, True)], 0),
        (["x-train", "x-val"], [(0, False), (1, True)], 1),
        ([""], [(0, False)], 0),
    ],
)
def test_names_tell_the_split(names: list[str], used: list[tuple[int, bool]], n_notes: int) -> None:
    found, notes = official_parts(names)
    assert found == used
    assert len(notes) == n_notes
