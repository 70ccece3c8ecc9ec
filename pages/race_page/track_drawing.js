// The picture of the race: axes, curves, and what moves along them.

import { put } from "../browser/elements.js"
import { along, apart, grouped, isNarrow, path, percent, plot, ranked, reranked, told } from "./track_layout.js"

/**
 * @import { Box, Curve, Scale, Size } from "./track_layout.js"
 *
 * @typedef {"batch" | "moving"} Mode whose statistics the networks are scored with
 *
 * @typedef {object} Lane
 * @property {string} name
 * @property {string} hue
 * @property {number[]} dash
 * @property {boolean} dots whether its line is dotted
 * @property {boolean} normalized
 * @property {Curve} batch
 * @property {Curve} moving
 *
 * @typedef {object} Scene
 * @property {Lane[]} lanes
 * @property {number} batches
 * @property {number} chance
 * @property {{ step: number, bar: number }} question
 * @property {{ chance: string, gate: string, axis: string }} words
 *
 * @typedef {object} Frame what everything is drawn by
 * @property {Scene} scene
 * @property {number} unit how large type is, relative to 16 pixels
 * @property {Box} box
 * @property {Scale} x
 * @property {Scale} y
 * @property {number} type the size of the labels, in pixels
 * @property {number} small that of the axes
 * @property {string} chance what is said of chance
 *
 * @typedef {Record<string, string | number>} Attributes
 */

const DIGIT = 7.5 // pixels that a digit takes at the usual size of type
const RESTING = 0.3 // pixels from its place at which it has arrived

/**
 * @param {Element} element
 * @param {Attributes} attributes
 */
function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value))
}

/**
 * Adds an element to a picture.
 *
 * @template {keyof SVGElementTagNameMap} Tag
 * @param {Element} parent
 * @param {Tag} tag
 * @param {Attributes} [attributes]
 * @param {string} [text]
 */
function draw(parent, tag, attributes = {}, text = "") {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag)
  set(made, attributes)
  made.textContent = text
  parent.append(made)
  return made
}

/**
 * Returns how a lane's line is broken.
 *
 * @param {Lane} lane
 * @param {string} dotted
 * @returns {Attributes}
 */
function broken({ dots, dash }, dotted) {
  if (dots) return { "stroke-dasharray": dotted }
  return dash.length ? { "stroke-dasharray": dash.join(" ") } : {}
}

/**
 * Adds a piece of a lane's line to a button.
 *
 * @param {Element} button
 * @param {Lane} lane
 */
export function drawSample(button, lane) {
  const sample = draw(button, "svg", { viewBox: "0 0 28 12", "aria-hidden": "true" })
  const [look, d] = lane.dots ? ["line dots", "M2.5 6H28"] : ["line", "M0 6H28"]
  draw(sample, "path", { class: look, d, ...broken(lane, "0 7.6") })
}

/**
 * Returns how wide a text is in the font of an element, in pixels.
 *
 * @param {Element} element
 * @param {string} text
 * @param {number} size
 * @param {number} weight
 */
function widthOf(element, text, size, weight) {
  const pen = document.createElement("canvas").getContext("2d")
  if (!pen) return 0
  pen.font = `${weight} ${size}px ${getComputedStyle(element).fontFamily}`
  return pen.measureText(text).width
}

/**
 * @param {Element} svg
 * @param {Scene} scene
 * @param {Size} size
 * @returns {Frame}
 */
function frameOf(svg, scene, size) {
  const { width, unit } = size
  const narrow = isNarrow(width, unit)
  const [type, small] = [(narrow ? 13 : 14) * unit, 12.5 * unit]
  const chance = narrow ? percent(scene.chance) : scene.words.chance
  const labels = scene.lanes.map(({ name }) => widthOf(svg, `${name} ≈ 100 %`, type, 600))
  const shares = [chance, "100 %"].map((text) => widthOf(svg, text, small, 400))
  const { box, x, y } = plot(size, Math.max(...shares), Math.max(...labels) + 32 * unit, scene.batches)
  return { scene, unit, box, x, y, type, small, chance }
}

/**
 * Draws the axes, chance, the bar and the question's batch, and returns the numbers on the axis of batches.
 *
 * @param {Element} svg
 * @param {Frame} frame
 * @param {number} stride batches from one mark to the next
 */
