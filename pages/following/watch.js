// Says that the page no longer looks whether the talk has gone on, or has lost something of its content. Each
// look calls this anew.

import { keeping } from "../browser/keeping.js"

/**
 * @import { FrontendRendererArgs } from "@streamlit/component-v2-lib"
 *
 * @typedef {object} Data
 * @property {boolean} known whether the server has heard who asks: what says that stands at the page's end
 */

const SILENT = 4000 // milliseconds without a look, a title or an id, after which the page is to be drawn anew

const watched = keeping((/** @type {HTMLElement | ShadowRoot} */ _root) => ({ timer: 0, whole: Date.now() }))

/** @param {FrontendRendererArgs<{ silent: number }, Data>} component */
export default function ({ data, parentElement, setStateValue }) {
  const kept = watched(parentElement)
  const say = () => {
    kept.whole = Date.now()
    if (parentElement.isConnected) setStateValue("silent", Date.now())
    else clearInterval(kept.timer)
  }
  clearInterval(kept.timer)
  kept.timer = setInterval(say, SILENT)
  if (data.known && document.querySelector("h1")) kept.whole = Date.now()
  else if (Date.now() - kept.whole > SILENT) say()
}
