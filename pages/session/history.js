// The browser's history has one entry for each page and each run that was looked at. Streamlit makes one whenever the
// address changes: Back would go through every move of a slider. What is set on a page changes the entry instead.

/** @import { FrontendRendererArgs } from "@streamlit/component-v2-lib" */

const KEPT = "batchNormLabKeepsHistory"

const ON_ITS_WAY = 3000 // milliseconds

/** @param {string | URL | null | undefined} address */
function placeOf(address) {
  const { pathname, searchParams } = new URL(address ?? "", window.location.href)
  return { pathname, run: searchParams.get("run") }
}

function keepHistory() {
  const push = window.history.pushState.bind(window.history)
  // A page's own first words on its address belong to the step that led there, until the person does something.
  let fresh = false
  // Where the person went Back to, until anything else is done. The page that was left may still be on its way, because
  // a part of it moves: its address is not taken over.
  /** @type {string | null} */
  let wentTo = null
  window.addEventListener("popstate", () => {
    wentTo = window.location.pathname
    setTimeout(() => {
      wentTo = null
    }, ON_ITS_WAY)
  })
  for (const event of ["pointerdown", "keydown"])
    window.addEventListener(
      event,
      () => {
        fresh = false
        wentTo = null
      },
      true,
    )
  window.history.pushState = (state, unused, address) => {
    const [here, there] = [placeOf(window.location.href), placeOf(address)]
    if (wentTo !== null && there.pathname !== wentTo) return
    if (here.pathname === there.pathname && (fresh || here.run === there.run)) {
      window.history.replaceState(state, unused, address)
      return
    }
    fresh = here.pathname !== there.pathname
    push(state, unused, address)
  }
}

/** @param {FrontendRendererArgs<{}, {}>} _component */
export default function (_component) {
  if (KEPT in window) return
  Object.assign(window, { [KEPT]: true })
  keepHistory()
}
