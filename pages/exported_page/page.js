/**
 * @typedef {{ rows: number, columns: Record<string, unknown> }} Table
 * @typedef {{ table: number, alt: string }} State
 * @typedef {{ spec: Record<string, unknown>, chosen: string[], states: Record<string, State> }} Figure
 * @typedef {{ signal: (name: string, value: unknown) => View, data: (name: string, rows: object[]) => View,
 *   description: (text: string) => View, runAsync: () => Promise<View> }} View
 * @typedef {(place: Element, spec: object, options: object) => Promise<{ view: View }>} Embed
 * @typedef {{ figure: Figure, view: Promise<View> }} Drawn
 */

/**
 * Draws the charts of the page as soon as they are in sight, and lets what is chosen above them change what they show.
 *
 * @param {Document} page
 */
export default function start(page) {
  const embed = /** @type {{ vegaEmbed: Embed }} */ (/** @type {unknown} */ (window)).vegaEmbed
  /** @type {{ tables: Table[], figures: Figure[] }} */
  const { tables, figures } = JSON.parse(page.getElementById("figures")?.textContent ?? "{}")

  /** @param {Table | undefined} table */
  const rows = (table) => {
    const columns = Object.entries(table?.columns ?? {})
    return Array.from({ length: table?.rows ?? 0 }, (_, row) =>
      // What is the same in all rows is written once.
      Object.fromEntries(columns.map(([name, value]) => [name, Array.isArray(value) ? value[row] : value])),
    )
  }

  /** @param {Figure} figure @param {Element | null} part */
  const stateOf = (figure, part) => {
    const chosen = figure.chosen.map((name) => part?.querySelector(`select[name="${name}"]`))
    const key = chosen.map((control) => (control instanceof HTMLSelectElement ? control.value : "")).join(" ")
    return figure.states[key]
  }

  /** @param {HTMLElement} place @param {Element | null} part @returns {Drawn} */
  const draw = (place, part) => {
    const figure = figures[Number(place.dataset.figure)]
    if (figure === undefined) throw new Error(`There is no figure ${place.dataset.figure}.`)
    const state = stateOf(figure, part)
    const data = { name: "shown", values: rows(tables[state?.table ?? -1]) }
    const actions = { export: { png: true, svg: true }, source: false, compiled: false, editor: false }
    const made = embed(place, { ...figure.spec, description: state?.alt, data }, { actions, renderer: "svg" })
    const view = made.then((result) => {
      place.dataset.drawn = "true"
      return result.view
    })
    return { figure, view }
  }

  /** @param {Element} part */
  const begin = (part) => {
    const charts = [...part.querySelectorAll(".chart")].map((place) => draw(/** @type {HTMLElement} */ (place), part))
    for (const control of part.querySelectorAll("select")) {
      control.addEventListener("change", async () => {
        for (const { figure, view } of charts.filter(({ figure }) => figure.chosen.includes(control.name))) {
          const state = stateOf(figure, part)
          if (state !== undefined)
            await (await view).data("shown", rows(tables[state.table])).description(state.alt).runAsync()
        }
      })
    }
    const slider = part.querySelector("input")
    if (part instanceof HTMLElement && slider !== null) scrub(part, slider, charts)
  }

  /** @param {HTMLElement} part @param {HTMLInputElement} slider @param {Drawn[]} charts */
  const scrub = (part, slider, charts) => {
    /** @type {number[]} */
    const steps = JSON.parse(part.dataset.steps ?? "[]")
    /** @type {Record<string, string[]>} */
    const captions = JSON.parse(part.dataset.captions ?? "{}")
    const place = part.querySelector("select[name=place]")
    const output = part.querySelector("output")
    const caption = part.querySelector(".caption")
    const say = () => {
      const snapshot = Number(slider.value)
      const words = (part.dataset.step ?? "").replace("{step}", (steps[snapshot] ?? 0).toLocaleString("en"))
      if (output !== null) output.textContent = words
      slider.setAttribute("aria-valuetext", words)
      const there = place instanceof HTMLSelectElement ? place.value : ""
      if (caption !== null) caption.textContent = captions[there]?.[snapshot] ?? ""
    }
    slider.addEventListener("input", async () => {
      say()
      for (const { figure, view } of charts) {
        if ("params" in figure.spec) await (await view).signal("snapshot", Number(slider.value)).runAsync()
      }
    })
    place?.addEventListener("change", say)
    say()
  }

  /** @param {Element} section */
  const open = (section) => section.querySelectorAll(".part").forEach(begin)

  for (const section of page.querySelectorAll("section, details.run")) {
    if (!(section instanceof HTMLDetailsElement) || section.open) open(section)
    // A chart has no width before it is in sight.
    else section.addEventListener("toggle", () => open(section), { once: true })
  }
}
