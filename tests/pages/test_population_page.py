"""What the page "Population statistics" shows: every state of a run, the scores of a real one, and what it says."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import altair as alt
import numpy as np
import pyarrow as pa
import pytest
from streamlit.testing.v1 import AppTest

from bn_core.chart_tables.population import Statistic
from bn_core.config import TrainingConfig
from bn_core.exhibits.catalogue import DECAYS
from bn_core.questions.answers import DecayApplied, Recalibrated, unpack
from bn_core.questions.questions import ApplyDecay, Question, Recalibrate
from bn_core.runs.service import RunService
from bn_core.training.events import Evaluated, Score
from pages.charts.kit import Look
from pages.charts.palette import DASHED
from pages.population_page import charts, words
from pages.session.startup import service
from pages.words.captions import batches, percent
from pages.words.layer_names import layer_name
from pages.words.prose import prose
from tests.pages.drifting import add, go_on
from tests.pages.lab import Lab, control, text_of, wording
from tests.pages.populated import ASKED, CONFIG, populate

APP, RUNS, TEXT = prose("app"), prose("runs"), prose("population")

SCORES, MEAN, VARIANCE, DRIFT, HEAT = range(5)
CHARTS = 5
KINDS = ["batch", "moving", "debiased", "chosen", "recalibrated"]


def drawn(page: AppTest) -> list:
    return [element.proto for element in page.get("vega_lite_chart")]


def chart(page: AppTest, which: int):
    """One of the charts, in whichever order they come."""
    found: dict[int, object] = {}
    for proto in drawn(page):
        alternative = proto.alt
        if alternative.startswith("Heat map"):
            found[HEAT] = proto
        elif alternative.startswith("Accuracy"):
            found[SCORES] = proto
        else:
            found[{"Mean": MEAN, "Variance": VARIANCE, "Drift": DRIFT}[alternative.split(maxsplit=1)[0]]] = proto
    return found[which]


def table(proto) -> pa.Table:
    return pa.ipc.open_stream(proto.data.data).read_all()


def bars(page: AppTest) -> dict[str, float | None]:
    rows = table(chart(page, SCORES)).to_pylist()
    assert [row["kind"] for row in rows] == KINDS
    return {row["kind"]: row["accuracy"] for row in rows}


def notes(page: AppTest) -> dict[str, str]:
    return {row["kind"]: row["note"] for row in table(chart(page, SCORES)).to_pylist()}


@pytest.fixture(scope="module")
def filled(tmp_path_factory) -> tuple[Path, str]:
    """A home folder with a real run in its store, and the run's id."""
    home = tmp_path_factory.mktemp("filled")
    return home, populate(home)


@pytest.fixture
def real(filled: tuple[Path, str], lab: Lab, tmp_path: Path) -> Iterator[tuple[Lab, str]]:
    """A lab of one's own with a copy of the real run in it, and the run's id."""
    lab.store.close()
    home, run_id = filled
    for file in tmp_path.glob("runs.sqlite3*"):
        file.unlink()
    shutil.copy(home / "runs.sqlite3", tmp_path)
    made = Lab(tmp_path)
    made.engine()
    yield made, run_id
    made.store.close()


def answered(run_id: str, question: Question):
    return unpack(service().ask(run_id, question.to_json()).packed)


