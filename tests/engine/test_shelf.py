import threading

from bn_core.engine.shelf import Shelf


def test_a_snapshot_stays_until_a_later_one_is_taken():
    shelf = Shelf()
    shelf.put(0, b"zero")
    shelf.put(1, b"one")
    assert shelf.take(0) == b"zero"
    assert shelf.take(0) == b"zero", "the answer may have been lost on its way"
    assert shelf.take(1) == b"one"
    assert shelf.take(0) is None


def test_what_was_never_put_is_not_there():
    assert Shelf().take(5) is None


def putting(shelf, step):
    thread = threading.Thread(target=shelf.put, args=(step, b"later"), daemon=True)
    thread.start()
    thread.join(0.05)
    return thread


def test_a_training_whose_snapshots_nobody_takes_waits_and_goes_on_when_they_are_taken():
    shelf = Shelf(max_kept=2)
    shelf.put(0, b"zero")
    shelf.put(1, b"one")
    third = putting(shelf, 2)
    shelf.take(0)
    third.join(0.05)
    assert third.is_alive(), "it is not sure yet that the first one arrived"
    shelf.take(1)
    third.join(30)
    assert not third.is_alive()
    assert shelf.take(2) == b"later"


def test_a_training_that_is_to_end_need_not_wait_and_loses_nothing():
    shelf = Shelf(max_kept=1)
    shelf.put(0, b"zero")
    second = putting(shelf, 1)
    assert second.is_alive()
    shelf.lift_limit()
    second.join(30)
    assert [shelf.take(step) for step in (0, 1)] == [b"zero", b"later"]
