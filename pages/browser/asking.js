// When a part of a page asks to be drawn again, for all parts: see pages/parts/often.py. A part's own script travels with
// each drawing of it, so that only this one has more than a line.

import { keeping } from "./keeping.js"
import { leaves } from "./leaving.js"
import { turns } from "./turned.js"

/**
 * @import { FrontendRendererArgs } from "@streamlit/component-v2-lib"
 *
 * @typedef {object} Data
 * @property {number} seconds from a drawing to the next request
 */

const ASKS = "batchNormLabAsks"

const ASKING = "batchNormLabAsking"

const PATIENCE = 5000 // milliseconds after which it is asked for in any case: an answer may be lost

const AFTER = 20 // milliseconds after which is asked what would have been asked while something else is

const clock = keeping((/** @type {HTMLElement | ShadowRoot} */ _root) => ({ timer: 0, since: Date.now() }))

// Whether the server draws something just now, or was asked to in this moment. One request names one part: two that ask
// in one moment would be one that is drawn.
function isBusy() {
  const app = document.querySelector('[data-testid="stApp"]')
  return Reflect.get(window, ASKING) || app?.getAttribute("data-test-script-state") === "running"
}

/**
 * Asks for the part that this component is in, some time after that was drawn: each drawing has another time in it, and
 * calls this anew.
 *
 * @param {FrontendRendererArgs<{ asked: number }, Data>} component
 */
function drawn({ data, parentElement, setStateValue }) {
  const kept = clock(parentElement)
  const now = Date.now()
  const patience = Math.min(PATIENCE, 1000 + 2000 * data.seconds)
  const ask = () => {
    if (!parentElement.isConnected) return
    if (turns() || leaves(kept.since) || (isBusy() && Date.now() - now < PATIENCE)) {
      wait(AFTER)
      return
    }
    Reflect.set(window, ASKING, true)
    setTimeout(() => Reflect.set(window, ASKING, false))
    setStateValue("asked", Date.now())
    wait(patience)
  }
  /** @param {number} milliseconds */
  const wait = (milliseconds) => {
    clearTimeout(kept.timer)
    kept.timer = setTimeout(ask, milliseconds)
  }
  wait(1000 * data.seconds)
}

/** Makes it what the parts of the page call. */
export function letAsk() {
  Reflect.set(window, ASKS, drawn)
}
