"""What the page "One batch, step by step" shows: the reference's numbers, for whatever a person sets."""

from __future__ import annotations

import math
import re

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from bn_core.batch_norm import reference
from bn_core.batch_norm.walkthrough import STAGES
from bn_core.exhibits import CapturedChannel
from pages.one_batch_page import captured, counts, sharing, words
from pages.one_batch_page import picture as pictures
from pages.one_batch_page.controls import BETA_REACH, EPSILONS, EXPERIMENTS, GAMMA_REACH
from pages.one_batch_page.figures import MINUS, axis, decimals, difference, epsilon_text, latex, power, written
from pages.one_batch_page.formulas import formula
from pages.one_batch_page.picture import PANELS
from pages.one_batch_page.scene import Scene
from pages.one_batch_page.text import TEXT
from pages.session.session import Session
from pages.session.settings import LARGEST_BIAS
from tests.pages.lab import APP, ME, Lab, data_of, kept, set_elsewhere

PAGE = "pages/one_batch.py"


@pytest.fixture(scope="module")
def shelf() -> captured.Shelf:
    found = captured.shelf()
    assert found is not None, "the recorded runs did not come with this copy"
    return found


def visit() -> AppTest:
    page = AppTest.from_file(str(APP), default_timeout=30)
    kept(page, Session).browser_id = ME
    page.run()
    page.switch_page(PAGE)
    return page.run()


def widget(page: AppTest, kind: str, key: str):
    """The control whose key begins like this."""
    return next(found for found in page.get(kind) if (found.key or "").startswith(f"one-batch-{key}-"))


def picture(page: AppTest) -> dict:
    return data_of(page, "one-batch-picture")


def number(text: str) -> float:
    """What a written number says."""
    powers = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
    text = text.replace(MINUS, "-")
    mantissa, ten, exponent = text.partition(" × 10")
    return float(mantissa) * 10 ** int(exponent.translate(powers)) if ten else float(text)


def scene_of(channel: CapturedChannel, **fields) -> Scene:
    values = {
        "images": 8,
        "order": "before",
        "inference": False,
        "gamma": channel.gamma,
        "beta": channel.beta,
        "epsilon": channel.epsilon,
        "bias": 0.0,
    }
    return Scene(channel, **(values | fields))


class Expected:
    """The numbers that the page must show, computed by the reference alone."""

    def __init__(self, channel: CapturedChannel, size: int, order: str, inference: bool, **fields: float) -> None:
        x = np.asarray(channel.values[:size], np.float64) + fields["bias"]
        taken = x if order == "before" else np.maximum(x, 0)
        column = taken.reshape(-1, 1)
        gamma, beta, epsilon = fields["gamma"], fields["beta"], fields["epsilon"]
        step = reference.forward(column, gamma, beta, epsilon)
        self.m, self.mean, self.variance = step.m, float(step.mu_B[0]), float(step.sigma2_B[0])
        x_hat, y = step.x_hat, step.y
        if inference:
            self.mean, self.variance = channel.moving_mean, channel.moving_variance
            x_hat = reference.infer(column, 1.0, 0.0, self.mean, self.variance, epsilon).y
            y = reference.infer(column, gamma, beta, self.mean, self.variance, epsilon).y
        x_hat, y = x_hat.reshape(x.shape), y.reshape(x.shape)
        relu = np.maximum(y, 0) if order == "before" else taken
        self.after = {"values": x, "mean": taken, "variance": taken, "normalize": x_hat, "scale": y, "relu": relu}
        middle = channel.side // 2 * channel.side + channel.side // 2
        self.shown = {stage: values[:8, middle] for stage, values in self.after.items()}


