import { announcer, copy } from "../browser/copying.js"
import { find } from "../browser/elements.js"
import { keeping } from "../browser/keeping.js"

/**
 * @import { FrontendRendererArgs } from "@streamlit/component-v2-lib"
 *
 * @typedef {object} Data
 * @property {string} run its id
 * @property {{ copy: string, field: string, copied: string, by_hand: string }} words
 */

const label = keeping((/** @type {HTMLElement} */ root) => announcer(find(root, ".label"), find(root, ".said")))

/** @param {FrontendRendererArgs<{}, Data>} component */
export default function ({ data, parentElement }) {
  const { run, words } = data
  const root = find(parentElement, ".copy-link")
  const button = find(root, "button")
  const field = find(root, "input", HTMLInputElement)
  const { usually, say } = label(root)
  usually(words.copy)
  field.setAttribute("aria-label", words.field)
  field.onblur = () => {
    field.hidden = true
  }
  button.onclick = async () => {
    const link = new URL(window.location.href)
    link.search = `?run=${encodeURIComponent(run)}`
    link.hash = ""
    const copied = await copy(link.href, field)
    if (copied && !field.hidden) button.focus() // the field hides itself then
    say(copied ? words.copied : words.by_hand)
  }
}
