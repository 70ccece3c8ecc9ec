"""The part of the page that moves: the run's layers, looked at again on a timer while it trains.

One top-level fragment with a fixed number and order of elements. While the run is under way its charts show the latest
snapshot; once it pauses or has ended they hold all snapshots, and the browser scrubs through them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from bn_core.chart_tables import layers as tables
from bn_core.chart_tables.layers import Point, ProbedSteps
from bn_core.network.layers_probed import LayersProbed
from bn_core.runs.inside import ProbeHistory
from bn_core.runs.records import RunRecord
from bn_core.runs.service import RunService
from pages.charts.kit import Look, Spec
from pages.layers_page import spoken, words
from pages.layers_page.charts import DEPTH_CHARTS, band_spec, depth_spec, heat_spec, layer_spec, ridges_spec
from pages.layers_page.marking import with_chosen, with_gaps
from pages.layers_page.words import TEXT
from pages.live import live
from pages.parts import following
from pages.parts.chart import draw_chart, room
from pages.parts.following import follow, pace_inside, show_state
from pages.parts.pick import pick
from pages.parts.stacks import stack
from pages.parts.status_words import label
from pages.parts.step_slider import step_slider
from pages.session import setting, url_state
from pages.session.session import kept
from pages.words.captions import variant
from pages.words.layer_names import layer_name, layer_title
from pages.words.plain_text import plain


@dataclass
class Watched:
    """The run that the session watched as it trained."""

    run: str | None = None


@dataclass(frozen=True)
class Scene(following.Scene):
    """What is shown of the run. While more of it comes by itself, that is the latest snapshot.

    Attributes:
        history, beside: the probes of the run, and of the one laid over it if there is one.
        other: the one laid over it.
    """

    history: ProbeHistory
    other: RunRecord | None
    beside: ProbeHistory | None


def layers_panel(service: RunService, run: RunRecord, other: RunRecord | None, scale: float) -> None:
    """Draw the panel and keep it up to date, as often as the run is worth.

    Args:
        other: a run to lay over it, or None.
        scale: of the text in the charts.
    """

    def look() -> Scene:
        beside = None if other is None else service.probes(other.id)
        return Scene(follow(service, run), service.probes(run.id), other, beside)

    def draw(scene: Scene, trouble: str) -> float | None:
        _draw(scene, trouble, scale)
        return pace_inside(scene.view)

    live("layers", run.id, look, draw, lambda scene: pace_inside(scene.view))


def _draw(scene: Scene, trouble: str, scale: float) -> None:
    point, view = _choices(scene.run)
    show_state("layers", scene.view, TEXT("title"), trouble)
    known = _probed(scene, -1 if scene.live else 0)
    look = _look(scene, known, scale)
    start = _start(scene, known, url_state.here().step)
    wide, middle, narrow = stack("layers", [8, 6, 5], "medium")
    spec = ridges_spec(look) if view == "ridges" else heat_spec(look)
    with wide:
        # On a room's screen the slider stands above the picture: a low one would have no room for it below.
        above = st.container(key="slider-above", gap=None) if scale > 1 else None
        if above is not None:
            above.markdown("")  # nothing would keep the room of a container that is still empty
        picture = room(spec, "layers")
        slider = above or st.container()
    with middle:
        layer = _one_layer(scene, known, look, point, start)
    with wide:
        _all_layers(scene, known, spec, point, view, start, layer, picture, slider)
    with narrow:
        _by_depth(scene, known, look, point, start)


def _choices(run: RunRecord) -> tuple[Point, str]:
    places = words.places(run.config.placement)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key="layers-choices"):
        point = pick(TEXT("controls.place"), places, "place")
        view = pick(TEXT("controls.view"), TEXT.table("views"), "view")
    return point, view


def _all_layers(
    scene: Scene,
    known: ProbedSteps,
    spec: Spec,
    point: Point,
    view: str,
    start: int,
    layer: int,
    picture: DeltaGenerator,
    slider: DeltaGenerator,
) -> None:
    config = scene.run.config
    first = scene.history.probes[0] if scene.history.probes else None
    sentences = [
        words.what_to_see(probe, first or probe, config, point) for probe in known.lanes[0].probes if probe is not None
    ]
    where = words.places(config.placement)[point]
    description = TEXT(f"charts.{view}", where=where, layers=config.architecture.layers, variant=variant(config))
    alt = scene.told(description, sentences[start] if sentences else "")
    with picture:
        draw_chart(with_chosen(tables.histogram_table(known, point), layer), spec, alt=alt)
    with slider:
        rest = None if scene.live else setting.put_step
        step_slider(known.steps, sentences or [TEXT("nothing.no_probe")], start, rest)
    remarks = [_legend(scene, point, view), "" if config.normalized else TEXT("nothing.no_bn")]
    notes = [f"{TEXT(f'scales.{view}')} {TEXT('scales.bins')}", words.provenance(scene.run, known.steps)]
    st.markdown("\n\n".join([*filter(None, remarks), *(f":small[:gray[{plain(note)}]]" for note in notes)]))


def _legend(scene: Scene, point: Point, view: str) -> str:
    if scene.other is None or scene.beside is None:
        return ""
    other = plain(f"{label(scene.other)}, {scene.other.id}")
    if point not in words.places(scene.other.config.placement):
        key = "no_place"
    else:
        key = view if scene.beside.probes else "unrecorded"
    return TEXT(f"laid_over.{key}", other=other)


def _one_layer(scene: Scene, known: ProbedSteps, look: Look, point: Point, start: int) -> int:
    """The layer that is looked at, 1 to 20, in full."""
    where = words.places(scene.run.config.placement)[point]
    heading = st.container()
    architecture = scene.run.config.architecture
    layer: int = setting.value("layer", architecture.numbers)
    st.select_slider(
        TEXT("controls.layer"),
        architecture.numbers,
        value=layer,
        label_visibility="collapsed",
        **setting.control("layer", layer),
    )
    name = layer_name(layer, architecture.layers)
    heading.markdown(TEXT("layer.heading", title=layer_title(layer, architecture), place=where))
    draw_chart(
        tables.layer_table(known, point, layer),
        layer_spec(look),
        alt=scene.told(TEXT("charts.layer", where=where, name=name), spoken.size(_at(known, start), point, layer)),
    )
    channels = {place + 1: words.channel_name(layer, place, architecture) for place in (0, 1, 2)}
    place = pick(TEXT("controls.channel"), channels, "channel")
    everything = _probed(scene, 0)
    percentiles = tables.percentile_table(everything, point, layer, place - 1)
    shown = TEXT("charts.percentiles", channel=channels[place], where=where, name=name)
    draw_chart(
        percentiles,
        band_spec(look, TEXT("layer.percentiles"), TEXT.list("layer.percentile_lines")),
        alt=scene.told(shown, spoken.band(percentiles)),
    )
    spread = tables.spread_table(everything, point, layer)
    draw_chart(
        spread,
        band_spec(look, TEXT("layer.spread"), TEXT.list("layer.spread_lines")),
        alt=scene.told(TEXT("charts.spread", where=where, name=name), spoken.band(spread)),
    )
    return layer


def _at(known: ProbedSteps, snapshot: int) -> LayersProbed | None:
    """The run's probe that the page begins with; None where there is none."""
    probes = known.lanes[0].probes
    return probes[snapshot] if snapshot < len(probes) else None


