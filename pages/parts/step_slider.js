import { find, put } from "../browser/elements.js"
import { keeping } from "../browser/keeping.js"
import { whenAsked } from "../browser/playing.js"
import { Saying } from "../browser/saying.js"

/**
 * @import { FrontendRendererArgs } from "@streamlit/component-v2-lib"
 *
 * @typedef {object} Data
 * @property {number[]} steps updates done at each snapshot
 * @property {string[]} captions one for each snapshot
 * @property {number} start the snapshot to begin with
 * @property {number} heard the turn of what the server has heard last of where a person left the slider
 * @property {{ at: string, batch: string, play: string, pause: string }} words
 *
 * @typedef {{ value: number | undefined, turn: number }} Left the step at which a person left the slider
 */

const EACH = 700 // milliseconds that a snapshot is shown for

/** @param {HTMLElement} root */
function start(root) {
  const row = find(root, ".row")
  const play = find(root, ".play")
  const at = find(root, ".at", HTMLInputElement)
  const batch = find(root, ".batch")
  const caption = find(root, ".caption")
  /** @type {Data} */
  let data = { steps: [], captions: [], start: -1, heard: 0, words: { at: "", batch: "", play: "", pause: "" } }
  /** @type {number | null} */
  let timer = null
  /** @type {(left: Left) => void} */
  let rest = () => {}
  /** @type {Saying<number | undefined>} */
  const saying = new Saying(undefined)
  let playing = false
  let active = new AbortController()

  // A chart may come later than this component, or be drawn again: it is brought to the same snapshot then.
  const align = () => {
    for (const input of document.querySelectorAll('input[name="snapshot"]')) {
      if (!(input instanceof HTMLInputElement)) continue
      const bindings = input.closest(".vega-bindings") ?? input.parentElement
      if (bindings instanceof HTMLElement && bindings.style.display !== "none") bindings.style.display = "none"
      if (input.value !== at.value && Number(at.value) <= Number(input.max)) {
        input.value = at.value
        input.dispatchEvent(new Event("input", { bubbles: true }))
      }
    }
  }
  const observer = new MutationObserver(align)

  /** @param {number} index */
  const show = (index) => {
    at.value = String(index)
    at.style.setProperty("--done", `${(100 * index) / Math.max(1, Number(at.max))}%`)
    const step = data.steps[index]
    const words = step === undefined ? "" : data.words.batch.replace("{step}", step.toLocaleString("en"))
    put(batch, words)
    at.setAttribute("aria-valuetext", words)
    put(caption, data.captions[index] ?? "")
    align()
  }
  const stopClock = () => {
    if (timer !== null) clearInterval(timer)
    timer = null
  }
  const halt = () => {
    stopClock()
    playing = false
    put(play, data.words.play)
  }
  const leave = () => {
    halt()
    const step = data.steps[Number(at.value)]
    if (step === undefined) return
    saying.say(step, rest)
  }
  const advance = () => {
    const next = Number(at.value) + 1
    if (next >= data.steps.length) leave()
    else show(next)
  }
  const run = () => {
    put(play, data.words.pause)
    timer ??= window.setInterval(advance, EACH)
  }
  const playOrPause = () => {
    if (playing) {
      leave()
      return
    }
    if (Number(at.value) >= data.steps.length - 1) show(0)
    playing = true
    run()
  }
  play.onclick = playOrPause
  at.oninput = () => {
    halt()
    show(Number(at.value))
  }
  at.onchange = leave
  return {
    /**
     * @param {Data} now
     * @param {(left: Left) => void} left
     */
    take: (now, left) => {
      // The slider stands where a person left it, also where that comes back, or has been moved on.
      const news = saying.isNews(now.steps[now.start], now.heard)
      const same = !news && JSON.stringify(now.steps) === JSON.stringify(data.steps)
      data = now
      rest = left
      at.setAttribute("aria-label", data.words.at)
      row.classList.toggle("still", data.steps.length < 2)
      at.max = String(Math.max(0, data.steps.length - 1))
      if (!same) halt()
      else if (playing) run()
      show(same ? Number(at.value) : data.start)
      observer.observe(document.body, { subtree: true, childList: true })
      active.abort()
      active = new AbortController()
      if (data.steps.length > 1) whenAsked(playOrPause, active.signal)
    },
    end: () => {
      active.abort()
      stopClock()
      observer.disconnect()
    },
  }
}

const slider = keeping(start)

/** @param {FrontendRendererArgs<{ left: Left }, Data>} component */
export default function ({ data, parentElement, setStateValue }) {
  const { take, end } = slider(find(parentElement, ".step-slider"))
  take(data, (left) => setStateValue("left", left))
  return end
}
