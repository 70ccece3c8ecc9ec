"""The quiz on the page: a run, its possible causes as buttons, and why the answer is the answer."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

import streamlit as st

from bn_core.exhibits import Library
from bn_core.runs.service import RunService
from pages.break_it_page import quiz, words
from pages.break_it_page.choice import KEYS, choose
from pages.break_it_page.exhibit import Shown, curves, healthy_run, lines, sentence
from pages.break_it_page.quiz import Question, Quiz
from pages.break_it_page.words import TEXT
from pages.parts import glossary
from pages.session.session import kept, set_widget

MODE = "break-it-mode"
LOOK, GUESS = "look", "guess"
"""What can be done on the page, and the key of that choice."""


@dataclass
class Round:
    """The round of the quiz that is played; None before the first."""

    quiz: Quiz | None = None


def choose_mode() -> str | None:
    """Draw the choice of what to do on the page, and return what was chosen."""
    return st.segmented_control(
        TEXT("mode"),
        [LOOK, GUESS],
        default=LOOK,
        required=True,
        format_func=TEXT,
        key=MODE,
        label_visibility="collapsed",
    )


def quiz_panel(service: RunService, library: Library, scale: float) -> None:
    """Draws the question on the page, or the score at a round's end.

    Nothing that reaches the browser before the answer says what the run is: not its id, its address or its alt text.
    """
    state = kept(Round).quiz
    if state is None:
        state = kept(Round).quiz = quiz.new_round(library, Random())
    st.subheader(TEXT("quiz.heading"), anchor=False)
    if not state.questions:
        st.info(TEXT("quiz.empty"))
    elif (question := state.question) is None:
        _over(library, state)
    else:
        _ask(service, library, state, question, scale)


def _ask(service: RunService, library: Library, state: Quiz, question: Question, scale: float) -> None:
    run = library.run(question.run_id)
    if run is None:  # the files went while the round was on
        _restart(library)
        st.rerun()
    shown = Shown(run, library.history(question.run_id))
    st.markdown(TEXT("quiz.intro"))
    picture, answers = st.columns([3, 2], gap="large")
    with picture:
        curves(shown, TEXT("chart.quiz"), scale)
        lines(shown.history)
    with answers:
        if state.given is None:
            _answers(state, question)
        else:
            _verdict(service, library, state.given, question, shown)
            _onward(library, state, question)
        st.caption(_standing(state))


def _answers(state: Quiz, question: Question) -> None:
    st.markdown(f"**{TEXT('quiz.answers')}**")
    for number, key in enumerate(question.offered, 1):
        st.button(
            words.name(key),
            key=f"answer-{state.place}-{number}",
            shortcut=str(number),
            width="stretch",
            on_click=_go_on,
            args=(state.answer(key),),
        )


def _verdict(service: RunService, library: Library, given: str, question: Question, shown: Shown) -> None:
    right = given == question.key
    said = TEXT("quiz.right" if right else "quiz.wrong", given=words.inline(given), name=words.inline(question.key))
    st.markdown(f"##### {said}")
    healthy = healthy_run(service, library, shown.run.config.seed)
    glossary.write(sentence(question.key, shown, healthy))
    if not right:
        st.markdown(_parted(given, shown))


def _onward(library: Library, state: Quiz, question: Question) -> None:
    last = state.place + 1 == len(state.questions)
    with st.container(horizontal=True):
        onward = TEXT("quiz.finish" if last else "quiz.next")
        st.button(onward, key="quiz-next", type="primary", shortcut="N", on_click=_go_on, args=(state.next(),))
        if question.key in KEYS:
            show = TEXT("quiz.show")
            st.button(show, key="quiz-show", on_click=_show, args=(library, question), shortcut="L")


def _standing(state: Quiz) -> str:
    said = [TEXT("quiz.progress", number=state.place + 1, of=len(state.questions))]
    if state.answered:
        said.append(TEXT("quiz.score", right=state.right, answered=state.answered))
    return " · ".join(said)


def _parted(given: str, shown: Shown) -> str:
    """Where the answer that was given does not fit the run."""
    finding = quiz.parted(given, shown.history)
    assert finding is not None, "it would not have been offered"
    return TEXT(
        "quiz.parted",
        given=words.inline(given),
        measure=words.measure(finding.condition)[0].lower() + words.measure(finding.condition)[1:],
        sign=finding.condition.sign,
        bound=words.figure(finding.condition.bound),
        value=words.value(finding),
    )


def _over(library: Library, state: Quiz) -> None:
    of = len(state.questions)
    said = "quiz.over-all" if state.right == of else "quiz.over"
    st.markdown(f"**{TEXT(said, right=state.right, of=of)}**")
    st.button(TEXT("quiz.again"), key="quiz-again", type="primary", shortcut="N", on_click=_restart, args=(library,))


def _go_on(state: Quiz) -> None:
    kept(Round).quiz = state


def _show(library: Library, question: Question) -> None:
    member = library.member(question.run_id)
    assert member is not None
    choose(library, question.key, member.record.config.seed)
    set_widget(MODE, LOOK)


def _restart(library: Library) -> None:
    kept(Round).quiz = quiz.new_round(library, Random())
