// The keys of presenter mode, which the remotes of presenters send, too. What turns the page goes to the server; what
// plays, blanks the screen or shows the keys is done here at once.

import { element, find, put } from "../browser/elements.js"
import { keeping } from "../browser/keeping.js"
import { playOrPause } from "../browser/playing.js"
import { turned } from "../browser/turned.js"

/**
 * @import { FrontendRendererArgs } from "@streamlit/component-v2-lib"
 *
 * @typedef {"next" | "previous" | "play" | "blank" | "reveal" | "keys"} Deed
 *
 * @typedef {object} Data
 * @property {string} of whose turns are counted: another text begins anew
 * @property {number} heard how many of them the server has heard, forward ones less those back
 * @property {boolean} letters whether single characters are keys
 * @property {number} size of everything, in percent
 * @property {number[]} sizes those that can be chosen
 * @property {Partial<Record<Deed, string>>} deeds what each key is said to do; one that is not named does nothing
 * @property {Record<string, string>} own what the single characters of the page's own buttons do
 * @property {string} join where who comes late joins the talk; empty where none is presented
 * @property {string} presses the button that Space presses where it plays nothing; empty for none
 * @property {Record<"open" | "title" | "letters" | "size" | "percent" | "close" | "blank" | "join", string>} words
 *
 * @typedef {object} Told
 * @property {{ of: string, count: number, at: number }} turned how many pages forward, back ones counted as minus, and
 *   when that was said
 * @property {number} size
 * @property {boolean} letters
 */

/** @type {{ deed: Deed, keys: Record<string, string> }[]} what is pressed, as events and as people call it */
const KEYS = [
  { deed: "next", keys: { ArrowRight: "→", PageDown: "Page Down" } },
  { deed: "previous", keys: { ArrowLeft: "←", PageUp: "Page Up" } },
  { deed: "play", keys: { " ": "Space" } },
  { deed: "blank", keys: { b: "B" } },
  { deed: "reveal", keys: { g: "G" } },
  { deed: "keys", keys: { "?": "?" } },
]

/** @type {Deed[]} what a single character does, which can be switched off */
const BY_CHARACTER = ["blank", "reveal", "keys"]

/** Where the next press of that key leads: one of these stands in the talk's bar. */
const REVEALS = ["talk-guesses", "talk-answer"]

const CONTROLS =
  "input, select, textarea, button, a[href], summary, iframe, audio, video, [contenteditable], [tabindex='0']," +
  " [role=slider], [role=radio], [role=option], [role=tab], [role=menuitem]"

// What keeps its focus also after a press by a pointer: it goes on by keys, or closes without the focus.
const KEEPS = "input, select, textarea, [contenteditable], [aria-haspopup], [role=dialog] *, [data-baseweb=popover] *"

const ANSWERED = 1000 // milliseconds after which a press that the server has not heard is told again

const BETWEEN = 3000 // milliseconds from one page to the next in which a press still counts, with no keys on the page

const FORGOTTEN = 10000 // milliseconds after which a press that nobody could tell does not count any more

const OWNER = "batchNormLabKeys"

/** What has the focus, also within components. */
function focused() {
  let at = document.activeElement
  while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement
  return at
}

/** Whether a control has the focus, or a window lies over the page. */
function isTaken() {
  const at = focused()
  if (at instanceof HTMLElement && (at.isContentEditable || at.closest(CONTROLS))) return true
  return document.querySelector('[role="dialog"], [role="menu"], [role="listbox"]') !== null
}

/**
 * What a key does; null for nothing.
 *
 * @param {KeyboardEvent} event
 */
function deedOf({ key, ctrlKey, altKey, metaKey }) {
  if (ctrlKey || altKey || metaKey) return null
  const pressed = key.length === 1 ? key.toLowerCase() : key
  return KEYS.find(({ keys }) => pressed in keys)?.deed ?? null
}

/**
 * Presses a button of the page, and returns whether it can be pressed.
 *
 * @param {string} key
 */
function press(key) {
  const button = key && document.querySelector(`.st-key-${key} button`)
  if (!(button instanceof HTMLButtonElement) || button.disabled) return false
  button.click()
  return true
}

