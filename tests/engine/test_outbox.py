import threading

from hypothesis import given
from hypothesis import strategies as st

from bn_core.engine import messages
from bn_core.engine.messages import Held
from bn_core.engine.outbox import SECONDS_BETWEEN_BATCHES, SECONDS_UNTIL_REPEATED, Outbox


def numbers(batches):
    return [messages.unpack(packed).number for packed in batches]


def steps(batches):
    return [item.step for packed in batches for item in messages.unpack(packed).items]


def outbox(max_waiting=2000):
    return Outbox("abcdefghij", 1, lambda: None, max_waiting=max_waiting)


def test_the_first_item_goes_at_once_and_the_next_wait_for_their_tenth_of_a_second():
    box = outbox()
    box.put(Held(1))
    assert steps(box.take(10.0)) == [1]
    box.put(Held(2))
    box.put(Held(3))
    assert box.take(10.0 + SECONDS_BETWEEN_BATCHES / 2) == []
    assert box.due() == 10.0 + SECONDS_BETWEEN_BATCHES
    assert steps(box.take(box.due())) == [2, 3]


@given(st.lists(st.floats(0, 0.3), max_size=60))
def test_never_more_than_ten_new_batches_a_second(pauses):
    box, now, times = outbox(), 0.0, []
    for step, pause in enumerate(pauses):
        now += pause
        box.put(Held(step))
        times += [now] * len(box.take(now))
        box.acknowledge(10**9)
    for index, start in enumerate(times):
        assert len([time for time in times[index:] if time < start + 1.0]) <= 10


@given(st.data())
def test_whatever_is_lost_on_the_way_everything_arrives_in_order_in_the_end(data):
    """The host takes the next number only, and acknowledges what it has: then nothing is lost, doubled or swapped."""
    box, now, received, expected = outbox(), 0.0, [], 1
    total = data.draw(st.integers(1, 20))
    for step in range(total):
        box.put(Held(step))
        now += data.draw(st.sampled_from([0.0, 0.2, 6.0]))
        for packed in box.take(now):
            batch = messages.unpack(packed)
            if data.draw(st.booleans()) and batch.number == expected:
                received += [item.step for item in batch.items]
                expected += 1
        if data.draw(st.booleans()):
            box.acknowledge(expected - 1)
    while (due := box.due()) is not None:
        for packed in box.take(due):
            batch = messages.unpack(packed)
            if batch.number == expected:
                received += [item.step for item in batch.items]
                expected += 1
        box.acknowledge(expected - 1)
    assert received == list(range(total))


def test_what_is_not_acknowledged_is_said_again_and_what_is_acknowledged_never():
    box = outbox()
    for step in range(3):
        box.put(Held(step))
        box.take(float(step))
    box.acknowledge(1)
    later = 2.0 + SECONDS_UNTIL_REPEATED
    assert numbers(box.take(later)) == [2, 3]
    assert box.take(later) == []
    box.acknowledge(3)
    assert box.due() is None
    assert box.take(later + 2 * SECONDS_UNTIL_REPEATED) == []


def test_a_training_far_ahead_of_the_store_waits_and_goes_on_when_it_catches_up():
    box = outbox(max_waiting=2)
    box.put(Held(1))
    box.put(Held(2))
    third = threading.Thread(target=box.put, args=(Held(3),), daemon=True)
    third.start()
    assert steps(box.take(0.0)) == [1, 2]
    third.join(0.05)
    assert third.is_alive()
    box.acknowledge(1)
    third.join(30)
    assert steps(box.take(1.0)) == [3]


def test_a_training_that_is_to_end_need_not_wait():
    box = outbox(max_waiting=1)
    box.put(Held(1))
    second = threading.Thread(target=box.put, args=(Held(2),), daemon=True)
    second.start()
    box.lift_limit()
    second.join(30)
    assert steps(box.take(0.0)) == [1, 2]
