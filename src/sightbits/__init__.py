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
    from sightbits.core.streams.stream import ImageStream as ImageStream
    from sightbits.core.units import Unit as Unit
    from sightbits.datasets.arrays import dataset_from_arrays as dataset_from_arrays
    from sightbits.datasets.loading import load_dataset as load_dataset
    from sightbits.datasets.splitting import split_dataset as split_dataset
    from sightbits.datasets.streams.opening import open_images as open_images
    from sightbits.encodings.encoding import Encoding as Encoding
    from sightbits.encodings.folding import fold_encoding as fold_encoding
    from sightbits.encodings.folding import fold_encoding_module as fold_encoding_module
    from sightbits.encodings.named import encoding_named as encoding_named
    from sightbits.estimation.dependence import conditional_mutual_information as conditional_mutual_information
    from sightbits.estimation.dependence import interaction_information as interaction_information
    from sightbits.estimation.dependence import mutual_information as mutual_information
    from sightbits.estimation.dependence import normalized_mutual_information as normalized_mutual_information
    from sightbits.estimation.dependence import total_correlation as total_correlation
    from sightbits.estimation.divergences import jensen_shannon_divergence as jensen_shannon_divergence
    from sightbits.estimation.divergences import kullback_leibler_divergence as kullback_leibler_divergence
    from sightbits.estimation.entropies import conditional_entropy as conditional_entropy
    from sightbits.estimation.entropies import entropy as entropy
    from sightbits.estimation.entropies import joint_entropy as joint_entropy
    from sightbits.estimation.entropies import renyi_entropy as renyi_entropy
    from sightbits.estimation.entropies import tsallis_entropy as tsallis_entropy
    from sightbits.estimation.filters import FilterFigures as FilterFigures
    from sightbits.estimation.filters import FilterSelection as FilterSelection
    from sightbits.estimation.filters import cmi_permutation as cmi_permutation
    from sightbits.estimation.filters import measure_filters as measure_filters
    from sightbits.estimation.filters import select_filters as select_filters
    from sightbits.estimation.layers import LayerBatch as LayerBatch
    from sightbits.estimation.layers import LayerFigures as LayerFigures
    from sightbits.estimation.layers import LayerSettings as LayerSettings
    from sightbits.estimation.layers import PairFigures as PairFigures
    from sightbits.estimation.layers import measure_layers as measure_layers
    from sightbits.estimation.partial import PartialInformation as PartialInformation
    from sightbits.estimation.partial import decompose_information as decompose_information
    from sightbits.estimation.pixel_pairs import PixelPairs as PixelPairs
    from sightbits.estimation.pixels import estimate_pixel_information as estimate_pixel_information
    from sightbits.estimation.settings import EstimationSettings as EstimationSettings
    from sightbits.ledger.finding import Finding as Finding
    from sightbits.ledger.finding import Verdict as Verdict
    from sightbits.ledger.reproducing import reproduce_sources as reproduce_sources
    from sightbits.ledger.result import Ledger as Ledger
    from sightbits.measurement.beliefs.belief import Belief as Belief
    from sightbits.measurement.beliefs.exact import ExactBelief as ExactBelief
    from sightbits.measurement.beliefs.mixture import MixtureBelief as MixtureBelief
    from sightbits.measurement.beliefs.naive_bayes import NaiveBayesBelief as NaiveBayesBelief
    from sightbits.measurement.measurer import Measurer as Measurer
    from sightbits.measurement.noise import AdditiveNoise as AdditiveNoise
    from sightbits.measurement.noise import FlipNoise as FlipNoise
    from sightbits.measurement.noise import Noise as Noise
    from sightbits.measurement.outlook import Outlook as Outlook
    from sightbits.measurement.policies.blind import FixedOrder as FixedOrder
    from sightbits.measurement.policies.blind import RandomChoice as RandomChoice
    from sightbits.measurement.policies.by_information import CostAware as CostAware
    from sightbits.measurement.policies.by_information import InformationGain as InformationGain
    from sightbits.measurement.policies.by_information import LowestEntropy as LowestEntropy
    from sightbits.measurement.policies.policy import Policy as Policy
    from sightbits.measurement.session import MeasurementInterrupted as MeasurementInterrupted
    from sightbits.measurement.session import Session as Session
    from sightbits.measurement.simulation import Simulation as Simulation
    from sightbits.measurement.stopping import Confidence as Confidence
    from sightbits.measurement.stopping import CostBudget as CostBudget
    from sightbits.measurement.stopping import Determined as Determined
    from sightbits.measurement.stopping import EntropyBelow as EntropyBelow
    from sightbits.measurement.stopping import PixelBudget as PixelBudget
    from sightbits.measurement.stopping import StopRule as StopRule
    from sightbits.networks.observing.gaps import ObservationWarning as ObservationWarning
    from sightbits.networks.observing.lightning import lightning_callback as lightning_callback
    from sightbits.networks.observing.observer import Observer as Observer
    from sightbits.networks.observing.observer import observe as observe
    from sightbits.networks.observing.probing import probe_network as probe_network
    from sightbits.networks.observing.steps import ObservedStep as ObservedStep
    from sightbits.networks.pruning.importance import FilterImportance as FilterImportance
    from sightbits.networks.pruning.importance import filter_importance as filter_importance
    from sightbits.networks.pruning.pruned import PrunedNetwork as PrunedNetwork
    from sightbits.networks.pruning.pruned import prune as prune
    from sightbits.networks.pruning.surgery import remove_filters as remove_filters
    from sightbits.networks.pruning.torch_pruning import InformationImportance as InformationImportance
    from sightbits.selection.pixel_selector import PixelSelector as PixelSelector
    from sightbits.studies.dependence import Dependence as Dependence
    from sightbits.studies.dependence import measure_dependence as measure_dependence
    from sightbits.studies.encoding_comparison import EncodingComparison as EncodingComparison
    from sightbits.studies.encoding_comparison import EncodingSettings as EncodingSettings
    from sightbits.studies.encoding_comparison import compare_encodings as compare_encodings
    from sightbits.studies.encoding_comparison.spectrum import spectrum_of as spectrum_of
    from sightbits.studies.estimator_check import EstimatorCheck as EstimatorCheck
    from sightbits.studies.estimator_check import check_estimators as check_estimators
    from sightbits.studies.filters import FilterSettings as FilterSettings
    from sightbits.studies.filters import FilterStudy as FilterStudy
    from sightbits.studies.filters import study_filters as study_filters
    from sightbits.studies.information_flow import FlowSettings as FlowSettings
    from sightbits.studies.information_flow import InformationFlow as InformationFlow
    from sightbits.studies.information_flow import follow_information as follow_information
    from sightbits.studies.measurement_curve import MeasurementCurves as MeasurementCurves
    from sightbits.studies.measurement_curve import MeasureSettings as MeasureSettings
    from sightbits.studies.measurement_curve import compare_measuring as compare_measuring
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
    "ImageStream": "core.streams.stream",
    "Unit": "core.units",
    "dataset_from_arrays": "datasets.arrays",
    "load_dataset": "datasets.loading",
    "split_dataset": "datasets.splitting",
    "open_images": "datasets.streams.opening",
    "Encoding": "encodings.encoding",
    "fold_encoding": "encodings.folding",
    "fold_encoding_module": "encodings.folding",
    "encoding_named": "encodings.named",
    "conditional_mutual_information": "estimation.dependence",
    "interaction_information": "estimation.dependence",
    "mutual_information": "estimation.dependence",
    "normalized_mutual_information": "estimation.dependence",
    "total_correlation": "estimation.dependence",
    "jensen_shannon_divergence": "estimation.divergences",
    "kullback_leibler_divergence": "estimation.divergences",
    "conditional_entropy": "estimation.entropies",
    "entropy": "estimation.entropies",
    "joint_entropy": "estimation.entropies",
    "renyi_entropy": "estimation.entropies",
    "tsallis_entropy": "estimation.entropies",
    "FilterFigures": "estimation.filters",
    "FilterSelection": "estimation.filters",
    "cmi_permutation": "estimation.filters",
    "measure_filters": "estimation.filters",
    "select_filters": "estimation.filters",
    "LayerBatch": "estimation.layers",
    "LayerFigures": "estimation.layers",
    "LayerSettings": "estimation.layers",
    "PairFigures": "estimation.layers",
    "measure_layers": "estimation.layers",
    "decompose_information": "estimation.partial",
    "PartialInformation": "estimation.partial",
    "PixelPairs": "estimation.pixel_pairs",
    "estimate_pixel_information": "estimation.pixels",
    "EstimationSettings": "estimation.settings",
    "Finding": "ledger.finding",
    "Verdict": "ledger.finding",
    "reproduce_sources": "ledger.reproducing",
    "Ledger": "ledger.result",
    "Belief": "measurement.beliefs.belief",
    "ExactBelief": "measurement.beliefs.exact",
    "MixtureBelief": "measurement.beliefs.mixture",
    "NaiveBayesBelief": "measurement.beliefs.naive_bayes",
    "Measurer": "measurement.measurer",
    "AdditiveNoise": "measurement.noise",
    "FlipNoise": "measurement.noise",
    "Noise": "measurement.noise",
    "Outlook": "measurement.outlook",
    "FixedOrder": "measurement.policies.blind",
    "RandomChoice": "measurement.policies.blind",
    "CostAware": "measurement.policies.by_information",
    "InformationGain": "measurement.policies.by_information",
    "LowestEntropy": "measurement.policies.by_information",
    "Policy": "measurement.policies.policy",
    "MeasurementInterrupted": "measurement.session",
    "Session": "measurement.session",
    "Simulation": "measurement.simulation",
    "Confidence": "measurement.stopping",
    "CostBudget": "measurement.stopping",
    "Determined": "measurement.stopping",
    "EntropyBelow": "measurement.stopping",
    "PixelBudget": "measurement.stopping",
    "StopRule": "measurement.stopping",
    "ObservationWarning": "networks.observing.gaps",
    "lightning_callback": "networks.observing.lightning",
    "Observer": "networks.observing.observer",
    "observe": "networks.observing.observer",
    "ObservedStep": "networks.observing.steps",
    "probe_network": "networks.observing.probing",
    "FilterImportance": "networks.pruning.importance",
    "filter_importance": "networks.pruning.importance",
    "PrunedNetwork": "networks.pruning.pruned",
    "prune": "networks.pruning.pruned",
    "remove_filters": "networks.pruning.surgery",
    "InformationImportance": "networks.pruning.torch_pruning",
    "PixelSelector": "selection.pixel_selector",
    "Dependence": "studies.dependence",
    "measure_dependence": "studies.dependence",
    "EncodingComparison": "studies.encoding_comparison",
    "EncodingSettings": "studies.encoding_comparison",
    "compare_encodings": "studies.encoding_comparison",
    "spectrum_of": "studies.encoding_comparison.spectrum",
    "check_estimators": "studies.estimator_check",
    "EstimatorCheck": "studies.estimator_check",
    "follow_information": "studies.information_flow",
    "FilterSettings": "studies.filters",
    "FilterStudy": "studies.filters",
    "study_filters": "studies.filters",
    "FlowSettings": "studies.information_flow",
    "InformationFlow": "studies.information_flow",
    "compare_measuring": "studies.measurement_curve",
    "MeasureSettings": "studies.measurement_curve",
    "MeasurementCurves": "studies.measurement_curve",
    "audit_pixels": "studies.pixel_audit",
    "AuditSettings": "studies.pixel_audit",
    "PixelAudit": "studies.pixel_audit",
}

__all__ = ["__version__", *_HOMES]  # noqa: PLE0604  the names of a literal dictionary


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'sightbits' has no attribute {name!r}")
    return getattr(importlib.import_module(f"sightbits.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
