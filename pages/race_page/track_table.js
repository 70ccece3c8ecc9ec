// The figures of the race as a table.

import { element } from "../browser/elements.js"
import { grouped, percent } from "./track_layout.js"

/**
 * @import { Lane } from "./track_drawing.js"
 *
 * @typedef {object} Words
 * @property {string} axis
 * @property {string} batch
 * @property {string} moving
 */

/**
 * @param {HTMLTableSectionElement} section
 * @param {"th" | "td"} tag of all cells but the first
 * @param {string} className
 * @param {string[]} texts
 */
function addRow(section, tag, className, [head = "", ...texts]) {
  const scoped = (/** @type {HTMLTableCellElement} */ cell, /** @type {string} */ scope) => {
    cell.scope = scope
    return cell
  }
  section
    .insertRow()
    .append(
      scoped(element("th", className, head), "row"),
      ...texts.map((text) => (tag === "th" ? scoped(element("th", "", text), "col") : element("td", "", text))),
    )
}

/**
 * Fills a table with the accuracies at some steps, in each mode and lane; empty cells where there was no measurement.
 *
 * @param {HTMLTableElement} table
 * @param {Lane[]} lanes
 * @param {number[]} steps
 * @param {Words} words
 */
export function tabulate(table, lanes, steps, words) {
  table.replaceChildren()
  addRow(table.createTHead(), "th", "", [words.axis, ...steps.map(grouped)])
  const body = table.createTBody()
  for (const mode of /** @type {const} */ (["batch", "moving"])) {
    addRow(body, "td", "kind", [words[mode], ...steps.map(() => "")])
    for (const lane of lanes) {
      const { steps: measured, values } = lane[mode]
      addRow(body, "td", "", [
        lane.name,
        ...steps.map((step) => {
          const value = values[measured.indexOf(step)]
          return value === undefined ? "" : percent(value)
        }),
      ])
    }
  }
}
