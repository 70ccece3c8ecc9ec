const KEY = "batch-norm-lab-browser"

/**
 * @import { FrontendRendererArgs } from "@streamlit/component-v2-lib"
 *
 * @typedef {object} Data
 * @property {string} proposal the id of a newcomer, by the server: a page without HTTPS may lack the browser's generator
 * @property {boolean} known whether the server has an id for this tab: it stays as long as the tab lives
 */

/**
 * Returns the id that the browser keeps, or that it keeps from now on; null where storage is blocked.
 *
 * @param {string} proposal
 */
function keptId(proposal) {
  try {
    const kept = window.localStorage.getItem(KEY)
    if (kept !== null && /^[A-Za-z0-9_-]{16,64}$/.test(kept)) return kept
    window.localStorage.setItem(KEY, proposal)
    return proposal
  } catch {
    return null
  }
}

/** @param {FrontendRendererArgs<{ id: string, blocked: boolean }, Data>} component */
export default function ({ data, setStateValue }) {
  if (data.known) return
  const kept = keptId(data.proposal)
  if (kept === null) setStateValue("blocked", true)
  setStateValue("id", kept ?? data.proposal) // the latter serves for this session
}
