import { find, put } from "../browser/elements.js"

/**
 * @import { FrontendRendererArgs } from "@streamlit/component-v2-lib"
 *
 * @typedef {object} Data
 * @property {string} said
 * @property {string} figures
 * @property {number | null} percent null where there is no run, and so no bar
 * @property {string} hue
 * @property {string} title of the browser's tab
 */

/** @param {FrontendRendererArgs<{}, Data>} component */
export default function ({ data, parentElement }) {
  put(find(parentElement, ".said"), data.said)
  put(find(parentElement, ".figures"), data.figures)
  const track = find(parentElement, ".track")
  const percent = data.percent ?? 0
  track.style.visibility = data.percent === null ? "hidden" : "visible"
  track.setAttribute("aria-label", data.said)
  track.setAttribute("aria-valuenow", String(percent))
  const bar = find(parentElement, ".bar")
  bar.className = `bar ${data.hue}`
  bar.style.width = `${percent}%`
  if (data.title && document.title !== data.title) document.title = data.title
}
