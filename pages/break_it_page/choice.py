"""Which mistake the page shows, and which run of it. It stands in the address as that run."""

from __future__ import annotations

from dataclasses import dataclass, replace

import streamlit as st

from bn_core.config import TrainingConfig
from bn_core.exhibits import Library
from bn_core.exhibits.catalogue import BUG_SEEDS, BUGS
from bn_core.exhibits.fingerprints import mistake_of
from bn_core.runs.records import RunRecord
from bn_core.runs.service import RunService
from pages.break_it_page import words
from pages.break_it_page.words import TEXT
from pages.session import presenter, setting, url_state
from pages.session.session import kept
from pages.words.plain_text import plain

_CONFIGS = {bug.key: bug.config for bug in BUGS}

KEYS = tuple(_CONFIGS)


@dataclass
class _Latest:
    """The mistake and the seed that were chosen last."""

    key: str = KEYS[0]
    seed: int = BUG_SEEDS[0]


@dataclass(frozen=True)
class Chosen:
    """A mistake, and a run that makes it.

    Attributes:
        key: of the variant in `bn_core.exhibits.catalogue`.
        seed: of the run.
        run: it; None where no run with this seed is recorded.
    """

    key: str
    seed: int
    run: RunRecord | None

    @property
    def config(self) -> TrainingConfig:
        """What makes the mistake: the run's configuration, or else the one that would be recorded."""
        return _CONFIGS[self.key].with_(seed=self.seed) if self.run is None else self.run.config


def chosen(service: RunService, library: Library) -> Chosen:
    """What the address says; where it names no run that makes a mistake, what was chosen last, or the first one."""
    asked = url_state.here().run
    run = None if asked is None else service.run(asked)
    key = None if run is None else mistake_of(run.config)
    if run is not None and key is not None:
        return _remembered(Chosen(key, run.config.seed, run))
    latest = kept(_Latest)
    return Chosen(latest.key, latest.seed, _recorded(library, latest.key, latest.seed))


def choose(library: Library, key: str, seed: int) -> None:
    """Put another mistake on the page, with the first seed where none is recorded with this one. For callbacks."""
    if key not in KEYS:  # a browser can send anything
        return
    seed = seed if seed in BUG_SEEDS else BUG_SEEDS[0]
    taken = _remembered(Chosen(key, seed, _recorded(library, key, seed)))
    run = None if taken.run is None else taken.run.id
    url_state.go(replace(url_state.here(), configured=False, run=run, step=None))


def lost(service: RunService) -> str:
    """What is to be said where the address names a run that does not exist or is damaged; else an empty text.

    A run that makes no mistake is what the session brings along from another page: nothing is wrong with that.
    """
    asked = url_state.here().run
    if asked is None or service.run(asked) is not None:
        return ""
    return plain(service.damage(asked)) or TEXT("run-unknown")


def mistakes(library: Library, now: Chosen) -> None:
    """The list of mistakes and the choice of a seed."""
    st.radio(
        TEXT("list"),
        KEYS,
        index=KEYS.index(now.key),
        format_func=words.name,
        **setting.control("mistake", now.key, of=now.seed, change=lambda key: choose(library, key, now.seed)),
    )
    recorded = now.seed if now.seed in BUG_SEEDS else None
    st.segmented_control(
        TEXT("seed"),
        BUG_SEEDS,
        default=recorded,
        required=recorded is not None,
        help=TEXT("seed-help"),
        **setting.control("seed", recorded, of=now.key, change=lambda seed: choose(library, now.key, seed)),
    )


def short_list(library: Library, now: Chosen) -> None:
    """The list of mistakes in one line, above what they do: on a phone the whole list is far below. The style sheet
    shows it only there."""
    with st.container(key="short-list"):
        st.selectbox(
            TEXT("list"),
            KEYS,
            index=KEYS.index(now.key),
            format_func=words.name,
            **setting.control("short", now.key, of=now.seed, change=lambda key: choose(library, key, now.seed)),
        )


def step_buttons(library: Library, now: Chosen) -> None:
    """To the mistakes before and after this one, for small screens and presenters."""
    for label, by, key in (("previous", -1, "B"), ("next", 1, "N")):
        to = library, KEYS[(KEYS.index(now.key) + by) % len(KEYS)], now.seed  # the list has no ends
        shortcut = presenter.shortcut(key)
        st.button(TEXT(f"step.{label}"), key=f"to-{label}", shortcut=shortcut, on_click=choose, args=to)


def _recorded(library: Library, key: str, seed: int) -> RunRecord | None:
    member = library.find(key, seed)
    return None if member is None else member.record


def _remembered(taken: Chosen) -> Chosen:
    latest = kept(_Latest)
    latest.key, latest.seed = taken.key, taken.seed
    return taken
