// The player of a page, for whoever does not know it: a key may play and pause what the page has.

const PLAY = "batchNormLabPlay"

/**
 * Plays or pauses what the page has to play, and returns whether it has anything.
 *
 * @returns {boolean}
 */
export const playOrPause = () => !window.dispatchEvent(new Event(PLAY, { cancelable: true }))

/**
 * Calls a player when it is to play or pause, until the signal is given.
 *
 * @param {() => void} player
 * @param {AbortSignal} signal
 */
export function whenAsked(player, signal) {
  window.addEventListener(
    PLAY,
    (asked) => {
      asked.preventDefault()
      player()
    },
    { signal },
  )
}
