"""How fast a key may be tried."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bn_core.presenting.tries import BURST, FREE, LONGEST_SECONDS, MOST_ADDRESSES, REFILL_SECONDS, Tries


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def tries_with(clock: Clock) -> Tries:
    return Tries(clock)


def test_who_mistypes_a_few_times_does_not_wait() -> None:
    tries = tries_with(Clock())
    assert [tries.begin("192.0.2.1") for _ in range(FREE)] == [0.0] * FREE
    assert tries.begin("192.0.2.1") == 1.0


def test_each_wrong_try_doubles_the_wait_up_to_the_longest() -> None:
    clock = Clock()
    tries = tries_with(clock)
    waits = []
    for _ in range(FREE + 8):
        waits.append(tries.begin("192.0.2.1"))
        clock.now += waits[-1]
        if waits[-1]:
            assert tries.begin("192.0.2.1") == 0
    assert waits[FREE:] == [min(LONGEST_SECONDS, 2.0**doubled) for doubled in range(8)]


def test_one_that_waits_makes_its_wait_no_longer_by_asking() -> None:
    clock = Clock()
    tries = tries_with(clock)
    for _ in range(FREE):
        tries.begin("192.0.2.1")
    assert [tries.begin("192.0.2.1") for _ in range(5)] == [1.0] * 5
    clock.now = 1.0
    assert tries.begin("192.0.2.1") == 0


def test_another_address_does_not_wait() -> None:
    tries = tries_with(Clock())
    for _ in range(FREE + 1):
        tries.begin("192.0.2.1")
    assert tries.begin("192.0.2.2") == 0


def test_who_has_a_whole_network_counts_as_one() -> None:
    tries = tries_with(Clock())
    for host in range(FREE):
        assert tries.begin(f"2001:db8::{host + 1}") == 0
    assert tries.begin("2001:db8::ffff:1:2:3") > 0
    assert tries.begin("2001:db8:0:1::1") == 0
    for _ in range(FREE):
        tries.begin("::ffff:192.0.2.9")
    assert tries.begin("192.0.2.9") > 0


def test_all_addresses_together_have_a_limit() -> None:
    clock = Clock()
    tries = tries_with(clock)
    assert [tries.begin(f"192.0.2.{host}") for host in range(BURST)] == [0.0] * BURST
    assert tries.begin("198.51.100.1") == REFILL_SECONDS
    clock.now += REFILL_SECONDS
    assert tries.begin("198.51.100.1") == 0
    assert tries.begin("198.51.100.2") > 0


def test_who_has_the_key_has_a_clean_sheet() -> None:
    tries = tries_with(Clock())
    for _ in range(100):
        assert tries.begin("192.0.2.1") == 0
        tries.right("192.0.2.1")


@given(st.lists(st.one_of(st.none(), st.text(), st.ip_addresses().map(str)), max_size=50))
def test_any_address_is_one(addresses: list[str | None]) -> None:
    clock = Clock()
    tries = tries_with(clock)
    let = 0
    for address in addresses:
        let += tries.begin(address) == 0
    assert let <= BURST


def test_so_many_addresses_are_remembered() -> None:
    clock = Clock()
    tries = tries_with(clock)
    for number in range(MOST_ADDRESSES + 10):
        clock.now += REFILL_SECONDS
        tries.begin(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}")
    assert len(tries._by_address) == MOST_ADDRESSES