class TestNumbers:
    def test_they_are_the_references_for_any_setting(self, lab: Lab, shelf: captured.Shelf) -> None:
        page = visit()

        @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
        @given(
            layer=st.integers(1, 20),
            place=st.integers(0, 1),
            step=st.sampled_from(shelf.steps),
            size=st.one_of(st.integers(1, 64), st.sampled_from([1, 2, 8, 64])),
            order=st.sampled_from(["before", "after"]),
            inference=st.booleans(),
            gamma=st.one_of(st.none(), st.floats(-GAMMA_REACH, GAMMA_REACH)),
            beta=st.one_of(st.none(), st.floats(-BETA_REACH, BETA_REACH)),
            epsilon=st.sampled_from(EPSILONS),
            bias=st.one_of(st.just(0.0), st.floats(-LARGEST_BIAS, LARGEST_BIAS), st.floats(-2, 2)),
            place_in_order=st.integers(-1, 5),
        )
        def holds(layer, place, step, size, order, inference, gamma, beta, epsilon, bias, place_in_order):
            at = "all" if place_in_order < 0 else STAGES[order][place_in_order]
            widget(page, "select_slider", "layer").set_value(layer)
            widget(page, "selectbox", "step").set_value(step)
            widget(page, "slider", "size").set_value(size)
            widget(page, "segmented_control", "order").set_value(order)
            page.run()
            control = widget(page, "selectbox", "channel")
            control.set_value(control.options[place]).run()
            channel = shelf.channel(step, layer, place)
            widget(page, "slider", "gamma").set_value(channel.gamma if gamma is None else gamma)
            widget(page, "slider", "beta").set_value(channel.beta if beta is None else beta)
            widget(page, "select_slider", "epsilon").set_value(epsilon)
            widget(page, "number_input", "bias").set_value(bias)
            if order == "before":
                widget(page, "segmented_control", "mode").set_value(inference)
            set_elsewhere(page, at=at)
            page.run()
            assert not page.exception
            expected = Expected(
                channel,
                size,
                order,
                inference and order == "before",
                gamma=channel.gamma if gamma is None else gamma,
                beta=channel.beta if beta is None else beta,
                epsilon=epsilon,
                bias=bias,
            )
            check(picture(page), expected, at, order)

        holds()


def check(drawn: dict, expected: Expected, at: str, order: str) -> None:
    """Every number in the picture, as sent and as written."""
    assert drawn["at"] == at
    assert [panel["stage"] for panel in drawn["panels"]] == (list(PANELS[order]) if at == "all" else [at])
    for panel in drawn["panels"]:
        stage = panel["stage"]
        values = expected.shown[stage]
        assert [dot["value"] for dot in panel["dots"]] == values.tolist()
        figures = (values - expected.mean) ** 2 if stage == "variance" and at != "all" else values
        for dot, figure in zip(panel["dots"], figures, strict=True):
            assert number(dot["text"]) == pytest.approx(figure, abs=0.0005001, rel=1e-4)
        if stage == "mean":
            assert number(panel["note"]["text"].removeprefix(TEXT("note.before.mean", mean=""))) == pytest.approx(
                expected.mean, abs=0.0005001, rel=1e-4
            )
        if stage == "variance":
            mean, deviation = map(number, panel["note"]["text"].split(" ± "))
            assert mean == pytest.approx(expected.mean, abs=0.0005001, rel=1e-4)
            assert deviation == pytest.approx(math.sqrt(expected.variance), abs=0.0005001, rel=1e-4)
        assert (panel["bars"] is None) == (expected.m == len(values))


class TestSteps:
    def test_next_and_back_go_through_all_of_them(self, lab: Lab) -> None:
        page = visit()
        seen = [picture(page)["at"]]
        assert page.button(key="one-batch-back").disabled
        while not page.button(key="one-batch-next").disabled:
            page.button(key="one-batch-next").click().run()
            seen.append(picture(page)["at"])
            assert not page.exception
        assert seen == ["all", *STAGES["before"]]
        for expected in reversed(seen[:-1]):
            page.button(key="one-batch-back").click().run()
            assert picture(page)["at"] == expected

    def test_the_step_stays_when_the_order_changes(self, lab: Lab) -> None:
        page = visit()
        set_elsewhere(page, at="relu")
        widget(page, "segmented_control", "order").set_value("after").run()
        drawn = picture(page)
        assert drawn["at"] == "relu"
        assert [step["key"] for step in drawn["steps"]] == ["all", *STAGES["after"]]
        assert drawn["hue"] == "green"

    def test_a_step_that_there_is_not_is_all_at_once(self, lab: Lab) -> None:
        page = visit()
        set_elsewhere(page, at="no such step", image=99)
        page.run()
        assert not page.exception
        assert picture(page)["at"] == "all"
        assert picture(page)["row"] == 7


