"""A listing: numbered lines of code, some of them marked by a sign and a note, folded where that is asked for."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass

import streamlit as st

from pages.code_page.highlight import highlighted
from pages.words.prose import prose

_HTML = """
<div class="listing">
  <button class="copy" type="button"></button>
  <span class="said" role="status"></span>
  <pre tabindex="0" role="region"></pre>
</div>
"""

_STYLE = """
:host { display: block; }
.listing { position: relative; font-size: var(--st-code-font-size); color: var(--st-text-color); }
pre {
  margin: 0; padding: 0.5rem 0; overflow-x: auto; font-family: var(--st-code-font); line-height: 1.55; tab-size: 4;
  background: var(--st-secondary-background-color); border-radius: var(--st-base-radius);
}
pre:focus-visible, button:focus-visible { outline: 2px solid var(--st-link-color); outline-offset: 2px; }
.row { display: flex; width: max-content; min-width: 100%; white-space: pre; }
.sign, .at {
  flex: none; user-select: none; position: sticky; background: var(--st-secondary-background-color);
}
.sign { left: 0; width: 2ch; text-align: center; font-weight: 700; }
.at { left: 2ch; width: 3ch; padding-right: 1ch; text-align: right; color: var(--st-gray-text-color); }
.at::before { content: attr(data-number); }
.code { flex: 1; padding-right: 1ch; }
.carries .code { background: color-mix(in srgb, var(--st-gray-color) 15%, transparent); }
.changed .code { background: color-mix(in srgb, var(--st-yellow-color) 24%, transparent); }
.bug .code { background: color-mix(in srgb, var(--st-red-color) 20%, transparent); }
.bug .sign { color: var(--st-red-text-color); }
.level .sign { color: var(--st-gray-color); font-weight: 400; }
.words {
  display: flex; position: sticky; left: 0; max-width: 100%; box-sizing: border-box; user-select: none;
  padding: 0.375rem 0.75rem 0.125rem 6ch; white-space: normal;
}
.said-of { font-family: var(--st-font); font-size: 0.8125rem; line-height: 1.35; }
.keyword { font-weight: 700; }
.name { font-weight: 700; color: var(--st-link-color); }
.comment { color: var(--st-gray-text-color); font-style: italic; }
.string { color: var(--st-violet-text-color); }
.fold {
  display: block; width: 100%; font: inherit; text-align: left; cursor: pointer; border: 0; margin: 0.25rem 0;
  padding: 0.1rem 0 0.1rem 6ch; color: var(--st-gray-text-color); background: transparent;
}
.fold:hover { color: var(--st-text-color); background: var(--st-background-color); }
.copy {
  position: absolute; top: 0.375rem; right: 0.375rem; z-index: 2; font-family: var(--st-font); font-size: 0.8125rem;
  cursor: pointer; padding: 0.2rem 0.6rem; min-height: 1.75rem; color: inherit;
  background: var(--st-background-color); border: 1px solid var(--st-border-color); border-radius: 6px;
}
.copy:hover { border-color: var(--st-text-color); }
.said { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
"""

# Without HTTPS browsers offer no clipboard: then the old command is tried, on the text in a field that nobody sees.
_SCRIPT = """
function element(kind, className, text) {
  const made = document.createElement(kind)
  made.className = className
  if (text !== undefined) made.textContent = text
  return made
}

function rows(line) {
  const made = element("div", "row " + line.kind)
  const number = element("span", "at")
  number.dataset.number = String(line.number)
  const code = element("span", "code")
  code.innerHTML = line.code
  code.append("\\n")
  made.append(element("span", "sign", line.sign), number, code)
  if (!line.choice) return [made]
  const words = element("div", "words")
  const said = element("span", "said-of", line.note)
  said.prepend(element("strong", "", line.choice), " ")
  words.append(said)
  return [words, made]
}

function fold(lines, words) {
  const made = element("button", "fold", "⋯ " + words.replace("{lines}", String(lines.length)))
  made.type = "button"
  made.onclick = () => {
    const unfolded = lines.flatMap(rows)
    made.replaceWith(...unfolded)
    unfolded[0].tabIndex = -1
    unfolded[0].focus({ preventScroll: true })
  }
  return made
}

function draw(pre, data) {
  const drawn = []
  let folded = []
  const close = () => {
    if (folded.length > 0) drawn.push(fold(folded, folded.length === 1 ? data.words.foldOne : data.words.fold))
    folded = []
  }
  for (const line of data.lines) {
    if (line.hidden) folded.push(line)
    else {
      close()
      drawn.push(...rows(line))
    }
  }
  close()
  pre.replaceChildren(...drawn)
}

export default function (component) {
  const { data, parentElement } = component
  const root = parentElement.querySelector(".listing")
  const [pre, button, said] = ["pre", ".copy", ".said"].map((s) => root.querySelector(s))
  const drawn = JSON.stringify(data)
  if (root.drawn === drawn) return
  root.drawn = drawn
  draw(pre, data)
  pre.setAttribute("aria-label", data.label)
  button.hidden = !data.copy
  button.textContent = data.words.copy
  button.setAttribute("aria-label", data.words.copy + ": " + data.label)

  const say = (text) => {
    button.textContent = text
    said.textContent = text
    clearTimeout(button.timer)
    button.timer = setTimeout(() => { button.textContent = data.words.copy; said.textContent = "" }, 2500)
  }
  button.onclick = async () => {
    try {
      await navigator.clipboard.writeText(data.text)
      say(data.words.copied)
    } catch (refused) {
      const field = element("textarea", "said")
      field.value = data.text
      root.append(field)
      field.select()
      let copied = false
      try { copied = document.execCommand("copy") } catch (alsoRefused) { copied = false }
      field.remove()
      button.focus()
      say(copied ? data.words.copied : data.words.notCopied)
    }
  }
}
"""

_COMPONENT = st.components.v2.component("batch_norm_lab.listing", html=_HTML, css=_STYLE, js=_SCRIPT)


@dataclass(frozen=True)
class Sign:
    """What marks a line.

    Attributes:
        sign: one character, before the line's number.
        kind: `carries`, `changed`, `bug`, `level` or `note`: how the line is tinted.
        choice, note: what stands above the line, a name and a sentence; empty texts for nothing.
    """

    sign: str
    kind: str
    choice: str = ""
    note: str = ""


def listing(
    text: str,
    *,
    key: str,
    label: str,
    signs: Mapping[int, Sign] | None = None,
    shown: Collection[int] | None = None,
    first: int = 1,
    copy: bool = True,
) -> None:
    """Puts a listing on the page.

    Args:
        text: Python.
        label: what it is a listing of, for whoever does not see it.
        signs: by the number of the line.
        shown: the numbers of the lines that are not folded away; None: all.
        first: the number of the first line.
        copy: whether there is a button that copies the text.
    """
    words = prose("code")
    lines = []
    for number, code in enumerate(highlighted(text), start=first):
        sign = (signs or {}).get(number, Sign("", ""))
        lines.append(
            asdict(sign) | {"number": number, "code": code, "hidden": shown is not None and number not in shown}
        )
    _COMPONENT(
        key=key,
        data={
            "lines": lines,
            "text": text,
            "label": label,
            "copy": copy,
            "words": {
                "fold": words("listing.fold"),
                "foldOne": words("listing.fold-one"),
                "copy": words("listing.copy"),
                "copied": words("listing.copied"),
                "notCopied": words("listing.not-copied"),
            },
        },
    )
