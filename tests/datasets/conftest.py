import gzip
import hashlib
import http.server
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from sightbits.core.checks import InputError
from sightbits.datasets import sources
from sightbits.datasets.catalogue import CatalogueFile, CatalogueRow

Refused = Callable[..., AbstractContextManager[pytest.ExceptionInfo[InputError]]]
_IDX_CODES = {"u1": 0x08, "i1": 0x09, "i2": 0x0B, "i4": 0x0C, "f4": 0x0D, "f8": 0x0E}


@pytest.fixture(scope="session")
def refused() -> Refused:
    """Asserts that a block ends in an `InputError` of the one form, in which all these words stand."""

    @contextmanager
    def check(*words: str) -> Iterator[pytest.ExceptionInfo[InputError]]:
        with pytest.raises(InputError, match=r"(?s)^.+: wanted .+, got .+\. \S") as caught:
            yield caught
        for word in words:
            assert word in str(caught.value)

    return check


@pytest.fixture(scope="session")
def draw_images() -> Callable[..., np.ndarray]:
    """Draws grey values from 0 to 255, both of which occur."""

    def draw(*shape: int, seed: int = 0, dtype: type = np.uint8) -> np.ndarray:
        images = np.random.default_rng(seed).integers(0, 256, shape).astype(dtype)
        images.flat[:2] = 0, 255
        return images

    return draw


def idx_bytes(array: np.ndarray) -> bytes:
    code = _IDX_CODES[array.dtype.str[1:]]
    head = struct.pack(f">BBBB{array.ndim}I", 0, 0, code, array.ndim, *array.shape)
    return head + array.astype(array.dtype.newbyteorder(">")).tobytes()


@pytest.fixture(scope="session")
def as_idx() -> Callable[[np.ndarray], bytes]:
    """Writes an array in IDX form, as the format's description says."""
    return idx_bytes


@dataclass(frozen=True, kw_only=True)
class TinySet:
    """A catalogue set of a few images, its row, and its files by name."""

    train_images: np.ndarray
    train_labels: np.ndarray
    test_images: np.ndarray
    test_labels: np.ndarray
    row: CatalogueRow
    files: dict[str, bytes]

    def write_idx(self, folder: Path, *, compressed: bool = False) -> Path:
        folder.mkdir(parents=True)
        for name, content in self.files.items():
            if compressed:
                (folder / f"{name}.gz").write_bytes(gzip.compress(content))
            else:
                (folder / name).write_bytes(content)
        return folder


@pytest.fixture(scope="session")
def tiny_set(draw_images: Callable[..., np.ndarray]) -> TinySet:
    arrays = {
        "train-images-idx3-ubyte": draw_images(6, 5, 7),
        "train-labels-idx1-ubyte": np.array([0, 1, 2, 2, 1, 0], dtype=np.uint8),
        "t10k-images-idx3-ubyte": draw_images(3, 5, 7, seed=1),
        "t10k-labels-idx1-ubyte": np.array([2, 0, 1], dtype=np.uint8),
    }
    files = {name: idx_bytes(array) for name, array in arrays.items()}
    row = CatalogueRow(
        name="tiny",
        title="Nine images",
        licence="CC0",
        citation="none",
        n_train=6,
        n_test=3,
        image_shape=(5, 7),
        value_range=(0.0, 255.0),
        label_names=("none", "one", "two"),
        files=tuple(
            CatalogueFile(
                name=name,
                sha256=hashlib.sha256(content).hexdigest(),
                gz_sha256=hashlib.sha256(gzip.compress(content, mtime=0)).hexdigest(),
            )
            for name, content in files.items()
        ),
        openml_id=77,
        hugging_face="datasets--someone--tiny",
    )
    train_images, train_labels, test_images, test_labels = arrays.values()
    return TinySet(
        train_images=train_images,
        train_labels=train_labels,
        test_images=test_images,
        test_labels=test_labels,
        row=row,
        files=files,
    )


@pytest.fixture
def empty_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine on which no tool has left any data: its folders `home`, `cache`, `debian` and (current) `work`."""
    for name in ("home", "cache", "debian", "work"):
        (tmp_path / name).mkdir()
    for name in ("SIGHTBITS_DATA", "HF_HOME", "SCIKIT_LEARN_DATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SIGHTBITS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(sources, "DEBIAN_FOLDER", tmp_path / "debian")
    monkeypatch.chdir(tmp_path / "work")
    return tmp_path


@dataclass(frozen=True, kw_only=True)
class Website:
    """A web server on this machine: what it serves by path, and which paths it was asked for."""

    address: str
    pages: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)


@pytest.fixture
def website(monkeypatch: pytest.MonkeyPatch) -> Iterator[Website]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.asked.append(self.path)
            page = site.pages.get(self.path)
            self.send_response(404 if page is None else 200)
            self.send_header("Content-Length", str(len(page or b"")))
            self.end_headers()
            self.wfile.write(page or b"")

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    site = Website(address=f"http://127.0.0.1:{server.server_port}/")
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield site
    server.shutdown()
    thread.join()
    server.server_close()
