"""One exercise: what to do, the run that answers, the answer, and why it is right or wrong."""

from __future__ import annotations

import time
from collections.abc import Sequence

import streamlit as st

from bn_core.exercises import Answer, Exercise, Given, exercises
from bn_core.runs.records import RunRecord
from bn_core.runs.service import RunService
from bn_core.training.notebook_lines import final_lines
from pages.exercises_page import choice, progress
from pages.exercises_page.candidates import Candidate, candidates
from pages.exercises_page.hand_in import hand_in
from pages.exercises_page.progress import Attempt, work
from pages.exercises_page.text import TEXT
from pages.parts import glossary
from pages.parts.onward import onward
from pages.parts.run_choice import name
from pages.parts.status_words import ago
from pages.session import url_state
from pages.session.identity import browser_id
from pages.session.session import widget
from pages.train_page.recorded_runs import what_differs
from pages.words import captions
from pages.words.plain_text import plain
from pages.words.prose import filled
from pages.words.signs import as_read

NOWHERE = "nowhere"
"""What the key of the box ends in that says that there is no such layer or step."""

FIELD = 320
"""Of a field for a number, in pixels: Streamlit writes into it that Enter submits."""


def task(service: RunService, exercise: Exercise) -> None:
    """Draw the exercise."""
    work().latest = exercise.number
    number, count = exercise.number, len(exercises())
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            TEXT("list"), key="list", type="tertiary", icon=":material/arrow_back:", on_click=choice.show, args=(None,)
        )
        st.caption(TEXT("numbered", number=number, count=count), width="content")
    st.header(exercise.title, anchor=False)
    with st.container(key="exercise", width=720):
        glossary.write(f"**{TEXT('task.aim')}.** {exercise.aim}")
        glossary.write(f"**{TEXT('task.do')}.** {exercise.task}")
        onward("train", TEXT("task.link"), _link(exercise))
        st.markdown(f"### {TEXT('task.question')}")
        glossary.write(exercise.question)
        _by_a_run(service, exercise)
        if number < count:
            following = exercises()[number]
            st.button(
                TEXT("onward", number=following.number, title=following.title),
                key="next-exercise",
                icon=":material/arrow_forward:",
                type="primary" if progress.is_solved(exercise) else "secondary",
                on_click=choice.show,
                args=(following.number,),
            )


def _link(exercise: Exercise) -> dict[str, str]:
    """Return the parameters of the link that sets what the exercise needs."""
    return url_state.link_to_config(exercise.config(url_state.default_config()))


def _by_a_run(service: RunService, exercise: Exercise) -> None:
    found = candidates(service, exercise, browser_id())
    if not found:
        st.info(TEXT("run.none"))
        return
    chosen = _choose(exercise, found)
    if not any(one.mine and one.intended for one in found):
        st.caption(TEXT("run.borrowed"))
    if not chosen.intended and not exercise.anonymous:
        config = chosen.run.config
        names = [name for name, value in exercise.sets.items() if getattr(config, name) != value]
        differ = what_differs(config.with_(**exercise.sets), config, names)
        st.caption(plain(TEXT("run.differs", differences=differ)))
    if chosen.answer is None:
        assert chosen.lacks is not None
        what = captions.variant(chosen.lacks)
        st.info(plain(TEXT("run.no_twin", what=what)))
        onward("train", TEXT("run.train_twin"), url_state.link_to_config(chosen.lacks))
        return
    if exercise.anonymous:
        _lines(service, chosen)
    else:
        step = {} if exercise.step is None else {"step": str(exercise.step)}
        onward(exercise.page, TEXT("run.open"), {"run": chosen.run.id} | step)
    # Above the field, which is on the screen when its answer comes.
    _verdict(exercise, chosen.run, chosen.answer)
    _ask(exercise, chosen.run, chosen.answer)
    _help(exercise, chosen.run, chosen.answer)
    if (attempt := work().attempts.get((exercise.key, chosen.run.id))) is not None:
        hand_in(exercise, _value(exercise, attempt.given))


def _choose(exercise: Exercise, found: Sequence[Candidate]) -> Candidate:
    """Draw the choice of a run and return the one that is chosen."""
    if exercise.anonymous:
        # In an order that tells nothing.
        found = sorted(found, key=lambda one: (not one.mine, one.run.id))
    by_id = {one.run.id: one for one in found}
    letters = {one.run.id: chr(ord("A") + place) for place, one in enumerate(one for one in found if not one.mine)}
    now = time.time()

    def words(run_id: str) -> str:
        one = by_id[run_id]
        if exercise.anonymous and not one.mine:
            return TEXT("run.letter", letter=letters[run_id])
        return f"{TEXT('run.mine', ago=ago(now - one.run.created))} · {name(one.run)}" if one.mine else name(one.run)

    picked = st.selectbox(TEXT("run.label"), list(by_id), format_func=words, key=f"answers-{exercise.key}")
    return by_id.get(picked, found[0])


def _lines(service: RunService, chosen: Candidate) -> None:
    history = service.history(chosen.run.id)
    assert history.scored is not None
    assert chosen.answer is not None
    st.code("\n".join(final_lines(history.scored)), language=None)
    glossary.write(TEXT("run.lines", **chosen.answer.figures))


