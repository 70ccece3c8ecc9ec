"""The charts of a run as the page has them: those of Train, of Inside the layers and of Population statistics."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import get_args

import pyarrow.compute as pc

from bn_core.chart_tables import layers as layer_tables
from bn_core.chart_tables import population as population_tables
from bn_core.chart_tables.layers import Point, ProbedSteps
from bn_core.chart_tables.population import Curves, Statistic
from bn_core.config import TrainingConfig
from bn_core.exports.layers import courses
from bn_core.exports.recording import Recording
from bn_core.network.layers_probed import LayersProbed
from bn_core.terms import bare
from pages.charts.kit import Look
from pages.charts.training import accuracy_points, accuracy_spec, loss_points, loss_spec
from pages.exported_page.figures import Choice, Figure, Part, Row, State, alone
from pages.layers_page import charts as layer_charts
from pages.layers_page import spoken as layers_spoken
from pages.layers_page import words as layer_words
from pages.layers_page.marking import with_gaps
from pages.parts.finding import finding
from pages.population_page import charts as population_charts
from pages.population_page import spoken as population_spoken
from pages.population_page import words as population_words
from pages.words.captions import variant
from pages.words.layer_names import layer_name
from pages.words.prose import prose

TEXT, TRAIN = prose("exported"), prose("train")
LAYERS, POPULATION = prose("layers"), prose("population")

STATISTICS: tuple[Statistic, ...] = get_args(Statistic)


def parts(recording: Recording) -> Iterator[Part]:
    """Yield what was recorded of a run, as far as it was."""
    yield from _training(recording)
    yield from _layers(recording)
    yield from _population(recording)


def _training(recording: Recording) -> Iterator[Part]:
    config, history = recording.run.config, recording.history
    if not history.evaluations and not len(history.steps):
        return
    key = (config.placement, config.bias, config.batches)
    said = {"batches": config.batches, "variant": variant(config)}
    accuracy = TRAIN("charts.accuracy" if config.normalized else "charts.accuracy_none", **said)
    seen = bare(finding(history, config))
    figures = (
        alone("accuracy", accuracy_spec(*key), accuracy_points(history), accuracy, caption=seen),
        alone("loss", loss_spec(*key), loss_points(history), TRAIN("charts.loss", **said)),
    )
    yield Part(TRAIN("title"), (Row(figures),))


# Inside the layers -------------------------------------------------------------------------------------------------


def _layers(recording: Recording) -> Iterator[Part]:
    config, probes = recording.run.config, recording.probes.probes
    known = layer_tables.probed_steps(recording.probes, config.placement, None, "none")
    if not known.steps:
        return
    look = replace(Look.of(config), snapshots=len(known.steps))
    places = layer_words.places(config.placement)
    captions: dict[str, tuple[str, ...]] = {
        point: tuple(bare(layer_words.what_to_see(probe, probes[0], config, point)) for probe in probes)
        for point in places
    }
    whole = Row(
        tuple(_of_all_layers(known, look, recording)),
        TEXT("layers"),
        (Choice("place", LAYERS("controls.place"), LAYERS.table(f"places.{config.placement}")),),
        tuple(LAYERS(f"scales.{name}") for name in ("ridges", "heat", "bins")),
    )
    by_depth = Row(tuple(_by_depth(known, look, recording)), TEXT("depth"))
    channel = Choice("channel", LAYERS("controls.channel"), TEXT.table("channels"))
    one = Row(tuple(_of_one_layer(known, look, recording)), TEXT("one_layer"), (_layer(config), channel))
    yield Part(LAYERS("title"), (whole, by_depth, one), known.steps, captions)


def _of_all_layers(known: ProbedSteps, look: Look, recording: Recording) -> Iterator[Figure]:
    config = recording.run.config
    places = layer_words.places(config.placement)
    tables = {point: layer_tables.histogram_table(known, point) for point in places}
    for view, spec in (("ridges", layer_charts.ridges_spec(look)), ("heat", layer_charts.heat_spec(look))):
        told = {"layers": look.layers, "variant": variant(config)}
        states: dict[str, State] = {
            point: State(tables[point], LAYERS(f"charts.{view}", where=where, **told))
            for point, where in places.items()
        }
        yield Figure(view, spec, states, ("place",))


def _by_depth(known: ProbedSteps, look: Look, recording: Recording) -> Iterator[Figure]:
    last = recording.probes.probes[-1]
    for quantity in layer_charts.DEPTH_CHARTS:
        name, note = LAYERS(f"depth.{quantity}").capitalize(), bare(LAYERS(f"notes.{quantity}"))
        described = LAYERS("charts.depth", title=name, layers=look.layers, note=note)
        states: dict[str, State] = {
            point: State(
                with_gaps(layer_tables.depth_table(known, point, quantity), known, point, quantity),
                _told(described, layers_spoken.depth(last, point, quantity)),
            )
            for point in layer_words.places(recording.run.config.placement)
        }
        yield Figure(quantity, layer_charts.depth_spec(look, quantity), states, ("place",))


def _of_one_layer(known: ProbedSteps, look: Look, recording: Recording) -> Iterator[Figure]:
    config, last = recording.run.config, recording.probes.probes[-1]
    states = {
        f"{point} {layer}": _histogram(known, point, layer, last, where) for point, where, layer in _places(recording)
    }
    yield Figure("layer", layer_charts.layer_spec(look), states, ("place", "layer"))
    percentiles = {}
    for point, where, layer in _places(recording):
        for channel in TEXT.table("channels"):
            table = layer_tables.percentile_table(known, point, layer, int(channel))
            shown = layer_words.channel_name(layer, int(channel), config.architecture)
            told = LAYERS("charts.percentiles", channel=shown, where=where, name=layer_name(layer, look.layers))
            percentiles[f"{point} {layer} {channel}"] = State(table, _told(told, layers_spoken.band(table)))
    spec = layer_charts.band_spec(look, LAYERS("layer.percentiles"), LAYERS.list("layer.percentile_lines"))
    yield Figure("percentiles", spec, percentiles, ("place", "layer", "channel"))
    spread = {}
    for point, where, layer in _places(recording):
        table = layer_tables.spread_table(known, point, layer)
        told = LAYERS("charts.spread", where=where, name=layer_name(layer, look.layers))
        spread[f"{point} {layer}"] = State(table, _told(told, layers_spoken.band(table)))
    spec = layer_charts.band_spec(look, LAYERS("layer.spread"), LAYERS.list("layer.spread_lines"))
    yield Figure("spread", spec, spread, ("place", "layer"))


def _histogram(known: ProbedSteps, point: Point, layer: int, last: LayersProbed, where: str) -> State:
    told = LAYERS("charts.layer", where=where, name=layer_name(layer, last.layers))
    return State(layer_tables.layer_table(known, point, layer), _told(told, layers_spoken.size(last, point, layer)))


def _places(recording: Recording) -> Iterator[tuple[Point, str, int]]:
    """Yield each place of each layer, what the place is called, and the layer's number."""
    config = recording.run.config
    for point, where in layer_words.places(config.placement).items():
        for layer in config.architecture.numbers:
            yield point, where, layer


