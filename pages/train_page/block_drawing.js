import { showMarkup } from "../browser/markup.js"

/** @import { FrontendRendererArgs } from "@streamlit/component-v2-lib" */

/** @param {FrontendRendererArgs<{}, { svg: string }>} component */
export default function ({ data, parentElement }) {
  showMarkup(parentElement, ".drawing", data.svg)
}
