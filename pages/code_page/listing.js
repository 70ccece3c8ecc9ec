import { announcer, copy } from "../browser/copying.js"
import { element, find } from "../browser/elements.js"
import { keeping } from "../browser/keeping.js"

/**
 * @import { FrontendRendererArgs } from "@streamlit/component-v2-lib"
 *
 * @typedef {object} Line
 * @property {string} sign
 * @property {string} kind
 * @property {string} choice empty where nothing stands above the line
 * @property {string} note
 * @property {number} number
 * @property {string} code as markup
 * @property {boolean} hidden
 *
 * @typedef {object} Data
 * @property {Line[]} lines
 * @property {string} text of all of them
 * @property {string} label
 * @property {boolean} copy whether there is a button that copies the text
 * @property {{ fold: string, foldOne: string, copy: string, copied: string, notCopied: string }} words
 */

/** @param {Line} line */
function rows(line) {
  const made = element("div", `row ${line.kind}`)
  const number = element("span", "at")
  number.dataset.number = String(line.number)
  const code = element("span", "code")
  code.innerHTML = line.code
  code.append("\n")
  made.append(element("span", "sign", line.sign), number, code)
  if (!line.choice) return [made]
  const words = element("div", "words")
  const said = element("span", "said-of", line.note)
  said.prepend(element("strong", "", line.choice), " ")
  words.append(said)
  return [words, made]
}

/**
 * @param {Line[]} lines
 * @param {Data["words"]} words
 */
function fold(lines, words) {
  const said = lines.length === 1 ? words.foldOne : words.fold.replace("{lines}", String(lines.length))
  const made = element("button", "fold", `⋯ ${said}`)
  made.type = "button"
  made.onclick = () => {
    const unfolded = lines.flatMap(rows)
    made.replaceWith(...unfolded)
    const first = unfolded[0]
    if (!first) return
    first.tabIndex = -1
    first.focus({ preventScroll: true })
  }
  return made
}

/** @param {Data} data */
function drawn({ lines, words }) {
  /** @type {HTMLElement[]} */
  const elements = []
  /** @type {Line[]} */
  let folded = []
  const close = () => {
    if (folded.length > 0) elements.push(fold(folded, words))
    folded = []
  }
  for (const line of lines) {
    if (line.hidden) folded.push(line)
    else {
      close()
      elements.push(...rows(line))
    }
  }
  close()
  return elements
}

const listing = keeping((/** @type {HTMLElement} */ root) => {
  return { data: "", ...announcer(find(root, ".copy"), find(root, ".said")) }
})

/** @param {FrontendRendererArgs<{}, Data>} component */
export default function ({ data, parentElement }) {
  const root = find(parentElement, ".listing")
  const known = listing(root)
  const shown = JSON.stringify(data)
  if (known.data === shown) return
  known.data = shown
  const pre = find(root, "pre")
  const button = find(root, ".copy")
  pre.replaceChildren(...drawn(data))
  pre.setAttribute("aria-label", data.label)
  button.hidden = !data.copy
  button.setAttribute("aria-label", `${data.words.copy}: ${data.label}`)
  known.usually(data.words.copy)
  button.onclick = async () => {
    const field = element("textarea", "said")
    root.append(field)
    const copied = await copy(data.text, field)
    const focused = field.matches(":focus")
    field.remove()
    if (focused) button.focus()
    known.say(copied ? data.words.copied : data.words.notCopied)
  }
}
