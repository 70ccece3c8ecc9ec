"""The part Sweeps of the page Compare: planned, begun, watched, steered, and read."""

from __future__ import annotations

import math
import re

import pytest
from streamlit.testing.v1 import AppTest

from bn_core.runs.records import owner_hash
from bn_core.sweeps.cost import cost
from bn_core.sweeps.measures import MEASURES
from bn_core.sweeps.plan import Sweep
from bn_core.sweeps.reading import of_text, to_toml
from bn_core.sweeps.ready_made import ready_made
from bn_core.sweeps.results import Outcome, Results
from pages.session.session import Session
from pages.sweeps_page.charts import curve_spec, grid_spec, strip_spec
from pages.sweeps_page.tables import cells, curve_table, grid_table, numeric, run_table, strip_table
from pages.sweeps_page.text import TEXT
from pages.sweeps_page.verdict import seeds_needed, verdict
from pages.sweeps_page.words import arm_words, cost_words, finding, interval_words, pairs_words, scope, seeds_of
from tests.pages import swept
from tests.pages.lab import ME, SOMEBODY, Lab, kept, shown, text_of, wording
from tests.pages.swept import PLAN

FIVE = Sweep.of("five", {"batches": 400}, {"placement": ["none", "before"], "seed": [0, 1, 2, 3, 4]})
RATES = Sweep.of(
    "rates", {}, {"placement": ["none", "before"], "learning_rate": [0.1, 0.001, 0.01], "seed": [0, 1, 2, 3, 4]}
)


def page(lab: Lab, **parameters: str) -> AppTest:
    return lab.page("compare", part="sweeps", **parameters)


def button(page: AppTest, key: str):
    return next(each for each in page.button if each.key == key)


def keys(page: AppTest) -> set[str | None]:
    return {each.key for each in page.button}


def results(plan: Sweep = FIVE, **changed: Outcome) -> Results:
    """A sweep in which normalized networks are better; `changed` by place in the plan, as `at_3`."""
    outcomes = {
        member.identity: Outcome(
            0.1 + member.seed / 1e4 if member.placement == "none" else 0.97 + member.seed / 1000,
            0.1 if member.placement == "none" else 0.96,
            None if member.placement == "none" else 100 + member.seed,
        )
        for member in plan.members
    }
    for place, outcome in changed.items():
        outcomes[plan.members[int(place.removeprefix("at_"))].identity] = outcome
    return Results(plan, outcomes)


