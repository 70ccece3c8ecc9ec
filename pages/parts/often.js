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

const ASKING = "batchNormLabAsking"

const AFTER = 20 // milliseconds after which is asked what would have been asked in the same moment as another part

const clock = keeping((/** @type {HTMLElement | ShadowRoot} */ _root) => ({ timer: 0 }))

/** @param {FrontendRendererArgs<{ asked: number }, Data>} component */
export default function ({ data, parentElement, setStateValue }) {
  const kept = clock(parentElement)
  const ask = () => {
    if (!parentElement.isConnected) return
    if (turns()) {
      wait(1000 * data.seconds)
    } else if (Reflect.get(window, ASKING)) {
      // One request names one part: two that ask in one moment would be one that is drawn.
      wait(AFTER)
    } else {
      Reflect.set(window, ASKING, true)
      setStateValue("asked", Date.now())
      setTimeout(() => Reflect.set(window, ASKING, false))
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