def _by_depth(scene: Scene, known: ProbedSteps, look: Look, point: Point, start: int) -> None:
    for quantity in DEPTH_CHARTS:
        title, note = TEXT(f"depth.{quantity}").capitalize(), TEXT(f"notes.{quantity}")
        draw_chart(
            with_gaps(tables.depth_table(known, point, quantity), known, point, quantity),
            depth_spec(look, quantity),
            alt=scene.told(
                TEXT("charts.depth", title=title, layers=look.layers, note=note),
                spoken.depth(_at(known, start), point, quantity),
            ),
        )


def _probed(scene: Scene, first: int) -> ProbedSteps:
    other = "none" if scene.other is None else scene.other.config.placement
    return tables.probed_steps(scene.history, scene.run.config.placement, scene.beside, other, first)


def _look(scene: Scene, known: ProbedSteps, scale: float) -> Look:
    beside = None if scene.other is None else Look.of(scene.other.config, scale)
    look = Look.of(scene.run.config, scale)
    batches = look.batches if beside is None else max(look.batches, beside.batches)
    layers = max(run.layers for run in (look, beside or look))
    snapshots = 0 if scene.live else len(known.steps)
    return replace(look, batches=batches, layers=layers, beside=beside, snapshots=snapshots)


def _start(scene: Scene, known: ProbedSteps, step: int | None) -> int:
    """Which snapshot to begin with, counted from 0; without a step, the last of a run watched as it trained."""
    last = max(0, len(known.steps) - 1)
    if scene.live:
        kept(Watched).run = scene.run.id
        return last
    if step is not None:
        return max((index for index, at in enumerate(known.steps) if at <= step), default=0)
    return last if kept(Watched).run == scene.run.id else words.most_telling(known.lanes[0].probes)
