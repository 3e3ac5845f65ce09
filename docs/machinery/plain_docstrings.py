"""Docstrings are written as plain text: signs that mean something to reStructuredText are taken as they stand."""

import re
from typing import Any

_CODE = re.compile(r"(`[^`]+`)")
_SIGNS = re.compile(r"([*|])|(?<=\w)(_)(?!\w)")


def escape_signs(line: str) -> str:
    r"""Return a line of text in which single backquotes mark code, and stars and bars mean themselves.

    Examples
    --------
    >>> escape_signs("I(x; y | z) of `counts`")
    'I(x; y \\| z) of ``counts``'
    """
    parts = _CODE.split(line)  # text and code in turns; three full stops would end the sentence that a table shows
    return "".join(
        f"`{part}`" if k % 2 else _SIGNS.sub(r"\\\1\2", part).replace("...", "…") for k, part in enumerate(parts)
    )


def prepare(app: Any, what: str, name: str, thing: Any, options: Any, lines: list[str]) -> None:
    """Prepare a docstring in place, before its sections are looked for; examples stay as they are."""
    in_example = False
    for k, line in enumerate(lines):
        in_example = bool(line.strip()) and (in_example or line.lstrip().startswith(">>>"))
        if not in_example:
            lines[k] = escape_signs(line)


def setup(app: Any) -> dict[str, bool]:
    """Tell Sphinx; before napoleon, which listens at the priority 500."""
    app.connect("autodoc-process-docstring", prepare, priority=400)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
