// Says that the page no longer looks whether the talk has gone on, or has lost its content. Each look calls this anew.

import { keeping } from "../browser/keeping.js"

/** @import { FrontendRendererArgs } from "@streamlit/component-v2-lib" */

const SILENT = 4000 // milliseconds without a look, or without a title, after which the page is to be drawn anew

const watched = keeping((/** @type {HTMLElement | ShadowRoot} */ _root) => ({ timer: 0, whole: Date.now() }))

/** @param {FrontendRendererArgs<{ silent: number }, {}>} component */
export default function ({ parentElement, setStateValue }) {
  const kept = watched(parentElement)
  const say = () => {
    kept.whole = Date.now()
    if (parentElement.isConnected) setStateValue("silent", Date.now())
    else clearInterval(kept.timer)
  }
  clearInterval(kept.timer)
  kept.timer = setInterval(say, SILENT)
  if (document.querySelector("h1")) kept.whole = Date.now()
  else if (Date.now() - kept.whole > SILENT) say()
}
