"""A place to draw one image by mouse, finger or pen, or to take a sample of the test images.

The drawing is made in the browser, as lines that can be undone. When the pointer is lifted it is written as MNIST's
digits were: scaled to fit a box of 20 x 20 pixels, its shape kept, and placed in 28 x 28 pixels with the centre of mass
of its ink in the middle (LeCun, Cortes and Burges, "The MNIST database of handwritten digits"). Only these 784 bytes
are sent.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from bn_core.questions.questions import PIXELS
from pages.charts.palette import HUES
from pages.session.session import kept, widget
from pages.words.prose import prose

KEY = "one-image-drawing"

_HTML = """
<div class="drawing">
  <div class="pad">
    <canvas class="paper" role="img"></canvas>
    <div class="tools">
      <button class="undo" type="button"></button>
      <button class="clear" type="button"></button>
      <label class="brush"><span></span><input type="range" min="3" max="14" step="1" value="8"></label>
    </div>
  </div>
  <div class="side">
    <div class="seen"><canvas width="28" height="28"></canvas><span></span></div>
    <div class="samples" role="group"></div>
  </div>
</div>
"""

_STYLE = """
:host { display: block; }
.drawing {
  display: flex; flex-wrap: wrap; gap: 0.75rem 1rem; color: var(--st-text-color); font-family: var(--st-font);
  font-size: 0.875rem;
}
.orange { --line: var(--st-orange-color); }
.blue { --line: var(--st-blue-color); }
.green { --line: var(--st-green-color); }
.pad { width: 15rem; max-width: 100%; }
.paper {
  display: block; width: 100%; aspect-ratio: 1; box-sizing: border-box; touch-action: none; cursor: crosshair;
  background: var(--st-secondary-background-color); border: 1px solid var(--st-border-color); border-radius: 8px;
}
.tools { display: flex; align-items: center; gap: 0.375rem; margin-top: 0.5rem; }
button {
  font: inherit; color: inherit; background: var(--st-background-color); cursor: pointer; min-height: 2.25rem;
  border: 1px solid var(--st-border-color); border-radius: var(--st-button-radius, 8px); padding: 0.25rem 0.625rem;
}
button:hover:enabled { border-color: var(--st-text-color); }
button:disabled { opacity: 0.45; cursor: default; }
button:focus-visible, input:focus-visible { outline: 2px solid var(--st-link-color); outline-offset: 2px; }
.brush { display: flex; align-items: center; gap: 0.375rem; margin-left: auto; min-width: 0; }
.brush input { width: 4.25rem; min-width: 0; accent-color: var(--st-primary-color); }
.side { display: flex; flex-direction: column; gap: 0.75rem; width: 8.5rem; flex: 1 1 8.5rem; max-width: 15rem; }
.seen { display: flex; align-items: center; gap: 0.625rem; }
.seen span { font-size: 0.8125rem; line-height: 1.35; color: var(--st-gray-text-color); }
.seen canvas {
  width: 84px; height: 84px; flex: none; image-rendering: pixelated; border-radius: 4px;
  background: var(--st-secondary-background-color);
}
.samples { display: grid; grid-template-columns: repeat(5, minmax(0, 1fr)); gap: 4px; }
.samples .title { grid-column: 1 / -1; font-size: 0.8125rem; color: var(--st-gray-text-color); }
.samples button { padding: 2px; min-height: 0; aspect-ratio: 1; }
.samples button[aria-pressed="true"] { border-color: var(--line); box-shadow: inset 0 0 0 1px var(--line); }
.samples canvas { display: block; width: 100%; height: 100%; }
"""

_SCRIPT = """
const SIZE = 28
const BOX = 20
const FINE = 8  // each pixel is the mean of 8 x 8 finer ones

const bytesOf = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))
const textOf = (bytes) => btoa(String.fromCharCode(...bytes))

// Lines in units of the drawing area's side, painted `scale` times as large and moved by (x, y).
function paint(context, lines, scale, x, y) {
  context.lineCap = context.lineJoin = "round"
  for (const { width, points } of lines) {
    context.lineWidth = width * scale
    context.beginPath()
    context.moveTo(points[0][0] * scale + x, points[0][1] * scale + y)
    for (const [px, py] of points) context.lineTo(px * scale + x, py * scale + y)
    context.stroke()
  }
}

