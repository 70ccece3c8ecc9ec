// From lines to the 784 bytes that a network gets: what drawing.py says of it is done here.

/**
 * @typedef {[number, number]} Point
 *
 * @typedef {object} Line in units of the drawing area's side
 * @property {number} width
 * @property {Point[]} points
 */

const SIZE = 28
const BOX = 20
const FINE = 8 // each pixel is the mean of 8 x 8 finer ones
const SIDE = SIZE * FINE

/**
 * Returns what a canvas is drawn with.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {CanvasRenderingContext2DSettings} [settings]
 */
export function penOf(canvas, settings) {
  const pen = canvas.getContext("2d", settings)
  if (!pen) throw new Error("This browser cannot draw on a canvas.")
  return pen
}

/**
 * Paints lines `scale` times as large, moved by (x, y).
 *
 * @param {CanvasRenderingContext2D} pen
 * @param {Line[]} lines
 * @param {number} scale
 * @param {number} x
 * @param {number} y
 */
export function paint(pen, lines, scale, x, y) {
  pen.lineCap = pen.lineJoin = "round"
  for (const { width, points } of lines) {
    pen.lineWidth = width * scale
    pen.beginPath()
    for (const [index, [px, py]] of points.entries()) {
      if (index === 0) pen.moveTo(px * scale + x, py * scale + y)
      pen.lineTo(px * scale + x, py * scale + y)
    }
    pen.stroke()
  }
}

/**
 * Returns the edges of what lines cover.
 *
 * @param {Line[]} lines
 */
function extent(lines) {
  const edges = { left: Infinity, right: -Infinity, top: Infinity, bottom: -Infinity }
  for (const { width, points } of lines)
    for (const [x, y] of points) {
      edges.left = Math.min(edges.left, x - width / 2)
      edges.right = Math.max(edges.right, x + width / 2)
      edges.top = Math.min(edges.top, y - width / 2)
      edges.bottom = Math.max(edges.bottom, y + width / 2)
    }
  return edges
}

/**
 * Returns the centre of mass of the ink of a picture with `SIDE` pixels a side; null where there is none.
 *
 * @param {Uint8ClampedArray} ink how much of it each pixel has
 */
function centre(ink) {
  let [mass, x, y] = [0, 0, 0]
  for (const [place, amount] of ink.entries()) {
    mass += amount
    x += amount * ((place % SIDE) + 0.5)
    y += amount * (Math.floor(place / SIDE) + 0.5)
  }
  return mass === 0 ? null : { x: x / mass, y: y / mass }
}

/**
 * Returns the 784 bytes of what is drawn.
 *
 * @param {Line[]} lines
 */
export function pixelsOf(lines) {
  const { left, right, top, bottom } = extent(lines)
  const scale = (BOX * FINE) / Math.max(right - left, bottom - top)
  const canvas = document.createElement("canvas")
  canvas.width = canvas.height = SIDE
  const pen = penOf(canvas, { willReadFrequently: true })
  /**
   * @param {number} x
   * @param {number} y
   */
  const ink = (x, y) => {
    pen.clearRect(0, 0, SIDE, SIDE)
    paint(pen, lines, scale, x, y)
    return pen.getImageData(0, 0, SIDE, SIDE).data.filter((_, place) => place % 4 === 3)
  }
  const x = SIDE / 2 - (scale * (left + right)) / 2
  const y = SIDE / 2 - (scale * (top + bottom)) / 2
  const middle = centre(ink(x, y))
  const sums = new Float64Array(SIZE * SIZE)
  if (middle)
    for (const [place, amount] of ink(x + SIDE / 2 - middle.x, y + SIDE / 2 - middle.y).entries()) {
      const row = Math.floor(Math.floor(place / SIDE) / FINE)
      const pixel = row * SIZE + Math.floor((place % SIDE) / FINE)
      sums[pixel] = (sums[pixel] ?? 0) + amount
    }
  return Uint8Array.from(sums, (sum) => Math.round(sum / (FINE * FINE)))
}

/**
 * Shows 784 bytes as a picture of 28 x 28, in the colour of the text; nothing for null.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {Uint8Array | null} bytes
 */
export function show(canvas, bytes) {
  canvas.width = canvas.height = SIZE
  if (!bytes) return
  const pen = penOf(canvas)
  const [red, green, blue] =
    getComputedStyle(canvas)
      .color.match(/[\d.]+/g)
      ?.map(Number) ?? []
  const image = pen.createImageData(SIZE, SIZE)
  for (const [place, ink] of bytes.entries()) image.data.set([red ?? 0, green ?? 0, blue ?? 0, ink], 4 * place)
  pen.putImageData(image, 0, 0)
}
