/**
 * @typedef {Record<string, unknown[]>} Columns
 * @typedef {{ spec: Record<string, unknown>, columns: Columns }} Figure
 * @typedef {{ signal: (name: string, value: unknown) => View, runAsync: () => Promise<View> }} View
 * @typedef {(place: Element, spec: object, options: object) => Promise<{ view: View }>} Embed
 */

/**
 * Draws the charts of the page, and lets each slider choose the step of those around it.
 *
 * @param {Document} page
 */
export default function start(page) {
  const embed = /** @type {{ vegaEmbed: Embed }} */ (/** @type {unknown} */ (window)).vegaEmbed
  /** @type {Figure[]} */
  const figures = JSON.parse(page.getElementById("figures")?.textContent ?? "[]")

  /** @param {Columns} columns */
  const rows = (columns) => {
    const names = Object.keys(columns)
    const count = columns[names[0] ?? ""]?.length ?? 0
    return Array.from({ length: count }, (_, row) =>
      Object.fromEntries(names.map((name) => [name, columns[name]?.[row]])),
    )
  }

  /** @param {HTMLElement} place */
  const draw = async (place) => {
    const figure = figures[Number(place.dataset.figure)]
    if (figure === undefined) throw new Error(`There is no figure ${place.dataset.figure}.`)
    const actions = { export: { png: true, svg: true }, source: false, compiled: false, editor: false }
    const spec = { ...figure.spec, data: { values: rows(figure.columns) } }
    const { view } = await embed(place, spec, { actions, renderer: "svg" })
    place.dataset.drawn = "true"
    return view
  }

  const drawn = new Map([...page.querySelectorAll(".chart")].map((place) => [place, draw(/** @type {HTMLElement} */ (place))]))

  for (const part of page.querySelectorAll(".scrubbed")) {
    const slider = part.querySelector("input")
    if (!(part instanceof HTMLElement) || slider === null) continue
    /** @type {number[]} */
    const steps = JSON.parse(part.dataset.steps ?? "[]")
    /** @type {string[]} */
    const captions = JSON.parse(part.dataset.captions ?? "[]")
    const output = part.querySelector("output")
    const caption = part.querySelector(".caption")
    const charts = [...part.querySelectorAll(".chart")]
    const show = async () => {
      const snapshot = Number(slider.value)
      const words = (part.dataset.step ?? "").replace("{step}", (steps[snapshot] ?? 0).toLocaleString("en"))
      if (output !== null) output.textContent = words
      slider.setAttribute("aria-valuetext", words)
      if (caption !== null) caption.textContent = captions[snapshot] ?? ""
      const views = await Promise.all(charts.map((chart) => drawn.get(chart)))
      for (const view of views) await view?.signal("snapshot", snapshot).runAsync()
    }
    slider.addEventListener("input", show)
    show()
  }
}
