import { element, find, put } from "../browser/elements.js"
import { showInk } from "../browser/ink.js"
import { keeping } from "../browser/keeping.js"

/**
 * Places are in per cent of the number line's length.
 *
 * @import { FrontendRendererArgs } from "@streamlit/component-v2-lib"
 *
 * @typedef {object} Step
 * @property {string} key
 * @property {string} number
 * @property {string} name
 * @property {string} label
 * @property {boolean} inside whether it belongs to the bracket
 * @property {string} bracket
 *
 * @typedef {object} Dot
 * @property {number} at
 * @property {string} text
 * @property {number | null} from where it was before the step
 * @property {number | null} tail where its trail begins
 * @property {number | null} beside where it would be with the other choice
 *
 * @typedef {object} Panel
 * @property {string} title
 * @property {string} head
 * @property {{ at: number, text: string } | null} note
 * @property {number | null} mean
 * @property {[number, number] | null} band
 * @property {Dot[]} dots one for each row
 * @property {number[] | null} bars heights in per cent
 * @property {string} many
 *
 * @typedef {object} Data
 * @property {string} hue
 * @property {string} at the step
 * @property {number} row the chosen one
 * @property {string} alt
 * @property {Step[]} steps
 * @property {{ ink: string, label: string }[]} rows the images
 * @property {{ at: number, text: string, minor: boolean }[]} axis
 * @property {number | null} zero
 * @property {Panel[]} panels
 * @property {{ kind: string, text: string }[]} legend
 *
 * @typedef {object} Chosen
 * @property {string} go a step
 * @property {number} row an image
 */

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {HTMLElement} parent
 * @param {Tag} tag
 * @param {string} className
 */
function append(parent, tag, className) {
  const made = element(tag, className)
  parent.append(made)
  return made
}

/**
 * @param {HTMLElement} what
 * @param {number | null | undefined} at
 */
function place(what, at) {
  what.hidden = at === null || at === undefined
  if (!what.hidden) what.style.left = `${at}%`
}

/**
 * @param {HTMLElement} what
 * @param {number | null} from
 * @param {number | null} to
 */
function span(what, from, to) {
  what.hidden = from === null || to === null
  if (from === null || to === null) return
  what.style.left = `${Math.min(from, to)}%`
  what.style.width = `${Math.abs(to - from)}%`
}

/**
 * Gives an element as many children as there are data; those that stay are the same elements, so that they can move.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @template Datum
 * @param {HTMLElement} parent
 * @param {Tag} tag
 * @param {string} className
 * @param {Datum[]} data
 * @param {(child: HTMLElementTagNameMap[Tag], datum: Datum) => void} update
 */
function each(parent, tag, className, data, update) {
  while (parent.children.length > data.length) parent.lastChild?.remove()
  while (parent.children.length < data.length) append(parent, tag, className)
  for (const [index, datum] of data.entries())
    update(/** @type {HTMLElementTagNameMap[Tag]} */ (parent.children[index]), datum)
}

const stepParts = keeping((/** @type {HTMLLIElement} */ item) => {
  const bracket = append(item, "span", "bracket")
  const button = append(item, "button", "")
  button.type = "button"
  const number = append(button, "span", "number")
  button.append(" ") // whoever hears the button hears two words
  return { bracket, button, number, name: append(button, "span", "name") }
})

/** @param {HTMLElement} list */
function row(list) {
  const who = append(list, "button", "who")
  who.type = "button"
  const picture = append(who, "i", "")
  const track = append(list, "div", "track")
  const [trail, ring, bar, dot] = [
    append(track, "div", "trail"),
    append(track, "div", "ring"),
    append(track, "div", "bar"),
    append(track, "div", "dot"),
  ]
  return { who, picture, track, trail, ring, bar, dot, value: append(list, "div", "value"), ink: "" }
}

const panelParts = keeping((/** @type {HTMLDivElement} */ root) => {
  const title = append(root, "div", "title")
  const note = append(append(root, "div", "note"), "span", "")
  const head = append(root, "div", "head")
  const list = append(root, "div", "rows")
  const plot = append(list, "div", "plot")
  const [band, grid, zero, mean] = [
    append(plot, "div", "band"),
    append(plot, "div", ""),
    append(plot, "div", "zero"),
    append(plot, "div", "mean"),
  ]
  const many = append(root, "div", "many")
  const axis = append(root, "div", "axis")
  const words = append(root, "div", "many-words")
  /** @type {ReturnType<typeof row>[]} */
  const rows = []
  return { title, note, head, list, plot, band, grid, zero, mean, many, axis, words, rows }
})

