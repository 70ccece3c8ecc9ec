// The race: six curves that run from batch 0 to the last in the browser alone. Every word and every number comes in
// `data`, made and tested in Python; what happens here is drawing, moving and choosing.

import { element, find, put } from "../browser/elements.js"
import { whenAsked } from "../browser/playing.js"
import { Saying } from "../browser/saying.js"
import { tellRaceOver } from "./race_over.js"
import { drawPicture, drawSample } from "./track_drawing.js"
import { before, grouped, measured, percent, sizeOf } from "./track_layout.js"
import { Player } from "./track_player.js"
import { tabulate } from "./track_table.js"

/**
 * @import { FrontendRendererArgs } from "@streamlit/component-v2-lib"
 * @import { Lane, Mode, Scene } from "./track_drawing.js"
 *
 * @typedef {object} Asked of a lane
 * @property {string} spoken its name in full
 * @property {number} asked the accuracy that the question is about
 * @property {boolean} above whether that is above the bar
 *
 * @typedef {"question" | "race" | "skip" | "play" | "pause" | "again" | "score" | "batch" | "moving" | "figures" | "at"
 *   | "back" | "forth" | "speed" | "position"} Word
 *
 * @typedef {object} Data
 * @property {(Lane & Asked)[]} lanes
 * @property {number} batches
 * @property {number} chance
 * @property {{ step: number, bar: number }} question
 * @property {number} wait milliseconds after which it starts by itself where it is seen
 * @property {boolean} stands whether it does not, before a room and in a talk
 * @property {boolean} presented whether it stands before a room, and is laid out for larger type
 * @property {Scene["words"] & Record<Word, string> & { notes: Record<string, string>, hints: Record<Mode, string> }} words
 * @property {Record<Mode, [number, string][]>} captions each with the step from which it is true
 * @property {string[]} verdicts by the guess: the sum of 2 ** lane over the lanes that were picked
 * @property {string[]} outcomes by the guess
 * @property {string} source
 * @property {number[]} figures the table's steps
 * @property {Left} left where the person left it, as far as the server knows
 * @property {number} heard the turn of what the server has heard of that last
 * @property {number} below pixels of the first screen to leave below the controls
 *
 * @typedef {{ at: number | null, score: Mode }} Left
 *
 * @typedef {(left: { value: Left, turn: number }) => void} Tell tells the server where it was left
 */

const GLIDE = 0.28 // of its way a label goes this part in a frame

/** @typedef {ReturnType<typeof partsOf>} Parts */

/** @param {HTMLElement} root */
function partsOf(root) {
  return {
    question: find(root, ".question"),
    note: find(root, ".note"),
    pills: find(root, ".pills"),
    begin: find(root, ".start", HTMLButtonElement),
    skip: find(root, ".skip"),
    outcome: find(root, ".outcome"),
    verdict: find(root, ".verdict"),
    lanes: find(root, ".lanes"),
    svg: find(root, ".track", SVGSVGElement),
    at: find(root, ".at", HTMLInputElement),
    batch: find(root, ".batch"),
    controls: find(root, ".controls"),
    play: find(root, ".play"),
    back: find(root, ".back", HTMLButtonElement),
    forth: find(root, ".forth", HTMLButtonElement),
    speed: find(root, ".speed", HTMLSelectElement),
    caption: find(root, ".caption span"),
    legend: find(root, ".score legend"),
    modes: [...root.querySelectorAll("input")].filter(({ name }) => name === "score"),
    hint: find(root, ".hint"),
    source: find(root, ".source"),
    summary: find(root, ".figures summary"),
    scroll: find(root, ".scroll"),
    table: find(root, "table", HTMLTableElement),
  }
}

/** @param {Element} element within a shadow root */
function hostOf(element) {
  const root = element.getRootNode()
  return root instanceof ShadowRoot ? root.host : null
}

/**
 * How many pixels high the picture can be while its controls, and so many pixels below them, are on the first screen,
 * wherever the page is scrolled to.
 *
 * @param {Parts} parts
 * @param {number} below
 */
function roomFor({ lanes, controls }, below) {
  let scrolled = 0
  for (let above = hostOf(lanes); above; above = above.parentElement) scrolled += above.scrollTop
  const { top, bottom } = lanes.getBoundingClientRect()
  return window.innerHeight - scrolled - top - (controls.getBoundingClientRect().bottom - bottom) - below
}

