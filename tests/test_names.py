"""Names: every value that can be chosen has one, and the six networks are told apart by each kind of name."""

from __future__ import annotations

import pytest

from bn_core.config import FIELD_BY_NAME
from bn_core.exhibits.catalogue import RACE
from bn_core.names import NETWORKS, ORDERS, PRESETS, VALUES


@pytest.mark.parametrize("field", VALUES)
def test_every_value_of_a_named_field_has_a_name_of_its_own(field):
    assert tuple(VALUES[field]) == FIELD_BY_NAME[field].values
    assert len({names.control for names in VALUES[field].values()}) == len(VALUES[field])


def test_every_placement_says_its_order():
    assert ORDERS.keys() == VALUES["placement"].keys()


@pytest.mark.parametrize("kind", ["key", "label", "line", "spoken", "config"])
def test_the_six_networks_are_told_apart_by_every_kind_of_name(kind):
    assert len({getattr(network, kind) for network in NETWORKS}) == 6


def test_each_network_that_races_can_be_chosen_by_a_preset():
    assert {network.config for network in RACE} < {preset.config for preset in PRESETS}
