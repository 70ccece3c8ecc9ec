// How large every text is that can be seen on the page, in pixels of the screen: evaluated in the page, returns
// [text, pixels, kind] for each, kind being "picture" for a text in a drawing or a chart, "body" for a paragraph of the
// page's text, and else "other".
;() => {
  const found = []
  const parentOf = (node) => node.assignedSlot ?? node.parentElement ?? node.getRootNode().host ?? null
  /** Whether a rectangle is larger than what is kept for those alone who do not see the page. */
  const isSeen = (element) => {
    for (let one = element; one; one = parentOf(one)) {
      const { clipPath, opacity, visibility } = getComputedStyle(one)
      if (clipPath !== "none" && one.getBoundingClientRect().width <= 1) return false
      if (opacity === "0" || (one === element && visibility === "hidden")) return false
      if (one.matches('[data-testid="stSidebar"][data-collapsed="true"], [class*="st-key-unseen-"]')) return false
    }
    return true
  }
  /** Whether it is as large as its paragraph is meant to be, and no note, label or link of its own. */
  const isBody = (element) => {
    const paragraph = element.closest(".stMarkdown p")
    return (
      paragraph !== null &&
      getComputedStyle(paragraph).fontSize === getComputedStyle(element).fontSize &&
      !element.closest('[data-testid="stCaptionContainer"], small, button, a, label')
    )
  }
  const look = (node) => {
    if (node.nodeType === Node.TEXT_NODE) {
      const said = node.data.trim()
      const element = node.parentElement ?? node.getRootNode().host
      if (!said || !isSeen(element)) return
      const range = document.createRange()
      range.selectNodeContents(node)
      const { width, height } = range.getBoundingClientRect()
      if (width < 2 || height < 2) return
      let size = Number.parseFloat(getComputedStyle(element).fontSize)
      const drawing = element instanceof SVGGraphicsElement
      if (drawing) {
        const { a, b } = element.getScreenCTM()
        size *= Math.hypot(a, b)
      }
      found.push([
        said.slice(0, 60),
        Math.round(100 * size) / 100,
        drawing ? "picture" : isBody(element) ? "body" : "other",
      ])
      return
    }
    if (!(node instanceof Element) || ["STYLE", "SCRIPT", "NOSCRIPT", "OPTION", "TITLE"].includes(node.tagName)) return
    if (!(node.checkVisibility() || getComputedStyle(node).display === "contents")) return
    if (node.matches(".katex-mathml, annotation")) return
    for (const child of node.shadowRoot?.childNodes ?? []) look(child)
    for (const child of node.childNodes) look(child)
  }
  look(document.body)
  return found
}
