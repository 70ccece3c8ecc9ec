// The browser's history has one entry for each page, run and exercise that was looked at, and for each link that was
// followed. Streamlit makes one whenever the address changes: Back would go through every move of a slider. What is set
// on a page changes the entry instead. Where a link to the page itself is followed, the server hears which address came
// last: what the browser sent before, it sent without knowing of it.

import { letAsk } from "../browser/asking.js"
import { leave } from "../browser/leaving.js"

/** @import { FrontendRendererArgs } from "@streamlit/component-v2-lib" */

const KEPT = "batchNormLabKeepsHistory"

const FOLLOWED = "batchNormLabLinkFollowed"

const ON_ITS_WAY = 3000 // milliseconds

const ANSWERED = 1500 // milliseconds after which a link whose address has not come is followed once more

// What an address names that is a place to return to, besides its page.
const PLACES = ["run", "exercise"]

/** @param {string | URL | null | undefined} address */
function placeOf(address) {
  const { pathname, searchParams } = new URL(address ?? "", window.location.href)
  const within = PLACES.map((name) => searchParams.get(name) ?? "").join(" ")
  return { pathname, within, scene: searchParams.get("scene") }
}

/**
 * The link that this click follows in this tab; null for none.
 *
 * @param {MouseEvent} click
 */
function linkOf(click) {
  const link = click.composedPath().find((part) => part instanceof HTMLAnchorElement)
  const elsewhere = click.ctrlKey || click.metaKey || click.shiftKey || click.altKey
  return link instanceof HTMLAnchorElement && link.target !== "_blank" && !elsewhere ? link : null
}

/** What is new on the page is seen, and gone through by keys, from its beginning. */
function scrollUp() {
  const main = document.querySelector('[data-testid="stMain"]')
  if (!(main instanceof HTMLElement)) return
  main.scrollTo(0, 0)
  main.tabIndex = -1
  main.focus({ preventScroll: true })
}

/** On a phone the list of pages lies over the page that was chosen there. */
function foldList() {
  const fold = document.querySelector('[data-testid="stSidebarCollapseButton"] button')
  const open = document.querySelector('[data-testid="stSidebar"][data-collapsed="false"]')
  if (open && fold instanceof HTMLElement && window.innerWidth < 768) fold.click()
}

function keepHistory() {
  const push = window.history.pushState.bind(window.history)
  const replace = window.history.replaceState.bind(window.history)
  // A page's own first words on its address belong to the step that led there, or to the address that was opened, until
  // the person does something.
  let fresh = true
  let followed = false
  // The entry on which the person did something, and whether another one was made since on the same page.
  /** @type {{ state: unknown, address: string } | null} */
  let left = null
  let made = false
  // Where the person went Back to, until anything else is done. The page that was left may still be on its way, because
  // a part of it moves: its address is not taken over.
  /** @type {string | null} */
  let wentTo = null
  let acts = 0
  const act = () => {
    acts += 1
    fresh = followed = made = false
    wentTo = null
    left = { state: window.history.state, address: window.location.href }
  }
  for (const event of ["pointerdown", "keydown"]) window.addEventListener(event, act, true)
  window.addEventListener(
    "click",
    (click) => {
      act()
      const link = linkOf(click)
      followed = link?.pathname === window.location.pathname
      if (link === null) return
      if (!followed) {
        leave()
        return
      }
      window.dispatchEvent(new Event(FOLLOWED))
      if (click.isTrusted) insist(link)
    },
    true,
  )
  // Of two requests that wait the server takes the address of the later one: a part of the page that asks just after the
  // link takes it back.
  const insist = (/** @type {HTMLAnchorElement} */ link) => {
    const [since, before] = [acts, window.location.href]
    setTimeout(() => {
      if (acts === since && window.location.href === before && link.href !== before && link.isConnected) link.click()
    }, ANSWERED)
  }
  window.addEventListener("popstate", () => {
    leave()
    left = null
    made = false
    wentTo = window.location.pathname
    setTimeout(() => {
      wentTo = null
    }, ON_ITS_WAY)
  })
  window.history.pushState = (state, unused, address) => {
    const [here, there] = [placeOf(window.location.href), placeOf(address)]
    if (wentTo !== null && there.pathname !== wentTo) return
    if (here.pathname === there.pathname) {
      if (here.scene !== there.scene) scrollUp()
      if (!followed && (fresh || here.within === there.within)) {
        replace(state, unused, address)
        return
      }
      fresh = followed
      followed = false
      made = true
      push(state, unused, address)
      if (here.within !== there.within) scrollUp()
      return
    }
    fresh = true
    scrollUp()
    foldList()
    // What another page's address says may come before its path: then it has changed the entry of the page that is
    // left, or has made one that is neither page's.
    if (made) {
      made = false
      replace(state, unused, address)
      return
    }
    if (left && placeOf(left.address).pathname === here.pathname) replace(left.state, "", left.address)
    push(state, unused, address)
  }
}

/** @param {FrontendRendererArgs<{ heard: string }, {}>} component */
export default function ({ setStateValue }) {
  const say = () => setStateValue("heard", window.location.search)
  if (!(KEPT in window)) {
    Object.assign(window, { [KEPT]: true })
    keepHistory()
    letAsk()
  }
  window.addEventListener(FOLLOWED, say)
  return () => window.removeEventListener(FOLLOWED, say)
}
