// What the components' scripts do with the elements of their page.

/**
 * The element that a selector finds below a parent; it must be there and of this kind.
 *
 * @template {Element} [Kind=HTMLElement]
 * @param {ParentNode} parent
 * @param {string} selector
 * @param {new () => Kind} [kind]
 * @returns {Kind}
 */
export function find(parent, selector, kind) {
  const found = parent.querySelector(selector)
  if (!(found instanceof (kind ?? HTMLElement))) throw new Error(`There is no ${selector}.`)
  return /** @type {Kind} */ (found)
}

/**
 * Writes a text into an element, unless it is there: the same text again would be read aloud again.
 *
 * @param {Element} element
 * @param {string} text
 */
export function put(element, text) {
  if (element.textContent !== text) element.textContent = text
}

/**
 * Makes an element.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {string} [className]
 * @param {string} [text]
 */
export function element(tag, className = "", text = "") {
  const made = document.createElement(tag)
  made.className = className
  made.textContent = text
  return made
}