function drawAxes(svg, { scene, unit, box, x, y, small, chance }, stride) {
  const { question, words } = scene
  const beside = { x: box.left - 8 * unit, "text-anchor": "end", "font-size": small }
  const below = { class: "quiet", y: box.bottom + 19 * unit, "font-size": small }
  const named = [scene.chance, question.bar]
  for (const share of [0, 0.25, 0.5, 0.75, 1]) {
    draw(svg, "path", { class: "grid", d: `M${box.left} ${y(share)}H${box.right}` })
    // In a low picture the ends of the axis would stand on what is named beside them.
    const free = named.every((other) => Math.abs(y(share) - y(other)) > small)
    if (free && share !== 0.25 && share !== 0.75)
      draw(svg, "text", { ...beside, class: "quiet", y: y(share) + 4 * unit }, percent(share))
  }
  for (const { share, text } of [
    { share: scene.chance, text: chance },
    { share: question.bar, text: percent(question.bar) },
  ]) {
    draw(svg, "path", { class: "mark", d: `M${box.left} ${y(share)}H${box.right}` })
    draw(svg, "text", { ...beside, y: y(share) + 4 * unit }, text)
  }
  const asked = x(question.step)
  draw(svg, "path", { class: "mark", d: `M${asked} ${box.top - 6 * unit}V${box.bottom}` })
  const gate = { x: asked, y: box.top - 10 * unit, "text-anchor": "middle", "font-size": small }
  draw(svg, "text", gate, words.gate)
  const marks = []
  for (let step = 0; step <= scene.batches; step += stride) {
    draw(svg, "path", { class: "axis", d: `M${x(step)} ${box.bottom}v${5 * unit}` })
    const mark = draw(svg, "text", { ...below, x: x(step), "text-anchor": "middle" }, grouped(step))
    marks.push({ mark, at: x(step), half: grouped(step).length * DIGIT * unit * 0.5 })
  }
  draw(svg, "text", { ...below, x: box.right + 24 * unit }, words.axis)
  return marks
}

/**
 * Draws the curves, and returns what cuts off the part of them that is still to come.
 *
 * @param {Element} svg
 * @param {Frame} frame
 * @param {Mode} mode
 * @param {number} height
 */
function drawCurves(svg, { scene, unit, box, x, y }, mode, height) {
  const clip = draw(draw(svg, "defs"), "clipPath", { id: "race-past" })
  const past = draw(clip, "rect", { x: box.left - 4, y: 0, width: 0, height })
  const lines = draw(svg, "g", { "clip-path": "url(#race-past)" })
  /**
   * @param {Lane} lane
   * @param {string} kind
   * @param {Curve} curve
   */
  const line = (lane, kind, curve) => {
    const look = `line ${lane.hue} ${kind} ${lane.dots ? "dots" : ""}`
    draw(lines, "path", { class: look, d: path(curve, x, y), ...broken(lane, "0 10") })
  }
  if (mode === "moving") for (const lane of scene.lanes) if (lane.normalized) line(lane, "ghost", lane.batch)
  for (const lane of scene.lanes) {
    const { steps, values } = lane[mode]
    line(lane, "lane", lane[mode])
    if (!lane.dots)
      for (const [index, step] of steps.entries())
        draw(lines, "circle", { class: `point ${lane.hue}`, cx: x(step), cy: y(values[index] ?? 0), r: 2.6 * unit })
  }
  return past
}

/**
 * Draws where a lane's line ends, with its label.
 *
 * @param {Element} svg
 * @param {Frame} frame
 * @param {Lane} lane
 */
function drawTip(svg, { unit, type }, lane) {
  const group = draw(svg, "g", { class: lane.hue })
  const lead = draw(group, "path", { class: "lead" })
  const tip = draw(group, "circle", { class: "tip", r: 5 * unit })
  const label = draw(group, "g", { class: "label" })
  const flag = draw(label, "path", {
    class: "flag",
    d: `M0 ${-10 * unit}v${11 * unit}h${1.6 * unit}v${-4.5 * unit}l${6.4 * unit} ${-3.2 * unit}z`,
  })
  const name = draw(label, "text", { class: "name", "font-size": type }, `${lane.name} `)
  return { lane, lead, tip, label, flag, name, value: draw(name, "tspan", { class: "value" }), place: 0 }
}

