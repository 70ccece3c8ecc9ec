"""Events survive packing to the last bit, and bytes that are no event are refused with one error."""

from __future__ import annotations

import dataclasses
import typing

import msgpack
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from bn_core import packing
from bn_core.network.layers_probed import LayersProbed
from bn_core.protocol import SCHEDULE_START, is_scheduled
from bn_core.training.events import (
    KINDS,
    Checked,
    CheckpointTaken,
    Evaluated,
    Event,
    Failed,
    RunStarted,
    Score,
    Scored,
    SnapshotTaken,
    StatisticsRecorded,
    Step,
    Stopped,
    pack,
    unpack,
)

STEPS = st.integers(0, 5000)
FLOATS = st.floats(width=64)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
SCORES = st.builds(Score, FLOATS, FLOATS)
ARRAYS = st.one_of(
    hnp.arrays(np.float32, hnp.array_shapes(min_dims=0, min_side=0, max_side=3), elements=st.floats(width=32)),
    hnp.arrays(np.int64, hnp.array_shapes(max_side=3)),
)
COUNTS = hnp.arrays(np.int64, (10, 10), elements=st.integers(0, 60000))
LABELS = hnp.arrays(np.uint8, (100,), elements=st.integers(0, 9), fill=st.nothing())

STRATEGIES: dict[type[Event], st.SearchStrategy[Event]] = {
    RunStarted: st.builds(
        RunStarted,
        STEPS,
        st.dictionaries(TEXT, st.one_of(TEXT, FLOATS, st.booleans(), STEPS, st.none()), max_size=4),
        TEXT,
        TEXT,
        STEPS,
        st.dictionaries(TEXT, TEXT, max_size=3),
    ),
    Step: st.builds(Step, STEPS, FLOATS, FLOATS, FLOATS),
    StatisticsRecorded: st.builds(StatisticsRecorded, STEPS, ARRAYS, ARRAYS),
    LayersProbed: st.builds(
        LayersProbed,
        STEPS,
        st.lists(st.sampled_from(["linear", "bn", "relu"]), max_size=3),
        *[ARRAYS] * 10,
        *[st.none() | ARRAYS] * 6,
        FLOATS,
    ),
    Evaluated: st.builds(Evaluated, STEPS, STEPS, SCORES, st.none() | SCORES, st.none() | SCORES, FLOATS),
    Checked: st.builds(Checked, STEPS, STEPS, st.sampled_from(["training", "validation"]), SCORES, FLOATS),
    SnapshotTaken: st.builds(SnapshotTaken, STEPS, st.dictionaries(TEXT, ARRAYS, max_size=3)),
    CheckpointTaken: st.builds(CheckpointTaken, STEPS, st.dictionaries(TEXT, ARRAYS, max_size=3)),
    Scored: st.builds(
        Scored,
        STEPS,
        SCORES,
        SCORES,
        FLOATS,
        st.none() | FLOATS,
        COUNTS,
        COUNTS,
        LABELS,
        LABELS,
        st.none() | LABELS,
        FLOATS,
    ),
    Stopped: st.builds(Stopped, STEPS),
    Failed: st.builds(Failed, STEPS, TEXT, st.none() | TEXT),
}


def assert_same(one: object, other: object) -> None:
    assert type(one) is type(other)
    if dataclasses.is_dataclass(one):
        for field in dataclasses.fields(one):
            assert_same(getattr(one, field.name), getattr(other, field.name))
    elif isinstance(one, dict):
        assert list(one) == list(other)
        for key in one:
            assert_same(one[key], other[key])
    elif isinstance(one, np.ndarray):
        assert (one.dtype, one.shape, one.tobytes()) == (other.dtype, other.shape, other.tobytes())
    elif isinstance(one, float):
        assert np.float64(one).tobytes() == np.float64(other).tobytes()
    else:
        assert one == other


def test_every_kind_of_event_is_covered():
    assert set(STRATEGIES) == set(typing.get_args(Event)) == set(KINDS.values())


@pytest.mark.parametrize("kind", list(STRATEGIES), ids=lambda kind: kind.__name__)
def test_an_event_survives_packing_to_the_last_bit(kind):
    @settings(max_examples=50)
    @given(STRATEGIES[kind])
    def check(event: Event) -> None:
        packed = pack(event)
        assert isinstance(packed, bytes)
        assert_same(event, unpack(packed))
        assert pack(unpack(packed)) == packed

    check()


