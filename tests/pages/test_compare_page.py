"""Compare: which runs are laid over each other, what is said of them, and the shelf of all runs."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from bn_core.chart_tables.curves import REACHED, reached
from bn_core.config import TrainingConfig
from bn_core.exhibits import library
from bn_core.exhibits.catalogue import RACE
from bn_core.runs.history import RunHistory
from bn_core.runs.records import NOBODY, RunRecord, owner_hash
from pages.charts.overlay import GAP, POINTS, Lines, curves_spec, curves_table
from pages.compare_page import words
from pages.compare_page.charts import depth_spec, heat_spec, layer_spec
from pages.compare_page.chosen import MOST, NONE
from pages.compare_page.listed import PER_PAGE, Wish, on_page, pages, wanted
from pages.compare_page.text import TEXT
from pages.compare_page.words import Lane
from pages.words.prose import prose
from tests.pages.lab import ME, SOMEBODY, Lab, shown, text_of, wording
from tests.pages.probed import STEPS, add

MOST_BYTES = 20_000
"""Of an update on the wire."""


def race() -> list[str]:
    return [library().find(network.key).record.id for network in RACE]


def laid(page: AppTest) -> list[str]:
    """The ids that the page's address names."""
    named = shown(page).settings.get("runs")
    return [] if named in (None, NONE) else named.split(",")


def drawn(page: AppTest) -> list:
    return [element.proto for element in page.get("vega_lite_chart")]


def data(chart) -> pa.Table:
    return pa.ipc.open_stream(chart.data.data).read_all()


def tick(page: AppTest, run: str):
    return next(box for box in page.checkbox if box.key.startswith(f"compare-run-{run}-"))


def button(page: AppTest, key: str):
    return next(each for each in page.button if each.key == key)


class TestWhatIsLaidOver:
    def test_without_runs_of_ones_own_the_race_is_there_and_named(self, lab: Lab) -> None:
        page = lab.page("compare")
        assert not page.exception
        assert laid(page) == race()
        curves = data(drawn(page)[0])
        assert set(curves["run"].to_pylist()) == set(range(len(RACE)))

    def test_two_newest_of_ones_own(self, lab: Lab) -> None:
        runs = [lab.run(status="finished", seed=seed) for seed in range(3)]
        lab.run(owner=SOMEBODY, status="finished")
        page = lab.page("compare")
        assert laid(page) == runs[:0:-1]

    def test_before_the_browser_said_who_it_is_no_address_is_written(self, lab: Lab) -> None:
        assert "runs" not in lab.page("compare", browser=None).query_params

    def test_ticks_lay_over_and_take_away(self, lab: Lab) -> None:
        first, second = (lab.run(status="finished", seed=seed) for seed in (1, 2))
        page = lab.page("compare", runs=first)
        tick(page, second).check().run()
        assert laid(page) == [first, second]
        assert page.query_params["runs"] in (f"{first},{second}", [f"{first},{second}"])
        tick(page, first).uncheck().run()
        assert laid(page) == [second]
        tick(page, second).uncheck().run()
        assert shown(page).settings["runs"] == NONE
        assert not drawn(page)
        assert TEXT("nothing.chosen") in text_of(page)
        button(page, "compare-race").click().run()
        assert laid(page) == race()

    def test_an_address_that_says_none_stays_so(self, lab: Lab) -> None:
        page = lab.page("compare", runs=NONE)
        assert not drawn(page)
        assert not page.warning

    def test_a_link_with_one_run(self, lab: Lab) -> None:
        run = lab.run(status="finished")
        page = lab.page("compare", run=run)
        assert TEXT("says.one") in text_of(page)
        other = lab.run(status="finished", seed=5)
        tick(page.run(), other).check().run()
        assert laid(page) == [run, other]
        assert "run" not in page.query_params

    def test_eight_at_most(self, lab: Lab) -> None:
        runs = [lab.run(status="finished", seed=seed) for seed in range(MOST + 1)]
        page = lab.page("compare", runs=",".join(runs))
        assert TEXT("passed_over.more", most=MOST, count=MOST + 1) in text_of(page)
        assert set(data(drawn(page)[0])["run"].to_pylist()) == set(range(MOST))
        assert tick(page, runs[-1]).disabled
        assert not tick(page, runs[0]).disabled

    def test_a_deleted_run_and_a_damaged_id(self, lab: Lab) -> None:
        run = lab.run(status="finished")
        page = lab.page("compare", runs=f"{run},nosuchrun0")
        assert len(page.warning) == 1
        assert TEXT("passed_over.gone", ids="nosuchrun0", count=1) in text_of(page)
        assert len(drawn(page)) >= 2
        page = lab.page("compare", runs="<b>,../x")
        assert len(page.warning) == 1
        assert "runs must be" in text_of(page)

    def test_somebody_elses_run_by_its_id(self, lab: Lab) -> None:
        theirs = lab.run(owner=SOMEBODY, status="finished")
        page = lab.page("compare", runs=theirs)
        assert not page.warning
        assert not [each for each in page.button if each.key == f"delete-{theirs}"]

    @pytest.mark.parametrize("status", ["queued", "compiling", "running", "paused", "failed", "stopped", "interrupted"])
    def test_every_state(self, lab: Lab, status: str) -> None:
        runs = [lab.run(status=status), lab.run(status="finished", placement="none", bias=True)]
        page = lab.page("compare", runs=",".join(runs))
        assert not page.exception
        assert len(drawn(page)) == 2
        assert prose("runs")(f"state.{status}") in text_of(page)

    def test_the_link_from_train(self, lab: Lab) -> None:
        first = lab.run(status="finished")
        assert prose("train")("tools.before") not in [link.proto.label for link in lab.page(run=first).get("page_link")]
        second = lab.run(status="running", seed=3)
        links = lab.page(run=second).get("page_link")
        (link,) = (each.proto for each in links if each.proto.label == prose("train")("tools.before"))
        assert f"runs={first}%2C{second}" in link.query_string or f"runs={first},{second}" in link.query_string

    def test_one_press_leads_to_the_sweeps_and_the_choice_stays(self, lab: Lab) -> None:
        page = lab.page("compare")
        button(page, "compare-to-sweeps").click().run()
        assert shown(page).settings["part"] == "sweeps"
        assert laid(page) == race()

    def test_sweeps_are_a_part_of_their_own(self, lab: Lab) -> None:
        page = lab.page("compare", part="sweeps")
        assert not page.exception
        assert not drawn(page)


