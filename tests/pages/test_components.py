"""The small parts of the page, one by one."""

from __future__ import annotations

import time
import xml.etree.ElementTree as ElementTree
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bn_core.config import FIELDS, Choice, Real, Switch, TrainingConfig
from bn_core.runs.records import EngineStatus, Progress, QueuePlace
from pages.parts import run_choice, status_words, view
from pages.session.location import SENTENCES_SHOWN, Location, parameters, parse
from pages.session.startup import service
from pages.train_page import block_drawing, lines
from pages.words.plain_text import plain
from pages.words.prose import prose
from tests.pages.lab import ME, SOMEBODY, Lab

TRAIN, RUNS = prose("train"), prose("runs")

CONFIGS = [
    TrainingConfig.of({"placement": placement, "bias": bias, "implementation": implementation})
    for placement in ("none", "before", "after")
    for bias in (False, True)
    for implementation in ("layer", "by-hand")
]


def values(field):
    match field:
        case Choice():
            return st.sampled_from(field.values)
        case Switch():
            return st.booleans()
        case Real():
            return st.floats(field.low, field.high)
        case _:
            return st.integers(field.low, field.high)


configs = st.fixed_dictionaries({field.name: values(field) for field in FIELDS}).map(TrainingConfig.of)


class TestAddress:
    @given(
        configs,
        st.sampled_from([TrainingConfig(), TrainingConfig(dataset="mnist-5k")]),
        st.none() | st.text("abc123", min_size=10, max_size=10),
        st.none() | st.integers(0, 5000),
        st.booleans(),
    )
    def test_what_is_written_is_read_back(self, config, default, run, step, present) -> None:
        there = Location(config, True, run, step, present)
        again = parse(parameters(there, default), default)
        assert replace(again, configured=True) == there
        assert again.configured or (run is None and config == default)

    def test_a_run_alone_stands_for_its_configuration(self) -> None:
        there = Location(TrainingConfig(placement="none", bias=True), configured=False, run="abcdefghij")
        assert parameters(there, TrainingConfig()) == {"run": "abcdefghij"}

    @pytest.mark.parametrize(
        "name",
        [
            "utm_source",
            "utm_id",
            "fbclid",
            "gclid",
            "msclkid",
            "igsh",
            "mc_cid",
            "mc_eid",
            "ref",
            "ref_src",
            "gad_source",
            "srsltid",
            "_hsenc",
            "_ga",
            "FBCLID",
            "embed",
            "embed_options",
        ],
    )
    def test_what_a_network_adds_to_a_link_is_passed_over(self, name: str) -> None:
        assert parse({name: "x", "run": "abc"}, TrainingConfig()).problems == ()

    @pytest.mark.parametrize("name", ["utm", "clid_", "source", "referee", "reference", "fb", "layer"])
    def test_and_nothing_else_is(self, name: str) -> None:
        assert parse({name: "x"}, TrainingConfig()).problems == (prose("app")("address.unknown", name=repr(name)),)

    def test_few_sentences_for_many_wrong_values(self) -> None:
        there = parse({f"p{number}": "x" for number in range(1000)}, TrainingConfig())
        assert len(there.problems) == SENTENCES_SHOWN
        assert there.problems[-1] == prose("app")("address.more", count=995)


class TestDrawing:
    @pytest.mark.parametrize("config", CONFIGS, ids=str)
    def test_it_is_an_image_with_a_name(self, config: TrainingConfig) -> None:
        for svg in (block_drawing.block_svg(config), block_drawing.stack_svg(config)):
            root = ElementTree.fromstring(svg)
            assert root.get("role") == "img"
            title, description = root[0], root[1]
            assert title.tag.endswith("title")
            assert title.text.startswith((TRAIN("drawing.block"), TRAIN("drawing.stack")))
            assert len(description.text) > 50
            assert "  " not in description.text

    @pytest.mark.parametrize(
        ("placement", "order"),
        [
            ("none", ["conv 3×3", "+ b", "ReLU"]),
            ("before", ["conv 3×3", "+ b", "BN", "ReLU"]),
            ("after", ["conv 3×3", "+ b", "ReLU", "BN"]),
        ],
    )
    def test_parts_stand_in_their_order(self, placement: str, order: list[str]) -> None:
        config = TrainingConfig(placement=placement, bias=True)
        assert [part.name for part in block_drawing.parts(config)] == order
        svg = block_drawing.block_svg(config)
        places = [svg.index(f">{name}</text>") for name in order]
        assert places == sorted(places)

    def test_the_bias_is_there_or_visibly_not(self) -> None:
        there, not_there = (f">{TRAIN(f'drawing.words.{name}')}<" for name in ("bias", "no_bias"))
        assert not_there in block_drawing.block_svg(TrainingConfig())
        assert there in block_drawing.block_svg(TrainingConfig(bias=True))

    def test_the_stack_has_every_layer_and_a_cap_where_it_is_normalized(self) -> None:
        svg = block_drawing.stack_svg(TrainingConfig())
        assert svg.count('class="map"') == 21
        assert svg.count('class="cap"') == 20
        assert block_drawing.stack_svg(TrainingConfig(placement="none")).count('class="cap"') == 0
        for size in (28, 14, 7, 4, 2, 1):
            assert f">{size}×{size}<" in svg


