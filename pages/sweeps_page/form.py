"""The plan of a sweep of one's own: a list of values for each field, chosen or typed. The address has it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import streamlit as st

from bn_core.config import FIELD_BY_NAME, Choice, Switch, TrainingConfig, url_text
from bn_core.data.catalogue import TITLES, default_dataset
from bn_core.sweeps.line import NO_PAIRS, Line, Lists, line_of, line_of_sweep, lists_of, pairs_of, sweep_of
from bn_core.sweeps.plan import SEED, Sweep, SweepProblem
from bn_core.sweeps.reading import LONGEST_TITLE, of_content, to_toml
from pages.session import controls, setting, url_state
from pages.session.session import session, widget
from pages.sweeps_page.text import TEXT
from pages.sweeps_page.words import arm_words

FIRST = ("placement", "seed", "learning_rate", "batch_size", "batches", "initializer")
MORE = ("bias", "implementation", "momentum", "epsilon", "dataset")

OFFERED: dict[str, tuple[str, ...]] = {
    "seed": ("0-4", "0-2", "0-9"),
    "learning_rate": ("0.0005", "0.002", "0.008", "0.03", "0.1"),
    "batch_size": ("2", "4", "8", "16", "32", "64", "128"),
    "batches": ("100", "200", "400", "800"),
    "momentum": ("0.9", "0.95", "0.99", "0.999"),
    "epsilon": ("1e-5", "0.001", "0.1", "1"),
}
"""What can be chosen of numbers without typing."""

FEW = 20
"""Of so many configurations at most the pairs can be chosen on the page; of more, in a file."""

UPLOAD = "sweeps-upload"


def first_line() -> Line:
    """Return the sweep that is there to begin with: the question asked most."""
    return Line("placement:none,before,after;seed:0-4", "", TEXT("plan.untitled"))


def line_here(shown: Sweep | None) -> Line:
    """Return the plan that the address says; where it says none, that of the sweep on the page, else the first."""
    begin = first_line()
    if shown is not None:
        try:
            begin = line_of_sweep(shown)
        except SweepProblem:
            begin = replace(begin, title=shown.title)  # more than an address has room for
    said = url_state.here().settings
    if not said.get("plan"):
        return replace(begin, title=said.get("title") or begin.title)
    return Line(said["plan"], said.get("pairs") or "", said.get("title") or begin.title)


def sweep_here(line: Line) -> Sweep:
    """Return the sweep of a line, on a data set that is at hand where it names none.

    Raises:
        SweepProblem: the line says none.
    """
    if "dataset" not in lists_of(line.plan) and default_dataset() != TrainingConfig.dataset:
        line = replace(line, plan=f"{line.plan};dataset:{default_dataset()}")
    return sweep_of(line)


def form(line: Line) -> None:
    """Draw a list of values for each field, and the sweep's name."""
    st.caption(TEXT("plan.how"))
    try:
        lists = lists_of(line.plan)
    except SweepProblem:
        lists = {}
    grid = st.grid(3, min_column_width=230, gap="small", key="sweep-fields")
    for name in FIRST:
        with grid.cell():
            _values(name, lists, line)
    with st.expander(TEXT("plan.more"), expanded=any(name in lists for name in MORE), type="compact"):
        others = st.grid(3, min_column_width=230, gap="small", key="sweep-more")
        for name in MORE:
            with others.cell():
                _values(name, lists, line)
    st.text_input(
        TEXT("plan.title"),
        line.title,
        max_chars=LONGEST_TITLE,
        **setting.control("title", line.title, change=partial(_rename, line)),
    )


def pick_pairs(line: Line, plan: Sweep) -> None:
    """Draw the choice of the pairs that are compared, where the configurations are few enough to choose among."""
    names = [arm_words(arm) for arm in plan.arms]
    if not 2 <= len(names) <= FEW:
        return
    given = [f"{one}-{other}" for one, other in pairs_of(plan)]
    every = [f"{one}-{other}" for one in range(1, len(names)) for other in range(one + 1, len(names) + 1)]

    def written(pair: str) -> str:
        one, _, other = pair.partition("-")
        return TEXT("plan.pair", first=names[int(one) - 1], second=names[int(other) - 1])

    with st.expander(TEXT("plan.compared", pairs=len(given)), type="compact"):
        st.multiselect(
            TEXT("plan.pick_pairs"),
            [*every, *(pair for pair in given if pair not in every)],
            given,
            format_func=written,
            **setting.control("pairs", given, of=line.plan, change=partial(_choose_pairs, line)),
        )


