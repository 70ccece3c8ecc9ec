"""What the page "One image at a time" shows: every state of a run and of the engine, and what it says of answers."""

from __future__ import annotations

import base64
import io
import json
from dataclasses import replace
from pathlib import Path

import altair as alt
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from streamlit.testing.v1 import AppTest

from bn_core.chart_tables import answers as answer_tables
from bn_core.exhibits import Library, library
from bn_core.protocol import ONE_BY_ONE_IMAGES
from bn_core.questions.answers import (
    CompanyChanged,
    DrawingClassified,
    OneByOneScored,
    SingleClassesScored,
    sigmoid,
)
from bn_core.questions.questions import (
    BATCH_SIZES,
    ChangeCompany,
    ClassifyDrawing,
    ScoreOneByOne,
    ScoreSingleClasses,
    VaryBatchSize,
)
from bn_core.runs.records import canonical_question, owner_hash
from bn_core.training.events import RecordedEvent
from pages.browser.pictures import ink
from pages.charts.kit import Look
from pages.charts.palette import HUES
from pages.live import Live
from pages.one_image_page import charts, drawing, words
from pages.one_image_page.text import TEXT
from pages.parts.asking import AGAIN
from pages.session import startup
from pages.session.session import Session, key_of
from pages.words.captions import how_often, percent, training, variant
from pages.words.numbers import number
from pages.words.prose import listed, prose
from tests.pages.examined import CONFIGS, EARLY, IMAGE, LATE, answer, packed_answers
from tests.pages.lab import APP, ME, Lab, control, data_of, kept, scored, set_elsewhere, shown, told
from tests.pages.probed import CONFIGS as PROBED_CONFIGS

PAGE = "pages/one_image.py"
PLACEMENTS = ("none", "before")
CHARTS = {"none": 4, "before": 5}
"""Without a drawing: variation, batch sizes, classes, and the company's scores under each kind of statistics."""

WEIGHTS = bytes(300_000)

PICTURE = answer("before", ChangeCompany(LATE, IMAGE, "alone")).picture.tobytes()
DIGITS = tuple("0123456789")


def add(
    lab: Lab, placement: str = "before", *, status: str = "finished", steps: tuple[int, ...] = (EARLY, LATE)
) -> str:
    """A run with the weights of these steps kept, and nothing asked yet. Its id."""
    config = CONFIGS[placement]
    run_id = lab.store.add_run(config, owner_hash(ME))
    lab.store.take_requests()
    if status == "queued":
        return run_id
    lab.store.set_status(run_id, "compiling", worker="one")
    if status == "compiling":
        return run_id
    lab.store.set_status(run_id, "running", worker="one")
    go_on(lab, run_id, placement, 0, steps)
    if status == "finished":
        lab.store.append(run_id, [RecordedEvent.of(scored(config))])
    if status != "running":
        lab.store.set_status(run_id, status)
    return run_id


def go_on(lab: Lab, run_id: str, placement: str, before: int, steps: tuple[int, ...]) -> None:
    """Records the run up to these steps, and their weights."""
    for step in steps:
        lab.store.append(run_id, [RecordedEvent.of(event) for event in told(CONFIGS[placement], before, step)])
        lab.store.put_snapshot(run_id, step, WEIGHTS)
        before = step


def answer_all(lab: Lab, run_id: str, placement: str) -> None:
    """Asks and answers everything that is in the file."""
    for question in packed_answers(placement):
        lab.store.ask(run_id, question)
    answer_open(lab, placement)


def answer_open(lab: Lab, placement: str, *kinds: str) -> list[str]:
    """Answers what waits, from the file, as far as it is of these kinds (all without any). What was answered."""
    done = []
    for question in lab.store.take_questions():
        kind = question.question["kind"]
        packed = packed_answers(placement).get(canonical_question(question.question))
        if packed is not None and (not kinds or kind in kinds):
            lab.store.answer_question(question.id, packed)
            done.append(kind)
        else:
            lab.store.put_back_question(question.id)
    return done


def refuse_open(lab: Lab) -> None:
    """Refuses what waits: the file has no company of the early step."""
    for question in lab.store.take_questions():
        lab.store.refuse_question(question.id, "Nobody knows.")


def answered(lab: Lab, placement: str = "before", **fields) -> str:
    """A run of which everything in the file was asked and answered."""
    run = add(lab, placement, **fields)
    answer_all(lab, run, placement)
    return run


