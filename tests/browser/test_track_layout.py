"""The race's layout, function by function, in the browser that runs it."""

from __future__ import annotations

import itertools
from bisect import bisect_right
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.browser.served import ROOT

pytestmark = pytest.mark.browser

GAP = 17.5
FAR = 1e6

wishes = st.lists(st.floats(0, 400, allow_subnormal=False), min_size=1, max_size=6).map(sorted)
tips = st.lists(st.floats(0, 400), min_size=1, max_size=6)

in_the_browser = settings(max_examples=60, deadline=None)


@st.composite
def curves(draw: st.DrawFn) -> dict[str, list[float]]:
    steps = sorted(draw(st.sets(st.integers(0, 600), min_size=1, max_size=12)))
    return {"steps": steps, "values": draw(st.lists(st.floats(0, 1), min_size=len(steps), max_size=len(steps)))}


@pytest.fixture(scope="module")
def layout(chromium) -> Iterator[Callable[..., Any]]:
    """Calls a function of the module: its name, then its arguments."""
    page = chromium.new_page()
    page.evaluate(
        """async (source) => {
          window.layout = await import("data:text/javascript;charset=utf-8," + encodeURIComponent(source))
        }""",
        (ROOT / "pages" / "race_page" / "track_layout.js").read_text(encoding="utf-8"),
    )
    yield lambda name, *given: page.evaluate("([name, given]) => window.layout[name](...given)", [name, [*given]])
    page.close()


class TestLabels:
    @in_the_browser
    @given(wishes)
    def test_they_never_overlap_and_keep_their_order(self, layout, wished) -> None:
        places = layout("apart", wished, GAP, 0, 400)
        assert all(below - above >= GAP - 1e-6 for above, below in itertools.pairwise(places))
        assert places[0] >= -1e-6
        assert places[-1] <= 400 + 1e-6

    def test_those_that_have_room_are_where_they_would_like_to_be(self, layout) -> None:
        assert layout("apart", [10, 40, 300], GAP, 0, 400) == [10, 40, 300]

    def test_two_at_one_place_give_way_by_half_each(self, layout) -> None:
        assert layout("apart", [100, 100], 20, 0, 400) == [90, 110]

    def test_at_an_edge_all_give_way_to_one_side(self, layout) -> None:
        assert layout("apart", [1, 2, 3], 20, 0, 400) == [0, 20, 40]
        assert layout("apart", [397, 398, 399], 20, 0, 400) == [360, 380, 400]

    @in_the_browser
    @given(wishes)
    def test_no_group_of_them_could_be_nearer_to_where_it_would_like_to_be(self, layout, wished) -> None:
        places = np.array(layout("apart", wished, GAP, -FAR, FAR), float)
        cost = np.sum((places - wished) ** 2)
        for first, last in itertools.combinations(range(len(places) + 1), 2):
            for move in (-0.5, 0.5):
                moved = places.copy()
                moved[first:last] += move
                if np.all(np.diff(moved) >= GAP - 1e-9):
                    assert np.sum((moved - wished) ** 2) >= cost - 1e-6


class TestRanking:
    @in_the_browser
    @given(tips)
    def test_from_the_highest_down(self, layout, heights) -> None:
        order = layout("ranked", heights)
        assert sorted(order) == list(range(len(heights)))
        assert [heights[lane] for lane in order] == sorted(heights)

    @in_the_browser
    @given(st.data(), tips)
    def test_two_change_places_only_when_they_are_clearly_apart(self, layout, data, heights) -> None:
        known = data.draw(st.permutations(range(len(heights))))
        order = layout("reranked", heights, known)
        assert sorted(order) == list(range(len(heights)))
        for upper, lower in itertools.pairwise(order):
            assert heights[upper] - heights[lower] <= 4

    def test_two_that_are_close_keep_their_order(self, layout) -> None:
        assert layout("reranked", [103, 100, 50], [0, 1, 2]) == [2, 0, 1]
        assert layout("reranked", [105, 100, 50], [0, 1, 2]) == [2, 1, 0]


class TestCurves:
    @in_the_browser
    @given(curves(), st.floats(0, 700))
    def test_between_two_measurements_a_line_is_straight(self, layout, curve, batch) -> None:
        expected = np.interp(batch, curve["steps"], curve["values"])
        assert layout("along", curve, batch) == pytest.approx(expected, abs=1e-9)

    @in_the_browser
    @given(curves(), st.floats(0, 700))
    def test_the_latest_measurement_is_not_one_to_come(self, layout, curve, batch) -> None:
        assert layout("before", curve["steps"], batch) == max(0, bisect_right(curve["steps"], batch) - 1)

    @in_the_browser
    @given(curves(), st.integers(0, 700))
    def test_a_label_says_what_was_measured_and_about_what_lies_between(self, layout, curve, batch) -> None:
        said = layout("told", curve, batch)
        steps = curve["steps"]
        assert said.startswith("≈") == (steps[0] < batch < steps[-1] and batch not in steps)
        value = float(said.lstrip("≈\u00a0").rstrip("\u00a0%"))
        assert value == pytest.approx(100 * np.interp(batch, steps, curve["values"]), abs=0.5 + 1e-9)

    @in_the_browser
    @given(st.lists(curves(), min_size=1, max_size=4))
    def test_every_measured_step_is_there_once_and_in_order(self, layout, several) -> None:
        assert layout("measured", several) == sorted({step for curve in several for step in curve["steps"]})


class TestSize:
    @pytest.mark.parametrize(("room", "height"), [(100, 250), (300, 300), (2000, 356)])
    def test_it_is_as_high_as_there_is_room_within_limits(self, layout, room, height) -> None:
        assert layout("sizeOf", 1100, room, 1) == {"width": 1100, "height": height, "unit": 1}

    def test_on_a_phone_it_has_one_height(self, layout) -> None:
        assert {layout("sizeOf", 340, room, 1)["height"] for room in (0, 300, 2000)} == {330}

    def test_it_grows_with_the_type(self, layout) -> None:
        assert layout("sizeOf", 1100, 2000, 1.25)["height"] == 356 * 1.25
        assert layout("isNarrow", 600, 1.25)
        assert not layout("isNarrow", 600, 1)

    def test_the_plot_lies_between_its_words_and_its_scales_meet_its_edges(self, layout) -> None:
        box = layout("plot", {"width": 1000, "height": 300, "unit": 1}, 30, 150, 600)["box"]
        assert 30 < box["left"] < box["right"] == 850
        assert 0 < box["top"] < box["bottom"] < 300