class TestInside:
    def test_the_same_step_of_all(self, lab: Lab) -> None:
        runs = [add(lab, "before"), add(lab, "none", snapshots=3, status="stopped")]
        page = lab.page("compare", runs=",".join(runs), layer="3")
        slider = next(each for each in page.select_slider if each.label == TEXT("controls.step"))
        assert slider.options == [f"{step:,}" for step in STEPS[:3]]
        assert slider.value == STEPS[2]
        maps = [chart for chart in drawn(page) if "heat map" in chart.alt]
        assert [chart.alt.replace("\\", "")[0] for chart in maps] == ["A", "B"]
        slider.set_value(STEPS[1]).run()
        assert shown(page).step == STEPS[1]
        (gradient,) = (chart for chart in drawn(page) if chart.alt.startswith(wording(TEXT("charts.gradient"))))
        assert set(data(gradient)["run"].to_pylist()) == {0, 1}

    def test_a_step_that_not_all_have(self, lab: Lab) -> None:
        runs = [add(lab, "before"), add(lab, "after")]
        page = lab.page("compare", runs=",".join(runs), step="37")
        assert TEXT("passed_over.step", step=37, shown=STEPS[2]) in text_of(page)

    def test_what_has_no_such_place_is_said(self, lab: Lab) -> None:
        runs = [add(lab, "before"), add(lab, "none")]
        page = lab.page("compare", runs=",".join(runs), place="bn")
        assert TEXT("inside.no_place", who="B", count=1, place=TEXT("places.bn")) in text_of(page)
        assert len([chart for chart in drawn(page) if "heat map" in chart.alt]) == 1

    def test_runs_of_which_only_scores_were_kept(self, lab: Lab) -> None:
        runs = [add(lab, "before"), lab.run(status="finished")]
        assert TEXT("inside.unrecorded", who="B", count=1) in text_of(lab.page("compare", runs=",".join(runs)))

    def test_no_common_step(self, lab: Lab) -> None:
        runs = [add(lab, "before", snapshots=0), add(lab, "none", snapshots=2)]
        page = lab.page("compare", runs=",".join(runs))
        assert not page.exception

    def test_drift_on_request(self, lab: Lab) -> None:
        member = library().find("before").record.id
        charts = len(drawn(lab.page("compare", runs=member)))
        page = lab.page("compare", runs=f"{member},{library().find('none').record.id}", drift="true")
        (drift,) = (chart for chart in drawn(page) if chart.alt.startswith(wording(TEXT("charts.drift"))))
        assert len(drawn(page)) == charts + 2
        assert data(drift)["layer"].to_pylist() == list(range(1, 21))


