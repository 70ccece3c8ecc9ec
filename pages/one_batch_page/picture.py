"""The main picture: eight images in rows, each with its value as a dot on one number line, and the steps above them.

A component of its own, so that the dots move from where they were to where they are. What it draws is decided here and
arrives as one value; in the browser nothing is computed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np
import streamlit as st

from bn_core.batch_norm.walkthrough import NORMALIZING, STAGES, Order, Stage
from bn_core.exhibits import CapturedBatch
from pages.charts.palette import HUES
from pages.one_batch_page.figures import signed, written
from pages.one_batch_page.ink import ink
from pages.one_batch_page.scene import Scene
from pages.session.session import widget
from pages.words.prose import prose

At = Stage | Literal["all"]
"""What is shown: one step, or all of them side by side."""

BARS = 64

PANELS: dict[Order, tuple[Stage, ...]] = {
    "before": ("variance", "normalize", "scale", "relu"),
    "after": ("values", "variance", "normalize", "scale"),
}
"""The steps that stand side by side: those that move a value, and in front the one that shows mean and variance."""

TAKING = ("mean", "variance")
"""The steps that take a statistic and move nothing."""

_HTML = """
<figure class="walk">
  <ol class="steps"></ol>
  <div class="panels"></div>
  <figcaption class="legend"></figcaption>
</figure>
"""

_STYLE = """
:host { display: block; }
.walk { margin: 0; font-family: var(--st-font); color: var(--st-text-color); container-type: inline-size;
  font-variant-numeric: tabular-nums; --now: var(--st-blue-color); --words: var(--st-blue-text-color);
  --faint: color-mix(in srgb, var(--st-text-color) 14%, transparent);
  --quiet: var(--st-gray-text-color, color-mix(in srgb, var(--st-text-color) 70%, transparent)); }
.walk.green { --now: var(--st-green-color); --words: var(--st-green-text-color); }

.steps { list-style: none; margin: 0 0 1rem; padding: 1.25rem 0 0; display: flex; flex-wrap: wrap;
  gap: 1.375rem 0.25rem; }
.steps li { position: relative; padding: 0; }
.steps:empty { display: none; }
.steps .inside::before { content: ""; position: absolute; left: -0.125rem; right: -0.125rem; bottom: calc(100% + 1px);
  border-top: 2px solid var(--now); }
.steps .bracket { position: absolute; left: -0.125rem; bottom: calc(100% + 5px); font-size: 0.75rem; line-height: 1;
  white-space: nowrap; color: var(--words); }
.steps button { font: inherit; font-size: 0.875rem; line-height: 1.25; color: inherit; background: none; border: 0;
  border-radius: 8px; padding: 0.375rem 0.625rem; min-height: 2.25rem; cursor: pointer; white-space: nowrap; }
.steps button:hover { background: var(--st-secondary-background-color); }
.steps button:focus-visible, .who:focus-visible { outline: 2px solid var(--st-link-color); outline-offset: 1px; }
.steps [aria-current] { background: var(--st-text-color); color: var(--st-background-color); font-weight: 600; }
.steps [aria-current]:hover { background: var(--st-text-color); }
.steps .number { opacity: 0.65; margin-right: 0.3em; }

.panels { display: grid; grid-template-columns: repeat(var(--panels, 1), minmax(0, 1fr)); gap: 1rem 1.75rem; }
.panel { display: grid; grid-template-columns: auto minmax(0, 1fr) auto; grid-template-rows: auto; min-width: 0; }
.title { grid-column: 1 / -1; font-size: 0.875rem; font-weight: 600; min-height: 1.4em; }
.note { grid-column: 2; position: relative; height: 1.5rem; font-size: 0.75rem; }
.note span { position: absolute; bottom: 0.125rem; white-space: nowrap; translate: -50% 0; }
.head { grid-column: 3; text-align: right; font-size: 0.8125rem; align-self: end; padding-bottom: 0.125rem;
  color: var(--quiet); padding-left: 0.75rem; white-space: nowrap; }
.rows { grid-column: 1 / -1; display: grid; grid-template-columns: subgrid; position: relative; }
.who { grid-column: 1; width: 2rem; height: 2rem; padding: 0; margin: 1px 0.75rem 1px 0; border: 0; border-radius: 4px;
  background: none; cursor: pointer; position: relative; }
