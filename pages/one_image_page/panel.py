"""The part of the page that asks: everything about one step of the run, with the answers as they come.

One top-level fragment. Its timer runs only while something can come by itself: an answer, or, while the run trains, the
next step. Until the answers about that are there, the step before stays on the page.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
import streamlit as st

from bn_core.chart_tables.answers import (
    Measure,
    company_table,
    scores_table,
    single_class_table,
)
from bn_core.questions.answers import (
    BatchSizeVaried,
    CompanyChanged,
    DrawingClassified,
    OneByOneScored,
    SingleClassesScored,
)
from bn_core.questions.questions import (
    ChangeCompany,
    ClassifyDrawing,
    Question,
    ScoreOneByOne,
    ScoreSingleClasses,
    VaryBatchSize,
)
from bn_core.runs.records import RunRecord
from bn_core.runs.service import RunService
from pages.charts.kit import Look
from pages.live import live
from pages.one_image_page import pick, step_choice, words
from pages.one_image_page.batch_picture import batch_picture
from pages.one_image_page.charts import (
    bars_spec,
    batch_size_spec,
    company_spec,
    named_batch_sizes,
    named_variation,
    single_class_spec,
    variation_spec,
)
from pages.one_image_page.digits import digits
from pages.one_image_page.drawing import Sample, draw, drawn
from pages.parts.asking import AGAIN, Found, Missing, ask, missing, waiting
from pages.parts.following import follow, show_state
from pages.parts.provenance import run_in_full
from pages.parts.view import SLOW, View, pace
from pages.session.session import kept
from pages.words.captions import class_names, variant
from pages.words.plain_text import plain
from pages.words.prose import prose

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
        steps: those that can be asked about; none before the first.
        chosen: the one that the address names, or the latest.
        step: the one whose answers are shown: an earlier one while those about the latest are on their way.
        image: the test image that is looked at closely.
        found: the answers about `step`.
        unsettled: whether answers are on their way.
    """

    view: View
    look: Look
    steps: tuple[int, ...]
    chosen: int = 0
    step: int = 0
    image: int = 0
    found: Found = field(default_factory=dict)
    unsettled: bool = False

    @property
    def run(self) -> RunRecord:
        """The run on the page."""
        assert self.view.run is not None
        return self.view.run

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

    def missing(self, kind: type[Question]) -> Missing:
        """Why the question of this kind has no answer."""
        return next(
            answer
            for question, answer in self.found.items()
            if isinstance(question, kind) and isinstance(answer, Missing)
        )


def one_image_panel(service: RunService, run: RunRecord, scale: float) -> None:
    """Draws the panel, and looks again for as long as something is on its way.

    Args:
        scale: of the text in the charts.
    """
    live("one-image", run.id, lambda: _look(service, run, scale), _draw, lambda scene: scene.pace)


def _draw(scene: Scene, trouble: str) -> float | None:
    """Everything, and after how many seconds it should be looked at again."""
    text = prose("one-image")
    removed = scene.run.snapshots_removed
    remark = text("moment.removed", count=removed) if removed else ""
    show_state("one-image", scene.view, text("title"), trouble, remark)
    if not scene.steps:
        st.info(text("moment.none-yet" if scene.run.active else "moment.none-kept"))
        return scene.pace
    with st.container(key="one-image-step", horizontal=True, vertical_alignment="bottom", gap="medium"):
        if len(scene.steps) > 1:
            step_choice.choose(scene.run, scene.steps, scene.chosen)
        if scene.step != scene.chosen:
            st.caption(text("moment.behind", shown=f"{scene.step:,}"), width="content")
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
        return Scene(view, look, steps)
    step, image = step_choice.chosen(steps), pick.image()

    def known(at: int) -> Found:
        questions: list[Question] = [
            ScoreOneByOne(at),
            VaryBatchSize(at),
            ScoreSingleClasses(at),
            ChangeCompany(at, image, pick.company()),
        ]
        if (pixels := drawn()) is not None:
            questions.append(ClassifyDrawing(at, pixels))
        return ask(service, run.id, questions)

    pursuit = kept(Pursuit)
    if pursuit.run != run.id:
        pursuit.run, pursuit.pursued, pursuit.shown = run.id, None, None
    if not step_choice.following():
        pursuit.pursued = None
        found = known(step)
        return Scene(view, look, steps, step, step, image, found, waiting(found))
    pursued = step if pursuit.pursued is None else pursuit.pursued
    found = known(pursued)
    if pursued != step and not waiting(found):
        pursuit.shown = pursued
        pursued, found = step, known(step)
    pursuit.pursued, shown, unsettled = pursued, pursued, waiting(found)
    if not unsettled:
        pursuit.shown = pursued
    elif pursuit.shown is not None:
        shown, found = pursuit.shown, known(pursuit.shown)
    return Scene(view, look, steps, step, shown, image, found, unsettled)