def test_arrays_in_any_memory_order_survive():
    array = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
    for given_array in (array.T, array[:, ::2], np.asfortranarray(array), np.array(3.5)):
        restored = unpack(pack(CheckpointTaken(0, {"a": given_array}))).arrays["a"]
        assert restored.dtype == given_array.dtype
        np.testing.assert_array_equal(restored, given_array, strict=True)


@given(st.binary(max_size=200))
def test_garbage_is_refused(packed):
    with pytest.raises(ValueError, match="not of a kind or form that this version"):
        unpack(packed)


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | FLOATS | TEXT | st.binary(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)
ARRAY_LIKE = st.fixed_dictionaries(
    {
        "__array__": st.sampled_from(["<f4", "|O", "<U3", "|V0", "f4,(3,)i4", "?"]) | PLAIN,
        "shape": st.lists(st.integers(-(2**63), 2**64 - 1) | st.integers(-1, 3), max_size=3) | PLAIN,
        "data": st.binary(max_size=16) | PLAIN,
    }
)


@settings(max_examples=300)
@given(st.lists(PLAIN, max_size=3) | st.tuples(PLAIN, st.dictionaries(TEXT, PLAIN | ARRAY_LIKE)) | PLAIN)
def test_other_peoples_msgpack_is_refused(values):
    with pytest.raises(ValueError, match="not of a kind or form that this version"):
        unpack(msgpack.packb(values))


@pytest.mark.parametrize(
    "changes",
    [
        {"__array__": "|O"},
        {"__array__": "nonsense"},
        {"__array__": 4},
        {"__array__": "f4,(3,)i4"},
        {"shape": [3]},
        {"shape": [2**63]},
        {"shape": [2**62, 2**62]},
        {"shape": [1, 2, "3"]},
        {"shape": [1] * 100},
        {"data": b"123"},
        {"data": "text"},
        {"data": None},
    ],
    ids=str,
)
def test_a_damaged_array_is_refused(changes):
    array = {"__array__": "<f4", "shape": [2], "data": b"\0" * 8}
    assert unpack(msgpack.packb(["CheckpointTaken", {"step": 1, "arrays": {"a": array}}])).arrays["a"].shape == (2,)
    with pytest.raises(ValueError, match="not of a kind or form that this version"):
        unpack(msgpack.packb(["CheckpointTaken", {"step": 1, "arrays": {"a": array | changes}}]))


@pytest.mark.parametrize("depth", [10, 300, 500])
def test_deep_nesting_is_refused(depth):
    nested: object = 1
    for _ in range(depth):
        nested = {"a": nested}
    with pytest.raises(ValueError, match="not of a kind or form that this version"):
        unpack(msgpack.packb(["RunStarted", {"step": nested}]))


@given(STRATEGIES[Scored], st.data())
def test_half_an_event_is_refused(event, data):
    packed = pack(event)
    cut = data.draw(st.integers(0, len(packed) - 1))
    with pytest.raises(ValueError, match="not of a kind or form that this version"):
        unpack(packed[:cut])


def test_a_field_too_many_or_too_few_is_refused():
    for values in ({}, {"step": 1, "colour": "red"}):
        with pytest.raises(ValueError, match="not of a kind or form that this version"):
            unpack(msgpack.packb(["Stopped", values]))


A_SCORE = Score(0.3, 0.4)


@dataclasses.dataclass(frozen=True)
class Later:
    """An event as it may be once attributes of every kind were added."""

    step: int
    loss: float = 0.5
    sizes: tuple[int, ...] = (1, 2)
    score: Score | None = A_SCORE


def test_what_is_stored_without_a_later_attribute_has_its_default():
    assert packing.unpack(msgpack.packb(["Later", {"step": 7}]), {"Later": Later}) == Later(7)
    whole = Later(7, 0.1, (3,), Score(0.1, 0.2))
    assert packing.unpack(pack(whole), {"Later": Later}) == whole


def test_the_schedule():
    assert [step for step in range(2001) if is_scheduled(step, 2000)] == [*SCHEDULE_START, 1200, 1600, 2000]
    assert [step for step in range(31) if is_scheduled(step, 30)] == [0, 1, 2, 5, 10, 20, 30]
    assert is_scheduled(1733, 1733)