class TestExperiments:
    @pytest.mark.parametrize("name", EXPERIMENTS)
    @pytest.mark.parametrize("at", ["all", *STAGES["before"]])
    def test_each_stands_at_every_step(self, shelf: captured.Shelf, name: str, at: str) -> None:
        start = EXPERIMENTS[name]
        channel = shelf.channel(shelf.steps[0], start.layer, start.place)
        scene = scene_of(
            channel,
            images=start.images,
            order=start.order,
            inference=start.inference,
            epsilon=start.epsilon or channel.epsilon,
            bias=start.bias,
        )
        assert re.search(r"\d", words.caption(scene, at)) or scene.walk.m == 1
        if at != "all":
            assert all(formula(scene, at, scene.shown - 1))

    @pytest.mark.parametrize("order", ["before", "after"])
    def test_a_deviation_that_is_not_1_gets_its_reason(self, shelf: captured.Shelf, order: str) -> None:
        channel = shelf.channel(shelf.steps[0], 15, 0)
        for epsilon, not_one in ((1e-12, False), (1.0, True)):
            scene = scene_of(channel, images=64, order=order, inference=False, epsilon=epsilon, bias=0.0)
            for at in ("all", "normalize"):
                assert ("because ε = " in words.caption(scene, at)) == not_one
            assert ("ε" in pictures.panel(scene, "normalize", overview=True)["note"]["text"]) == not_one

    def test_one_image_alone_gives_beta_exactly(self, lab: Lab, shelf: captured.Shelf) -> None:
        page = visit()
        page.button(key="one-batch-try-alone").click().run()
        set_elsewhere(page, at="scale")
        page.run()
        drawn = picture(page)
        beta = shelf.channel(nearest(shelf.steps, EXPERIMENTS["alone"].step), 15, 0).beta
        assert [dot["value"] for dot in drawn["panels"][0]["dots"]] == [beta]
        assert drawn["alt"] == TEXT("caption.scale.one", beta=written(beta, 3))

    def test_inference_mode_shows_training_mode_beside_it(self, lab: Lab) -> None:
        page = visit()
        assert all(dot["beside"] is None for dot in picture(page)["panels"][-1]["dots"])
        first = picture(page)
        trained = [dot["at"] for dot in first["panels"][1]["dots"]]
        widget(page, "segmented_control", "mode").set_value(True).run()
        moved = picture(page)
        assert [entry["kind"] for entry in moved["legend"]] == ["bar"]
        beside = [dot["beside"] for dot in moved["panels"][1]["dots"]]
        assert beside != [dot["at"] for dot in moved["panels"][1]["dots"]]
        assert on_axis(moved, beside) == pytest.approx(on_axis(first, trained), abs=1e-3)

    def test_a_bias_before_bn_moves_no_dot_and_after_relu_it_does(self, lab: Lab) -> None:
        page = visit()
        before = [dot["text"] for dot in picture(page)["panels"][-1]["dots"]]
        page.button(key="one-batch-try-bias").click().run()
        drawn = picture(page)
        assert [dot["text"] for dot in drawn["panels"][-1]["dots"]] == before
        assert [dot["text"] for dot in drawn["panels"][0]["dots"]] != before
        assert TEXT("caption.bias.exact", bias="10") in drawn["alt"]
        widget(page, "number_input", "bias").set_value(-0.5)
        widget(page, "segmented_control", "order").set_value("after").run()
        said = [TEXT(f"caption.bias.{key}", bias=f"{MINUS}0.5", change="") for key in ("cut", "not_cut")]
        assert any(sentence.rstrip(" .") in picture(page)["alt"] for sentence in said)

    def test_as_learned_takes_everything_back(self, lab: Lab) -> None:
        page = visit()
        first = picture(page)["panels"]
        assert page.button(key="one-batch-reset").disabled
        widget(page, "slider", "gamma").set_value(-2.0)
        widget(page, "number_input", "bias").set_value(3.0)
        page.run()
        assert picture(page)["panels"] != first
        page.button(key="one-batch-reset").click().run()
        assert picture(page)["panels"] == first
        assert page.button(key="one-batch-reset").disabled

    def test_the_moving_statistics_are_not_offered_for_the_other_order(self, lab: Lab) -> None:
        page = visit()
        page.button(key="one-batch-try-relu").click().run()
        assert widget(page, "segmented_control", "mode").disabled


