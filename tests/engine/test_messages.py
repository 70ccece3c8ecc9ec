import pytest
from hypothesis import given
from hypothesis import strategies as st

from bn_core.engine import messages
from bn_core.engine.messages import (
    Batch,
    CheckpointReady,
    Compiling,
    Ended,
    Held,
    Hello,
    Recorded,
    Released,
    SnapshotReady,
)

STEPS = st.integers(0, 5000)
ITEMS = st.one_of(
    st.builds(Recorded, st.binary(max_size=50)),
    st.builds(SnapshotReady, STEPS),
    st.builds(CheckpointReady, STEPS),
    st.builds(Compiling),
    st.builds(Held, STEPS),
    st.builds(Released),
    st.builds(Ended, st.sampled_from(["finished", "failed", "stopped", "left"]), st.none() | st.text(max_size=30)),
)
BATCHES = st.builds(Batch, st.text(max_size=10), STEPS, STEPS, st.lists(ITEMS, max_size=5).map(tuple))


@given(BATCHES | st.builds(Hello, st.text(max_size=30)))
def test_a_message_comes_back_as_it_was(message):
    assert messages.unpack(messages.pack(message)) == message


@given(st.binary(max_size=60))
def test_other_bytes_are_refused_with_a_value_error_or_mean_the_same_when_packed_again(garbage):
    try:
        message = messages.unpack(garbage)
    except ValueError:
        return
    assert messages.unpack(messages.pack(message)) == message


def test_a_cut_message_is_refused():
    packed = messages.pack(Batch("run", 1, 1, (Recorded(b"event"),)))
    for length in range(len(packed)):
        with pytest.raises(ValueError, match="no message"):
            messages.unpack(packed[:length])
