// A picture that comes as markup, made and escaped in Python.

import { find } from "./elements.js"
import { keeping } from "./keeping.js"

const shown = keeping(() => ({ markup: "" }))

/**
 * Shows the markup in the element with this class, and leaves it alone where it is shown already.
 *
 * @param {ParentNode} parent
 * @param {string} selector
 * @param {string} markup
 * @returns {HTMLElement}
 */
export function showMarkup(parent, selector, markup) {
  const root = find(parent, selector)
  const latest = shown(root)
  if (latest.markup !== markup) root.innerHTML = latest.markup = markup
  return root
}
