import { element, find } from "../browser/elements.js"
import { cellInk, takeSheet } from "../browser/ink.js"
import { keeping } from "../browser/keeping.js"

/**
 * @import { FrontendRendererArgs } from "@streamlit/component-v2-lib"
 *
 * @typedef {object} Kind of statistics
 * @property {string} key
 * @property {string} name
 * @property {number} right how many images are classified rightly
 * @property {number[]} answers one class for each image
 *
 * @typedef {object} Data
 * @property {string} sheet the images
 * @property {number[]} labels their classes
 * @property {string[]} names of the classes
 * @property {number} chosen the image that is looked at closely
 * @property {string} kind the one that is chosen
 * @property {string} hue
 * @property {Kind[]} kinds
 * @property {{ of: string, right: string, wrong: string, legend: string, group: string, kinds: string }} words
 */

const COLUMNS = 10

/** @type {Record<string, number>} */
const MOVES = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -COLUMNS, ArrowDown: COLUMNS }

/**
 * @param {Data} data
 * @param {Kind} kind
 * @param {number} index
 */
function verdict({ labels, names, words }, kind, index) {
  const [label, answer] = [labels[index] ?? 0, kind.answers[index] ?? 0]
  const right = answer === label
  const said = names[answer] ?? ""
  return {
    right,
    mark: right ? "✓" : said.length === 1 ? said : "✗",
    words: (right ? words.right : words.wrong)
      .replace("{number}", String(index))
      .replace("{name}", names[label] ?? "")
      .replace("{answer}", said),
  }
}

/** @param {HTMLElement} root */
function start(root) {
  const [kinds, grid, legend] = [find(root, ".kinds"), find(root, ".grid"), find(root, ".legend")]
  /** @type {HTMLButtonElement[]} */
  let cells = []
  /** @type {Data | null} */
  let data = null
  let chosen = ""
  /** @type {(index: number) => void} */
  let pick = () => {}
  /** @type {(kind: string) => void} */
  let tell = () => {}

  /** @param {Data} now */
  const mark = (now) => {
    const kind = now.kinds.find(({ key }) => key === chosen)
    if (!kind) return
    for (const [index, cell] of cells.entries()) {
      const { right, mark, words } = verdict(now, kind, index)
      const here = index === now.chosen
      cell.className = `cell ${right ? "right" : "wrong"}${here ? " chosen" : ""}`
      cell.tabIndex = here ? 0 : -1
      cell.setAttribute("aria-pressed", String(here))
      cell.setAttribute("aria-label", words)
      cell.title = words
      find(cell, ".mark").textContent = mark
    }
  }
  /** @param {Data} now */
  const drawKinds = (now) => {
    const cards = now.kinds.map((kind) => {
      const card = element("label", now.kinds.length === 1 ? "kind single" : "kind")
      const input = element("input")
      Object.assign(input, { type: "radio", name: "kind", value: kind.key, checked: kind.key === chosen })
      input.onchange = () => {
        chosen = kind.key
        if (data) mark(data)
        tell(kind.key)
      }
      const count = element("span", "count")
      count.append(element("b", "", String(kind.right)), ` ${now.words.of}`)
      card.append(input, element("span", "name", kind.name), count)
      return card
    })
    kinds.replaceChildren(...cards)
  }
  /** @param {Data} now */
  const drawCells = (now) => {
    const rows = Math.ceil(now.labels.length / COLUMNS)
    takeSheet(root, now.sheet, rows)
    cells = now.labels.map((_, index) => {
      const cell = element("button", "cell")
      cell.type = "button"
      cell.append(cellInk(index, COLUMNS, rows), element("span", "mark"))
      cell.onclick = () => pick(index)
      return cell
    })
    grid.replaceChildren(...cells)
  }
  grid.onkeydown = (event) => {
    const by = MOVES[event.key]
    const at = cells.indexOf(/** @type {HTMLButtonElement} */ (event.target))
    const [here, next] = [cells[at], cells[at + (by ?? 0)]]
    if (by === undefined || !here || !next) return
    event.preventDefault()
    here.tabIndex = -1
    next.tabIndex = 0
    next.focus()
  }
  /**
   * @param {Data} now
   * @param {(index: number) => void} picked
   * @param {(kind: string) => void} chose
   */
  return (now, picked, chose) => {
    const before = data
    data = now
    pick = picked
    tell = chose
    // What the person chose here stands until the server says something else than before.
    if (now.kind !== before?.kind || !now.kinds.some(({ key }) => key === chosen)) {
      chosen = (now.kinds.find(({ key }) => key === now.kind) ?? now.kinds[0])?.key ?? ""
      for (const input of kinds.querySelectorAll("input")) input.checked = input.value === chosen
    }
    root.className = `digits ${now.hue}`
    legend.textContent = now.words.legend
    kinds.setAttribute("aria-label", now.words.kinds)
    grid.setAttribute("aria-label", now.words.group)
    if (before?.sheet !== now.sheet) drawCells(now)
    if (JSON.stringify(before?.kinds) !== JSON.stringify(now.kinds)) drawKinds(now)
    mark(now)
  }
}

const digits = keeping(start)

/** @param {FrontendRendererArgs<{ picked: number, kind: string }, Data>} component */
export default function ({ data, parentElement, setTriggerValue }) {
  digits(find(parentElement, ".digits"))(
    data,
    (index) => setTriggerValue("picked", index),
    (kind) => setTriggerValue("kind", kind),
  )
}
