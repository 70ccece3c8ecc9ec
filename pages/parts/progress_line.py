"""How far a run is: a bar in its placement's colour, a line of figures, and the browser tab's title."""

from __future__ import annotations

import streamlit as st

from pages.charts.palette import HUES

_HTML = """
<div class="text"><span class="said" role="status"></span><span class="figures"></span></div>
<div class="track" role="progressbar" aria-valuemin="0" aria-valuemax="100"><div class="bar"></div></div>
"""

_STYLE = """
:host { display: block; }
.text {
  display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 1rem; font-family: var(--st-font);
  font-size: 0.875rem; line-height: 1.5; color: var(--st-text-color); font-variant-numeric: tabular-nums;
}
.said { font-weight: 600; }
.figures { color: var(--st-gray-text-color); }
.track { height: 4px; margin-top: 0.25rem; border-radius: 2px; background: var(--st-border-color); overflow: hidden; }
.bar { height: 100%; border-radius: 2px; width: 0; transition: width 0.25s linear; }
@media (prefers-reduced-motion: reduce) { .bar { transition: none; } }
.orange { background: var(--st-orange-color); }
.blue { background: var(--st-blue-color); }
.green { background: var(--st-green-color); }
"""

_SCRIPT = """
export default function (component) {
  const { data, parentElement } = component
  const put = (selector, text) => {
    const element = parentElement.querySelector(selector)
    if (element.textContent !== text) element.textContent = text
  }
  put(".said", data.said)
  put(".figures", data.figures)
  const track = parentElement.querySelector(".track")
  track.style.visibility = data.percent === null ? "hidden" : "visible"
  track.setAttribute("aria-label", data.said)
  track.setAttribute("aria-valuenow", data.percent ?? 0)
  const bar = parentElement.querySelector(".bar")
  bar.className = "bar " + data.hue
  bar.style.width = (data.percent ?? 0) + "%"
  if (data.title && document.title !== data.title) document.title = data.title
}
"""

_COMPONENT = st.components.v2.component("batch_norm_lab.progress", html=_HTML, css=_STYLE, js=_SCRIPT)


def progress_line(said: str, figures: str, *, fraction: float | None, placement: str, title: str) -> None:
    """Puts the line on the page; it changes in place from one call to the next.

    Args:
        said: what is going on, in a few words.
        figures: batches done, pace, time left.
        fraction: 0 to 1; None where there is no run, and so no bar.
        title: of the browser's tab.
    """
    percent = None if fraction is None else round(100 * fraction, 1)
    data = {"said": said, "figures": figures, "percent": percent, "hue": HUES[placement], "title": title}
    _COMPONENT(key="progress", data=data)
