"""Whose turn it is: nobody waits for ever, and nobody gets more by asking more often or under many names."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bn_core.runs.addresses import address_hash
from bn_core.runs.turns import Places, Turn, Turns, Waiting

PLACES = Places(all=400, of_browser=8, parts=20)

askers = st.tuples(st.sampled_from("abcd"), st.sampled_from("xyz"))
queues = st.lists(askers, max_size=30)


def waiting(*who: tuple[str, str], before: int = 0) -> list[Waiting]:
    """Runs of these browsers and addresses, in the order in which they came."""
    return [Waiting(f"{number}", browser, address, number, before) for number, (browser, address) in enumerate(who, 1)]


def served(line: list[Waiting], turns: Turns) -> list[Waiting]:
    """The runs as they come to their turns, one after the other, each looked for anew."""
    line, order = list(line), []
    while line:
        following = turns.in_order(line)[0]
        turns.take(following.browser, following.address)
        line.remove(following)
        order.append(following)
    return order


@given(who=queues, taken=queues)
def test_everybody_who_waits_has_a_place_in_the_order(who: list[tuple[str, str]], taken: list[tuple[str, str]]) -> None:
    line = waiting(*who)
    turns = Turns(Turn(number, *each) for number, each in enumerate(taken, 1))
    assert sorted(turns.in_order(line), key=lambda one: one.number) == line


@given(who=queues, taken=queues)
def test_the_order_that_is_told_is_the_one_in_which_they_are_served(
    who: list[tuple[str, str]], taken: list[tuple[str, str]]
) -> None:
    line = waiting(*who, before=len(taken))
    turns = Turns(Turn(number, *each) for number, each in enumerate(taken, 1))
    assert turns.in_order(line) == served(line, turns)


@given(who=queues, taken=queues)
def test_no_address_has_two_turns_while_another_waits_and_no_browser_while_one_behind_its_address_does(
    who: list[tuple[str, str]], taken: list[tuple[str, str]]
) -> None:
    line = waiting(*who, before=len(taken))
    turns = Turns(Turn(number, *each) for number, each in enumerate(taken, 1))
    latest = taken[-1] if taken else None
    last_behind = {address: browser for browser, address in taken}
    for one in served(line, turns):
        if latest is not None and one.address == latest[1]:
            assert {other.address for other in line} == {one.address}
        if last_behind.get(one.address) == one.browser:
            assert {other.browser for other in line if other.address == one.address} == {one.browser}
        line.remove(one)
        latest, last_behind[one.address] = (one.browser, one.address), one.browser


@given(who=queues)
def test_a_browsers_runs_come_in_their_order(who: list[tuple[str, str]]) -> None:
    order = Turns().in_order(waiting(*who))
    for each in set(who):
        numbers = [one.number for one in order if (one.browser, one.address) == each]
        assert numbers == sorted(numbers)


def test_a_hundred_invented_browsers_behind_one_address_take_no_turn_from_another() -> None:
    crowd = [(f"invented {number}", "crowd") for number in range(100)]
    order = Turns().in_order(waiting(*crowd, ("ann", "home"), ("ann", "home")))
    assert [place for place, one in enumerate(order) if one.browser == "ann"] == [1, 3]


def test_no_stream_of_newcomers_keeps_anybody_waiting() -> None:
    """Every turn another invented browser comes, behind the same address: it waits for those that were there."""
    turns = Turns()
    for number in range(3):
        turns.take(f"before {number}", "school")
    line = waiting(("ann", "school"), ("ann", "school"), before=turns.latest)
    came, order = len(line), []
    for number in range(10):
        came += 1
        line.append(Waiting(f"{came}", f"invented {number}", "school", came, turns.latest))
        following = turns.in_order(line)[0]
        turns.take(following.browser, following.address)
        line.remove(following)
        order.append(following.browser)
    assert order[0] == "ann"
    assert order.index("ann", 1) == 3, "after the two that had come by the end of her first turn"


def test_who_had_no_turn_yet_does_not_pass_those_that_waited_before_it_came() -> None:
    turns = Turns([Turn(1, "ann", "school"), Turn(2, "ben", "school")])
    line = [Waiting("ann's", "ann", "school", 1, 2), Waiting("new", "cleo", "school", 2, 3)]
    turns.take("dan", "school")
    assert [one.id for one in turns.in_order(line)] == ["ann's", "new"]


def test_after_a_restart_the_turns_go_on() -> None:
    turns = Turns()
    line = waiting(("ann", "home"), ("ann", "home"), ("ben", "home"), ("ben", "home"))
    first = turns.in_order(line)[0]
    turns.take(first.browser, first.address)
    line.remove(first)
    again = Turns([Turn(1, first.browser, first.address)])
    assert again.in_order(line) == turns.in_order(line)
    assert again.in_order(line)[0].browser == "ben"


# Places


def filled(askers: list[tuple[str, str]], places: Places = PLACES) -> Counter[tuple[str, str]]:
    """How many wait of each, where each in turn asks for a place until nobody finds one."""
    held: Counter[tuple[str, str]] = Counter()
    while True:
        found = [each for each in askers if placed(held, each, places)]
        if not found:
            return held


def placed(held: Counter[tuple[str, str]], who: tuple[str, str], places: Places = PLACES) -> bool:
    here = sum(count for (_, address), count in held.items() if address == who[1])
    own = sum(count for (browser, _), count in held.items() if browser == who[0])
    if places.lacking(held.total() - here, here, own) is not None:
        return False
    held[who] += 1
    return True


def test_one_person_alone_lines_up_as_many_as_a_browser_may() -> None:
    assert filled([("ann", "home")]).total() == PLACES.of_browser
    assert PLACES.lacking(0, 8, 8) == "share"


@pytest.mark.parametrize("invented", [13, 40])
def test_invented_browsers_leave_room_for_others_behind_the_same_address(invented: int) -> None:
    held = filled([(f"invented {number}", "school") for number in range(invented)])
    for person in range(30):
        assert placed(held, (f"person {person}", "school"))


@given(invented=st.integers(1, 300))
def test_one_address_never_keeps_another_from_the_queue(invented: int) -> None:
    held = filled([(f"invented {number}", "crowd") for number in range(invented)])
    assert 2 * held.total() <= PLACES.all
    assert placed(held, ("ann", "home"))
    held = filled([*held, ("ann", "home")])
    assert held["ann", "home"] >= 2


@given(who=st.lists(st.tuples(st.integers(0, 60).map(str), st.sampled_from("wxyz")), max_size=300))
def test_while_another_waits_an_address_has_at_most_half(who: list[tuple[str, str]]) -> None:
    places = Places(all=40, of_browser=8, parts=4)
    held: Counter[tuple[str, str]] = Counter()
    for each in who:
        placed(held, each, places)
        behind = Counter[str]()
        for (_, address), count in held.items():
            behind[address] += count
        assert all(2 * count <= places.all for count in behind.values())
        assert held.total() <= 2 * places.all


def test_many_addresses_that_take_what_they_get_leave_a_place_for_the_next() -> None:
    crowd = [(f"{address}/{number}", f"{address}") for address in range(20) for number in range(13)]
    held = filled(crowd)
    assert placed(held, ("ann", "home"))


def test_an_address_behind_which_nothing_waits_finds_a_place_where_others_fill_all() -> None:
    places = Places(all=40, of_browser=8, parts=1)
    held: Counter[tuple[str, str]] = Counter()
    for address in range(20):
        while placed(held, (f"{address}/{held.total()}", f"{address}"), places):
            pass
    assert held.total() >= places.all
    assert placed(held, ("ann", "home"), places)
    assert not placed(held, ("ben", "home"), places)


# Addresses


def test_an_address_is_kept_as_a_hash_that_only_this_salt_gives() -> None:
    assert address_hash("192.0.2.7", b"salt") == address_hash("192.0.2.7", b"salt")
    assert address_hash("192.0.2.7", b"salt") != address_hash("192.0.2.7", b"other")
    assert address_hash("192.0.2.7", b"salt") != address_hash("192.0.2.8", b"salt")
    assert len(address_hash("192.0.2.7", b"salt")) == 64


def test_the_network_of_one_machine_is_one_address() -> None:
    assert address_hash("2001:db8::1", b"") == address_hash("2001:db8::ffff:1", b"")
    assert address_hash("2001:db8::1", b"") != address_hash("2001:db8:0:1::1", b"")
    assert address_hash("::ffff:192.0.2.7", b"") == address_hash("192.0.2.7", b"")


@given(text=st.text())
def test_any_text_is_an_address_and_what_is_none_counts_as_one(text: str) -> None:
    assert len(address_hash(text, b"salt")) == 64
    assert address_hash(f"{text}!", b"salt") == address_hash(None, b"salt")