.who.chosen { box-shadow: 0 0 0 2px var(--now); }
.who i { position: absolute; inset: 0; background: var(--st-text-color); image-rendering: pixelated;
  mask-size: 100% 100%; -webkit-mask-size: 100% 100%; }
.track { grid-column: 2; position: relative; height: 2.15rem; }
.track::before { content: ""; position: absolute; left: 0; right: 0; top: 50%; border-top: 1px solid var(--faint); }
.value { grid-column: 3; align-self: center; text-align: right; padding-left: 0.75rem; font-size: 0.9375rem;
  white-space: nowrap; min-width: 3.75rem; }
.value.chosen { font-weight: 650; color: var(--words); }
.plot { grid-column: 2; grid-row: 1 / span 20; position: relative; pointer-events: none; }
.grid, .zero, .mean { position: absolute; top: 0; bottom: 0; width: 0; border-left: 1px solid var(--faint); }
.zero { border-left-color: color-mix(in srgb, var(--st-text-color) 45%, transparent); }
.mean { border-left: 2px solid var(--words); margin-left: -1px; }
.band { position: absolute; top: 0; bottom: 0; background: var(--now); opacity: 0.13; }
.dot, .ring, .bar { position: absolute; top: 50%; }
.dot { width: 0.875rem; height: 0.875rem; margin: -0.4375rem; border-radius: 50%; background: var(--now);
  box-shadow: 0 0 0 1.5px var(--st-background-color); }
.ring { width: 0.6875rem; height: 0.6875rem; margin: -0.34375rem; border-radius: 50%; box-sizing: border-box;
  border: 1.5px solid var(--words); opacity: 0.8; }
.bar { width: 2px; height: 1.5rem; margin: -0.75rem -1px; background: var(--st-text-color); }
.trail { position: absolute; top: 50%; height: 2px; margin-top: -1px; opacity: 0.5; background: var(--words); }
.many { grid-column: 2; display: flex; align-items: flex-end; height: 2.75rem; gap: 1px; margin-top: 0.375rem; }
.many i { flex: 1; background: var(--now); opacity: 0.55; min-width: 0; }
.many-words { grid-column: 1 / -1; font-size: 0.75rem; color: var(--quiet); padding-top: 0.25rem; }
.axis { grid-column: 2; position: relative; height: 1.375rem; border-top: 1px solid currentColor; font-size: 0.75rem; }
.many-panels .minor { visibility: hidden; }
.many-panels .many { gap: 0; }
.axis span { position: absolute; top: 0.25rem; translate: -50% 0; color: var(--quiet); }
.legend { font-size: 0.8125rem; color: var(--quiet); display: flex; flex-wrap: wrap; gap: 0.25rem 1.25rem;
  margin-top: 0.625rem; min-height: 1.25rem; }
.legend span { display: inline-flex; align-items: center; gap: 0.5rem; }
.legend .key { position: relative; display: inline-block; width: 0.875rem; height: 1rem; }
.legend .key * { left: 50%; }
.legend .box { position: absolute; inset: 1px -1px; border: 2px solid var(--now); border-radius: 3px; }
.legend .key .bar { height: 1rem; margin-top: -0.5rem; }
.legend .key .trail { left: 0; width: 100%; }
[hidden] { display: none !important; }

.moving .dot, .moving .ring, .moving .bar, .moving .trail, .moving .mean, .moving .band, .moving .grid, .moving .zero,
.moving .note span, .moving .axis span { transition: left 0.7s cubic-bezier(0.45, 0, 0.2, 1),
  width 0.7s cubic-bezier(0.45, 0, 0.2, 1), opacity 0.3s; }
.moving .many i { transition: height 0.5s; }
@media (prefers-reduced-motion: reduce) { .walk * { transition: none !important; } }

