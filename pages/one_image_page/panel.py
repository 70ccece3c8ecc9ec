"""The part of the page that asks: everything about one step of the run, with the answers as they come.

One top-level fragment. Its timer runs only while something can come by itself: an answer, or, while the run trains, the
next step. Until the answers about that are there, the step before stays on the page.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeVar

import pyarrow as pa
import streamlit as st

from bn_core.chart_tables.answers import Measure, company_table, scores_table, single_class_table
from bn_core.questions import answers, questions
from bn_core.runs.records import RunRecord
from bn_core.runs.service import RunService
from pages.charts.kit import Look, Spec
from pages.live import live
from pages.one_image_page import charts, pick, step_choice, words
from pages.one_image_page.batch_picture import batch_picture
from pages.one_image_page.digits import digits
from pages.one_image_page.drawing import draw, drawn
from pages.one_image_page.text import TEXT
from pages.parts.asking import AGAIN, Found, Missing, ask, missing, waiting
from pages.parts.chart import draw_chart
from pages.parts.following import follow, show_state
from pages.parts.provenance import run_in_full
from pages.parts.stacks import stack
from pages.parts.view import SLOW, View, pace
from pages.session.session import kept
from pages.words.captions import class_names, variant
from pages.words.plain_text import plain

GRID_HEIGHT = 460
CHART_HEIGHT = 250
"""Pixels kept free for what is on its way."""

A = TypeVar("A")


@dataclass
class Pursuit:
    """Which step of a run the session waits for the answers of, and which it had them of last."""

    run: str = ""
    pursued: int | None = None
    shown: int | None = None


@dataclass(frozen=True)
class Scene:
    """One step of a run, and what is known of it.

    Attributes:
        run: the one on the page.
        steps: those that can be asked about; none before the first.
        chosen: the one that the address names, or the latest.
        step: the one whose answers are shown: an earlier one while those about the latest are on their way.
        image: the test image that is looked at closely.
        found: the answers about `step`.
        unsettled: whether answers are on their way.
    """

    run: RunRecord
    view: View
    look: Look
    steps: tuple[int, ...]
    chosen: int = 0
    step: int = 0
    image: int = 0
    found: Found = field(default_factory=dict)
    unsettled: bool = False

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the ten classes."""
        return class_names(self.run.config.dataset)

    @property
    def pace(self) -> float | None:
        """Seconds until the next look; None where nothing changes by itself."""
        if self.unsettled:
            return AGAIN
        if self.run.active:
            return SLOW
        return pace(self.view) if missing(self.found) else None

    def answer(self, kind: type[A]) -> A | None:
        """The answer of this kind, if it is there."""
        return next((answer for answer in self.found.values() if isinstance(answer, kind)), None)

    def missing(self, kind: type[questions.Question]) -> Missing:
        """Why the question of this kind has no answer."""
        there = [answer for question, answer in self.found.items() if isinstance(question, kind)]
        return next(answer for answer in there if isinstance(answer, Missing))


def one_image_panel(service: RunService, run: RunRecord, scale: float) -> None:
    """Draw the panel, and look again for as long as something is on its way.

    Args:
        scale: of the text in the charts.
    """
    live("one_image", run.id, lambda: _look(service, run, scale), _draw, lambda scene: scene.pace)


def _draw(scene: Scene, trouble: str) -> float | None:
    """Everything, and after how many seconds it should be looked at again."""
    removed = scene.run.snapshots_removed
    remark = TEXT("step.removed", count=removed) if removed else ""
    show_state("one-image", scene.view, TEXT("title"), trouble, remark)
    if not scene.steps:
        st.info(TEXT("step.none-yet" if scene.run.active else "step.none-kept"))
        return scene.pace
    with st.container(key="one-image-step", horizontal=True, vertical_alignment="bottom", gap="medium"):
        if len(scene.steps) > 1:
            step_choice.choose(scene.run, scene.steps, scene.chosen)
        if scene.step != scene.chosen:
            st.caption(TEXT("step.behind", shown=scene.step), width="content")
    for part in (_one_by_one, _batches, _company, _drawing):
        part(scene)
        st.space("small")
    st.caption(plain(" · ".join(run_in_full(scene.run))))
    return scene.pace


