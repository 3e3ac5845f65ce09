"""A page as one HTML file that needs nothing from anywhere."""

import base64
import hashlib
import json
from functools import cache
from importlib import resources
from typing import Any

import jinja2
import vl_convert
from markupsafe import Markup

from sightbits.plots.export import VEGA_LITE
from sightbits.plots.theme import DARK, LIGHT, config
from sightbits.report.page import Page

_TEMPLATES = resources.files("sightbits.report") / "templates"


def render(page: Page) -> str:
    """Return the page as HTML, with the chart library, styles and data inside.

    Notes
    -----
    Expressions of charts are interpreted, not compiled, so that the page can forbid every script but its own.
    """
    bundle = _chart_library()
    script = "".join(f"(() => {{\n{_read(name)}\n}})();\n" for name in ("page.js", *page.scripts))
    style = "".join(_read(name) for name in ("page.css", *page.styles))
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(_read), autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    figures = {figure.name: figure for section in page.sections for figure in section.figures}
    data = {
        **page.data,
        "figures": {
            name: {"spec": figure.spec, "columns": figure.columns, "across": figure.across, "margin": figure.margin}
            for name, figure in figures.items()
        },
        "themes": {name: {"config": config(inks), "missing": inks["missing"]} for name, inks in _INKS.items()},
    }
    return environment.get_template("page.html").render(
        page=page,
        policy=_policy([bundle, script], style),
        style=Markup(style),  # noqa: S704  our own file
        scripts=[Markup(bundle), Markup(script)],  # noqa: S704  likewise
        data=Markup(_json_in_html(data)),  # noqa: S704  every < is escaped
    )


_INKS = {"light": LIGHT, "dark": DARK}


def _read(name: str) -> str:
    return (_TEMPLATES / name).read_text(encoding="utf-8")


@cache
def _chart_library() -> str:
    bundle = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;", vl_version=VEGA_LITE)
    # In a function of its own, or the library's one-letter names would be the page's; no end of script inside.
    return "(() => {" + bundle.replace("</script", "<\\/script") + "})();"


def _policy(scripts: list[str], style: str) -> str:
    admitted = " ".join(_hash(script) for script in scripts)
    return (
        f"default-src 'none'; script-src {admitted}; style-src {_hash(style)}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def _json_in_html(data: dict[str, Any]) -> str:
    return json.dumps(data, allow_nan=False, separators=(",", ":")).replace("<", "\\u003c")
