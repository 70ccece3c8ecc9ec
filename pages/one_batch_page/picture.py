"""The main picture: eight images in rows, each with its value as a dot on one number line, and the steps above them.

A component of its own, so that the dots move from where they were to where they are. What it draws is decided here and
arrives as one value; in the browser nothing is computed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from bn_core.batch_norm.walkthrough import NORMALIZING, STAGES, Order, Stage
from bn_core.exhibits import CapturedBatch
from pages.browser.component import component
from pages.browser.pictures import ink
from pages.charts.palette import HUES
from pages.one_batch_page import words
from pages.one_batch_page.figures import written
from pages.one_batch_page.scene import At, Scene
from pages.one_batch_page.text import TEXT
from pages.session import setting

BARS = 64

PANELS: dict[Order, tuple[Stage, ...]] = {
    "before": ("variance", "normalize", "scale", "relu"),
    "after": ("values", "variance", "normalize", "scale"),
}
"""The steps that stand side by side: those that move a value, and in front the one that shows mean and variance."""

TAKING = ("mean", "variance")
"""The steps that take a statistic and move nothing."""

_COMPONENT = component("walk", __file__)

KEY = "one-batch-picture"


def _nothing() -> None:
    """For what cannot be chosen."""


def draw(
    key: str, data: dict[str, Any], on_go: Callable[[], None] = _nothing, on_row: Callable[[], None] = _nothing
) -> None:
    """Put the picture on the page.

    Args:
        key: of the picture; what the person chose is then in its state.
        data: what `drawn` or `side_by_side` makes.
        on_go, on_row: called when the person chose a step, or an image.
    """
    go, row = setting.while_shown(on_go), setting.while_shown(on_row)
    _COMPONENT(key=key, data=data, on_go_change=go, on_row_change=row)


def side_by_side(scene: Scene, batch: CapturedBatch, titles: Mapping[Stage, str], alt: str) -> dict[str, Any]:
    """Some steps side by side, without anything to choose.

    Args:
        titles: of the steps.
        alt: the same in words.
    """
    panels = [panel(scene, stage, overview=True) | {"title": title} for stage, title in titles.items()]
    return drawn(scene, batch, "all", -1, alt) | {"steps": [], "panels": panels, "legend": []}


def drawn(scene: Scene, batch: CapturedBatch, at: At, row: int, alt: str) -> dict[str, Any]:
    """All that the picture shows.

    Args:
        batch: the images.
        at: the step.
        row: the image whose numbers the formula has, from 0.
        alt: the same in words.
    """
    stages = PANELS[scene.order] if at == "all" else (at,)
    return {
        "hue": HUES[scene.order],
        "at": at,
        "row": row,
        "alt": alt,
        "steps": _steps(scene.order),
        "rows": [
            {
                "ink": ink(batch.pictures[index]),
                "label": TEXT("picture.image", number=index + 1, label=batch.labels[index]),
            }
            for index in range(scene.shown)
        ],
        "axis": scene.axis.marks(),
        "zero": scene.axis.percent(0.0),
        "panels": [panel(scene, stage, overview=at == "all") for stage in stages],
        "legend": _legend(scene, at),
    }


def panel(scene: Scene, stage: Stage, *, overview: bool) -> dict[str, Any]:
    """One number line: the dots after a step, where they were before it, and mean and variance where it takes them."""
    walk, axis, order = scene.walk, scene.axis, scene.order
    values = scene.sample(stage)
    squares = stage == "variance" and not overview
    figures = (values - walk.mean) ** 2 if squares else values
    rings = None if overview else _before(scene, stage)
    tails = np.full(scene.shown, walk.mean) if stage in TAKING and not overview else rings
    beside = None if scene.beside is None else scene.sample(stage, scene.beside)
    deviation = float(np.sqrt(walk.variance))
    band = [axis.percent(walk.mean - deviation), axis.percent(walk.mean + deviation)]
    return {
        "stage": stage,
        "title": TEXT(f"panel.{order}.{stage}") if overview else "",
        "head": TEXT(f"head.{order}.{stage if squares or stage != 'variance' else 'mean'}"),
        "mean": axis.percent(walk.mean) if stage in TAKING else None,
        "note": _note(scene, stage) if stage in TAKING or (overview and stage in NORMALIZING) else None,
        "band": band if stage == "variance" else None,
        "dots": [
            {
                "at": axis.percent(values[index]),
                "value": float(values[index]),
                "text": written(figures[index], scene.places),
                "from": None if rings is None else axis.percent(rings[index]),
                "tail": None if tails is None else axis.percent(tails[index]),
                "beside": None if beside is None else axis.percent(beside[index]),
            }
            for index in range(scene.shown)
        ],
        "bars": None if scene.complete else _bars(scene, stage),
        "many": "" if scene.complete else TEXT("picture.many", m=walk.m),
    }


def _note(scene: Scene, stage: Stage) -> dict[str, Any]:
    """What stands above the dots: mean and deviation where they are, and beside one another what each step does."""
    at = scene.axis.percent(scene.walk.mean) if stage in TAKING else 50.0
    figures = words.numbers(scene)
    # Beside the deviation its square root with ε may look like a mistake.
    epsilon = "_epsilon" if stage == "normalize" and figures["divisor"] != figures["deviation"] else ""
    return {"at": at, "text": TEXT(f"note.{scene.order}.{stage}{epsilon}", **figures)}


def _before(scene: Scene, stage: Stage) -> np.ndarray | None:
    """Where the dots come from, at a step that moves them."""
    place = scene.walk.stages.index(stage)
    return None if stage in TAKING or place == 0 else scene.sample(scene.walk.stages[place - 1])


def _bars(scene: Scene, stage: Stage) -> list[float]:
    """All values of the batch as a histogram on the axis: heights in per cent, by the square root of the counts."""
    axis = scene.axis
    values = np.clip(scene.walk.at(stage), axis.low, axis.high)
    heights = np.sqrt(np.histogram(values, BARS, (axis.low, axis.high))[0])
    return [round(float(height), 1) for height in 100 * heights / heights.max()]


def _steps(order: Order) -> list[dict[str, Any]]:
    steps = []
    for number, stage in enumerate(("all", *STAGES[order])):
        name = TEXT(f"stage.{stage}")
        steps.append(
            {
                "key": stage,
                "number": str(number) if number else "",
                "name": name,
                "label": f"{number} {name}" if number else name,
                "inside": stage in NORMALIZING,
                "bracket": TEXT("stage.bracket") if stage == NORMALIZING[0] else "",
            }
        )
    return steps


def _legend(scene: Scene, at: At) -> list[dict[str, str]]:
    entries = []
    if at in TAKING:
        entries.append(("trail", "distance"))
    elif at != "all" and _before(scene, at) is not None:
        entries.append(("ring", "before"))
    if scene.beside is not None:
        entries.append(("bar", "both" if scene.inference and scene.bias else "mode" if scene.inference else "bias"))
    if at not in ("all", *TAKING):
        entries.append(("box", "chosen"))
    return [{"kind": kind, "text": TEXT(f"legend.{said}")} for kind, said in entries]
