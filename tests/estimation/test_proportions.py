import numpy as np
import pytest
from scipy.stats import binomtest

from sightbits.estimation.proportions import wilson_interval


@pytest.mark.parametrize("n", [1, 7, 450])
def test_intervals_are_those_of_scipy(n):
    right = np.unique(np.linspace(0, n, 9).astype(np.int64))
    low, high = wilson_interval(right, n)
    slow = [binomtest(int(k), n).proportion_ci(method="wilson") for k in right]
    np.testing.assert_allclose(low, [one.low for one in slow], atol=1e-12)
    np.testing.assert_allclose(high, [one.high for one in slow], atol=1e-12)


def test_each_share_may_have_its_own_number():
    low, high = wilson_interval(np.array([3, 30]), np.array([10, 100]))
    assert low[0] < low[1] < 0.3 < high[1] < high[0]


def test_none_and_all_keep_to_the_ends():
    low, high = wilson_interval(np.array([0, 5]), 5)
    assert (low[0], high[1]) == (0, 1)
