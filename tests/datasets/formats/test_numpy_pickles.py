"""Pickles as Python 2 wrote them, as Python 3 writes them, and some made to do harm."""

import io
import os
import pickle
import struct
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sightbits.datasets.formats.numpy_pickles import read_pickle


def text(value: str) -> bytes:
    return b"U" + bytes([len(value)]) + value.encode()


def as_python_2_wrote(pixels: np.ndarray, labels: list[int]) -> bytes:
    """Operation by operation what the published batches are made of."""
    numbers = b"".join(b"K" + bytes([label]) for label in labels)
    shape = b"".join(b"M" + struct.pack("<H", length) for length in pixels.shape)
    dtype = b"cnumpy\ndtype\nq\x0aU\x02u1K\x00K\x01\x87Rq\x0b(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
    content = b"T" + struct.pack("<I", pixels.size) + pixels.tobytes()
    array = (
        b"cnumpy.core.multiarray\n_reconstruct\nq\x07cnumpy\nndarray\nq\x08K\x00\x85U\x01bq\x09\x87R"
        b"(K\x01" + shape + b"\x86" + dtype + b"\x89" + content + b"tb"
    )
    return b"\x80\x02}q\x01(" + text("labels") + b"](" + numbers + b"e" + text("data") + array + b"u."


@pytest.fixture
def pixels(draw_images: Any) -> np.ndarray:
    return draw_images(3, 7)


def test_a_pickle_of_python_2_is_read(pixels: np.ndarray) -> None:
    content = as_python_2_wrote(pixels, [6, 9, 0])
    theirs = pickle.loads(content, encoding="latin1")  # the test's own bytes: they are what they seem
    np.testing.assert_array_equal(theirs["data"], pixels)
    found = read_pickle("batch", content)
    assert set(found) == {"labels", "data"}
    assert found["labels"] == [6, 9, 0]
    np.testing.assert_array_equal(found["data"], pixels)
    assert found["data"].dtype == np.uint8


@pytest.mark.parametrize("protocol", [3, 4])
def test_a_pickle_of_python_3_is_read(protocol: int, pixels: np.ndarray) -> None:
    content = pickle.dumps({b"data": pixels, "labels": [1, 2, 3], b"names": ["a", "b"]}, protocol)
    found = read_pickle("batch", content)
    np.testing.assert_array_equal(found["data"], pixels)
    assert (found["labels"], found["names"]) == ([1, 2, 3], ["a", "b"])


class Calls:
    """Pickles as a call of a function."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self.call = (function, arguments)

    def __reduce__(self) -> Any:
        return self.call


@pytest.mark.parametrize("protocol", [0, 2, 4])
@pytest.mark.parametrize("function", [os.system, subprocess.Popen, eval, exec, getattr, np.load, np.fromfile])
def test_nothing_that_a_pickle_names_is_run(function: Any, protocol: int, tmp_path: Path, refused: Any) -> None:
    argument = f"touch {tmp_path / 'harm'}"
    content = pickle.dumps({"data": Calls(function, argument), "labels": [1]}, protocol)
    with refused("batch: ", f"one that names {function.__module__}" if protocol > 2 else "one that names", "not run"):
        read_pickle("batch", content)
    assert list(tmp_path.iterdir()) == []


def test_a_pickle_that_would_write_a_file_would_have_written_it(tmp_path: Path, refused: Any) -> None:
    """The attempt is a real one: Python's own reader falls for it."""
    harm = tmp_path / "harm"
    content = pickle.dumps({"labels": Calls(os.mkdir, str(harm))})
    with refused("one that names"):
        read_pickle("batch", content)
    assert not harm.exists()
    pickle.loads(content)
    assert harm.exists()


@pytest.mark.parametrize(
    "content",
    [
        b"cbuiltins\ngetattr\n.",
        b"c__main__\nanything\n.",
        b"cnumpy.core.multiarray\nscalar\n.",
        b"cnumpy.core.multiarray\n_reconstruct.__globals__\n.",
        b"\x80\x04\x8c\x05numpy\x8c\x11ndarray.__class__\x93.",
        b"cnumpy\nload\n.",
        b"c_codecs\nencode\n.",
        b"(inumpy\nload\n.",
    ],
)
def test_no_other_name_is_looked_up(content: bytes, refused: Any) -> None:
    with refused("batch: ", "one that names"):
        read_pickle("batch", content)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"junk",
        b"\x80\x02}q\x01(",
        pickle.dumps([1, 2]),
        pickle.dumps({"data": np.zeros(3)}, 3),
        pickle.dumps({"data": np.array([None, 1])}, 3),
        pickle.dumps({"data": np.zeros((2, 3), np.uint8, order="F")}, 3),
        b"cnumpy\ndtype\n}b.",
        b"}X\x04\x00\x00\x00datacnumpy\nndarray\n)Rs.",
        b"}X\x04\x00\x00\x00datacnumpy\nndarray\n)R(K\x01K\x09\x85cnumpy\ndtype\nX\x02\x00\x00\x00u1\x85R\x89C\x02abtbs.",
        b"}X\x04\x00\x00\x00datacnumpy\nndarray\n)RK\x05bs.",
        b"Pthing\n.",
    ],
)
def test_a_damaged_or_other_pickle_is_refused(content: bytes, refused: Any) -> None:
    with refused("batch: ", "a whole pickle", "cannot be read", "Fetch it again"):
        read_pickle("batch", content)


def test_a_pickle_that_would_fill_memory_is_refused(refused: Any) -> None:
    """To remember an object as number four thousand million, Python's reader reserves as many places."""
    content = b"}r" + struct.pack("<I", 2**32 - 1) + b"."
    with refused("batch: ", "remembers as number 4294967295"):
        read_pickle("batch", content)
    assert read_pickle("batch", b"}r" + struct.pack("<I", 2**10) + b".") == {}
    assert pickle.load(io.BytesIO(b"}q\x05.")) == {}
