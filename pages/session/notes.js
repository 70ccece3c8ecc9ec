const KEY = "batch-norm-lab-notes"

/**
 * @import { FrontendRendererArgs } from "@streamlit/component-v2-lib"
 *
 * @typedef {{ value: boolean | number | string | null, at: number }} Note its time in milliseconds: the later one holds
 * @typedef {Record<string, Note>} Notes by name
 *
 * @typedef {object} Data
 * @property {Notes} notes what the session knows
 */

/**
 * Returns what the browser keeps; null where storage is blocked.
 *
 * @returns {Notes | null}
 */
function keptNotes() {
  try {
    return JSON.parse(window.localStorage.getItem(KEY) ?? "{}") ?? {}
  } catch (problem) {
    return problem instanceof SyntaxError ? {} : null
  }
}

/** @param {FrontendRendererArgs<{ notes: Notes, blocked: boolean }, Data>} component */
export default function ({ data, setStateValue }) {
  const kept = keptNotes()
  if (kept === null) {
    setStateValue("blocked", true)
    return
  }
  /** @type {(one: Note | undefined, other: Note | undefined) => boolean} */
  const newer = (one, other) => one !== undefined && (other === undefined || one.at > other.at)
  const names = Object.keys(data.notes)
  const told = names.filter((name) => newer(data.notes[name], kept[name]))
  const untold = Object.keys(kept).filter((name) => newer(kept[name], data.notes[name]))
  const all = { ...kept, ...Object.fromEntries(told.map((name) => [name, data.notes[name]])) }
  if (told.length > 0) {
    try {
      window.localStorage.setItem(KEY, JSON.stringify(all))
    } catch {
      setStateValue("blocked", true)
    }
  }
  if (untold.length > 0) setStateValue("notes", /** @type {Notes} */ (all))
}
