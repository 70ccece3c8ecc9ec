"""The page's address: the one place that reads and writes `st.query_params`.

?placement=after&bias=true ...   the configuration in the controls: the fields that differ from the defaults
&run=k3v9...                     the run on the page
&step=400                        the step to look at, on pages that have a choice of steps
&present=1                       presenter mode
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import streamlit as st

from bn_core import config as configuration
from bn_core.config import FIELD_BY_NAME, TrainingConfig, Whole, shown
from bn_core.data.catalogue import default_dataset

STEP = Whole("step", 0, 5000, 0, "Step", "Updates done.")

SENTENCES_SHOWN = 6
"""How many sentences on one address are shown at most."""

_SEEN = "url_seen"


@dataclass(frozen=True)
class Location:
    """What an address says.

    Attributes:
        config: the configuration, with the default for every field that is missing or wrong.
        configured: whether the address names any field of a configuration.
        run: a run's id as given; it may be malformed, or no run's.
        step: updates done; None where the address names none.
        present: presenter mode.
        problems: one sentence for each value that cannot be used.
    """

    config: TrainingConfig
    configured: bool = False
    run: str | None = None
    step: int | None = None
    present: bool = False
    problems: tuple[str, ...] = ()


def default_config() -> TrainingConfig:
    """What the controls say where nobody chose: the notebook's network, on a data set that is at hand."""
    return TrainingConfig(dataset=default_dataset())


def parse(parameters: Mapping[str, str]) -> Location:
    """What these URL parameters say. Never raises: what cannot be used becomes a sentence and a default."""
    values = dict(parameters)
    problems: list[str] = []
    run = values.pop("run", None) or None
    present = values.pop("present", None)
    if present not in (None, "0", "1"):
        problems.append(f"present must be 1 (presenter mode) or left out, not {shown(present)}.")
    step = None
    if (text := values.pop("step", None)) is not None:
        try:
            step = STEP.parse(text)
        except ValueError:
            problems.append(f"step must be {STEP.domain}, not {shown(text)}.")
    known = {name: value for name, value in values.items() if name in FIELD_BY_NAME}
    for name in sorted(values.keys() - known.keys()):
        problems.append(f"This page knows no parameter {shown(name)}.")
    config, wrong = configuration.read({"dataset": default_dataset()} | known)
    if any(problem.field == "dataset" for problem in wrong):
        config = replace(config, dataset=default_dataset())
    problems = [problem.sentence for problem in wrong] + problems
    if len(problems) > SENTENCES_SHOWN:
        more = len(problems) - SENTENCES_SHOWN + 1
        problems = [*problems[: SENTENCES_SHOWN - 1], f"So are {more} more values of this address."]
    return Location(config, bool(known), run, step, present == "1", tuple(problems))


def parameters(location: Location) -> dict[str, str]:
    """The URL parameters that `parse` reads back as this location.

    An address that names a run and no field of a configuration stands for the run's own configuration: so the fields
    are left out where `configured` is false and there is a run, and else one is named at least.
    """
    values: dict[str, str] = {}
    if location.configured or location.run is None:
        values = location.config.to_url()
        if location.config.dataset != default_dataset():
            values["dataset"] = location.config.dataset
        if location.run is not None:
            values["placement"] = location.config.placement
    if location.run is not None:
        values["run"] = location.run
    if location.step is not None:
        values["step"] = str(location.step)
    if location.present:
        values["present"] = "1"
    return values


def here() -> Location:
    """What the address of this page says now."""
    return parse(st.query_params.to_dict())


def moved() -> bool:
    """Whether the address changed from outside since `seen`: a link, the Back button, a new session."""
    return st.session_state.get(_SEEN) != st.query_params.to_dict()


def seen() -> None:
    """Remembers the address as read."""
    st.session_state[_SEEN] = st.query_params.to_dict()


def confirm() -> None:
    """Writes the address back as it was read, and remembers it.

    A link to the very page it stands on changes the address that the server sees and leaves the browser's as it was:
    the next click would lead back to that.
    """
    st.query_params.from_dict(st.query_params.to_dict())
    seen()


def go(location: Location) -> None:
    """Changes the address to this location. It has no effect on what the session holds."""
    wanted = parameters(location)
    if st.query_params.to_dict() != wanted:
        st.query_params.from_dict(wanted)
    seen()


def present(on: bool) -> None:
    """Turns presenter mode on or off in the address, and changes nothing else in it."""
    values = st.query_params.to_dict()
    values.pop("present", None)
    st.query_params.from_dict(values | ({"present": "1"} if on else {}))
    seen()
