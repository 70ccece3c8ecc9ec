"""The page itself: charts, captions, configuration, provenance and program of runs, with all that a browser needs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jinja2
import pyarrow as pa

from bn_core.config import FIELDS
from bn_core.exports.pictures import columns_of, vega_scripts
from bn_core.exports.recording import Recording
from bn_core.exports.result import said
from bn_core.source_code import program
from bn_core.terms import bare
from bn_core.training.notebook_lines import final_lines
from bn_core.versions import version
from pages.browser.component import script, style_sheet
from pages.charts.overlay import lettered
from pages.exported_page.figures import Figure, Part, figures_of
from pages.exported_page.laid_over import laid_over, written
from pages.exported_page.parts import parts
from pages.parts.provenance import run_in_full, validation_images
from pages.words import captions
from pages.words.fields import value_of
from pages.words.prose import prose

TEXT, TRAIN = prose("exported"), prose("train")

FILE = Path(__file__)


@dataclass(frozen=True)
class Section:
    """What the page says of one run, as plain texts.

    Attributes:
        heading: the network.
        remarks: how it failed, if it did.
        parts: its charts.
        results: the notebook's last lines, each with what it means.
        provenance: which run it is, on which data, when, and by which libraries.
        configuration: what each field is called, and its value.
        program: Python.
    """

    heading: str
    remarks: tuple[str, ...]
    parts: tuple[Part, ...]
    results: tuple[tuple[str, str], ...]
    provenance: tuple[str, ...]
    configuration: tuple[tuple[str, str], ...]
    program: str


def exported_page(recordings: Sequence[Recording]) -> str:
    """Return the page of these runs as HTML, which loads nothing.

    Of several runs the curves are laid over each other, and what differs between their configurations is listed.
    """
    together = laid_over(recordings) if len(recordings) > 1 else None
    sections = [section(recording) for recording in recordings]
    figures = [
        *(figures_of([together.part]) if together else ()),
        *(each for part in sections for each in figures_of(part.parts)),
    ]
    # The script is a module's default function, as those of all components are; here it is called at once.
    _, _, start = script(FILE.with_suffix(".js")).partition("export default ")
    known = version()
    return _template().render(
        title=TEXT("title", count=len(sections)),
        made=TEXT("made", version=known) if known else TEXT("made_without_version"),
        words={key: TEXT(key) for key in ("program", "configuration", "provenance", "slider", "together")},
        ending=TRAIN("ending.heading"),
        step=TEXT("step", step="{step}"),
        together=together,
        sections=list(lettered(sections)),
        style=style_sheet(FILE.with_suffix(".css")),
        scripts=_inside_script(vega_scripts()),
        start=_inside_script(start),
        figures=json.dumps(_data(figures), separators=(",", ":"), allow_nan=False).replace("<", "\\u003c"),
    )


def section(recording: Recording) -> Section:
    """Return what the page says of a run."""
    run, failed = recording.run, recording.history.failed
    return Section(
        heading=captions.variant(run.config),
        remarks=() if failed is None else (captions.failure(said(failed), run.config),),
        parts=tuple(parts(recording)),
        results=tuple(_results(recording)),
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
    for field in FIELDS:
        yield field.label, written(value_of(recording.run.config, field))


def _data(figures: Sequence[Figure]) -> dict[str, Any]:
    """Return what the page's script draws: each table once, however many charts show it."""
    tables = list({id(state.table): state.table for each in figures for state in each.states.values()}.values())
    places = {id(table): place for place, table in enumerate(tables)}
    drawn = [
        {
            "spec": each.drawn(),
            "chosen": each.chosen,
            "states": {key: {"table": places[id(state.table)], "alt": state.alt} for key, state in each.states.items()},
        }
        for each in figures
    ]
    return {"tables": [_packed(table) for table in tables], "figures": drawn}


def _packed(table: pa.Table) -> dict[str, Any]:
    """Return a table's columns; of one that has the same in all rows, that alone."""
    columns = columns_of(table)
    same = {name: values[0] for name, values in columns.items() if values and all(each == values[0] for each in values)}
    return {"rows": len(table), "columns": columns | same}


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
