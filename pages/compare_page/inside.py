"""What the runs are inside, side by side at the same recorded step: histograms, gradient norms, drift."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import streamlit as st

from bn_core.chart_tables import layers as tables
from bn_core.chart_tables.layers import Point, ProbedSteps
from bn_core.chart_tables.population import drift_at
from bn_core.runs.inside import ProbeHistory
from bn_core.runs.service import RunService
from pages.charts.kit import Look
from pages.charts.overlay import Lines, letter, lettered
from pages.compare_page import words
from pages.compare_page.charts import depth_spec, heat_spec, layer_spec, named_ends
from pages.compare_page.text import TEXT
from pages.compare_page.words import Lane
from pages.parts.chart import draw_chart
from pages.parts.pick import pick
from pages.session import setting, url_state
from pages.words.captions import variant, when
from pages.words.layer_names import layer_name
from pages.words.numbers import number
from pages.words.plain_text import plain
from pages.words.prose import listed


def steps(probes: Sequence[ProbeHistory]) -> tuple[int, ...]:
    """Return the steps at which all of these runs were probed, ascending; those of which nothing was are left out."""
    known = [set(one.steps) for one in probes if one.probes]
    return tuple(sorted(set.intersection(*known))) if known else ()


def draw(service: RunService, lanes: Sequence[Lane], probes: Sequence[ProbeHistory], lines: Lines) -> None:
    """Draw the choice of a step and of a layer, and the pictures."""
    st.header(TEXT("inside.heading"), anchor=False)
    offered = steps(probes)
    nothing = words.letters(list(zip(lanes, probes, strict=True)), lambda both: not both[1].probes)
    if nothing:
        st.caption(TEXT("inside.unrecorded", who=listed(nothing), count=len(nothing)))
    if not offered:
        if len(nothing) < len(lanes):
            st.caption(TEXT("inside.no_common"))
        return
    step = _step(offered)
    places: dict[Point, str] = TEXT.table("places")  # type: ignore[assignment]
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key="compare-choices"):
        point = pick(TEXT("controls.place"), places, "place")
        layer = _layer(lines.layers)
        drift = setting.value("drift")
        st.toggle(
            TEXT("controls.drift"),
            drift,
            help=TEXT("controls.drift_help"),
            width="content",
            **setting.control("drift", drift),
        )
    at_step = [one.at(step) if one.probes else None for one in probes]
    probed = ProbedSteps(
        (step,),
        tuple(tables.Lane(lane.run.config.placement, (probe,)) for lane, probe in zip(lanes, at_step, strict=True)),
    )
    absent = words.letters(list(zip(lanes, at_step, strict=True)), lambda both: _lacks(both, point))
    if absent:
        st.caption(TEXT("inside.no_place", who=listed(absent), count=len(absent), place=TEXT(f"places.{point}")))
    grid = st.grid(3 if drift else 2, min_column_width=round(260 * lines.scale), gap="medium", key="compare-inside")
    name, here = layer_name(layer, lines.layers), when(step)
    with grid.cell():
        alt = TEXT("charts.layer", name=name, place=TEXT(f"places.{point}"), when=here)
        draw_chart(tables.layer_table(probed, point, layer), layer_spec(lines), alt=alt)
    with grid.cell():
        table = tables.depth_table(probed, point, "gradient")
        draw_chart(
            named_ends(table, lines, "gradient"), depth_spec(lines, "gradient"), alt=_told("gradient", table, here)
        )
        if not len(table):
            st.caption(TEXT("inside.no_gradient"))
    if drift:
        with grid.cell():
            _drift(service, lanes, lines, step, here)
    st.markdown(f"**{TEXT('inside.histograms', place=TEXT(f'places.{point}'), when=here)}**")
    _heat_maps(lanes, probed, point, lines.scale, here)
    st.caption(TEXT("inside.how"))


def _step(offered: tuple[int, ...]) -> int:
    """The step that was chosen, or the one before it; without one, the latest."""
    wanted = url_state.here().step
    step = offered[-1] if wanted is None else max((one for one in offered if one <= wanted), default=offered[0])
    if wanted is not None and wanted != step:
        st.caption(TEXT("passed_over.step", step=wanted, shown=step))
    if len(offered) > 1:
        st.select_slider(
            TEXT("controls.step"),
            offered,
            value=step,
            format_func=lambda known: f"{known:,}",
            **setting.control("step", step, of=str(len(offered)), change=setting.put_step),
        )
    else:
        st.caption(TEXT("inside.only", when=when(step)))
    return step


def _layer(layers: int) -> int:
    offered = list(range(1, layers + 1))
    layer: int = setting.value("layer", offered)
    st.select_slider(TEXT("controls.layer"), offered, value=layer, width=320, **setting.control("layer", layer))
    return layer


def _lacks(both: tuple[Lane, object], point: Point) -> bool:
    """Whether there is a probe, and nothing of this place in it."""
    _, probe = both
    return probe is not None and point not in probe.points  # type: ignore[attr-defined]


def _drift(service: RunService, lanes: Sequence[Lane], lines: Lines, step: int, here: str) -> None:
    """The drift. To know it, the statistics of every batch of the runs are read."""
    table = _drift_table(service, lanes, step)
    draw_chart(named_ends(table, lines, "drift"), depth_spec(lines, "drift"), alt=_told("drift", table, here))
    if not len(table):
        st.caption(TEXT("inside.no_drift"))


def _drift_table(service: RunService, lanes: Sequence[Lane], step: int) -> pa.Table:
    """The moving variance over the true one: run (its place), layer (from 1), value."""
    columns: list[tuple[np.ndarray, ...]] = []
    for place, lane in enumerate(lanes):
        run = lane.run
        drifts = drift_at(service.statistics(run.id), run.config, step) if run.config.normalized else None
        if drifts is not None:
            (layer,) = np.nonzero(np.isfinite(drifts) & (drifts > 0))
            columns.append((np.full(len(layer), place), layer + 1, drifts[layer]))
    types = {"run": np.uint8, "layer": np.uint8, "value": np.float32}
    return pa.table(
        {
            name: np.concatenate([np.empty(0, kind), *(column[place].astype(kind) for column in columns)])
            for place, (name, kind) in enumerate(types.items())
        }
    )


def _told(quantity: str, table: pa.Table, here: str) -> str:
    """What a chart by layer shows in words: each run's least and largest number."""
    said = []
    runs, values = table["run"].to_numpy(), table["value"].to_numpy()
    for place in np.unique(runs):
        mine = values[runs == place]
        said.append(TEXT("spoken.range", letter=letter(place), low=number(mine.min()), high=number(mine.max())))
    return f"{TEXT(f'charts.{quantity}', when=here)} {' '.join(said)}".strip()


def _heat_maps(lanes: Sequence[Lane], probed: ProbedSteps, point: Point, scale: float, here: str) -> None:
    grid = st.grid(4, min_column_width=round(260 * scale), gap="medium", key="compare-heat")
    for name, (lane, seen) in lettered(zip(lanes, probed.lanes, strict=True)):
        if seen.probes[0] is None or point not in seen.probes[0].points:
            continue
        config = lane.run.config
        table = tables.histogram_table(ProbedSteps(probed.steps, (seen,)), point)
        title = f"{name}  {variant(config)}"
        alt = TEXT("charts.heat", letter=name, variant=variant(config), place=TEXT(f"places.{point}"), when=here)
        with grid.cell():
            draw_chart(table, heat_spec(Look.of(config, scale), title), alt=plain(alt))