# The four parts --------------------------------------------------------------------------------------------------


def _one_by_one(scene: Scene) -> None:
    text, look = prose("one-image"), scene.look
    scored = scene.answer(OneByOneScored)
    left, right = st.columns([9, 16], gap="large")
    with left:
        _heading("grid.title")
        if scored is None:
            _say_missing(scene.missing(ScoreOneByOne), GRID_HEIGHT)
        else:
            digits(scored, look.placement, scene.classes, scene.image, pick.choose_image)
    with right:
        _heading("depth.title")
        if scored is None:
            _hold_place(scene.missing(ScoreOneByOne), CHART_HEIGHT)
            return
        config = scene.run.config
        counts = config.values_behind_means(images=1)
        st.vega_lite_chart(
            named_variation(scored),
            variation_spec(look, counts),
            alt=_alt(scene, "depth.description"),
        )
        note = text("depth.explain" if look.normalized else "depth.explain-none")
        st.markdown(f"**{plain(words.one_by_one(scored, scene.run.config))}**")
        source = _source(scene, "one-by-one", len(scored.labels))
        _caption(words.where_it_dies(scored), note, source)


def _batches(scene: Scene) -> None:
    text, look = prose("one-image"), scene.look
    left, right = st.columns(2, gap="large")
    with left:
        _heading("batch-size.heading")
        varied = scene.answer(BatchSizeVaried)
        if varied is None:
            _say_missing(scene.missing(VaryBatchSize))
        else:
            st.vega_lite_chart(
                named_batch_sizes(varied),
                batch_size_spec(look),
                alt=_alt(scene, "batch-size.description"),
            )
            _caption(words.batch_size(varied), "", _source(scene, "validation", varied.images))
    with right:
        _heading("single.heading")
        scored = scene.answer(SingleClassesScored)
        if scored is None:
            _say_missing(scene.missing(ScoreSingleClasses))
        else:
            st.vega_lite_chart(
                single_class_table(scored),
                single_class_spec(look, scene.classes),
                alt=_alt(scene, "single.description"),
            )
            marks = text("single.marks" if look.normalized else "single.marks-none")
            _caption(words.single_classes(scored), marks, _source(scene, "validation", int(scored.images.sum())))


def _company(scene: Scene) -> None:
    text, look = prose("one-image"), scene.look
    _heading("company.heading")
    st.markdown(text("company.intro"))
    one_by_one = scene.answer(OneByOneScored)
    changed = scene.answer(CompanyChanged)
    left, middle, right = st.columns([5, 5, 14], gap="large")
    with left:
        pick.choose_digit(scene.image, scene.classes, None if one_by_one is None else one_by_one.labels)
        pick.choose_company()
        measure = pick.choose_measure()
    if changed is None:
        with middle:
            _say_missing(scene.missing(ChangeCompany))
        return
    with middle:
        alone = len(changed.companions) == 0
        what = text("company.picture-alone" if alone else "company.picture")
        batch_picture(changed, look.placement, what)
        sets = len(changed.moving)
        st.caption(f"{what} {text('company.drawn', sets=sets)}" if sets > 1 else what)
    with right:
        _company_charts(scene, changed, measure)
        sentence = words.company(changed, pick.company(), scene.run.config, one_by_one)
        source = words.provenance(scene.run, scene.step, f"test image {scene.image}", text("provenance.company"))
        _caption(sentence, "", source)


