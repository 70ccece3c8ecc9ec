// How far this window has turned by keys, for all components of a page: each has a script of its own.

/**
 * @typedef {object} Turned
 * @property {string} of whose turns are counted
 * @property {number} count pages forward, back ones counted as minus
 * @property {number} heard how many of them the server has heard
 * @property {number} at when the latest was pressed or told
 */

const COUNTED = "batchNormLabTurned"

const PATIENCE = 3000 // milliseconds for which the parts that look wait after a turn was told

/** @returns {Turned | undefined} */
function known() {
  return Reflect.get(window, COUNTED)
}

/**
 * How far this session has turned by keys, as one object that stays.
 *
 * @param {string} of
 * @returns {Turned}
 */
export function turned(of) {
  const now = known()
  if (now?.of === of) return now
  const made = { of, count: 0, heard: 0, at: 0 }
  Reflect.set(window, COUNTED, made)
  return made
}

/** Whether a turn was told just now that the server has not answered: what asks meanwhile asks for the page before. */
export function turns() {
  const now = known()
  return now !== undefined && now.count !== now.heard && Date.now() - now.at < PATIENCE
}
