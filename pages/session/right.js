/** The token is that of one lab: others may lie below other paths of the same host. */
const KEPT = `batch-norm-lab-presenter ${window.location.pathname.replace(/[^/]*$/, "")}`

/**
 * @import { FrontendRendererArgs } from "@streamlit/component-v2-lib"
 *
 * @typedef {object} Data
 * @property {string} token what the server gave for the key; empty for nothing
 * @property {boolean} left whether what is kept is worth nothing any more
 */

/** @returns {string} what the browser keeps; empty where that is nothing, or storage is blocked */
function keptToken() {
  try {
    return window.localStorage.getItem(KEPT) ?? ""
  } catch {
    return ""
  }
}

/** @param {Data} data */
function keep({ token, left }) {
  try {
    if (token) window.localStorage.setItem(KEPT, token)
    else if (left) window.localStorage.removeItem(KEPT)
  } catch {
    // Where storage is blocked the right lasts as long as the tab's session.
  }
}

/** Takes the key off the address before anything else can read it there, and returns it; empty where there is none. */
function keyOfAddress() {
  const given = new URLSearchParams(window.location.hash.slice(1)).get("key") ?? ""
  if (given) window.history.replaceState(window.history.state, "", window.location.pathname + window.location.search)
  return given
}

/** @param {FrontendRendererArgs<{ token: string, given: string }, Data>} component */
export default function ({ data, setStateValue, setTriggerValue }) {
  keep(data)
  const kept = keptToken()
  if (kept && !data.token && !data.left) setStateValue("token", kept)
  const take = () => {
    const given = keyOfAddress()
    if (given) setTriggerValue("given", given)
  }
  take()
  window.addEventListener("hashchange", take)
  return () => window.removeEventListener("hashchange", take)
}