def on_axis(drawn: dict, places: list[float]) -> list[float]:
    """The values that stand at these places, in per cent, of a picture's number line."""
    first, *_, last = drawn["axis"]
    low, high = number(first["text"]), number(last["text"])
    return [low + (high - low) * place / 100 for place in places]


def nearest(steps: tuple[int, ...], wanted: int) -> int:
    return min(steps, key=lambda step: abs(step - wanted))


class TestBelow:
    def test_the_bias_in_both_orders(self, lab: Lab) -> None:
        page = visit()
        before, after = (metric.value for metric in page.metric)
        assert before == TEXT("bias.none") or number(before) < 1e-12
        assert number(after) > 0.01
        for key in ("before", "after"):
            drawn = data_of(page, f"one-batch-bias-{key}")
            assert drawn["steps"] == []
            assert [panel["stage"] for panel in drawn["panels"]] == ["variance", STAGES[key][-1]]

    def test_the_counts(self, lab: Lab) -> None:
        page = visit()
        (chart,) = page.get("vega_lite_chart")
        rows = pa.ipc.open_stream(chart.proto.data.data).read_all().to_pylist()
        assert [row["values"] for row in rows][:: len(rows) - 1] == [50_176, 64]
        assert [row["name"] for row in rows if row["name"]] == ["50,176", "12,544", "3,136", "1,024", "256", "64"]
        assert [row["layer"] for row in rows if row["chosen"]] == [15]
        assert [row["marked"] for row in rows][-1] == 8
        assert chart.proto.alt

    def test_which_values_share_a_mean(self, lab: Lab) -> None:
        drawing = data_of(visit(), "one-batch-sharing")["drawing"]
        dense, conv, wrong = drawing.split("<div class='case'>")[1:]
        rows = len(sharing.ROWS)
        assert dense.count('class="on"') == rows
        assert conv.count('class="on"') == rows * sharing.SIDE**2
        assert wrong.count('class="on"') == rows
        assert "50,176" in conv
        assert "3,136" in wrong

    def test_the_wrong_axes_leave_a_shadow_where_an_image_is_blank(self, shelf: captured.Shelf) -> None:
        channel = shelf.channel(shelf.steps[0], sharing.LAYER, 0)
        for image in range(8):
            shown = sharing.maps(channel, image)
            assert shown.values.shape == shown.right.shape == shown.wrong.shape == (28, 28)
            blank = shown.values == 0
            assert blank.sum() > 100
            assert len(np.unique(shown.right[blank])) == 1
            assert np.ptp(shown.wrong[blank]) > 0.2
            values = (blank.sum(), written(shown.right[blank][0], 2), written(shown.wrong[blank].min(), 2))
            assert all(str(value) in sharing.said(shown, 7) for value in values)

    def test_a_channel_without_blanks_gets_the_plain_sentence(self, shelf: captured.Shelf) -> None:
        channel = shelf.channel(shelf.steps[0], sharing.LAYER, 0)
        filled = CapturedChannel(**{**vars(channel), "values": channel.values + np.float32(1)})
        shown = sharing.maps(filled, 0)
        assert sharing.said(shown, 7) == TEXT("sharing.full", label=7)


