// The browser's history has one entry for each page, run and exercise that was looked at, and for each link that was
// followed. Streamlit makes one whenever the address changes: Back would go through every move of a slider. What is set
// on a page changes the entry instead.

/** @import { FrontendRendererArgs } from "@streamlit/component-v2-lib" */

const KEPT = "batchNormLabKeepsHistory"

// What an address names that is a place to return to, besides its page.
const PLACES = ["run", "exercise"]

/** @param {string | URL | null | undefined} address */
function placeOf(address) {
  const { pathname, searchParams } = new URL(address ?? "", window.location.href)
  return { pathname, within: PLACES.map((name) => searchParams.get(name) ?? "").join(" ") }
}

/**
 * Whether this click follows a link in this tab.
 *
 * @param {Event} click
 */
function followsLink(click) {
  const link = click.composedPath().find((part) => part instanceof HTMLAnchorElement)
  return link instanceof HTMLAnchorElement && link.target !== "_blank"
}

function keepHistory() {
  const push = window.history.pushState.bind(window.history)
  // A page's own first words on its address belong to the step that led there, until the person does something.
  let fresh = false
  // The address changes after a link was followed, when the server has answered.
  let followed = false
  for (const event of ["pointerdown", "keydown"])
    window.addEventListener(
      event,
      () => {
        fresh = followed = false
      },
      true,
    )
  window.addEventListener(
    "click",
    (click) => {
      followed = followsLink(click)
    },
    true,
  )
  window.history.pushState = (state, unused, address) => {
    const [here, there] = [placeOf(window.location.href), placeOf(address)]
    const moves = here.pathname !== there.pathname || followed
    if (!moves && (fresh || here.within === there.within)) {
      window.history.replaceState(state, unused, address)
      return
    }
    fresh = moves
    followed = false
    push(state, unused, address)
  }
}

/** @param {FrontendRendererArgs<{}, {}>} _component */
export default function (_component) {
  if (KEPT in window) return
  Object.assign(window, { [KEPT]: true })
  keepHistory()
}