/**
 * @param {ReturnType<typeof row>} parts
 * @param {number} index
 * @param {Dot} dot
 * @param {Data} data
 * @param {(row: number) => void} choose
 */
function drawRow(parts, index, dot, data, choose) {
  const { who, picture, track, value } = parts
  const [image, chosen] = [data.rows[index], index === data.row]
  who.style.gridRow = track.style.gridRow = value.style.gridRow = String(index + 1)
  who.setAttribute("aria-label", image?.label ?? "")
  who.setAttribute("aria-pressed", String(chosen))
  who.title = image?.label ?? ""
  who.classList.toggle("chosen", chosen)
  who.onclick = () => choose(index)
  if (image && parts.ink !== image.ink) {
    parts.ink = image.ink
    showInk(picture, image.ink)
  }
  place(parts.dot, dot.at)
  place(parts.ring, dot.from)
  place(parts.bar, dot.beside)
  span(parts.trail, dot.tail, dot.at)
  put(value, dot.text)
  value.classList.toggle("chosen", chosen)
}

/**
 * @param {HTMLDivElement} root
 * @param {Panel} panel
 * @param {Data} data
 * @param {(row: number) => void} choose
 */
function drawPanel(root, panel, data, choose) {
  const parts = panelParts(root)
  put(parts.title, panel.title)
  parts.title.hidden = panel.title === ""
  put(parts.head, panel.head)
  put(parts.note, panel.note?.text ?? "")
  place(parts.note, panel.note && Math.min(86, Math.max(14, panel.note.at)))
  place(parts.mean, panel.mean)
  span(parts.band, panel.band?.[0] ?? null, panel.band?.[1] ?? null)
  place(parts.zero, data.zero)
  each(parts.grid, "div", "grid", data.axis, (line, mark) => place(line, mark.at))
  each(parts.axis, "span", "", data.axis, (words, mark) => {
    place(words, mark.at)
    put(words, mark.text)
    words.classList.toggle("minor", mark.minor)
  })
  for (const { who, track, value } of parts.rows.splice(panel.dots.length))
    for (const part of [who, track, value]) part.remove()
  while (parts.rows.length < panel.dots.length) parts.rows.push(row(parts.list))
  for (const [index, dot] of panel.dots.entries()) {
    const line = parts.rows[index]
    if (line) drawRow(line, index, dot, data, choose)
  }
  parts.plot.style.gridRow = `1 / span ${Math.max(1, panel.dots.length)}`
  parts.many.hidden = parts.words.hidden = panel.bars === null
  each(parts.many, "i", "", panel.bars ?? [], (bar, height) => {
    bar.style.height = `${height}%`
  })
  put(parts.words, panel.many)
}

const legendParts = keeping((/** @type {HTMLSpanElement} */ entry) => {
  return { key: append(entry, "b", "key"), words: append(entry, "span", ""), kind: "" }
})

/** @param {FrontendRendererArgs<Chosen, Data>} component */
export default function ({ data, parentElement, setTriggerValue }) {
  const root = find(parentElement, ".walk")
  const panels = find(root, ".panels")
  root.classList.toggle("green", data.hue === "green")
  root.setAttribute("aria-label", data.alt)
  each(find(root, ".steps"), "li", "", data.steps, (item, step) => {
    const { bracket, button, number, name } = stepParts(item)
    item.classList.toggle("inside", step.inside)
    put(bracket, step.bracket)
    put(number, step.number)
    put(name, step.name)
    name.classList.toggle("short", step.number !== "")
    button.setAttribute("aria-label", step.label)
    if (step.key === data.at) button.setAttribute("aria-current", "step")
    else button.removeAttribute("aria-current")
    button.onclick = () => setTriggerValue("go", step.key)
  })
  panels.style.setProperty("--panels", String(data.panels.length))
  panels.classList.toggle("many-panels", data.panels.length > 1)
  // What is new stands where it belongs at once; what was there moves.
  root.classList.toggle("moving", panels.children.length === data.panels.length)
  each(panels, "div", "panel", data.panels, (panel, datum) =>
    drawPanel(panel, datum, data, (row) => setTriggerValue("row", row)),
  )
  each(find(root, ".legend"), "span", "", data.legend, (entry, { kind, text }) => {
    const parts = legendParts(entry)
    if (parts.kind !== kind) {
      parts.kind = kind
      parts.key.replaceChildren(element("div", kind))
    }
    put(parts.words, text)
  })
}
