"""Formulas as MathML, which browsers draw by themselves: no script, no font from elsewhere.

The translation is that of docutils, which Sphinx brings.
"""

import re
from typing import Any

from docutils import nodes
from docutils.utils.math import MathError
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.util import logging

_APPLIED = "<mo>&ApplyFunction;</mo>"
_THIN = '<mspace width="0.17em"></mspace>'
_FUNCTION = re.compile(r"(<mi>(?:log|ln|det|Var|diag|tr)</mi>)")
_LOGGER = logging.getLogger(__name__)


def draw_inline(translator: Any, node: nodes.math) -> None:
    """Write a formula within a line."""
    translator.body.append(_mathml(node))
    raise nodes.SkipNode


def draw_block(translator: Any, node: nodes.math_block) -> None:
    """Write a formula that stands by itself."""
    translator.body.append(f'<div class="formula">{_mathml(node, as_block=True)}</div>\n')
    raise nodes.SkipNode


def _mathml(node: nodes.Element, *, as_block: bool = False) -> str:
    try:
        drawn = tex2mathml(node.astext(), as_block=as_block)
    except MathError as error:
        _LOGGER.warning("%s in the formula %s", error, node.astext(), location=node)
        return ""
    # Browsers leave no room about the names of functions, as TeX does.
    return _FUNCTION.sub(rf"{_THIN}\1", drawn).replace(_APPLIED, f"{_APPLIED}{_THIN}")


def setup(app: Any) -> dict[str, bool]:
    """Tell Sphinx."""
    app.add_html_math_renderer("mathml", inline_renderers=(draw_inline, None), block_renderers=(draw_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
