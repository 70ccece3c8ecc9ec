"""The page's address: the one place that reads and writes `st.query_params`. What stands in it: see `location`."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from bn_core.config import TrainingConfig
from bn_core.data.catalogue import default_dataset
from pages.session.location import Location, parameters, parse
from pages.session.session import session


def default_config() -> TrainingConfig:
    """What the controls say where nobody chose: the notebook's network, on a data set that is at hand."""
    return TrainingConfig(dataset=default_dataset())


def here() -> Location:
    """Return what the address of this page says now. However often it is asked, an address is read once."""
    address = st.query_params.to_dict()
    read = session().read
    if read is None or read[0] != address:
        read = session().read = (address, parse(address, default_config()))
    return read[1]


def moved() -> bool:
    """Whether the address changed from outside since `confirm` or `go`: a link, the Back button, a new session."""
    return session().seen != st.query_params.to_dict()


def confirm() -> None:
    """Write the address back as it was read, and remember it.

    A link to the very page it stands on changes the address that the server sees and leaves the browser's as it was:
    the next click would lead back to that.
    """
    _write(st.query_params.to_dict())


def go(location: Location) -> None:
    """Change the address to this location. It has no effect on what the session holds."""
    wanted = link_to(location)
    if st.query_params.to_dict() != wanted:
        _write(wanted)
    session().seen = wanted


def present(*, on: bool) -> None:
    """Turn presenter mode on or off in the address, and change nothing else in it."""
    values = st.query_params.to_dict()
    values.pop("present", None)
    _write(values | ({"present": "1"} if on else {}))


def view(name: str) -> str | None:
    """Return what the address says under a name that belongs to one page alone; None where it does not."""
    return st.query_params.get(name)


def show_view(name: str, value: str | None) -> None:
    """Write this into the address, or take it out, and change nothing else in it."""
    values = st.query_params.to_dict()
    values.pop(name, None)
    _write(values | ({} if value is None else {name: value}))


def link_to(location: Location) -> dict[str, str]:
    """Return the URL parameters of a link to this location."""
    return parameters(location, default_config())


def link_to_run(run_id: str) -> dict[str, str]:
    """Return the URL parameters of a link to this run and its configuration, in the mode that this page is in."""
    return link_to(replace(here(), configured=False, run=run_id, step=None))


def link_to_config(config: TrainingConfig) -> dict[str, str]:
    """Return the URL parameters of a link that sets this configuration, also where it is the default, and no run."""
    return {"placement": config.placement} | parameters(Location(config, configured=True), default_config())


def _write(values: dict[str, str]) -> None:
    st.query_params.from_dict(values)
    session().seen = st.query_params.to_dict()
