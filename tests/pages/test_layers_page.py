"""What the page "Inside the layers" shows: every state of a run, what it says of real runs, and what stays the same."""

from __future__ import annotations

import json
import re
from dataclasses import fields, replace

import altair as alt
import numpy as np
import pyarrow as pa
import pytest
from streamlit.testing.v1 import AppTest

from bn_core.architecture import Architecture
from bn_core.chart_tables import layers as tables
from bn_core.config import TrainingConfig
from bn_core.network import bins
from bn_core.packing import attributes
from bn_core.runs.inside import ProbeHistory
from bn_core.runs.service import RunService
from bn_core.training.events import LayersProbed
from pages.charts.axes import batch_ticks, bin_axis
from pages.charts.kit import Look
from pages.charts.palette import DASHED, HUES
from pages.layers_page import charts, words
from pages.layers_page.charts import DEPTH_CHARTS
from pages.layers_page.marking import CHOSEN, NOTHING, with_gaps
from pages.parts.provenance import run_in_full
from pages.session.session import Session
from pages.words import numbers
from pages.words.captions import variant
from pages.words.layer_names import layer_name, layer_title
from pages.words.prose import prose
from tests.pages.lab import APP, ME, Lab, control, data_of, kept, wording
from tests.pages.probed import CONFIGS, STEPS, add, go_on, in_file, probes

RUNS, TEXT = prose("runs"), prose("layers")

PLACEMENTS = ("none", "before", "after")
CHARTS = 3 + 1 + len(DEPTH_CHARTS)
PAGE = "pages/layers.py"


def visit(run: str | None = None, **parameters: str) -> AppTest:
    """The page as a link opens it."""
    page = AppTest.from_file(str(APP), default_timeout=30)
    kept(page, Session).browser_id = ME
    page.run()
    page.switch_page(PAGE)
    for name, value in (parameters | ({"run": run} if run else {})).items():
        page.query_params[name] = value
    return page.run()


def said_on(page: AppTest) -> str:
    """Everything that the page says in words, without the marks of Markdown."""
    kinds = ("title", "markdown", "caption", "warning", "error", "info")
    return "\n".join(element.value for kind in kinds for element in getattr(page, kind)).replace("\\", "")


def drawn(page: AppTest) -> list:
    return [element.proto for element in page.get("vega_lite_chart")]


def table(chart) -> pa.Table:
    return pa.ipc.open_stream(chart.data.data).read_all()


