// The race: six curves that run from batch 0 to the last in the browser alone. Every word and every number comes in
// `data`, made and tested in Python; what happens here is drawing, moving and choosing.

const PER_SECOND = 62 // batches, at speed 1
const JUMP = 650 // milliseconds that each measured moment is shown for where motion is reduced
const [LOWEST, HIGHEST] = [250, 356] // of the picture, in pixels at the usual size of type
const MARGIN = 12 // pixels between the controls and the end of the screen
const SVG = "http://www.w3.org/2000/svg"

const put = (element, text) => { if (element.textContent !== text) element.textContent = text }

function make(parent, kind, attributes = {}, text) {
  const element = document.createElementNS(SVG, kind)
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value)
  if (text !== undefined) element.textContent = text
  parent.appendChild(element)
  return element
}

// Where labels of one height go so that none overlaps another and all of them together move least from where they
// would like to be (pool adjacent violators). Wishes come in ascending order; so do the places.
function apart(wishes, gap, top, bottom) {
  const pools = []
  for (const [index, wish] of wishes.entries()) {
    pools.push({ sum: wish - index * gap, count: 1 })
    for (let last = pools.length - 1; last > 0; last -= 1) {
      const [a, b] = [pools[last - 1], pools[last]]
      if (a.sum / a.count <= b.sum / b.count) break
      pools.splice(last - 1, 2, { sum: a.sum + b.sum, count: a.count + b.count })
    }
  }
  const highest = bottom - (wishes.length - 1) * gap
  const starts = pools.flatMap(({ sum, count }) => Array(count).fill(sum / count))
  return starts.map((start, index) => Math.max(top, Math.min(highest, start)) + index * gap)
}

// The lanes from the highest tip down. Two that were in another order keep it until they are clearly apart, so that
// their labels do not flicker.
function ranked(tips, known) {
  if (known === null) return tips.map((_, i) => i).sort((a, b) => tips[a] - tips[b] || b - a)
  const order = [...known]
  for (let last = order.length - 1; last > 0; last -= 1)
    for (let i = 0; i < last; i += 1)
      if (tips[order[i]] - tips[order[i + 1]] > 4) [order[i], order[i + 1]] = [order[i + 1], order[i]]
  return order
}

function before(steps, batch) {
  let index = 0
  while (index + 1 < steps.length && steps[index + 1] <= batch) index += 1
  return index
}

// On the line between two measured points.
function along({ steps, values }, batch) {
  const at = before(steps, batch)
  if (at + 1 >= steps.length) return values[at]
  const share = Math.max(0, (batch - steps[at]) / (steps[at + 1] - steps[at]))
  return values[at] + share * (values[at + 1] - values[at])
}

