import { showInk } from "../browser/ink.js"
import { showMarkup } from "../browser/markup.js"

/** @import { FrontendRendererArgs } from "@streamlit/component-v2-lib" */

/** @param {FrontendRendererArgs<{}, { drawing: string, maps: string[] }>} component */
export default function ({ data, parentElement }) {
  const root = showMarkup(parentElement, ".sharing", data.drawing)
  for (const [index, picture] of root.querySelectorAll("i").entries()) showInk(picture, data.maps[index] ?? "")
}
