"""The charts of a run as the page has them: those of Train, of Inside the layers and of Population statistics."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pyarrow as pa
import pyarrow.compute as pc

from bn_core.chart_tables import layers as layer_tables
from bn_core.chart_tables import population as population_tables
from bn_core.exports.layers import courses
from bn_core.exports.pictures import Spec, standalone
from bn_core.exports.recording import Recording
from bn_core.terms import bare
from pages.charts.kit import Look
from pages.charts.training import accuracy_points, accuracy_spec, loss_points, loss_spec
from pages.exported_page.theme import light
from pages.layers_page import charts as layer_charts
from pages.layers_page import words as layer_words
from pages.layers_page.marking import with_gaps
from pages.parts.finding import finding
from pages.parts.step_slider import PARAMETER
from pages.population_page import charts as population_charts
from pages.population_page import words as population_words
from pages.words.captions import variant
from pages.words.prose import prose

TEXT, TRAIN = prose("exported"), prose("train")
LAYERS, POPULATION = prose("layers"), prose("population")


@dataclass(frozen=True)
class Figure:
    """A chart with its words.

    Attributes:
        name: short, unique in a run: letters of a-z.
        spec: as the app has it.
        table: its data.
        alt: what it shows, for whoever does not see it.
        title: above it; empty where the chart has its own.
        caption: what there is to see; empty for nothing.
    """

    name: str
    spec: Spec
    table: pa.Table
    alt: str
    title: str = ""
    caption: str = ""

    def drawn(self, width: int | None = None) -> Spec:
        """Return the specification that needs no app, with its words: see `pictures.standalone`."""
        return _unbound(standalone(self.spec, light(), width)) | {"description": self.alt}


@dataclass(frozen=True)
class Scrubbed:
    """Charts that show one of several steps.

    Attributes:
        steps: updates done at each.
        captions: what there is to see at each.
    """

    steps: tuple[int, ...]
    captions: tuple[str, ...]
    figures: tuple[Figure, ...]


def of_training(recording: Recording) -> Iterator[Figure]:
    """Yield accuracy and loss; nothing for a run of which nothing was recorded."""
    config, history = recording.run.config, recording.history
    if not history.evaluations and not len(history.steps):
        return
    key = (config.placement, config.bias, config.batches)
    said = {"batches": config.batches, "variant": variant(config)}
    accuracy = TRAIN("charts.accuracy" if config.normalized else "charts.accuracy_none", **said)
    seen = bare(finding(history, config))
    yield Figure("accuracy", accuracy_spec(*key), accuracy_points(history), accuracy, caption=seen)
    yield Figure("loss", loss_spec(*key), loss_points(history), TRAIN("charts.loss", **said))


def of_layers(recording: Recording) -> Scrubbed | None:
    """Return the layers at every step at which they were probed; None for a run that has no probes."""
    config, probes = recording.run.config, recording.probes
    known = layer_tables.probed_steps(probes, config.placement, None, "none")
    if not known.steps:
        return None
    look = replace(Look.of(config), snapshots=len(known.steps))
    point, where = next(iter(layer_words.places(config.placement).items()))
    first = probes.probes[0]
    captions = (layer_words.what_to_see(probe, first, config, point) for probe in probes.probes)
    described = LAYERS("charts.ridges", where=where, layers=look.layers, variant=variant(config))
    table = layer_tables.histogram_table(known, point)
    figures = [Figure("layers", layer_charts.ridges_spec(look), table, described, TEXT("layers", where=where))]
    for quantity in layer_charts.DEPTH_CHARTS:
        name, note = LAYERS(f"depth.{quantity}").capitalize(), LAYERS(f"notes.{quantity}")
        numbers = with_gaps(layer_tables.depth_table(known, point, quantity), known, point, quantity)
        described = LAYERS("charts.depth", title=name, layers=look.layers, note=note)
        figures.append(Figure(quantity, layer_charts.depth_spec(look, quantity), numbers, bare(described)))
    return Scrubbed(known.steps, tuple(map(bare, captions)), tuple(figures))


def of_population(recording: Recording) -> Iterator[Figure]:
    """Yield how far the moving variances were off; nothing for a run of which that was not recorded."""
    config, found = recording.run.config, courses(recording)
    if found is None or not len(found.own.steps):
        return
    scored = [event for event in recording.history.evaluations if event.recalibrated is not None]
    at = scored[-1] if scored else None
    drifts = None if at is None else population_tables.by_layer(found, "variance", at.step)
    table = population_tables.heat_table(found.own, found.truth, "variance", config, (1, None))
    # Nobody looks at a certain layer here.
    table = table.filter(pc.field("since") != population_tables.MARK)
    spec = population_charts.heat_spec(Look.of(config), config.values_behind_means(config.batch_size), "variance")
    what = POPULATION("charts.variance_drift")
    described = POPULATION("charts.heat", batches=config.batches, what=what, variant=variant(config))
    caption = population_words.what_to_see(at, drifts, config)
    yield Figure("drift", spec, table, described, TEXT("drift"), bare(caption))


def _unbound(spec: Spec) -> Spec:
    """Return a specification whose snapshot is chosen by the page's slider, and not by one of the chart's own."""
    if "params" not in spec:
        return spec
    params = [
        {name: value for name, value in each.items() if name != "bind" or each["name"] != PARAMETER}
        for each in spec["params"]
    ]
    return spec | {"params": params}
