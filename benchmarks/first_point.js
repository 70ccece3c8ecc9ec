// Evaluated in the page: presses Train, and gives the milliseconds until one more point is drawn.
;() =>
  new Promise((resolve) => {
    const points = () => document.querySelectorAll('[data-testid="stVegaLiteChart"] .mark-symbol path').length
    const train = [...document.querySelectorAll(".st-key-train button")].find((button) => button.offsetParent)
    const before = points(),
      pressed = performance.now()
    const look = () => (points() > before ? resolve(performance.now() - pressed) : requestAnimationFrame(look))
    train.click()
    look()
  })