function pixelsOf(lines) {
  let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity]
  for (const { width, points } of lines) for (const [x, y] of points) {
    left = Math.min(left, x - width / 2)
    right = Math.max(right, x + width / 2)
    top = Math.min(top, y - width / 2)
    bottom = Math.max(bottom, y + width / 2)
  }
  const side = SIZE * FINE
  const scale = BOX * FINE / Math.max(right - left, bottom - top)
  const canvas = document.createElement("canvas")
  canvas.width = canvas.height = side
  const context = canvas.getContext("2d", { willReadFrequently: true })
  const ink = (x, y) => {
    context.clearRect(0, 0, side, side)
    paint(context, lines, scale, x, y)
    return context.getImageData(0, 0, side, side).data
  }
  const x = side / 2 - scale * (left + right) / 2
  const y = side / 2 - scale * (top + bottom) / 2
  const centred = ink(x, y)
  let [mass, massX, massY] = [0, 0, 0]
  for (let place = 0; place < side * side; place++) {
    const amount = centred[4 * place + 3]
    mass += amount
    massX += amount * (place % side + 0.5)
    massY += amount * (Math.floor(place / side) + 0.5)
  }
  if (mass === 0) return new Uint8Array(SIZE * SIZE)
  const fine = ink(x + side / 2 - massX / mass, y + side / 2 - massY / mass)
  const sums = new Float64Array(SIZE * SIZE)
  for (let place = 0; place < side * side; place++) {
    const row = Math.floor(Math.floor(place / side) / FINE)
    sums[row * SIZE + Math.floor(place % side / FINE)] += fine[4 * place + 3]
  }
  return Uint8Array.from(sums, (sum) => Math.round(sum / (FINE * FINE)))
}

// 784 bytes as a picture of 28 x 28, in the colour of the text.
function show(canvas, bytes) {
  canvas.width = canvas.height = SIZE
  const context = canvas.getContext("2d")
  if (!bytes) return
  const [red, green, blue] = getComputedStyle(canvas).color.match(/[\\d.]+/g).map(Number)
  const image = context.createImageData(SIZE, SIZE)
  bytes.forEach((ink, place) => image.data.set([red, green, blue, ink], 4 * place))
  context.putImageData(image, 0, 0)
}

