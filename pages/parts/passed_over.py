"""What the address names and the run on the page does not have: one sentence each, an empty text where it has it.

What no run has is said by `pages.session.location` when the address is read. Whether this run was measured at a step,
or a layer has a channel, only its page knows.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from bn_core.protocol import is_scheduled
from bn_core.runs.records import RunRecord
from pages.session import url_state
from pages.words.prose import prose

TEXT = prose("app")


def step(run: RunRecord, there: Sequence[int]) -> str:
    """Return what the page begins with instead of a step that is not there: the latest before it, else the first.

    Args:
        there: the steps that the page can show, ascending. One that is still to come is nothing to be said of.
    """
    wanted = url_state.here().step
    if wanted is None or not there or wanted in there:
        return ""
    if run.active and wanted > there[-1] and is_scheduled(wanted, run.config.batches):
        return ""
    return step_instead(wanted, max((known for known in there if known < wanted), default=there[0]))


def step_instead(wanted: int, shown: int) -> str:
    """Return that the page begins with another step than this one."""
    return "" if wanted == shown else TEXT("passed_over.step", step=wanted, shown=shown)


def channel(layer: int, there: Collection[int], first: int) -> str:
    """Return what the page begins with instead of a channel that is not there.

    Args:
        there: those that the page can show of this layer.
        first: the one that it begins with.
    """
    wanted = url_state.here().settings.get("channel")
    if wanted is None or wanted in there:
        return ""
    return TEXT("passed_over.channel", channel=wanted, layer=layer, shown=first)


def choice(name: str, there: Collection[object]) -> str:
    """Return that a setting's value, which other runs have, is not there for this one."""
    wanted = url_state.here().settings.get(name)
    return "" if wanted is None or wanted in there else TEXT("passed_over.choice", name=name, value=wanted)
