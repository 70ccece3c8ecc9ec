// What a component has in the browser and the address has too: where the race stands, where a slider was left.

/**
 * Tells the server what a person chose, and what comes back from it apart from what the address says anew.
 *
 * What the person said is on its way for a while, and what comes meanwhile was made before it was heard: passed over,
 * or it would take back what the person just did.
 *
 * @template Value
 */
export class Saying {
  #turn = 0
  #said
  #came

  /** @param {Value} known what is set at first */
  constructor(known) {
    this.#said = this.#came = JSON.stringify(known)
  }

  /**
   * Says it, unless it is known.
   *
   * @param {Value} value
   * @param {(said: { value: Value, turn: number }) => void} tell
   */
  say(value, tell) {
    const said = JSON.stringify(value)
    if (said === this.#said) return
    this.#said = said
    this.#turn += 1
    tell({ value, turn: this.#turn })
  }

  /**
   * Whether this is something new: not what was said here or came before, and not older than what was said.
   *
   * @param {Value} value
   * @param {number} heard the turn of what the server has heard last, 0 for nothing
   */
  isNews(value, heard) {
    if (heard < this.#turn) return false
    const before = [this.#said, this.#came]
    this.#came = JSON.stringify(value)
    if (before.includes(this.#came)) return false
    this.#said = this.#came
    return true
  }
}
