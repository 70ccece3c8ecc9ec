/** The token is that of one lab: others may lie below other paths of the same host. */
const KEPT = `batch-norm-lab-presenter ${window.location.pathname.replace(/[^/]*$/, "")}`

/**
 * @import { FrontendRendererArgs } from "@streamlit/component-v2-lib"
 *
 * @typedef {object} Data
 * @property {string} token what the server gave for the key; empty for nothing
 * @property {boolean} left whether what is kept is worth nothing any more
 * @property {number} heard when the latest key that the server has heard was read
 *
 * @typedef {{ key: string, at: number }} Given a key, and when it was read in the address, in milliseconds
 */

const ANSWERED = 1000 // milliseconds after which a key that the server has not heard is told again

const WAITING = "batchNormLabKeyGiven"

/**
 * The key that the server is still to hear, for whichever drawing of the component comes next.
 *
 * @returns {{ given: Given, timer: number }}
 */
function waiting() {
  if (!Reflect.has(window, WAITING)) Reflect.set(window, WAITING, { given: { key: "", at: 0 }, timer: 0 })
  return Reflect.get(window, WAITING)
}

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

/** @param {FrontendRendererArgs<{ token: string, given: Given }, Data>} component */
export default function ({ data, parentElement, setStateValue, setTriggerValue }) {
  const told = waiting()
  keep(data)
  const kept = keptToken()
  if (kept && !data.token && !data.left) setStateValue("token", kept)
  // What is said while the page is drawn may be lost: it is said until a drawing shows that it was heard.
  const tell = () => {
    clearTimeout(told.timer)
    if (data.heard === told.given.at) told.given.key = ""
    if (!told.given.key || !parentElement.isConnected) return
    setTriggerValue("given", told.given)
    told.timer = setTimeout(tell, ANSWERED)
  }
  const take = () => {
    const key = keyOfAddress()
    if (key) told.given = { key, at: Date.now() }
    tell()
  }
  take()
  window.addEventListener("hashchange", take)
  return () => window.removeEventListener("hashchange", take)
}
