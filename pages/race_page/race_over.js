// What the race says to the rest of the page when it is over.

const NAME = "batch-norm-lab-race-over"
const MARK = "raceOver"

/** Says so, also to whoever listens later. */
export function tellRaceOver() {
  document.documentElement.dataset[MARK] = "yes"
  document.dispatchEvent(new Event(NAME))
}

/**
 * Calls this when the race is over, at once where it is; returns what ends it.
 *
 * @param {() => void} act
 */
export function whenRaceOver(act) {
  if (document.documentElement.dataset[MARK]) act()
  document.addEventListener(NAME, act)
  return () => document.removeEventListener(NAME, act)
}