function start(root) {
  const $ = (selector) => root.querySelector(selector)
  const still = window.matchMedia("(prefers-reduced-motion: reduce)")
  const state = {
    data: null, text: "", mode: "batch", at: 0, playing: false, settled: false, touched: false,
    guess: new Set(), order: null, frame: null, clock: null, wait: null, watcher: null, parts: null, measures: null,
  }
  const [play, back, forth, at, batch, speed] = [".play", ".back", ".forth", ".at", ".batch", ".speed"].map($)
  const begin = $(".start")
  const percent = (share) => Math.round(100 * share) + "\u00a0%"
  const curve = (lane) => lane[state.mode]
  const moments = () => [...new Set(state.data.lanes.flatMap((lane) => curve(lane).steps))].sort((a, b) => a - b)

  // --- drawing what does not move

  const measure = (text, size, weight = 400) => {
    const pen = document.createElement("canvas").getContext("2d")
    pen.font = `${weight} ${size}px ${getComputedStyle(root).fontFamily}`
    return pen.measureText(text).width
  }

  // How high the picture can be while its controls are still on the first screen, wherever the page is scrolled to.
  const room = () => {
    let scrolled = 0
    for (let element = root.getRootNode().host; element; element = element.parentElement) scrolled += element.scrollTop
    const controls = $(".controls").getBoundingClientRect().bottom - $(".lanes").getBoundingClientRect().bottom
    return window.innerHeight - scrolled - $(".lanes").getBoundingClientRect().top - controls - MARGIN
  }

  // The picture's width, its height, and how large its type is.
  const measures = () => {
    const width = $(".lanes").clientWidth
    const unit = parseFloat(getComputedStyle(document.documentElement).fontSize) / 16
    const height = (width < 560 * unit ? 330 : Math.max(LOWEST, Math.min(HIGHEST, room() / unit))) * unit
    return [width, Math.round(height), unit]
  }

  const fit = () => { if (measures().join() !== state.measures?.join()) draw() }

  const draw = () => {
    const { data } = state
    const svg = $(".track")
    const [width, height, unit] = measures()
    if (!data || !width) return
    state.measures = [width, height, unit]
    const narrow = width < 560 * unit
    const small = 12.5 * unit
    const size = (narrow ? 13 : 14) * unit
    const labels = Math.max(...data.lanes.map((lane) => measure(lane.name + " 100 %", size, 600))) + 32 * unit
    const chance = narrow ? percent(data.chance) : data.words.chance
    const left = Math.max(measure(chance, small), measure("100 %", small)) + 10 * unit
    const box = { left, top: 22 * unit, right: width - labels, bottom: height - 26 * unit }
    const x = (step) => box.left + (step / data.batches) * (box.right - box.left)
    const y = (share) => box.bottom - share * (box.bottom - box.top)
    root.style.setProperty("--plot-left", `${box.left}px`)
    root.style.setProperty("--plot-width", `${box.right - box.left}px`)
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`)
    svg.setAttribute("height", height)
    svg.replaceChildren()

    for (const share of [0, 0.25, 0.5, 0.75, 1]) {
      make(svg, "path", { class: "grid", d: `M${box.left} ${y(share)}H${box.right}` })
      if (share !== 0.25 && share !== 0.75)
        make(svg, "text", { class: "quiet", x: box.left - 8 * unit, y: y(share) + 4 * unit, "text-anchor": "end", "font-size": small }, percent(share))
    }
    for (const [share, words] of [[data.chance, chance], [data.question.bar, percent(data.question.bar)]]) {
      make(svg, "path", { class: "mark", d: `M${box.left} ${y(share)}H${box.right}` })
      make(svg, "text", { x: box.left - 8 * unit, y: y(share) + 4 * unit, "text-anchor": "end", "font-size": small }, words)
    }
    const asked = x(data.question.step)
    make(svg, "path", { class: "mark", d: `M${asked} ${box.top - 6 * unit}V${box.bottom}` })
    make(svg, "text", { x: asked, y: box.top - 10 * unit, "text-anchor": "middle", "font-size": small }, data.words.gate)
    const stride = narrow ? 200 : 100
    for (let step = 0; step <= data.batches; step += stride) {
      make(svg, "path", { class: "axis", d: `M${x(step)} ${box.bottom}v${5 * unit}` })
      make(svg, "text", { class: "quiet", x: x(step), y: box.bottom + 19 * unit, "text-anchor": "middle", "font-size": small }, step.toLocaleString("en"))
    }
    make(svg, "text", { class: "quiet", x: box.right + 24 * unit, y: box.bottom + 19 * unit, "font-size": small }, data.words.axis)

    // Only what lies left of the current batch is seen.
    const clip = make(make(svg, "defs"), "clipPath", { id: "race-past" })
    const past = make(clip, "rect", { x: box.left - 4, y: 0, width: 0, height })
    const lines = make(svg, "g", { "clip-path": "url(#race-past)" })
    const path = ({ steps, values }) => steps.map((step, i) => `${i ? "L" : "M"}${x(step).toFixed(1)} ${y(values[i]).toFixed(1)}`).join("")
    const stroke = (lane, kind, d) =>
      make(lines, "path", {
        class: `line ${lane.hue} ${kind} ${lane.dots ? "dots" : ""}`,
        d,
        ...(lane.dots ? { "stroke-dasharray": "0 10" } : lane.dash.length ? { "stroke-dasharray": lane.dash.join(" ") } : {}),
      })
    if (state.mode === "moving") for (const lane of data.lanes) if (lane.normalized) stroke(lane, "ghost", path(lane.batch))
    for (const lane of data.lanes) {
      stroke(lane, "lane", path(curve(lane)))
      if (!lane.dots)
        curve(lane).steps.forEach((step, i) => make(lines, "circle", { class: `point ${lane.hue}`, cx: x(step), cy: y(curve(lane).values[i]), r: 2.6 * unit }))
    }

    const rule = make(svg, "path", { class: "rule" })
    const lanes = data.lanes.map((lane) => {
      const group = make(svg, "g", { class: lane.hue })
      const lead = make(group, "path", { class: "lead" })
      const tip = make(group, "circle", { class: "tip", r: 5 * unit })
      const label = make(group, "g", { class: "label" })
      const flag = make(label, "path", { class: "flag", d: `M0 ${-10 * unit}v${11 * unit}h${1.6 * unit}v${-4.5 * unit}l${6.4 * unit} ${-3.2 * unit}z` })
      const name = make(label, "text", { class: "name", "font-size": size })
      name.append(lane.name + " ")
      const value = make(name, "tspan", { class: "value" })
      return { lead, tip, label, flag, name, value, place: null }
    })
    const tag = make(svg, "g", { class: "tag" })
    const plate = make(tag, "rect", { rx: 4 * unit, height: 19 * unit, y: box.bottom + 5 * unit })
    const number = make(tag, "text", { y: box.bottom + 19 * unit, "text-anchor": "middle", "font-size": small })
    state.parts = { box, x, y, unit, small, past, rule, lanes, plate, number, gap: size * 1.24 }
    show(true)
  }

  // --- drawing what moves

  const show = (settledDown) => {
    const { data, parts } = state
    if (!parts) return
    const { box, x, y, unit } = parts
    const here = x(state.at)
    parts.past.setAttribute("width", here - box.left + 4)
    parts.rule.setAttribute("d", `M${here} ${box.top - 6 * unit}V${box.bottom + 5 * unit}`)
    const words = Math.round(state.at).toLocaleString("en")
    put(parts.number, words)
    const wide = (words.length * 7.5 + 10) * unit
    parts.number.setAttribute("x", here)
    parts.plate.setAttribute("x", here - wide / 2)
    parts.plate.setAttribute("width", wide)

    const tips = data.lanes.map((lane) => y(along(curve(lane), state.at)))
    const order = ranked(tips, settledDown ? null : state.order)
    const swapped = order.join() !== state.order?.join()
    state.order = order
    const middle = 0.34 * parts.gap
    const places = apart(order.map((i) => tips[i]), parts.gap, box.top - 2 * unit, box.bottom + 2 * unit)
    let moving = false
    order.forEach((i, rank) => {
      const lane = parts.lanes[i]
      const wish = places[rank]
      const jump = settledDown || swapped || still.matches
      lane.place = jump ? wish : lane.place + 0.28 * (wish - lane.place)
      if (Math.abs(lane.place - wish) > 0.3) moving = true
      const flagged = state.guess.has(i)
      const start = here + 20 * unit
      lane.tip.setAttribute("cx", here)
      lane.tip.setAttribute("cy", tips[i])
      lane.lead.setAttribute("d", `M${here + 6 * unit} ${tips[i]}L${start - 4 * unit} ${lane.place}`)
      lane.label.setAttribute("transform", `translate(${start} ${lane.place + middle})`)
      lane.flag.style.display = flagged ? "" : "none"
      lane.name.setAttribute("x", flagged ? 11 * unit : 0)
      const { steps, values } = curve(data.lanes[i])
      put(lane.value, percent(values[before(steps, state.at)]))
    })

    at.value = String(Math.round(state.at))
    at.style.setProperty("--done", (100 * state.at) / data.batches + "%")
    const said = data.words.moment.replace("{step}", words).replace("{of}", data.batches.toLocaleString("en"))
    put(batch, said)
    at.setAttribute("aria-valuetext", said)
    back.disabled = state.at <= 0
    forth.disabled = state.at >= data.batches
    const captions = data.captions[state.mode]
    const caption = captions[before(captions.map(([step]) => step), state.at)][1]
    put($(".caption span"), caption)
    if (!state.playing) $(".track").setAttribute("aria-label", caption)
    if (!state.settled && state.at >= data.question.step) settle()
    if (moving && !state.playing) wake()
  }

  const wake = () => { state.frame ??= requestAnimationFrame(tick) }

  const tick = (now) => {
    state.frame = null
    if (state.playing) {
      const passed = state.clock === null ? 0 : now - state.clock
      if (still.matches) {
        if (state.clock === null) state.clock = now
        else if (passed >= JUMP / Number(speed.value)) {
          state.at = moments().find((step) => step > state.at) ?? state.data.batches
          state.clock = now
        }
      } else {
        state.clock = now
        state.at += (Math.min(passed, 100) / 1000) * PER_SECOND * Number(speed.value)
      }
      if (state.at >= state.data.batches) {
        state.at = state.data.batches
        halt()
      }
    }
    show(false)
    if (state.playing) wake()
  }

  // --- moving

  const halt = () => {
    state.playing = false
    state.clock = null
    words()
  }
  const run = () => {
    settleDown()
    state.touched = true
    if (state.at >= state.data.batches) state.at = 0
    state.playing = true
    state.clock = null
    words()
    wake()
  }
  const go = (step) => {
    settleDown()
    state.touched = true
    state.at = Math.max(0, Math.min(state.data.batches, step))
    halt()
    show(true)
  }
  // Nothing starts by itself any more.
  const settleDown = () => {
    clearTimeout(state.wait)
    state.wait = null
    begin.classList.remove("soon")
  }
  const next = () => go(moments().find((step) => step > state.at) ?? state.data.batches)
  const previous = () => go(moments().findLast((step) => step < state.at) ?? 0)

  play.onclick = () => (state.playing ? halt() : run())
  begin.onclick = run
  $(".skip").onclick = () => go(state.data.batches)
  back.onclick = previous
  forth.onclick = next
  at.oninput = () => go(Number(at.value))
  at.onkeydown = (event) => {
    const move = { ArrowRight: next, ArrowUp: next, ArrowLeft: previous, ArrowDown: previous }[event.key]
    if (move === undefined) return
    event.preventDefault()
    move()
  }
  for (const radio of root.querySelectorAll(".score input"))
    radio.onchange = () => {
      state.mode = radio.value
      words()
      draw()
    }

  // --- the question

  const pills = () => [...root.querySelectorAll(".pill")]

  const choose = (index) => {
    if (state.settled) return
    settleDown()
    state.touched = true
    if (state.playing) halt()
    if (!state.guess.delete(index)) state.guess.add(index)
    words()
    show(true)
  }

  const settle = () => {
    state.settled = true
    words()
  }

  // --- words

  const words = () => {
    const { data, settled } = state
    if (!data) return
    const { words } = data
    const over = state.at >= data.batches
    put(play, state.playing ? "❚❚ " + words.pause : "▶ " + (over ? words.again : words.play))
    put(begin, words.race)
    put($(".skip"), words.skip)
    begin.hidden = $(".skip").hidden = settled
    begin.disabled = state.playing
    const note = settled ? "answered" : state.playing ? "running" : state.wait !== null ? "waiting" : "choosing"
    put($(".note"), words.notes[note])
    put($(".hint"), words.hints[state.mode])
    $(".hint").classList.toggle("now", over && state.mode === "batch")
    const guess = [...state.guess].reduce((bits, index) => bits + 2 ** index, 0)
    put($(".verdict"), settled ? data.verdicts[guess] : "")
    put($(".outcome"), settled && guess ? data.outcomes[guess] : "")
    pills().forEach((pill, index) => {
      const lane = data.lanes[index]
      pill.setAttribute("aria-pressed", String(state.guess.has(index)))
      pill.disabled = settled
      pill.classList.toggle("below", settled && !lane.above)
      put(pill.querySelector(".share"), settled ? (lane.above ? "✓ " : "") + percent(lane.asked) : "")
    })
  }

  const furnish = () => {
    const { data } = state
    const { words: said } = data
    put($(".question"), said.question)
    put($(".score legend"), said.score)
    root.querySelectorAll(".score label span").forEach((span, i) => put(span, [said.batch, said.moving][i]))
    put($(".source"), data.source)
    put($(".figures summary"), said.figures)
    $(".scroll").setAttribute("aria-label", said.figures)
    at.max = String(data.batches)
    for (const [element, label] of [[at, said.at], [back, said.back], [forth, said.forth], [speed, said.speed]]) {
      element.setAttribute("aria-label", label)
      element.title = element === at ? "" : label
    }
    const holder = $(".pills")
    holder.replaceChildren()
    data.lanes.forEach((lane, index) => {
      const pill = document.createElement("button")
      pill.type = "button"
      pill.className = `pill ${lane.hue}`
      pill.title = lane.spoken
      pill.onclick = () => choose(index)
      const sample = make(pill, "svg", { viewBox: "0 0 28 12", "aria-hidden": "true" })
      make(sample, "path", {
        class: `line ${lane.dots ? "dots" : ""}`, d: lane.dots ? "M2.5 6H28" : "M0 6H28",
        ...(lane.dots ? { "stroke-dasharray": "0 7.6" } : lane.dash.length ? { "stroke-dasharray": lane.dash.join(" ") } : {}),
      })
      const name = document.createElement("span")
      name.textContent = lane.name
      const share = document.createElement("span")
      share.className = "share"
      pill.append(name, share)
      holder.append(pill)
    })
    tabulate()
  }

  const tabulate = () => {
    const { data } = state
    const table = $("table")
    table.replaceChildren()
    const row = (parent, kind, first, cells, scope) => {
      const line = parent.insertRow()
      const head = document.createElement("th")
      head.textContent = first
      head.scope = "row"
      head.className = kind
      line.append(head)
      for (const text of cells) {
        const cell = document.createElement(scope ? "th" : "td")
        if (scope) cell.scope = scope
        cell.textContent = text
        line.append(cell)
      }
    }
    const steps = data.figures
    row(table.createTHead(), "", data.words.axis, steps.map((step) => step.toLocaleString("en")), "col")
    const body = table.createTBody()
    for (const mode of ["batch", "moving"]) {
      row(body, "kind", data.words[mode], steps.map(() => ""))
      for (const lane of data.lanes)
        row(body, "", lane.name, steps.map((step) => {
          const index = lane[mode].steps.indexOf(step)
          return index < 0 ? "" : percent(lane[mode].values[index])
        }))
    }
  }

  // --- life

  state.take = (data) => {
    const text = JSON.stringify(data)
    const first = state.data === null
    if (text !== state.text) {
      state.data = data
      state.text = text
      furnish()
    }
    if (state.watcher === null) {
      // What stands above the picture may still grow, and so push it down: then the whole page grows.
      const page = root.getRootNode().host?.closest('[data-testid="stMainBlockContainer"]')
      state.watcher = new ResizeObserver(fit)
      for (const watched of [$(".lanes"), document.documentElement, page]) if (watched) state.watcher.observe(watched)
    }
    if (first && still.matches) {
      state.touched = true
      state.at = data.batches
    } else if (!state.touched && state.wait === null) {
      root.style.setProperty("--wait", `${data.wait}ms`)
      begin.classList.add("soon")
      state.wait = setTimeout(run, data.wait)
    }
    words()
    draw()
    if (state.playing) wake()
  }
  state.end = () => {
    settleDown()
    cancelAnimationFrame(state.frame)
    state.frame = null
    state.clock = null
    state.watcher?.disconnect()
    state.watcher = null
  }
  return state
}

export default function (component) {
  const root = component.parentElement.querySelector(".race")
  root.state ??= start(root)
  root.state.take(component.data)
  return root.state.end
}