/**
 * Draws the picture, and returns it with what moves in it.
 *
 * @param {SVGElement} svg
 * @param {Scene} scene
 * @param {Mode} mode
 * @param {Size} size
 */
export function drawPicture(svg, scene, mode, size) {
  const { width, height } = size
  svg.replaceChildren()
  set(svg, { viewBox: `0 0 ${width} ${height}`, height })
  const frame = frameOf(svg, scene, size)
  const { unit, box, x, y, type } = frame
  const marks = drawAxes(svg, frame, isNarrow(width, unit) ? 200 : 100)
  const past = drawCurves(svg, frame, mode, height)
  const rule = draw(svg, "path", { class: "rule" })
  const tips = scene.lanes.map((lane) => drawTip(svg, frame, lane))
  const tag = draw(svg, "g", { class: "tag" })
  const plate = draw(tag, "rect", { rx: 4 * unit, height: 19 * unit, y: box.bottom + 5 * unit })
  const number = draw(tag, "text", { y: box.bottom + 19 * unit, "text-anchor": "middle", "font-size": frame.small })
  const gap = type * 1.24
  /** @type {number[]} */
  let order = []

  /**
   * Moves everything to a batch, and returns whether any label is still on its way.
   *
   * @param {number} at
   * @param {Set<number>} flagged the lanes that were picked
   * @param {number[]} heights of the tips
   * @param {number[]} ranking of the lanes, from above
   * @param {number} share of its way that a label goes now
   */
  const move = (at, flagged, heights, ranking, share) => {
    order = ranking
    const here = x(at)
    const words = grouped(Math.round(at))
    const wide = (words.length * DIGIT + 10) * unit
    // The batch that the race is at stands on the axis, in place of a mark there.
    for (const { mark, at, half } of marks)
      mark.style.visibility = Math.abs(at - here) < wide / 2 + half ? "hidden" : "visible"
    set(past, { width: here - box.left + 4 })
    set(rule, { d: `M${here} ${box.top - 6 * unit}V${box.bottom + 5 * unit}` })
    put(number, words)
    set(number, { x: here })
    set(plate, { x: here - wide / 2, width: wide })
    const wishes = order.map((lane) => heights[lane] ?? 0)
    const places = apart(wishes, gap, box.top - 2 * unit, box.bottom - 4 * unit)
    const start = here + 20 * unit
    let moving = false
    for (const [rank, wish] of places.entries()) {
      const lane = order[rank] ?? 0
      const parts = tips[lane]
      if (!parts) continue
      const cy = heights[lane] ?? 0
      parts.place += share * (wish - parts.place)
      if (Math.abs(parts.place - wish) > RESTING) moving = true
      set(parts.tip, { cx: here, cy })
      set(parts.lead, { d: `M${here + 6 * unit} ${cy}L${start - 4 * unit} ${parts.place}` })
      set(parts.label, { transform: `translate(${start} ${parts.place + 0.34 * gap})` })
      parts.flag.style.display = flagged.has(lane) ? "" : "none"
      set(parts.name, { x: flagged.has(lane) ? 11 * unit : 0 })
      put(parts.value, told(parts.lane[mode], at))
    }
    return moving
  }
  /** @param {number} at */
  const heightsAt = (at) => scene.lanes.map((lane) => y(along(lane[mode], at)))

  return {
    size,
    box,
    /**
     * Shows the race at a batch, every label at its place.
     *
     * @param {number} at
     * @param {Set<number>} flagged the lanes that were picked
     */
    show: (at, flagged) => {
      const heights = heightsAt(at)
      move(at, flagged, heights, ranked(heights), 1)
    },
    /**
     * Shows the race at a batch, every label on its way to its place, and returns whether any is not there yet. Where
     * two change places, all labels are there at once.
     *
     * @param {number} at
     * @param {Set<number>} flagged the lanes that were picked
     * @param {number} share of its way that a label goes
     */
    follow: (at, flagged, share) => {
      const heights = heightsAt(at)
      const ranking = reranked(heights, order)
      return move(at, flagged, heights, ranking, ranking.join() === order.join() ? share : 1)
    },
  }
}