class TestTheShelf:
    def test_ones_own_shared_and_recorded_and_no_other(self, lab: Lab) -> None:
        mine, shared, theirs = lab.run(), lab.run(owner=SOMEBODY), lab.run(owner=SOMEBODY)
        lab.store.share(shared, shared=True)
        sweep = lab.store.add_sweep("[varied]\nseed = [1, 2]", owner_hash(ME))
        member = lab.store.add_member(sweep, TrainingConfig(seed=77))
        page = lab.page("compare", runs=NONE)
        keys = " ".join(box.key for box in page.checkbox)
        assert [run in keys for run in (mine, shared, theirs, member)] == [True, True, False, False]
        assert any(run in keys for run in race())
        assert len(page.checkbox) == PER_PAGE

    def test_find_show_and_sort_are_in_the_address(self, lab: Lab) -> None:
        run = lab.run(status="finished", placement="after", seed=8)
        lab.run(status="running")
        page = lab.page("compare", runs=NONE, find="seed 8 after relu", whose="mine", sort="test")
        assert [box.key.split("-")[2] for box in page.checkbox] == [run]
        page = lab.page("compare", runs=NONE, page="2")
        page.text_input[0].set_value("seed 8").run()
        assert shown(page).settings["find"] == "seed 8"
        assert "page" not in page.query_params
        page.text_input[0].set_value("nothing like this").run()
        assert TEXT("shelf.nothing") in text_of(page)

    def test_a_page_of_the_list(self, lab: Lab) -> None:
        page = lab.page("compare", runs=NONE)
        first = [box.key for box in page.checkbox]
        button(page, "compare-page-after").click().run()
        assert shown(page).settings["page"] == 2
        assert not set(first) & {box.key for box in page.checkbox}
        beyond = lab.page("compare", runs=NONE, page="9999")
        assert beyond.checkbox

    def test_what_is_laid_over_and_not_listed_can_be_taken_away(self, lab: Lab) -> None:
        run = lab.run(status="finished")
        page = lab.page("compare", runs=run, find="nothing like this")
        assert TEXT("shelf.elsewhere") in text_of(page)
        tick(page, run).uncheck().run()
        assert shown(page).settings["runs"] == NONE

    def test_name_pin_delete_and_undo(self, lab: Lab) -> None:
        old, new = lab.run(status="finished", seed=1), lab.run(status="finished", seed=2)
        page = lab.page("compare", runs=f"{old},{new}")
        next(each for each in page.toggle if each.key == f"pin-{old}").set_value(True).run()
        assert lab.store.run(old).pinned
        assert old in page.run().checkbox[0].key
        next(each for each in page.text_input if each.key == f"name-{old}").set_value("[x](y) *first*").run()
        assert lab.store.run(old).name == "[x](y) *first*"
        assert "[x](y) *first*" in text_of(page.run())
        button(page, f"delete-{old}").click().run()
        assert TEXT("passed_over.gone", ids=old, count=1) in text_of(page)
        button(page, f"undo-{old}").click().run()
        assert not page.warning
        assert laid(page) == [old, new]


def record(**fields: object) -> RunRecord:
    made = RunRecord("abcdefghij", TrainingConfig(), None, False, "finished", None, "me", 800, 1.0, 1.0, 2.0)
    return replace(made, **fields)


