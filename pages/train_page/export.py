"""A run's numbers and charts to take away. The files are made when they are asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from bn_core.exports.recording import Recording, recordings
from bn_core.exports.result import result_text
from bn_core.exports.tables import curves_csv, tables_zip
from bn_core.runs.records import RunRecord
from bn_core.runs.service import RunService
from pages.words.prose import prose

TEXT = prose("train")


@dataclass(frozen=True)
class Download:
    """One file of a run.

    Attributes:
        name: of its text in `[tools]`.
        ending: of the file's name.
        kind: its media type.
        made: what is in it.
    """

    name: str
    ending: str
    kind: str
    made: Callable[[Recording], bytes | str]


def _event_files(recording: Recording) -> bytes:
    # Forty milliseconds and four megabytes, for those who take them.
    from bn_core.exports.event_files import event_files_zip

    return event_files_zip([recording])


def _page(recording: Recording) -> str:
    # The charts of other pages, which Train itself does not draw.
    from pages.exported_page.page import exported_page

    return exported_page([recording])


def _pictures(recording: Recording) -> bytes:
    # As the page.
    from pages.exported_page.pictures import pictures_zip

    return pictures_zip([recording])


DOWNLOADS = (
    Download("html", "html", "text/html", _page),
    Download("pictures", "pictures.zip", "application/zip", _pictures),
    Download("csv", "csv", "text/csv", lambda recording: curves_csv([recording])),
    Download("json", "json", "application/json", result_text),
    Download("tables", "tables.zip", "application/zip", lambda recording: tables_zip([recording], "parquet")),
    Download("event_files", "tensorboard.zip", "application/zip", _event_files),
)


def export(service: RunService, run: RunRecord) -> None:
    """Draw a quiet button that opens the choice."""
    with st.popover(TEXT("tools.download"), type="tertiary"):
        for each in DOWNLOADS:
            st.download_button(
                TEXT(f"tools.{each.name}"),
                _made(service, run.id, each),
                f"batch-norm-lab-{run.id}.{each.ending}",
                each.kind,
                key=f"download-{each.name}",
                on_click="ignore",
                width="stretch",
            )


def _made(service: RunService, run_id: str, download: Download) -> Callable[[], bytes | str]:
    def made() -> bytes | str:
        (recording,) = recordings(service, [run_id])
        return download.made(recording)

    return made