def _ask(exercise: Exercise, run: RunRecord, answer: Answer) -> None:
    key = f"given-{exercise.key}-{run.id}"
    label = TEXT(f"answer.{exercise.kind}", unit=exercise.unit) if exercise.unit else TEXT(f"answer.{exercise.kind}")
    # A field of numbers takes Enter for the whole form.
    with st.form(f"form-{exercise.key}", border=False):
        match exercise.kind:
            case "number":
                st.number_input(label, value=None, format="%g", key=key, width=FIELD)
            case "choice":
                st.radio(label, list(exercise.choices), index=None, format_func=exercise.choices.__getitem__, key=key)
            case "layer" | "step":
                least, most = answer.offered[0], answer.offered[-1]
                st.number_input(label, least, most, None, step=1, key=key, width=FIELD)
                st.checkbox(exercise.nowhere, key=f"{key}-{NOWHERE}")
        st.form_submit_button(
            TEXT("answer.check"),
            key=f"check-{exercise.key}",
            type="primary",
            on_click=_take,
            args=(exercise, run.id, answer, key),
        )


def _take(exercise: Exercise, run_id: str, answer: Answer, key: str) -> None:
    """Take what was answered. Nothing that a browser sends is taken on trust."""
    value, given = widget(key), None
    nowhere = widget(f"{key}-{NOWHERE}") is True
    if nowhere and value is not None:
        st.toast(TEXT("answer.both"))
        return
    if exercise.kind == "choice" and value in exercise.choices:
        given = value
    elif exercise.kind != "choice" and isinstance(value, int | float):
        given = float(value) if exercise.kind == "number" else int(value)
    elif not nowhere:
        st.toast(TEXT("answer.nothing"))
        return
    work().attempts[exercise.key, run_id] = Attempt(given)
    if answer.admits(given):
        progress.note_solved(exercise)


def _verdict(exercise: Exercise, run: RunRecord, answer: Answer) -> None:
    attempt = work().attempts.get((exercise.key, run.id))
    with st.container(key="verdict"):
        if attempt is None:
            if progress.is_solved(exercise):
                st.caption(TEXT("verdict.was"))
        elif answer.admits(attempt.given):
            st.success(f"**{_right(exercise, answer)}** {explained(exercise, answer)}")
        else:
            st.warning(f"**{TEXT('verdict.wrong')}** {why_wrong(exercise, answer, attempt.given)}")


def explained(exercise: Exercise, answer: Answer) -> str:
    """Return why the right answer is right, with the run's figures."""
    return filled(exercise.explanation[answer.case], answer.figures)


def why_wrong(exercise: Exercise, answer: Answer, given: Given) -> str:
    """Return what was mistaken, where that is known, without the answer."""
    return filled(exercise.mistakes[answer.mistake(given) or "other"], answer.figures)


def _right(exercise: Exercise, answer: Answer) -> str:
    if exercise.kind == "number" and answer.high > answer.low:
        low, high = (figure(limit) for limit in (answer.low, answer.high))
        return TEXT("verdict.right_within", value=figure(answer.right), unit=exercise.unit, low=low, high=high)
    if len(answer.accepted) > 1:
        others = [_value(exercise, value) for value in answer.accepted if value != answer.right]
        return TEXT("verdict.right_several", value=_value(exercise, answer.right), accepted=", ".join(others))
    return TEXT("verdict.right")


def _value(exercise: Exercise, value: Given) -> str:
    """Return an answer in words."""
    if exercise.kind == "choice":
        return exercise.choices[str(value)].rstrip(".")
    if exercise.kind == "number":
        return f"{figure(value)} {exercise.unit}"
    return exercise.nowhere if value is None else f"{int(value):,}"


def figure(value: Given) -> str:
    """Return a number as it is written in a sentence: whole where it is, else to a tenth, small ones to a hundredth."""
    number = float(value or 0)
    if number == round(number):
        return as_read(f"{number:,.0f}")
    return as_read(f"{number:.2f}" if abs(number) < 2 else f"{number:.1f}")


def _help(exercise: Exercise, run: RunRecord, answer: Answer) -> None:
    attempt = work().attempts.get((exercise.key, run.id))
    if attempt is not None and answer.admits(attempt.given):
        return
    shown = work().hints.get(exercise.key, 0)
    for hint in exercise.hints[:shown]:
        glossary.write(f"- {hint}")
    left = len(exercise.hints) - shown
    if left:
        st.button(
            TEXT("answer.hint", left=left),
            key="hint",
            type="tertiary",
            icon=":material/lightbulb:",
            on_click=_one_more,
            args=(exercise,),
        )
    elif (exercise.key, run.id) in work().revealed:
        st.info(f"{TEXT('verdict.shown', value=_value(exercise, answer.right))} {explained(exercise, answer)}")
    elif attempt is not None:
        st.button(
            TEXT("answer.show"),
            key="reveal",
            type="tertiary",
            on_click=work().revealed.add,
            args=((exercise.key, run.id),),
        )


def _one_more(exercise: Exercise) -> None:
    work().hints[exercise.key] = work().hints.get(exercise.key, 0) + 1
