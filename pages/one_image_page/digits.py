"""The first 100 test images with a mark on each: right or wrong, under the kind of statistics that is chosen.

The choice is made in the browser: everything there is to see comes at once.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import streamlit as st

from bn_core.questions.answers import Alone, OneByOneScored
from pages.charts.palette import HUES
from pages.charts.training import MARKS
from pages.one_image_page.sprites import sprite
from pages.session.session import widget
from pages.words.prose import prose

KEY = "one-image-digits"
PICKED = "picked"

COLUMNS = 10

FIRST = "batch"
"""The kind of statistics that is chosen at first: a lone image's own."""

_HTML = """
<div class="digits">
  <div class="kinds" role="radiogroup"></div>
  <div class="grid" role="group"></div>
  <p class="legend"></p>
</div>
"""

_STYLE = """
:host { display: block; }
.digits { color: var(--st-text-color); font-family: var(--st-font); font-variant-numeric: tabular-nums; }
.orange { --hue: var(--st-orange-text-color); --line: var(--st-orange-color); }
.blue { --hue: var(--st-blue-text-color); --line: var(--st-blue-color); }
.green { --hue: var(--st-green-text-color); --line: var(--st-green-color); }
.kinds { display: flex; gap: 0.5rem; margin-bottom: 0.75rem; }
.kind {
  flex: 1; cursor: pointer; position: relative; padding: 0.375rem 0.625rem 0.5rem; border-radius: 8px; min-width: 0;
  border: 1px solid var(--st-border-color); display: flex; flex-direction: column; justify-content: space-between;
}
.kind.single { cursor: default; }
.kind input { position: absolute; opacity: 0; inset: 0; margin: 0; cursor: inherit; }
.kind:has(:checked) { border-color: var(--line); box-shadow: inset 0 0 0 1px var(--line); }
.kind:has(:focus-visible) { outline: 2px solid var(--st-link-color); outline-offset: 2px; }
.kind .name { font-size: 0.8125rem; line-height: 1.35; color: var(--st-gray-text-color); }
.kind:has(:checked) .name { color: var(--hue); font-weight: 600; }
.kind .count { font-size: 0.8125rem; color: var(--st-gray-text-color); }
.kind .count b { font-size: 1.5rem; line-height: 1.2; font-weight: 650; color: var(--st-text-color); }
.grid { display: grid; grid-template-columns: repeat(10, minmax(0, 1fr)); gap: 2px; }
.cell {
  all: unset; box-sizing: border-box; position: relative; aspect-ratio: 1; cursor: pointer; border-radius: 4px;
  background: var(--st-secondary-background-color);
}
.cell .ink {
  position: absolute; inset: 2px; background: currentColor; -webkit-mask-image: var(--sheet); mask-image: var(--sheet);
  -webkit-mask-size: 1000% var(--tall); mask-size: 1000% var(--tall);
  -webkit-mask-position: var(--x) var(--y); mask-position: var(--x) var(--y);
}
.cell.wrong .ink { opacity: 0.26; }
.cell .mark {
  position: absolute; right: 2px; bottom: 0; font-size: 0.6875rem; line-height: 1.15; font-weight: 700;
}
.cell.right .mark { color: var(--hue); }
.cell.wrong .mark {
  font-size: 0.875rem; padding: 0 2px; border-radius: 3px; background: var(--st-secondary-background-color);
}
.cell:hover { box-shadow: inset 0 0 0 1px var(--st-text-color); }
.cell.chosen { box-shadow: inset 0 0 0 2px var(--line); }
.cell:focus-visible { outline: 2px solid var(--st-link-color); outline-offset: 1px; z-index: 1; }
.legend { margin: 0.5rem 0 0; font-size: 0.8125rem; line-height: 1.4; color: var(--st-gray-text-color); }
"""