class TestEveryState:
    @pytest.mark.parametrize("status", ["queued", "compiling", "running", "paused", "finished", "stopped", "failed"])
    @pytest.mark.parametrize("placement", PLACEMENTS)
    def test_the_page_stands(self, lab: Lab, status: str, placement: str) -> None:
        page = visit(add(lab, placement, status=status))
        assert not page.exception
        assert len(drawn(page)) == CHARTS
        assert all(len(chart.alt) > 30 for chart in drawn(page))

    def test_before_the_first_probe(self, lab: Lab) -> None:
        page = visit(add(lab, status="compiling"))
        assert data_of(page, "step-slider")["captions"] == [TEXT("nothing.no_probe")]
        everything, *others = (table(chart) for chart in drawn(page))
        assert everything["entry"].to_pylist() == [CHOSEN]
        assert {chart.num_rows for chart in others} == {0}

    def test_a_run_under_way_shows_the_latest_snapshot(self, lab: Lab) -> None:
        page = visit(add(lab, status="running", snapshots=3))
        assert data_of(page, "step-slider")["steps"] == [STEPS[2]]
        assert set(table(drawn(page)[0])["snapshot"].to_pylist()) == {0}
        assert not any("snapshot ==" in chart.spec for chart in drawn(page))

    @pytest.mark.parametrize("status", ["paused", "finished", "interrupted"])
    def test_any_other_has_all_snapshots_to_scrub_through(self, lab: Lab, status: str) -> None:
        page = visit(add(lab, status=status))
        sent = data_of(page, "step-slider")
        assert sent["steps"] == list(STEPS)
        assert len(sent["captions"]) == len(STEPS)
        assert sent["start"] == len(STEPS) - 1
        assert set(table(drawn(page)[0])["snapshot"].to_pylist()) == set(range(len(STEPS)))
        for chart in drawn(page):
            (parameter,) = json.loads(chart.spec)["params"]
            assert parameter["bind"]["max"] == len(STEPS) - 1

    def test_it_begins_where_there_is_most_to_see(self, lab: Lab) -> None:
        """Without BN before training, where the signal vanishes: later the biases have brought its size back."""
        assert data_of(visit(add(lab, "none")), "step-slider")["start"] == 0
        assert data_of(visit(add(lab, "after")), "step-slider")["start"] == len(STEPS) - 1

    @pytest.mark.parametrize(
        ("rms", "expected"),
        [
            ([(1, 1e-5), (1, 0.1), (1, 0.5)], 0),
            ([(1, 1e-5), (1, 0.1), (1, 1e-4)], 2),
            ([(1, 0.9), (1, 1e-4), (1, 0.5)], 2),
            ([(1, 0.9)], 0),
            ([], 0),
        ],
    )
    def test_the_most_telling_snapshot(self, rms: list[tuple[float, float]], expected: int) -> None:
        made = []
        for first, last in rms:
            values = np.full((2, 20), last, np.float32)
            values[:, 0] = first
            made.append(replace(probes("none")[0], rms=values))
        assert words.most_telling(made) == expected

    def test_the_address_may_name_the_snapshot(self, lab: Lab) -> None:
        assert data_of(visit(add(lab), step="12"), "step-slider")["start"] == 2

    def test_without_any_run(self, lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(RunService, "recorded", lambda service: [])
        page = visit()
        assert not page.exception
        assert TEXT("nothing.train") in said_on(page)
        assert len(page.get("page_link")) == 2
        assert drawn(page) == []

    def test_where_nobody_trained_a_recorded_run_is_shown(self, lab: Lab) -> None:
        page = visit()
        assert not page.exception
        assert len(drawn(page)) == CHARTS
        assert "Recorded:" in page.selectbox[0].value or "Recorded:" in said_on(page)

    def test_without_a_choice_the_newest_run_is_shown(self, lab: Lab) -> None:
        add(lab, "none")
        newest = add(lab, "after")
        assert RUNS("provenance.run", id=newest) in said_on(visit())

    def test_the_run_comes_along_from_another_page(self, lab: Lab) -> None:
        run = add(lab, "none")
        add(lab, "after")
        page = lab.page(run=run)
        page.switch_page(PAGE)
        page.query_params.clear()
        page.run()
        assert RUNS("provenance.run", id=run) in said_on(page)
        assert page.query_params["run"] == run

    def test_a_run_that_is_deleted_meanwhile(self, lab: Lab) -> None:
        run = add(lab)
        page = visit(run)
        lab.store.delete(run)
        page.run()
        assert not page.exception
        assert prose("app")("nothing.unknown") in said_on(page)

    def test_an_unknown_run(self, lab: Lab) -> None:
        run = add(lab)
        page = visit("nosuchrun0")
        assert not page.exception
        assert prose("app")("nothing.unknown") in said_on(page)
        assert drawn(page) == []
        (choice,) = page.selectbox
        choice.select(run).run()
        assert page.query_params["run"] == run
        assert len(drawn(page)) == CHARTS

    def test_a_run_of_an_older_version(self, lab: Lab) -> None:
        page = visit(lab.run(status="finished"))
        assert not page.exception
        assert TEXT("nothing.unrecorded") in said_on(page)
        assert page.get("page_link")

    def test_it_says_where_the_pictures_come_from(self, lab: Lab) -> None:
        run = add(lab)
        said = said_on(visit(run))
        assert " · ".join(run_in_full(lab.store.run(run))) in said
        assert TEXT("provenance.probe", images=64) in said
        assert TEXT("provenance.snapshots", count=len(STEPS), first=STEPS[0], last=STEPS[-1]) in said

    def test_a_fresh_server_enters_by_app_py(self, lab: Lab) -> None:
        page = visit(add(lab))
        assert kept(page, Session).page == "layers"


class TestChoices:
    def test_every_place_and_picture(self, lab: Lab) -> None:
        for placement in PLACEMENTS:
            page = visit(add(lab, placement))
            for place in words.places(placement):
                control(page, "place").set_value(place).run()
                assert not page.exception
                assert table(drawn(page)[0]).num_rows > 0
            control(page, "view").set_value("heat").run()
            assert "viridis" in drawn(page)[0].spec

    def test_without_bn_there_is_no_after_bn(self, lab: Lab) -> None:
        page = visit(add(lab, "none"))
        assert control(page, "place").options == list(words.places("none").values())
        assert TEXT("nothing.no_bn") in said_on(page)
        assert words.places("before")["bn"] not in said_on(page).replace(TEXT("nothing.no_bn"), "")

    def test_a_layer_and_a_channel(self, lab: Lab) -> None:
        page = visit(add(lab))
        control(page, "layer").set_value(20).run()
        control(page, "channel").set_value(3).run()
        assert layer_title(20, Architecture()) in said_on(page)
        assert control(page, "channel").options == [TEXT("layer.unit", number=number) for number in (1, 51, 100)]
        probe = probes("before")[-1]
        counts = table(drawn(page)[1]).filter(pa.compute.field("snapshot") == len(STEPS) - 1)
        assert counts["values"].to_numpy().sum() == probe.histograms[0, 19].sum() == 6400
        assert table(drawn(page)[2])["middle"].to_pylist()[-1] == probe.percentiles[0, 19, 2, 1]

    @pytest.mark.parametrize("view", ["ridges", "heat"])
    def test_the_chosen_layer_is_marked_among_all(self, lab: Lab, view: str) -> None:
        page = visit(add(lab))
        control(page, "view").set_value(view).run()
        spec = drawn(page)[0].spec
        for layer in (3, 20):
            control(page, "layer").set_value(layer).run()
            rows = table(drawn(page)[0]).filter(pa.compute.field("entry") == CHOSEN)
            assert rows["layer"].to_pylist() == [layer]
            assert drawn(page)[0].spec == spec

    @pytest.mark.parametrize("view", ["ridges", "heat"])
    def test_a_second_run_bin_for_bin(self, lab: Lab, view: str) -> None:
        other = add(lab, "none")
        name = f"{variant(CONFIGS['none'])}, {other}"
        page = visit(add(lab))
        control(page, "view").set_value(view).run()
        page.selectbox[1].select(other).run()
        assert not page.exception
        assert TEXT(f"laid_over.{view}", other=name) in said_on(page)
        for chart in drawn(page):
            assert set(table(chart)["run"].to_pylist()) == {0, 1}
        assert HUES["none"] in drawn(page)[1].spec
        control(page, "place").set_value("bn").run()
        assert TEXT("laid_over.no_place", other=name) in said_on(page)
        assert set(table(drawn(page)[0])["run"].to_pylist()) == {0}


class TestWhileItTrains:
    @pytest.mark.parametrize("placement", PLACEMENTS)
    def test_only_tables_change(self, lab: Lab, placement: str) -> None:
        run = add(lab, placement, status="running", snapshots=1)
        page = visit(run)
        specs = [chart.spec for chart in drawn(page)]
        alts = [chart.alt for chart in drawn(page)]
        for snapshot in range(1, len(STEPS)):
            before = [chart.data.data for chart in drawn(page)]
            go_on(lab, run, placement, snapshot, snapshot + 1)
            page.run()
            assert [chart.spec for chart in drawn(page)] == specs
            assert [chart.alt for chart in drawn(page)] == alts
            assert [chart.data.data for chart in drawn(page)] != before
            assert data_of(page, "step-slider")["steps"] == [STEPS[snapshot]]

    def test_an_update_is_small(self, lab: Lab) -> None:
        page = visit(add(lab, status="running"))
        assert sum(len(chart.data.data) for chart in drawn(page)) < 20_000
        assert sum(len(chart.spec) for chart in drawn(page)) < 30_000

    @pytest.mark.parametrize("placement", PLACEMENTS)
    def test_when_it_ends_all_snapshots_come_and_the_latest_stays(self, lab: Lab, placement: str) -> None:
        run = add(lab, placement, status="running")
        page = visit(run)
        lab.store.set_status(run, "finished")
        page.run()
        assert data_of(page, "step-slider")["steps"] == list(STEPS)
        assert data_of(page, "step-slider")["start"] == len(STEPS) - 1


class TestWhatItSays:
    def test_without_bn_the_signal_vanishes_and_nothing_explodes(self, lab: Lab) -> None:
        page = visit(add(lab, "none"))
        first = data_of(page, "step-slider")["captions"][0]
        rms = probes("none")[0].rms[0]
        assert rms[0] > 0.1
        assert rms[18] < 1e-5
        vanishes = TEXT("says.vanishes").partition("{")[0]
        assert first.startswith(f"{TEXT('says.here.before')}: {vanishes}")
        assert numbers.number(float(rms[0])) in first
        assert numbers.number(float(rms[18])) in first
        assert "xplode" not in said_on(page) + json.dumps(data_of(page, "step-slider"))

    def test_what_vanished_before_training_is_said_afterwards_too(self, lab: Lab) -> None:
        probe = replace(probes("none")[-1], rms=np.full((2, 20), 0.5, np.float32))
        said = words.what_to_see(probe, probes("none")[0], CONFIGS["none"], "linear")
        assert wording(TEXT("says.vanished_before")) in said

    def test_what_biases_bring_back_is_no_signal(self) -> None:
        config = CONFIGS["none"]
        for probe in probes("none")[1:]:
            said = words.what_to_see(probe, probes("none")[0], config, "linear")
            rms = numbers.number(float(probe.rms[0][18]))
            assert probe.correlation[1][18] > 0.99
            alike = {"cosine": TEXT("says.cosine", cosine=1), "layers": 19, "rms": rms}
            assert any(TEXT("says.same_from", layer=layer, **alike) in said for layer in range(1, 20))
            assert wording(TEXT("says.vanishes")) not in said
            assert wording(TEXT("says.vanished_before")) in said
            assert (TEXT("says.biases") in said) == config.bias

    def test_images_that_differ_are_a_signal(self) -> None:
        for probe in probes("before"):
            said = words.what_to_see(probe, probe, CONFIGS["before"], "linear")
            assert wording(TEXT("says.same_from")) not in said
            assert wording(TEXT("says.same_in")) not in said

    @pytest.mark.parametrize("placement", ["before", "after"])
    def test_with_bn_values_keep_their_size(self, lab: Lab, placement: str) -> None:
        caption = data_of(visit(add(lab, placement)), "step-slider")["captions"][0]
        assert wording(TEXT("says.keeps")) in caption
        assert wording(TEXT("says.vanishes")) not in caption
        assert wording(TEXT("says.vanished_before")) not in caption

    def test_the_caption_is_the_pictures_alternative_text(self, lab: Lab) -> None:
        page = visit(add(lab, "none"), step="0")
        assert drawn(page)[0].alt.endswith(data_of(page, "step-slider")["captions"][0])

    def test_dead_channels_are_the_thing_to_see(self) -> None:
        probe = probes("before")[0]
        dead = np.zeros(20, np.float32)
        dead[13] = 0.93
        rms = np.full((3, 20), 0.4, np.float32)
        rms[:, 18] = 0.01
        said = words.what_to_see(replace(probe, dead_channels=dead, rms=rms), probe, CONFIGS["before"], "linear")
        ends = TEXT("says.ends", first=numbers.number(0.4), last=numbers.number(0.01), layers=19)
        assert TEXT("says.dead", layer=layer_name(14, 20), share=numbers.whole_percent(0.93), units="channels") in said
        assert TEXT("says.shrunk", times=numbers.times(40), ends=ends) in said

    @pytest.mark.parametrize(
        ("change", "expected"),
        [
            (lambda rms: rms * 0, TEXT("says.gone", layer=1, where=words.places("before")["linear"])),
            (lambda rms: rms * np.nan, wording(TEXT("says.not_finite"))),
            (lambda rms: np.geomspace(0.1, 500, 20), wording(TEXT("says.grown"))),
            (lambda rms: np.array([0.44, *[8.2] * 17, 1, 1]), wording(TEXT("says.varies"))),
            (lambda rms: np.array([0, *[0.5] * 19]), wording(TEXT("says.varies"))),
            (lambda rms: np.array([1, 0, *[1] * 13, *[0] * 5]), TEXT("says.gone", layer=16, where="before BN")),
        ],
    )
    def test_odd_signals(self, change, expected: str) -> None:
        probe = probes("before")[0]
        odd = replace(probe, rms=np.broadcast_to(change(probe.rms[0]), (3, 20)).astype(np.float32))
        assert expected in words.what_to_see(odd, probe, CONFIGS["before"], "linear")

    def test_numbers(self) -> None:
        assert [numbers.number(value) for value in (0, 0.17, 2.83e-7, 123.4, 5.6e8)] == [
            "0",
            "0.17",
            "2.8e-7",
            "123",
            "5.6e8",
        ]
        assert [numbers.number(value) for value in (212_312.4, 1e6)] == ["212,312", "1,000,000"]
        ratios = (0.81, 1.3, 9.96, 12.4, 438, 978_000, 3.2e8)
        assert [numbers.times(ratio) for ratio in ratios] == ["0.81", "1.3", "10", "12", "440", "980,000", "3.2e8"]
        assert [numbers.whole_percent(value) for value in (0, 0.001, 0.93, 0.999, 1)] == [
            "0 %",
            "under 1 %",
            "93 %",
            "over 99 %",
            "100 %",
        ]


LOOKS = [
    Look("before", False, 800, layers=20, snapshots=16),
    Look("none", True, 60, layers=20),
    Look("after", False, 5000, 1.25, 20, Look("none", True, 5000, 1.25, 20), 26),
]
BUILDERS = [
    charts.ridges_spec,
    charts.heat_spec,
    charts.layer_spec,
    lambda look: charts.band_spec(look, "A band", ("low", "middle", "high")),
    *[lambda look, quantity=quantity: charts.depth_spec(look, quantity) for quantity in DEPTH_CHARTS],
]


class TestByDepth:
    def test_before_the_first_update_the_chart_says_why_it_is_empty(self, lab: Lab) -> None:
        page = visit(add(lab))
        chart = drawn(page)[CHARTS - len(DEPTH_CHARTS) + list(DEPTH_CHARTS).index("gradient")]
        nothing = table(chart).filter(pa.compute.field("layer") == NOTHING)
        assert nothing["snapshot"].to_pylist() == [0]
        assert TEXT("nothing.no_gradient") in chart.spec
        assert f"datum.layer == {NOTHING}" in chart.spec

    def test_what_was_not_measured_yet_when_a_run_trained_is_said_so(self) -> None:
        older = tuple(replace(probe, dead_channels=None) for probe in probes("before"))
        known = tables.probed_steps(ProbeHistory("older", 1, older), "before", None, "none")
        rows = with_gaps(tables.depth_table(known, "linear", "dead"), known, "linear", "dead").to_pydict()
        assert rows["layer"] == [NOTHING] * len(STEPS)
        assert rows["snapshot"] == list(range(len(STEPS)))
        assert TEXT("nothing.not_measured") in json.dumps(charts.depth_spec(LOOKS[0], "dead"), ensure_ascii=False)

    def test_layers_are_named_once_under_the_last_chart(self) -> None:
        titles = [
            charts.depth_spec(LOOKS[0], quantity)["layer"][0]["encoding"]["x"]["title"] for quantity in DEPTH_CHARTS
        ]
        assert titles == [None] * (len(DEPTH_CHARTS) - 1) + [TEXT("axes.layer")]

    def test_dash_tells_bias(self) -> None:
        for bias in (False, True):
            spec = json.dumps(charts.depth_spec(Look("before", bias, 800, layers=20, snapshots=16), "rms"))
            assert (json.dumps(list(DASHED)) in spec) == bias


class TestSpecifications:
    @pytest.mark.parametrize("look", LOOKS)
    @pytest.mark.parametrize("build", BUILDERS)
    def test_vega_lite_takes_them(self, build, look: Look) -> None:
        spec = build(look)
        alt.LayerChart.from_dict(spec | {"data": {"name": "run"}}, validate=True)
        assert not {"data", "datasets", "$schema"} & spec.keys()
        assert ("params" in spec) == bool(look.snapshots)

    def test_the_axis_of_values_tells_the_bins_edges(self) -> None:
        axis = bin_axis(LOOKS[0], 0).to_dict()
        names = dict(re.findall(r'"([\d.]+)": "([^"]+)"', axis["labelExpr"]))
        worth = {"100": 100.0, "1": 1.0, "10⁻³": 1e-3, "10⁻⁶": 1e-6}
        for place, name in names.items():
            if name == "0":
                assert float(place) == bins.ZERO + 0.5
            else:
                sign = -1 if name.startswith("−") else 1
                assert bins.edges()[int(place)] == pytest.approx(sign * worth[name.lstrip("−")], rel=0.004)

    @pytest.mark.parametrize("batches", [1, 2, 60, 300, 800, 5000])
    def test_marks_on_the_axis_of_batches(self, batches: int) -> None:
        ticks = batch_ticks(batches)
        assert ticks[0] == 0
        assert ticks[-1] == batches
        assert ticks == sorted(set(ticks))

    def test_colour_is_placement(self) -> None:
        for placement, hue in HUES.items():
            assert f'"{hue}"' in json.dumps(charts.ridges_spec(Look(placement, False, 800, layers=20, snapshots=3)))


def test_the_file_of_probes_is_of_this_version() -> None:
    renew = "what a probe records has changed since: python -m tests.pages.probed writes the file again"
    for placement in PLACEMENTS:
        assert [probe.step for probe in probes(placement)] == list(STEPS)
        for packed in in_file(placement):
            assert attributes(packed).keys() == {field.name for field in fields(LayersProbed)}, renew
        assert CONFIGS[placement] == TrainingConfig.of(CONFIGS[placement].to_json())