class TestPlanning:
    def test_nothing_is_on_the_page_but_a_plan_to_begin_with(self, lab: Lab) -> None:
        there = page(lab)
        assert not there.exception
        assert "begin-own" in keys(there)
        assert TEXT("cost.unmeasured", sizes="64") in text_of(there)

    def test_the_questions_that_many_ask_are_one_press_away(self, lab: Lab) -> None:
        for one in ready_made():
            there = page(lab, sweep=one.key)
            assert not there.exception
            button(there, "begin-ready").click().run()
            assert lab.store.sweeps(owner_hash(ME))[0].plan == to_toml(one.plan)
            lab.store.set_sweep(lab.store.sweeps(owner_hash(ME))[0].id, "finished")

    def test_an_address_says_a_plan(self, lab: Lab) -> None:
        there = page(lab, plan="placement:none,before;seed:0-9;batches:50", title="Mine")
        assert TEXT("cost.members", arms=2, seeds=10, members=20) in text_of(there)
        button(there, "begin-own").click().run()
        (begun,) = lab.store.sweeps(owner_hash(ME))
        assert 'title = "Mine"' in begun.plan
        assert shown(there).settings == {"part": "sweeps", "sweep": begun.id}

    @pytest.mark.parametrize(
        "plan", ["placement:sideways", "seed:0-99999", "speed:1", "seed:0-999;batch_size:1,2", "seed:1;seed:2"]
    )
    def test_a_plan_that_is_none_is_a_sentence_and_cannot_be_begun(self, lab: Lab, plan: str) -> None:
        there = page(lab, plan=plan)
        assert not there.exception
        assert len(there.warning) == 1
        assert "begin-own" not in keys(there)

    def test_values_are_chosen_and_the_address_follows(self, lab: Lab) -> None:
        there = page(lab)
        field = next(each for each in there.multiselect if "learning_rate" in (each.key or ""))
        field.set_value(["0.002", "0.008"]).run()
        assert shown(there).settings["plan"] == "placement:none,before,after;seed:0-4;learning_rate:0.002,0.008"
        assert TEXT("cost.members", arms=6, seeds=5, members=30) in text_of(there)
        button(there, "begin-own").click().run()
        assert len(lab.store.sweeps(owner_hash(ME))) == 1

    def test_the_pairs_are_chosen_and_the_address_has_them(self, lab: Lab) -> None:
        there = page(lab, plan="placement:none,before,after;seed:0-4")
        pairs = next(each for each in there.multiselect if each.label == TEXT("plan.pick_pairs"))
        assert len(pairs.value) == 3
        pairs.set_value(["2-3"]).run()
        assert shown(there).settings["pairs"] == "2-3"
        assert TEXT("plan.pairs", pairs=1) in text_of(there)
        button(there, "begin-own").click().run()
        (begun,) = lab.store.sweeps(owner_hash(ME))
        assert of_text(begun.plan).pairs == (("placement=before", "placement=after"),)

    def test_what_is_typed_and_cannot_be_trained_is_a_sentence(self, lab: Lab) -> None:
        there = page(lab)
        field = next(each for each in there.multiselect if "learning_rate" in (each.key or ""))
        field.set_value(["9", "0.1"]).run()
        assert "learning_rate must be" in text_of(there)
        assert "plan" not in shown(there).settings

    def test_a_list_can_be_typed_at_once(self, lab: Lab) -> None:
        there = page(lab)
        field = next(each for each in there.multiselect if "seed" in (each.key or ""))
        field.set_value(["3, 5-6"]).run()
        assert "seed:3,5-6" in shown(there).settings["plan"]
        assert TEXT("cost.members", arms=3, seeds=3, members=9) in text_of(there)

    def test_the_cost_is_told_from_what_was_measured_here(self, lab: Lab) -> None:
        sweep_id = swept.sweep(lab)
        swept.finish(lab, sweep_id)
        there = page(lab, plan="placement:none,before;seed:0-1;batches:30;dataset:mnist-5k")
        said = text_of(there)
        assert TEXT("cost.trained", trained=4) in said
        assert TEXT("cost.nothing") in said

    def test_where_nothing_is_trained_none_can_be_begun(self, lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("BN_LIVE", "off")
        there = page(lab)
        assert button(there, "begin-own").disabled
        assert "BN_LIVE=off" in text_of(there)


class TestWatching:
    def test_the_runs_of_a_sweep_fill_a_grid(self, lab: Lab) -> None:
        sweep_id = swept.sweep(lab)
        swept.member(lab, sweep_id, PLAN.members[0])
        swept.member(lab, sweep_id, PLAN.members[1], status="running")
        swept.member(lab, sweep_id, PLAN.members[2], status="failed")
        there = page(lab, sweep=sweep_id)
        assert not there.exception
        said = text_of(there)
        for count, state in ((1, "finished"), (1, "training"), (1, "failed"), (6, "waiting")):
            assert TEXT("grid.said", count=count, state=TEXT(f"grid.{state}")) in said
        assert len(there.get("vega_lite_chart")) == 2

    def test_its_owner_pauses_resumes_and_stops_it(self, lab: Lab) -> None:
        sweep_id = swept.sweep(lab)
        there = page(lab, sweep=sweep_id)

        def state() -> str:
            return lab.store.sweep(sweep_id).state

        button(there, "sweep-pause").click().run()
        assert state() == "paused"
        assert TEXT("remarks.paused_still") in text_of(there)
        button(there, "sweep-resume").click().run()
        assert state() == "running"
        button(there, "sweep-stop").click().run()
        assert state() == "stopped"
        assert not keys(there) & {"sweep-pause", "sweep-resume", "sweep-stop"}

    def test_what_a_list_of_sweeps_offers_stays_the_same_while_they_go_on(self, lab: Lab) -> None:
        sweep_id = swept.sweep(lab)
        there = page(lab, sweep=sweep_id)

        def offered() -> list[str]:
            return next(each for each in there.selectbox if each.label == TEXT("choice.own")).options

        before = offered()
        button(there, "sweep-pause").click().run()
        assert offered() == before
        assert shown(there).settings["sweep"] == sweep_id

    def test_who_has_the_link_sees_it_and_steers_nothing(self, lab: Lab) -> None:
        sweep_id = swept.sweep(lab, owner=SOMEBODY)
        there = page(lab, sweep=sweep_id)
        assert not keys(there) & {"sweep-pause", "sweep-stop"}
        assert TEXT("remarks.theirs") in text_of(there)

    def test_an_address_without_a_sweep_says_so(self, lab: Lab) -> None:
        there = page(lab, sweep="nothing123")
        assert not there.exception
        assert TEXT("remarks.unknown") in text_of(there)

    def test_a_sweep_of_another_version_is_a_sentence(self, lab: Lab) -> None:
        sweep_id = lab.store.add_sweep('[varied]\nspeed = ["1", "2"]\n', owner_hash(ME))
        there = page(lab, sweep=sweep_id)
        assert not there.exception
        assert len(there.warning) == 1

    def test_what_was_trained_before_is_said(self, lab: Lab) -> None:
        swept.finish(lab, swept.sweep(lab))
        there = page(lab, sweep=lab.store.add_sweep(to_toml(PLAN), owner_hash(ME)))
        (line,) = there.get("progress")
        assert TEXT("progress.before", before=9) in line.proto.text

    def test_a_run_is_trained_again_in_full_on_train(self, lab: Lab) -> None:
        sweep_id = swept.sweep(lab)
        swept.finish(lab, sweep_id)
        there = page(lab, sweep=sweep_id)
        button(there, "sweep-again-button").click().run()
        (run,) = lab.store.runs(owner=owner_hash(ME))
        assert run.recording == "everything"
        assert run.config == PLAN.arms[0].members[0]
        assert kept(there, Session).run_id == run.id or shown(there).run == run.id


class TestTheVerdict:
    def test_it_claims_what_the_seeds_allow(self) -> None:
        _, pair = verdict(results(), "final")
        assert wording(TEXT.table("verdict")["difference"].split("{change}")[0]) in pair
        assert "no BN" in pair

    def test_it_claims_nothing_beyond_seed_noise(self) -> None:
        alike = Results(FIVE, {member.identity: Outcome(0.9 + member.seed / 1000, 0.9, 100) for member in FIVE.members})
        assert wording(TEXT.table("verdict")["no_difference"].split("(")[0]) in verdict(alike, "final")[1]

    def test_a_run_that_failed_or_did_not_get_there_keeps_its_pair_from_being_judged(self) -> None:
        failed = results(at_0=Outcome(failed="The loss is not a number."))
        assert "1 of the runs has no score" in verdict(failed, "final")[1]
        assert "5 of the runs have no score" in verdict(results(), "learned")[1]

    def test_it_is_of_what_was_measured(self) -> None:
        first = verdict(results(), "final")[0]
        for words in ("400 batches", "seeds 0 to 4", "MNIST"):
            assert words in first
        assert "BN" not in scope(FIVE)
        only = Sweep.of("x", {"placement": "after"}, {"learning_rate": [0.1, 0.01]})
        assert "BN after ReLU" in scope(only)
        assert "learning rate" not in scope(only)

    def test_before_its_runs_have_ended_a_pair_is_not_judged(self) -> None:
        part = Results(FIVE, {FIVE.members[0].identity: Outcome(0.9, 0.9, 100)})
        said = verdict(part, "final")
        assert TEXT("verdict.incomplete") in said
        assert "9 runs have not ended" in said[-1]

    def test_too_few_seeds_are_said_before_and_after(self) -> None:
        few = Sweep.of("few", {}, {"placement": ["none", "before", "after"], "seed": [0, 1, 2]})
        assert TEXT("seeds.few", seeds=3, most=TEXT("seeds.none"), pairs=3, needed=5) in pairs_words(few)
        outcomes = {member.identity: Outcome(member.seed / 10, 0.1, 9) for member in few.members}
        _, before, *pairs = verdict(Results(few, outcomes), "final")
        assert before == pairs_words(few)
        assert all("too few" in pair for pair in pairs)

    def test_how_many_seeds_a_difference_takes_follows_from_the_spread(self) -> None:
        needed = [int(re.search(r"\*\*(\d+) seeds", seeds_needed(results(), "final", size))[1]) for size in (1.0, 0.2)]
        assert 2 <= needed[0] < needed[1]
        assert seeds_needed(results(), "final", 0.0001).endswith(wording(TEXT.table("verdict")["needed_never"][-30:]))
        nothing = Results(FIVE, {})
        assert seeds_needed(nothing, "final", 1.0) == TEXT("verdict.no_spread")

    def test_with_one_configuration_there_is_nothing_to_compare(self) -> None:
        one = Sweep.of("one", {}, {"seed": [0, 1]})
        outcomes = {member.identity: Outcome(0.9, 0.9, 100) for member in one.members}
        assert verdict(Results(one, outcomes), "final")[-1] == TEXT("verdict.one_arm")


class TestThePictures:
    def test_a_cell_says_what_its_run_is_at(self) -> None:
        part = {member.identity: Outcome(0.97, 0.97, 100) for member in FIVE.members[:1]}
        part[FIVE.members[1].identity] = Outcome(failed="The loss is not a number.")
        table = grid_table(cells(Results(FIVE, part), {}), 5, "final").to_pylist()
        assert [(row["row"], row["column"]) for row in table] == [
            (row, column) for row in (0, 1) for column in range(5)
        ]
        assert (table[0]["state"], table[0]["label"], table[0]["share"]) == ("finished", "97.0", 1.0)
        assert (table[5]["state"], table[5]["sign"]) == ("failed", "✕")
        assert {row["state"] for row in table[1:5]} == {"waiting"}
        assert len({row["sign"] for row in table}) == 3

    def test_every_run_is_a_dot_with_median_and_interval(self) -> None:
        rows = strip_table(results(), "final").to_pylist()
        assert sum(row["kind"] == "run" for row in rows) == 10
        before = next(row for row in rows if row["kind"] == "middle" and row["row"] == 1)
        assert (before["value"], before["low"], before["high"]) == (0.972, 0.97, 0.974)

    def test_runs_without_a_score_are_counted_beside_the_dots(self) -> None:
        failed = results(at_1=Outcome(failed="The loss is not a number."))
        rows = strip_table(failed, "final").to_pylist()
        assert [row["note"] for row in rows if row["kind"] == "note"] == [TEXT("strip.failed", count=1)]
        middle = next(row for row in rows if row["kind"] == "middle" and row["row"] == 1)
        assert middle["low"] == 0.0
        never = [row["note"] for row in strip_table(results(), "learned").to_pylist() if row["kind"] == "note"]
        assert never == [TEXT("strip.never", count=5)]

    def test_a_numeric_field_is_an_axis_with_a_line_for_each_other_choice(self) -> None:
        assert numeric(RATES) == ["learning_rate"]
        assert numeric(FIVE) == []
        rows = curve_table(results(RATES), "final", "learning_rate").to_pylist()
        assert [row["x"] for row in rows if row["series"] == "no BN"] == [0.001, 0.01, 0.1]
        assert [row["name"] for row in rows if row["name"]] == ["no BN", "BN before ReLU"]
        assert all(row["low"] <= row["median"] <= row["high"] for row in rows)
        spec = curve_spec("learning_rate", "final", (0.001, 0.01, 0.1), "learning rate", 1.0)
        assert spec["layer"][0]["encoding"]["x"]["scale"]["type"] == "log"

    @pytest.mark.parametrize("measure", MEASURES)
    @pytest.mark.parametrize(
        "found",
        [
            Results(FIVE, {}),
            Results(FIVE, {FIVE.members[0].identity: Outcome(0.9, None, None)}),
            Results(FIVE, {member.identity: Outcome(failed="x") for member in FIVE.members}),
            Results(FIVE, {member.identity: Outcome(0.5, 0.5, 50) for member in FIVE.members}),
            results(),
        ],
        ids=["nothing", "one", "all failed", "all the same", "all"],
    )
    def test_every_state_has_tables_and_sentences(self, found: Results, measure) -> None:
        assert strip_table(found, measure).num_rows >= 0
        assert curve_table(Results(RATES, {}), measure, "learning_rate").num_rows == 0
        assert run_table(cells(found, {})).num_rows == 10
        sentence = finding(found, measure)
        assert sentence
        assert "inf" not in sentence
        assert "nan" not in sentence
        assert "inf" not in interval_words(found, measure, "strip")
        assert "inf" not in " ".join(verdict(found, measure))
        values = strip_table(found, measure)["value"].to_pylist()
        assert all(math.isfinite(value) for value in values if value is not None)

    def test_a_specification_depends_on_the_plan_alone(self) -> None:
        arms = tuple(arm_words(arm) for arm in FIVE.arms)
        assert grid_spec(arms, seeds_of(FIVE), 1.0) is grid_spec(arms, seeds_of(FIVE), 1.0)
        for scale in (1.0, 1.4):
            for measure in MEASURES:
                assert "0.97" not in str(strip_spec(arms, measure, scale))

    def test_the_best_and_the_worst_are_named(self) -> None:
        assert finding(results(), "final") == TEXT(
            "finding.range", best="BN before ReLU", high="97.20 %", worst="no BN", low="10.02 %"
        )
        assert TEXT("finding.never") in finding(results(), "learned")


def test_what_a_plan_takes_is_said_plainly_where_nothing_was_measured() -> None:
    said = cost_words(FIVE, cost(FIVE, (), {}, None, 2), 2)
    assert TEXT("cost.unmeasured", sizes="64") in said
    assert TEXT("cost.unsized") in said
    known = cost_words(FIVE, cost(FIVE, (), {64: 30.0}, 200.0, 2), 2)
    assert TEXT("cost.minutes", duration="60 s", workers=2) in known
    assert "KB" in known
