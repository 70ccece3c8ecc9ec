"""Which runs are laid over each other: they stand in the address, each with a letter by its place there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bn_core.exhibits import Library
from bn_core.exhibits.catalogue import RACE
from bn_core.runs.records import RunRecord
from bn_core.runs.service import RunService
from pages.charts.overlay import lettered
from pages.compare_page.text import TEXT
from pages.parts.run_choice import may_be_named
from pages.session import setting, url_state
from pages.session.identity import browser_id

MOST = 8
"""How many runs are laid over each other at most."""

NONE = "none"
"""What the address says where nothing is to be chosen for the person either."""

OWN_FIRST = 2
"""How many of one's own runs are laid over each other where nobody chose."""


@dataclass(frozen=True)
class Chosen:
    """What is laid over each other.

    Attributes:
        runs: in the order of the address.
        passed_over: one sentence for each way in which the address names more than that.
    """

    runs: tuple[RunRecord, ...]
    passed_over: tuple[str, ...] = ()

    def letter(self, run_id: str) -> str:
        """Return a run's letter; an empty text for a run that is not among them."""
        return next((letter for letter, run in lettered(self.runs) if run.id == run_id), "")

    @property
    def full(self) -> bool:
        """Whether no other run finds a place."""
        return len(self.runs) >= MOST


def chosen(service: RunService, library: Library) -> Chosen:
    """Return what the address names; where it names nothing, one's own newest runs, or else those of the race, which
    the address names from then on."""
    named = _named()
    if named is None:
        runs = _first(service, library)
        if runs and may_be_named():
            _put([run.id for run in runs])
        return Chosen(runs)
    found = {run_id: service.run(run_id) for run_id in named}
    runs = tuple(run for run in found.values() if run is not None)
    gone = [run_id for run_id, run in found.items() if run is None]
    passed_over = [TEXT("passed_over.gone", ids=", ".join(gone), count=len(gone))] if gone else []
    if len(runs) > MOST:
        passed_over.append(TEXT("passed_over.more", most=MOST, count=len(runs)))
    return Chosen(runs[:MOST], tuple(passed_over))


def toggle(now: Chosen, run_id: str) -> None:
    """Lay a run over the others, or take it away. For callbacks."""
    ids = [run.id for run in now.runs]
    if run_id in ids:
        ids.remove(run_id)
    elif not now.full:
        ids.append(run_id)
    _put(ids)


def choose(runs: Sequence[RunRecord]) -> None:
    """Lay these runs over each other and no other. For callbacks."""
    _put([run.id for run in runs])


def race(library: Library) -> tuple[RunRecord, ...]:
    """Return the recorded runs of the race that this copy of the app has."""
    members = (library.find(network.key) for network in RACE)
    return tuple(member.record for member in members if member is not None)


def _named() -> list[str] | None:
    """The ids that the address names, each once; None where it leaves the choice to the page."""
    named, alone = setting.value("runs"), url_state.here().run
    if named is None:
        return None if alone is None else [alone]
    return [] if named == NONE else list(dict.fromkeys(named.split(",")))


def _put(ids: Sequence[str]) -> None:
    place = url_state.here()
    url_state.go(replace(place, run=None, settings={**place.settings, "runs": ",".join(ids) or NONE}))


def _first(service: RunService, library: Library) -> tuple[RunRecord, ...]:
    own = [run for run in service.runs(browser_id(), MOST) if run.step]
    newest = sorted(own, key=lambda run: run.created, reverse=True)[:OWN_FIRST]
    return tuple(newest) if len(newest) == OWN_FIRST else race(library)