def visit(run: str | None = None, *, drawn: bytes | None = None, **parameters: str) -> AppTest:
    """The page as a link opens it."""
    page = AppTest.from_file(str(APP), default_timeout=30)
    kept(page, Session).browser_id = ME
    if drawn is not None:
        kept(page, drawing.Drawn).pixels = drawn
    page.run()
    page.switch_page(PAGE)
    for name, value in (parameters | ({"run": run} if run else {})).items():
        page.query_params[name] = value
    return page.run()


def said_on(page: AppTest) -> str:
    """Everything that the page says in words, without the marks of Markdown."""
    kinds = ("title", "markdown", "caption", "warning", "error", "info")
    return "\n".join(element.value for kind in kinds for element in getattr(page, kind)).replace("\\", "")


def begins(key: str, **values: object) -> str:
    """How a sentence begins: up to the first number that is not given."""
    text = TEXT(key)
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", str(value))
    return text.partition("{")[0]


def run_words(run: str) -> str:
    return prose("runs")("provenance.run", id=run)


def step_words(step: int) -> str:
    return f"{TEXT('provenance.step', step=step)} ·"


def source(step: int, kind: str, **values: int) -> str:
    """Where numbers come from, after the run."""
    return f"{step_words(step)} MNIST-5k · {TEXT(f'provenance.{kind}', **values)}"


def which(number: int, name: object) -> str:
    return TEXT("company.which", number=number, name=name)


def drawn_on(page: AppTest) -> list:
    return [element.proto for element in page.get("vega_lite_chart")]


def table(chart) -> pa.Table:
    return pa.ipc.open_stream(chart.data.data).read_all()


def class_control(page: AppTest):
    (control,) = [control for control in page.segmented_control if control.key.startswith("one-image-class-")]
    return control


def company_radio(page: AppTest):
    (radio,) = page.radio
    return radio


