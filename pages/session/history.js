// The browser's history has one entry for each page and each run that was looked at. Streamlit makes one whenever the
// address changes: Back would go through every move of a slider. What is set on a page changes the entry instead.

/** @import { FrontendRendererArgs } from "@streamlit/component-v2-lib" */

const KEPT = "batchNormLabKeepsHistory"

/** @param {string | URL | null | undefined} address */
function placeOf(address) {
  const { pathname, searchParams } = new URL(address ?? "", window.location.href)
  return { pathname, run: searchParams.get("run") }
}

function keepHistory() {
  const push = window.history.pushState.bind(window.history)
  // A page's own first words on its address belong to the step that led there, until the person does something.
  let fresh = false
  for (const event of ["pointerdown", "keydown"])
    window.addEventListener(
      event,
      () => {
        fresh = false
      },
      true,
    )
  window.history.pushState = (state, unused, address) => {
    const [here, there] = [placeOf(window.location.href), placeOf(address)]
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
