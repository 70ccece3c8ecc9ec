import contextlib

import msgpack
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bn_core.config import TrainingConfig
from bn_core.engine.frames import pack, unpack
from bn_core.engine.holdings import Inventory
from bn_core.engine.inquiry import Answered, Inquiry, Refused
from bn_core.engine.items import (
    Assignment,
    Batch,
    Checkpoint,
    Compiling,
    Ended,
    Paused,
    RecordedEvent,
    Resumed,
    Snapshot,
)
from bn_core.questions.decay import MovingStatistics

CONFIG = TrainingConfig()

steps = st.integers(0, 2**40)
items = st.one_of(
    st.builds(RecordedEvent, st.text(max_size=9), steps, st.none() | st.floats(allow_nan=False), st.binary()),
    st.builds(Snapshot, steps, st.binary()),
    st.builds(Checkpoint, steps, st.binary()),
    st.builds(Paused, steps),
    st.builds(Ended, st.sampled_from(["finished", "failed", "stopped", "left"]), st.none() | st.text()),
    st.just(Compiling()),
    st.just(Resumed()),
)


@given(st.builds(Batch, st.lists(items).map(tuple), steps))
def test_a_batch_comes_back_as_it_was_sent(batch):
    assert unpack(pack([True, batch])) == (True, batch)


@pytest.mark.parametrize(
    "value",
    [
        Assignment(("abcdefghij", 3), CONFIG, None, b"checkpoint"),
        Inquiry(1, {"kind": "Recalibrate", "step": 2}, CONFIG, None, b"snapshot", None),
        Answered(b"answer"),
        Refused("No."),
        Inventory(frozenset({CONFIG.compile_key}), frozenset({"mnist"}), frozenset()),
        ["prepare", CONFIG.with_(placement="after")],
        {"mnist.npz": b"file"},
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_calls_carry_comes_back_as_it_was_sent(value):
    sent = unpack(pack(value))
    assert (list(sent) if isinstance(value, list) else sent) == value


def test_statistics_come_back_bit_for_bit():
    means, variances = np.float32([0.1, -0.0]), np.float32([1e-40, np.inf])
    question = Inquiry(1, {}, CONFIG, "sha", b"", MovingStatistics(means, variances))
    sent = unpack(pack(question)).statistics
    assert sent.means.tobytes() == means.tobytes()
    assert sent.variances.tobytes() == variances.tobytes()
    assert sent.means.dtype == np.float32


@given(st.binary())
def test_other_bytes_are_refused_with_a_value_error_at_most(packed):
    with contextlib.suppress(ValueError):
        unpack(packed)


@pytest.mark.parametrize("payload", [["Batch", 1], ["os.system", "true"], [], 7])
def test_only_the_classes_of_the_table_are_made(payload):
    with pytest.raises(ValueError, match="no frame of this version"):
        unpack(msgpack.packb(msgpack.ExtType(1, msgpack.packb(payload))))


def test_what_is_not_in_the_table_does_not_travel():
    with pytest.raises(TypeError, match="A complex does not travel"):
        pack([1, {"a": 1j}])
