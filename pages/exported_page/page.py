"""The page itself: charts, captions, configuration, provenance and program of runs, with all that a browser needs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import jinja2

from bn_core.config import FIELDS
from bn_core.exports.pictures import columns_of, vega_scripts
from bn_core.exports.recording import Recording
from bn_core.exports.result import said
from bn_core.source_code import program
from bn_core.terms import bare
from bn_core.training.notebook_lines import final_lines
from bn_core.versions import version
from pages.browser.component import script, style_sheet
from pages.exported_page.figures import Figure, Scrubbed, of_layers, of_population, of_training
from pages.parts.provenance import run_in_full, validation_images
from pages.words import captions
from pages.words.prose import prose

TEXT, TRAIN = prose("exported"), prose("train")

FILE = Path(__file__)


@dataclass(frozen=True)
class Section:
    """What the page says of one run, as plain texts.

    Attributes:
        heading: the network.
        remarks: how it failed, if it did.
        curves, inside: charts that stand alone.
        layers: those with a slider; None where nothing was probed.
        results: the notebook's last lines, each with what it means.
        provenance: which run it is, on which data, when, and by which libraries.
        configuration: what each field is called, and its value.
        program: Python.
    """

    heading: str
    remarks: tuple[str, ...]
    curves: tuple[Figure, ...]
    layers: Scrubbed | None
    inside: tuple[Figure, ...]
    results: tuple[tuple[str, str], ...]
    provenance: tuple[str, ...]
    configuration: tuple[tuple[str, str], ...]
    program: str

    @property
    def figures(self) -> tuple[Figure, ...]:
        """All charts, in the order of the page."""
        return (*self.curves, *(self.layers.figures if self.layers else ()), *self.inside)


def exported_page(recordings: Iterable[Recording]) -> str:
    """Return the page of these runs as HTML, which loads nothing."""
    sections = [section(recording) for recording in recordings]
    drawn = [{"spec": each.drawn(), "columns": columns_of(each.table)} for part in sections for each in part.figures]
    # The page's script is a function, as those of all components are; here it is called at once.
    _, _, start = script(FILE.with_suffix(".js")).partition("export default ")
    known = version()
    return _template().render(
        title=TEXT("title", count=len(sections)),
        made=TEXT("made", version=known) if known else TEXT("made_without_version"),
        words={key: TEXT(key) for key in ("program", "configuration", "provenance", "depth", "slider")},
        ending=TRAIN("ending.heading"),
        step=TEXT("step", step="{step}"),
        sections=sections,
        style=style_sheet(FILE.with_suffix(".css")),
        scripts=_inside_script(vega_scripts()),
        start=_inside_script(start),
        figures=json.dumps(drawn, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c"),
    )


def section(recording: Recording) -> Section:
    """Return what the page says of a run."""
    run, history = recording.run, recording.history
    scored, failed = history.scored, history.failed
    return Section(
        heading=captions.variant(run.config),
        remarks=() if failed is None else (captions.failure(said(failed), run.config),),
        curves=tuple(of_training(recording)),
        layers=of_layers(recording),
        inside=tuple(of_population(recording)),
        results=() if scored is None else tuple(_results(recording)),
        provenance=tuple(_provenance(recording)),
        configuration=tuple(_configuration(recording)),
        program=program(run.config).text,
    )


def _results(recording: Recording) -> Iterator[tuple[str, str]]:
    config, scored = recording.run.config, recording.history.scored
    if scored is not None:
        meanings = (captions.of_validation, captions.of_test, captions.of_one_by_one)
        for line, meaning in zip(final_lines(scored), meanings, strict=True):
            yield line, bare(meaning(scored, config))


def _provenance(recording: Recording) -> Iterator[str]:
    run, history = recording.run, recording.history
    yield from run_in_full(run)
    yield bare(TRAIN("provenance.accuracy", images=validation_images(history)))
    yield TEXT("progress", step=history.last_step, batches=run.config.batches)
    if run.started is not None:
        yield TEXT("began", date=datetime.fromtimestamp(run.started, UTC).strftime("%Y-%m-%d %H:%M"))
    if history.started is not None:
        versions = ", ".join(f"{name} {number}" for name, number in history.started.versions.items())
        yield TEXT("software", versions=versions)


def _configuration(recording: Recording) -> Iterator[tuple[str, str]]:
    config = recording.run.config
    for field in FIELDS:
        value = getattr(config, field.name)
        written = TEXT("on" if value else "off") if isinstance(value, bool) else str(value)
        yield field.label, TEXT("idle") if field.name in config.idle else written


def _inside_script(text: str) -> str:
    """Return a script as it may stand inside of a script's element: none of its strings ends that."""
    return text.replace("</script", "<\\/script")


def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(FILE.parent),
        undefined=jinja2.StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html.jinja")
