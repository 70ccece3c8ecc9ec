"""The quiz on the page: a run, its possible causes as buttons, and why the answer is the answer."""

from __future__ import annotations

from random import Random

import streamlit as st

from bn_core.exhibits import Library
from pages.break_it_page import quiz, words
from pages.break_it_page.choice import KEYS, choose
from pages.break_it_page.exhibit import Shown, curves, healthy_run, sentence
from pages.break_it_page.quiz import Question, Quiz
from pages.break_it_page.words import TEXT
from pages.parts import glossary
from pages.parts.stacks import stack
from pages.session import presenter, setting
from pages.session.settings import ROUNDS

LOOK, GUESS = "look", "guess"
"""What can be done on the page."""


def choose_mode() -> str:
    """Draw the choice of what to do on the page, and return what was chosen."""
    mode: str = setting.value("mode")
    st.segmented_control(
        TEXT("mode"),
        [LOOK, GUESS],
        default=mode,
        required=True,
        format_func=TEXT,
        label_visibility="collapsed",
        **setting.control("mode", mode),
    )
    return mode


def quiz_panel(library: Library, scale: float) -> None:
    """Draw the question on the page, or the score at a round's end.

    Nothing that reaches the browser before the answer says what the run is: not its id, its address or its alt text.
    """
    if setting.value("round") is None:
        _restart()
    state = quiz.played(library, setting.value("round"), setting.value("question"), setting.value("answers") or "")
    if not state.questions:
        _heading()
        st.info(TEXT("quiz.empty"))
    elif (question := state.question) is None:
        _over(state)
    else:
        _ask(library, state, question, scale)


def _heading() -> None:
    st.header(TEXT("quiz.heading"), anchor=False)


def _ask(library: Library, state: Quiz, question: Question, scale: float) -> None:
    shown = Shown.recorded(library, library.member(question.run_id))
    if shown is None:  # the files went while the round was on
        _restart()
        st.rerun()
    with st.container(key="quiz-words"):
        _heading()
        st.markdown(TEXT("quiz.intro"))
    picture, answers = stack("quiz", [3, 2], "large")
    with picture:
        curves(shown, "quiz", TEXT("chart.quiz"), scale)
    with answers:
        if state.given is None:
            _answers(state, question)
        else:
            _verdict(library, state.given, question, shown)
            _onward(library, state, question, shown)
        st.caption(_standing(state))


def _answers(state: Quiz, question: Question) -> None:
    st.markdown(f"**{TEXT('quiz.answers')}**")
    for number, key in enumerate(question.offered, 1):
        st.button(
            words.name(key),
            key=f"answer-{state.place}-{number}",
            shortcut=presenter.shortcut(str(number), "answers"),
            width="stretch",
            on_click=_answer,
            args=(state, number),
        )


def _verdict(library: Library, given: str, question: Question, shown: Shown) -> None:
    right = given == question.key
    said = TEXT("quiz.right" if right else "quiz.wrong", given=words.inline(given), name=words.inline(question.key))
    st.markdown(f"### {said}")
    healthy = healthy_run(library, shown.config.seed)
    glossary.write(sentence(question.key, shown, healthy))
    if not right:
        st.markdown(_parted(given, shown))


def _onward(library: Library, state: Quiz, question: Question, shown: Shown) -> None:
    onward = TEXT("quiz.finish" if state.place + 1 == len(state.questions) else "quiz.next")
    with st.container(horizontal=True):
        key = presenter.shortcut("N", "answers")
        st.button(onward, key="quiz-next", type="primary", shortcut=key, on_click=_next, args=(state,))
        if question.key in KEYS:
            look = (library, question.key, shown.config.seed)
            key = presenter.shortcut("L")
            st.button(TEXT("quiz.show"), key="quiz-show", shortcut=key, on_click=_show, args=look)


def _standing(state: Quiz) -> str:
    said = [TEXT("quiz.progress", number=state.place + 1, of=len(state.questions))]
    if state.answered:
        said.append(TEXT("quiz.score", right=state.right, answered=state.answered))
    return " · ".join(said)


def _parted(given: str, shown: Shown) -> str:
    """Where the answer that was given does not fit the run."""
    finding = quiz.parted(given, shown.history)
    assert finding is not None, "it would not have been offered"
    condition, measure = finding.condition, words.measure(finding.condition)
    return TEXT(
        "quiz.parted",
        given=words.inline(given),
        measure=measure[0].lower() + measure[1:],
        sign=condition.sign,
        bound=words.figure(condition.bound),
        value=words.value(finding),
    )


def _over(state: Quiz) -> None:
    _heading()
    of = len(state.questions)
    said = "quiz.over-all" if state.right == of else "quiz.over"
    st.markdown(f"**{TEXT(said, right=state.right, of=of)}**")
    key = presenter.shortcut("N")
    st.button(TEXT("quiz.again"), key="quiz-again", type="primary", shortcut=key, on_click=_restart)


def _answer(state: Quiz, number: int) -> None:
    answers = setting.value("answers") or ""
    setting.put("answers", f"{answers[: state.place]}{number}")


def _next(state: Quiz) -> None:
    setting.put("question", state.place + 2)


def _show(library: Library, key: str, seed: int) -> None:
    choose(library, key, seed)
    setting.put("mode", LOOK)


def _restart() -> None:
    for name, value in (("answers", None), ("question", 1), ("round", Random().randint(1, ROUNDS))):
        setting.put(name, value)
