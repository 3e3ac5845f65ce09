"""A report on disk, and headless Chromium to look at it."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import sync_playwright

import sightbits as sb
from sightbits.report.render import render
from sightbits.report.summarize import summarize

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def digits_report(tmp_path_factory) -> Path:
    audit = sb.audit_pixels("digits", seed=42, n_pixels=[1, 5, 20, 64], permutations=9, resamples=3)
    return _write(audit, tmp_path_factory.mktemp("digits"))


@pytest.fixture(scope="session")
def coloured_report(tmp_path_factory) -> Path:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, size=(80, 6, 7, 3)).astype(np.uint8)
    labels = np.where(np.arange(80) % 2, "<b>&\"'", "</script><script>alert(1)</script>")
    images[:, 2, 3, 1] = 255 * (np.arange(80) % 2)
    audit = sb.audit_pixels(images, labels, n_pixels=[1, 9], permutations=9, resamples=3)
    return _write(audit, tmp_path_factory.mktemp("coloured"))


def _write(audit: sb.PixelAudit, folder: Path) -> Path:
    """Write the page without the pictures beside it, which have their own tests."""
    path = folder / "report.html"
    path.write_text(render(summarize(audit)), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def browser():
    program = next(path for name in BROWSERS if (path := shutil.which(name)))
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=program, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        yield chromium
        chromium.close()


@pytest.fixture
def open_page(browser):
    """Open a report, and fail at the end where it complained or asked for anything from outside."""
    opened, complaints = [], []

    def open_report(path, *, width=1280, height=900, scheme="light"):
        context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: None if request.url.startswith("file:") else complaints.append(request.url))
        page.goto(path.as_uri())
        page.wait_for_selector("html[data-drawn=true]")
        opened.append(context)
        return page

    yield open_report
    for context in opened:
        context.close()
    assert complaints == []


@pytest.fixture(scope="session")
def check_figures():
    """Fails unless each section of a page has as many figures as it should, and none of them is empty."""

    def check(page, n_figures):
        for section, n in n_figures.items():
            canvases = page.locator(f"#{section} [data-figure] canvas")
            assert canvases.count() == n
            for canvas in canvases.all():
                drawn = page.evaluate(
                    "(canvas) => new Set(new Uint32Array(canvas.getContext('2d').getImageData(0, 0, canvas.width, "
                    "canvas.height).data.buffer)).size",
                    canvas.element_handle(),
                )
                assert drawn > 10

    return check


@pytest.fixture(scope="session")
def check_widths():
    """Fails where a page is wider than its window, or a figure than the room it has."""

    def check(page, width):
        assert page.evaluate("document.documentElement.scrollWidth") == width
        wide = page.evaluate(
            "[...document.querySelectorAll('.chart canvas')].filter((canvas) => canvas.clientWidth > "
            "canvas.closest('.chart').clientWidth).map((canvas) => canvas.closest('[data-figure]').dataset.figure)"
        )
        assert wide == []

    return check
