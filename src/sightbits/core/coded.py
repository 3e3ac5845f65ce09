"""Samples of several discrete variables as codes, and the counts of any of them together."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int64

Codes = Int64[np.ndarray, "n"]
_DENSE_SHARE = 4  # a table is filled at once up to so many cells a sample; beyond, samples are sorted


@dataclass(frozen=True, eq=False, kw_only=True)
class CodedSample:
    """Samples of named discrete variables: one code a sample, from 0 to the variable's `n_levels` - 1.

    Parameters
    ----------
    codes
        The codes of each variable.
    n_levels
        How many values each variable can take.
    every_cell
        Whether `flat` also lists combinations that were never seen; only seen ones otherwise, so that memory stays
        linear in the samples whatever the numbers of levels.
    """

    codes: Mapping[str, Codes]
    n_levels: Mapping[str, int]
    every_cell: bool = False

    @property
    def n_samples(self) -> int:
        """How many samples there are."""
        return len(next(iter(self.codes.values())))

    def flat(self, *variables: str) -> Int64[np.ndarray, "cells"]:
        """Return how often each combination of these variables' values was seen."""
        together, n_cells = self.combine(*variables)
        if self.every_cell or n_cells <= _DENSE_SHARE * self.n_samples:
            return np.bincount(together, minlength=n_cells if self.every_cell else 0)
        return np.asarray(np.unique(together, return_counts=True)[1])

    def combine(self, *variables: str) -> tuple[Codes, int]:
        """Return one code for these variables together, and how many values it can take."""
        first, *others = variables
        codes, n_cells = self.codes[first], self.n_levels[first]
        for name in others:
            if n_cells * self.n_levels[name] >= 2**62:
                seen, codes = np.unique(codes, return_inverse=True)
                n_cells = len(seen)
            codes = codes * self.n_levels[name] + self.codes[name]
            n_cells *= self.n_levels[name]
        return codes, n_cells


@dataclass(frozen=True, eq=False, kw_only=True)
class SampleBySample:
    """A coded sample seen as one table a sample: each tells how many samples share that one's values.

    What is composed of entropies can so be composed of single samples' surprisals, and its standard error read off.
    """

    sample: CodedSample

    def flat(self, *variables: str) -> Int64[np.ndarray, "n 1"]:
        """Return, for each sample, how many share its values of these variables."""
        codes, n_cells = self.sample.combine(*variables)
        if n_cells > _DENSE_SHARE * self.sample.n_samples:
            codes = np.unique(codes, return_inverse=True)[1]
        return np.bincount(codes)[codes][:, np.newaxis]

    def surprisal(self, shared: Int64[np.ndarray, "n 1"]) -> np.ndarray:
        """Return -log of each sample's observed frequency, in nats."""
        return np.log(self.sample.n_samples) - np.log(shared[:, 0])
