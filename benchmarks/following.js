/**
 * Returns when a scene is drawn, in milliseconds since 1970; false before.
 *
 * @param {string} scene
 */
;(scene) =>
  new URLSearchParams(location.search).get("scene") === scene &&
  document.querySelector("h1") !== null &&
  document.querySelector('[data-testid="stSkeleton"], [data-stale="true"]') === null &&
  document.querySelector('[data-testid="stApp"]')?.getAttribute("data-test-script-state") === "notRunning" &&
  Date.now()