class TestPlainText:
    @pytest.mark.parametrize(
        "text",
        [":red[x]", "![a](https://example.org)", "<b>x</b>", "$x^2$", "`code`", "# title", "a\n\n- b", ":smile:"],
    )
    def test_nothing_is_left_for_markdown(self, text: str) -> None:
        safe = plain(text)
        assert safe.replace("\\", "") == " ".join(text.split())
        assert "\n" not in safe
        for place, character in enumerate(safe):
            if character in "[]()<>*_`$#:!-|{}":
                assert safe[place - 1] == "\\"

    @given(st.text())
    def test_letters_and_digits_stay(self, text: str) -> None:
        kept = [character for character in text if character.isalnum()]
        assert [character for character in plain(text) if character.isalnum()] == kept


class TestLines:
    def test_live_runs_show_the_latest_and_ended_ones_all(self, lab: Lab) -> None:
        history = service().history(lab.run(steps=1500, batches=2000))
        live, ended = lines.text(history, active=True), lines.text(history, active=False)
        assert len(ended.splitlines()) == 60
        assert len(live.splitlines()) == lines.LINES_WHILE_LIVE + 1
        assert live.splitlines()[0] == TRAIN("lines.earlier", count=60 - lines.LINES_WHILE_LIVE)
        assert live.splitlines()[-1] == ended.splitlines()[-1]

    def test_the_final_lines_come_last(self, lab: Lab) -> None:
        history = service().history(lab.run(status="finished"))
        assert lines.text(history, active=False).splitlines()[-1] == "Accuracy on 100 samples: 0.96"


class TestPace:
    def seen(self, lab: Lab, **run) -> view.View:
        return view.look(service(), lab.run(**run), ME)

    def test_ended_runs_are_not_looked_at_again(self, lab: Lab) -> None:
        assert view.pace(self.seen(lab, status="finished")) is None
        assert view.pace(view.look(service(), None, ME)) is None

    def test_young_runs_are_looked_at_more_often(self, lab: Lab) -> None:
        young = self.seen(lab)
        assert view.pace(young) == view.QUICK
        compiling = self.seen(lab, status="compiling")
        assert view.pace(compiling) == view.HASTY
        long_ago = time.time() - 60
        assert view.pace(replace(compiling, run=replace(compiling.run, created=long_ago))) == view.QUICK
        waiting = self.seen(lab, status="queued")
        assert view.pace(replace(waiting, run=replace(waiting.run, created=long_ago))) == view.STEADY
        old = replace(young, run=replace(young.run, started=time.time() - 60))
        assert view.pace(old) == view.STEADY

    def test_an_engine_that_is_not_ready_yet_is_waited_for(self, lab: Lab) -> None:
        lab.engine("starting")
        assert view.pace(view.look(service(), None, ME)) == view.SLOW

    def test_an_engine_that_fell_silent_is_waited_for(self, lab: Lab) -> None:
        lab.engine(age=1000)
        assert view.pace(self.seen(lab)) == view.SLOW

    def test_mine_is_what_this_browser_started(self, lab: Lab) -> None:
        assert self.seen(lab).mine
        assert not self.seen(lab, owner=SOMEBODY).mine
        assert not view.look(service(), lab.run(), None).mine