class Race {
  #root
  #data
  #parts
  #player
  /** @type {Mode} */
  #mode = "batch"
  /** @type {Set<number>} the lanes that were picked */
  #picked = new Set()
  /** @type {Tell | null} null before it is on the page */
  #tell = null
  /** @type {Left} */
  #left
  #saying
  /** Whether the question is answered. */
  #settled = false
  /** @type {ReturnType<typeof drawPicture> | null} */
  #picture = null
  #watcher = new ResizeObserver(() => this.#fit())
  /** It starts by itself only where it is seen. */
  #sight = new IntersectionObserver(
    ([lanes]) => {
      if (lanes?.isIntersecting) this.#runSoon()
      else this.#player.stay()
      this.#write()
    },
    { threshold: 0.6 },
  )
  #still = window.matchMedia("(prefers-reduced-motion: reduce)")
  #active = new AbortController()

  /**
   * @param {HTMLElement} root
   * @param {Data} data
   */
  constructor(root, data) {
    this.#root = root
    this.#data = data
    this.#left = data.left
    this.#saying = new Saying(data.left)
    this.#parts = partsOf(root)
    this.#player = new Player(
      {
        batches: () => this.#data.batches,
        steps: () => measured(this.#data.lanes.map((lane) => lane[this.#mode])),
        speed: () => Number(this.#parts.speed.value),
        reduced: () => this.#still.matches,
      },
      { show: () => this.#show(), follow: () => this.#follow(), changed: () => this.#changed() },
    )
    this.#listen()
    this.#furnish()
    this.#goWhereLeft(data.left)
  }

  /**
   * @param {Data} data
   * @param {Tell} tell
   */
  take(data, tell) {
    const before = this.#data
    this.#tell = tell
    this.#data = data
    const alike = { left: 0, heard: 0 }
    if (JSON.stringify({ ...data, ...alike }) !== JSON.stringify({ ...before, ...alike })) this.#furnish()
    if (this.#saying.isNews(data.left, data.heard)) this.#goWhereLeft(data.left)
    // What stands above the picture may still grow, and so push it down: then the whole page grows.
    const page = hostOf(this.#root)?.closest('[data-testid="stMainBlockContainer"]')
    for (const watched of [this.#parts.lanes, document.documentElement, page])
      if (watched) this.#watcher.observe(watched)
    // Who wants no motion presses Play, or goes from batch to batch.
    if (!this.#still.matches) this.#sight.observe(this.#parts.lanes)
    this.#root.style.setProperty("--wait", `${data.wait}ms`)
    this.#root.classList.toggle("presented", data.presented)
    if (data.stands) this.#player.stay()
    this.#active.abort()
    this.#active = new AbortController()
    const { signal } = this.#active
    for (const deed of ["pointermove", "pointerdown", "wheel", "touchmove", "keydown"])
      document.addEventListener(deed, () => this.#waitAnew(), { passive: true, signal })
    whenAsked(() => this.#playOrPause(), signal)
    this.#write()
    this.#draw()
    this.#player.resume()
    this.#root.classList.add("ready")
  }

  end() {
    this.#player.end()
    this.#watcher.disconnect()
    this.#sight.disconnect()
    this.#active.abort()
    this.#write()
  }

  // --- the controls

  #runSoon() {
    if (!this.#data.stands) this.#player.runAfter(this.#data.wait)
  }

  /** Somebody is still reading, or about to pick. */
  #waitAnew() {
    if (!this.#player.waiting) return
    this.#player.stay()
    this.#runSoon()
    for (const animation of this.#parts.begin.getAnimations({ subtree: true })) animation.currentTime = 0
  }

  /**
   * Goes where the address says.
   *
   * @param {Left} left
   */
  #goWhereLeft(left) {
    this.#left = left
    if (left.at !== null) this.#player.go(left.at)
    this.#mode = left.score
    for (const radio of this.#parts.modes) radio.checked = radio.value === left.score
  }

  /** Says where it rests, for the address; while it runs it rests nowhere. */
  #changed() {
    this.#write()
    if (!this.#player.playing) this.#say({ at: Math.round(this.#player.at) })
  }

  /** @param {Partial<Left>} changed */
  #say(changed) {
    this.#left = { ...this.#left, ...changed }
    if (this.#tell) this.#saying.say(this.#left, this.#tell)
  }

  #listen() {
    const { play, begin, skip, back, forth, at, modes } = this.#parts
    const player = this.#player
    play.onclick = () => this.#playOrPause()
    begin.onclick = () => player.run()
    skip.onclick = () => player.go(this.#data.batches)
    back.onclick = () => player.previous()
    forth.onclick = () => player.next()
    at.oninput = () => player.go(Number(at.value))
    at.onkeydown = (event) => {
      if (event.key === "ArrowRight" || event.key === "ArrowUp") player.next()
      else if (event.key === "ArrowLeft" || event.key === "ArrowDown") player.previous()
      else return
      event.preventDefault()
    }
    for (const radio of modes)
      radio.onchange = () => {
        this.#mode = radio.value === "moving" ? "moving" : "batch"
        this.#write()
        this.#draw()
        this.#say({ score: this.#mode })
      }
  }

  #playOrPause() {
    if (this.#player.playing) this.#player.halt()
    else this.#player.run()
  }

  /** @param {number} lane */
  #pick(lane) {
    if (this.#settled) return
    this.#player.touch()
    if (!this.#picked.delete(lane)) this.#picked.add(lane)
    this.#player.halt()
    this.#show()
  }

  // --- the picture

  #size() {
    const unit = Number.parseFloat(getComputedStyle(document.documentElement).fontSize) / 16
    return sizeOf(this.#parts.lanes.clientWidth, roomFor(this.#parts, this.#data.below), unit)
  }

  #fit() {
    if (JSON.stringify(this.#size()) !== JSON.stringify(this.#picture?.size)) this.#draw()
  }

  #draw() {
    const size = this.#size()
    if (!size.width) return
    this.#picture = drawPicture(this.#parts.svg, this.#data, this.#mode, size)
    const { left, right } = this.#picture.box
    this.#root.style.setProperty("--plot-left", `${left}px`)
    this.#root.style.setProperty("--plot-width", `${right - left}px`)
    this.#show()
  }

  #show() {
    this.#picture?.show(this.#player.at, this.#picked)
    this.#reach()
  }

  #follow() {
    const moving = this.#picture?.follow(this.#player.at, this.#picked, this.#still.matches ? 1 : GLIDE) ?? false
    this.#reach()
    return moving
  }

  /** Says which batch the race has reached. */
  #reach() {
    const { words, batches, captions, question } = this.#data
    const { at, batch, back, forth, caption, svg } = this.#parts
    const player = this.#player
    const shown = Math.round(player.at) // every word here is about the batch that is shown
    at.value = String(shown)
    at.style.setProperty("--done", `${(100 * player.at) / batches}%`)
    const said = words.position.replace("{step}", grouped(shown)).replace("{of}", grouped(batches))
    put(batch, said)
    at.setAttribute("aria-valuetext", said)
    back.disabled = player.at <= 0
    forth.disabled = player.over
    const sentences = captions[this.#mode]
    const steps = sentences.map(([step]) => step)
    const sentence = sentences[before(steps, shown)]?.[1] ?? ""
    put(caption, sentence)
    if (!player.playing) svg.setAttribute("aria-label", sentence)
    // Who picked nothing can still pick when the race begins anew.
    const settled = shown >= question.step || (this.#settled && this.#picked.size > 0)
    if (settled !== this.#settled) {
      this.#settled = settled
      this.#write()
    }
  }

  // --- the words

  /** Writes what depends on how far things are. */
  #write() {
    const { lanes, words, verdicts, outcomes } = this.#data
    const { play, begin, skip, note, hint, verdict, outcome, pills } = this.#parts
    const { playing, over, waiting } = this.#player
    const settled = this.#settled
    put(play, playing ? `❚❚ ${words.pause}` : `▶ ${over ? words.again : words.play}`)
    begin.hidden = skip.hidden = settled
    begin.disabled = playing
    begin.classList.toggle("soon", waiting)
    const answered = over && this.#picked.size === 0 ? "missed" : "answered"
    put(note, words.notes[settled ? answered : playing ? "running" : waiting ? "waiting" : "choosing"] ?? "")
    put(hint, words.hints[this.#mode])
    hint.classList.toggle("now", over && this.#mode === "batch")
    if (over) tellRaceOver()
    const guess = [...this.#picked].reduce((sum, lane) => sum + 2 ** lane, 0)
    put(verdict, settled ? (verdicts[guess] ?? "") : "")
    put(outcome, settled && guess ? (outcomes[guess] ?? "") : "")
    for (const [index, { asked, above }] of lanes.entries()) {
      const pill = pills.children[index]
      if (!(pill instanceof HTMLButtonElement)) continue
      pill.setAttribute("aria-pressed", String(this.#picked.has(index)))
      pill.disabled = settled
      pill.classList.toggle("below", settled && !above)
      put(find(pill, ".share"), settled ? (above ? "✓ " : "") + percent(asked) : "")
    }
  }

  /** Writes what depends on the data alone. */
  #furnish() {
    const { lanes, batches, words, source, figures } = this.#data
    const parts = this.#parts
    put(parts.question, words.question)
    put(parts.begin, words.race)
    put(parts.skip, words.skip)
    put(parts.legend, words.score)
    for (const radio of parts.modes)
      if (radio.nextElementSibling) put(radio.nextElementSibling, radio.value === "moving" ? words.moving : words.batch)
    put(parts.source, source)
    put(parts.summary, words.figures)
    parts.scroll.setAttribute("aria-label", words.figures)
    parts.at.max = String(batches)
    parts.at.setAttribute("aria-label", words.at)
    for (const name of /** @type {const} */ (["back", "forth", "speed"])) {
      parts[name].setAttribute("aria-label", words[name])
      parts[name].title = words[name]
    }
    const pills = lanes.map((lane, index) => {
      const pill = element("button", `pill ${lane.hue}`)
      pill.type = "button"
      pill.title = lane.spoken
      pill.onclick = () => this.#pick(index)
      drawSample(pill, lane)
      pill.append(element("span", "", lane.name), element("span", "share"))
      return pill
    })
    parts.pills.replaceChildren(...pills)
    tabulate(parts.table, lanes, figures, words)
  }
}

/** @type {WeakMap<HTMLElement, Race>} */
const races = new WeakMap()

/** @param {FrontendRendererArgs<{ left: { value: Left, turn: number } }, Data>} component */
export default function ({ data, parentElement, setStateValue }) {
  const root = find(parentElement, ".race")
  const race = races.get(root) ?? new Race(root, data)
  races.set(root, race)
  race.take(data, (left) => setStateValue("left", left))
  return () => race.end()
}
