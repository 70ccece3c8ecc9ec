"""What runs are taken away as. The files are made when they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

from bn_core.exports.recording import Recording, recordings
from bn_core.exports.result import result_text, results_text
from bn_core.exports.tables import curves_csv, tables_zip
from bn_core.runs.service import RunService
from pages.parts import transfer
from pages.words.prose import prose

TEXT = prose("train")


@dataclass(frozen=True)
class Download:
    """One file of some runs.

    Attributes:
        name: of its text in `[tools]`.
        ending: of the file's name.
        kind: its media type.
        made: what is in it.
    """

    name: str
    ending: str
    kind: str
    made: Callable[[Sequence[Recording]], bytes | str]


def _event_files(found: Sequence[Recording]) -> bytes:
    # Forty milliseconds and four megabytes, for those who take them.
    from bn_core.exports.event_files import event_files_zip

    return event_files_zip(found)


def _page(found: Sequence[Recording]) -> str:
    # The charts of other pages, which the one with the button need not have.
    from pages.exported_page.page import exported_page

    return exported_page(found)


def _pictures(found: Sequence[Recording]) -> bytes:
    # As the page.
    from pages.exported_page.pictures import pictures_zip

    return pictures_zip(found)


def _json(found: Sequence[Recording]) -> str:
    return result_text(found[0]) if len(found) == 1 else results_text(found)


DOWNLOADS = (
    Download("html", "html", "text/html", _page),
    Download("pictures", "pictures.zip", "application/zip", _pictures),
    Download("csv", "csv", "text/csv", curves_csv),
    Download("json", "json", "application/json", _json),
    Download("tables", "tables.zip", "application/zip", lambda found: tables_zip(found, "parquet")),
    Download("event_files", "tensorboard.zip", "application/zip", _event_files),
)


def downloads(service: RunService, run_ids: Sequence[str]) -> None:
    """Draw a quiet button that opens the choice.

    Args:
        run_ids: at least one; each file has all of them.
    """
    name = "-".join(["batch-norm-lab", run_ids[0] if len(run_ids) == 1 else "runs"])
    with st.popover(TEXT("tools.download"), type="tertiary"):
        for each in DOWNLOADS:
            st.download_button(
                TEXT(f"tools.{each.name}"),
                _made(service, tuple(run_ids), each),
                f"{name}.{each.ending}",
                each.kind,
                key=f"download-{each.name}",
                on_click="ignore",
                width="stretch",
            )
        transfer.download(service, [run for run in map(service.run, run_ids) if run is not None], "download-runs")


def _made(service: RunService, run_ids: Sequence[str], download: Download) -> Callable[[], bytes | str]:
    return lambda: download.made(list(recordings(service, run_ids)))
