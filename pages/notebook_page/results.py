"""The notebook's three results beside those of runs of the same networks."""

from __future__ import annotations

import streamlit as st

from bn_core.exhibits import Library
from bn_core.runs.records import NOBODY, RunRecord
from bn_core.runs.service import RunService
from pages.notebook_page import words
from pages.notebook_page.stored import STORED, Stored, comparable, network_of
from pages.notebook_page.text import TEXT
from pages.parts import glossary
from pages.parts.onward import onward
from pages.parts.run_choice import MOST, name, to_open
from pages.session import identity
from pages.session.session import session
from pages.words import captions
from pages.words.plain_text import plain

COLUMNS = ("who", "validation", "test", "samples")
"""Of the table."""


def results(service: RunService, recorded: Library) -> None:
    """Draw the choice of a run, the table, and how the run stands to the notebook's."""
    st.header(TEXT("results.heading"), anchor=False)
    offered = comparable([*service.listed(identity.browser_id(), MOST), *service.recorded()])
    run = _choose(offered, _latest(service, offered))
    st.markdown(_table(service, recorded, run))
    if run is None:
        st.info(TEXT("results.none"))
    else:
        st.markdown(_compared(service, recorded, run))
    glossary.write(TEXT("results.lines"))
    st.caption(TEXT("results.copies"))
    with st.container(horizontal=True, gap="medium"):
        if run is not None:
            onward("train", TEXT("results.open"), {"run": run.id})
        onward("train", TEXT("results.train"), STORED[-1].config.to_url())


def recorded_scores(service: RunService, recorded: Library, stored: Stored) -> list[float]:
    """Return the test accuracies of the recorded runs of one of the notebook's networks."""
    runs = [member.record for member in recorded.members() if member.variant == stored.variant]
    return [scored.test.accuracy for run in runs if (scored := service.history(run.id).scored) is not None]


def _latest(service: RunService, offered: dict[str, RunRecord]) -> RunRecord | None:
    """Return the run that this tab opened last, else this browser's newest, else one that comes with the app."""
    opened, own = session().run_id, service.runs(identity.browser_id(), MOST)
    wanted = [opened, *(run.id for run in sorted(own, key=lambda run: run.created, reverse=True))]
    asked = next((offered[one] for one in wanted if one in offered), None)
    example = (run for run in offered.values() if run.owner == NOBODY and network_of(run.config) == STORED[1])
    return asked or next(example, None) or next(iter(offered.values()), None)


def _choose(offered: dict[str, RunRecord], run: RunRecord | None) -> RunRecord | None:
    """Draw the list of runs, where there is any; a run that is chosen is the one that all pages show."""
    if run is None:
        return None
    st.selectbox(
        TEXT("results.run"),
        list(offered),
        index=list(offered).index(run.id),
        format_func=lambda known: name(offered[known]),
        placeholder=TEXT("results.choose"),
        width=520,
        **to_open(offered, run),
    )
    return run


def _table(service: RunService, recorded: Library, run: RunRecord | None) -> str:
    """The table as Markdown: of each network the notebook's lines, and those of the run or of a recorded one."""
    rows = [[TEXT(f"results.{column}") for column in COLUMNS], [":--", "--:", "--:", "--:"]]
    for stored in STORED:
        network = TEXT(f"results.names.{stored.key}")
        there = words.lines_written(stored.validation, stored.test, stored.samples)
        rows.append([TEXT("results.then", network=network), *there])
        rows.append(_here(service, recorded, stored, run))
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _here(service: RunService, recorded: Library, stored: Stored, run: RunRecord | None) -> list[str]:
    """Whose lines stand below the notebook's, and the lines."""
    member = recorded.find(stored.variant)
    shown, who = None if member is None else member.record, TEXT("results.recorded", seed=0)
    if run is not None and network_of(run.config) == stored:
        shown, who = run, TEXT("results.yours", name=plain(_called(run)))
    scored = None if shown is None else service.history(shown.id).scored
    return [TEXT("results.nothing") if scored is None else who, *words.written(scored)]


def _called(run: RunRecord) -> str:
    """What a run is called in the table: a recorded one by its seed, another by its id, or the name that it has."""
    if run.owner == NOBODY:
        return TEXT("results.recorded", seed=run.config.seed)
    return run.name or run.id


def _compared(service: RunService, recorded: Library, run: RunRecord) -> str:
    stored, scored = network_of(run.config), service.history(run.id).scored
    assert stored is not None, "only such runs are offered"
    if scored is None:
        return ""
    called = _called(run)
    seeds, classes = recorded_scores(service, recorded, stored), captions.class_names(run.config.dataset)
    return words.comparison(plain(called[0].upper() + called[1:]), scored, stored, seeds, classes)
