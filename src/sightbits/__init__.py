"""See where the information is: in the pixels of images, and how much of each figure is real.

Public names load when first used, so that `import sightbits` costs next to nothing.
"""

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from sightbits.core.checks import InputError as InputError
    from sightbits.core.counts import CountTable as CountTable
    from sightbits.core.counts import LabelledLevels as LabelledLevels
    from sightbits.core.estimate import Estimate as Estimate
    from sightbits.core.images import ImageDataset as ImageDataset
    from sightbits.core.result import Result as Result
    from sightbits.core.units import Unit as Unit
    from sightbits.datasets.arrays import dataset_from_arrays as dataset_from_arrays
    from sightbits.datasets.loading import load_dataset as load_dataset
    from sightbits.datasets.splitting import split_dataset as split_dataset
    from sightbits.estimation.pixels import estimate_pixel_information as estimate_pixel_information
    from sightbits.studies.pixel_audit import AuditSettings as AuditSettings
    from sightbits.studies.pixel_audit import PixelAudit as PixelAudit
    from sightbits.studies.pixel_audit import audit_pixels as audit_pixels

_HOMES = {
    "InputError": "core.checks",
    "CountTable": "core.counts",
    "LabelledLevels": "core.counts",
    "Estimate": "core.estimate",
    "ImageDataset": "core.images",
    "Result": "core.result",
    "Unit": "core.units",
    "dataset_from_arrays": "datasets.arrays",
    "load_dataset": "datasets.loading",
    "split_dataset": "datasets.splitting",
    "estimate_pixel_information": "estimation.pixels",
    "AuditSettings": "studies.pixel_audit",
    "PixelAudit": "studies.pixel_audit",
    "audit_pixels": "studies.pixel_audit",
}

__all__ = ["__version__", *_HOMES]  # noqa: PLE0604  the names of a literal dictionary


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'sightbits' has no attribute {name!r}")
    return getattr(importlib.import_module(f"sightbits.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
