"""What the Train page shows in every state of a run, of the engine and of the address."""

from __future__ import annotations

import html
import json
from collections.abc import Hashable
from dataclasses import replace
from urllib.parse import parse_qs

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from bn_core.config import FIELDS, TrainingConfig
from bn_core.exhibits import library
from bn_core.names import PRESETS
from pages.charts.training import accuracy_spec, loss_spec
from pages.live import Live
from pages.parts import view
from pages.parts.glossary import bare
from pages.parts.recorded import same_training
from pages.session import actions, entrance, startup, url_state
from pages.session.session import Session, key_of
from pages.session.startup import service
from pages.train_page import panel, recorded_runs
from pages.train_page.ending import reading
from pages.words.captions import how_often, percent, training, variant, when
from pages.words.prose import listed, prose
from tests.pages.lab import ME, SOMEBODY, Lab, data_of, kept, text_of, wording

TEXT, RUNS, APP = prose("train"), prose("runs"), prose("app")

STATES = ("queued", "compiling", "running", "paused", "finished", "failed", "stopped", "interrupted")


def charts(page: AppTest) -> list:
    return [element.proto for element in page.get("vega_lite_chart")]


def rows(chart) -> list[dict]:
    return pa.ipc.open_stream(chart.data.data).read_all().to_pylist()


def links_to_train(page: AppTest) -> list:
    return [element.proto for element in page.get("page_link") if element.proto.page == "train"]


def enabled(page: AppTest) -> set[str]:
    return {name for name in ("train", "pause", "step", "stop") if not page.button(key=name).disabled}


def state_of(run: str) -> Hashable:
    """What the page around the curves depends on."""
    return panel._state((view.look(service(), run, ME), service().history(run)))


