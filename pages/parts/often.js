// Asks for the part of the page that it is in, again and again: see ../browser/asking.js. This travels with each drawing.

/** @import { FrontendRendererArgs } from "@streamlit/component-v2-lib" */

/** @param {FrontendRendererArgs<{ asked: number }, { seconds: number }>} component */
export default function (component) {
  const ask = Reflect.get(window, "batchNormLabAsks")
  if (ask) ask(component)
  // What says how has not come yet: it stands at the end of the page.
  else setTimeout(() => component.setStateValue("asked", Date.now()), 1000 * component.data.seconds)
}
