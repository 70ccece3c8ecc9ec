"""What a sweep came to, drawn: the grid of its runs, where they lie, and what may be claimed of it.

It draws values (`Results`), wherever they come from: the store, or the app's own recordings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from bn_core.runs.records import RunRecord
from bn_core.sweeps.measures import FEWER_IS_BETTER, MEASURES, Measure
from bn_core.sweeps.plan import Sweep
from bn_core.sweeps.results import Results
from pages.parts import glossary
from pages.parts.chart import draw_chart
from pages.parts.pick import pick
from pages.parts.stacks import stack
from pages.session import setting
from pages.sweeps_page.charts import curve_spec, grid_spec, strip_spec
from pages.sweeps_page.tables import (
    Cell,
    cells,
    counts_words,
    curve_table,
    grid_table,
    numeric,
    run_table,
    strip_table,
)
from pages.sweeps_page.text import TEXT
from pages.sweeps_page.verdict import seeds_needed, verdict
from pages.sweeps_page.words import arm_words, capital, field_label, finding, interval_words, seeds_of

ARMS = "arms"
"""The value of the setting `over` where each configuration has a row of its own."""

FIRST_DIFFERENCE = {"points": 1.0, "batches": 25.0}
"""Which difference is asked about to begin with, in percentage points and in batches."""

TABLE = 320
"""Pixels of the table of all runs at least, which is scrolled: else it is as high as the grid."""

TALL = 620
"""From how many pixels a chart is scrolled: a sweep can have hundreds of configurations."""


def pick_measure(plan: Sweep) -> tuple[Measure, str]:
    """Draw the choice of what runs are compared by, and of what they are drawn over; return both: ARMS or a field."""
    with st.container(horizontal=True, gap="medium"):
        measure: Measure = pick(
            TEXT("measures.label"), {each: TEXT(f"measures.{each}") for each in MEASURES}, "measure"
        )
        over, fields = ARMS, numeric(plan)
        if fields:
            names = {ARMS: TEXT("over.arms"), **{name: capital(field_label(name)) for name in fields}}
            over = pick(TEXT("over.label"), names, "over")
    glossary.write(TEXT(f"means.{measure}"), place="measure")
    return measure, over


def draw_outcome(results: Results, runs: Mapping[str, RunRecord], measure: Measure, over: str, scale: float) -> None:
    """Draw what a sweep came to: while it goes on, its runs first; then where they lie, and what may be claimed.

    Args:
        runs: those that the store has, by identity; none of a sweep that came with the app.
        over: what they are drawn over: see `pick_measure`.
    """
    found = cells(results, runs)
    top = stack("sweep", [3, 2] if results.complete else 2, "large")
    below = stack("sweep-below", 2, "large")
    lies, claims, grid, table = (*top, *below) if results.complete else (top[1], below[0], top[0], below[1])
    with grid:
        _grid(results, found, measure, scale)
    with lies:
        _where_runs_lie(results, measure, over, scale)
    with claims:
        _verdict(results, measure)
    with table:
        st.markdown(f"### {TEXT('table.heading')}")
        tall = grid_spec(_arms(results), seeds_of(results.plan), scale)["height"]
        st.dataframe(run_table(found), hide_index=True, height=max(TABLE, min(TALL, tall)))


def _grid(results: Results, found: Sequence[Cell], measure: Measure, scale: float) -> None:
    arms, seeds = _arms(results), seeds_of(results.plan)
    st.markdown(f"### {TEXT('grid.heading')}")
    spec = grid_spec(arms, seeds, scale)
    with _room(spec["height"], scale, "sweep-grid"):
        draw_chart(grid_table(found, len(seeds), measure), spec, TEXT("grid.alt", arms=len(arms), seeds=len(seeds)))
    st.caption(counts_words(found))


def _where_runs_lie(results: Results, measure: Measure, over: str, scale: float) -> None:
    sentence = finding(results, measure)
    if over == ARMS:
        arms = _arms(results)
        st.markdown(f"### {TEXT('strip.heading')}")
        spec = strip_spec(arms, measure, scale)
        with _room(spec["height"], scale, "sweep-strip"):
            draw_chart(strip_table(results, measure), spec, TEXT("strip.alt", arms=len(arms)))
    else:
        label = field_label(over)
        st.markdown(f"### {TEXT('curve.heading', field=label)}")
        values = tuple(sorted(float(value) for value in dict(results.plan.varied)[over]))
        spec = curve_spec(over, measure, values, label, scale)
        draw_chart(curve_table(results, measure, over), spec, TEXT("curve.alt", field=label))
    st.markdown(sentence)
    st.caption(interval_words(results, measure, "strip" if over == ARMS else "curve"))


def _verdict(results: Results, measure: Measure) -> None:
    """Say what may be claimed of the planned pairs."""
    st.markdown(f"### {TEXT('verdict.heading')}")
    scope, *said = verdict(results, measure)
    st.markdown(scope)
    st.markdown("\n".join(said))
    if results.plan.pairs:
        st.caption(TEXT("verdict.family", pairs=len(results.plan.pairs)))


def _arms(results: Results) -> tuple[str, ...]:
    return tuple(arm_words(arm) for arm in results.plan.arms)


def _difference(measure: Measure) -> float:
    """Return the difference that is asked about: in percentage points, or in batches."""
    unit = "batches" if measure in FEWER_IS_BETTER else "points"
    return float(setting.value("tell", default=None) or FIRST_DIFFERENCE[unit])


def draw_seeds(results: Results, measure: Measure) -> None:
    """Say how many seeds it takes to tell a difference, whose size can be chosen."""
    if len(results.plan.arms) < 2:
        return
    unit, shown = "batches" if measure in FEWER_IS_BETTER else "points", _difference(measure)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key="sweep-seeds"):
        st.number_input(
            TEXT(f"verdict.tell_{unit}"),
            0.01,
            1000.0,
            shown,
            format="%g",
            width=240,
            **setting.control("tell", shown, of=unit),
        )
        st.markdown(seeds_needed(results, measure, shown), width=520)


def _room(height: int, scale: float, key: str) -> st.delta_generator.DeltaGenerator:
    """Return a place for a chart, which is scrolled where the chart is very tall."""
    tall = round(TALL * scale)
    return st.container(height=tall if height > tall else "content", border=False, key=key)