def _company_charts(scene: Scene, changed: CompanyChanged, measure: Measure) -> None:
    text, look = prose("one-image"), scene.look
    if not look.normalized:
        st.vega_lite_chart(
            company_table(changed, measure, False),
            company_spec(look, scene.classes, measure, "moving"),
            alt=_alt(scene, "company.moving-description"),
        )
        return
    grid = st.grid(2, min_column_width=round(270 * look.scale), gap="medium")
    for name in ("batch", "moving"):
        with grid.cell():
            st.vega_lite_chart(
                company_table(changed, measure, name == "batch"),
                company_spec(look, scene.classes, measure, name),
                alt=_alt(scene, f"company.{name}-description"),
            )
            st.caption(text(f"company.marks-{name}"))


def _drawing(scene: Scene) -> None:
    text, look = prose("one-image"), scene.look
    garments = scene.run.config.dataset == "fashion-mnist"
    _heading("draw.heading-garment" if garments else "draw.heading")
    st.markdown(text("draw.intro"))
    one_by_one = scene.answer(OneByOneScored)
    left, right = st.columns([9, 16], gap="large")
    with left:
        draw([] if one_by_one is None else _samples(one_by_one, scene.classes), look.placement)
    with right:
        if drawn() is None:
            st.caption(text("draw.empty"))
            return
        classified = scene.answer(DrawingClassified)
        if classified is None:
            _say_missing(scene.missing(ClassifyDrawing))
            return
        _drawing_charts(scene, classified)
        source = words.provenance(scene.run, scene.step, text("provenance.drawing") if look.normalized else "")
        _caption(words.drawing(classified, scene.run.config, one_by_one), "", source)


def _drawing_charts(scene: Scene, classified: DrawingClassified) -> None:
    text, look = prose("one-image"), scene.look
    modes = {
        "moving" if look.normalized else "only": classified.moving,
        "alone": classified.alone,
        "in-company": classified.in_company,
        "recalibrated": classified.recalibrated,
    }
    there = {name: logits for name, logits in modes.items() if logits is not None}
    grid = st.grid(2 if len(there) > 1 else 1, min_column_width=round(220 * look.scale), gap="medium")
    for name, logits in there.items():
        with grid.cell():
            answer = text("draw.answer", answer=scene.classes[int(logits.argmax())])
            st.markdown(f"{text(f'draw.{name}')}: **{answer}**")
            st.vega_lite_chart(
                scores_table(logits),
                bars_spec(look, scene.classes),
                alt=f"{text('draw.description')}: {text(f'draw.{name}')}.",
            )


# Helpers ---------------------------------------------------------------------------------------------------------


def _samples(scored: OneByOneScored, names: tuple[str, ...]) -> list[Sample]:
    """The first test image of each class."""
    text = prose("one-image")
    return [
        Sample(
            scored.pictures[place].tobytes(),
            text("draw.sample", number=place, name=names[label]),
        )
        for label in range(len(names))
        for place in np.flatnonzero(scored.labels == label)[:1].tolist()
    ]


def _heading(key: str) -> None:
    st.markdown(f"##### {prose('one-image')(key)}")


def _caption(sentence: str, note: str, source: str) -> None:
    small = (f":small[:gray[{plain(words)}]]" for words in (note, source) if words)
    st.markdown("\n\n".join([plain(sentence), *small]))


def _source(scene: Scene, kind: str, images: int) -> str:
    text = prose("one-image")
    rest = [text(f"provenance.{kind}", images=images)]
    if scene.look.normalized:
        rest.append(text("provenance.recalibrated"))
    return words.provenance(scene.run, scene.step, *rest)


def _alt(scene: Scene, key: str) -> str:
    """What a chart shows. It is part of the chart, so it stays the same as long as the run."""
    return f"{prose('one-image')(key)}, {variant(scene.run.config)}."


def _say_missing(missing: Missing, height: int = CHART_HEIGHT) -> None:
    """Why there is nothing yet, over the room that the answer will take."""
    st.caption(plain(missing.sentence))
    _hold_place(missing, height)


def _hold_place(missing: Missing, height: int) -> None:
    """The room that an answer will take, where it is on its way."""
    if missing.waiting:
        st.skeleton(height)