class TestWithoutRecordedRuns:
    def test_the_page_says_so(self, lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(captured, "library", Empty)
        page = visit()
        assert not page.exception
        assert page.info[0].value == TEXT("missing")


class Empty:
    """A copy of the app without recorded runs."""

    def members(self) -> tuple[()]:
        return ()


class TestFigures:
    @given(st.floats(-1e4, 1e4), st.integers(3, 6))
    def test_a_written_number_says_what_it_is(self, value: float, places: int) -> None:
        text = written(value, places)
        assert number(text) == pytest.approx(value, abs=0.5000001 * 10**-places)
        assert "-" not in text
        assert text != f"{MINUS}{0:.{places}f}"

    @given(st.floats(1e-300, 1e300) | st.floats(-1e300, -1e-300))
    def test_a_power_of_ten_too(self, value: float) -> None:
        assert number(power(value)) == pytest.approx(value, rel=0.051)

    def test_examples(self) -> None:
        assert difference(0.0) == "0.000"
        assert difference(3.33e-16) == "3.3 × 10⁻¹⁶"
        assert [epsilon_text(value) for value in (1.0, 0.001, 1e-5, 3e-8)] == ["1", "0.001", "10⁻⁵", "3 × 10⁻⁸"]
        assert latex("3.3 × 10⁻¹⁶") == r"3.3 \cdot 10^{-16}"
        assert latex("10⁻⁵") == "10^{-5}"
        assert latex("−0.610") == "-0.610"
        assert written(1e6, 3) == "1.0000 × 10⁶"
        assert [decimals(variance) for variance in (0.0, 1.0, 0.06, 0.004, 1e-12)] == [3, 3, 3, 4, 6]

    @given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=20))
    def test_the_axis_holds_all_values_and_0(self, values: list[float]) -> None:
        line = axis(values)
        assert line.low <= min(0, *values)
        assert line.high >= max(0, *values)
        marks = line.marks()
        assert 2 <= len(marks) <= 11
        assert [mark["at"] for mark in marks] == sorted({mark["at"] for mark in marks})
        (zero,) = [mark for mark in marks if number(mark["text"]) == 0]
        assert zero["at"] == line.percent(0.0)
        assert not zero["minor"]


class TestFormulas:
    @pytest.mark.parametrize("order", ["before", "after"])
    @pytest.mark.parametrize("inference", [False, True])
    @pytest.mark.parametrize("size", [1, 2, 8, 64])
    @pytest.mark.parametrize("layer", [4, 15, 20])
    def test_each_ends_in_the_number_of_its_step(self, shelf, order, inference, size, layer) -> None:
        channel = shelf.channel(shelf.steps[-1], layer, 1)
        scene = scene_of(channel, order=order, inference=inference and order == "before", images=size)
        row = scene.shown - 1
        for stage in scene.walk.stages:
            said = formula(scene, stage, row)[1].rpartition("=")[2].strip()
            value = {"mean": scene.walk.mean, "variance": scene.walk.variance}.get(stage, scene.sample(stage)[row])
            assert float(said) == pytest.approx(value, abs=0.51 * 10**-scene.places)

    def test_eight_values_are_all_written_out(self, shelf: captured.Shelf) -> None:
        scene = scene_of(shelf.channel(shelf.steps[0], 15, 0))
        _, said = formula(scene, "mean", 0)
        assert r"\dots" not in said
        assert len(re.findall(r"\d+\.\d+", said)) == 8 + 1

    def test_a_sample_is_named_as_one(self, shelf: captured.Shelf) -> None:
        scene = scene_of(shelf.channel(shelf.steps[0], 4, 0), images=64)
        _, said = formula(scene, "mean", 0)
        assert r"\dots" in said
        assert r"12{,}544" in said
        assert "12,544" in words.behind(scene)


def test_the_chart_of_counts_is_built_once() -> None:
    assert counts.spec(1.0) is counts.spec(1.0)