class TestEveryState:
    @pytest.mark.parametrize("status", STATES)
    @pytest.mark.parametrize("placement", ["none", "before"])
    def test_the_page_stands(self, lab: Lab, status: str, placement: str) -> None:
        page = lab.page(run=lab.run(status=status, placement=placement))
        assert not page.exception
        assert len(charts(page)) == 2
        assert data_of(page, "progress")["said"]

    @pytest.mark.parametrize("status", STATES)
    def test_every_chart_says_what_it_shows(self, lab: Lab, status: str) -> None:
        for chart in charts(lab.page(run=lab.run(status=status))):
            assert len(chart.alt) > 30

    def test_without_a_run_there_is_something_to_see(self, lab: Lab) -> None:
        page = lab.page()
        assert not page.exception
        assert "conv 3×3" in data_of(page, "drawing")["svg"]
        assert TEXT("nothing.curves") in text_of(page)
        assert bare(reading(TrainingConfig(), 250)) in text_of(page)
        assert enabled(page) == {"train"}
        assert [rows(chart) for chart in charts(page)] == [[], []]

    def test_queued(self, lab: Lab) -> None:
        lab.run(owner=SOMEBODY, status="queued")
        page = lab.page(run=lab.run(status="queued"))
        assert data_of(page, "progress")["said"].startswith(RUNS("queue.place", position=2))
        assert enabled(page) == {"train", "stop"}

    def test_a_run_that_waits_says_so_in_place_of_curves(self, lab: Lab) -> None:
        lab.run(owner=SOMEBODY, status="queued")
        said = text_of(lab.page(run=lab.run(status="queued")))
        assert TEXT("awaited.queued", where=RUNS("queue.place", position=2)) in said
        assert TEXT("nothing.curves") not in said

    @pytest.mark.parametrize("status", ["running", "compiling"])
    def test_a_run_whose_worker_died_says_at_once_that_it_is_interrupted(self, lab: Lab, status: str) -> None:
        run = lab.run(steps=60)
        lab.store.set_status(run, status, message="Its worker process ended. It goes on by itself.", worker=None)
        page = lab.page(run=run)
        progress = data_of(page, "progress")
        assert progress["said"] == RUNS("status.restarts")
        assert progress["figures"] == RUNS("progress.batches", step=60, batches=120)
        assert progress["title"] == RUNS("tab.interrupted", name=variant(TrainingConfig()))
        assert "Its worker process ended." in text_of(page)
        lab.store.set_status(run, "running", worker="two")
        page.run()
        assert data_of(page, "progress")["said"] == RUNS("status.running")
        assert "Its worker process ended." not in text_of(page)

    def test_compiling_says_for_how_long(self, lab: Lab) -> None:
        page = lab.page(run=lab.run(status="compiling"))
        said = [RUNS("status.compiling", seconds=seconds) for seconds in range(30)]
        assert data_of(page, "progress")["said"] in said

    def test_running(self, lab: Lab) -> None:
        page = lab.page(run=lab.run(steps=60))
        progress = data_of(page, "progress")
        assert progress["said"] == RUNS("status.running")
        assert progress["percent"] == 50
        assert progress["figures"].startswith(RUNS("progress.batches", step=60, batches=120))
        assert progress["figures"].endswith(RUNS("progress.left", duration="").strip())
        assert progress["title"] == RUNS("tab.running", percent=50, name=variant(TrainingConfig()))
        assert enabled(page) == {"train", "pause", "step", "stop"}
        kinds = {row["statistics"] for row in rows(charts(page)[0])}
        assert kinds == {"moving", "batch", "recalibrated", "training batch"}

    def test_the_sentence_is_about_the_latest_numbers(self, lab: Lab) -> None:
        run = lab.run(steps=60)
        page = lab.page(run=run)
        values = {"images": 250, "recalibrated": "83 %", "moving": "10 %", "when": when(50)}
        assert bare(TEXT("gap.behind", **values)) in text_of(page)
        lab.record(run, TrainingConfig(batches=120), 60, 120)
        page.run()
        values = {"images": 250, "recalibrated": "94 %", "moving": "90 %", "when": when(120)}
        start = TEXT("gap.caught_up", agreed=TEXT("gap.agreed", **values), **(values | {"held": ""}))
        assert bare(start).split(" It was ")[0] in text_of(page)

    def test_the_sentence_says_where_the_loss_has_come_to(self, lab: Lab) -> None:
        run = lab.run(steps=60)
        latest = service().history(run).losses[-10:]
        assert TEXT("latest_loss", over=10, mean=np.mean(latest)) in text_of(lab.page(run=run))
        assert wording(TEXT("latest_loss")) not in text_of(lab.page(run=lab.run(steps=9)))

    def test_paused(self, lab: Lab) -> None:
        page = lab.page(run=lab.run(status="paused"))
        assert page.button(key="pause").label == TEXT("bar.resume")
        assert enabled(page) == {"train", "pause", "step", "stop"}

    def test_finished_with_batch_norm(self, lab: Lab) -> None:
        page = lab.page(run=lab.run(status="finished"))
        said = text_of(page)
        assert "Final test accuracy: 0.97000" in said
        mistake = TEXT("ending.validation.commonest", true=4, answered=9, times=how_often(20))
        assert f"{TEXT('ending.validation.right', right=970, images=1000)} {mistake}" in said
        assert bare(TEXT("ending.how.moving")) in said
        assert bare(TEXT("lines.moving")) in said
        assert bare(TEXT("ending.one_by_one.batch_constant", right=10, answer=1)) in said
        assert data_of(page, "progress")["title"] == RUNS("tab.finished", accuracy=97.0, name=variant(TrainingConfig()))
        assert [expander.label for expander in page.main.expander] == [TEXT("reading.heading"), TEXT("shelf.keeping")]
        assert enabled(page) == {"train"}

    def test_finished_without_batch_norm(self, lab: Lab) -> None:
        page = lab.page(run=lab.run(status="finished", placement="none"))
        said = text_of(page)
        assert TEXT("ending.test.constant", answer=4, images=500, members=50) in said
        how = TEXT("ending.one_by_one.plain")
        assert TEXT("ending.one_by_one.constant", how=how, answer=4, right=10, images=100) in said
        assert bare(TEXT("ending.one_by_one.batch_varied", right="")).split(" it would")[0] not in said
        assert {row["statistics"] for row in rows(charts(page)[0])} == {"moving", "training batch"}
        assert r"\"moving\": \"━ validation\"" in json.dumps(json.loads(charts(page)[0].spec), ensure_ascii=False)
        assert "recalibrated" not in charts(page)[0].spec

    def test_failed(self, lab: Lab) -> None:
        page = lab.page(run=lab.run(status="failed", learning_rate=0.5, steps=37))
        said = (
            TEXT("failed.what", step=38, cause="The loss is not a number."),
            TEXT("failed.layer", layer="layer 7 (convolution)"),
            TEXT("failed.learning_rate", rate=0.5),
        )
        assert page.error[0].value.replace("\\", "") == " ".join(said)
        assert len(rows(charts(page)[1])) > 30

    def test_stopped_and_interrupted(self, lab: Lab) -> None:
        stopped = lab.page(run=lab.run(status="stopped"))
        assert TEXT("remarks.stopped", step=60, batches=120) in text_of(stopped)
        assert enabled(stopped) == {"train"}
        interrupted = lab.page(run=lab.run(status="interrupted"))
        assert "You can resume this run" in text_of(interrupted)
        assert interrupted.button(key="pause").label == TEXT("bar.resume")
        assert enabled(interrupted) == {"train", "pause"}
        interrupted.button(key="pause").click().run()
        assert data_of(interrupted, "progress")["said"].startswith(RUNS("queue.first"))

    def test_the_silent_engine_of_a_running_run(self, lab: Lab) -> None:
        run = lab.run()
        lab.engine(age=1000)
        page = lab.page(run=run)
        assert "does not answer" in text_of(page)
        assert enabled(page) == {"train"}


