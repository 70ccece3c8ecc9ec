"""Aims and lessons: lists of scenes, exercises and other things to do, each with its minutes and its link."""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import streamlit as st

from bn_core.config import TrainingConfig
from bn_core.exercises import exercises
from bn_core.runs.service import RunService
from bn_core.talks import Scene, Talk, TalkProblem, address_of, shipped_talk
from pages.following.given import chosen
from pages.parts import glossary
from pages.parts.onward import onward
from pages.session.startup import service
from pages.words.plain_text import plain
from pages.words.prose import prose

TEXT = prose("teach")

LEARNERS = 30
"""Of a class: how many browsers train at once."""

COLUMN = 320
"""The least width of a lesson, in pixels."""


@dataclass(frozen=True)
class Step:
    """What is done for some minutes.

    Attributes:
        label: a scene's title, an exercise's, or what to do; page, address: where, by file and parameters.
    """

    label: str
    minutes: float
    page: str
    address: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Lesson:
    """A lesson; its steps take `minutes`, together."""

    title: str
    minutes: float
    steps: tuple[Step, ...]


def of_talk(talk: Talk) -> Lesson:
    """Return a talk as a lesson."""
    title = TEXT("lessons.talk", title=talk.title, minutes=talk.minutes)
    return Lesson(title, talk.minutes, tuple(_of_scene(scene, scene.minutes) for scene in talk.scenes))


@functools.cache
def lessons() -> tuple[Lesson, ...]:
    """Return the lessons of the prose, in order.

    Raises:
        StopIteration: a step names no scene of the talk that comes with the app, or no exercise.
    """
    return tuple(
        Lesson(
            TEXT("lessons.timed", title=entry["title"], minutes=entry["minutes"]),
            entry["minutes"],
            tuple(_step(step) for step in entry["steps"]),
        )
        for entry in TEXT.tables("lesson")
    )


def aims() -> None:
    """Draw what can be learned."""
    st.header(TEXT("aims.heading"), anchor=False)
    glossary.write("\n".join([TEXT("aims.intro"), "", *(f"- {aim}" for aim in TEXT.list("aims.list"))]))


def all_lessons() -> None:
    """Draw the talk that is given here, and the other lessons, side by side where there is room."""
    st.header(TEXT("lessons.heading"), anchor=False)
    shown = list(lessons())
    try:
        shown.insert(0, of_talk(chosen()))
    except TalkProblem as problem:
        st.warning(plain(TEXT("lessons.problem", problem=problem)))
        shown.insert(0, of_talk(shipped_talk()))
    st.markdown(waiting(service()))
    grid = st.grid(3, min_column_width=COLUMN, gap="medium")
    for number, lesson in enumerate(shown):
        with grid.cell(), st.container(key=f"lesson-{number}", gap="xsmall"):
            st.markdown(f"**{plain(lesson.title)}**")
            for step in lesson.steps:
                label = TEXT("lessons.step", minutes=step.minutes, label=step.label)
                onward(step.page, plain(label), step.address)


def waiting(runs: RunService) -> str:
    """Return how long a class waits for its trainings on this server, as Markdown."""
    config = TrainingConfig()
    minutes = runs.class_minutes(config, LEARNERS)
    if minutes is None:
        return TEXT("lessons.unmeasured", learners=LEARNERS)
    figures = {"batches": config.batches, "minutes": math.ceil(minutes), "workers": runs.engine().workers}
    return TEXT("lessons.waits", learners=LEARNERS, **figures)


def _step(entry: dict[str, object]) -> Step:
    minutes = float(str(entry["minutes"]))
    if "scene" in entry:
        return _of_scene(next(scene for scene in shipped_talk().scenes if scene.id == entry["scene"]), minutes)
    if "exercise" in entry:
        exercise = next(each for each in exercises() if each.key == entry["exercise"])
        label = TEXT("lessons.exercise", number=exercise.number, title=exercise.title)
        return Step(label, minutes, "exercises", {"exercise": str(exercise.number)})
    address = entry.get("address", {})
    assert isinstance(address, dict)
    return Step(str(entry["do"]), minutes, str(entry["page"]), address)


def _of_scene(scene: Scene, minutes: float) -> Step:
    label = TEXT("lessons.live", title=scene.title) if scene.live else scene.title
    return Step(label, minutes, scene.page, address_of(scene))