def download(plan: Sweep, beside: str) -> None:
    """Draw the button that takes the plan away as a file. Args: `beside` is the key of the button that begins it."""
    key = f"{beside}-file"
    st.download_button(
        TEXT("buttons.file"), to_toml(plan), "sweep.toml", "application/toml", key=key, on_click="ignore"
    )


def upload() -> None:
    """Draw where a file is brought, of which the plan is taken."""
    with st.expander(TEXT("buttons.upload"), type="compact"):
        st.file_uploader(
            TEXT("buttons.upload"),
            type="toml",
            key=UPLOAD,
            on_change=_take_file,
            max_upload_size=1,
            label_visibility="collapsed",
        )


def _values(name: str, lists: Lists, line: Line) -> None:
    field = FIELD_BY_NAME[name]
    given = list(lists.get(name, ()))
    offered = [*_offered(name), *(value for value in given if value not in _offered(name))]
    st.multiselect(
        field.label,
        offered,
        given,
        format_func=partial(_written, name),
        accept_new_options=not isinstance(field, Choice | Switch),
        placeholder=_default(name),
        help=field.help,
        **setting.control(f"sweep-{name}", given, change=partial(_choose, name, lists, line)),
    )


def _offered(name: str) -> Sequence[str]:
    match FIELD_BY_NAME[name]:
        case Choice(values=values):
            return values
        case Switch():
            return ("false", "true")
    return OFFERED[name]


def _written(name: str, value: str) -> str:
    if name == "bias":
        return TEXT(f"plan.{value}") if value in ("true", "false") else value
    if name == "dataset":
        return next((title for known, title in TITLES.items() if known == value), value)
    return controls.written(name, value)


def _default(name: str) -> str:
    if name == "bias":
        return TEXT("plan.own_default")
    value = url_text(getattr(url_state.default_config(), name))
    return TEXT("plan.default", value=_written(name, value))


def _choose(name: str, lists: Lists, line: Line, said: object) -> None:
    typed = [str(value) for value in said] if isinstance(said, list | tuple) else []
    values = tuple(filter(None, (part.strip() for value in typed for part in value.split(","))))
    try:
        plan = line_of({**lists, name: values})
        sweep_of(replace(line, plan=f"{name}:{','.join(values)}" if values else "", pairs=""))
    except SweepProblem as problem:
        session().notice = str(problem)
        return
    session().notice = ""
    # Another plan has other configurations: those pairs that were named are gone.
    put(Line(plan or f"{SEED}:{_default_seed()}", "", line.title))


def _choose_pairs(line: Line, said: object) -> None:
    pairs = ".".join(str(pair) for pair in said) if isinstance(said, list | tuple) else ""
    chosen = replace(line, pairs=pairs or NO_PAIRS)
    try:
        sweep_here(chosen)
    except SweepProblem as problem:
        session().notice = str(problem)
        return
    session().notice = ""
    put(chosen)


def _default_seed() -> str:
    return url_text(url_state.default_config().seed)


def _rename(line: Line, said: object) -> None:
    title = str(said or "").strip()
    put(replace(line, title=title if title.isprintable() and title else TEXT("plan.untitled")))


def _take_file() -> None:
    given: Any = widget(UPLOAD)
    if given is None:
        return
    try:
        line = line_of_sweep(of_content(given.getvalue(), given.name))
    except SweepProblem as problem:
        session().notice = str(problem)
        return
    session().notice = ""
    put(line, sweep=None)


def put(line: Line, **others: object) -> None:
    """Make the address say this plan. For callbacks."""
    values: Mapping[str, object] = {"plan": line.plan, "pairs": line.pairs or None, "title": line.title} | others
    place = url_state.here()
    kept = {name: value for name, value in place.settings.items() if name not in values}
    said = {name: value for name, value in values.items() if value is not None}
    url_state.go(replace(place, settings=kept | said))
