// Whether the person is on the way to another page, for all components of a page: each has a script of its own.

const LEFT = "batchNormLabLeft"

const ON_ITS_WAY = 3000 // milliseconds for which the page that was left asks for nothing

/** Says that the person goes to another page. */
export function leave() {
  Reflect.set(window, LEFT, Date.now())
}

/**
 * Whether what was on the page at that time is on the page that the person leaves: what it asks for would be asked of
 * that page, and bring it back.
 *
 * @param {number} there milliseconds since 1970
 */
export function leaves(there) {
  const left = Reflect.get(window, LEFT) ?? 0
  return there <= left && Date.now() - left < ON_ITS_WAY
}
