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

// This text travels with every update: it is short, and needs no other module.

/** @param {FrontendRendererArgs<{}, Data>} component */
export default function ({ data, parentElement }) {
  /** @param {string} name */
  const part = (name) => /** @type {HTMLElement} */ (parentElement.querySelector(name))
  const said = part(".said")
  const track = part(".progress-track")
  const bar = part(".progress-bar")
  // The same text again would be read aloud again.
  if (said.textContent !== data.said) said.textContent = data.said
  part(".figures").textContent = data.figures
  const percent = data.percent ?? 0
  track.style.visibility = data.percent === null ? "hidden" : "visible"
  track.setAttribute("aria-label", data.said)
  track.setAttribute("aria-valuenow", String(percent))
  bar.className = `progress-bar ${data.hue}`
  bar.style.width = `${percent}%`
  if (document.title !== data.title) document.title = data.title
}
