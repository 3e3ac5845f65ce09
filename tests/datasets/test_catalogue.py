from typing import Any

import pytest

from sightbits.datasets.catalogue import CATALOGUE, CatalogueRow, find_row


@pytest.fixture(params=CATALOGUE)
def row(request: pytest.FixtureRequest) -> CatalogueRow:
    return CATALOGUE[request.param]


def is_hash(digest: str, n_digits: int) -> bool:
    return len(digest) == n_digits and set(digest) <= set("0123456789abcdef")


def test_a_row_says_what_the_set_is(row: CatalogueRow) -> None:
    assert find_row(row.name) is row
    assert all((row.title, row.licence, row.citation, row.n_train, row.image_shape, row.n_labels))
    assert row.value_range[0] < row.value_range[1]
    assert len(set(row.label_names)) == len(row.label_names)
    assert bool(row.label_names) != bool(row.n_own_labels)
    assert row.bundled == (row.name == "digits")


@pytest.mark.parametrize("name", ["mnist", "fashion-mnist"])
def test_every_idx_file_of_a_set_to_fetch_has_two_hashes_and_an_address(name: str) -> None:
    row = CATALOGUE[name]
    assert len(row.files) == 4
    assert row.addresses
    hashes = [digest for file in row.files for digest in (file.sha256, file.gz_sha256)]
    assert len(set(hashes)) == 8
    assert all(is_hash(digest, 64) for digest in hashes)


def test_addresses_are_folders_on_the_web(row: CatalogueRow) -> None:
    for address in (*row.addresses, *(address for archive in row.archives for address in archive.addresses)):
        assert address.startswith("http")
        assert address.endswith("/")


def test_what_is_hashed_says_by_which_hash(row: CatalogueRow) -> None:
    for archive in row.archives:
        assert archive.md5 or archive.sha256
        assert is_hash(archive.md5, 32) or not archive.md5
        assert is_hash(archive.sha256, 64) or not archive.sha256
    for array in row.arrays:
        assert array.name in {"images", "labels", "folds", "label_names"}
        assert is_hash(array.sha256, 64)
    for start, stop in (*row.part, *(within for array in row.arrays for within in array.within)):
        assert 0 <= start < stop <= row.n_train + row.n_test


def test_an_unknown_name_is_refused(refused: Any) -> None:
    with refused("data set: ", "one of digits, mnist, fashion-mnist", "'emnist'", "sightbits data list"):
        find_row("emnist")