class TestRecordedRuns:
    @pytest.mark.parametrize(
        ("fields", "variant"),
        [
            ({}, "before"),
            ({"bias": True}, "before-bias"),
            ({"placement": "after"}, "after"),
            ({"placement": "none", "bias": True}, "none"),
            # Without BN these two do not count towards a run's identity.
            ({"placement": "none", "bias": True, "momentum": 0.5, "epsilon": 0.1}, "none"),
            ({"batch_size": 1}, "batch-size-1"),
        ],
    )
    def test_the_run_of_the_same_training_is_found(self, fields: dict[str, object], variant: str) -> None:
        recorded = [member.record for member in library().members()]
        found = same_training(TrainingConfig(**fields), recorded)
        assert found == library().find(variant).record

    @pytest.mark.parametrize(
        "fields", [{"batches": 801}, {"seed": 99}, {"momentum": 0.5}, {"learning_rate": 0.003}, {"bias": False}]
    )
    def test_and_no_other(self, fields: dict[str, object]) -> None:
        recorded = [member.record for member in library().members()]
        odd = TrainingConfig(**({"placement": "none", "bias": True} | fields if "bias" in fields else fields))
        assert same_training(odd, recorded) is None

    def test_one_that_did_not_finish_is_not_offered(self) -> None:
        failed = [replace(member.record, status="failed") for member in library().members()]
        assert same_training(TrainingConfig(), failed) is None

    def test_its_final_figures_are_its_own(self) -> None:
        member = library().find("before", seed=2)
        scored = library().history(member.record.id).scored
        said = recorded_runs.final_figures(member.record.config, scored)
        assert said == TEXT(
            "recorded.figures",
            batches=TEXT("batches", count=800),
            seed=2,
            test=percent(member.record.test_accuracy, 10_000),
            validation=percent(scored.validation.accuracy, 5_000),
            right=np.sum(scored.one_by_one_predictions == scored.one_by_one_labels),
            images=100,
        )

    def test_what_a_link_sets_is_named_before_it_is_trained(self, lab: Lab) -> None:
        said = text_of(lab.page(batch_size="4"))
        assert "To be trained:" in said
        assert "batches of 4" in said
        assert "To be trained:" not in text_of(lab.page(placement="after"))

    def test_beside_a_run_that_came_to_something_else_it_is_said_why(self, lab: Lab) -> None:
        other = library().find("none", seed=0).record
        said = TEXT("recorded.elsewhere", recorded=percent(other.test_accuracy, 10_000), mine="10 %")
        page = lab.page(run=lab.run(status="finished", placement="none", bias=True, dataset="mnist", batches=800))
        assert said in text_of(page)
        assert wording(TEXT("recorded.elsewhere")) not in text_of(lab.page(run=other.id))
        assert wording(TEXT("recorded.elsewhere")) not in text_of(lab.page(run=lab.run(status="finished")))

    @pytest.mark.parametrize(("bias", "variant"), [("false", "before"), ("true", "before-bias")])
    def test_without_a_run_it_can_be_opened(self, lab: Lab, bias: str, variant: str) -> None:
        run = library().find(variant).record
        page = lab.page(dataset="mnist", bias=bias)
        figures = recorded_runs.final_figures(run.config, library().history(run.id).scored)
        assert bare(figures) in text_of(page)
        (link,) = links_to_train(page)
        assert parse_qs(link.query_string) == {"run": [run.id]}
        opened = lab.page(run=run.id)
        assert data_of(opened, "progress")["said"] == RUNS("status.recorded")
        assert all(rows(chart) for chart in charts(opened))
        assert links_to_train(opened) == []

    def test_where_the_page_is_presented_it_stays_so(self, lab: Lab) -> None:
        (link,) = links_to_train(lab.page(dataset="mnist", present="1"))
        assert parse_qs(link.query_string)["present"] == ["1"]

    def test_for_another_training_the_nearest_is_offered_with_what_differs(self, lab: Lab) -> None:
        page = lab.page(dataset="mnist-5k", seed="99")
        (link,) = links_to_train(page)
        assert parse_qs(link.query_string) == {"run": [library().find("before").record.id]}
        differ = listed(
            [
                TEXT("recorded.field", field=field, recorded=recorded, chosen=chosen)
                for field, recorded, chosen in (("data set", "MNIST", "MNIST-5k"), ("seed", "0", "99"))
            ]
        )
        assert TEXT("recorded.differs", differences=differ) in text_of(page)

    def test_nothing_is_offered_for_one_that_is_far_from_all_or_beside_a_run(self, lab: Lab) -> None:
        assert links_to_train(lab.page(dataset="mnist", batches="801", momentum="0.5", epsilon="0.5")) == []
        assert links_to_train(lab.page(dataset="mnist", run=lab.run())) == []

    def test_the_race_is_on_the_shelf_below_ones_own_and_stays_as_it_is(self, lab: Lab) -> None:
        mine = lab.run(status="finished")
        page = lab.page()
        opens = [button.key for button in page.button if button.key.startswith("open-")]
        race = [member.record.id for member in library().members("race")]
        assert opens == [f"open-{run}" for run in (mine, *race)]
        assert text_of(page).count(TEXT("shelf.recorded")) == len(race)
        keys = [element.key for element in (*page.button, *page.text_input)]
        assert not {f"{action}-{run}" for action in ("name", "delete") for run in race} & set(keys)
        page.button(key=f"open-{race[0]}").click().run()
        assert page.query_params["run"] == race[0]
        assert TEXT("shelf.here") in text_of(page)


class TestTerms:
    @pytest.mark.parametrize("status", ["running", "finished"])
    def test_a_term_is_explained_once_where_the_page_first_uses_it(self, lab: Lab, status: str) -> None:
        said = [element.value for element in lab.page(run=lab.run(status=status)).markdown]
        for term in ("batch normalization", "moving statistics", "recalibrated", "batch statistics"):
            meaning = html.escape(prose("glossary")(f"terms.{term}"))
            assert len([text for text in said if meaning in text]) == 1, term

    @pytest.mark.parametrize("status", [None, *STATES])
    @pytest.mark.parametrize("placement", ["none", "before"])
    def test_no_mark_of_a_term_is_left(self, lab: Lab, status: str | None, placement: str) -> None:
        run = {} if status is None else {"run": lab.run(status=status, placement=placement)}
        page = lab.page(placement=placement, **run)
        alts = [chart.alt for chart in charts(page)]
        assert not any("[[" in text for text in (text_of(page), *alts))
        assert not any("<" in alt for alt in alts)


