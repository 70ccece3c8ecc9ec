"""A batch as a picture: the image that is looked at first, then its companions, eight to a row."""

from __future__ import annotations

import numpy as np
import streamlit as st

from bn_core.questions.answers import CompanyChanged
from pages.charts.palette import HUES
from pages.one_image_page.sprites import sprite

COLUMNS = 8

_HTML = """
<div class="batch" role="img">
</div>
"""

_STYLE = """
:host { display: block; }
.batch {
  display: grid; grid-template-columns: repeat(8, minmax(0, 1fr)); gap: 2px; color: var(--st-text-color);
  max-width: 17rem;
}
.orange { --line: var(--st-orange-color); }
.blue { --line: var(--st-blue-color); }
.green { --line: var(--st-green-color); }
.cell {
  position: relative; aspect-ratio: 1; border-radius: 3px; background: var(--st-secondary-background-color);
}
.cell.none { background: none; box-shadow: inset 0 0 0 1px var(--st-border-color); opacity: 0.5; }
.cell.first { box-shadow: 0 0 0 2px var(--line); z-index: 1; }
.ink {
  position: absolute; inset: 1px; background: currentColor; -webkit-mask-image: var(--sheet); mask-image: var(--sheet);
  -webkit-mask-size: 800% var(--tall); mask-size: 800% var(--tall);
  -webkit-mask-position: var(--x) var(--y); mask-position: var(--x) var(--y);
}
.cell:not(.first) .ink { opacity: 0.72; }
"""

_SCRIPT = """
export default function (component) {
  const { data, parentElement } = component
  const root = parentElement.querySelector(".batch")
  root.className = "batch " + data.hue
  root.setAttribute("aria-label", data.words)
  if (root.dataset.sheet === data.sheet) return
  root.dataset.sheet = data.sheet
  const rows = Math.ceil(data.count / 8)
  root.style.setProperty("--sheet", `url(${data.sheet})`)
  root.style.setProperty("--tall", `${100 * rows}%`)
  root.replaceChildren(...Array.from({ length: 64 }, (_, index) => {
    const cell = document.createElement("div")
    cell.className = index === 0 ? "cell first" : index < data.count ? "cell" : "cell none"
    if (index < data.count) {
      const ink = document.createElement("span")
      ink.className = "ink"
      ink.style.setProperty("--x", `${(index % 8) * 100 / 7}%`)
      ink.style.setProperty("--y", `${Math.floor(index / 8) * 100 / Math.max(1, rows - 1)}%`)
      cell.append(ink)
    }
    return cell
  }))
}
"""

_COMPONENT = st.components.v2.component("batch_norm_lab.batch_picture", html=_HTML, css=_STYLE, js=_SCRIPT)


def batch_picture(changed: CompanyChanged, placement: str, words: str) -> None:
    """Puts the picture on the page.

    Args:
        words: what it shows, for whoever does not see it.
    """
    images = np.concatenate([changed.picture[np.newaxis], changed.companions])
    _COMPONENT(
        key="one-image-batch",
        data={
            "sheet": sprite(images.tobytes(), images.shape[1], COLUMNS),
            "count": len(images),
            "hue": HUES[placement],
            "words": words,
        },
    )
