// Where everything in the picture of the race is: numbers in, numbers out. Nothing here touches the page.

/**
 * @typedef {object} Curve
 * @property {number[]} steps at which was measured, ascending
 * @property {number[]} values accuracies, 0 to 1
 *
 * @typedef {object} Box the plot's edges, in pixels
 * @property {number} left
 * @property {number} top
 * @property {number} right
 * @property {number} bottom
 *
 * @typedef {object} Size
 * @property {number} width in pixels
 * @property {number} height in pixels
 * @property {number} unit how large type is, relative to 16 pixels
 *
 * @typedef {(value: number) => number} Scale
 */

const [LOWEST, HIGHEST, NARROW_HEIGHT] = [250, 356, 330] // of the picture, in pixels at the usual size of type
const LOWEST_LARGE = 160 // with larger type, of which a screen has room for less
const STEEPEST = 0.32 // of its width: how high a picture is at most that is wider than a laptop's
const NARROW = 560 // pixels below which a picture is narrow
const APART = 4 // pixels by which two tips must differ for their labels to change places

/** @param {number} share */
export const percent = (share) => `${Math.round(100 * share)}\u00a0%`

/** @param {number} count */
export const grouped = (count) => count.toLocaleString("en")

/**
 * @param {number} value
 * @param {number} low
 * @param {number} high
 */
export const clamp = (value, low, high) => Math.max(low, Math.min(high, value))

/**
 * Whether a picture has little room, as on a phone.
 *
 * @param {number} width
 * @param {number} unit
 */
export const isNarrow = (width, unit) => width < NARROW * unit

/**
 * How large the picture is.
 *
 * @param {number} width that there is, in pixels
 * @param {number} room that is left for its height, in pixels
 * @param {number} unit
 * @returns {Size}
 */
export function sizeOf(width, room, unit) {
  const height = isNarrow(width, unit)
    ? NARROW_HEIGHT
    : clamp(room / unit, unit > 1 ? LOWEST_LARGE : LOWEST, Math.max(HIGHEST, (STEEPEST * width) / unit))
  return { width, height: Math.round(height * unit), unit }
}

/**
 * The plot within the picture, and where batches and accuracies lie in it.
 *
 * @param {Size} size
 * @param {number} left pixels that the words of the axis take
 * @param {number} right pixels that the labels take
 * @param {number} batches
 */
export function plot({ width, height, unit }, left, right, batches) {
  const box = { left: left + 10 * unit, top: 22 * unit, right: width - right, bottom: height - 26 * unit }
  /** @type {Scale} */
  const x = (step) => box.left + (step / batches) * (box.right - box.left)
  /** @type {Scale} */
  const y = (share) => box.bottom - share * (box.bottom - box.top)
  return { box, x, y }
}

/**
 * The path of a curve.
 *
 * @param {Curve} curve
 * @param {Scale} x
 * @param {Scale} y
 */
export function path({ steps, values }, x, y) {
  return steps
    .map((step, index) => `${index ? "L" : "M"}${x(step).toFixed(1)} ${y(values[index] ?? 0).toFixed(1)}`)
    .join("")
}

/**
 * Where labels of one height go so that none overlaps another and all of them together move least from where they would
 * like to be (pool adjacent violators).
 *
 * @param {number[]} wishes ascending; so are the places
 * @param {number} gap
 * @param {number} top
 * @param {number} bottom
 */
export function apart(wishes, gap, top, bottom) {
  /** @type {{ sum: number, count: number }[]} */
  const pools = []
  for (const [index, wish] of wishes.entries()) {
    let pool = { sum: wish - index * gap, count: 1 }
    let above = pools.at(-1)
    while (above && above.sum / above.count > pool.sum / pool.count) {
      pool = { sum: above.sum + pool.sum, count: above.count + pool.count }
      pools.pop()
      above = pools.at(-1)
    }
    pools.push(pool)
  }
  const lowest = bottom - (wishes.length - 1) * gap
  const starts = pools.flatMap(({ sum, count }) => Array.from({ length: count }, () => sum / count))
  return starts.map((start, index) => Math.max(top, Math.min(lowest, start)) + index * gap)
}

/**
 * The lanes from the highest tip down, by their numbers.
 *
 * @param {number[]} tips in pixels from the top
 */
export function ranked(tips) {
  return tips
    .map((tip, lane) => ({ tip, lane }))
    .sort((a, b) => a.tip - b.tip || b.lane - a.lane)
    .map(({ lane }) => lane)
}

/**
 * The same, but two that were in another order keep it until they are clearly apart, so that their labels do not
 * flicker.
 *
 * @param {number[]} tips in pixels from the top
 * @param {number[]} known the order until now
 */
export function reranked(tips, known) {
  const order = known.map((lane) => ({ lane, tip: tips[lane] ?? 0 }))
  for (let end = order.length - 1; end > 0; end -= 1)
    for (let place = 0; place < end; place += 1) {
      const [upper, lower] = order.slice(place, place + 2)
      if (upper && lower && upper.tip - lower.tip > APART) order.splice(place, 2, lower, upper)
    }
  return order.map(({ lane }) => lane)
}

/**
 * The number of the last of these steps that is not after a batch; 0 where all are.
 *
 * @param {number[]} steps ascending
 * @param {number} batch
 */
export function before(steps, batch) {
  return Math.max(
    0,
    steps.findLastIndex((step) => step <= batch),
  )
}

/**
 * The value on the line between two measured points.
 *
 * @param {Curve} curve
 * @param {number} batch
 */
export function along({ steps, values }, batch) {
  const index = before(steps, batch)
  const [start = 0, end] = steps.slice(index, index + 2)
  const [from = 0, to] = values.slice(index, index + 2)
  if (end === undefined || to === undefined) return from
  return from + Math.max(0, (batch - start) / (end - start)) * (to - from)
}

/**
 * What the label of a line says: the accuracy where the line ends, so that it never contradicts the picture. Between two
 * measured points that is about so.
 *
 * @param {Curve} curve
 * @param {number} batch
 */
export function told(curve, batch) {
  const [first = 0] = curve.steps
  const last = curve.steps.at(-1) ?? 0
  const measured = batch <= first || batch >= last || curve.steps.includes(Math.round(batch))
  return `${measured ? "" : "≈\u00a0"}${percent(along(curve, batch))}`
}

/**
 * All steps at which any of the curves was measured, ascending.
 *
 * @param {Curve[]} curves
 */
export function measured(curves) {
  return [...new Set(curves.flatMap(({ steps }) => steps))].sort((a, b) => a - b)
}
