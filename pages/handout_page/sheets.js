import { showMarkup } from "../browser/markup.js"

/** @import { FrontendRendererArgs } from "@streamlit/component-v2-lib" */

/** @param {FrontendRendererArgs<{}, { markup: string }>} component */
export default function ({ data, parentElement }) {
  showMarkup(parentElement, ".handout", data.markup)
}