class TestTheList:
    @given(st.lists(st.tuples(st.booleans(), st.floats(0, 1) | st.none(), st.integers(0, 9)), max_size=40))
    def test_pinned_first_and_unknown_last(self, rows: list[tuple[bool, float | None, int]]) -> None:
        runs = [record(pinned=pinned, test_accuracy=test, created=float(at)) for pinned, test, at in rows]
        for sort in ("newest", "name", "test", "pace"):
            sorted_runs = wanted(runs, Wish(sort=sort), None)
            assert sorted(map(id, sorted_runs)) == sorted(map(id, runs))
            assert [run.pinned for run in sorted_runs] == sorted((run.pinned for run in runs), reverse=True)
        tested = [run.test_accuracy for run in wanted(runs, Wish(sort="test"), None) if not run.pinned]
        known = [test for test in tested if test is not None]
        assert tested == sorted(known, reverse=True) + [None] * (len(tested) - len(known))

    @given(st.integers(0, 200))
    def test_every_run_stands_on_one_page(self, count: int) -> None:
        items = list(range(count))
        assert [item for page in range(1, pages(count) + 1) for item in on_page(items, page)] == items
        assert count == 0 or on_page(items, pages(count))

    def test_whose(self) -> None:
        mine = record(owner=owner_hash(ME))
        shared = record(owner="another", shared=True)
        recorded = record(owner=NOBODY)
        live = record(owner=owner_hash(ME), status="running")
        found = {
            whose: wanted([mine, shared, recorded, live], Wish(whose=whose), ME)
            for whose in ("all", "mine", "shared", "recorded", "live")
        }
        assert len(found["all"]) == 4
        assert found["mine"] == [mine, live]
        assert (found["shared"], found["recorded"], found["live"]) == ([shared], [recorded], [live])


def history(accuracies: list[float], run_id: str = "abcdefghij") -> RunHistory:
    steps = np.arange(1, len(accuracies) + 1, dtype=np.float64)
    values = np.array(accuracies, np.float64)
    return RunHistory(run_id, steps=steps, losses=1 - values, accuracies=values, milliseconds=steps)


def lane(accuracies: list[float], *, status: str = "finished", test: float | None = 0.97, **fields: object) -> Lane:
    config = TrainingConfig.of({"batches": 800} | fields)
    return Lane(record(config=config, status=status, test_accuracy=test, step=len(accuracies)), history(accuracies))


SOON, LATE, NEVER = [1.0] * 30, [0.0] * 20 + [1.0] * 30, [0.1] * 50


class TestWhatIsSaid:
    def test_90_percent_is_the_mean_of_the_latest_ten(self) -> None:
        assert REACHED == 0.9
        assert reached(history(SOON)) == 10
        assert reached(history(LATE)) == 29
        assert reached(history(NEVER)) is None
        assert reached(history([1.0] * 9)) is None

    def test_who_was_first_in_training_mode_and_that_it_tells_nothing_of_seeds(self) -> None:
        said = words.finding([lane(LATE), lane(SOON, placement="after"), lane(NEVER, placement="none")])
        first = TEXT("says.first", who="B", count=10)
        assert said.startswith(TEXT("says.then", first=first, others=TEXT("says.after", letter="A", count=29)))
        assert TEXT("says.never", who="C") in said
        assert said.endswith(TEXT("says.one_seed"))

    def test_nobody_is_called_first_of_equals(self) -> None:
        said = words.finding([lane(SOON), lane(SOON, placement="after")])
        assert said.startswith(TEXT("says.first", who="A and B", count=10))

    def test_seeds_alone_are_chance(self) -> None:
        said = words.finding([lane(SOON, test=0.95), lane(SOON, test=0.975, seed=1)])
        assert said.endswith(TEXT("says.seeds_scored", low="95.0 %", high="97.5 %"))
        assert words.finding([lane(SOON), lane(SOON)]).endswith(TEXT("says.same"))

    def test_a_run_that_goes_on_is_not_said_to_have_failed(self) -> None:
        said = words.finding([lane(NEVER, status="running"), lane(NEVER, placement="after", status="running")])
        assert said.startswith(TEXT("says.not_yet"))
        assert wording(TEXT("says.never")) not in words.finding([lane(SOON), lane(NEVER, status="running", seed=1)])

    def test_what_makes_runs_unlike_is_said(self) -> None:
        lanes = [lane(SOON, batch_size=16), lane(SOON, placement="none", batches=100, dataset="fashion-mnist")]
        said = words.remarks(lanes)
        assert TEXT("says.dataset") in said
        assert TEXT("says.length") in said
        assert TEXT("says.no_statistics", who="B", count=1) in said
        sizes = (TEXT("says.size", letter="A", count=16), TEXT("says.size", letter="B", count=64))
        assert TEXT("says.batch_size", sizes=" and ".join(sizes)) in said
        assert words.remarks([lane(SOON), lane(LATE)]) == []

    def test_differences_only(self) -> None:
        table = words.differences([TrainingConfig(), TrainingConfig(seed=3, placement="none", bias=True)])
        head, _, first, second = table.splitlines()
        assert head.strip("| ").split(" | ")[1:] == ["Batch norm", "Bias", "Seed"]
        assert first.strip("| ").split(" | ") == ["**A**", "Before ReLU", "off", "0"]
        assert second.strip("| ").split(" | ") == ["**B**", "None", "on", "3"]
        assert words.differences([TrainingConfig(), TrainingConfig()]) == ""

    def test_the_table_has_each_run_by_its_letter(self) -> None:
        rows = words.table([lane(SOON), lane(NEVER, test=None, status="running")]).splitlines()[2:]
        assert [row[4] for row in rows] == ["A", "B"]
        assert "| 10 | 97.0 % |" in rows[0]
        assert "| – | – |" in rows[1]