def _look(service: RunService, run: RunRecord, scale: float) -> Scene:
    """What is known of the step on the page.

    Where the page goes along with the run, it asks about one step at a time: about the latest when the one before is
    answered, or on a busy machine none ever would be.

    Raises:
        StoreUnavailable: the store cannot be read.
    """
    view = follow(service, run)
    run = view.run or run
    look = Look.of(run.config, scale)
    steps = step_choice.askable(service, run)
    if not steps:
        return Scene(run, view, look, steps)
    chosen, following, image = step_choice.chosen(steps), step_choice.following(), pick.image()

    def known(at: int) -> Found:
        asked: list[questions.Question] = [
            questions.ScoreOneByOne(at),
            questions.VaryBatchSize(at),
            questions.ScoreSingleClasses(at),
            questions.ChangeCompany(at, image, pick.company()),
        ]
        if (pixels := drawn()) is not None:
            asked.append(questions.ClassifyDrawing(at, pixels))
        return ask(service, run.id, asked)

    pursuit = kept(Pursuit)
    if pursuit.run != run.id:
        pursuit.run, pursuit.pursued, pursuit.shown = run.id, None, None
    pursued = pursuit.pursued if following and pursuit.pursued is not None else chosen
    found = known(pursued)
    if pursued != chosen and not waiting(found):
        pursuit.shown = pursued
        pursued, found = chosen, known(chosen)
    shown, unsettled = pursued, waiting(found)
    if following and not unsettled:
        pursuit.shown = pursued
    elif following and pursuit.shown is not None:
        shown, found = pursuit.shown, known(pursuit.shown)
    pursuit.pursued = pursued if following else None
    return Scene(run, view, look, steps, chosen, shown, image, found, unsettled)


# The four parts --------------------------------------------------------------------------------------------------


def _one_by_one(scene: Scene) -> None:
    look, config = scene.look, scene.run.config
    left, right = stack("one-by-one", [9, 16], "large")
    with left:
        _heading("grid.title")
        scored = _answer(scene, answers.OneByOneScored, questions.ScoreOneByOne, GRID_HEIGHT)
        if scored is not None:
            digits(scored, look.placement, scene.classes, scene.image, pick.choose_image)
    with right:
        _heading("depth.title")
        if scored is None:
            _hold_place(scene.missing(questions.ScoreOneByOne), CHART_HEIGHT)
            return
        counts = config.values_behind_means(images=1)
        said = words.where_it_dies(scored)
        _chart(scene, "depth.description", charts.named_variation(scored), charts.variation_spec(look, counts), said)
        st.markdown(f"**{plain(words.one_by_one(scored, config))}**")
        note = TEXT("depth.explain" if look.normalized else "depth.explain-none")
        _caption(said, note, _source(scene, "one-by-one", len(scored.labels)))


def _batches(scene: Scene) -> None:
    look = scene.look
    left, right = stack("batches", 2, "large")
    with left:
        _heading("batch-size.heading")
        varied = _answer(scene, answers.BatchSizeVaried, questions.VaryBatchSize)
        if varied is not None:
            table = charts.named_batch_sizes(varied)
            said = words.batch_size(varied)
            _chart(scene, "batch-size.description", table, charts.batch_size_spec(look), said)
            _caption(said, "", _source(scene, "validation", varied.images))
    with right:
        _heading("single.heading")
        scored = _answer(scene, answers.SingleClassesScored, questions.ScoreSingleClasses)
        if scored is not None:
            table = single_class_table(scored)
            said = words.single_classes(scored)
            _chart(scene, "single.description", table, charts.single_class_spec(look, scene.classes), said)
            marks = TEXT("single.marks" if look.normalized else "single.marks-none")
            _caption(said, marks, _source(scene, "validation", int(scored.images.sum())))


def _company(scene: Scene) -> None:
    _heading("company.heading")
    st.markdown(TEXT("company.intro"))
    one_by_one = scene.answer(answers.OneByOneScored)
    left, middle, right = stack("company", [5, 5, 14], "large")
    with left:
        pick.choose_digit(scene.image, scene.classes, None if one_by_one is None else one_by_one.labels)
        pick.choose_company()
        measure = pick.choose_measure()
    with middle:
        changed = _answer(scene, answers.CompanyChanged, questions.ChangeCompany)
        if changed is None:
            return
        what = TEXT("company.picture" if len(changed.companions) else "company.picture-alone")
        batch_picture(changed, scene.look.placement, what)
        sets = len(changed.moving)
        st.caption(f"{what} {TEXT('company.drawn', sets=sets)}" if sets > 1 else what)
    with right:
        sentence = words.company(changed, pick.company(), scene.run.config, one_by_one)
        _company_charts(scene, changed, measure, sentence)
        image = TEXT("provenance.image", image=scene.image)
        _caption(sentence, "", words.provenance(scene.run, scene.step, image, TEXT("provenance.company")))