class TestOtherBrowsers:
    @pytest.mark.parametrize("status", ["queued", "running", "paused", "interrupted"])
    def test_they_follow_and_change_nothing(self, lab: Lab, status: str) -> None:
        page = lab.page(run=lab.run(owner=SOMEBODY, status=status))
        assert enabled(page) == {"train"}
        follow = RUNS("owner.follow", name=variant(TrainingConfig()))
        assert (follow in text_of(page)) == (status != "interrupted")
        assert len(charts(page)) == 2

    def test_what_a_forged_click_meets(self, lab: Lab) -> None:
        run = lab.run()
        page = lab.page(run=run)
        kept(page, Session).browser_id = SOMEBODY
        page.button(key="stop").click().run()
        assert not page.exception
        assert "Only the browser that started this run" in text_of(page)
        assert lab.store.run(run).status == "running"

    def test_a_named_run_is_called_by_its_name(self, lab: Lab) -> None:
        run = lab.run(owner=SOMEBODY)
        lab.store.rename(run, "Ana's *demo* <b>")
        assert RUNS("owner.follow", name="Ana's *demo* <b>") in text_of(lab.page(run=run))


class TestActions:
    def test_train_starts_a_run_and_shows_it(self, lab: Lab) -> None:
        page = lab.page(placement="after", seed="7")
        page.button(key="train").click().run()
        (run,) = lab.store.runs()
        assert (run.config.placement, run.config.seed) == ("after", 7)
        assert service().owns(run.id, ME)
        assert page.query_params["run"] == run.id
        assert data_of(page, "progress")["said"].startswith(RUNS("queue.first"))

    def test_a_click_before_the_browser_said_who_it_is_is_not_lost(self, lab: Lab) -> None:
        page = lab.page(browser=None)
        page.button(key="train").click().run()
        assert lab.store.runs() == []
        kept(page, Session).browser_id = ME
        page.run()
        assert [service().owns(run.id, ME) for run in lab.store.runs()] == [True]
        page.run()
        assert len(lab.store.runs()) == 1

    def test_a_browser_that_never_says_who_it_is_gets_a_sentence(
        self, lab: Lab, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        page = lab.page(browser=None)
        page.button(key="train").click().run()
        assert TEXT("remarks.silent") not in text_of(page)
        # The part that moves looks again until then: nobody has to press anything for the sentence.
        assert page.session_state[key_of(Live)].seconds is not None
        monkeypatch.setattr(actions, "SILENT_SECONDS", 0.0)
        page.run()
        assert TEXT("remarks.silent") in text_of(page)
        assert page.session_state[key_of(Live)].seconds is None
        kept(page, Session).browser_id = ME
        page.run()
        assert TEXT("remarks.silent") not in text_of(page)
        assert [service().owns(run.id, ME) for run in lab.store.runs()] == [True]

    @pytest.mark.parametrize(("seconds", "runs"), [(3600.0, 1), (0.0, 2)])
    def test_a_double_click_starts_one_run(
        self, lab: Lab, monkeypatch: pytest.MonkeyPatch, seconds: float, runs: int
    ) -> None:
        monkeypatch.setattr(actions, "DOUBLE_CLICK_SECONDS", seconds)
        page = lab.page()
        page.button(key="train").click().run()
        page.button(key="train").click().run()
        assert len(lab.store.runs()) == runs

    @pytest.mark.parametrize(("key", "kind"), [("pause", "pause"), ("step", "step"), ("stop", "stop")])
    def test_buttons_ask_the_engine(self, lab: Lab, key: str, kind: str) -> None:
        run = lab.run()
        page = lab.page(run=run)
        page.button(key=key).click().run()
        assert [(request.kind, request.run_id) for request in lab.store.take_requests() if request.run_id] == [
            (kind, run)
        ]

    def test_the_page_asks_for_the_program_of_what_is_chosen(self, lab: Lab) -> None:
        lab.page(placement="after", bias="true")
        (request,) = lab.store.take_requests()
        assert request.kind == "prepare"
        assert (
            TrainingConfig.of(request.argument).compile_key == TrainingConfig(placement="after", bias=True).compile_key
        )

    def test_an_identical_run_is_offered_and_train_still_trains(self, lab: Lab) -> None:
        known = lab.run(status="finished", seed=5)
        page = lab.page(batches="120", seed="5", dataset="mnist")
        config = lab.store.run(known).config
        what = f"{variant(config)}, {training(config)}"
        assert TEXT("known.ended", run=what) in text_of(page)
        page.button(key="open-known").click().run()
        assert page.query_params["run"] == known
        page = lab.page(batches="120", seed="5", dataset="mnist")
        page.button(key="train").click().run()
        assert len(lab.store.runs()) == 2

    def test_another_choice_than_the_run_on_the_page_is_said(self, lab: Lab) -> None:
        run = lab.run(status="finished", dataset="mnist-5k")
        page = lab.page(run=run)
        assert wording(TEXT("chosen.other")) not in text_of(page)
        page.radio(key="train-config-placement-0").set_value("after").run()
        said = text_of(page)
        assert wording(TEXT("chosen.drawing")) in said
        assert ":blue[**BN before ReLU, no bias**]" in said
        assert ":green[**BN after ReLU, no bias**]" in said
        # The button for it stands in the title's row.
        page.button(key="same-but").click().run()
        assert wording(TEXT("chosen.drawing")) not in text_of(page)
        page.number_input(key="train-config-seed-0").set_value(8).run()
        assert "seed 8" in text_of(page)
        assert wording(TEXT("chosen.other")) in text_of(page)

    def test_on_a_phone_the_placement_is_chosen_on_the_page(self, lab: Lab) -> None:
        page = lab.page()
        page.main.button_group(key="train-quick-placement-0").set_value("none").run()
        assert page.radio(key="train-config-placement-1").value == "none"
        assert page.toggle(key="train-config-bias-1").value is True
        assert page.query_params["placement"] == "none"
        page.radio(key="train-config-placement-1").set_value("after").run()
        assert page.main.button_group(key="train-quick-placement-1").value == "after"

    def test_a_data_set_that_cannot_be_had_is_a_button_away_from_one_that_can(
        self, lab: Lab, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("BN_MNIST", "")
        run = lab.run(status="queued", dataset="fashion-mnist")
        lab.store.set_status(run, "failed", message="Fashion-MNIST cannot be downloaded. Try again with a network.")
        page = lab.page(run=run)
        page.button(key="train-on-other").click().run()
        (newest,) = (record for record in lab.store.runs() if record.id != run)
        assert newest.config == lab.store.run(run).config.with_(dataset="mnist-5k")
        assert page.query_params["run"] == newest.id

    @pytest.mark.parametrize("address", [{}, {"learning_rate": "0.5"}])
    def test_the_presets_say_which_notebook_is_meant(self, lab: Lab, address: dict[str, str]) -> None:
        assert prose("controls")("preset.notebook") in text_of(lab.page(**address))

    def test_it_is_said_that_fewer_digits_are_trained_on(self, lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("BN_MNIST", raising=False)
        assert TEXT("chosen.small_data") in text_of(lab.page())
        assert TEXT("chosen.small_data") not in text_of(lab.page(dataset="mnist"))

    def test_same_run_but_with(self, lab: Lab) -> None:
        run = lab.run(placement="after", bias=True, learning_rate=0.01, status="finished")
        page = lab.page(run=run, placement="none")
        page.button(key="same-but").click().run()
        page.button(key="train").click().run()
        newest = max(lab.store.runs(), key=lambda record: record.created)
        assert newest.config == lab.store.run(run).config

    def test_the_shelf_opens_renames_and_deletes(self, lab: Lab) -> None:
        mine, other = lab.run(status="finished"), lab.run(owner=SOMEBODY, status="finished", placement="none")
        lab.store.share(other, shared=True)
        page = lab.page()
        assert TEXT("shelf.score", right="97.0 %") in text_of(page)
        assert not [button for button in page.button if button.key == f"delete-{other}"]
        page.text_input(key=f"name-{mine}").set_value("first try").run()
        assert lab.store.run(mine).name == "first try"
        page.button(key=f"open-{other}").click().run()
        assert page.query_params["run"] == other
        page.button(key=f"delete-{mine}").click().run()
        assert service().run(mine) is None
        assert not page.exception

    def test_a_run_is_on_the_shelf_of_others_where_its_owner_shares_it(self, lab: Lab) -> None:
        run = lab.run(status="finished")
        mine, theirs = lab.page(), lab.page(browser=SOMEBODY)
        assert f"open-{run}" not in {button.key for button in theirs.button}
        mine.toggle(key=f"share-{run}").set_value(True).run()
        theirs.run()
        assert TEXT("shelf.shared") in text_of(mine)
        assert f"open-{run}" in {button.key for button in theirs.button}
        assert f"share-{run}" not in {toggle.key for toggle in theirs.toggle}
        mine.toggle(key=f"share-{run}").set_value(False).run()
        theirs.run()
        assert f"open-{run}" not in {button.key for button in theirs.button}
        assert not lab.page(run=run, browser=SOMEBODY).exception, "a link opens it either way"

    def test_where_nothing_is_trained_train_is_not_offered_and_a_sentence_says_so(
        self, lab: Lab, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        run = lab.run(status="finished")
        monkeypatch.setenv("BN_LIVE", "off")
        page = lab.page(run=run)
        assert enabled(page) == set()
        assert startup.NOT_LIVE in text_of(page)
        assert TEXT("shelf.score", right="97.0 %") in text_of(page)

    def test_what_was_deleted_can_be_had_back_also_after_a_look_at_another_page(self, lab: Lab) -> None:
        mine = lab.run(status="finished")
        page = lab.page()
        page.button(key=f"delete-{mine}").click().run()
        assert f"open-{mine}" not in {button.key for button in page.button}
        page.switch_page("pages/layers.py").run()
        page.switch_page("pages/train.py").run()
        assert TEXT("shelf.deleted", name=variant(TrainingConfig())) in text_of(page)
        page.button(key=f"undo-{mine}").click().run()
        assert service().run(mine) is not None
        assert f"open-{mine}" in {button.key for button in page.button}
        assert f"undo-{mine}" not in {button.key for button in page.button}

    def test_the_shelf_lets_stand_out_what_differs(self, lab: Lab) -> None:
        first, second = lab.run(status="finished", seed=1), lab.run(status="finished", seed=2, placement="after")
        page = lab.page()
        labels = [page.button(key=f"open-{run}").label.replace("\\", "") for run in (first, second)]
        assert labels == ["**BN before ReLU**, :gray[no bias]", "**BN after ReLU**, :gray[no bias]"]
        details = [text.value.replace("\\", "") for text in page.markdown if "seed" in text.value]
        assert any(":gray[MNIST], **seed 1**" in text and "**test accuracy 97.0 %**" in text for text in details)

    def test_a_full_queue_is_a_sentence(self, lab: Lab) -> None:
        for _ in range(8):
            lab.run(status="queued")
        page = lab.page()
        page.button(key="train").click().run()
        assert not page.exception
        assert len(page.warning) == 1


class TestControls:
    def test_there_is_one_for_every_field(self, lab: Lab) -> None:
        page = lab.page()
        for field in FIELDS:
            assert page.get_by_key(f"train-config-{field.name}-0") is not None

    def test_what_a_control_that_made_way_still_shows_is_not_a_choice(self, lab: Lab) -> None:
        """On a busy machine an update brings along the controls that its browser has not taken off the page yet."""
        page = lab.page()
        of_before = page._tree.get_widget_states()
        page.selectbox(key="train-config-preset-0").select("after").run()
        under_way = page._tree.get_widget_states()
        there = {state.id for state in under_way.widgets}
        under_way.widgets.extend(state for state in of_before.widgets if state.id not in there)
        assert len(under_way.widgets) > len(there)
        page._run(under_way)
        assert page.radio(key="train-config-placement-1").value == "after"
        assert page.query_params["placement"] == "after"

    @pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.key)
    def test_a_preset_sets_everything(self, lab: Lab, preset) -> None:
        page = lab.page(seed="9", learning_rate="0.5", dataset="fashion-mnist", bug="wrong-axes", batches="3")
        page.selectbox(key="train-config-preset-0").select(preset.key).run()
        page.button(key="train").click().run()
        (run,) = lab.store.runs()
        assert run.config.to_json() | {"dataset": "mnist"} == preset.config.to_json()

    def test_the_bias_follows_the_placement_across_none(self, lab: Lab) -> None:
        page = lab.page()
        page.radio(key="train-config-placement-0").set_value("none").run()
        assert page.toggle(key="train-config-bias-1").value is True
        page.radio(key="train-config-placement-0").set_value("after").run()
        page.toggle(key="train-config-bias-2").set_value(True).run()
        page.radio(key="train-config-placement-0").set_value("before").run()
        assert page.toggle(key="train-config-bias-2").value is True
        assert "bias</text>" in data_of(page, "drawing")["svg"]

    def test_the_address_follows_and_brings_back(self, lab: Lab) -> None:
        page = lab.page()
        page.radio(key="train-config-placement-0").set_value("after").run()
        page.number_input(key="train-config-batch_size-0").set_value(16).run()
        again = lab.page(**page.query_params)
        assert again.radio(key="train-config-placement-0").value == "after"
        assert again.number_input(key="train-config-batch_size-0").value == 16

    def test_a_forged_value_is_a_sentence_and_starts_nothing(self, lab: Lab) -> None:
        page = lab.page()
        kept(page, Session).controls["batches"] = 10**9
        page.run()
        assert "batches must be a whole number from 1 to 5000" in text_of(page)
        page.button(key="train").click().run()
        assert not page.exception
        assert lab.store.runs() == []

    def test_what_does_nothing_without_batch_norm_is_disabled(self, lab: Lab) -> None:
        page = lab.page(placement="none")
        assert page.number_input(key="train-config-momentum-0").disabled
        assert not page.number_input(key="train-config-learning_rate-0").disabled


HOSTILE = [
    {"placement": "sideways"},
    {"placement": ""},
    {"placement": "BEFORE"},
    {"placement": "before'; DROP TABLE runs; --"},
    {"bias": "1"},
    {"bias": "yes"},
    {"implementation": "../../etc/passwd"},
    {"initializer": "he" * 5000},
    {"bug": ":red[alarm]"},
    {"dataset": "![x](https://example.org/x.png)"},
    {"dataset": "mnist\x00"},
    {"batches": "0"},
    {"batches": "-1"},
    {"batches": "1e9"},
    {"batches": "800.5"},
    {"batches": "9" * 5000},
    {"batch_size": "٦٤"},
    {"batch_size": "1_6"},
    {"learning_rate": "nan"},
    {"learning_rate": "inf"},
    {"learning_rate": "<script>alert(1)</script>"},
    {"momentum": "1"},
    {"epsilon": "0"},
    {"epsilon": "$\\frac{1}{0}$"},
    {"seed": "2147483648"},
    {"seed": "0x10"},
    {"present": "true"},
    {"step": "-5"},
    {"step": "last"},
    {"nonsense": "\N{SKULL}\u202e"},
    {"__proto__": "x"},
]


class TestAddresses:
    @pytest.mark.parametrize("parameters", HOSTILE, ids=lambda parameters: next(iter(parameters)))
    def test_a_bad_value_is_a_sentence_and_the_default(self, lab: Lab, parameters: dict[str, str]) -> None:
        page = lab.page(**parameters)
        assert not page.exception
        (name,) = parameters
        (sentence,) = page.warning
        assert name in sentence.value.replace("\\", "")
        assert len(sentence.value) < 400
        if name in TrainingConfig().to_json():
            default = getattr(TrainingConfig(dataset="mnist-5k"), name)
            widgets = {
                element.key: element.value
                for kind in ("radio", "toggle", "selectbox", "number_input")
                for element in getattr(page, kind)
            }
            assert widgets.get(f"train-config-{name}-0", default) == default

    @settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        st.dictionaries(
            st.sampled_from([*TrainingConfig().to_json(), "run", "step", "present", "other"]),
            st.text(st.characters(codec="utf-8"), max_size=40),
            min_size=1,
        )
    )
    def test_nothing_in_an_address_breaks_the_page(self, lab: Lab, parameters: dict[str, str]) -> None:
        assert not lab.page(**parameters).exception

    @pytest.mark.parametrize("run", ["zzzzzzzzzz", "x", "../../etc", "' OR 1=1 --", "<b>", "A" * 3000])
    def test_an_unknown_run_is_a_friendly_page(self, lab: Lab, run: str) -> None:
        page = lab.page(run=run)
        assert not page.exception
        assert f"{APP('nothing.unknown')} {TEXT('nothing.unknown')}" in text_of(page)
        page.button(key="train").click().run()
        assert len(lab.store.runs()) == 1

    def test_an_empty_run_is_no_run(self, lab: Lab) -> None:
        assert APP("nothing.unknown") not in text_of(lab.page(run=""))

    def test_a_link_to_a_run_alone_brings_its_configuration(self, lab: Lab) -> None:
        page = lab.page(run=lab.run(placement="none", owner=SOMEBODY))
        assert page.radio(key="train-config-placement-0").value == "none"

    def test_the_run_survives_a_visit_to_another_page(self, lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
        # AppTest itself runs a page without app.py from the second time on: that is not what the entrance is for.
        monkeypatch.setattr(entrance, "through_app", lambda: None)
        run = lab.run(placement="none", status="finished")
        page = lab.page(run=run)
        page.number_input(key="race-config-seed-0").set_value(8).run()
        # The navigation drops the parameters of the address; app.py notes that another page was shown before.
        page.query_params.clear()
        kept(page, Session).arrived = True
        page.run()
        assert page.query_params["run"] == run
        assert page.number_input(key="race-config-seed-0").value == 8
        assert "Final test accuracy" in text_of(page)

    def test_going_back_to_an_empty_address_is_going_back(self, lab: Lab) -> None:
        page = lab.page(placement="none")
        page.query_params.clear()
        page.run()
        assert page.radio(key="train-config-placement-1").value == "before"

    def test_the_switch_of_presenter_mode_is_in_the_address(self, lab: Lab) -> None:
        page = lab.page(placement="none")
        page.toggle(key="present-False").set_value(True).run()
        assert page.query_params == {"placement": "none", "present": "1"}
        page.toggle(key="present-True").set_value(False).run()
        assert "present" not in page.query_params

    def test_where_it_is_presented_the_curves_come_before_the_drawing(self, lab: Lab) -> None:
        def drawing_first(**parameters: str) -> bool:
            # In the order in which they stand: the drawing is a component with data of its own.
            order = [element.proto for element in lab.page(**parameters).main if hasattr(element, "proto")]
            drawing = next(i for i, proto in enumerate(order) if "<svg" in str(getattr(proto, "json", "")))
            chart = next(i for i, proto in enumerate(order) if getattr(proto, "spec", ""))
            return drawing < chart

        run = lab.run()
        assert drawing_first()
        assert drawing_first(run=run)
        assert not drawing_first(present="1")
        assert not drawing_first(run=run, present="1")

    def test_presenter_mode(self, lab: Lab) -> None:
        plain, presented = lab.page(), lab.page(present="1")
        sizes = [json.loads(charts(page)[0].spec)["height"] for page in (plain, presented)]
        assert sizes[1] > sizes[0]

    def test_the_address_is_read_once_a_page_run(self, lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
        read = url_state.parse
        addresses = []
        monkeypatch.setattr(
            url_state, "parse", lambda address, default, page: addresses.append(address) or read(address, default, page)
        )
        page = lab.page(placement="none", present="1")
        addresses.clear()
        page.query_params["placement"] = "after"
        page.run()
        assert addresses == [{"placement": "after", "present": "1"}]


class TestTrouble:
    def test_an_engine_that_starts(self, lab: Lab) -> None:
        lab.engine("starting")
        page = lab.page()
        assert data_of(page, "progress")["said"] == RUNS("engine.starting")
        assert enabled(page) == {"train"}

    def test_an_engine_that_cannot_be_had(self, lab: Lab) -> None:
        finished = lab.run(status="finished")
        lab.engine("unavailable", "The port is taken: close the other program.")
        page = lab.page(run=finished)
        message = "The port is taken: close the other program."
        assert TEXT("remarks.engine", message=message) in text_of(page)
        assert enabled(page) == set()
        assert len(rows(charts(page)[0])) > 10

    def test_a_home_that_is_no_folder(self, lab: Lab, tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "file").write_text("x")
        monkeypatch.setenv("BN_HOME", str(tmp_path / "file"))
        page = lab.page()
        assert not page.exception
        assert "BN_HOME" in page.warning[0].value.replace("\\", "")

    @pytest.mark.parametrize("name", ["BN_WORKERS", "BN_SCHEDULER", "BN_STORE_MB"])
    def test_a_variable_that_cannot_be_used(self, lab: Lab, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv(name, "<b>many</b>")
        page = lab.page()
        assert not page.exception
        assert name in page.warning[0].value.replace("\\", "")

    def test_a_store_that_fails_under_way_leaves_the_charts(self, lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
        from bn_core.runs.service import RunService
        from bn_core.runs.store import StoreUnavailable

        page = lab.page(run=lab.run())
        before = [rows(chart) for chart in charts(page)]

        def fails(self, run_id):
            raise StoreUnavailable("The disk is full.")

        monkeypatch.setattr(RunService, "history", fails)
        page.run()
        assert not page.exception
        assert "The disk is full." in text_of(page)
        assert [rows(chart) for chart in charts(page)] == before


class TestUpdates:
    def test_a_tick_changes_data_and_nothing_else(self, lab: Lab) -> None:
        run = lab.run(steps=20)
        page = lab.page(run=run)
        first = charts(page)
        lab.record(run, TrainingConfig(batches=120), 20, 80)
        page.run()
        second = charts(page)
        assert [chart.spec for chart in first] == [chart.spec for chart in second]
        assert [chart.alt for chart in first] == [chart.alt for chart in second]
        assert all(len(rows(new)) > len(rows(old)) for old, new in zip(first, second, strict=True))

    def test_from_an_empty_page_to_the_end_the_charts_stay(self, lab: Lab) -> None:
        page = lab.page(batches="120")
        specs = {(chart.spec, chart.alt) for chart in charts(page)}
        page.button(key="train").click().run()
        run = page.query_params["run"]
        for status in ("compiling", "running"):
            lab.store.set_status(run, status, worker="one")
            page.run()
            specs |= {(chart.spec, chart.alt) for chart in charts(page)}
        lab.record(run, TrainingConfig(batches=120), 0, 120)
        lab.store.set_status(run, "finished")
        page.run()
        specs |= {(chart.spec, chart.alt) for chart in charts(page)}
        assert len(specs) == 2

    @pytest.mark.parametrize("build", [accuracy_spec, loss_spec])
    def test_two_builds_are_equal_to_the_byte(self, build) -> None:
        built = json.dumps(build.__wrapped__("before", True, 800))
        assert built == json.dumps(build.__wrapped__("before", True, 800)) == json.dumps(build("before", True, 800))

    def test_an_update_is_small(self, lab: Lab) -> None:
        page = lab.page(run=lab.run(steps=2000, batches=5000))
        (progress,) = (part for part in page.get("bidi_component") if part.proto.id.endswith("-progress"))
        said = next(text.value for text in page.markdown if "class='term'" in text.value and "validation" in text.value)
        sent = sum(chart.ByteSize() for chart in charts(page)) + progress.proto.ByteSize()
        sent += len(page.code[0].value.encode()) + len(said.encode())
        # The rest of an update is 3,600 bytes: what opens and ends it, and its containers.
        assert sent < 20_000 - 3600

    def test_until_its_first_point_the_page_around_the_curves_stays(self, lab: Lab) -> None:
        run = lab.run(status="queued")
        states = [state_of(run)]
        for status in ("compiling", "running"):
            lab.store.set_status(run, status, worker="one")
            states.append(state_of(run))
        assert len(set(states)) == 1
        lab.record(run, TrainingConfig(batches=120), 0, 1)
        assert state_of(run) != states[0]

    def test_a_run_that_takes_long_to_begin_is_shown_as_it_is(self, lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(view, "YOUNG_SECONDS", 0.0)
        run = lab.run(status="queued")
        queued = state_of(run)
        lab.store.set_status(run, "compiling", worker="one")
        assert state_of(run) != queued

    def test_an_update_waits_for_the_first_score_and_no_longer(self, lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
        run = lab.run(status="compiling")
        slept: list[float] = []

        def sleep(seconds: float) -> None:
            slept.append(seconds)
            if len(slept) == 3:
                lab.record(run, TrainingConfig(batches=120), 0, 1)

        monkeypatch.setattr(panel.time, "sleep", sleep)
        panel._await_first_point(service(), run)
        assert len(slept) == 3
        panel._await_first_point(service(), run)
        assert len(slept) == 3

    @pytest.mark.parametrize("status", ["finished", "failed", "paused", "interrupted"])
    def test_for_no_other_run_it_waits(self, lab: Lab, status: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(panel.time, "sleep", lambda seconds: pytest.fail("waited"))
        panel._await_first_point(service(), lab.run(status=status, steps=0))
        panel._await_first_point(service(), "0" * 12)

    def test_a_run_that_stays_in_the_queue_holds_an_update_for_a_moment_only(
        self, lab: Lab, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        now = [0.0]

        def sleep(seconds: float) -> None:
            now[0] += seconds

        monkeypatch.setattr(panel.time, "monotonic", lambda: now[0])
        monkeypatch.setattr(panel.time, "sleep", sleep)
        panel._await_first_point(service(), lab.run(status="queued"))
        assert now[0] == pytest.approx(panel.LONGEST_WAIT)

    def test_what_stands_around_the_curves_is_drawn_again_when_the_run_has_another_state(self, lab: Lab) -> None:
        run = lab.run(steps=60)
        page = lab.page(run=run)
        assert enabled(page) == {"train", "pause", "step", "stop"}
        lab.store.set_status(run, "stopped")
        page.run()
        assert enabled(page) == {"train"}