class TestStatusWords:
    @pytest.mark.parametrize(
        ("pace", "words"),
        [
            (46.2, RUNS("progress.pace", pace="46")),
            (1.6, RUNS("progress.pace", pace="1.6")),
            (1.0, RUNS("progress.pace_one")),
            (0.2, RUNS("progress.slow", duration=RUNS("duration.seconds", seconds=5))),
        ],
    )
    def test_a_slow_pace_is_told_by_the_seconds_of_a_batch(self, pace: float, words: str) -> None:
        assert status_words.pace(pace) == words
        assert "1 batches" not in words

    def test_the_pace_of_a_run_that_has_ended_is_that_of_all_its_batches(self, lab: Lab) -> None:
        seen = view.look(service(), lab.run(status="finished"), ME)
        run = replace(seen.run, step=800, milliseconds=100_000.0)
        said = status_words.figures(replace(seen, run=run, progress=Progress(1.0, 19.0, None)))
        minutes = RUNS("duration.minutes", minutes=2)
        assert said.split(" · ")[1:] == [minutes, RUNS("progress.pace", pace="8.0")]

    @pytest.mark.parametrize(("step", "told"), [(19, False), (20, True)])
    def test_the_time_left_is_told_when_the_first_batches_are_over(self, lab: Lab, step: int, told: bool) -> None:
        seen = view.look(service(), lab.run(), ME)
        seen = replace(seen, run=replace(seen.run, step=step), progress=Progress(0.1, 4.0, 300.0))
        left = RUNS("progress.left", duration=RUNS("duration.minutes", minutes=5))
        assert (left in status_words.figures(seen)) == told

    @pytest.mark.parametrize(
        ("status", "key"), [("running", "restarts"), ("compiling", "restarts"), ("paused", "waits")]
    )
    def test_a_run_that_no_worker_has_is_not_said_to_train(self, lab: Lab, status: str, key: str) -> None:
        run = lab.run()
        lab.store.set_status(run, status, message="It goes on by itself.", worker=None)
        assert status_words.said(view.look(service(), run, ME)) == RUNS(f"status.{key}")
        # One that was paused for long left its worker by itself: it waits for nobody but its owner.
        lab.store.set_status(run, "paused", message=None, worker=None)
        assert status_words.said(view.look(service(), run, ME)) == RUNS("status.paused")

    @pytest.mark.parametrize(("minutes", "key"), [(0.2, "soon"), (7.4, "minutes")])
    def test_the_queue_says_how_long(self, lab: Lab, minutes: float, key: str) -> None:
        waiting = view.look(service(), lab.run(status="queued"), ME)
        first = RUNS("queue.first")
        assert status_words.said(replace(waiting, place=QueuePlace(1, None))) == first
        words = RUNS(f"queue.{key}", place=first, minutes=minutes)
        assert status_words.said(replace(waiting, place=QueuePlace(1, minutes))) == words

    def test_a_queue_without_an_engine(self, lab: Lab) -> None:
        waiting = view.look(service(), lab.run(status="queued"), ME)
        waiting = replace(waiting, engine=EngineStatus("starting"))
        assert status_words.said(waiting) == RUNS("queue.no_engine")

    @pytest.mark.parametrize(
        ("seconds", "key", "values"),
        [
            (0.2, "seconds", {"seconds": 1}),
            (59, "seconds", {"seconds": 59}),
            (100, "minutes", {"minutes": 2}),
            (3600, "whole_hours", {"hours": 1}),
            (5000, "hours", {"hours": 1, "minutes": 23}),
        ],
    )
    def test_durations(self, seconds: float, key: str, values: dict[str, int]) -> None:
        assert status_words.duration(seconds) == RUNS(f"duration.{key}", **values)

    @pytest.mark.parametrize(
        ("seconds", "key", "values"),
        [
            (5, "now", {}),
            (300, "minutes", {"minutes": 5}),
            (7200, "hours", {"hours": 2}),
            (90_000, "yesterday", {}),
            (200_000, "days", {"days": 2}),
        ],
    )
    def test_ages(self, seconds: float, key: str, values: dict[str, int]) -> None:
        assert status_words.ago(seconds) == RUNS(f"ago.{key}", **values)


def test_no_two_runs_in_the_list_of_runs_have_one_name(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_choice, "browser_id", lambda: ME)
    first, second = lab.run(status="finished"), lab.run(status="finished")
    names = {run.id: run_choice.name(run) for run in run_choice.runs_to_choose(service())}
    assert {first, second} < names.keys()
    assert len(set(names.values())) == len(names)
