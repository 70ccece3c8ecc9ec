"""The runs that are laid over each other: their curves, kept up to date, and around them what changes seldom.

What moves is two charts, a sentence and a table, in one fragment; what the runs are inside stands below it, and is
drawn again where all of them have come to another probe, or one of them has ended.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from bn_core.chart_tables.curves import Score
from bn_core.runs.inside import ProbeHistory
from bn_core.runs.records import RunRecord
from bn_core.runs.service import RunService
from pages.charts.overlay import Lines, curves_spec, curves_table, curves_told
from pages.compare_page import inside, words
from pages.compare_page.text import TEXT
from pages.compare_page.words import Lane
from pages.exported_page.downloads import downloads
from pages.live import Still, live
from pages.parts import glossary
from pages.parts.chart import draw_chart
from pages.parts.pick import pick
from pages.parts.view import SLOW, STEADY
from pages.session import setting
from pages.words.plain_text import plain


@dataclass(frozen=True)
class Scene:
    """What is shown of the runs.

    Attributes:
        probes: what was recorded inside each of them.
    """

    lanes: tuple[Lane, ...]
    probes: tuple[ProbeHistory, ...]

    @property
    def goes_on(self) -> bool:
        """Whether more of any of them comes by itself."""
        return any(lane.run.active for lane in self.lanes)


def laid_over(service: RunService, runs: tuple[RunRecord, ...], rest: DeltaGenerator, scale: float) -> None:
    """Put the runs on the page and keep them up to date.

    Args:
        runs: one to eight.
        rest: where on the page there is to stand what they are inside.
        scale: of the text in the charts.
    """
    lines = Lines.of([run.config for run in runs], scale)
    ended: dict[str, tuple[Lane, ProbeHistory]] = {}

    def seen(run: RunRecord) -> tuple[Lane, ProbeHistory]:
        latest = service.run(run.id)
        if latest is None:
            st.rerun()
        found = Lane(latest, service.history(run.id)), service.probes(run.id)
        if not latest.active and not latest.presumed:
            ended[run.id] = found
        return found

    def look() -> Scene:
        lanes, probes = zip(*(ended.get(run.id) or seen(run) for run in runs), strict=True)
        return Scene(lanes, probes)

    def above(_: Scene) -> None:
        with st.container(key="compare-score"):
            pick(TEXT("controls.score"), {name: TEXT(f"scores.{name}") for name in SCORES}, "score")

    def draw(scene: Scene, trouble: str) -> float | None:
        if trouble:
            st.warning(plain(trouble))
        _curves(scene, lines, setting.value("score"))
        with st.container(key="compare-finding"):
            glossary.write(words.finding(scene.lanes), place="sentence")
        with st.container(key="compare-table"):
            st.markdown(words.table(scene.lanes))
        return _pace(scene)

    def below(scene: Scene) -> None:
        for remark in words.remarks(scene.lanes):
            st.caption(remark)
        with st.container(horizontal=True, gap="small"):
            st.button(
                TEXT("to_sweeps"),
                key="compare-to-sweeps",
                type="tertiary",
                icon=":material/arrow_forward:",
                on_click=setting.put,
                args=("part", "sweeps"),
            )
            downloads(service, [run.id for run in runs])
        if len(runs) > 1:
            st.header(TEXT("differs.heading"), anchor=False)
            with st.container(key="compare-differences"):
                st.markdown(words.differences([run.config for run in runs]) or TEXT("differs.nothing"))
        with rest:
            inside.draw(service, scene.lanes, scene.probes, lines)

    live("compare", ",".join(run.id for run in runs), look, draw, _pace, still=Still(above, below, _state))


SCORES: tuple[Score, ...] = ("training", "moving", "recalibrated")
"""Which accuracies can be looked at."""


def _curves(scene: Scene, lines: Lines, score: Score) -> None:
    """Draw both charts. While a run goes on their descriptions stay the same, or the browser would draw them anew."""
    histories = [lane.history for lane in scene.lanes]
    said = "" if scene.goes_on else f" {glossary.bare(words.finding(scene.lanes))}"
    grid = st.grid(3, min_column_width=round(250 * lines.scale), gap="medium", key="compare-curves")
    for shown, tracks in ((score, 2), ("loss", 1)):
        with grid.cell(column_span=tracks):
            alt = curves_told(lines, shown) + said
            draw_chart(curves_table(histories, shown, lines.scale), curves_spec(lines, shown), alt=alt)


def _state(scene: Scene) -> Hashable:
    """What stands around the curves depends on."""
    return tuple(lane.run.status for lane in scene.lanes), inside.steps(scene.probes)


def _pace(scene: Scene) -> float | None:
    """Seconds until the next look; None where nothing changes by itself."""
    active = [lane.run for lane in scene.lanes if lane.run.active]
    if not active:
        return SLOW if any(lane.run.presumed for lane in scene.lanes) else None
    return STEADY if any(run.status in ("compiling", "running") for run in active) else SLOW
