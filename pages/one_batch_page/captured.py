"""The channels that were captured when a run was recorded, with the images that they answer to."""

from __future__ import annotations

from dataclasses import dataclass

from bn_core.architecture import Architecture
from bn_core.exhibits import CapturedBatch, CapturedChannel, Member, library
from bn_core.runs.service import RunService
from pages.one_batch_page.text import TEXT
from pages.parts.status_words import label
from pages.session.session import session
from pages.words.plain_text import plain


@dataclass(frozen=True, eq=False)
class Shelf:
    """What was captured of one run.

    Attributes:
        member: the run.
        batch: the images.
    """

    member: Member
    batch: CapturedBatch

    @property
    def architecture(self) -> Architecture:
        """Of the run's network."""
        return self.member.record.config.architecture

    @property
    def steps(self) -> tuple[int, ...]:
        """The steps at which channels were captured, ascending."""
        return self.member.snapshot_steps

    def channel(self, step: int, layer: int, place: int) -> CapturedChannel | None:
        """A channel at a step; None where it cannot be read."""
        return library().channel(self.member.record.id, step, layer, place)


def another_run(service: RunService, shelf: Shelf) -> str:
    """Return what this page shows where the address names another run; an empty text where it names none."""
    asked, mine = session().run_id, shelf.member.record
    if asked in (None, mine.id):
        return ""
    run = service.run(asked)
    if run is None:
        return plain(service.damage(asked)) or TEXT("unknown-run", mine=mine.id)
    return TEXT("another-run", run=plain(f"{label(run)}, {run.id}"), mine=mine.id)


def shelf() -> Shelf | None:
    """What was captured; None where the recorded runs did not come with this copy of the app, or are damaged."""
    member = next((member for member in library().members() if member.captured), None)
    batch = None if member is None else library().captured_batch(member.record.id)
    return None if member is None or batch is None else Shelf(member, batch)
