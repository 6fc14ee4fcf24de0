/* The moving figures of the course.
 *
 * A figure is <course-figure kind="..." data='{json}' summary="...">. The numbers in the JSON were
 * computed by scratch/; this script only draws them. Being a custom element, a figure comes to life
 * wherever it is put on a page: in the book, in a notebook's output, inside a widget.
 */
(() => {
  "use strict";
  if (customElements.get("course-figure")) return;

  // ---------------------------------------------------------------- small tools

  const SVG = "http://www.w3.org/2000/svg";

  function fill(node, attrs, children) {
    for (const [key, value] of Object.entries(attrs ?? {})) {
      if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
      else if (value !== null && value !== false) node.setAttribute(key, value === true ? "" : value);
    }
    node.append(...children.filter((child) => child !== null));
    return node;
  }
  const h = (tag, attrs, ...children) => fill(document.createElement(tag), attrs, children);
  const svg = (tag, attrs, ...children) => fill(document.createElementNS(SVG, tag), attrs, children);

  const range = (n) => Array.from({ length: n }, (_, i) => i);
  const clamp = (v, low, high) => Math.min(high, Math.max(low, v));
  const dims = (a) => (Array.isArray(a) ? [a.length, ...dims(a[0])] : []);
  const sum = (a) => a.reduce((total, v) => total + v, 0);
  const plural = (n, word) => `${n} ${word}${n === 1 ? "" : "s"}`;

  /** A number as text: at most `digits` decimals, a true minus sign. */
  function num(v, digits = 2) {
    const text = Number.isInteger(v) ? String(v) : String(Number(v.toFixed(digits)));
    return (text === "-0" ? "0" : text).replace("-", "\u2212");
  }
  const factor = (v) => (v < 0 ? `(${num(v)})` : num(v));
  const product = (a, b) => `${factor(a)}\u00b7${factor(b)}`;
  const span = (start, n) => (n === 1 ? `${start}` : `${start}\u2013${start + n - 1}`);
  const index = (name, ...at) => `${name}[${at.join(", ")}]`;

  // ---------------------------------------------------------------- grids of numbers

  /** Planes of cells. `picks` says what a cell answers to: "step" (it is one) or "inspect". */
  class Grid {
    constructor({ name, note = "", shape, tone, picks = null, wide = false, planeNames = null }) {
      const [planes, rows, cols] = shape;
      Object.assign(this, { name, shape, picks, cells: [], cursor: null });
      this.label = h("code", {}, name);
      this.note = h("span", { class: "cf-note" }, note);
      const boxes = range(planes).map((p) => this.plane(p, rows, cols, planeNames?.[p] ?? null));
      this.body = h("div", {
        class: "cf-planes",
        role: "img",
        tabindex: picks ? 0 : null,
        "aria-label": `${name} ${note}` + (picks ? ", arrow keys point at a cell" : ""),
      }, ...boxes);
      this.width = cols * (wide ? 1.35 : 1);
      const classes = `cf-panel cf-${tone}` + (wide ? " cf-wide" : "") + (picks ? " cf-live" : "");
      const head = h("div", { class: "cf-label" }, this.label, " ", this.note);
      this.node = h("div", { class: classes, style: `--cols:${cols}` }, head, this.body);
      if (picks) this.listen();
    }

    plane(p, rows, cols, title) {
      const cells = range(rows * cols).map((k) =>
        h("span", { class: "cf-cell", "data-at": `${p},${Math.floor(k / cols)},${k % cols}` }));
      this.cells.push(cells);
      const heading = title === null ? null : h("span", { class: "cf-plane-name" }, title);
      return h("div", { class: "cf-plane" }, heading, h("div", { class: "cf-grid" }, ...cells));
    }

    /** Redraw every cell from `look(plane, row, col) -> {text, sub, mark}`. */
    paint(look) {
      const cols = this.shape[2];
      this.cells.forEach((cells, p) => cells.forEach((cell, k) => {
        const { text = "", sub = "", mark = "" } = look(p, Math.floor(k / cols), k % cols);
        const cursor = this.cursor?.join() === cell.dataset.at ? " cf-cursor" : "";
        cell.className = `cf-cell ${mark}${cursor}${text.length > 4 ? " cf-long" : ""}`;
        if (cell.dataset.text !== `${text}|${sub}`) {
          cell.dataset.text = `${text}|${sub}`;
          cell.replaceChildren(text, ...(sub === "" ? [] : [h("small", {}, sub)]));
        }
      }));
    }

    tell(type, at) {
      const detail = { grid: this, at, type };
      this.node.dispatchEvent(new CustomEvent("cf-pick", { bubbles: true, detail }));
    }

    listen() {
      const at = (event) => event.target.closest(".cf-cell")?.dataset.at.split(",").map(Number);
      const hover = (event) => {
        if (event.pointerType === "mouse" && at(event)) this.tell("hover", at(event));
      };
      this.body.addEventListener("pointerover", hover);
      this.body.addEventListener("pointerleave", (event) => {
        if (event.pointerType === "mouse") this.tell("leave", null);
      });
      this.body.addEventListener("click", (event) => at(event) && this.tell("choose", at(event)));
      this.body.addEventListener("blur", () => this.cursor && this.point(null));
      this.body.addEventListener("keydown", (event) => this.key(event));
    }

    point(at) {
      this.cursor = at;
      this.tell(at ? "hover" : "leave", at);
    }

    key(event) {
      const moves = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
      const [planes, rows, cols] = this.shape;
      if (moves[event.key]) {
        const [p, r, c] = this.cursor ?? [0, 0, 0];
        const [dr, dc] = this.cursor ? moves[event.key] : [0, 0];
        const row = clamp(p * rows + r + dr, 0, planes * rows - 1); // planes stand below each other
        this.point([Math.floor(row / rows), row % rows, clamp(c + dc, 0, cols - 1)]);
      } else if (event.key === "Enter" && this.cursor) {
        this.tell("choose", this.cursor);
      } else if (event.key === "Escape") {
        this.point(null);
      } else {
        return;
      }
      event.preventDefault();
      event.stopPropagation();
    }
  }

  /** A panel with the sign before it: the two stay on one line. */
  const after = (sign, ...nodes) =>
    h("div", { class: "cf-after" }, h("span", { class: "cf-op", "aria-hidden": "true" }, sign), ...nodes);
  const shapeText = (shape) => `(${shape.join(", ")})`;

  // ---------------------------------------------------------------- the player

  /** Tabs, stage, status line, controls. A mode is {label, steps, node, draw(step, inspected),
   * say(step, inspected), stepAt(grid, at)}; `draw` paints, `say` puts the frame into words. */
  class Player {
    constructor(root, modes, title) {
      Object.assign(this, { root, modes, mode: 0, step: 0, preview: null, timer: null, pinned: null });
      this.tabs = modes.map((mode, m) =>
        h("button", { type: "button", onclick: () => this.turn({ mode: m }) }, mode.label));
      this.scenes = modes.map((mode) => h("div", { class: "cf-scene" }, ...mode.nodes));
      const inARow = (mode) => sum((mode.grids ?? []).map((grid) => grid.width));
      root.style.setProperty("--row", Math.max(1, ...modes.map(inARow))); // cells are sized to fit
      this.status = h("p", { class: "cf-status", role: "status", "aria-live": "polite" });
      const ghosts = modes.map((mode) =>
        h("p", { class: "cf-status cf-ghost", "aria-hidden": "true" }, longest(mode)));
      this.stage = h("div", { class: "cf-stage", tabindex: 0, role: "group", "aria-label": title },
        ...this.scenes);
      root.append(
        modes.length > 1 ? h("div", { class: "cf-tabs", role: "group" }, ...this.tabs) : "",
        this.stage,
        h("div", { class: "cf-stack" }, ...ghosts, this.status),
        this.controls(),
      );
      root.addEventListener("keydown", (event) => this.key(event));
      root.addEventListener("cf-pick", (event) => this.pick(event.detail));
      this.turn({});
    }

    controls() {
      const button = (label, sign, action) =>
        h("button", { type: "button", "aria-label": label, title: label, onclick: action }, sign);
      this.slider = h("input", { type: "range", min: 0, step: 1, "aria-label": "Step",
        oninput: () => this.go(Number(this.slider.value)) });
      this.playButton = button("Play", "", () => this.play());
      this.counter = h("span", { class: "cf-counter" });
      return h("div", { class: "cf-controls" },
        button("First step", "\u21e4", () => this.go(0)),
        button("Previous step", "\u2190", () => this.go(this.step - 1)),
        this.playButton,
        button("Next step", "\u2192", () => this.go(this.step + 1)),
        button("Last step", "\u21e5", () => this.go(Infinity)),
        h("span", { class: "cf-seek" }, this.slider, this.counter));
    }

    go(step) {
      this.stop();
      this.turn({ step });
    }

    turn({ mode = this.mode, step = this.step }) {
      Object.assign(this, { mode, preview: null, pinned: null });
      this.step = clamp(step, 0, this.modes[mode].steps - 1);
      this.draw();
    }

    draw() {
      const mode = this.modes[this.mode];
      const inspected = this.preview?.inspect ?? this.pinned;
      const step = this.preview?.step ?? this.step;
      this.tabs.forEach((tab, m) => tab.setAttribute("aria-pressed", m === this.mode));
      this.scenes.forEach((scene, m) => scene.classList.toggle("cf-off", m !== this.mode));
      mode.draw(step, inspected);
      const text = mode.say(step, inspected);
      if (this.status.textContent !== text) this.status.textContent = text;
      this.slider.max = mode.steps - 1;
      this.slider.value = step;
      this.slider.setAttribute("aria-valuetext", `step ${step + 1} of ${mode.steps}`);
      this.counter.textContent = `${step + 1} / ${mode.steps}`;
      const playing = this.timer !== null;
      this.playButton.textContent = playing ? "Pause" : "Play";
      this.playButton.setAttribute("aria-label", playing ? "Pause" : "Play");
      this.status.setAttribute("aria-live", playing ? "off" : "polite");
    }

    play() {
      if (this.timer !== null) return this.stop();
      if (this.step === this.modes[this.mode].steps - 1) this.step = -1;
      const tick = () => {
        if (!this.root.isConnected) return this.stop();
        this.turn({ step: this.step + 1 });
        if (this.step === this.modes[this.mode].steps - 1) this.stop();
      };
      this.timer = setInterval(tick, this.modes[this.mode].pace ?? 1000);
      tick();
    }

    stop() {
      clearInterval(this.timer);
      this.timer = null;
      this.draw();
    }

    pick({ grid, at, type }) {
      const mode = this.modes[this.mode];
      const choice = at && (grid.picks === "step" ? { step: mode.stepAt(at) } : { inspect: { grid, at } });
      if (type !== "choose") {
        this.preview = choice;
        this.draw();
      } else if (grid.picks === "step") {
        this.go(choice.step);
      } else {
        const again = this.pinned?.grid === grid && this.pinned.at.join() === at.join();
        this.stop();
        Object.assign(this, { preview: null, pinned: again ? null : choice.inspect });
        this.draw();
      }
    }

    key(event) {
      const moves = { ArrowRight: this.step + 1, ArrowLeft: this.step - 1, Home: 0, End: Infinity };
      if (event.altKey || event.ctrlKey || event.metaKey) return;
      if (event.key in moves) this.go(moves[event.key]);
      else if (event.key === " " && event.target.tagName !== "BUTTON") this.play();
      else if (event.key === "Escape") this.turn({});
      else return;
      event.preventDefault();
      event.stopPropagation();
    }
  }

  /** The longest thing a mode says, so that the status line can keep its height. */
  function longest(mode) {
    const texts = range(mode.steps).map((step) => mode.say(step, null));
    for (const grid of mode.inspectable ?? []) {
      const [planes, rows, cols] = grid.shape;
      for (const k of range(planes * rows * cols)) {
        const at = [Math.floor(k / (rows * cols)), Math.floor(k / cols) % rows, k % cols];
        texts.push(mode.say(mode.steps - 1, { grid, at }));
      }
    }
    return texts.reduce((a, b) => (b.length > a.length ? b : a), "");
  }

  // ---------------------------------------------------------------- convolution

  /** Where the windows of a convolution lie: everything the three modes share. */
  function windows(d) {
    const [C, H, W] = dims(d.x);
    const [F, Ho, Wo] = dims(d.out);
    const [HH, WW] = d.w ? dims(d.w).slice(2) : d.size;
    const { stride, pad = 0 } = d;
    const position = (k) => ({ f: Math.floor(k / (Ho * Wo)), i: Math.floor(k / Wo) % Ho, j: k % Wo });
    const covers = (o, r, q) => {
      const [dr, dq] = [r - o.i * stride, q - o.j * stride];
      return dr >= 0 && dr < HH && dq >= 0 && dq < WW;
    };
    const tap = (o, c, r, q) => (c * HH + r - o.i * stride) * WW + q - o.j * stride;
    const isPad = (r, q) => r < pad || q < pad || r >= H - pad || q >= W - pad;
    const positions = range(F * Ho * Wo).map(position);
    const reading = (r, q) => positions.filter((o) => covers(o, r, q));
    const place = (o) => `rows ${span(o.i * stride, HH)}, columns ${span(o.j * stride, WW)}`;
    const step = ([f, i, j]) => (f * Ho + i) * Wo + j;
    const name = (array, c, r, q) =>
      isPad(r, q) ? "a padding cell" : index(array, c, r - pad, q - pad);
    const channels = C > 1 ? range(C).map((c) => `channel ${c}`) : null;
    const filters = F > 1 ? range(F).map((f) => `filter ${f}`) : null;
    return { C, H, W, F, HH, WW, Ho, Wo, stride, pad, positions, position, covers, tap, isPad,
      reading, place, step, name, channels, filters };
  }

  function convForward(d, g) {
    const padded = g.pad ? `, padded by ${g.pad}` : "";
    const x = new Grid({ name: "x", note: shapeText([g.C, g.H - 2 * g.pad, g.W - 2 * g.pad]) + padded,
      shape: [g.C, g.H, g.W], tone: "input", picks: "inspect", planeNames: g.channels });
    const w = new Grid({ name: "w", note: shapeText(dims(d.w)), shape: [g.C, g.HH, g.WW],
      tone: "weight", planeNames: g.channels });
    const terms = new Grid({ name: "window \u00b7 w", note: "and running sum", wide: true,
      shape: [g.C, g.HH, g.WW], tone: "plain", planeNames: g.channels });
    const out = new Grid({ name: "out", note: shapeText(dims(d.out)), shape: [g.F, g.Ho, g.Wo],
      tone: "output", picks: "step", planeNames: g.filters });
    const last = g.C * g.HH * g.WW - 1;

    function draw(k, seen) {
      const o = g.position(k);
      const readers = seen ? g.reading(seen.at[1], seen.at[2]) : null;
      x.paint((c, r, q) => {
        const chosen = seen && seen.at.join() === [c, r, q].join();
        const lit = seen ? chosen : g.covers(o, r, q);
        return { text: num(d.x[c][r][q]), mark: (g.isPad(r, q) ? "cf-pad " : "") + (lit ? "cf-on" : "") };
      });
      w.label.textContent = g.F > 1 ? index("w", o.f) : "w";
      w.paint((c, i, j) => ({ text: num(d.w[o.f][c][i][j]), mark: seen ? "" : "cf-on" }));
      terms.paint((c, i, j) => {
        const t = (c * g.HH + i) * g.WW + j;
        return seen ? {} : { text: num(d.terms[k][t]), sub: `\u03a3 ${num(d.sums[k][t])}`,
          mark: t === last ? "cf-end" : "" };
      });
      out.paint((f, i, j) => {
        const at = g.step([f, i, j]);
        const lit = readers ? readers.some((p) => p.f === f && p.i === i && p.j === j) : at === k;
        return { text: at <= k || seen ? num(d.out[f][i][j]) : "",
          mark: lit ? "cf-on" : at < k ? "cf-done" : "" };
      });
    }

    function say(k, seen) {
      if (seen) {
        const [c, r, q] = seen.at;
        const n = g.reading(r, q).length;
        return `${g.name("x", c, r, q)} lies in ${plural(n / g.F, "window")}` +
          (g.F > 1 ? `, and ${g.F} filters read each` : "") +
          (g.isPad(r, q) ? "." : `: its gradient will be a sum of ${plural(n, "term")}.`);
      }
      const o = g.position(k);
      const total = d.sums[k][last];
      const bias = d.b ? ` Adding b = ${num(d.b[o.f])}:` : " So";
      return `The window covers ${g.place(o)} of the ${g.pad ? "padded " : ""}input. ` +
        `Its ${last + 1} products sum to ${num(total)}.${bias} ` +
        `${index("out", o.f, o.i, o.j)} = ${num(d.out[o.f][o.i][o.j])}.`;
    }

    return { label: "Forward", steps: g.positions.length, draw, say, stepAt: g.step, inspectable: [x],
      grids: [x, w, terms, out], nodes: [x.node, after("\u2217", w.node), after("=", terms.node),
        after("\u2192", out.node)] };
  }

  function upstream(d, g) {
    return new Grid({ name: "dout", note: shapeText(dims(d.out)), shape: [g.F, g.Ho, g.Wo],
      tone: "grad", picks: "step", planeNames: g.filters });
  }

  function paintUpstream(dout, d, g, k, isLit) {
    dout.paint((f, i, j) => {
      const at = g.step([f, i, j]);
      return { text: num(d.dout[f][i][j]), mark: isLit(f, i, j) ? "cf-on" : at < k ? "cf-done" : "" };
    });
  }

  /** dx after each step. A step changes only its own window, so its new values are all we need. */
  const inputGradientAfter = (d, g, places) => {
    let now = range(g.C).map(() => range(g.H).map(() => new Array(g.W).fill(0)));
    return places.map((o, k) => {
      now = now.map((plane, c) => plane.map((row, r) => row.map((v, q) =>
        (g.covers(o, r, q) ? d.dx[k][g.tap(o, c, r, q)] : v))));
      return now;
    });
  };

  function convBackwardInput(d, g) {
    const dout = upstream(d, g);
    const w = new Grid({ name: "w", note: shapeText(dims(d.w)), shape: [g.C, g.HH, g.WW],
      tone: "weight", planeNames: g.channels });
    const terms = new Grid({ name: "dout \u00b7 w", note: "",
      shape: [g.C, g.HH, g.WW], tone: "plain", planeNames: g.channels });
    const dx = new Grid({ name: "dx", note: shapeText([g.C, g.H - 2 * g.pad, g.W - 2 * g.pad]) +
      (g.pad ? ", padding cut off at the end" : ""), shape: [g.C, g.H, g.W], tone: "grad",
      picks: "inspect", planeNames: g.channels });
    const frames = inputGradientAfter(d, g, g.positions);
    const last = frames.length - 1;
    const arrived = (k, r, q) => g.positions.slice(0, k + 1).filter((o) => g.covers(o, r, q)).length;

    function draw(k, seen) {
      const o = g.position(k);
      const readers = seen ? g.reading(seen.at[1], seen.at[2]) : null;
      const lit = (f, i, j) => (readers ? readers.some((p) => p.f === f && p.i === i && p.j === j)
        : g.step([f, i, j]) === k);
      paintUpstream(dout, d, g, k, lit);
      w.label.textContent = g.F > 1 ? index("w", o.f) : "w";
      const used = (c, i, j) => readers?.some((p) => c === seen.at[0] && p.f === o.f &&
        i === seen.at[1] - p.i * g.stride && j === seen.at[2] - p.j * g.stride);
      w.paint((c, i, j) => ({ text: num(d.w[o.f][c][i][j]), mark: !seen || used(c, i, j) ? "cf-on" : "" }));
      terms.paint((c, i, j) => (seen ? {} : { text: num(d.dxTerms[k][(c * g.HH + i) * g.WW + j]) }));
      const at = seen ? last : k;
      dx.paint((c, r, q) => {
        const n = arrived(at, r, q);
        const on = seen ? seen.at.join() === [c, r, q].join() : g.covers(o, r, q);
        return { text: n ? num(frames[at][c][r][q]) : "", sub: n > 1 ? `\u00d7${n}` : "",
          mark: (g.isPad(r, q) ? "cf-pad " : "") + (on ? "cf-on" : n ? "cf-done" : "") };
      });
    }

    function say(k, seen) {
      if (seen) return sayCell(...seen.at);
      const o = g.position(k);
      const before = k ? range(g.H * g.W).filter((t) => g.covers(o, Math.floor(t / g.W), t % g.W) &&
        arrived(k - 1, Math.floor(t / g.W), t % g.W)).length : 0;
      return `${index("dout", o.f, o.i, o.j)} = ${num(d.dout[o.f][o.i][o.j])} times the filter goes to ` +
        `${g.place(o)}, the window it came from. ` +
        (before ? `${before} of these ${g.HH * g.WW} places already hold a gradient: the new one is ` +
          "added to it (+=)." : "Nothing was there yet.");
    }

    function sayCell(c, r, q) {
      const readers = g.reading(r, q);
      if (!readers.length) return `${g.name("dx", c, r, q)}: no window reads this cell, gradient 0.`;
      const parts = readers.map((o) => product(d.dout[o.f][o.i][o.j],
        d.w[o.f][c][r - o.i * g.stride][q - o.j * g.stride]));
      return `${g.name("dx", c, r, q)} = ${parts.join(" + ")} = ${num(frames[last][c][r][q])}: ` +
        `${plural(readers.length, "term")}, one for each ` +
        (g.F > 1 ? "window and filter that read it." : "window that read it.");
    }

    return { label: "Backward: dx", steps: g.positions.length, draw, say, stepAt: g.step,
      inspectable: [dx], grids: [dout, w, terms, dx], nodes: [dout.node, after("\u00d7", w.node),
        after("=", terms.node), after("+=", dx.node)] };
  }

  function convBackwardFilter(d, g) {
    const dout = upstream(d, g);
    const x = new Grid({ name: "x", note: g.pad ? "padded" : "", shape: [g.C, g.H, g.W],
      tone: "input", planeNames: g.channels });
    const terms = new Grid({ name: "dout \u00b7 window", note: "", shape: [g.C, g.HH, g.WW],
      tone: "plain", planeNames: g.channels });
    const dw = new Grid({ name: "dw", note: shapeText(dims(d.w)), shape: [g.C, g.HH, g.WW],
      tone: "grad", picks: "inspect", planeNames: g.channels });
    const db = new Grid({ name: "db", note: `(${g.F},)`, shape: [1, 1, g.F], tone: "grad" });
    const last = g.positions.length - 1;
    const perFilter = g.Ho * g.Wo;
    const meets = (at, o, c, r, q) => c === at[0] && r === o.i * g.stride + at[1] && q === o.j * g.stride + at[2];

    function draw(k, seen) {
      const o = g.position(k);
      const mates = g.positions.filter((p) => p.f === o.f);
      paintUpstream(dout, d, g, k, (f, i, j) => (seen ? f === o.f : g.step([f, i, j]) === k));
      x.paint((c, r, q) => ({ text: num(d.x[c][r][q]), mark: (g.isPad(r, q) ? "cf-pad " : "") +
        ((seen ? mates.some((p) => meets(seen.at, p, c, r, q)) : g.covers(o, r, q)) ? "cf-on" : "") }));
      terms.paint((c, i, j) => (seen ? {} : { text: num(d.dwTerms[k][(c * g.HH + i) * g.WW + j]) }));
      dw.label.textContent = g.F > 1 ? index("dw", o.f) : "dw";
      const at = seen ? (o.f + 1) * perFilter - 1 : k;
      dw.paint((c, i, j) => ({ text: num(d.dw[at][(c * g.HH + i) * g.WW + j]),
        mark: !seen || seen.at.join() === [c, i, j].join() ? "cf-on" : "cf-done" }));
      db.paint((_, __, f) => ({ text: f <= o.f ? num(d.db[f === o.f ? at : (f + 1) * perFilter - 1]) : "",
        mark: f === o.f ? "cf-on" : f < o.f ? "cf-done" : "" }));
    }

    function say(k, seen) {
      const o = g.position(k);
      if (seen) {
        const [c, i, j] = seen.at;
        const parts = g.positions.filter((p) => p.f === o.f).map((p) =>
          product(d.dout[p.f][p.i][p.j], d.x[c][p.i * g.stride + i][p.j * g.stride + j]));
        return `${index("dw", o.f, c, i, j)} = ${parts.join(" + ")} = ` +
          `${num(d.dw[(o.f + 1) * perFilter - 1][(c * g.HH + i) * g.WW + j])}: ` +
          "each dout times the input cell that this weight met.";
      }
      const v = num(d.dout[o.f][o.i][o.j]);
      return `${index("dout", o.f, o.i, o.j)} = ${v} times the window at ${g.place(o)} is added to dw` +
        (g.F > 1 ? `[${o.f}]` : "") + `; ${v} itself is added to db, now ${num(d.db[k])}.`;
    }

    return { label: "Backward: dw", steps: g.positions.length, draw, say, stepAt: g.step,
      inspectable: [dw], grids: [dout, x, terms, dw], nodes: [dout.node, after("\u00d7", x.node),
        after("=", terms.node), after("+=", h("div", { class: "cf-column" }, dw.node, db.node))] };
  }

  function conv(d) {
    const g = windows(d);
    return [convForward(d, g), convBackwardInput(d, g), convBackwardFilter(d, g)];
  }

  // ---------------------------------------------------------------- convolution as one matrix product

  function im2col(d) {
    const g = windows(d);
    return [im2colFill(d, g), im2colMultiply(d, g), im2colScatter(d, g)];
  }

  const columnName = (g, col) => `(${Math.floor(col / g.Wo)}, ${col % g.Wo})`;

  /** Which pixel stands in row `row` of column `col`: [channel, row, column] of the padded image. */
  const source = (g, row, col) => {
    const [c, i, j] = [Math.floor(row / (g.HH * g.WW)), Math.floor(row / g.WW) % g.HH, row % g.WW];
    return [c, Math.floor(col / g.Wo) * g.stride + i, (col % g.Wo) * g.stride + j];
  };

  function im2colFill(d, g) {
    const [rows, cols] = dims(d.cols);
    const x = new Grid({ name: "x", note: shapeText([g.C, g.H - 2 * g.pad, g.W - 2 * g.pad]) +
      (g.pad ? `, padded by ${g.pad}` : ""), shape: [g.C, g.H, g.W], tone: "input", picks: "inspect",
      planeNames: g.channels });
    const table = new Grid({ name: "cols", note: shapeText([rows, cols]), shape: [1, rows, cols],
      tone: "input", picks: "inspect" });
    const pixel = (seen) => (seen.grid === x ? seen.at : source(g, seen.at[1], seen.at[2]));
    const copies = (at) => sum(range(rows).map((row) =>
      range(cols).filter((col) => source(g, row, col).join() === at.join()).length));

    function draw(k, seen) {
      const o = g.position(k);
      const at = seen && pixel(seen).join();
      x.paint((c, r, q) => ({ text: num(d.x[c][r][q]), mark: (g.isPad(r, q) ? "cf-pad " : "") +
        ((seen ? at === [c, r, q].join() : g.covers(o, r, q)) ? "cf-on" : "") }));
      table.paint((_, row, col) => {
        const lit = seen ? source(g, row, col).join() === at : col === k;
        return { text: seen || col <= k ? num(d.cols[row][col]) : "",
          mark: lit ? "cf-on" : col < k && !seen ? "cf-done" : "" };
      });
    }

    function say(k, seen) {
      if (seen) {
        const [c, r, q] = pixel(seen);
        return `${g.name("x", c, r, q)} stands in cols ${plural(copies([c, r, q]), "time")}: ` +
          "once for each window that reads it.";
      }
      const o = g.position(k);
      return `Column ${k} is the window of output ${columnName(g, k)}: ${g.place(o)}, read channel by ` +
        `channel and row by row, ${rows} numbers from top to bottom.`;
    }

    return { label: "Fill the columns", steps: cols, draw, say, inspectable: [x, table],
      grids: [x, table], nodes: [x.node, after("\u2192", table.node)] };
  }

  function im2colMultiply(d, g) {
    const [rows, cols] = dims(d.cols);
    const flat = d.w.map((filter) => filter.flat(2));
    const w = new Grid({ name: "w.reshape(F, -1)", note: shapeText([g.F, rows]),
      shape: [1, g.F, rows], tone: "weight" });
    const table = new Grid({ name: "cols", note: shapeText([rows, cols]), shape: [1, rows, cols],
      tone: "input" });
    const out = new Grid({ name: "out", note: `${shapeText([g.F, cols])}, one row for each filter`,
      shape: [1, g.F, cols], tone: "output", picks: "step" });

    function draw(k) {
      const [f, col] = [Math.floor(k / cols), k % cols];
      w.paint((_, row, t) => ({ text: num(flat[row][t]), mark: row === f ? "cf-on" : "" }));
      table.paint((_, row, c) => ({ text: num(d.cols[row][c]), mark: c === col ? "cf-on" : "" }));
      out.paint((_, row, c) => {
        const at = row * cols + c;
        const text = at <= k ? num(d.out[row][Math.floor(c / g.Wo)][c % g.Wo]) : "";
        return { text, mark: at === k ? "cf-on" : at < k ? "cf-done" : "" };
      });
    }

    function say(k) {
      const [f, col] = [Math.floor(k / cols), k % cols];
      const value = d.out[f][Math.floor(col / g.Wo)][col % g.Wo];
      return `Filter ${f}, laid out as a row, times column ${col}: ${num(value)}, which is ` +
        `out[${f}, ${Math.floor(col / g.Wo)}, ${col % g.Wo}]. All of out is one matrix product.`;
    }

    return { label: "Multiply", steps: g.F * cols, draw, say, stepAt: ([, f, col]) => f * cols + col,
      grids: [w], nodes: [w.node, after("@", table.node), after("=", out.node)] };
  }

  function im2colScatter(d, g) {
    const [rows, cols] = dims(d.cols);
    const table = new Grid({ name: "dcols", note: `${shapeText([rows, cols])} = w.T @ dout`,
      shape: [1, rows, cols], tone: "grad" });
    const dx = new Grid({ name: "dx", note: shapeText([g.C, g.H - 2 * g.pad, g.W - 2 * g.pad]) +
      (g.pad ? ", padding cut off at the end" : ""), shape: [g.C, g.H, g.W], tone: "grad",
      picks: "inspect", planeNames: g.channels });
    const places = range(cols).map(g.position);
    const frames = inputGradientAfter(d, g, places);
    const arrived = (k, r, q) => places.slice(0, k + 1).filter((o) => g.covers(o, r, q)).length;

    function draw(k, seen) {
      table.paint((_, row, col) => {
        const lit = seen ? source(g, row, col).join() === seen.at.join() : col === k;
        return { text: num(d.dcols[row][col]), mark: lit ? "cf-on" : col < k && !seen ? "cf-done" : "" };
      });
      const at = seen ? cols - 1 : k;
      dx.paint((c, r, q) => {
        const n = arrived(at, r, q);
        const lit = seen ? seen.at.join() === [c, r, q].join() : g.covers(places[k], r, q);
        return { text: n ? num(frames[at][c][r][q]) : "", sub: n > 1 ? `\u00d7${n}` : "",
          mark: (g.isPad(r, q) ? "cf-pad " : "") + (lit ? "cf-on" : n ? "cf-done" : "") };
      });
    }

    function say(k, seen) {
      if (!seen) {
        return `Column ${k} of dcols is folded back into a window and added (+=) at ` +
          `${g.place(places[k])}: im2col copied, so col2im adds.`;
      }
      const parts = range(rows * cols).map((t) => [Math.floor(t / cols), t % cols])
        .filter(([row, col]) => source(g, row, col).join() === seen.at.join())
        .map(([row, col]) => factor(d.dcols[row][col]));
      const [c, r, q] = seen.at;
      return `${g.name("dx", c, r, q)} = ${parts.join(" + ") || 0}` +
        (parts.length > 1 ? ` = ${num(frames[cols - 1][c][r][q])}` : "") +
        `: ${plural(parts.length, "copy").replace("copys", "copies")} of this pixel in cols.`;
    }

    return { label: "Backward: col2im", steps: cols, draw, say, inspectable: [dx], grids: [table, dx],
      nodes: [table.node, after("+=", dx.node)] };
  }

  // ---------------------------------------------------------------- max-pooling

  function pool(d) {
    const g = windows(d);
    return [poolForward(d, g), poolBackward(d, g)];
  }

  function poolGrids(d, g, [from, to], picks) {
    const big = new Grid({ name: from, note: shapeText([g.C, g.H, g.W]), shape: [g.C, g.H, g.W],
      tone: from === "x" ? "input" : "grad", picks: "inspect", planeNames: g.channels });
    const small = new Grid({ name: to, note: shapeText(dims(d.out)), shape: dims(d.out),
      tone: to === "out" ? "output" : "grad", picks, planeNames: g.channels });
    return [big, small];
  }

  const poolReaders = (g, c, r, q) => g.reading(r, q).filter((o) => o.f === c);
  const poolWins = (d, g, c, r, q) =>
    poolReaders(g, c, r, q).filter((o) => d.winners[g.step([o.f, o.i, o.j])].join() === [r, q].join());
  const among = (places, f, i, j) => places.some((o) => o.f === f && o.i === i && o.j === j);

  function poolForward(d, g) {
    const [x, out] = poolGrids(d, g, ["x", "out"], "step");

    function draw(k, seen) {
      const o = g.position(k);
      const readers = seen && poolReaders(g, ...seen.at);
      x.paint((c, r, q) => {
        const won = !seen && c === o.f && d.winners[k].join() === [r, q].join();
        const lit = seen ? seen.at.join() === [c, r, q].join() : c === o.f && g.covers(o, r, q);
        return { text: num(d.x[c][r][q]), mark: won ? "cf-on cf-winner" : lit ? "cf-on" : "" };
      });
      out.paint((f, i, j) => {
        const at = g.step([f, i, j]);
        const lit = seen ? among(readers, f, i, j) : at === k;
        return { text: seen || at <= k ? num(d.out[f][i][j]) : "",
          mark: lit ? "cf-on" : at < k && !seen ? "cf-done" : "" };
      });
    }

    function say(k, seen) {
      if (seen) {
        const [c, r, q] = seen.at;
        const [n, wins] = [poolReaders(g, c, r, q).length, poolWins(d, g, c, r, q).length];
        return `${index("x", c, r, q)} lies in ${plural(n, "window")} and wins ${wins || "none"}.`;
      }
      const o = g.position(k);
      const values = range(g.HH * g.WW).map((t) =>
        d.x[o.f][o.i * g.stride + Math.floor(t / g.WW)][o.j * g.stride + (t % g.WW)]);
      const best = d.out[o.f][o.i][o.j];
      const tie = values.filter((v) => v === best).length > 1 ? " On a tie the first one wins." : "";
      return `max(${values.map((v) => num(v)).join(", ")}) = ${num(best)}, won by ` +
        `${index("x", o.f, ...d.winners[k])}.${tie}`;
    }

    return { label: "Forward", steps: g.positions.length, draw, say, stepAt: g.step, inspectable: [x],
      grids: [x, out], nodes: [x.node, after("\u2192", out.node)] };
  }

  function poolBackward(d, g) {
    const [dx, dout] = poolGrids(d, g, ["dx", "dout"], "step");
    const last = g.positions.length - 1;
    const wins = (k, c, r, q) =>
      poolWins(d, g, c, r, q).filter((o) => g.step([o.f, o.i, o.j]) <= k);

    function draw(k, seen) {
      const o = g.position(k);
      const winner = seen && poolWins(d, g, ...seen.at);
      paintUpstream(dout, d, g, k, (f, i, j) =>
        (seen ? among(winner, f, i, j) : g.step([f, i, j]) === k));
      const at = seen ? last : k;
      dx.paint((c, r, q) => {
        const n = wins(at, c, r, q).length;
        const won = !seen && c === o.f && d.winners[k].join() === [r, q].join();
        const lit = seen ? seen.at.join() === [c, r, q].join() : c === o.f && g.covers(o, r, q);
        const value = n ? d.dx[g.step(keys(wins(at, c, r, q)[n - 1]))] : 0;
        return { text: n || at === last ? num(value) : "", sub: n > 1 ? `\u00d7${n}` : "",
          mark: won ? "cf-on cf-winner" : lit ? "cf-on" : n ? "cf-done" : "" };
      });
    }
    const keys = (o) => [o.f, o.i, o.j];

    function say(k, seen) {
      if (seen) {
        const name = index("dx", ...seen.at);
        const parts = wins(last, ...seen.at).map((o) => factor(d.dout[o.f][o.i][o.j]));
        if (!parts.length) return `${name} = 0: this input won no window, so no gradient comes back.`;
        const total = d.dx[g.step(keys(wins(last, ...seen.at).at(-1)))];
        return `${name} = ${parts.join(" + ")}` + (parts.length > 1 ? ` = ${num(total)}` : "") +
          `: it won ${plural(parts.length, "window")}.`;
      }
      const o = g.position(k);
      return `${index("dout", o.f, o.i, o.j)} = ${num(d.dout[o.f][o.i][o.j])} goes to the winner, ` +
        `${index("dx", o.f, ...d.winners[k])}, alone` +
        (wins(k, o.f, ...d.winners[k]).length > 1 ? ", on top of what it had (+=)." : ".");
    }

    return { label: "Backward", steps: g.positions.length, draw, say, stepAt: g.step,
      inspectable: [dx], grids: [dx, dout], nodes: [dout.node, after("\u2192", dx.node)] };
  }

  // ---------------------------------------------------------------- the element

  const steppers = { conv, im2col, pool };
  const panels = {};

  class CourseFigure extends HTMLElement {
    connectedCallback() {
      if (this.ready) return;
      this.ready = true;
      const kind = this.getAttribute("kind");
      const data = JSON.parse(this.getAttribute("data"));
      const caption = data.caption ? h("p", { class: "cf-caption" }, data.caption) : "";
      const body = h("div", { class: "cf-body", "data-lm-suppress-shortcuts": "true" });
      this.replaceChildren(body);
      const summary = this.getAttribute("summary");
      this.setAttribute("role", "figure");
      this.setAttribute("aria-label", summary);
      if (steppers[kind]) this.player = new Player(body, steppers[kind](data), summary);
      else body.append(...panels[kind](data));
      body.append(caption);
    }
  }
  customElements.define("course-figure", CourseFigure);
})();
