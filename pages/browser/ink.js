// Images as masks, in the colour of the text: see pages/browser/pictures.py.

import { element } from "./elements.js"

/**
 * Shows an image on an element.
 *
 * @param {HTMLElement} picture
 * @param {string} address
 */
export function showInk(picture, address) {
  picture.style.maskImage = picture.style.webkitMaskImage = `url(${address})`
}

/**
 * Says on an element which sheet of images the cells below it are cut from.
 *
 * @param {HTMLElement} root
 * @param {string} address of the sheet
 * @param {number} rows of images on it
 */
export function takeSheet(root, address, rows) {
  root.style.setProperty("--sheet", `url(${address})`)
  root.style.setProperty("--tall", `${100 * rows}%`)
}

/**
 * Makes the ink of one cell.
 *
 * @param {number} index of the image, row by row
 * @param {number} columns
 * @param {number} rows
 */
export function cellInk(index, columns, rows) {
  const ink = element("span", "ink")
  ink.style.setProperty("--x", `${((index % columns) * 100) / (columns - 1)}%`)
  ink.style.setProperty("--y", `${(Math.floor(index / columns) * 100) / Math.max(1, rows - 1)}%`)
  return ink
}
