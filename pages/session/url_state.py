"""The page's address: the one place that reads and writes `st.query_params`. What stands in it: see `location`.

What a page shows is the truth, kept in `Session.places`, and its address follows. The address wins where it changed
from outside: a link, the Back button, a new session. A message that the browser sent before it heard of the latest
change still carries the address of before; it must not take the change back. A link may lead back to it: then the
message says of which address the browser had heard (`history.js`).
"""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qsl

import streamlit as st
from streamlit.runtime.scriptrunner_utils.script_run_context import get_script_run_ctx

from bn_core.config import TrainingConfig, shown
from bn_core.data.catalogue import default_dataset
from pages.session.location import TRACKING, Location, parameters, parse
from pages.session.session import session, widget
from pages.words.prose import prose

MOST_LEFT = 50
"""How many earlier addresses are remembered that the browser may still send."""

HEARD_IN = "history"
"""The key of the component that says which address the browser had heard of when a link was followed."""

STAGING = ("present", "hide", "talk", "scene")
"""The parameters that are of no page, and go along from one to the next."""

AWAY = "~"
"""What an address names as its scene where the person looks at something else; no scene can be called so."""

STREAMLITS = ("embed", "embed_options")
"""Parameters that Streamlit keeps to itself."""


def default_config() -> TrainingConfig:
    """What the controls say where nobody chose: the notebook's network, on a data set that is at hand."""
    return TrainingConfig(dataset=default_dataset())


def here() -> Location:
    """Return what this page shows; where its address changed from outside, what that says."""
    now = session()
    place = now.places.get(now.page)
    return read() if place is None or moved() else place


def read() -> Location:
    """Return what the address of this page says now. However often it is asked, an address is read once."""
    now, address = session(), st.query_params.to_dict()
    if now.read is None or now.read[:2] != (now.page, address):
        location = parse(address, default_config(), now.page)
        now.read = (now.page, address, replace(location, problems=(*location.problems, *_twice())))
    return now.read[2]


def _twice() -> list[str]:
    """One sentence for each parameter that the address names more than once, but not for those that are passed over."""
    counts = {name: len(st.query_params.get_all(name)) for name in st.query_params}
    several = (name for name, count in counts.items() if count > 1 and not TRACKING.fullmatch(name))
    return [
        prose("app")("address.twice", name=shown(name), count=counts[name], value=shown(st.query_params[name]))
        for name in several
    ]


def moved() -> bool:
    """Whether the address changed from outside since `confirm` or `go`: a link, the Back button, a new session."""
    address = st.query_params.to_dict()
    return address != session().seen and not _late(address)


def expect(address: dict[str, str]) -> None:
    """Take this address as news when it comes, also where it is one of before: a page is about to be opened with it."""
    now = session()
    now.left = [one for one in now.left if one != address]


def by_history() -> bool:
    """Whether the person came by the browser's Back or Forward."""
    context = get_script_run_ctx()
    return context is not None and context.is_history_navigation


def arrive(page: str) -> None:
    """Say which page is shown from now on: what the browser sends from here on is of this page."""
    now = session()
    if now.page != page:
        now.left = []
    now.page = page


def take_along(before: Location) -> None:
    """Keep what holds on every page as it was on the page before, where the address says nothing of it: the navigation
    drops every parameter."""
    if "talk" in st.query_params:
        before = replace(before, talk=None, scene=None)
    for name, value in staging(before).items():
        if name not in st.query_params:
            st.query_params[name] = value


def staging(location: Location) -> dict[str, str]:
    """Return those parameters of a location that hold on every page: presenter mode, the controls to hide, and the talk
    that is followed, where another page than its scene's is something else to look at."""
    aside = location if location.talk is None else replace(location, scene=AWAY)
    return {name: text for name, text in link_to(aside).items() if name in STAGING}


def confirm(location: Location) -> None:
    """Make a location that was read what this page shows, and write the address back as it was read.

    A link to the very page it stands on changes the address that the server sees and leaves the browser's as it was:
    the next click would lead back to that.
    """
    now = session()
    now.places[now.page] = location
    if _not_heard_of() and now.seen is not None:
        now.left = [*now.left, now.seen][-MOST_LEFT:]
    _write(st.query_params.to_dict())


def catch_up() -> None:
    """Where the browser still sends an address of before, tell it the present one."""
    now, address = session(), st.query_params.to_dict()
    if now.seen is not None and address != now.seen and _late(address):
        _write(now.seen)


def go(location: Location) -> None:
    """Make this location what the page shows, and let the address follow. The controls' values are left alone."""
    _go(location, link_to(location))


def _go(location: Location, wanted: dict[str, str]) -> None:
    now = session()
    if now.seen is not None and now.seen != wanted:
        now.left = [*now.left, now.seen][-MOST_LEFT:]
    if st.query_params.to_dict() != wanted:
        _write(wanted)
    now.seen, now.places[now.page] = wanted, location


def present(*, on: bool) -> None:
    """Turn presenter mode on or off in the address, and change nothing else in it."""
    seen = session().seen
    values = dict(st.query_params.to_dict() if seen is None else seen)
    values.pop("present", None)
    _go(replace(here(), present=on), values | ({"present": "1"} if on else {}))


def in_scene() -> bool:
    """Return whether a talk shows this page: what it is for is said there, and where to go next."""
    place = here()
    return place.talk is not None and place.scene not in (None, AWAY)


def link_to(location: Location, page: str | None = None) -> dict[str, str]:
    """Return the URL parameters of a link to this location.

    Args:
        page: by its file; None for this one.
    """
    return parameters(location, default_config(), session().page if page is None else page)


def _late(address: dict[str, str]) -> bool:
    """Whether this is an address of before that the browser sent because it had not heard of the present one.

    An update of a part of the page brings no new address: what changes it from outside asks for the whole page.
    """
    context = get_script_run_ctx()
    if by_history() or context is None:
        return False
    return bool(context.fragment_ids_this_run) or (_not_heard_of() and address in session().left)


def _not_heard_of() -> bool:
    """Whether the browser may not have heard of the present address. Those of before are forgotten once it has."""
    now, said = session(), (widget(HEARD_IN) or {}).get("heard")
    if isinstance(said, str):
        parameters = parse_qsl(said.removeprefix("?"), keep_blank_values=True)
        if {name: value for name, value in parameters if name not in STREAMLITS} == now.seen:
            now.left = []
    return bool(now.left)


def link_to_config(config: TrainingConfig) -> dict[str, str]:
    """Return the URL parameters of a link that sets this configuration, also where it is the default, and no run."""
    return {"placement": config.placement} | parameters(Location(config, configured=True), default_config(), "train")


def _write(values: dict[str, str]) -> None:
    st.query_params.from_dict(values)
    session().seen = st.query_params.to_dict()
