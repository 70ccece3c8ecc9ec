"""One slider for all charts of a page: it plays and scrubs through training in the browser, without the server.

Each chart that can be scrubbed has all moments in its data and a slider of its own, bound inside Vega: `parameter` and
`at_moment`. The component finds these sliders, folds them away and moves them all; where it does not run, they stay in
sight and work one by one. What there is to see at each moment comes as one sentence a moment, all at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import streamlit as st

PARAMETER = "moment"
"""The name of the charts' own parameter, of the input that Vega makes for it, and of the column with the moments'
numbers, counted from 0."""

_HTML = """
<div class="moment">
  <div class="row">
    <button class="play" type="button"></button>
    <input class="at" type="range" min="0" step="1" aria-label="Moment of the training">
    <output class="batch"></output>
  </div>
  <p class="caption" aria-live="polite"></p>
</div>
"""

_STYLE = """
:host { display: block; }
.moment { font-family: var(--st-font); color: var(--st-text-color); font-size: 1rem; }
.row { display: flex; align-items: center; gap: 0.75rem; }
.row.still { display: none; }
.play {
  font: inherit; font-size: 0.875rem; color: inherit; background: var(--st-background-color); cursor: pointer;
  border: 1px solid var(--st-border-color); border-radius: var(--st-button-radius, 8px); padding: 0.3rem 0.75rem;
  min-width: 5.75rem; min-height: 2.25rem; white-space: nowrap;
}
.play:hover { border-color: var(--st-text-color); }
.play:focus-visible, .at:focus-visible { outline: 2px solid var(--st-link-color); outline-offset: 2px; }
.at { flex: 1; min-width: 5rem; height: 1.75rem; accent-color: var(--st-primary-color); cursor: pointer; }
.batch { font-size: 0.875rem; font-variant-numeric: tabular-nums; white-space: nowrap; min-width: 5.5rem; }
.caption { margin: 0.625rem 0 0; line-height: 1.5; font-weight: 600; min-height: 3em; }
"""

_SCRIPT = """
const MOVE = new Event("input", { bubbles: true })

function start(root) {
  const [row, play, at, batch, caption] = [".row", ".play", ".at", ".batch", ".caption"].map((s) =>
    root.querySelector(s))
  const state = { steps: [], captions: [], timer: null, observer: null }
  const charts = () => document.querySelectorAll('input[name="moment"]')
  const put = (element, text) => { if (element.textContent !== text) element.textContent = text }

  // A chart may come later than this component, or be drawn again: it is brought to the same moment then.
  const align = () => {
    for (const input of charts()) {
      const bindings = input.closest(".vega-bindings") ?? input.parentElement
      if (bindings.style.display !== "none") bindings.style.display = "none"
      if (input.value !== at.value && Number(at.value) <= Number(input.max)) {
        input.value = at.value
        input.dispatchEvent(MOVE)
      }
    }
  }
  const show = (index) => {
    at.value = String(index)
    const step = state.steps[index]
    const words = step === undefined ? "" : "batch " + step.toLocaleString("en")
    put(batch, words)
    at.setAttribute("aria-valuetext", words)
    put(caption, state.captions[index] ?? "")
    align()
  }
  const halt = () => {
    clearInterval(state.timer)
    state.timer = null
    put(play, "▶ Play")
  }
  const advance = () => {
    const next = Number(at.value) + 1
    if (next >= state.steps.length) halt()
    else show(next)
  }
  play.onclick = () => {
    if (state.timer !== null) return halt()
    if (Number(at.value) >= state.steps.length - 1) show(0)
    put(play, "❚❚ Pause")
    state.timer = setInterval(advance, 700)
  }
  at.oninput = () => {
    halt()
    show(Number(at.value))
  }
  halt()
  state.take = (data) => {
    const same = JSON.stringify(data.steps) === JSON.stringify(state.steps) && data.start === state.start
    Object.assign(state, { steps: data.steps, captions: data.captions, start: data.start })
    row.classList.toggle("still", data.steps.length < 2)
    at.max = String(Math.max(0, data.steps.length - 1))
    if (!same) halt()
    show(same ? Number(at.value) : data.start)
    if (state.observer === null) {
      state.observer = new MutationObserver(align)
      state.observer.observe(document.body, { subtree: true, childList: true })
    }
  }
  state.end = () => {
    halt()
    state.observer?.disconnect()
    state.observer = null
  }
  return state
}

export default function (component) {
  const root = component.parentElement.querySelector(".moment")
  root.state ??= start(root)
  root.state.take(component.data)
  return root.state.end
}
"""

_COMPONENT = st.components.v2.component("batch_norm_lab.moment", html=_HTML, css=_STYLE, js=_SCRIPT)


def parameter(moments: int) -> alt.Parameter:
    """What a chart of so many moments is scrubbed with; it begins with the last."""
    last = moments - 1
    slider = alt.binding_range(min=0, max=last, step=1, name=f"{PARAMETER} ")
    return alt.param(name=PARAMETER, value=last, bind=slider)


def at_moment(chart: Any) -> Any:
    """The rows of the chosen moment alone, in a chart or in some of its layers."""
    return chart.transform_filter(f"datum.{PARAMETER} == {PARAMETER}")


def moment_slider(steps: Sequence[int], captions: Sequence[str], start: int) -> None:
    """Puts the slider on the page with what there is to see below it; with fewer than two moments only that.

    Args:
        steps: updates done at each moment.
        captions: one sentence for each moment.
        start: the number of the moment to begin with, counted from 0.
    """
    _COMPONENT(key="moment", data={"steps": list(steps), "captions": list(captions), "start": start})
