"""What a sweep came to, drawn: the grid of its runs, where they lie, and what may be claimed of it.

It draws values (`Results`), wherever they come from: the store, or the app's own recordings."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from bn_core.runs.records import RunRecord
from bn_core.sweeps.measures import FEWER_IS_BETTER, MEASURES, Measure
from bn_core.sweeps.plan import Sweep
from bn_core.sweeps.results import Results
from pages.parts import glossary
from pages.parts.chart import draw_chart, say_unseen
from pages.parts.pick import pick
from pages.parts.stacks import stack
from pages.session import setting
from pages.sweeps_page.charts import curve_spec, grid_spec, strip_spec
from pages.sweeps_page.tables import (
    cells,
    counts_words,
    curve_table,
    grid_table,
    numeric,
    run_table,
    seeds_of,
    strip_table,
)
from pages.sweeps_page.text import TEXT
from pages.sweeps_page.verdict import seeds_needed, verdict
from pages.sweeps_page.words import arm_words, field_label, finding, interval_words

ARMS = "arms"
"""The value of the setting `over` where each configuration has a row of its own."""

FIRST_DIFFERENCE = {"points": 1.0, "batches": 25.0}
"""Which difference is asked about to begin with, in percentage points and in batches."""

TALL = 620
"""From how many pixels a chart is scrolled: a sweep can have hundreds of configurations."""


def pick_measure() -> Measure:
    """Draw the choice of what is compared, and return it."""
    measure: Measure = pick(TEXT("measures.label"), {each: TEXT(f"measures.{each}") for each in MEASURES}, "measure")
    glossary.write(TEXT(f"means.{measure}"), place="measure")
    return measure


def draw_outcome(results: Results, runs: Mapping[str, RunRecord], measure: Measure, over: str, scale: float) -> None:
    """Draw the grid of the runs beside where they lie.

    Args:
        over: what they are drawn over: see `pick_over`.
        runs: those that the store has, by identity; none of a sweep that came with the app.
    """
    plan = results.plan
    arms, seeds = tuple(arm_words(arm) for arm in plan.arms), seeds_of(plan)
    grid, lies = stack("sweep", 2, "large")
    found = cells(results, runs)
    said = counts_words(found)
    with grid:
        st.markdown(f"### {TEXT('grid.heading')}")
        spec = grid_spec(arms, seeds, scale)
        with _room(spec["height"], "sweep-grid"):
            draw_chart(grid_table(found, len(seeds), measure), spec, TEXT("grid.alt", arms=len(arms), seeds=len(seeds)))
        st.caption(said)
    with lies:
        if over == ARMS:
            st.markdown(f"### {TEXT('strip.heading')}")
            spec = strip_spec(arms, measure, scale)
            with _room(spec["height"], "sweep-strip"):
                draw_chart(strip_table(results, measure), spec, TEXT("strip.alt", arms=len(arms)))
        else:
            st.markdown(f"### {TEXT('curve.heading', field=field_label(over))}")
            values = tuple(sorted(float(value) for value in dict(plan.varied)[over]))
            spec = curve_spec(over, measure, values, field_label(over), scale)
            draw_chart(curve_table(results, measure, over), spec, TEXT("curve.alt", field=field_label(over)))
        sentence = finding(results, measure)
        st.markdown(sentence)
        if interval := interval_words(results, measure):
            st.caption(interval)
        say_unseen("sweep", f"{said} {sentence}")
    with st.expander(TEXT("table.heading"), type="compact"):
        st.dataframe(run_table(found), hide_index=True)


def draw_verdict(results: Results, measure: Measure) -> None:
    """Say what may be claimed of the planned pairs."""
    st.markdown(f"### {TEXT('verdict.heading')}")
    scope, *said = verdict(results, measure)
    st.markdown(scope)
    st.markdown("\n".join(said))
    if results.plan.pairs:
        st.caption(TEXT("verdict.family", pairs=len(results.plan.pairs)))


def _difference(measure: Measure) -> float:
    """Return the difference that is asked about: in percentage points, or in batches."""
    unit = "batches" if measure in FEWER_IS_BETTER else "points"
    return float(setting.value("tell", default=None) or FIRST_DIFFERENCE[unit])


def draw_seeds(results: Results, measure: Measure) -> None:
    """Say how many seeds it takes to tell a difference, whose size can be chosen."""
    if len(results.plan.arms) < 2:
        return
    unit, shown = "batches" if measure in FEWER_IS_BETTER else "points", _difference(measure)
    st.number_input(
        TEXT(f"verdict.tell_{unit}"),
        0.01,
        1000.0,
        shown,
        format="%g",
        width=220,
        **setting.control("tell", shown, of=unit),
    )
    st.markdown(seeds_needed(results, measure, shown))


def pick_over(plan: Sweep) -> str:
    """Draw the choice of what the runs are drawn over, where there is any; return a field, or ARMS."""
    fields = numeric(plan)
    if not fields:
        return ARMS
    names = {ARMS: TEXT("over.arms"), **{name: field_label(name).capitalize() for name in fields}}
    return pick(TEXT("over.label"), names, "over")


def _room(height: int, key: str) -> st.delta_generator.DeltaGenerator:
    """Return a place for a chart, which is scrolled where the chart is very tall."""
    return st.container(height=TALL if height > TALL else "content", border=False, key=key)