/** @param {HTMLElement} root */
function start(root) {
  const open = find(root, ".open", HTMLButtonElement)
  const list = find(root, ".list", HTMLDialogElement)
  const blank = find(root, ".blank", HTMLDialogElement)
  const letters = find(root, ".letters input", HTMLInputElement)
  const size = find(root, ".size")
  let active = new AbortController()
  let [left, again] = [0, 0]

  // Between two pages there are no keys on the page: those of the page before count its presses, until others come.
  const counts = () => {
    if (Reflect.get(window, OWNER) !== root) return false
    return (
      root.isConnected || (Date.now() - left < BETWEEN && new URLSearchParams(window.location.search).has("present"))
    )
  }

  /**
   * @param {Data} data
   * @param {(told: Partial<Told>) => void} tell
   */
  const write = ({ letters: on, size: now, sizes, deeds, own, join, words }, tell) => {
    put(open, words.open)
    put(find(root, "h2"), words.title)
    put(find(root, ".letters span"), words.letters)
    put(find(size, "legend"), words.size)
    put(find(root, ".close"), words.close)
    blank.setAttribute("aria-label", words.blank)
    letters.checked = on
    const joining = find(root, ".join")
    joining.hidden = join === ""
    put(find(joining, "span"), words.join)
    put(find(joining, "strong"), join)
    /** @type {{ names: string[], does: string, character: boolean }[]} */
    const listed = [
      ...KEYS.map(({ deed, keys }) => {
        return { names: Object.values(keys), does: deeds[deed] ?? "", character: BY_CHARACTER.includes(deed) }
      }),
      ...Object.entries(own).map(([key, does]) => ({ names: [key], does, character: true })),
    ]
    const named = listed.filter(({ does }) => does !== "")
    const rows = named.flatMap(({ names, does, character }) => {
      const name = element("dt", character && !on ? "off" : "")
      name.append(...names.map((key) => element("kbd", "", key)))
      return [name, element("dd", "", does)]
    })
    find(root, "dl").replaceChildren(...rows)
    if (size.dataset.shown === String(now)) return
    size.dataset.shown = String(now)
    const choices = sizes.map((percent) => {
      const [choice, radio] = [element("label"), element("input")]
      radio.type = "radio"
      radio.name = "size"
      radio.checked = percent === now
      radio.onchange = () => tell({ size: percent })
      choice.append(radio, element("span", "", words.percent.replace("{size}", String(percent))))
      return choice
    })
    size.replaceChildren(find(size, "legend"), ...choices)
  }

  return {
    leave: () => {
      left = Date.now()
    },
    /**
     * @param {Data} data
     * @param {(told: Partial<Told>) => void} tell
     */
    take: (data, tell) => {
      Reflect.set(window, OWNER, root)
      active.abort()
      active = new AbortController()
      const { signal } = active
      write(data, tell)
      const now = turned(data.of)
      if (Date.now() - now.at > FORGOTTEN) now.count = data.heard
      now.heard = data.heard
      letters.onchange = () => tell({ letters: letters.checked })
      open.onclick = () => list.showModal()
      find(root, ".close").onclick = () => list.close()
      blank.onclick = () => blank.close()
      /** @param {number} by */
      const turn = (by) => {
        now.count += by
        now.at = Date.now()
        tellTurned()
      }
      // What is said while the page is drawn anew may be lost: it is said until a drawing shows that it was heard.
      const tellTurned = () => {
        if (signal.aborted || !root.isConnected || now.count === data.heard) return
        now.at = Date.now()
        tell({ turned: { of: now.of, count: now.count, at: now.at } })
        clearTimeout(again)
        again = setTimeout(tellTurned, ANSWERED)
      }
      /** @type {Record<Deed, () => unknown>} each returns false where there was nothing to do */
      const deeds = {
        next: () => turn(1),
        previous: () => turn(-1),
        play: () => playOrPause() || press(data.presses),
        blank: () => blank.showModal(),
        reveal: () => REVEALS.some(press),
        keys: () => list.showModal(),
      }
      /**
       * @param {Deed | null} deed
       * @param {KeyboardEvent} event
       */
      const perform = (deed, event) => {
        if (!root.isConnected && deed !== "next" && deed !== "previous") return
        if (deed === null || (BY_CHARACTER.includes(deed) && !data.letters)) return
        if (event.repeat || deeds[deed]() !== false) event.preventDefault()
      }
      window.addEventListener(
        "keydown",
        (event) => {
          if (!counts()) active.abort()
          if (!root.isConnected || !blank.open) return
          event.preventDefault()
          event.stopImmediatePropagation()
          blank.close()
        },
        { capture: true, signal },
      )
      window.addEventListener(
        "keydown",
        (event) => {
          if (!counts() || event.defaultPrevented) return
          const deed = deedOf(event)
          if (list.open && deed === "keys" && data.letters) list.close()
          else if (!list.open && !isTaken()) perform(deed, event)
        },
        { signal },
      )
      tellTurned()
      // What was pressed by a pointer gives the focus back, so that the next key is the page's again. Some of Streamlit's
      // controls let nobody behind them hear of the press.
      const giveBack = () => {
        const at = focused()
        if (root.isConnected && at instanceof HTMLElement && !at.matches(KEEPS)) at.blur()
      }
      window.addEventListener("click", ({ detail }) => detail > 0 && setTimeout(giveBack), { capture: true, signal })
    },
  }
}

const presenting = keeping(start)

/** @param {FrontendRendererArgs<Told, Data>} component */
export default function ({ data, parentElement, setStateValue }) {
  // What is listened to is left to the next call: a key that is pressed between two drawings is a key, too.
  const keys = presenting(find(parentElement, ".presenting"))
  keys.take(data, (told) => {
    if (told.turned) setStateValue("turned", told.turned)
    if (told.size !== undefined) setStateValue("size", told.size)
    if (told.letters !== undefined) setStateValue("letters", told.letters)
  })
  return keys.leave
}
