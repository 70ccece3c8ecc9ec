import { find, put } from "../browser/elements.js"
import { whenRaceOver } from "./race_over.js"

/**
 * @import { FrontendRendererArgs } from "@streamlit/component-v2-lib"
 *
 * @typedef {object} Data
 * @property {{ go: string, close: string }} words
 */

const KEY = "batch-norm-lab-pointer"

/** Whether it was never shown in this browser; from now on it was. Where that cannot be kept, it is not shown at all. */
function firstTime() {
  try {
    if (window.localStorage.getItem(KEY) !== null) return false
    window.localStorage.setItem(KEY, "shown")
    return true
  } catch {
    return false
  }
}

/** @param {FrontendRendererArgs<{ go: boolean }, Data>} component */
export default function ({ data, parentElement, setTriggerValue }) {
  const pointer = find(parentElement, ".pointer")
  const go = find(parentElement, ".go")
  const close = find(parentElement, ".close")
  put(go, data.words.go)
  close.setAttribute("aria-label", data.words.close)
  const show = () => {
    if (pointer.hidden && firstTime()) pointer.hidden = false
  }
  const hide = () => {
    pointer.hidden = true
  }
  go.onclick = () => {
    hide()
    setTriggerValue("go", true)
  }
  close.onclick = hide
  return whenRaceOver(show)
}