_SCRIPT = """
const element = (kind, name, text) => {
  const made = document.createElement(kind)
  made.className = name
  if (text !== undefined) made.textContent = text
  return made
}

function start(root) {
  const [kinds, grid, legend] = [".kinds", ".grid", ".legend"].map((name) => root.querySelector(name))
  const state = { kind: null, data: null, cells: [] }

  const mark = () => {
    const { data } = state
    const chosen = data.kinds.find((kind) => kind.key === state.kind)
    state.cells.forEach((cell, index) => {
      const right = chosen.answers[index] === data.labels[index]
      const answer = data.names[chosen.answers[index]]
      const words = (right ? data.words.right : data.words.wrong)
        .replace("{number}", index).replace("{name}", data.names[data.labels[index]]).replace("{answer}", answer)
      cell.className = "cell " + (right ? "right" : "wrong") + (index === data.chosen ? " chosen" : "")
      cell.tabIndex = index === data.chosen ? 0 : -1
      cell.setAttribute("aria-pressed", index === data.chosen)
      cell.setAttribute("aria-label", words)
      cell.title = words
      cell.querySelector(".mark").textContent = right ? "✓" : answer.length === 1 ? answer : "✕"
    })
  }
  const drawKinds = () => {
    const single = state.data.kinds.length === 1
    kinds.replaceChildren(...state.data.kinds.map((kind) => {
      const card = element("label", single ? "kind single" : "kind")
      const input = element("input", "")
      Object.assign(input, { type: "radio", name: "kind", value: kind.key, checked: kind.key === state.kind })
      input.onchange = () => { state.kind = kind.key; mark() }
      const count = element("span", "count")
      count.append(element("b", "", kind.right), " " + state.data.words.of)
      card.append(input, element("span", "name", kind.name), count)
      return card
    }))
  }
  const drawCells = () => {
    const rows = Math.ceil(state.data.labels.length / 10)
    root.style.setProperty("--sheet", `url(${state.data.sheet})`)
    root.style.setProperty("--tall", `${100 * rows}%`)
    state.cells = state.data.labels.map((_, index) => {
      const cell = element("button", "cell")
      const ink = element("span", "ink")
      ink.style.setProperty("--x", `${(index % 10) * 100 / 9}%`)
      ink.style.setProperty("--y", `${Math.floor(index / 10) * 100 / Math.max(1, rows - 1)}%`)
      cell.type = "button"
      cell.append(ink, element("span", "mark"))
      cell.onclick = () => state.pick(index)
      return cell
    })
    grid.replaceChildren(...state.cells)
  }
  grid.onkeydown = (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -10, ArrowDown: 10 }[event.key]
    const at = state.cells.indexOf(event.target.closest(".cell"))
    const next = state.cells[at + by]
    if (by === undefined || at < 0 || !next) return
    event.preventDefault()
    state.cells[at].tabIndex = -1
    next.tabIndex = 0
    next.focus()
  }
  state.take = (data) => {
    const before = state.data
    state.data = data
    if (!data.kinds.some((kind) => kind.key === state.kind))
      state.kind = (data.kinds.find((kind) => kind.key === data.first) ?? data.kinds[0]).key
    root.className = "digits " + data.hue
    legend.textContent = data.words.legend
    kinds.setAttribute("aria-label", data.words.kinds)
    grid.setAttribute("aria-label", data.words.group)
    if (before?.sheet !== data.sheet) drawCells()
    if (JSON.stringify(before?.kinds) !== JSON.stringify(data.kinds)) drawKinds()
    mark()
  }
  return state
}

export default function (component) {
  const root = component.parentElement.querySelector(".digits")
  root.state ??= start(root)
  root.state.pick = (index) => component.setTriggerValue("picked", index)
  root.state.take(component.data)
}
"""

_COMPONENT = st.components.v2.component("batch_norm_lab.digits", html=_HTML, css=_STYLE, js=_SCRIPT)


def digits(
    scored: OneByOneScored, placement: str, names: tuple[str, ...], chosen: int, pick: Callable[[int], None]
) -> None:
    """Puts the images on the page.

    Args:
        names: of the ten classes.
        chosen: the number of the image that is looked at closely.
        pick: called with an image's number when a person chooses it.
    """
    text = prose("one-image")
    found: dict[str, Alone | None] = {
        "moving": scored.moving,
        "batch": scored.batch,
        "recalibrated": scored.recalibrated,
    }
    only = scored.batch is None

    def picked() -> None:
        number = widget(KEY).get(PICKED)
        if isinstance(number, int) and not isinstance(number, bool) and 0 <= number < len(scored.labels):
            pick(number)

    _COMPONENT(
        key=KEY,
        data={
            "sheet": sprite(np.ascontiguousarray(scored.pictures).tobytes(), scored.pictures.shape[1], COLUMNS),
            "labels": scored.labels.tolist(),
            "names": list(names),
            "chosen": chosen,
            "first": FIRST,
            "hue": HUES[placement],
            "kinds": [
                {
                    "key": kind,
                    "name": text("statistics.only") if only else MARKS[kind] + text(f"statistics.{kind}"),
                    "right": int(np.sum(alone.predictions == scored.labels)),
                    "answers": alone.predictions.tolist(),
                }
                for kind, alone in found.items()
                if alone is not None
            ],
            "words": {
                "of": text("grid.of", images=len(scored.labels)),
                "right": text("grid.right"),
                "wrong": text("grid.wrong"),
                "legend": text("grid.legend"),
                "group": text("grid.group"),
                "kinds": text("grid.kinds"),
            },
        },
        on_picked_change=picked,
    )
