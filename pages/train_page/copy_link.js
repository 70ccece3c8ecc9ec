import { announcer, copy } from "../browser/copying.js"
import { find, put } from "../browser/elements.js"
import { keeping } from "../browser/keeping.js"

/**
 * @import { FrontendRendererArgs } from "@streamlit/component-v2-lib"
 *
 * @typedef {object} Data
 * @property {string} run its id
 * @property {string} base the app's address as others reach it, ending in a slash; empty where they do not
 * @property {string} alone what to do where others do not reach it; else empty
 * @property {{ copy: string, field: string, copied: string, by_hand: string }} words
 */

const label = keeping((/** @type {HTMLElement} */ root) => announcer(find(root, ".label"), find(root, ".said")))

/** @param {FrontendRendererArgs<{}, Data>} component */
export default function ({ data, parentElement }) {
  const { run, base, alone, words } = data
  const root = find(parentElement, ".copy-link")
  const button = find(root, "button")
  const field = find(root, "input", HTMLInputElement)
  const note = find(root, ".alone")
  const { usually, say } = label(root)
  usually(words.copy)
  field.setAttribute("aria-label", words.field)
  field.onblur = () => {
    field.hidden = true
  }
  button.onclick = async () => {
    const link = base === "" ? new URL(window.location.href) : new URL("train", base)
    link.search = `?run=${encodeURIComponent(run)}`
    link.hash = ""
    const copied = await copy(link.href, field)
    if (copied && !field.hidden) button.focus() // the field hides itself then
    note.hidden = alone === ""
    put(note, alone)
    say(copied ? words.copied : words.by_hand)
  }
}
