import { element, find } from "../browser/elements.js"
import { cellInk, takeSheet } from "../browser/ink.js"
import { keeping } from "../browser/keeping.js"

/**
 * @import { FrontendRendererArgs } from "@streamlit/component-v2-lib"
 *
 * @typedef {object} Data
 * @property {string} sheet
 * @property {number} count of images on it
 * @property {string} hue
 * @property {string} words
 */

const COLUMNS = 8
const PLACES = 64

const shown = keeping(() => ({ sheet: "" }))

/** @param {FrontendRendererArgs<{}, Data>} component */
export default function ({ data, parentElement }) {
  const root = find(parentElement, ".batch")
  root.className = `batch ${data.hue}`
  root.setAttribute("aria-label", data.words)
  const latest = shown(root)
  if (latest.sheet === data.sheet) return
  latest.sheet = data.sheet
  const rows = Math.ceil(data.count / COLUMNS)
  takeSheet(root, data.sheet, rows)
  const cells = Array.from({ length: PLACES }, (_, index) => {
    const here = index < data.count
    const cell = element("div", index === 0 ? "cell first" : here ? "cell" : "cell none")
    if (here) cell.append(cellInk(index, COLUMNS, rows))
    return cell
  })
  root.replaceChildren(...cells)
}