.many-panels .who { width: 1.5rem; height: 1.5rem; margin: 0.25rem 0.5rem 0.25rem 0; }
.many-panels .track { height: 2rem; }
.many-panels .value { font-size: 0.8125rem; padding-left: 0.5rem; min-width: 3rem; }
.many-panels .head { padding-left: 0.5rem; }
.many-panels .dot { width: 0.75rem; height: 0.75rem; margin: -0.375rem; }
@container (min-width: 46rem) {
  .many-panels .panel + .panel .who, .many-panels .panel + .panel .many-words { visibility: hidden; }
  .many-panels .panel + .panel .who { width: 0; margin-right: 0; }
}
@container (max-width: 46rem) {
  .panels { grid-template-columns: repeat(min(var(--panels, 1), 2), minmax(0, 1fr)); gap: 1rem; }
  .many-panels .value, .many-panels .head { display: none; }
  .many-panels .who { width: 1.25rem; height: 1.25rem; margin: 0.25rem 0.375rem 0.25rem 0; }
  .many-panels .track { height: 1.75rem; }
  .panels:not(.many-panels) .minor { visibility: hidden; }
}
@container (max-width: 34rem) {
  .steps { gap: 1.375rem 0.125rem; }
  .steps button { padding: 0.375rem 0.5rem; }
  .steps button:not([aria-current]) .name.short { display: none; }
  .steps button:not([aria-current]) .number { opacity: 1; margin: 0 0.25em; }
}
"""

_SCRIPT = """
const make = (kind, parent, tag = "div") => {
  const element = document.createElement(tag)
  element.className = kind
  parent.append(element)
  return element
}
const put = (element, text) => { if (element.textContent !== text) element.textContent = text }
const place = (element, at) => {
  element.hidden = at === null || at === undefined
  if (!element.hidden) element.style.left = at + "%"
}
const span = (element, from, to) => {
  element.hidden = from === null || to === null
  if (element.hidden) return
  element.style.left = Math.min(from, to) + "%"
  element.style.width = Math.abs(to - from) + "%"
}
// As many children as there are data; those that stay are the same elements, so that they can move.
const each = (parent, data, create, update) => {
  while (parent.children.length > data.length) parent.lastChild.remove()
  while (parent.children.length < data.length) create(parent)
  data.forEach((datum, index) => update(parent.children[index], datum, index))
}

const step = (list) => {
  const item = make("", list, "li")
  item.bracket = make("bracket", item, "span")
  item.button = make("", item, "button")
  item.button.type = "button"
  item.number = make("number", item.button, "span")
  item.name = make("name", item.button, "span")
}

const row = (parent) => {
  const who = make("who", parent, "button")
  who.type = "button"
  who.picture = make("", who, "i")
  const track = make("track", parent)
  for (const kind of ["trail", "ring", "bar", "dot"]) track[kind] = make(kind, track)
  const value = make("value", parent)
  return { who, track, value }
}

const panel = (parent) => {
  const root = make("panel", parent)
  root.title_ = make("title", root)
  root.note = make("note", root)
  root.noteText = make("", root.note, "span")
  root.head = make("head", root)
  root.list = make("rows", root)
  root.plot = make("plot", root.list)
  root.band = make("band", root.plot)
  root.grid = make("", root.plot)
  root.zero = make("zero", root.plot)
  root.mean = make("mean", root.plot)
  root.many = make("many", root)
  root.axis = make("axis", root)
  root.words = make("many-words", root)
  root.lines = []
}

const drawPanel = (root, data, all, send) => {
  put(root.title_, data.title)
  root.title_.hidden = data.title === ""
  put(root.head, data.head)
  put(root.noteText, data.note?.text ?? "")
  place(root.noteText, data.note ? Math.min(86, Math.max(14, data.note.at)) : null)
  place(root.mean, data.mean)
  span(root.band, data.band?.[0] ?? null, data.band?.[1] ?? null)
  place(root.zero, all.zero)
  each(root.grid, all.axis, (p) => make("grid", p), (line, mark) => place(line, mark.at))
  each(root.axis, all.axis, (p) => make("", p, "span"), (words, mark) => {
    place(words, mark.at)
    put(words, mark.text)
    words.classList.toggle("minor", mark.minor)
  })
  while (root.lines.length > data.dots.length) Object.values(root.lines.pop()).forEach((part) => part.remove())
  while (root.lines.length < data.dots.length) root.lines.push(row(root.list))
  root.lines.forEach(({ who, track, value }, index) => {
    const dot = data.dots[index], image = all.rows[index], chosen = index === all.row
    who.style.gridRow = track.style.gridRow = value.style.gridRow = String(index + 1)
    who.setAttribute("aria-label", image.label)
    who.setAttribute("aria-pressed", String(chosen))
    who.title = image.label
    who.classList.toggle("chosen", chosen)
    who.onclick = () => send("row", index)
    if (who.picture.dataset.ink !== image.ink) {
      who.picture.dataset.ink = image.ink
      who.picture.style.maskImage = who.picture.style.webkitMaskImage = `url(${image.ink})`
    }
    place(track.dot, dot.at)
    place(track.ring, dot.from)
    place(track.bar, dot.beside)
    span(track.trail, dot.tail, dot.tail === null ? null : dot.at)
    put(value, dot.text)
    value.classList.toggle("chosen", chosen)
  })
  root.plot.style.gridRow = `1 / span ${Math.max(1, data.dots.length)}`
  root.many.hidden = root.words.hidden = data.bars === null
  each(root.many, data.bars ?? [], (p) => make("", p, "i"), (bar, height) => { bar.style.height = height + "%" })
  put(root.words, data.many)
}

