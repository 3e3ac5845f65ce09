from typing import Any

import pytest

from sightbits.datasets.catalogue import CATALOGUE, CatalogueRow, find_row


@pytest.fixture(params=CATALOGUE)
def row(request: pytest.FixtureRequest) -> CatalogueRow:
    return CATALOGUE[request.param]


def test_a_row_says_what_the_set_is(row: CatalogueRow) -> None:
    assert find_row(row.name) is row
    assert all((row.title, row.licence, row.citation, row.n_train, row.image_shape, row.label_names))
    assert row.value_range[0] < row.value_range[1]
    assert len(set(row.label_names)) == len(row.label_names)


def test_every_file_of_a_set_to_fetch_has_two_hashes_and_an_address(row: CatalogueRow) -> None:
    assert row.bundled == (row.name == "digits")
    assert len(row.files) == (0 if row.bundled else 4)
    assert bool(row.addresses) != row.bundled
    for address in row.addresses:
        assert address.startswith("http")
        assert address.endswith("/")
    hashes = [digest for file in row.files for digest in (file.sha256, file.gz_sha256)]
    assert len(set(hashes)) == 2 * len(row.files)
    for digest in hashes:
        assert len(digest) == 64
        int(digest, 16)


def test_an_unknown_name_is_refused(refused: Any) -> None:
    with refused("data set: ", "one of digits, mnist, fashion-mnist", "'emnist'", "sightbits data list"):
        find_row("emnist")
