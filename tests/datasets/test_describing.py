from typing import Any

import numpy as np

from sightbits.datasets.describing import describe_dataset, frequent_labels


def test_only_of_a_set_loaded_by_its_name_the_licence_is_known(make_dataset: Any) -> None:
    dataset = make_dataset(np.zeros((4, 2, 2), dtype=np.uint8), in_test=np.array([True, False, True, True]))
    document = describe_dataset(dataset, "mnist")
    assert document["licence"] == "CC BY-SA 3.0"
    assert document["n_test"] == 3
    assert describe_dataset(dataset)["licence"] is None
    assert describe_dataset(dataset, "./mnist")["citation"] is None


def test_a_list_of_labels_is_shortened_only_where_it_is_long(make_dataset: Any) -> None:
    def rows(n: int) -> Any:
        labels = np.array([*range(n), n - 1])
        return frequent_labels(make_dataset(np.zeros((n + 1, 1, 2), dtype=np.uint8), labels))

    assert rows(24) == ([*((str(i), 1) for i in range(23)), ("23", 2)], 0)
    assert rows(25) == ([("24", 2), *((str(i), 1) for i in range(19))], 5)
