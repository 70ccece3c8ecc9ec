// The race's clock: at which batch it is, whether it runs, and when it starts by itself.

import { clamp } from "./track_layout.js"

const PER_SECOND = 62 // batches, at speed 1
const EACH = 650 // milliseconds that each measured step is shown for where motion is reduced, at speed 1
const LONGEST = 100 // milliseconds of the time between two frames that count: a hidden tab has no frames

/**
 * @typedef {object} Course
 * @property {() => number} batches how many there are
 * @property {() => number[]} steps at which was measured, ascending
 * @property {() => number} speed
 * @property {() => boolean} reduced whether the person wants no motion
 *
 * @typedef {object} Screen
 * @property {() => void} show shows the batch that the race is at, everything at its place
 * @property {() => boolean} follow shows it while the race runs, and returns whether anything is still to move
 * @property {() => void} changed called when the race was started or stopped
 */

export class Player {
  at = 0
  playing = false
  /** Whether it was started or moved, or anything was picked: it does not start by itself any more then. */
  touched = false
  #course
  #screen
  /** @type {number | null} */
  #frame = null
  /** @type {number | null} */
  #clock = null
  /** @type {number | null} */
  #wait = null

  /**
   * @param {Course} course
   * @param {Screen} screen
   */
  constructor(course, screen) {
    this.#course = course
    this.#screen = screen
  }

  /** Whether it is about to start by itself. */
  get waiting() {
    return this.#wait !== null
  }

  get over() {
    return this.at >= this.#course.batches()
  }

  run() {
    this.touch()
    if (this.over) this.at = 0
    this.playing = true
    this.#clock = null
    this.#screen.changed()
    this.#wake()
  }

  /**
   * Starts by itself after so long, unless it was touched or is no longer seen by then.
   *
   * @param {number} milliseconds
   */
  runAfter(milliseconds) {
    if (!this.touched && !this.waiting) this.#wait = window.setTimeout(() => this.run(), milliseconds)
  }

  /** Waits no longer for a race that nobody sees. */
  stay() {
    if (this.#wait !== null) clearTimeout(this.#wait)
    this.#wait = null
  }

  halt() {
    this.playing = false
    this.#clock = null
    this.#screen.changed()
  }

  /** @param {number} step */
  go(step) {
    this.touch()
    this.at = clamp(step, 0, this.#course.batches())
    this.halt()
    this.#screen.show()
  }

  next() {
    this.go(this.#following())
  }

  previous() {
    this.go(this.#course.steps().findLast((step) => step < this.at) ?? 0)
  }

  /** Goes on where it was left, on a page that has been drawn again. */
  resume() {
    if (this.playing) this.#wake()
  }

  touch() {
    this.touched = true
    this.stay()
  }

  /** Stops every clock. It can be resumed. */
  end() {
    this.stay()
    if (this.#frame !== null) cancelAnimationFrame(this.#frame)
    this.#frame = null
    this.#clock = null
  }

  #following() {
    return this.#course.steps().find((step) => step > this.at) ?? this.#course.batches()
  }

  #wake() {
    this.#frame ??= requestAnimationFrame((now) => this.#tick(now))
  }

  /** @param {number} now milliseconds */
  #tick(now) {
    this.#frame = null
    if (this.playing) this.#advance(now)
    const moving = this.#screen.follow()
    if (this.playing || moving) this.#wake()
  }

  /** @param {number} now milliseconds */
  #advance(now) {
    const since = this.#clock ?? now
    const speed = this.#course.speed()
    if (!this.#course.reduced()) {
      this.at += (Math.min(now - since, LONGEST) / 1000) * PER_SECOND * speed
      this.#clock = now
    } else if (this.#clock === null) {
      this.#clock = now
    } else if (now - since >= EACH / speed) {
      this.at = this.#following()
      this.#clock = now
    }
    if (this.over) {
      this.at = this.#course.batches()
      this.halt()
    }
  }
}
