"""The data of the page: each set once, as columns, so that a page of a large image stays small."""

import base64
from typing import Any

import numpy as np
from jaxtyping import Float32

from sightbits.core.result import plain
from sightbits.plots.pixel_audit import charts
from sightbits.plots.pixel_audit.data import (
    curve_rows,
    default_k,
    labels_shown,
    names_shown,
    overlap_rows,
    pixel_columns,
    ranker_rows,
    significant,
)
from sightbits.studies.pixel_audit import PixelAudit

_MOST_INT16 = 2**15 - 1


def page_data(audit: PixelAudit) -> dict[str, Any]:
    """Return the data sets, each once and as columns: a page of a large image stays small."""
    maps = audit.pixel_maps()
    shown = labels_shown(audit)
    return plain(
        {
            "unit": audit.unit.value,
            "shape": [*audit.image_shape[:2], audit.image_shape[2] if len(audit.image_shape) == 3 else 1],
            "usable": len(audit.ranking),
            "pixels": pixel_columns(audit),
            "curve": curve_rows(audit),
            "stability": [significant(audit.main.frequency(k)) for k in audit.curve.n_pixels]
            if audit.settings.resamples
            else [],
            "label_names": names_shown(audit),
            "label_share": significant(audit.maps.label_count[shown] / audit.maps.n_images),
            "labels": {name: [significant(one) for one in maps[name].T[shown]] for name in charts.LABEL_MAPS},
            "k": default_k(audit),
            "pixel": int(audit.ranking[0]),
            "rankers": ranker_rows(audit) if len(audit.ranked) > 1 else [],
            "overlap": [overlap_rows(audit, k) for k in audit.curve.n_pixels] if len(audit.ranked) > 1 else [],
            "redundancy": _redundancy(audit),
        }
    )


def _redundancy(audit: PixelAudit) -> dict[str, Any]:
    """Return the maps of every reference, as whole numbers of 16 bits: a page of text would be five times as long."""
    pairs, convert = audit.redundancy, audit.unit.from_nats
    return {
        "references": pairs.references,
        "alone": significant(convert(pairs.alone)),
        "shared": _packed(convert(pairs.shared)),
        "interaction": _packed(convert(pairs.interaction)),
    }


def _packed(values: Float32[np.ndarray, "references pixels"]) -> dict[str, Any]:
    step = max(float(np.abs(values).max(initial=0)), 1e-9) / _MOST_INT16
    whole = np.rint(values / step).astype("<i2")
    return {"step": step, "base64": base64.b64encode(whole.tobytes()).decode()}
