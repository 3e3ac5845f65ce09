from collections.abc import Callable

import numpy as np
import pytest

from sightbits.measurement.beliefs.templates.level_tree import LevelTree

EndsIn = Callable[[LevelTree, np.ndarray], np.ndarray]


@pytest.fixture(scope="session")
def ends_in() -> EndsIn:
    """Tells which leaf each row of values ends in, node by node."""

    def end_of(tree: LevelTree, row: np.ndarray) -> int:
        node = 0
        while tree.feature[node] >= 0:
            node = int((tree.left if row[tree.feature[node]] <= tree.threshold[node] else tree.right)[node])
        return node

    return lambda tree, values: np.array([end_of(tree, row) for row in values])
