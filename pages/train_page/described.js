import { find } from "../browser/elements.js"
import { keeping } from "../browser/keeping.js"

/**
 * @import { FrontendRendererArgs } from "@streamlit/component-v2-lib"
 *
 * @typedef {object} Data
 * @property {string} charts key of the container with the charts
 * @property {string} sentence key of the container with what there is to see in them
 */

/** Points every chart in the container at the sentence, and those that come later. */
const describing = keeping((/** @type {HTMLElement} */ root) => {
  /** @type {Data | null} */
  let last = null
  const point = () => {
    if (last === null) return
    const sentence = document.querySelector(`.st-key-${last.sentence}`)
    if (sentence === null) return
    sentence.id = `described-by-${last.sentence}`
    for (const chart of document.querySelectorAll(`.st-key-${last.charts} svg.marks`)) {
      if (chart.getAttribute("aria-describedby") !== sentence.id) chart.setAttribute("aria-describedby", sentence.id)
    }
  }
  const observer = new MutationObserver(() => {
    if (root.isConnected) point()
    else observer.disconnect()
  })
  observer.observe(document.body, { subtree: true, childList: true })
  return {
    /** @param {Data} data */
    show(data) {
      last = data
      point()
    },
  }
})

/** @param {FrontendRendererArgs<{}, Data>} component */
export default function ({ data, parentElement }) {
  describing(find(parentElement, ".described")).show(data)
}
