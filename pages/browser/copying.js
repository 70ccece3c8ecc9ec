// Copying a text for a person, and saying so.

const SAID_FOR = 2500 // milliseconds

/**
 * Copies a text. Without HTTPS (a workshop's own network) browsers offer no clipboard: the old command is tried then, on
 * a field that shows the text and that has the focus afterwards.
 *
 * @param {string} text
 * @param {HTMLInputElement | HTMLTextAreaElement} field
 * @returns {Promise<boolean>} whether it was copied
 */
export async function copy(text, field) {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    field.hidden = false
    field.value = text
    field.focus()
    field.select()
    try {
      return document.execCommand("copy")
    } catch {
      return false
    }
  }
}

/**
 * Makes what says something on a button, and to whoever does not see it, for a while.
 *
 * @param {HTMLElement} label
 * @param {HTMLElement} status
 */
export function announcer(label, status) {
  /** @type {number | null} */
  let timer = null
  let usual = ""
  const rest = () => {
    timer = null
    label.textContent = usual
    status.textContent = ""
  }
  return {
    /** @param {string} text what the button says otherwise */
    usually: (text) => {
      usual = text
      if (timer === null) rest()
    },
    /** @param {string} text */
    say: (text) => {
      label.textContent = text
      status.textContent = text
      if (timer !== null) clearTimeout(timer)
      timer = window.setTimeout(rest, SAID_FOR)
    },
  }
}
