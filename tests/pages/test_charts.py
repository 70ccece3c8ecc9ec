"""Specifications that stay, tables that are small, names that do not overlap, colours that can be told apart."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
import threading
import tomllib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import altair as alt
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bn_core.chart_tables.curves import STATISTICS
from bn_core.runs.history import RunHistory
from bn_core.training.events import Evaluated, Score
from pages.charts import training as charts
from pages.charts.kit import Spec, built_once
from pages.charts.overlay import GAP, lettered, shifts_of
from pages.charts.palette import HUES, QUIET, SOLID, dash

THEME = tomllib.loads((Path(__file__).parents[2] / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["theme"]
VARIANTS = list(itertools.product(["none", "before", "after"], [False, True]))

MARKS = {"orange": "#D55E00", "blue": "#0072B2", "green": "#009E73"}


def marks_of(spec: dict) -> list[dict]:
    return [spec] if "mark" in spec else [mark for layer in spec["layer"] for mark in marks_of(layer)]


def over(colour: str, background: str, opacity: float) -> str:
    """A colour as it is seen where it is drawn with this opacity."""
    pairs = ((int(colour[at : at + 2], 16), int(background[at : at + 2], 16)) for at in (1, 3, 5))
    return "#" + "".join(f"{round(opacity * one + (1 - opacity) * other):02x}" for one, other in pairs)


class TestSpecifications:
    @pytest.mark.parametrize("build", [charts.accuracy_spec, charts.loss_spec])
    @pytest.mark.parametrize(("placement", "bias"), VARIANTS)
    def test_vega_lite_takes_them(self, build, placement: str, bias: bool) -> None:
        alt.LayerChart.from_dict(build(placement, bias, 800) | {"data": {"name": "run"}}, validate=True)

    @pytest.mark.parametrize("build", [charts.accuracy_spec, charts.loss_spec])
    @pytest.mark.parametrize(("placement", "bias"), VARIANTS)
    def test_hue_is_placement_and_dash_is_bias(self, build, placement: str, bias: bool) -> None:
        lines = [mark for mark in marks_of(build(placement, bias, 800)) if mark["mark"]["type"] == "line"]
        hues = {mark["encoding"]["color"]["value"] for mark in lines}
        assert hues - {QUIET} == {HUES[placement]}
        heaviest = max(lines, key=lambda mark: mark["mark"].get("strokeWidth", 0))
        # A thick line has longer dashes.
        stroke, gap = heaviest["mark"].get("strokeDash", SOLID)
        assert stroke * dash(bias)[1] == pytest.approx(gap * dash(bias)[0])
        assert stroke >= dash(bias)[0]

    def test_kinds_of_statistics_are_told_apart_without_colour(self) -> None:
        marks = marks_of(charts.accuracy_spec("before", False, 800))
        widths, shapes = {}, {}
        for mark in marks:
            about = next((name for name in STATISTICS if f"'{name}'" in json.dumps(mark.get("transform", ""))), None)
            if mark["mark"]["type"] == "line" and "strokeWidth" in mark["mark"]:
                widths[about] = mark["mark"]["strokeWidth"]
            if mark["mark"]["type"] == "point":
                shapes[about] = (mark["mark"]["shape"], mark["mark"]["filled"])
        assert widths.keys() == {*STATISTICS}
        assert widths["moving"] >= 2.5 * max(width for name, width in widths.items() if name != "moving")
        assert shapes == {"batch": ("circle", False), "recalibrated": ("diamond", True)}
        # What lies between moving and batch statistics is one closed, filled shape.
        (gap,) = (mark for mark in marks if mark["mark"].get("interpolate") == "linear-closed")
        assert gap["mark"]["filled"]
        # Without statistics to choose there is none.
        assert "linear-closed" not in json.dumps(charts.accuracy_spec("none", True, 800))

    def test_a_single_loss_is_a_point(self) -> None:
        """A line of one point cannot be seen: what stands at the end of the mean can."""
        (point,) = (mark for mark in marks_of(charts.loss_spec("before", False, 1)) if mark["mark"]["type"] == "point")
        assert point["transform"] == [{"filter": f"isValid(datum.{charts.SHIFT})"}]
        assert point["mark"]["filled"]
        history = TestTables().history(1)
        assert [row["step"] for row in charts.loss_points(history).to_pylist() if row[charts.SHIFT] is not None] == [1]

    @pytest.mark.parametrize("theme", ["light", "dark"])
    @pytest.mark.parametrize("build", [charts.accuracy_spec, charts.loss_spec])
    @pytest.mark.parametrize(("placement", "bias"), VARIANTS)
    def test_every_line_can_be_seen(self, build, placement: str, bias: bool, theme: str) -> None:
        """With 3 to 1, as WCAG asks of graphics; but for the line that only leads from diamond to diamond."""
        colours = THEME | THEME[theme]
        for mark in marks_of(build(placement, bias, 800)):
            if mark["mark"]["type"] != "line" or mark["mark"].get("filled") or "recalibrated" in json.dumps(mark):
                continue
            colour = colours[f"{mark['encoding']['color']['value']}Color"]
            opacity = mark["mark"].get("opacity", 1)
            assert contrast(over(colour, colours["backgroundColor"], opacity), colours["backgroundColor"]) >= 3

    def test_axes_are_fixed(self) -> None:
        text = json.dumps(charts.accuracy_spec("before", False, 321))
        assert '"domain": [0, 321]' in text
        assert '"domain": [0, 1]' in text
        assert '"domain": [0, 321]' in json.dumps(charts.loss_spec("before", False, 321))

    def test_they_carry_neither_data_nor_theme(self) -> None:
        for spec in (charts.accuracy_spec("before", False, 800), charts.loss_spec("none", True, 800)):
            assert not {"data", "datasets", "$schema"} & spec.keys()
            assert spec["config"] == {"mark": {"aria": False}}

    def test_another_process_builds_the_same(self) -> None:
        code = (
            "import json; from pages.charts.training import *; "
            "print(json.dumps([accuracy_spec('after', True, 800), loss_spec('none', True, 5)]))"
        )
        run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
        here = [charts.accuracy_spec("after", True, 800), charts.loss_spec("none", True, 5)]
        assert json.loads(run.stdout) == here

    def test_larger_type_for_a_room(self) -> None:
        desk, room = charts.accuracy_spec("before", False, 800), charts.accuracy_spec("before", False, 800, 1.25)
        assert room["height"] > desk["height"]


class TestTables:
    def history(self, batches: int) -> RunHistory:
        steps = np.arange(1.0, batches + 1)
        return RunHistory("r", steps=steps, losses=1 / steps, accuracies=1 - 1 / steps, milliseconds=steps)

    @pytest.mark.parametrize("batches", [0, 1, 7, 800, 5000])
    @pytest.mark.parametrize(("make", "value"), [(charts.accuracy_points, "accuracy"), (charts.loss_points, "loss")])
    def test_the_same_columns_whatever_there_is(self, batches: int, make, value: str) -> None:
        table = make(self.history(batches))
        assert table.schema.names == ["step", "statistics", value, charts.SHIFT]
        types = [table.schema.field(name).type for name in table.schema.names]
        assert types == [pa.int16(), pa.dictionary(pa.int8(), pa.string()), pa.float32(), pa.int8()]
        assert table.num_rows <= 301

    def test_only_the_end_of_a_line_has_a_name(self) -> None:
        rows = charts.loss_points(self.history(800)).to_pylist()
        (named,) = (row for row in rows if row[charts.SHIFT] is not None)
        assert (named["statistics"], named["step"], named[charts.SHIFT]) == ("mean", 800, 0)
        assert named["loss"] == pytest.approx(np.mean(1 / np.arange(791, 801)))

    def test_names_of_lines_that_end_together_keep_apart(self) -> None:
        history = self.history(100)
        score = Score(0.1, float(np.mean(history.accuracies[-10:])))
        history = replace(history, evaluations=(Evaluated(100, 250, score, score, score, 1.0),))
        named = [row for row in charts.accuracy_points(history).to_pylist() if row[charts.SHIFT] is not None]
        assert {row["statistics"] for row in named} == set(STATISTICS)
        heights = sorted(row["accuracy"] + row[charts.SHIFT] / 100 for row in named)
        assert all(upper - lower > 0.05 for lower, upper in itertools.pairwise(heights))

    def test_a_loss_that_is_not_finite_has_no_row(self) -> None:
        history = self.history(20)
        losses = history.losses.copy()
        losses[15:] = np.nan
        assert np.isfinite(charts.loss_points(replace(history, losses=losses))["loss"].to_numpy()).all()

    def test_everybody_who_looks_at_a_history_shares_its_tables(self) -> None:
        history = self.history(30)
        assert charts.accuracy_points(history) is charts.accuracy_points(history)


class TestSpread:
    @given(st.lists(st.floats(0, 1), max_size=4))
    def test_names_keep_apart_in_order_and_on_the_axis(self, heights: list[float]) -> None:
        placed = charts.spread(heights, charts.LABEL_GAP)
        ordered = sorted(placed)
        assert all(upper - lower >= charts.LABEL_GAP - 1e-9 for lower, upper in itertools.pairwise(ordered))
        assert all(-1e-9 <= height <= 1 + 1e-9 for height in placed)
        for (one, first), (two, second) in itertools.combinations(zip(heights, placed, strict=True), 2):
            assert one == two or (one < two) == (first < second)

    def test_names_with_room_stay_where_their_lines_end(self) -> None:
        assert charts.spread([0.1, 0.5, 0.9], charts.LABEL_GAP) == [0.1, 0.5, 0.9]


class TestSeveralRuns:
    def test_each_has_a_letter_of_its_own(self) -> None:
        letters = [letter for letter, _ in lettered(range(100))]
        assert letters[:9] == list("ABCDEFGHI")
        assert letters[25:28] == ["Z", "AA", "BB"]
        assert len(set(letters)) == len(letters)

    @given(st.lists(st.floats(0, 1), max_size=60), st.floats(1, 1.5))
    def test_however_many_names_stand_inside_the_plot_and_apart(self, heights: list[float], times: float) -> None:
        shifts = shifts_of(dict(enumerate(heights)), times)
        placed = sorted(height + shifts[run] / 100 for run, height in enumerate(heights))
        least = min(GAP * times, 1 / max(1, len(heights)))
        # A shift is a whole number of hundredths.
        assert all(upper - lower >= least - 0.0101 for lower, upper in itertools.pairwise(placed))
        assert all(-0.0051 <= height <= 1.0051 for height in placed)


class TestTheme:
    def test_hues_are_the_papers(self) -> None:
        for mode in ("light", "dark"):
            assert {name: (THEME | THEME[mode])[f"{name}Color"] for name in MARKS} == MARKS

    @pytest.mark.parametrize("mode", ["light", "dark"])
    def test_marks_stand_out_and_text_can_be_read(self, mode: str) -> None:
        colours = THEME | THEME[mode]
        grounds = [colours["backgroundColor"], colours["secondaryBackgroundColor"]]
        for name in (*MARKS, "gray"):
            assert contrast(colours[f"{name}Color"], grounds[0]) >= 3
        texts = [f"{name}TextColor" for name in (*MARKS, "gray")] + ["textColor", "linkColor"]
        for name in texts:
            assert min(contrast(colours[name], ground) for ground in grounds) >= 4.5
        # Names at the ends of lines are text in this colour, and so is a primary button's white label.
        assert contrast(colours[f"{QUIET}Color"], grounds[0]) >= 4.5
        assert contrast(colours["primaryColor"], "#FFFFFF") >= 4.5

    def test_what_keeps_updates_cheap_and_errors_private(self) -> None:
        text = (Path(__file__).parents[2] / ".streamlit" / "config.toml").read_text(encoding="utf-8")
        settings = tomllib.loads(text)
        assert settings["runner"]["postScriptGC"] is False
        assert settings["client"]["showErrorDetails"] == "none"
        assert settings["browser"]["gatherUsageStats"] is False


def contrast(one: str, other: str) -> float:
    """Ratio of two colours' luminances, as the web's accessibility guidelines (WCAG 2) define it."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return sum(weight * value for weight, value in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_a_class_that_asks_for_a_specification_at_once_has_it_built_once() -> None:
    all_here, another, built = threading.Barrier(6), threading.Event(), []

    @built_once
    def spec(scale: float) -> Spec:
        built.append(scale)
        if len(built) > 1:
            another.set()
        another.wait(0.2)  # time for another build to begin, if one may
        return {"height": scale}

    def ask() -> Spec:
        all_here.wait()
        return spec(1.0)

    with ThreadPoolExecutor(6) as class_:
        asked = [class_.submit(ask) for _ in range(6)]
    assert all(each.result() is asked[0].result() for each in asked)
    assert built == [1.0]
