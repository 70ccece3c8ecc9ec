"""The order of the batches: one endless list that only the seed and the number of images decide."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bn_core.data.order import batch_indices, pixels


@given(
    train_size=st.integers(1, 300),
    batch_size=st.integers(1, 512),
    seed=st.integers(0, 2**31 - 1),
    batches=st.integers(1, 6),
)
def test_every_epoch_has_every_image_once(train_size, batch_size, seed, batches):
    stream = np.concatenate([batch_indices(train_size, batch_size, seed, batch) for batch in range(batches)])
    assert stream.dtype == np.int64
    assert len(stream) == batches * batch_size
    whole = len(stream) // train_size
    for epoch in range(whole):
        assert sorted(stream[epoch * train_size : (epoch + 1) * train_size]) == list(range(train_size))
    rest = stream[whole * train_size :]
    assert len(set(rest)) == len(rest)
    assert all(0 <= index < train_size for index in rest)


@given(seed=st.integers(0, 2**31 - 1), batch=st.integers(0, 5000), batch_size=st.integers(1, 512))
def test_the_order_is_a_list_that_only_seed_and_size_decide(seed, batch, batch_size):
    images = [batch_indices(4000, 1, seed, batch * batch_size + i)[0] for i in (0, batch_size - 1)]
    indices = batch_indices(4000, batch_size, seed, batch)
    assert [indices[0], indices[-1]] == images


def test_seeds_and_epochs_differ():
    first = batch_indices(4000, 500, 0, 0).tolist()
    assert batch_indices(4000, 500, 0, 0).tolist() == first
    assert batch_indices(4000, 500, 1, 0).tolist() != first
    assert batch_indices(4000, 500, 0, 8).tolist() != first
    assert batch_indices(55000, 500, 0, 0).tolist() != first


def test_the_order_never_changes():
    assert batch_indices(55000, 8, 0, 0).tolist() == [53924, 25556, 20554, 16026, 47310, 38162, 6037, 28142]
    assert batch_indices(4000, 8, 7, 1234).tolist() == [2375, 2156, 393, 1268, 2663, 3416, 1238, 2883]


def test_the_callers_copy_is_its_own():
    first = batch_indices(100, 10, 0, 0)
    first[:] = 0
    assert batch_indices(100, 10, 0, 0).tolist() != first.tolist()


@pytest.mark.parametrize("arguments", [(0, 1, 0, 0), (10, 0, 0, 0), (10, 1, -1, 0), (10, 1, 0, -1)])
def test_there_is_no_such_batch(arguments):
    with pytest.raises(ValueError, match="No such batch"):
        batch_indices(*arguments)


def test_pixels_run_from_zero_to_one():
    images = np.arange(256, dtype=np.uint8).repeat(784).reshape(256, 28, 28)
    values = pixels(images)
    assert values.dtype == np.float32
    assert values.shape == (256, 28, 28, 1)
    np.testing.assert_array_equal(values[:, 0, 0, 0], np.arange(256, dtype=np.float32) / np.float32(255))
    assert (values.min(), values.max()) == (0, 1)
    assert pixels(images[:0]).shape == (0, 28, 28, 1)
