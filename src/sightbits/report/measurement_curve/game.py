"""The measuring game: a section in which the reader chooses the pixels, with nothing but the page."""

import base64
from typing import Any

import numpy as np
from jaxtyping import Shaped

from sightbits.core.result import plain
from sightbits.report.page import Section
from sightbits.studies.measurement_curve.game import Game

GAME_SCRIPTS = ("game_belief.js", "game.js")  # in this order: the second plays with what the first computes
GAME_STYLES = ("game.css",)


def game_section(game: Game) -> Section:
    """Return the section; its page also needs `game_data` as `data["game"]`, `GAME_SCRIPTS` and `GAME_STYLES`."""
    *others, last = game.level_names
    n_pixels_most = min(game.n_pixels_most, game.levels.shape[1])
    return Section(
        name="game",
        title="Play: name the label with few pixels",
        text=f"An image the belief has never seen is hidden here. Measure pixels (each is {', '.join(others)} or "
        f"{last}) and name the label as soon as you dare. The round also ends when a label is "
        f"{100 * game.confidence:g} % probable, or after {n_pixels_most} pixels. The policy then shows its own "
        "round on the same image: it always takes the pixel of the highest expected gain.",
        control="game.html",
    )


def game_data(game: Game) -> dict[str, Any]:
    """Return what the game's script reads, JSON-able; long arrays as base64 of their bytes, row by row."""
    return plain(
        {
            "shape": game.image_shape[:2],
            "templates": _packed(game.templates, "u1"),
            "weights": _packed(game.weights, "<f8"),
            "component_labels": game.component_labels,
            "channel": game.channel,
            "images": _packed(game.levels, "u1"),
            "true_images": _packed(game.true_levels, "u1"),
            "image_numbers": game.image_numbers,
            "labels": game.labels,
            "label_names": game.label_names,
            "level_names": game.level_names,
            "confidence": game.confidence,
            "n_pixels_most": game.n_pixels_most,
        }
    )


def _packed(values: Shaped[np.ndarray, "..."], kind: str) -> str:
    return base64.b64encode(np.ascontiguousarray(values, dtype=kind).tobytes()).decode()
