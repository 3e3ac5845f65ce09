import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sightbits.networks.batches import draw_batches


@given(n_images=st.integers(1, 40), batch=st.integers(1, 20), n_updates=st.integers(1, 20), seed=st.integers(0, 3))
def test_every_image_is_seen_before_any_is_seen_again(n_images: int, batch: int, n_updates: int, seed: int) -> None:
    batches = draw_batches(n_images, batch=batch, n_updates=n_updates, seed=seed)
    assert batches.shape == (n_updates, batch)
    times = np.bincount(batches.ravel(), minlength=n_images)
    assert times.max() - times.min() <= 1


def test_seeds_give_other_orders_and_every_round_is_another() -> None:
    one, other = (draw_batches(50, batch=50, n_updates=2, seed=seed) for seed in (0, 1))
    assert not np.array_equal(one, other)
    assert not np.array_equal(one[0], one[1])
    assert np.array_equal(one, draw_batches(50, batch=50, n_updates=2, seed=0))