class TestTheCharts:
    @staticmethod
    def eight(scale: float = 1.0) -> tuple[Lines, list[RunHistory]]:
        histories = [history(list(np.random.default_rng(seed).uniform(0, 1, 900))) for seed in range(MOST)]
        configs = [TrainingConfig(placement=p, bias=b) for p in ("none", "before", "after") for b in (True, False)]
        return Lines.of([*configs, *configs[:2]], scale), histories

    @pytest.mark.parametrize("score", ["training", "loss", "moving", "recalibrated"])
    def test_names_keep_apart_and_points_are_few(self, score: str) -> None:
        _, histories = self.eight()
        table = curves_table(histories, score)
        assert table.num_rows <= POINTS + MOST
        if score in ("training", "loss"):
            ends = [row for row in table.to_pylist() if row["shift"] is not None]
            assert [row["run"] for row in ends] == list(range(MOST))
        if score == "training":
            places = sorted(row["value"] + row["shift"] / 100 for row in ends)
            assert min(np.diff(places)) > GAP - 0.011

    def test_an_update_of_eight_runs_is_small(self) -> None:
        lines, histories = self.eight()
        sizes = 0
        for score in ("training", "loss"):
            table = curves_table(histories, score)
            sink = pa.BufferOutputStream()
            with pa.ipc.new_stream(sink, table.schema) as stream:
                stream.write_table(table)
            sizes += len(sink.getvalue()) + len(json.dumps(curves_spec(lines, score)))
        lanes = [lane([0.5] * 900, seed=place) for place in range(MOST)]
        sizes += len(words.table(lanes)) + len(words.finding(lanes))
        assert sizes < 0.85 * MOST_BYTES  # what Streamlit says of each element comes on top

    def test_no_run_yet_has_no_rows(self) -> None:
        assert curves_table([RunHistory("abcdefghij")] * 2, "training").num_rows == 0

    def test_two_builds_are_equal_and_larger_type_is_larger(self) -> None:
        for scale in (1.0, 2.0):
            lines, _ = self.eight(scale)
            builds = [
                [
                    json.dumps(spec)
                    for spec in (curves_spec.__wrapped__(lines, "training"), depth_spec.__wrapped__(lines, "gradient"))
                ]
                for _ in range(2)
            ]
            assert builds[0] == builds[1]
        assert layer_spec(self.eight(2.0)[0])["height"] > layer_spec(self.eight()[0])["height"]
        assert heat_spec(self.eight()[0].look, "A")["title"]


def test_the_page_follows_a_change_of_the_score(lab: Lab) -> None:
    run = lab.run(status="finished")
    page = lab.page("compare", runs=run)
    pick = next(each for each in page.segmented_control if (each.key or "").startswith("compare-score"))
    pick.set_value("moving").run()
    assert shown(page).settings["score"] == "moving"
    moved = data(drawn(page)[0]).to_pylist()
    assert {row["step"] for row in moved} >= {0, 120}