function start(root, initial) {
  const find = (name) => root.querySelector(name)
  const [paper, seen, samples] = [find(".paper"), find(".seen canvas"), find(".samples")]
  const [undo, clear, brush] = [find(".undo"), find(".clear"), find(".brush input")]
  const state = { lines: [], sample: null, bytes: null, line: null, data: null }

  const redraw = () => {
    const side = Math.max(1, Math.round(paper.clientWidth * devicePixelRatio))
    if (paper.width !== side) paper.width = paper.height = side
    const context = paper.getContext("2d")
    context.clearRect(0, 0, side, side)
    context.strokeStyle = getComputedStyle(paper).color
    if (state.sample) {
      const picture = document.createElement("canvas")
      paper.after(picture)
      show(picture, state.sample)
      picture.remove()
      context.imageSmoothingEnabled = false
      context.drawImage(picture, 0, 0, side, side)
    }
    paint(context, state.lines, side, 0, 0)
    show(seen, state.bytes)
    undo.disabled = clear.disabled = !state.sample && !state.lines.length
  }
  const press = () => {
    const text = state.sample ? textOf(state.sample) : ""
    for (const button of samples.querySelectorAll("button"))
      button.setAttribute("aria-pressed", String(button.pixels === text))
  }
  const settle = () => {
    state.bytes = state.sample ?? (state.lines.length ? pixelsOf(state.lines) : null)
    redraw()
    press()
    state.send(state.bytes ? textOf(state.bytes) : "")
  }
  const place = (event) => {
    const box = paper.getBoundingClientRect()
    return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height]
  }
  paper.onpointerdown = (event) => {
    if (event.button !== 0 || state.line) return
    event.preventDefault()
    paper.setPointerCapture(event.pointerId)
    state.sample = null
    state.line = { id: event.pointerId, width: Number(brush.value) / 100, points: [place(event)] }
    state.lines.push(state.line)
    redraw()
  }
  paper.onpointermove = (event) => {
    if (state.line?.id !== event.pointerId) return
    const events = event.getCoalescedEvents?.() ?? []
    state.line.points.push(...(events.length ? events : [event]).map(place))
    redraw()
  }
  paper.onpointerup = paper.onpointercancel = (event) => {
    if (state.line?.id !== event.pointerId) return
    state.line = null
    settle()
  }
  undo.onclick = () => {
    if (state.sample) state.sample = null
    else state.lines.pop()
    settle()
  }
  clear.onclick = () => {
    state.lines = []
    state.sample = null
    settle()
  }
  const drawSamples = () => {
    const title = document.createElement("span")
    title.className = "title"
    title.textContent = state.data.words.samples
    samples.replaceChildren(title, ...state.data.samples.map(({ pixels, words }) => {
      const button = document.createElement("button")
      const picture = document.createElement("canvas")
      button.type = "button"
      button.title = words
      button.setAttribute("aria-label", words)
      button.pixels = pixels
      button.append(picture)
      button.onclick = () => {
        state.lines = []
        state.sample = bytesOf(pixels)
        settle()
      }
      return button
    }))
  }
  if (initial) state.sample = state.bytes = bytesOf(initial)
  new ResizeObserver(redraw).observe(paper)
  state.take = (data) => {
    const same = JSON.stringify(state.data?.samples) === JSON.stringify(data.samples)
    state.data = data
    root.className = "drawing " + data.hue
    undo.textContent = data.words.undo
    clear.textContent = data.words.clear
    find(".brush span").textContent = data.words.brush
    find(".seen span").textContent = data.words.seen
    paper.setAttribute("aria-label", data.words.canvas)
    seen.setAttribute("aria-label", data.words.seen)
    samples.setAttribute("aria-label", data.words.samples)
    if (!same) drawSamples()
    samples.hidden = !data.samples.length
    redraw()
    for (const button of samples.querySelectorAll("button")) show(button.firstChild, bytesOf(button.pixels))
    press()
  }
  return state
}

export default function (component) {
  const root = component.parentElement.querySelector(".drawing")
  root.state ??= start(root, component.data.drawn)
  root.state.send = (pixels) => component.setStateValue("pixels", pixels)
  root.state.take(component.data)
}
"""

_COMPONENT = st.components.v2.component("batch_norm_lab.image_drawing", html=_HTML, css=_STYLE, js=_SCRIPT)


@dataclass(frozen=True)
class Sample:
    """A picture to take instead of drawing one: 784 bytes, and what it is in words."""

    pixels: bytes
    words: str


@dataclass
class Drawn:
    """The drawing of this session, 784 bytes; None where nothing is drawn."""

    pixels: bytes | None = None


def drawn() -> bytes | None:
    """The drawing of this session, 784 bytes; None where nothing is drawn."""
    return kept(Drawn).pixels


def draw(samples: Sequence[Sample], placement: str) -> None:
    """Puts the drawing area on the page."""
    text = prose("one-image")
    words = {name: text(f"draw.{name}") for name in ("canvas", "undo", "clear", "brush", "seen", "samples")}
    pixels = drawn()
    _COMPONENT(
        key=KEY,
        data={
            "drawn": "" if pixels is None else base64.b64encode(pixels).decode(),
            "samples": [
                {"pixels": base64.b64encode(sample.pixels).decode(), "words": sample.words} for sample in samples
            ],
            "hue": HUES[placement],
            "words": words,
        },
        on_pixels_change=_take,
    )


def _take() -> None:
    kept(Drawn).pixels = read(widget(KEY).get("pixels"))


def read(text: object) -> bytes | None:
    """The 784 bytes that a browser sent as base64 text; None for anything else, which is no drawing."""
    if not isinstance(text, str) or len(text) > 2 * PIXELS:
        return None
    try:
        pixels = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return pixels if len(pixels) == PIXELS else None
