"""A record of finished steps, so that work that was cut off goes on where it was."""

import hashlib
import json
import os
from pathlib import Path
from threading import Lock
from typing import Any


class Journal:
    """Remembers the outcome of each step under a key, on disk where it was given a file.

    Parameters
    ----------
    path
        The file, one JSON document a line; None remembers nothing beyond this process.
    work
        What the steps belong to (data and settings). A record of other work is not used.

    Notes
    -----
    A step is on disk before `record` returns; several threads may record. A last line that was cut off is left out and
    its step done again.
    """

    def __init__(self, path: Path | None, work: dict[str, Any]) -> None:
        self._path = path
        self._work = hashlib.sha256(json.dumps(work, sort_keys=True).encode()).hexdigest()
        self._steps: dict[str, Any] = {}
        self._writing = Lock()
        if path is not None and path.is_file():
            self._steps = self._read(path)

    def recall(self, key: str) -> Any:
        """Return the outcome of a step, or None where it was not recorded."""
        return self._steps.get(key)

    def record(self, key: str, outcome: Any) -> None:
        """Keep the outcome (JSON-able, not None) of a step."""
        self._steps[key] = outcome
        if self._path is not None:
            with self._writing, self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"work": self._work, "key": key, "outcome": outcome}) + "\n")
                file.flush()
                os.fsync(file.fileno())

    def close(self) -> None:
        """Remove the record: the work is whole."""
        if self._path is not None:
            self._path.unlink(missing_ok=True)

    def _read(self, path: Path) -> dict[str, Any]:
        steps = {}
        text = path.read_text(encoding="utf-8", errors="replace")
        for line in text.splitlines():
            try:
                entry = json.loads(line)
            except json.JSONDecodeError:
                continue
            if entry["work"] == self._work:
                steps[entry["key"]] = entry["outcome"]
        if text and not text.endswith("\n"):
            with path.open("a", encoding="utf-8") as file:
                file.write("\n")
        return steps