@pytest.fixture
def nothing_recorded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The app without the runs that come with it."""
    monkeypatch.setattr(startup, "library", lambda: Library(tmp_path / "nothing"))
    startup._service.cache_clear()


class TestEveryState:
    @pytest.mark.parametrize("status", ["running", "paused", "finished", "stopped", "failed", "interrupted"])
    @pytest.mark.parametrize("placement", PLACEMENTS)
    def test_the_page_stands(self, lab: Lab, status: str, placement: str) -> None:
        page = visit(answered(lab, placement, status=status), drawn=PICTURE)
        assert not page.exception
        assert len(drawn_on(page)) == CHARTS[placement] + (4 if placement == "before" else 1)
        assert all(len(chart.alt) > 30 for chart in drawn_on(page))
        assert not page.get("skeleton")

    @pytest.mark.parametrize("status", ["queued", "compiling", "running"])
    def test_before_the_first_step(self, lab: Lab, status: str) -> None:
        page = visit(add(lab, status=status, steps=()))
        assert not page.exception
        assert TEXT("step.none-yet") in said_on(page)
        assert drawn_on(page) == []

    def test_without_any_run_a_recorded_one_is_shown(self, lab: Lab) -> None:
        recorded = library().find("before")
        assert recorded is not None
        page = visit()
        assert not page.exception
        assert run_words(recorded.record.id) in said_on(page)

    def test_without_any_run_at_all(self, lab: Lab, nothing_recorded) -> None:
        page = visit()
        assert not page.exception
        assert TEXT("nothing.no_run") in said_on(page)
        assert TEXT("nothing.train") in [link.proto.label for link in page.get("page_link")]

    def test_a_run_of_an_older_version_kept_no_weights(self, lab: Lab, nothing_recorded) -> None:
        run = lab.run(status="finished")
        assert TEXT("step.none-kept") in said_on(visit(run))
        page = visit()
        assert not page.exception
        assert prose("app")("nothing.no_choice") in said_on(page)

    def test_without_a_choice_the_newest_run_with_weights_is_shown(self, lab: Lab) -> None:
        run = answered(lab)
        lab.run(status="finished")
        assert run_words(run) in said_on(visit())

    def test_an_unknown_run(self, lab: Lab) -> None:
        run = answered(lab)
        page = visit("nosuchrun0")
        assert prose("app")("nothing.unknown") in said_on(page)
        (choice,) = page.selectbox
        choice.select(run).run()
        assert page.query_params["run"] == run
        assert len(drawn_on(page)) == CHARTS["before"]

    def test_a_run_that_is_deleted_meanwhile(self, lab: Lab) -> None:
        run = answered(lab)
        page = visit(run)
        lab.store.delete(run)
        page.run()
        assert not page.exception
        assert prose("app")("nothing.unknown") in said_on(page)

    def test_it_says_where_the_numbers_come_from(self, lab: Lab) -> None:
        run = answered(lab)
        said = said_on(visit(run, drawn=PICTURE))
        for kind, images in (("one-by-one", 100), ("validation", 256), ("validation", 250)):
            assert f"{run_words(run)} · {source(LATE, kind, images=images)}" in said
        assert f"{run_words(run)} · {source(LATE, 'image', image=IMAGE)}" in said
        config = CONFIGS["before"]
        assert " · ".join([run_words(run), variant(config), training(config)]) in said


class TestSteps:
    def test_the_last_one_first(self, lab: Lab) -> None:
        page = visit(answered(lab))
        (slider,) = page.select_slider
        assert slider.options == [str(EARLY), str(LATE)]
        assert slider.value == LATE

    @pytest.mark.parametrize(("step", "shown"), [("50", EARLY), ("149", EARLY), ("5000", LATE), ("3", EARLY)])
    def test_the_address_may_name_one(self, lab: Lab, step: str, shown: int) -> None:
        assert step_words(shown) in said_on(visit(answered(lab), step=step))

    def test_choosing_one_writes_the_address_and_choosing_the_last_clears_it(self, lab: Lab) -> None:
        page = visit(answered(lab))
        page.select_slider[0].set_value(EARLY).run()
        assert page.query_params["step"] == str(EARLY)
        assert step_words(EARLY) in said_on(page)
        page.select_slider[0].set_value(LATE).run()
        assert "step" not in page.query_params
        assert step_words(LATE) in said_on(page)

    def test_one_step_needs_no_slider(self, lab: Lab) -> None:
        page = visit(answered(lab, steps=(LATE,)))
        assert not page.select_slider
        assert len(drawn_on(page)) == CHARTS["before"]

    def test_while_it_trains_the_page_goes_along_and_only_tables_change(self, lab: Lab) -> None:
        run = add(lab, status="running", steps=(EARLY,))
        answer_all(lab, run, "before")
        page = visit(run)
        refuse_open(lab)
        page.run()
        before = drawn_on(page)[:3]
        assert step_words(EARLY) in said_on(page)
        go_on(lab, run, "before", EARLY, (LATE,))
        page.run()
        after = drawn_on(page)[:3]
        assert step_words(LATE) in said_on(page)
        assert [chart.spec for chart in after] == [chart.spec for chart in before]
        assert [chart.alt for chart in after] == [chart.alt for chart in before]
        assert all(new.data.data != old.data.data for new, old in zip(after, before, strict=True))

    def test_until_then_the_step_before_stays(self, lab: Lab) -> None:
        run = add(lab, status="running", steps=(EARLY,))
        page = visit(run)
        answer_open(lab, "before")
        refuse_open(lab)
        page.run()
        go_on(lab, run, "before", EARLY, (LATE,))
        page.run()
        assert source(EARLY, "one-by-one", images=100) in said_on(page)
        assert not page.get("skeleton")
        answer_open(lab, "before")
        page.run()
        assert source(LATE, "one-by-one", images=100) in said_on(page)

    def test_it_asks_about_one_step_at_a_time(self, lab: Lab) -> None:
        run = add(lab, status="running", steps=(EARLY,))
        page = visit(run)
        go_on(lab, run, "before", EARLY, (LATE,))
        page.run()
        questions = lab.store.take_questions()
        assert {question.question["step"] for question in questions} == {EARLY}
        for question in questions:
            lab.store.put_back_question(question.id)
        answer_open(lab, "before")
        refuse_open(lab)
        page.run()
        assert source(EARLY, "one-by-one", images=100) in said_on(page)
        assert TEXT("step.behind", shown=EARLY) in said_on(page)
        assert {question.question["step"] for question in lab.store.take_questions()} == {LATE}

    def test_removed_weights_leave_their_answers(self, lab: Lab) -> None:
        run = answered(lab)
        lab.store.make_room(lab.store.size() - 500_000)
        page = visit(run, step=str(EARLY))
        assert not page.exception
        assert lab.store.snapshot_steps(run) == ()
        assert TEXT("step.removed", count=2) in said_on(page)
        assert source(EARLY, "one-by-one", images=100) in said_on(page)


class TestWaiting:
    def test_answers_come_one_by_one(self, lab: Lab) -> None:
        run = add(lab)
        page = visit(run)
        assert not page.exception
        assert len(page.get("skeleton")) == 5
        assert prose("parts")("asking.working") in said_on(page)
        assert answer_open(lab, "before", "VaryBatchSize") == ["VaryBatchSize"]
        page.run()
        assert len(drawn_on(page)) == 1
        assert len(page.get("skeleton")) == 4
        answer_open(lab, "before")
        page.run()
        assert len(drawn_on(page)) == CHARTS["before"]
        assert not page.get("skeleton")

    def test_it_looks_again_only_while_something_is_on_its_way(self, lab: Lab) -> None:
        run = add(lab)
        page = visit(run)
        assert page.session_state[key_of(Live)].seconds == AGAIN
        answer_open(lab, "before")
        page.run()
        assert page.session_state[key_of(Live)].seconds is None

    def test_without_the_engine_what_is_answered_still_shows(self, lab: Lab) -> None:
        run = answered(lab)
        lab.engine("off")
        page = visit(run, drawn=bytes([7]) * 784)
        assert not page.exception
        assert len(drawn_on(page)) == CHARTS["before"]
        assert "Only the training engine can work this out" in said_on(page)
        assert not page.get("skeleton")

    def test_without_the_engine_and_without_answers(self, lab: Lab) -> None:
        run = add(lab)
        lab.engine("off")
        page = visit(run)
        assert not page.exception
        assert drawn_on(page) == []
        assert said_on(page).count("Only the training engine can work this out") == 4

    def test_a_refusal_is_one_sentence_in_its_place(self, lab: Lab) -> None:
        run = add(lab)
        visit(run)
        for question in lab.store.take_questions():
            if question.question["kind"] == "ScoreOneByOne":
                lab.store.refuse_question(question.id, "These weights were <b>removed</b>.")
            else:
                lab.store.answer_question(question.id, packed_answers("before")[canonical_question(question.question)])
        page = visit(run)
        assert "These weights were <b>removed</b>." in said_on(page)
        assert len(drawn_on(page)) == CHARTS["before"] - 1
        assert TEXT("company.which-unknown", number=0) in said_on(page)

    def test_an_answer_of_another_version(self, lab: Lab) -> None:
        run = add(lab)
        visit(run)
        for question in lab.store.take_questions():
            lab.store.answer_question(question.id, b"from the future")
        page = visit(run)
        assert not page.exception
        assert said_on(page).count(prose("parts")("asking.unreadable")) == 4


class TestWhatItSays:
    def test_alone_every_image_gets_the_same(self, lab: Lab) -> None:
        said = said_on(visit(answered(lab)))
        found = answer("before", ScoreOneByOne(LATE))
        (only,) = set(found.batch.predictions.tolist())
        share = int(np.sum(found.labels == only))
        spread = number(found.batch.spread)
        assert TEXT("one-by-one.batch-constant", answer=only, right=share, images=100, spread=spread) in said
        assert found.batch.spread < 1e-6

    def test_where_the_signal_dies(self, lab: Lab) -> None:
        page = visit(answered(lab))
        found = answer("before", ScoreOneByOne(LATE))
        assert begins("depth.dies", first=15) in said_on(page)
        assert (found.own_variance[14:] == 0).all()
        assert (found.own_variance[:14] > 0).all()
        spec = drawn_on(page)[0].spec
        for count in ("784", "196", "49", "16", "4", "one value"):
            assert count in spec

    def test_three_accuracies(self, lab: Lab) -> None:
        sent = data_of(visit(answered(lab)), "one-image-digits")
        found = answer("before", ScoreOneByOne(LATE))
        for kind in sent["kinds"]:
            alone = getattr(found, kind["key"])
            assert kind["right"] == round(100 * alone.accuracy(found.labels))
            assert kind["answers"] == alone.predictions.tolist()
        assert [kind["key"] for kind in sent["kinds"]] == ["moving", "batch", "recalibrated"]
        assert sent["kind"] == "batch"
        assert sent["labels"] == found.labels.tolist()

    def test_batch_sizes(self, lab: Lab) -> None:
        page = visit(answered(lab))
        found = answer("before", VaryBatchSize(LATE))
        drawn = table(drawn_on(page)[1])
        mine = drawn.filter(pa.compute.field("statistics") == "batch")
        assert mine["size"].to_pylist() == list(BATCH_SIZES)
        np.testing.assert_allclose(mine["accuracy"].to_numpy(), found.batch, rtol=1e-6)
        for size, place in ((1, 0), (64, 6)):
            assert f"{100 * found.batch[place]:.0f} %" in said_on(page), size
        assert begins("batch-size.matters", one=percent(found.batch[0], 256)) in said_on(page)

    def test_batches_of_one_class(self, lab: Lab) -> None:
        said = said_on(visit(answered(lab)))
        found = answer("before", ScoreSingleClasses(LATE))
        images = found.images.sum()
        assert images == 250
        single, mixed, recalibrated = (
            percent(right.sum() / images, 250) for right in (found.single_class, found.mixed, found.recalibrated)
        )
        assert TEXT("single.worse", single_class=single, images=250, mixed=mixed, recalibrated=recalibrated) in said

    def test_company(self, lab: Lab) -> None:
        page = visit(answered(lab))
        found = answer("before", ChangeCompany(LATE, IMAGE, "mixed"))
        own = found.batch[:, found.label]
        said = said_on(page)
        low, high = (f"{end:.1f}".replace("-", words.MINUS) for end in (own.min(), own.max()))
        assert TEXT("company.ranges", low=low, high=high, deviation=f"{own.std():.2f}") in said
        assert np.ptp(found.moving, axis=0).max() == 0
        still = found.moving[0].argmax()
        assert TEXT("company.still", still=still, same=TEXT("company.exactly"), sets=20) in said

    def test_without_bn_it_says_what_does_not_exist(self, lab: Lab) -> None:
        page = visit(answered(lab, "none"), drawn=PICTURE)
        said = said_on(page).split(TEXT("single.heading"), 1)
        assert begins("one-by-one.none-constant") in said[0]
        assert begins("batch-size.none") in said[0]
        assert begins("single.none") in said[1]
        assert begins("company.none") in said[1]
        assert begins("draw.none") in said[1]
        assert "recalibrated" not in said[1]
        assert "xplode" not in "".join(said)
        (kind,) = data_of(page, "one-image-digits")["kinds"]
        found = answer("none", ScoreOneByOne(LATE))
        assert kind["right"] == round(100 * found.moving.accuracy(found.labels))
        assert kind["name"] == TEXT("statistics.only")


class TestChoices:
    def test_company(self, lab: Lab) -> None:
        page = visit(answered(lab))
        assert company_radio(page).value == "mixed"
        for company, words_there in (
            ("same class", begins("company.one-answer")),
            ("blank", begins("company.single")),
            ("alone", TEXT("company.alone-constant", name=6, answer=9, images=100)),
        ):
            company_radio(page).set_value(company).run()
            assert not page.exception
            assert words_there in said_on(page)
            found = answer("before", ChangeCompany(LATE, IMAGE, company))
            assert data_of(page, "one-image-batch")["count"] == 1 + len(found.companions)

    def test_scores_as_logits_or_sigmoids(self, lab: Lab) -> None:
        page = visit(answered(lab))
        found = answer("before", ChangeCompany(LATE, IMAGE, "mixed"))
        np.testing.assert_array_equal(table(drawn_on(page)[3])["score"].to_numpy()[:200], found.batch.ravel())
        control(page, "measure").set_value("sigmoid").run()
        np.testing.assert_allclose(
            table(drawn_on(page)[3])["score"].to_numpy()[:200], sigmoid(found.batch).ravel(), rtol=1e-5
        )
        assert control(page, "measure").value == "sigmoid"

    def test_next_and_previous_stay_in_the_class(self, lab: Lab) -> None:
        page = visit(answered(lab))
        labels = answer("before", ScoreOneByOne(LATE)).labels
        members = np.flatnonzero(labels == labels[IMAGE]).tolist()
        page.button(key="one-image-next").click().run()
        assert which(members[members.index(IMAGE) + 1], labels[IMAGE]) in said_on(page)
        assert data_of(page, "one-image-digits")["chosen"] == members[members.index(IMAGE) + 1]
        for _ in range(2):
            page.button(key="one-image-previous").click().run()
        assert which(members[-1], labels[IMAGE]) in said_on(page)

    def test_a_class(self, lab: Lab) -> None:
        page = visit(answered(lab))
        labels = answer("before", ScoreOneByOne(LATE)).labels
        class_control(page).set_value(3).run()
        first = int(np.flatnonzero(labels == 3)[0])
        assert which(first, 3) in said_on(page)
        assert class_control(page).value == 3

    def test_a_message_that_was_under_way_does_not_take_an_image_back(self, lab: Lab) -> None:
        page = visit(answered(lab))
        labels = answer("before", ScoreOneByOne(LATE)).labels
        three, four = (int(np.flatnonzero(labels == label)[-1]) for label in (3, 4))

        def picked_in_the_picture(image: int) -> None:
            set_elsewhere(page, image=image).run()

        # The control still shows the class of the image before, or says the class that was chosen in it.
        for choose_before in (lambda: None, lambda: class_control(page).set_value(9)):
            choose_before()
            under_way = page._tree.get_widget_states()
            page.run()
            for image in (three, four):
                picked_in_the_picture(image)
                page._run(under_way)
                assert shown(page).settings["image"] == image

    def test_a_class_control_that_was_used_before_its_successor_came_is_heard(self, lab: Lab) -> None:
        page = visit(answered(lab))
        labels = answer("before", ScoreOneByOne(LATE)).labels
        class_control(page).set_value(9)
        late = page._tree.get_widget_states()
        set_elsewhere(page, image=int(np.flatnonzero(labels == 4)[0]))
        class_control(page).set_value(labels[IMAGE]).run()
        page._run(late)
        assert labels[shown(page).settings["image"]] == 9

    def test_another_image_is_asked_about(self, lab: Lab) -> None:
        run = answered(lab)
        page = visit(run)
        page.button(key="one-image-next").click().run()
        assert len(page.get("skeleton")) == 1
        (question,) = lab.store.take_questions()
        assert question.question["kind"] == "ChangeCompany"
        assert question.question["image"] == data_of(page, "one-image-digits")["chosen"]


class TestDrawing:
    def test_nothing_yet(self, lab: Lab) -> None:
        page = visit(answered(lab))
        assert TEXT("draw.empty") in said_on(page)
        assert data_of(page, drawing.KEY)["drawn"] == ""

    def test_a_sample_of_each_class(self, lab: Lab) -> None:
        sent = data_of(visit(answered(lab)), drawing.KEY)["samples"]
        found = answer("before", ScoreOneByOne(LATE))
        for label, sample in enumerate(sent):
            place = int(np.flatnonzero(found.labels == label)[0])
            assert base64.b64decode(sample["pixels"]) == found.pictures[place].tobytes()
            assert sample["words"] == TEXT("draw.sample", number=place, name=label)

    def test_each_mode(self, lab: Lab) -> None:
        page = visit(answered(lab), drawn=PICTURE)
        found = answer("before", ClassifyDrawing(LATE, PICTURE))
        said = said_on(page)
        for name, logits in (
            ("moving", found.moving),
            ("alone", found.alone),
            ("in-company", found.in_company),
            ("recalibrated", found.recalibrated),
        ):
            assert TEXT("draw.answer", mode=TEXT(f"draw.{name}"), answer=logits.argmax()) in said
        bars = [table(chart) for chart in drawn_on(page)[-4:]]
        np.testing.assert_allclose(bars[1]["score"].to_numpy(), sigmoid(found.alone), rtol=1e-5)
        assert all(sum(bar["best"].to_pylist()) == 1 for bar in bars)
        assert begins("draw.same-alone", answer=9) in said

    def test_it_comes_back_with_the_person(self, lab: Lab) -> None:
        page = visit(answered(lab), drawn=PICTURE)
        assert base64.b64decode(data_of(page, drawing.KEY)["drawn"]) == PICTURE

    @given(st.one_of(st.none(), st.integers(), st.text(), st.binary(), st.lists(st.integers(0, 255)), st.floats()))
    def test_what_is_no_drawing_is_none(self, value: object) -> None:
        assert drawing.read(value) is None

    @given(st.binary(min_size=784, max_size=784))
    def test_a_drawing_is_read_as_it_was_sent(self, pixels: bytes) -> None:
        assert drawing.read(base64.b64encode(pixels).decode()) == pixels


ONE_BY_ONE = answer("before", ScoreOneByOne(LATE))
COMPANY = answer("before", ChangeCompany(LATE, IMAGE, "mixed"))
ALONE = answer("before", ChangeCompany(LATE, IMAGE, "alone"))
SINGLE = answer("before", ScoreSingleClasses(LATE))
CLASSIFIED = answer("before", ClassifyDrawing(LATE, PICTURE))


class TestSentences:
    def test_batch_statistics_that_are_not_constant(self) -> None:
        logits = ONE_BY_ONE.batch.logits.copy()
        logits[3, 4] += 5
        odd = replace(ONE_BY_ONE, batch=replace(ONE_BY_ONE.batch, logits=logits))
        spread, right = number(odd.batch.spread), words.right(odd.batch, odd)
        assert spread.startswith("5")
        varied = TEXT("one-by-one.batch-varied", right=right, images=100, spread=spread)
        assert words.one_by_one(odd, CONFIGS["before"]).startswith(varied)

    def test_moving_statistics_that_let_more_through(self) -> None:
        good = replace(ONE_BY_ONE, moving=ONE_BY_ONE.recalibrated)
        right = int(np.sum(ONE_BY_ONE.recalibrated.predictions == ONE_BY_ONE.labels))
        said = words.one_by_one(good, CONFIGS["before"])
        assert said.endswith(TEXT("one-by-one.others-right", moving=right, recalibrated=right))

    def test_a_variance_that_is_nowhere_or_everywhere_zero(self) -> None:
        nowhere = replace(ONE_BY_ONE, own_variance=np.ones(20, np.float32))
        assert words.where_it_dies(nowhere) == TEXT("depth.lives")
        everywhere = replace(ONE_BY_ONE, own_variance=np.zeros(20, np.float32))
        assert words.where_it_dies(everywhere) == TEXT("depth.dies-at-once")

    def test_company_that_changes_nothing_much(self) -> None:
        same = replace(COMPANY, batch=np.tile(COMPANY.batch[:1], (20, 1)))
        own, only = f"{same.batch[0, same.label]:.1f}".replace("-", words.MINUS), same.batch[0].argmax()
        stays = TEXT("company.stays", low=own, deviation="0.00")
        expected = TEXT("company.one-answer", sets=20, name=same.label, answer=only, range=stays)
        assert words.company(same, "mixed", CONFIGS["before"], ONE_BY_ONE).startswith(expected)

    def test_moving_scores_that_differ_by_rounding(self) -> None:
        moving = COMPANY.moving.copy()
        moving[3, 2] += np.float32(2.4e-7)
        said = words.company(replace(COMPANY, moving=moving), "mixed", CONFIGS["before"], ONE_BY_ONE)
        assert TEXT("company.nearly", delta="2.4e-7") in said

    def test_alone_but_not_like_the_others(self) -> None:
        odd = replace(ALONE, batch=ALONE.batch + np.eye(1, 10, 3, dtype=np.float32) * 4)
        constant = TEXT("company.alone-constant", name=ALONE.label, answer=ALONE.batch[0].argmax(), images=100)
        assert constant not in words.company(ALONE, "alone", CONFIGS["before"], None)
        assert constant in words.company(ALONE, "alone", CONFIGS["before"], ONE_BY_ONE)
        single = begins("company.single")
        assert words.company(odd, "alone", CONFIGS["before"], ONE_BY_ONE).startswith(single)

    def test_single_classes_that_are_no_worse(self) -> None:
        said = words.single_classes(replace(SINGLE, single_class=SINGLE.mixed))
        assert said.startswith(begins("single.little"))
        assert said != words.single_classes(SINGLE)

    def test_a_drawing_that_is_not_constant_alone(self) -> None:
        odd = replace(CLASSIFIED, alone=CLASSIFIED.alone + 1)
        other = TEXT("draw.other-alone", answer=odd.alone.argmax(), delta="1")
        assert words.drawing(odd, CONFIGS["before"], ONE_BY_ONE).startswith(other)
        assert begins("draw.same-alone") not in words.drawing(CLASSIFIED, CONFIGS["before"], None)

    def test_modes_that_agree(self) -> None:
        agreed = replace(CLASSIFIED, moving=CLASSIFIED.recalibrated, in_company=CLASSIFIED.recalibrated)
        answer_there = int(CLASSIFIED.recalibrated.argmax())
        said = words.drawing(agreed, CONFIGS["before"], ONE_BY_ONE)
        assert said.endswith(TEXT("draw.agree", moving=answer_there))

    def test_garments_have_names(self) -> None:
        config = CONFIGS["before"].with_(dataset="fashion-mnist")
        often = (("Shirt", how_often(19)), ("Pullover", how_often(1)))
        answers = [TEXT("company.how-often", answer=answer, times=times) for answer, times in often]
        assert listed(answers) in words.company(COMPANY, "mixed", config, None)

    def test_lists(self) -> None:
        assert [listed(list("abc")[:count]) for count in (1, 2, 3)] == ["a", "a and b", "a, b and c"]


LOOKS = [Look("before", False, 800, 1.0, 20), Look("none", True, 800, 1.0, 20), Look("after", True, 800, 1.25, 20)]
GARMENTS = tuple(f"garment {place}" for place in DIGITS)
COUNTS = CONFIGS["before"].values_behind_means(1)
BUILDERS = [
    lambda look: charts.variation_spec(look, COUNTS if look.normalized else ()),
    charts.batch_size_spec,
    lambda look: charts.single_class_spec(look, DIGITS),
    lambda look: charts.company_spec(look, DIGITS, "logit", "batch"),
    lambda look: charts.company_spec(look, GARMENTS, "sigmoid", "moving"),
    lambda look: charts.bars_spec(look, GARMENTS),
]


class TestCharts:
    @pytest.mark.parametrize("look", LOOKS)
    @pytest.mark.parametrize("build", BUILDERS)
    def test_vega_lite_takes_them(self, build, look: Look) -> None:
        spec = build(look)
        alt.LayerChart.from_dict(spec | {"data": {"name": "run"}}, validate=True)
        assert not {"data", "datasets", "$schema"} & spec.keys()
        assert f'"{HUES[look.placement]}"' in json.dumps(spec)

    def test_values_behind_means(self) -> None:
        assert COUNTS == (784,) * 2 + (196,) * 3 + (49,) * 3 + (16,) * 3 + (4,) * 3 + (1,) * 6
        assert CONFIGS["none"].values_behind_means(1) == ()
        assert set(CONFIGS["before"].with_(bug="wrong-axes").values_behind_means(1)) == {1}

    @pytest.mark.parametrize("placement", PLACEMENTS)
    def test_every_line_has_its_name_once_and_none_over_another(self, placement: str) -> None:
        for named, axis in (
            (charts.named_variation(answer(placement, ScoreOneByOne(EARLY))), np.log10),
            (charts.named_batch_sizes(answer(placement, VaryBatchSize(EARLY))), np.asarray),
        ):
            places = named[charts.AT].drop_null().to_numpy()
            assert len(places) == (3 if placement == "before" else 1)
            span = 12 if axis is np.log10 else 1
            assert (np.diff(np.sort(axis(places))) > 0.05 * span).all()

    def test_what_is_zero_is_drawn_at_the_edge(self) -> None:
        gone = replace(ONE_BY_ONE, batch=replace(ONE_BY_ONE.batch, variation=np.zeros(20, np.float32)))
        values = answer_tables.variation_table(gone).filter(pa.compute.field("statistics") == "batch")["value"]
        assert set(values.to_numpy()) == {np.float32(answer_tables.SMALLEST)}

    def test_a_class_without_images_has_no_row(self) -> None:
        images = SINGLE.images.copy()
        images[4] = 0
        drawn = answer_tables.single_class_table(replace(SINGLE, images=images))
        assert 4 not in drawn["class"].to_pylist()
        assert np.isfinite(drawn["accuracy"].to_numpy()).all()

    def test_the_tables_of_a_step_are_small(self) -> None:
        tables = [
            charts.named_variation(ONE_BY_ONE),
            charts.named_batch_sizes(answer("before", VaryBatchSize(LATE))),
            answer_tables.single_class_table(SINGLE),
            answer_tables.company_table(COMPANY, "sigmoid", with_batch=True),
            answer_tables.company_table(COMPANY, "sigmoid", with_batch=False),
        ]
        assert sum(part.nbytes for part in tables) < 10_000

    @given(st.integers(1, 30), st.integers(1, 10), st.randoms())
    def test_a_sheet_of_pictures_holds_them_all(self, count: int, columns: int, random) -> None:
        pictures = np.frombuffer(random.randbytes(count * 16), np.uint8).reshape(count, 4, 4)
        head, _, packed = ink(pictures, columns).partition(",")
        assert head == "data:image/png;base64"
        drawn = np.asarray(Image.open(io.BytesIO(base64.b64decode(packed))))[..., 1]
        for place, picture in enumerate(pictures):
            row, column = divmod(place, columns)
            np.testing.assert_array_equal(drawn[4 * row : 4 * row + 4, 4 * column : 4 * column + 4], picture)


def test_the_file_of_answers_is_of_this_version() -> None:
    assert {placement: PROBED_CONFIGS[placement].with_(batches=LATE) for placement in CONFIGS} == CONFIGS
    kinds = {
        ScoreOneByOne(EARLY): OneByOneScored,
        ScoreSingleClasses(LATE): SingleClassesScored,
        ChangeCompany(LATE, IMAGE, "blank"): CompanyChanged,
        ClassifyDrawing(LATE, PICTURE): DrawingClassified,
    }
    for placement in PLACEMENTS:
        for question, kind in kinds.items():
            assert isinstance(answer(placement, question), kind)


def test_any_image_can_be_chosen() -> None:
    assert len(ONE_BY_ONE.labels) == ONE_BY_ONE_IMAGES
