import { element, find } from "../browser/elements.js"
import { keeping } from "../browser/keeping.js"
import { paint, penOf, pixelsOf, show } from "./drawing_pixels.js"

/**
 * @import { FrontendRendererArgs } from "@streamlit/component-v2-lib"
 * @import { Line, Point } from "./drawing_pixels.js"
 *
 * @typedef {object} Sample
 * @property {string} pixels in base64
 * @property {string} words
 *
 * @typedef {object} Data
 * @property {string} drawn the pixels to begin with, in base64; empty for none
 * @property {Sample[]} samples
 * @property {string} hue
 * @property {{ canvas: string, undo: string, clear: string, brush: string, seen: string, samples: string }} words
 *
 * @typedef {(pixels: string) => void} Send
 */

/** @param {string} text in base64 */
const bytesOf = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))

/** @param {Uint8Array} bytes */
const textOf = (bytes) => btoa(String.fromCharCode(...bytes))

/** @param {HTMLElement} root */
function start(root) {
  const paper = find(root, ".paper", HTMLCanvasElement)
  const seen = find(root, ".seen canvas", HTMLCanvasElement)
  const samples = find(root, ".samples")
  const undo = find(root, ".undo", HTMLButtonElement)
  const clear = find(root, ".clear", HTMLButtonElement)
  const brush = find(root, ".brush input", HTMLInputElement)
  /** @type {Data | null} */
  let data = null
  /** @type {Send} */
  let send = () => {}
  /** @type {Line[]} */
  let lines = []
  /** @type {Uint8Array | null} */
  let sample = null
  /** @type {Uint8Array | null} */
  let bytes = null
  /** @type {{ pointer: number, line: Line } | null} */
  let drawing = null
  /** @type {{ button: HTMLButtonElement, picture: HTMLCanvasElement, pixels: string }[]} */
  let offered = []

  const redraw = () => {
    const side = Math.max(1, Math.round(paper.clientWidth * devicePixelRatio))
    if (paper.width !== side) paper.width = paper.height = side
    const pen = penOf(paper)
    pen.clearRect(0, 0, side, side)
    pen.strokeStyle = getComputedStyle(paper).color
    if (sample) {
      const picture = document.createElement("canvas")
      paper.after(picture)
      show(picture, sample)
      picture.remove()
      pen.imageSmoothingEnabled = false
      pen.drawImage(picture, 0, 0, side, side)
    }
    paint(pen, lines, side, 0, 0)
    show(seen, bytes)
    undo.disabled = clear.disabled = !sample && !lines.length
  }
  const press = () => {
    const text = sample ? textOf(sample) : ""
    for (const { button, pixels } of offered) button.setAttribute("aria-pressed", String(pixels === text))
  }
  const settle = () => {
    bytes = sample ?? (lines.length ? pixelsOf(lines) : null)
    redraw()
    press()
    send(bytes ? textOf(bytes) : "")
  }
  /**
   * @param {PointerEvent} event
   * @returns {Point}
   */
  const place = (event) => {
    const box = paper.getBoundingClientRect()
    return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height]
  }
  paper.onpointerdown = (event) => {
    if (event.button !== 0 || drawing) return
    event.preventDefault()
    paper.setPointerCapture(event.pointerId)
    sample = null
    drawing = { pointer: event.pointerId, line: { width: Number(brush.value) / 100, points: [place(event)] } }
    lines.push(drawing.line)
    redraw()
  }
  paper.onpointermove = (event) => {
    if (drawing?.pointer !== event.pointerId) return
    const events = event.getCoalescedEvents?.() ?? []
    drawing.line.points.push(...(events.length ? events : [event]).map(place))
    redraw()
  }
  paper.onpointerup = paper.onpointercancel = (event) => {
    if (drawing?.pointer !== event.pointerId) return
    drawing = null
    settle()
  }
  undo.onclick = () => {
    if (sample) sample = null
    else lines.pop()
    settle()
  }
  clear.onclick = () => {
    lines = []
    sample = null
    settle()
  }
  /** @param {Data} now */
  const drawSamples = (now) => {
    offered = now.samples.map(({ pixels, words }) => {
      const [button, picture] = [element("button"), element("canvas")]
      button.type = "button"
      button.title = words
      button.setAttribute("aria-label", words)
      button.append(picture)
      button.onclick = () => {
        lines = []
        sample = bytesOf(pixels)
        settle()
      }
      return { button, picture, pixels }
    })
    samples.replaceChildren(element("span", "title", now.words.samples), ...offered.map(({ button }) => button))
  }
  new ResizeObserver(redraw).observe(paper)
  /**
   * @param {Data} now
   * @param {Send} sendNow
   */
  return (now, sendNow) => {
    const before = data
    data = now
    send = sendNow
    if (!before && now.drawn) sample = bytes = bytesOf(now.drawn)
    root.className = `drawing ${now.hue}`
    undo.textContent = now.words.undo
    clear.textContent = now.words.clear
    find(root, ".brush span").textContent = now.words.brush
    find(root, ".seen span").textContent = now.words.seen
    paper.setAttribute("aria-label", now.words.canvas)
    seen.setAttribute("aria-label", now.words.seen)
    samples.setAttribute("aria-label", now.words.samples)
    if (JSON.stringify(before?.samples) !== JSON.stringify(now.samples)) drawSamples(now)
    samples.hidden = !now.samples.length
    redraw()
    for (const { picture, pixels } of offered) show(picture, bytesOf(pixels))
    press()
  }
}

const drawing = keeping(start)

/** @param {FrontendRendererArgs<{ pixels: string }, Data>} component */
export default function ({ data, parentElement, setStateValue }) {
  drawing(find(parentElement, ".drawing"))(data, (pixels) => setStateValue("pixels", pixels))
}
