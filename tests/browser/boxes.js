// Where everything on the page is, and what is wrong with that: evaluated in the page, returns sentences.
//
// Looked at are lines of text and controls, as boxes, on the whole page rather than on the screen alone, and inside the
// components' shadow roots. A box may be clipped by what it can be scrolled in; what is clipped otherwise is cut.
;(allowed) => {
  const PAGE = '[data-testid="stMain"], [data-testid="stSidebarContent"]'
  const CONTROLS = "button, a[href], input, select, textarea, summary, canvas, [role=slider], [role=combobox]"
  const ACROSS = 2 // pixels by which boxes may overlap or hang over
  const parentOf = (node) => node.assignedSlot ?? node.parentElement ?? node.getRootNode().host ?? null
  const chain = (element) => {
    const all = []
    for (let one = element; one; one = parentOf(one)) all.push(one)
    return all
  }
  const seen = new Map()
  const styleOf = (element) => {
    if (!seen.has(element)) seen.set(element, getComputedStyle(element))
    return seen.get(element)
  }
  const clips = (value) => value === "hidden" || value === "clip"
  const scrolls = (value) => value === "auto" || value === "scroll"
  /** Whether this is the side bar, put away. */
  const isClosed = (element) => element?.matches('[data-testid="stSidebar"][data-collapsed="true"]')
  const problems = new Set()
  const items = []

  const named = (element) => {
    const marked = chain(element).find((one) => /st-key-/.test(one.className?.baseVal ?? one.className ?? ""))
    const key = marked && /st-key-[\w-]+/.exec(marked.className)[0]
    const kind = element.dataset?.testid ?? element.className?.baseVal ?? element.className ?? ""
    return `${key ?? ""} ${element.localName}.${String(kind).split(" ")[0]}`.trim()
  }
  /** What of a box can be seen, and which edge that nobody can scroll cuts it. */
  const visible = (box, element, words) => {
    let { left, top, right, bottom } = box
    const height = bottom - top
    let free = false // inside of something that can be scrolled sideways
    for (const one of chain(element)) {
      if (one.matches(PAGE)) {
        if (
          !free &&
          (right > one.getBoundingClientRect().right + ACROSS || left < one.getBoundingClientRect().left - ACROSS)
        )
          problems.add(`${words} reaches beyond the page`)
        return { left, top, right, bottom }
      }
      const style = styleOf(one)
      if (style.overflowX === "visible" && style.overflowY === "visible") {
        if (style.position === "fixed") break
        continue
      }
      if (one === document.body || one === document.documentElement) continue
      const edge = one.getBoundingClientRect()
      if (edge.width < 3 || edge.height < 3) return null
      if (right <= edge.left || left >= edge.right || bottom <= edge.top || top >= edge.bottom) {
        if (clips(style.overflowX) && !free && (right <= edge.left || left >= edge.right))
          problems.add(`${words} is cut off`)
        return null
      }
      if (!free && clips(style.overflowX) && (left < edge.left - ACROSS || right > edge.right + ACROSS))
        problems.add(`${words} is cut sideways`)
      if (clips(style.overflowY) && (top < edge.top - 0.3 * height || bottom > edge.bottom + 0.3 * height))
        problems.add(`${words} is cut in its height`)
      free ||= scrolls(style.overflowX)
      left = Math.max(left, edge.left)
      right = Math.min(right, edge.right)
      top = Math.max(top, edge.top)
      bottom = Math.min(bottom, edge.bottom)
    }
    return { left, top, right, bottom }
  }
  const add = (element, rectangle, words, text) => {
    if (rectangle.width < 1 || rectangle.height < 1) return
    const box = visible(rectangle, element, words)
    if (box && box.right - box.left > 1 && box.bottom - box.top > 1) items.push({ ...box, element, words, text })
  }
  const look = (node) => {
    if (node.nodeType === Node.TEXT_NODE) {
      const said = node.data.trim()
      const element = node.parentElement ?? node.getRootNode().host
      if (!said || element instanceof SVGElement) return
      const range = document.createRange()
      range.selectNodeContents(node)
      for (const line of range.getClientRects()) add(element, line, `“${said.slice(0, 40)}” (${named(element)})`, said)
      return
    }
    if (!(node instanceof Element) || ["STYLE", "SCRIPT", "NOSCRIPT", "OPTION", "TITLE"].includes(node.tagName)) return
    const style = styleOf(node)
    if (
      style.opacity === "0" ||
      style.visibility === "hidden" ||
      !(node.checkVisibility() || style.display === "contents")
    )
      return
    if (isClosed(node)) return
    if (allowed.some((selector) => node.matches(selector))) return
    const rectangle = node.getBoundingClientRect()
    if (node.localName === "text" && node instanceof SVGElement) {
      const said = node.textContent.trim()
      if (!said) return
      if (said.endsWith("…")) problems.add(`“${said}” is cut by its chart (${named(node)})`)
      add(node, rectangle, `“${said.slice(0, 40)}” (${named(node)})`, said)
      return
    }
    if (node.matches(CONTROLS)) {
      const words = `the control ${named(node)} “${(node.ariaLabel ?? node.textContent).trim().slice(0, 30)}”`
      // A link in a sentence has a box for each of its lines.
      for (const box of style.display === "inline" ? node.getClientRects() : [rectangle]) add(node, box, words, "")
    }
    for (const child of node.shadowRoot?.childNodes ?? []) look(child)
    for (const child of node.childNodes) look(child)
  }
  look(document.body)

  items.sort((a, b) => a.left - b.left)
  const inside = (one, other) => chain(one).includes(other)
  for (const [index, one] of items.entries())
    for (let next = index + 1; next < items.length; next += 1) {
      const other = items[next]
      if (other.left >= one.right - ACROSS) break
      const across = Math.min(one.right, other.right) - other.left
      const down = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top)
      const least = Math.min(one.bottom - one.top, other.bottom - other.top)
      if (across <= ACROSS || down <= Math.max(ACROSS, 0.3 * least)) continue
      if (one.element === other.element || inside(one.element, other.element) || inside(other.element, one.element))
        continue
      problems.add(`${one.words} and ${other.words} overlap`)
    }
  for (const page of [document.documentElement, ...document.querySelectorAll(PAGE)])
    if (isClosed(page.closest('[data-testid="stSidebar"]'))) continue
    else if (page.scrollWidth > page.clientWidth + 1)
      problems.add(`${named(page)} scrolls sideways, ${page.scrollWidth} > ${page.clientWidth}`)
  return [...problems]
}
