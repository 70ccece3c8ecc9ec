"""The race itself: a component that draws the curves and plays them in the browser, with no word to the server."""

from __future__ import annotations

import functools
from typing import Any

from bn_core.data.catalogue import TITLES
from bn_core.names import NETWORK_BY_KEY
from bn_core.protocol import MOST_STEPS
from pages.browser.component import component
from pages.charts.palette import HUES, dash
from pages.charts.training import CHANCE
from pages.race_page import sentences
from pages.race_page.lanes import BAR, QUESTION_STEP, Curve, Lane, three_way_steps
from pages.race_page.material import Material
from pages.session import presenter, setting, url_state
from pages.session.alone import drawn_alone
from pages.session.said import said
from pages.words.prose import prose

WAIT = 60_000
"""Milliseconds in sight after which it starts by itself if nobody moves anything: time to read what it is about. Before
a room it does not: the guesses come first."""

BELOW, BELOW_PRESENTED = 160, 12
"""Pixels of the first screen that its picture leaves below the controls: the findings begin there, too."""

TALK_BAR = 84
"""Pixels of the talk's bar at the foot of the screen, in presenter mode at 100 %."""

TEXT = prose("race")

KEY = "race"

_COMPONENT = component("race", __file__)


@drawn_alone
def track(made_of: Material) -> None:
    """Put the race on the page: the question, the curves, their controls, and what is said of them.

    It moves in the browser alone. The server hears where it was left, and by what it is scored, for the address.
    """
    last, step = made_of.lanes[0].run.config.batches, url_state.here().step
    left = {"at": None if step is None else min(step, last), "score": setting.value("score")}
    presented = presenter.on()
    # In a talk it stands at its start, and comes back there with each scene, until somebody plays it.
    followed = url_state.here().talk is not None
    if followed and left["at"] is None:
        left["at"] = 0
    below = BELOW_PRESENTED if presented else BELOW
    if followed and presented:
        below += TALK_BAR * presenter.size() // 100
    staged = {"below": below, "presented": presented, "stands": presented or followed}
    shown = data(made_of) | {"left": left, "heard": said(KEY).turn} | staged
    _COMPONENT(key=KEY, data=shown, on_left_change=setting.while_shown(_left))


def _left() -> None:
    left = said(KEY).value
    if not isinstance(left, dict):
        return
    step = left.get("at")
    if isinstance(step, int) and 0 <= step <= MOST_STEPS:
        setting.put_step(step)
    setting.put("score", left.get("score"))


@functools.cache
def data(made_of: Material) -> dict[str, Any]:
    """Everything that the component shows and says, as JSON. Callers must not change it."""
    lanes = made_of.lanes
    config = lanes[0].run.config
    asked = {"bar": sentences.percent(BAR), "step": QUESTION_STEP}
    words = TEXT.table("track")
    words["question"] = TEXT("question", **asked)
    words["notes"] = {key: TEXT(f"track.notes.{key}", **asked) for key in words["notes"]}
    guesses = sentences.guesses(lanes)
    source = {"dataset": TITLES[config.dataset], "seed": config.seed, "images": lanes[0].images}
    return {
        "lanes": [_lane(lane) for lane in lanes],
        "batches": config.batches,
        "chance": CHANCE,
        "wait": WAIT,
        "question": {"step": QUESTION_STEP, "bar": BAR},
        "words": words,
        "captions": {mode: sentences.captions(lanes, mode) for mode in ("batch", "moving")},
        "verdicts": [sentences.verdict(lanes, guess, made_of.seeds) for guess in guesses],
        "outcomes": [sentences.outcome(lanes, guess) for guess in guesses],
        "source": TEXT("source.short", **source),
        "figures": three_way_steps(lanes),
    }


def _lane(lane: Lane) -> dict[str, Any]:
    # No network without batch normalization is dashed: there is no bias to tell apart. The one with He's kernels is
    # dotted instead.
    dots = lane.key == "none-he"
    bias = lane.normalized and lane.run.config.bias
    return {
        "name": NETWORK_BY_KEY[lane.key].line,
        "spoken": NETWORK_BY_KEY[lane.key].spoken,
        "hue": HUES[lane.run.config.placement],
        "dash": list(dash(bias)) if bias else [],
        "dots": dots,
        "normalized": lane.normalized,
        "batch": _curve(lane.batch),
        "moving": _curve(lane.moving),
        "asked": round(lane.asked, 4),
        "above": lane.above,
    }


def _curve(curve: Curve) -> dict[str, list[float]]:
    return {"steps": list(curve.steps), "values": [round(value, 4) for value in curve.values]}
