"""The notebook's lines as they come, the newest in sight."""

from __future__ import annotations

import streamlit as st

from bn_core.config import TrainingConfig
from bn_core.runs.history import RunHistory
from bn_core.training.notebook_lines import final_lines, line
from pages.parts import glossary
from pages.words.prose import prose

TEXT = prose("train")

LINES_WHILE_LIVE = 10
"""How many lines a run in progress shows: they are sent again with every update."""

HEIGHT = 260
HEIGHT_WHILE_LIVE = 212


def text(history: RunHistory, *, active: bool) -> str:
    """Return the lines so far; of a run in progress the latest only."""
    checks = history.checks[-LINES_WHILE_LIVE:] if active else history.checks
    lines = [line(check) for check in checks]
    if len(checks) < len(history.checks):
        lines.insert(0, TEXT("lines.earlier", count=len(history.checks) - len(checks)))
    if history.scored is not None:
        lines += final_lines(history.scored)
    return "\n".join(lines)


def how_scored(config: TrainingConfig) -> str:
    """Return with which statistics the lines are scored, as Markdown with terms; empty without batch normalization."""
    if not config.normalized:
        return ""
    return TEXT("lines.batch", bug=config.bug) if config.effect.scores_with_batch else TEXT("lines.moving")


def notebook_lines(history: RunHistory, config: TrainingConfig, *, active: bool) -> None:
    """Draw the lines in a box that stays at its end, of fixed height as soon as there is a run to fill it."""
    st.markdown(f"## {TEXT('lines.heading')}")
    if history.checks and (how := how_scored(config)):
        # Every update sends it again: without its terms' explanations.
        glossary.write(f":small[{glossary.bare(how) if active else how}]", place="lines")
    height = HEIGHT_WHILE_LIVE if active else HEIGHT
    with st.container(height=height if history.run_id else "content", border=False, autoscroll=True, key="lines"):
        st.code(text(history, active=active) or TEXT("lines.none"), language=None, wrap_lines=True)