# Population statistics ---------------------------------------------------------------------------------------------


def _population(recording: Recording) -> Iterator[Part]:
    config, found = recording.run.config, courses(recording)
    if found is None or not len(found.own.steps):
        return
    look, recorded, decay = Look.of(config), len(recording.statistics.steps), population_words.first_decay(config)
    found = replace(found, chosen=population_tables.replayed(recording.statistics, config, decay.momentum))
    one = Row(
        tuple(_of_statistics(found, look)),
        TEXT("one_layer"),
        (_layer(config),),
        (
            TEXT("legend", decay=decay.name, over=population_words.truth_over(recorded)),
            population_words.notes(config, recorded, len(found.own.steps)),
        ),
    )
    yield Part(POPULATION("title"), (Row(tuple(_drifts(found, look, recording)), TEXT("drift")), one))


def _drifts(found: Curves, look: Look, recording: Recording) -> Iterator[Figure]:
    """How far the moving statistics were off in all layers."""
    config = recording.run.config
    scored = [event for event in recording.history.evaluations if event.recalibrated is not None]
    at = scored[-1] if scored else None
    off = None if at is None else population_tables.by_layer(found, "variance", at.step)
    captions = {"variance": bare(population_words.what_to_see(at, off, config))}
    for statistic in STATISTICS:
        table = population_tables.heat_table(found.own, found.truth, statistic, config, (1, None))
        # Nobody looks at a certain layer here.
        table = table.filter(pc.field("since") != population_tables.MARK)
        values = config.values_behind_means(config.batch_size)
        what = POPULATION(f"charts.{statistic}_drift")
        yield alone(
            f"drift-of-{statistic}",
            population_charts.heat_spec(look, values, statistic),
            table,
            POPULATION("charts.heat", batches=config.batches, what=what, variant=variant(config)),
            title=POPULATION(f"drift.{statistic}_title"),
            caption=captions.get(statistic, ""),
        )


def _of_statistics(found: Curves, look: Look) -> Iterator[Figure]:
    """The statistics of a layer and their drift."""
    layers = found.architecture.numbers
    for statistic in STATISTICS:
        told = POPULATION("charts.curve", statistic=POPULATION(f"controls.statistics.{statistic}"))
        tables = {layer: population_tables.statistic_table(found, statistic, layer, None) for layer in layers}
        states = {str(at): State(table, _told(told, population_spoken.curve(table))) for at, table in tables.items()}
        yield Figure(f"curve-of-{statistic}", population_charts.statistic_spec(look, statistic), states, ("layer",))
    for statistic in STATISTICS:
        told = POPULATION("charts.drift", what=POPULATION(f"charts.{statistic}_drift"))
        tables = {layer: population_tables.drift_table(found, statistic, layer, None) for layer in layers}
        states = {str(at): State(table, _told(told, population_spoken.drift(table))) for at, table in tables.items()}
        yield Figure(f"drift-curve-of-{statistic}", population_charts.drift_spec(look, statistic), states, ("layer",))


def _layer(config: TrainingConfig) -> Choice:
    numbers = config.architecture.numbers
    names = {str(layer): layer_name(layer, config.architecture.layers) for layer in numbers}
    return Choice("layer", LAYERS("controls.layer"), names)


def _told(*sentences: str) -> str:
    return " ".join(filter(None, sentences))
