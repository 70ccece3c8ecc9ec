// Asks for the part of the page that it is in, some time after that was drawn: each drawing has another time in it, and
// calls this anew.

import { keeping } from "../browser/keeping.js"
import { turns } from "../browser/turned.js"

/**
 * @import { FrontendRendererArgs } from "@streamlit/component-v2-lib"
 *
 * @typedef {object} Data
 * @property {number} seconds from a drawing to the next request
 */

const PATIENCE = 5000 // milliseconds after which it is asked for once more: an answer may be lost

const clock = keeping((/** @type {HTMLElement | ShadowRoot} */ _root) => ({ timer: 0 }))

/** @param {FrontendRendererArgs<{ asked: number }, Data>} component */
export default function ({ data, parentElement, setStateValue }) {
  const kept = clock(parentElement)
  const ask = () => {
    if (!parentElement.isConnected) return
    if (turns()) {
      wait(1000 * data.seconds)
    } else {
      setStateValue("asked", Date.now())
      wait(PATIENCE)
    }
  }
  /** @param {number} milliseconds */
  const wait = (milliseconds) => {
    clearTimeout(kept.timer)
    kept.timer = setTimeout(ask, milliseconds)
  }
  wait(1000 * data.seconds)
}