class TestEveryState:
    @pytest.mark.parametrize("status", ["queued", "compiling", "running", "paused", "finished", "stopped", "failed"])
    def test_the_page_stands(self, lab: Lab, status: str) -> None:
        page = lab.page("population", run=add(lab, status=status))
        assert not page.exception
        assert len(drawn(page)) == CHARTS
        assert all(len(proto.alt) > 30 for proto in drawn(page))

    @pytest.mark.parametrize(
        ("fields", "why"),
        [
            ({"placement": "none"}, "none"),
            ({"bug": "wrong-axes"}, "wrong-axes"),
            ({"bug": "no-training-mode"}, "no-training-mode"),
        ],
    )
    def test_a_network_without_such_statistics_says_so_and_leads_on(self, lab: Lab, fields: dict, why: str) -> None:
        other = add(lab, status="finished")
        page = lab.page("population", run=add(lab, status="finished", statistics=False, **fields))
        assert not page.exception
        assert TEXT(f"nothing.{why}") in text_of(page)
        assert drawn(page) == []
        link, _ = (element.proto for element in page.get("page_link"))
        assert "population" in link.page
        assert other in link.label.replace("\\", "")

    def test_before_the_first_batch(self, lab: Lab) -> None:
        page = lab.page("population", run=add(lab, status="compiling"))
        assert TEXT("says.not_yet") in text_of(page)
        assert table(chart(page, HEAT)).num_rows == 1
        assert table(chart(page, VARIANCE)).num_rows == table(chart(page, DRIFT)).num_rows == 0
        assert table(chart(page, SCORES)).num_rows == 0

    @pytest.mark.parametrize("bug", ["never-updated", "batch-at-test", "leaky-evaluation", "sorted-batches"])
    def test_the_other_bugs_have_statistics(self, lab: Lab, bug: str) -> None:
        lab.engine("off", age=100.0)
        page = lab.page("population", run=add(lab, status="finished", bug=bug))
        assert not page.exception
        own = table(chart(page, VARIANCE))["own"].to_numpy()
        assert (TEXT("says.never") in text_of(page)) == (bug == "never-updated")
        assert (set(own.tolist()) == {1.0}) == (bug == "never-updated")
        assert (TEXT("layer.replay_leaks") in text_of(page)) == (bug == "leaky-evaluation")

    def test_a_run_of_an_older_version(self, lab: Lab) -> None:
        page = lab.page("population", run=add(lab, status="finished", statistics=False))
        assert not page.exception
        assert TEXT("nothing.unrecorded") in text_of(page)
        assert page.get("page_link")

    def test_without_a_choice_the_newest_run_with_statistics_is_shown(self, lab: Lab) -> None:
        lab.engine("off", age=100.0)
        run = add(lab, status="finished")
        add(lab, status="finished", placement="none", statistics=False)
        assert RUNS("provenance.run", id=run) in text_of(lab.page("population"))

    def test_where_nobody_trained_a_recorded_run_is_shown(self, lab: Lab) -> None:
        lab.engine("off", age=100.0)
        page = lab.page("population")
        assert not page.exception
        assert len(drawn(page)) == CHARTS
        assert "“Recorded: BN before ReLU, no bias”" in text_of(page)
        assert None not in bars(page).values()

    def test_without_any_run(self, lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(RunService, "recorded", lambda service: [])
        page = lab.page("population")
        assert not page.exception
        assert TEXT("nothing.no_run") in text_of(page)
        assert drawn(page) == []
        assert any("train" in element.proto.page for element in page.get("page_link"))

    def test_an_unknown_run(self, lab: Lab) -> None:
        page = lab.page("population", run="nosuchrun0")
        assert not page.exception
        assert APP("nothing.unknown") in text_of(page)
        assert drawn(page) == []
        assert page.get("page_link")

    def test_a_run_that_is_deleted_meanwhile(self, lab: Lab) -> None:
        run = add(lab, status="finished")
        page = lab.page("population", run=run)
        lab.store.delete(run)
        page.run()
        assert not page.exception
        assert APP("nothing.unknown") in text_of(page)

    def test_it_says_where_the_pictures_come_from(self, lab: Lab) -> None:
        run = add(lab, status="finished")
        said = text_of(lab.page("population", run=run))
        assert words.provenance(lab.store.run(run), 120, 250) in said
        assert TEXT("layer.truth", over=10, recalibrated=10, fewer=TEXT("layer.fewer", over=10)) in said


class TestWithoutAnEngine:
    """What was recorded is shown at once; what is not, is told to need the engine."""

    def test_three_scores_and_why_not_five(self, lab: Lab) -> None:
        lab.engine("off", age=100.0)
        run = add(lab, status="finished")
        lab.store.put_snapshot(run, 75, b"weights")
        page = lab.page("population", run=run, step="75")
        evaluated = next(event for event in service().history(run).evaluations if event.step == 75)
        assert bars(page) == {
            "batch": evaluated.batch.accuracy,
            "moving": evaluated.moving.accuracy,
            "debiased": None,
            "chosen": None,
            "recalibrated": evaluated.recalibrated.accuracy,
        }
        assert notes(page)["debiased"] == notes(page)["chosen"] == TEXT("scores.no_engine")
        assert "Only the training engine can work this out" in text_of(page)

    def test_weights_that_are_not_kept(self, lab: Lab) -> None:
        page = lab.page("population", run=add(lab, status="finished"), step="75")
        assert notes(page)["chosen"] == TEXT("scores.no_weights")
        assert page.button(key="population-recalibrate").disabled

    def test_before_the_first_batch_nothing_is_left_without_the_start(self, lab: Lab) -> None:
        run = add(lab, status="finished")
        lab.store.put_snapshot(run, 0, b"weights")
        page = lab.page("population", run=run, step="0")
        assert notes(page)["debiased"] == TEXT("scores.nothing_left")
        assert TEXT("says.here_start") in text_of(page)
        assert TEXT("says.at_start") in text_of(page)

    def test_the_step_with_most_to_tell_comes_first(self, lab: Lab) -> None:
        run = add(lab, status="finished")
        page = lab.page("population", run=run)
        evaluated = [event for event in service().history(run).evaluations if event.recalibrated is not None]
        telling = max(evaluated, key=lambda event: event.recalibrated.accuracy - event.moving.accuracy)
        assert TEXT("says.here", step=telling.step) in text_of(page)

    def test_a_question_under_way_shows_that_it_is(self, lab: Lab) -> None:
        run = add(lab, status="finished")
        lab.store.put_snapshot(run, 75, b"weights")
        page = lab.page("population", run=run, step="75")
        assert notes(page)["chosen"] == TEXT("scores.waiting")
        assert prose("parts")("asking.working") in text_of(page)
        asked = {json.dumps(question.question) for question in lab.store.take_questions()}
        assert json.dumps(ApplyDecay(75, 0.9, False).to_json(), sort_keys=True) in asked


@pytest.mark.long
class TestARealRun:
    """A trained network, and what the engine answered about it."""

    def scores(self, run_id: str, step: int, decay: float) -> dict[str, float]:
        evaluated = next(event for event in service().history(run_id).evaluations if event.step == step)
        return {
            "batch": evaluated.batch.accuracy,
            "moving": evaluated.moving.accuracy,
            "debiased": answered(run_id, ApplyDecay(step, 0.99, True)).score.accuracy,
            "chosen": answered(run_id, ApplyDecay(step, decay)).score.accuracy,
            "recalibrated": evaluated.recalibrated.accuracy,
        }

    @pytest.mark.parametrize("step", ASKED)
    def test_five_scores_of_the_same_weights(self, real: tuple[Lab, str], step: int) -> None:
        lab, run = real
        page = lab.page("population", run=run, step=str(step))
        assert not page.exception
        assert bars(page) == self.scores(run, step, 0.9)
        assert bars(page)["recalibrated"] == answered(run, Recalibrate(step)).recalibrated.accuracy

    @pytest.mark.parametrize("step", ASKED)
    def test_the_runs_own_decay_gives_the_runs_own_score_exactly(self, real: tuple[Lab, str], step: int) -> None:
        lab, run = real
        page = lab.page("population", run=run, step=str(step))
        control(page, "decay").set_value(CONFIG.momentum).run()
        assert bars(page)["chosen"] == bars(page)["moving"] == self.scores(run, step, CONFIG.momentum)["chosen"]
        assert wording(TEXT("decays.run")) in text_of(page)
        own = table(chart(page, VARIANCE))
        assert own["own"].to_pylist() == own["chosen"].to_pylist()

    def test_the_slider_moves_the_curves_and_draws_no_chart_anew(self, real: tuple[Lab, str]) -> None:
        lab, run = real
        page = lab.page("population", run=run, step="20")
        specs = [proto.spec for proto in drawn(page)]
        before = {which: table(chart(page, which)) for which in (MEAN, VARIANCE, DRIFT)}
        control(page, "decay").set_value(0.5).run()
        for which, earlier in before.items():
            now = table(chart(page, which))
            assert now["chosen"].to_pylist() != earlier["chosen"].to_pylist()
            assert now["own"].to_pylist() == earlier["own"].to_pylist()
        assert [proto.spec for proto in drawn(page)] == specs
        control(page, "debias").set_value(True).run()
        assert bars(page)["chosen"] == answered(run, ApplyDecay(20, 0.5, True)).score.accuracy
        assert wording(TEXT("decays.debiased")) in text_of(page)

    def test_the_heat_map_can_show_the_chosen_decay(self, real: tuple[Lab, str]) -> None:
        lab, run = real
        page = lab.page("population", run=run)
        own = np.array(table(chart(page, HEAT))["value"])
        control(page, "course").set_value("chosen").run()
        assert np.median(np.array(table(chart(page, HEAT))["value"])) < np.median(own)
        control(page, "statistic").set_value("mean").run()
        assert not page.exception
        assert json.dumps(TEXT("drift.mean_legend")) in chart(page, HEAT).spec

    def test_recalibrating_over_more_batches(self, real: tuple[Lab, str]) -> None:
        lab, run = real
        page = lab.page("population", run=run, step="20")
        page.select_slider(key="population-batches-62-None").set_value(20).run()
        page.button(key="population-recalibrate").click().run()
        answer = answered(run, Recalibrate(20, 20))
        before, after = (percent(score.accuracy, 250) for score in (answer.moving, answer.recalibrated))
        assert bars(page)["recalibrated"] == answer.recalibrated.accuracy
        values = {"batches": batches(20), "images": 1280, "before": before, "after": after}
        assert TEXT("recalibration.done", **values) in text_of(page)

    def test_recalibrated_snapshots_are_marked_in_the_curves(self, real: tuple[Lab, str]) -> None:
        lab, run = real
        page = lab.page("population", run=run)
        curve = table(chart(page, VARIANCE)).to_pydict()
        found = {step: value for step, value in zip(curve["step"], curve["recalibrated"], strict=True) if value}
        truth = answered(run, Recalibrate(20)).variances[:4]
        assert found[20] == pytest.approx(float(np.median(truth)), rel=1e-5)

    def test_a_layer_and_a_channel(self, real: tuple[Lab, str]) -> None:
        lab, run = real
        page = lab.page("population", run=run)
        control(page, "layer").set_value(20).run()
        assert words.layer_heading(20, CONFIG) in text_of(page)
        assert words.bessel(20, CONFIG) in text_of(page)
        control(page, "channels").set_value("one").run()
        control(page, "channel").set_value(100).run()
        recorded = service().statistics(run).variances[:, -1]
        curve = table(chart(page, VARIANCE)).to_pydict()
        np.testing.assert_allclose(curve["batch"], recorded[np.array(curve["step"]) - 1], rtol=1e-6)


class TestWhileItTrains:
    def test_only_tables_change(self, lab: Lab) -> None:
        config = TrainingConfig.of({"batches": 120})
        run = add(lab, steps=20)
        page = lab.page("population", run=run)
        specs = [(proto.alt, proto.spec) for proto in drawn(page)]
        for first, last in ((20, 30), (30, 50)):
            before = [proto.data.data for proto in drawn(page)]
            go_on(lab, run, config, first, last)
            page.run()
            assert [(proto.alt, proto.spec) for proto in drawn(page)] == specs
            assert [proto.data.data for proto in drawn(page)] != before
        assert TEXT("says.here", step=50) in text_of(page)

    def test_a_slider_that_somebody_moved_stays_while_its_choices_grow(self, lab: Lab) -> None:
        config = TrainingConfig.of({"batches": 120})
        run = add(lab, steps=60)
        page = lab.page("population", run=run)
        (slider,) = (made for made in page.select_slider if made.key.startswith("population-step"))
        chosen = int(slider.options[2])
        slider.set_value(chosen).run()
        before = page.select_slider(key=slider.key)
        go_on(lab, run, config, 60, 110)
        page.run()
        after = page.select_slider(key=slider.key)
        assert after.id == before.id
        assert after.value == chosen
        assert len(after.options) > len(before.options)

    def test_an_update_is_small(self, lab: Lab) -> None:
        page = lab.page("population", run=add(lab, steps=119))
        assert sum(len(proto.data.data) for proto in drawn(page)) < 40_000
        assert sum(len(proto.spec) for proto in drawn(page)) < 40_000

    def test_nothing_is_recalibrated_that_nobody_clicked_for(self, lab: Lab) -> None:
        run = add(lab)
        lab.store.put_snapshot(run, 50, b"weights")
        lab.page("population", run=run)
        asked = {question.question["kind"] for question in lab.store.take_questions()}
        assert asked == {"ApplyDecay"}


EVALUATED = Evaluated(100, 250, Score(0.5, 0.09), Score(0.3, 0.84), Score(0.3, 0.87), 40.0)


class TestWhatItSays:
    def test_the_truth_is_over_as_many_batches_as_there_were(self) -> None:
        config = TrainingConfig()
        for recorded, over in (
            (1, "1 batch"),
            (2, "2 batches"),
            (9, "9 batches"),
            (10, "10 batches"),
            (800, "10 batches"),
        ):
            assert f"average of {over}\u2003" in words.legend(config, "0.9", recorded)
            said = words.notes(config, recorded, recorded)
            count = over.partition(" ")[0]
            assert ("the only batch" if recorded == 1 else f"over the {count} latest batches") in said
            assert "recalibrated over 10 batches of 64" in said

    def test_where_evaluations_move_the_statistics_the_factors_say_what_they_leave_out(self) -> None:
        drifts = np.full(20, 3.0)
        for bug in ("none", "leaky-evaluation", "batch-at-test"):
            said = words.what_to_see(EVALUATED, drifts, TrainingConfig(bug=bug))
            assert (TEXT("says.leaks") in said) == (bug == "leaky-evaluation")
        assert TEXT("says.leaks") not in words.what_to_see(EVALUATED, None, TrainingConfig(bug="leaky-evaluation"))

    def test_the_gap_the_layer_and_the_start(self) -> None:
        drifts = np.full(20, 1.3)
        drifts[0] = 20.2
        scored = {"here": TEXT("says.here", step=100), "recalibrated": percent(0.87, 250), "moving": percent(0.09, 250)}
        off = TEXT("says.above", layer=layer_name(1, 20), times="20")
        start = TEXT("says.start", share=percent(0.37, 250), momentum=0.99, updates=100, counted="")
        said = words.what_to_see(EVALUATED, drifts, TrainingConfig())
        assert said == f"{TEXT('says.behind', **scored)}; {off} {start}"

    @pytest.mark.parametrize(
        ("moving", "recalibrated", "expected"),
        [
            (0.96, 0.97, "agree"),
            (0.94, 0.85, "ahead"),
            (0.1, 0.12, "little"),
            (0.08, 0.16, "little"),
            (0.9, 0.94, "agree"),
            (0.96, 0.96, "same"),
        ],
    )
    def test_what_the_scores_say(self, moving: float, recalibrated: float, expected: str) -> None:
        evaluated = replace(EVALUATED, moving=Score(0.1, moving), recalibrated=Score(0.1, recalibrated))
        scores = {"recalibrated": percent(recalibrated, 250), "moving": percent(moving, 250)}
        said = TEXT(f"says.{expected}", here=TEXT("says.here", step=100), **scores)
        assert words.what_to_see(evaluated, None, TrainingConfig()).startswith(said)

    def test_close_is_said_of_all_layers(self) -> None:
        drifts = np.linspace(0.9, 1.1, 20)
        assert words.worst(drifts) == TEXT("says.close", times="1.1")
        assert words.worst(np.where(np.arange(20) == 18, 0.5, 1.0)) == (
            TEXT("says.below", layer=layer_name(19, 20), times="0.5")
        )
        assert words.worst(np.where(np.arange(20) == 19, 3.0, 1.0)).startswith(layer_name(20, 20))
        assert words.worst(np.full(20, np.nan)) == ""
        lone = np.where(np.arange(20) < 14, 3.0, np.inf)
        assert words.worst(lone).endswith(TEXT("says.lacking", count=6))

    @pytest.mark.parametrize(("step", "share"), [(69, "50 %"), (100, "37 %"), (250, "8 %"), (800, "")])
    def test_how_much_of_the_start_is_left(self, step: int, share: str) -> None:
        said = words.remembered(step, TrainingConfig())
        assert share in said
        assert bool(said) == bool(share)

    @pytest.mark.parametrize(("step", "share", "updates"), [(10, "41 %", 89), (100, "16 %", 182), (150, "4 %", 312)])
    def test_evaluations_that_update_count_too(self, step: int, share: str, updates: int) -> None:
        said = words.remembered(step, TrainingConfig(bug="leaky-evaluation"))
        counted = TEXT("says.updates", batches=batches(step), more=updates - step)
        assert said == TEXT("says.start", share=share, momentum=0.99, updates=updates, counted=counted)

    def test_what_a_decay_remembers(self) -> None:
        config = TrainingConfig()

        def said(score: float | None, decay: float) -> str:
            evaluated = Evaluated(100, 250, Score(0.5, 0.09), None, None, 1.0)
            return words.of_decay(score, evaluated, words.Decay(decay, False), config)

        compared = TEXT("decays.compared", moving=percent(0.09, 250))
        values = {"decay": 0.9, "memory": 10, "tail": "", "score": percent(0.84, 250), "compared": compared}
        assert said(0.84, 0.9) == TEXT("decays.memory", **values)
        assert TEXT("decays.memory_longer") in said(0.09, 0.999)
        assert said(0.5, 0.0) == TEXT("decays.no_memory", score=percent(0.5, 250), compared=compared)
        assert said(None, 0.9) == ""

    def test_a_replay_that_differs_is_not_called_exact(self) -> None:
        evaluated = Evaluated(100, 250, Score(0.5, 0.5), None, None, 1.0)
        leaky = TrainingConfig.of({"bug": "leaky-evaluation"})
        said = words.of_decay(0.4, evaluated, words.Decay(0.99, False), leaky)
        values = {"decay": 0.99, "why": TEXT("decays.leaks")}
        assert said == TEXT("decays.run_differs", score=percent(0.4, 250), moving=percent(0.5, 250), **values)
        nearly = words.of_decay(0.502, evaluated, words.Decay(0.99, False), leaky)
        assert nearly == TEXT("decays.run_nearly", score=percent(0.5, 250), **values)

    def test_statistics_that_nothing_updates_are_not_said_to_have_a_decay(self) -> None:
        assert words.moving(TrainingConfig(bug="never-updated")) == TEXT("scores.never_updated")
        assert words.moving(TrainingConfig()) == TEXT("scores.moving", momentum=0.99)

    @pytest.mark.parametrize(
        ("layer", "size", "expected"),
        [(1, 64, "= 1.00002, with m = 50,176"), (15, 64, "= 1.016, with m = 64"), (15, 2, "= 2, with m = 2")],
    )
    def test_bessel(self, layer: int, size: int, expected: str) -> None:
        assert expected in words.bessel(layer, TrainingConfig.of({"batch_size": size}))

    def test_bessel_of_one_value(self) -> None:
        assert words.bessel(19, TrainingConfig.of({"batch_size": 1})) == TEXT("layer.bessel_one")

    def test_of_recalibration(self) -> None:
        answer = Recalibrated(250, Score(0.5, 0.09), Score(0.3, 0.84), Score(0.3, 0.87), None, None)
        scores = {"before": percent(0.09, 250), "after": percent(0.87, 250)}
        assert words.of_recalibration(answer, 1) == TEXT("recalibration.done", batches=batches(1), images=64, **scores)

    def test_the_answers_are_of_the_kinds_that_are_read(self) -> None:
        assert DecayApplied(250, None).score is None


LOOKS = [Look("before", False, 800, 1.0, 20), Look("after", True, 5000, 1.25, 20), Look("before", False, 1, 1.0, 20)]
VALUES = TrainingConfig().values_behind_means(64)


def heat_spec(look: Look, statistic: Statistic) -> dict:
    return charts.heat_spec(look, VALUES, statistic)


BUILDERS = [
    charts.scores_spec,
    *[
        lambda look, build=build, statistic=statistic: build(look, statistic)
        for build in (heat_spec, charts.statistic_spec, charts.drift_spec)
        for statistic in ("mean", "variance")
    ],
]


class TestSpecifications:
    @pytest.mark.parametrize("look", LOOKS)
    @pytest.mark.parametrize("build", BUILDERS)
    def test_vega_lite_takes_them(self, build, look: Look) -> None:
        spec = build(look)
        alt.LayerChart.from_dict(spec | {"data": {"name": "run"}}, validate=True)
        assert not {"data", "datasets", "$schema"} & spec.keys()

    def test_how_many_values_are_behind_each_mean(self) -> None:
        spec = json.dumps(heat_spec(LOOKS[0], "variance"))
        assert "50,176" in spec
        assert '"words": "64"' in spec

    def test_dash_tells_bias(self) -> None:
        for look in LOOKS[:2]:
            spec = json.dumps(charts.drift_spec(look, "variance"))
            dashes = [json.loads(dash) for dash in re.findall(r'"strokeDash": (\[[^\]]+\])', spec)]
            assert ([part * look.scale for part in DASHED] in dashes) == look.bias

    def test_no_drift_has_no_colour(self) -> None:
        scale = heat_spec(LOOKS[0], "variance")["layer"][0]["encoding"]["color"]["scale"]
        colours = dict(zip(scale["domain"], scale["range"], strict=True))
        assert colours[0.0].endswith(", 0)")
        assert scale["domain"] == sorted(scale["domain"])

    def test_every_decay_can_be_asked_about(self) -> None:
        for decay in DECAYS:
            assert ApplyDecay(1, decay, True).momentum == decay