def _company_charts(scene: Scene, changed: answers.CompanyChanged, measure: Measure, finding: str) -> None:
    def chart(name: Literal["batch", "moving"]) -> None:
        table = company_table(changed, measure, with_batch=name == "batch")
        spec = charts.company_spec(scene.look, scene.classes, measure, name)
        _chart(scene, f"company.{name}-description", table, spec, finding)

    if not scene.look.normalized:
        chart("moving")
        return
    grid = st.grid(2, min_column_width=round(270 * scene.look.scale), gap="medium")
    names: tuple[Literal["batch", "moving"], ...] = ("batch", "moving")
    for name in names:
        with grid.cell():
            chart(name)
            st.caption(TEXT(f"company.marks-{name}"))


def _drawing(scene: Scene) -> None:
    look, config = scene.look, scene.run.config
    _heading("draw.heading-garment" if config.dataset == "fashion-mnist" else "draw.heading")
    st.markdown(TEXT("draw.intro"))
    one_by_one = scene.answer(answers.OneByOneScored)
    left, right = stack("drawing", [9, 16], "large")
    with left:
        draw(one_by_one, scene.classes, look.placement)
    with right:
        if drawn() is None:
            st.caption(TEXT("draw.empty"))
            return
        classified = _answer(scene, answers.DrawingClassified, questions.ClassifyDrawing)
        if classified is None:
            return
        _drawing_charts(scene, classified)
        source = words.provenance(scene.run, scene.step, TEXT("provenance.drawing") if look.normalized else "")
        _caption(words.drawing(classified, config, one_by_one), "", source)


def _drawing_charts(scene: Scene, classified: answers.DrawingClassified) -> None:
    look = scene.look
    modes = {
        "moving" if look.normalized else "only": classified.moving,
        "alone": classified.alone,
        "in-company": classified.in_company,
        "recalibrated": classified.recalibrated,
    }
    there = {name: logits for name, logits in modes.items() if logits is not None}
    grid = st.grid(2 if len(there) > 1 else 1, min_column_width=round(220 * look.scale), gap="medium")
    for name, logits in there.items():
        mode = TEXT(f"draw.{name}")
        with grid.cell():
            answer = TEXT("draw.answer", mode=mode, answer=scene.classes[int(logits.argmax())])
            st.markdown(answer)
            alt = f"{TEXT('draw.description', mode=mode)} {answer.replace('*', '')}."
            draw_chart(scores_table(logits), charts.bars_spec(look, scene.classes), alt=alt)


# Helpers ---------------------------------------------------------------------------------------------------------


def _heading(key: str) -> None:
    st.markdown(f"## {TEXT(key)}")


def _chart(scene: Scene, description: str, table: pa.Table, spec: Spec, finding: str) -> None:
    """A chart. What it shows in words is part of it: while the run goes on, only what stays the same is said there."""
    shown = TEXT("alt", description=TEXT(description), network=variant(scene.run.config))
    draw_chart(table, spec, alt=shown if scene.run.active else f"{shown} {finding}")


def _caption(sentence: str, note: str, source: str) -> None:
    small = (f":small[:gray[{plain(words)}]]" for words in (note, source) if words)
    st.markdown("\n\n".join([plain(sentence), *small]))


def _source(scene: Scene, kind: str, images: int) -> str:
    rest = TEXT("provenance.recalibrated") if scene.look.normalized else ""
    return words.provenance(scene.run, scene.step, TEXT(f"provenance.{kind}", images=images), rest)


def _answer(scene: Scene, kind: type[A], asked: type[questions.Question], height: int = CHART_HEIGHT) -> A | None:
    """The answer of this kind; where there is none it is said why, over the room that it will take."""
    answer = scene.answer(kind)
    if answer is None:
        why = scene.missing(asked)
        st.caption(plain(why.sentence))
        _hold_place(why, height)
    return answer


def _hold_place(missing: Missing, height: int) -> None:
    """The room that an answer will take, where it is on its way."""
    if missing.waiting:
        st.skeleton(height)