export default function (component) {
  const root = component.parentElement.querySelector(".walk")
  const [steps, panels, legend] = [".steps", ".panels", ".legend"].map((name) => root.querySelector(name))
  const data = component.data
  const send = (name, value) => component.setTriggerValue(name, value)
  root.classList.toggle("green", data.hue === "green")
  root.setAttribute("aria-label", data.alt)
  each(steps, data.steps, step, (item, datum) => {
    item.classList.toggle("inside", datum.inside)
    put(item.bracket, datum.bracket)
    put(item.number, datum.number)
    put(item.name, datum.name)
    item.name.classList.toggle("short", datum.number !== "")
    item.button.setAttribute("aria-label", datum.label)
    if (datum.key === data.at) item.button.setAttribute("aria-current", "step")
    else item.button.removeAttribute("aria-current")
    item.button.onclick = () => send("go", datum.key)
  })
  panels.style.setProperty("--panels", data.panels.length)
  panels.classList.toggle("many-panels", data.panels.length > 1)
  // What is new stands where it belongs at once; what was there moves.
  root.classList.toggle("moving", panels.children.length === data.panels.length)
  each(panels, data.panels, panel, (element, datum) => drawPanel(element, datum, data, send))
  each(legend, data.legend, (p) => {
    const entry = make("", p, "span")
    entry.key = make("key", entry, "b")
    entry.words = make("", entry, "span")
  }, (entry, datum) => {
    if (entry.key.dataset.kind !== datum.kind) {
      entry.key.dataset.kind = datum.kind
      entry.key.replaceChildren()
      make(datum.kind, entry.key)
    }
    put(entry.words, datum.text)
  })
}
"""

_COMPONENT = st.components.v2.component("batch_norm_lab.walk", html=_HTML, css=_STYLE, js=_SCRIPT)

KEY = "one-batch-picture"


def draw(data: dict[str, Any], on_go: Callable[[], None], on_row: Callable[[], None]) -> None:
    """Puts the picture on the page.

    Args:
        data: what `drawn` makes.
        on_go, on_row: called when the person chose a step, or an image; `told` has it then.
    """
    _COMPONENT(key=KEY, data=data, on_go_change=on_go, on_row_change=on_row)


def draw_beside(
    key: str, scene: Scene, batch: CapturedBatch, stages: Sequence[Stage], titles: Sequence[str], alt: str
) -> None:
    """Puts some steps side by side on the page, without anything to choose.

    Args:
        key: of the picture.
        titles: one for each step.
        alt: the same in words.
    """
    panels = [
        panel(scene, stage, overview=True) | {"title": title} for stage, title in zip(stages, titles, strict=True)
    ]
    data = drawn(scene, batch, "all", -1, alt) | {"steps": [], "panels": panels, "legend": []}
    _COMPONENT(key=key, data=data, on_go_change=_nothing, on_row_change=_nothing)


def _nothing() -> None:
    """For what cannot be chosen."""


def told(name: Literal["go", "row"]) -> object:
    """What the browser says was chosen."""
    state = widget(KEY)
    return None if state is None else state.get(name)


def drawn(scene: Scene, batch: CapturedBatch, at: At, row: int, alt: str) -> dict[str, Any]:
    """All that the picture shows.

    Args:
        batch: the images.
        at: the step.
        row: the image whose numbers the formula has, from 0.
        alt: the same in words.
    """
    text = prose("one-batch")
    order = scene.walk.order
    stages = PANELS[order] if at == "all" else (at,)
    return {
        "hue": HUES[order],
        "at": at,
        "row": row,
        "alt": alt,
        "steps": _steps(order),
        "rows": [
            {
                "ink": ink(batch.pictures[index]),
                "label": text("picture.image", number=index + 1, label=batch.labels[index]),
            }
            for index in range(scene.shown)
        ],
        "axis": [{"at": mark.at, "text": mark.text, "minor": mark.minor} for mark in scene.axis.marks()],
        "zero": scene.axis.percent(0.0),
        "panels": [panel(scene, stage, overview=at == "all") for stage in stages],
        "legend": _legend(scene, at),
    }


def panel(scene: Scene, stage: Stage, *, overview: bool) -> dict[str, Any]:
    """One number line: the dots after a step, where they were before it, and mean and variance where it takes them."""
    text = prose("one-batch")
    walk, axis, order = scene.walk, scene.axis, scene.walk.order
    values = scene.sample(stage)
    squares = stage == "variance" and not overview
    figures = (values - walk.mean) ** 2 if squares else values
    rings = None if overview else _before(scene, stage)
    tails = np.full(scene.shown, walk.mean) if stage in TAKING and not overview else rings
    beside = None if scene.beside is None else scene.sample(stage, scene.beside)
    deviation = float(np.sqrt(walk.variance))
    return {
        "stage": stage,
        "title": text(f"panel.{order}.{stage}") if overview else "",
        "head": text(f"head.{order}.{stage if squares or stage != 'variance' else 'mean'}"),
        "mean": axis.percent(walk.mean) if stage in TAKING else None,
        "note": _note(scene, stage, overview),
        "band": [axis.percent(walk.mean - deviation), axis.percent(walk.mean + deviation)]
        if stage == "variance"
        else None,
        "dots": [
            {
                "at": axis.percent(values[index]),
                "value": float(values[index]),
                "figure": float(figures[index]),
                "text": written(figures[index], scene.places),
                "from": None if rings is None else axis.percent(rings[index]),
                "tail": None if tails is None else axis.percent(tails[index]),
                "beside": None if beside is None else axis.percent(beside[index]),
            }
            for index in range(scene.shown)
        ],
        "bars": None if scene.complete else _bars(scene, stage),
        "many": "" if scene.complete else text("picture.many", m=walk.m),
    }


def _note(scene: Scene, stage: Stage, overview: bool) -> dict[str, Any] | None:
    """What stands above the dots: mean and deviation where they are, and beside one another what each step does."""
    walk, places = scene.walk, scene.places
    values = {
        "mean": written(walk.mean, places),
        "deviation": written(float(np.sqrt(walk.variance)), places),
        "minus_mean": signed(-walk.mean, places),
        "divisor": written(float(np.sqrt(walk.variance + walk.epsilon)), places),
        "gamma": written(walk.gamma, places),
        "plus_beta": signed(walk.beta, places),
    }
    if stage not in TAKING and (not overview or stage in ("values", "relu")):
        return None
    at = scene.axis.percent(walk.mean) if stage in TAKING else 50.0
    return {"at": at, "text": prose("one-batch")(f"note.{walk.order}.{stage}", **values)}


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
    text = prose("one-batch")
    name = text("stage.all")
    steps = [{"key": "all", "number": "", "name": name, "label": name, "inside": False, "bracket": ""}]
    for number, stage in enumerate(STAGES[order], 1):
        name = text(f"stage.{stage}")
        steps.append(
            {
                "key": stage,
                "number": str(number),
                "name": name,
                "label": f"{number}. {name}",
                "inside": stage in NORMALIZING,
                "bracket": text("stage.bracket") if stage == NORMALIZING[0] else "",
            }
        )
    return steps


def _legend(scene: Scene, at: At) -> list[dict[str, str]]:
    text = prose("one-batch")
    entries = []
    if at in TAKING:
        entries.append(("trail", text("legend.distance")))
    elif at != "all" and _before(scene, at) is not None:
        entries.append(("ring", text("legend.before")))
    if scene.beside is not None:
        kind = "both" if scene.choice.inference and scene.choice.bias else "mode" if scene.choice.inference else "bias"
        entries.append(("bar", text(f"legend.{kind}")))
    if at not in ("all", *TAKING):
        entries.append(("box", text("legend.chosen")))
    return [{"kind": kind, "text": words} for kind, words in entries]
