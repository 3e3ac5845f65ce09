"""A study's folder: document, tables, pictures, page. Each file appears whole or not at all."""

import tempfile
from importlib.util import find_spec
from pathlib import Path

from sightbits.core.checks import InputError
from sightbits.core.result import Columns, Result, write_csv
from sightbits.plots import animations, pictures
from sightbits.plots.export import write_picture
from sightbits.report.render import render
from sightbits.report.summarize import summarize


def save_report(result: Result, directory: Path) -> Path:
    """Write everything a result has to show into a folder, and return the path of its page.

    Notes
    -----
    `result.json`; a CSV file a table, Parquet beside it where pyarrow is installed; an SVG and a PNG file a picture;
    a GIF file an animation; `report.html`.
    """
    check_writable(directory)
    directory.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".writing-", dir=directory) as folder:
        draft = Path(folder)
        (draft / "result.json").write_text(result.to_json() + "\n", encoding="utf-8")
        for name, columns in result.tables().items():
            write_csv(draft / f"{name}.csv", columns)
            if find_spec("pyarrow") is not None:
                _write_parquet(draft / f"{name}.parquet", columns)
        for name, picture in pictures(result).items():
            write_picture(picture, draft / name)
        for name, animation in animations(result).items():
            (draft / name).write_bytes(animation)
        (draft / "report.html").write_text(render(summarize(result)), encoding="utf-8")
        for file in sorted(draft.iterdir()):
            file.replace(directory / file.name)
    return directory / "report.html"


def check_writable(directory: Path) -> None:
    """Raise `InputError` where a folder of this name cannot be made or written into."""
    nearest = next(path for path in (directory, *directory.absolute().parents) if path.exists())
    if not nearest.is_dir():
        raise InputError(
            "out", wanted="a folder", got=f"{nearest}, which is a file", remedy="Name another folder with --out."
        )
    try:
        with tempfile.TemporaryFile(dir=nearest):
            pass
    except OSError as error:
        raise InputError(
            "out", wanted="a folder that can be written into", got=f"{nearest} ({error.strerror})",
            remedy="Name another folder with --out.",
        ) from error  # fmt: skip


def _write_parquet(path: Path, columns: Columns) -> None:
    import pyarrow  # noqa: PLC0415  an extra
    import pyarrow.parquet  # noqa: PLC0415

    pyarrow.parquet.write_table(pyarrow.table({name: list(column) for name, column in columns.items()}), path)
