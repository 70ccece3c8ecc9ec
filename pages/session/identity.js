const KEY = "batch-norm-lab-browser"

/**
 * @import { FrontendRendererArgs } from "@streamlit/component-v2-lib"
 *
 * @typedef {object} Data
 * @property {string} proposal the id of a newcomer, by the server: a page without HTTPS may lack the browser's generator
 * @property {string | null} known what the server takes for the id
 */

/**
 * Returns the id that the browser keeps; where storage is blocked, the proposal serves for this session.
 *
 * @param {string} proposal
 */
function keptId(proposal) {
  try {
    const kept = window.localStorage.getItem(KEY)
    if (kept !== null && /^[A-Za-z0-9_-]{16,64}$/.test(kept)) return kept
    window.localStorage.setItem(KEY, proposal)
  } catch {
    // Storage is blocked.
  }
  return proposal
}

/** @param {FrontendRendererArgs<{ id: string }, Data>} component */
export default function ({ data, setStateValue }) {
  const id = keptId(data.proposal)
  if (data.known !== id) setStateValue("id", id)
}
