/* The moving figures of the course.
 *
 * A figure is <course-figure kind="..." data='{json}' summary="...">. The numbers in the JSON were
 * computed by scratch/; this script only draws them. Being a custom element, a figure comes to life
 * wherever it is put on a page: in the book, in a notebook's output, inside a widget.
 */
(() => {
  "use strict";
  if (customElements.get("course-figure")) return;

  // -------- small tools

  const SVG = "http://www.w3.org/2000/svg";

  function fill(node, attrs, children) {
    for (const [key, value] of Object.entries(attrs ?? {})) {
      if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
      else if (value !== null && value !== false)
        node.setAttribute(key, value === true ? "" : value);
    }
    node.append(...children.filter((child) => child !== null));
    return node;
  }
  const h = (tag, attrs, ...children) => fill(document.createElement(tag), attrs, children);
  const svg = (tag, attrs, ...children) =>
    fill(document.createElementNS(SVG, tag), attrs, children);

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

  /** Text in which `code` stands between backticks, as nodes. */
  const inline = (text) =>
    text.split("`").map((part, k) => (k % 2 ? h("code", {}, part) : part));

  // -------- grids of numbers

  /** Planes of cells. `picks` says what a cell answers to: "step" (it is one) or "inspect". */
  class Grid {
    constructor({
      name,
      note = "",
      shape,
      tone,
      picks = null,
      size = null,
      planeNames = null,
      columnNames = null,
    }) {
      const [planes, rows, cols] = shape;
      Object.assign(this, { name, shape, picks, columnNames, cells: [], cursor: null });
      this.label = h("b", { class: "cf-name" }, name);
      this.note = h("span", { class: "cf-note" }, note);
      const boxes = range(planes).map((p) => this.plane(p, rows, cols, planeNames?.[p] ?? null));
      this.body = h(
        "div",
        {
          class: "cf-planes",
          role: picks ? "group" : "img",
          tabindex: picks ? 0 : null,
          "aria-label": `${name} ${note}` + (picks ? ", arrow keys point at a cell" : ""),
        },
        ...boxes,
      );
      this.width = cols * (size ? 1.35 : 1);
      const classes =
        `cf-panel cf-${tone}` + (size ? ` cf-${size}` : "") + (picks ? " cf-live" : "");
      const head = h("div", { class: "cf-label" }, this.label, " ", this.note);
      this.node = h("div", { class: classes, style: `--cols:${cols}` }, head, this.body);
      if (picks) this.listen();
    }

    plane(p, rows, cols, title) {
      const cells = range(rows * cols).map((k) =>
        h("span", { class: "cf-cell", "data-at": `${p},${Math.floor(k / cols)},${k % cols}` }),
      );
      this.cells.push(cells);
      const heading = title === null ? null : h("span", { class: "cf-plane-name" }, title);
      const names = p === 0 && this.columnNames ? this.columnNames : [];
      const head = names.map((name) => h("span", { class: "cf-column-name" }, name));
      const grid = h("div", { class: "cf-grid", "aria-hidden": "true" }, ...head, ...cells);
      return h("div", { class: "cf-plane" }, heading, grid);
    }

    /** Redraw every cell from `look(plane, row, col) -> {text, sub, mark, heat}`, heat in -1..1. */
    paint(look) {
      const cols = this.shape[2];
      this.cells.forEach((cells, p) =>
        cells.forEach((cell, k) => {
          const {
            text = "",
            sub = "",
            mark = "",
            heat = 0,
          } = look(p, Math.floor(k / cols), k % cols);
          const cursor = this.cursor?.join() === cell.dataset.at ? " cf-cursor" : "";
          cell.className = `cf-cell ${mark}${cursor}${text.length > 4 ? " cf-long" : ""}`;
          const warm = heat ? `${Math.round(60 * clamp(Math.abs(heat), 0, 1))}%` : "0%";
          if (heat || cell.style.length) cell.style.setProperty("--heat", warm);
          if (heat) cell.classList.add(heat > 0 ? "cf-positive" : "cf-negative");
          if (cell.dataset.text !== `${text}|${sub}`) {
            cell.dataset.text = `${text}|${sub}`;
            cell.replaceChildren(text, ...(sub === "" ? [] : [h("small", {}, sub)]));
          }
        }),
      );
    }

    /** Draw frames, [row, column, rows, columns] each, over one plane, in place of earlier ones. */
    outline(plane, frames) {
      this.node.querySelectorAll(".cf-window").forEach((frame) => frame.remove());
      const box = this.node.querySelectorAll(".cf-grid")[plane];
      box.append(
        ...frames.map(([row, col, rows, cols], k) =>
          h("span", {
            class: "cf-window",
            style: `--row:${row};--col:${col};--rows:${rows};--span:${cols};--in:${k % 4}px`,
          }),
        ),
      );
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
    h(
      "div",
      { class: "cf-after" },
      h("span", { class: "cf-op", "aria-hidden": "true" }, sign),
      ...nodes,
    );
  const shapeText = (shape) => `(${shape.join(", ")})`;

  // -------- the player

  /** Tabs, stage, status line, controls. A mode is {label, steps, node, draw(step, inspected),
   * say(step, inspected), stepAt(grid, at)}; `draw` paints, `say` puts the frame into words. */
  class Player {
    constructor(root, modes, title, remembered) {
      Object.assign(this, {
        root,
        modes,
        mode: 0,
        step: 0,
        preview: null,
        timer: null,
        pinned: null,
      });
      this.remembered = remembered;
      this.tabs = modes.map((mode, m) =>
        h("button", { type: "button", onclick: () => this.turn({ mode: m }) }, mode.label),
      );
      this.scenes = modes.map((mode) => h("div", { class: "cf-scene" }, ...mode.nodes));
      const inARow = (mode) => sum((mode.grids ?? []).map((grid) => grid.width));
      root.style.setProperty("--row", Math.max(1, ...modes.map(inARow))); // cells are sized to fit
      this.status = h("p", { class: "cf-status", role: "status", "aria-live": "polite" });
      const ghosts = modes
        .flatMap(longest)
        .map((text) =>
          h("p", { class: "cf-status cf-ghost", "aria-hidden": "true" }, ...inline(text)),
        );
      this.stage = h(
        "div",
        { class: "cf-stage", tabindex: 0, role: "group", "aria-label": title },
        ...this.scenes,
      );
      root.append(
        modes.length > 1 ? h("div", { class: "cf-tabs", role: "group" }, ...this.tabs) : "",
        this.stage,
        h("div", { class: "cf-stack" }, ...ghosts, this.status),
        this.controls(),
      );
      root.addEventListener("keydown", (event) => this.key(event));
      root.addEventListener("cf-pick", (event) => this.pick(event.detail));
      this.turn({
        mode: Math.min(remembered.mode ?? this.first(), modes.length - 1),
        step: remembered.step ?? 0,
      });
    }

    /** The mode to begin with: one that asks for it, or simply the first. */
    first() {
      return Math.max(
        0,
        this.modes.findIndex((mode) => mode.first),
      );
    }

    controls() {
      const button = (label, sign, action) =>
        h("button", { type: "button", "aria-label": label, title: label, onclick: action }, sign);
      this.slider = h("input", {
        type: "range",
        min: 0,
        step: 1,
        "aria-label": "Step",
        oninput: () => this.go(Number(this.slider.value)),
      });
      this.playButton = button("Play", "", () => this.play());
      this.counter = h("span", { class: "cf-counter" });
      return h(
        "div",
        { class: "cf-controls" },
        button("First step", "\u21e4", () => this.go(0)),
        button("Previous step", "\u2190", () => this.go(this.step - 1)),
        this.playButton,
        button("Next step", "\u2192", () => this.go(this.step + 1)),
        button("Last step", "\u21e5", () => this.go(Infinity)),
        h("span", { class: "cf-seek" }, this.slider, this.counter),
      );
    }

    go(step) {
      this.stop();
      this.turn({ step });
    }

    turn({ mode = this.mode, step = this.step }) {
      Object.assign(this, { mode, preview: null, pinned: null });
      this.step = clamp(step, 0, this.modes[mode].steps - 1);
      Object.assign(this.remembered, { mode, step: this.step });
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
      if (this.said !== text) this.status.replaceChildren(...inline(text));
      this.said = text;
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
      const choice =
        at && (grid.picks === "step" ? { step: mode.stepAt(at) } : { inspect: { grid, at } });
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

  /** The longest things a mode says: laid out unseen, they give the status line its height. */
  function longest(mode) {
    const texts = range(mode.steps).map((step) => mode.say(step, null));
    for (const grid of mode.inspectable ?? []) {
      const [planes, rows, cols] = grid.shape;
      for (const k of range(planes * rows * cols)) {
        const at = [Math.floor(k / (rows * cols)), Math.floor(k / cols) % rows, k % cols];
        texts.push(mode.say(mode.steps - 1, { grid, at }));
      }
    }
    return texts.sort((a, b) => b.length - a.length).slice(0, 20);
  }

  // -------- a fully connected layer

  function fc(d) {
    const [N, D] = dims(d.x);
    const M = d.b.length;
    const shapes = { x: [N, D], dx: [N, D], w: [D, M], dw: [D, M], out: [N, M], dout: [N, M] };
    const flat = (name) => name === "b" || name === "db"; // one row, (M,)
    const row = (name, r) => (flat(name) ? d[name] : d[name][r]);
    const called = (name, r, c) => (flat(name) ? index(name, c) : index(name, r, c));

    /** A product of matrices. `uses(i, j)`: the terms of result (i, j), as cells [name, r, c]. */
    function mode(label, signs, result, uses, why) {
      const grid = (name, options) =>
        new Grid({
          name,
          note: flat(name) ? `(${M},)` : shapeText(shapes[name]),
          shape: [1, ...(shapes[name] ?? [1, M])],
          ...options,
        });
      const tones = { x: "input", w: "weight", b: "weight", dout: "grad" };
      const operands = signs.map(([, name]) => grid(name, { tone: tones[name] }));
      const out = grid(result, { tone: result === "out" ? "output" : "grad", picks: "step" });
      const [, rows, cols] = out.shape;
      const place = (k) => [Math.floor(k / cols), k % cols];

      function draw(k) {
        const lit = new Set(uses(...place(k)).flatMap((term) => term.map((cell) => cell.join())));
        for (const operand of operands) {
          operand.paint((_, r, c) => ({
            text: num(row(operand.name, r)[c]),
            mark: tone(lit.has([operand.name, r, c].join())),
          }));
        }
        out.paint((_, r, c) => {
          const step = r * cols + c;
          const text = step <= k ? num(row(result, r)[c]) : "";
          return { text, mark: tone(step === k, step < k) };
        });
      }

      function say(k) {
        const [i, j] = place(k);
        const value = ([name, r, c]) => factor(row(name, r)[c]);
        const terms = uses(i, j).map((term) => term.map(value).join("\u00b7"));
        const total = terms.length > 1 || result !== "db" ? ` = ${num(row(result, i)[j])}` : "";
        return `${called(result, i, j)} = ${terms.join(" + ")}${total}: ${why(i, j)}.`;
      }

      const nodes = signs.map(([sign], k) =>
        sign ? after(sign, operands[k].node) : operands[k].node,
      );
      return {
        label,
        steps: rows * cols,
        draw,
        say,
        stepAt: ([, r, c]) => r * cols + c,
        grids: [...operands, out],
        nodes: [...nodes, after("\u2192", out.node)],
      };
    }

    return [
      mode(
        "Forward",
        [["", "x"], ["\u00b7", "w"], ["+", "b"]],
        "out",
        (n, m) => [...range(D).map((i) => [["x", n, i], ["w", i, m]]), [["b", 0, m]]],
        (n, m) => `row ${n} of x with column ${m} of w, plus b[${m}]`,
      ),
      mode(
        "Backward: dx",
        [["", "dout"], ["\u00b7", "w"]],
        "dx",
        (n, i) => range(M).map((m) => [["dout", n, m], ["w", i, m]]),
        (n, i) =>
          `x[${n}, ${i}] was used in all of out[${n}], so row ${n} of dout meets row ${i} of w`,
      ),
      mode(
        "Backward: dw",
        [["", "x"], ["\u00b7", "dout"]],
        "dw",
        (i, m) => range(N).map((n) => [["x", n, i], ["dout", n, m]]),
        (i, m) =>
          `w[${i}, ${m}] was used by every example, so column ${i} of x meets column ${m} of dout`,
      ),
      mode(
        "Backward: db",
        [["", "dout"]],
        "db",
        (_, m) => range(N).map((n) => [["dout", n, m]]),
        (_, m) => `b[${m}] was added once for every example`,
      ),
    ];
  }

  // -------- windows over an image

  const same = (a, b) => a.join() === b.join();
  const tone = (on, done) => (on ? "cf-on" : done ? "cf-done" : "");

  /** Where the windows lie and how to draw what they read and write: shared by conv and pooling. */
  function windows(d) {
    const [C, H, W] = dims(d.x);
    const [F, Ho, Wo] = dims(d.out);
    const [HH, WW] = d.w ? dims(d.w).slice(2) : d.size;
    const { stride, pad = 0 } = d;
    const places = range(F * Ho * Wo).map((k) => {
      const [f, i, j] = [Math.floor(k / (Ho * Wo)), Math.floor(k / Wo) % Ho, k % Wo];
      return { k, f, i, j, top: i * stride, left: j * stride };
    });
    const step = ([f, i, j]) => (f * Ho + i) * Wo + j;
    const covers = (o, r, q) => r >= o.top && r < o.top + HH && q >= o.left && q < o.left + WW;
    const reading = (r, q) => places.filter((o) => covers(o, r, q));
    /** Position of a pixel in a window, flattened as (c, i, j). */
    const tap = (o, c, r, q) => (c * HH + r - o.top) * WW + q - o.left;
    const isPad = (r, q) => r < pad || q < pad || r >= H - pad || q >= W - pad;

    /** Frames [row, column, rows, columns] of the windows that read a cell; of all, when many. */
    function framesOf(seen) {
      const found = seen ? reading(...seen.at.slice(1)).filter((o) => o.f === 0) : [];
      const frames = found.map((o) => [o.top, o.left, HH, WW]);
      if (frames.length <= 4) return frames;
      const [first, last] = [found[0], found.at(-1)];
      return [[first.top, first.left, last.top + HH - first.top, last.left + WW - first.left]];
    }

    // words
    const place = (o) => `rows ${span(o.top, HH)}, columns ${span(o.left, WW)}`;
    const pixel = (array, c, r, q) =>
      isPad(r, q) ? "a padding cell" : index(array, c, r - pad, q - pad);
    const element = (array, o) => index(array, o.f, o.i, o.j);
    const numbered = (name, n) => (n > 1 ? range(n).map((c) => `${name} ${c}`) : null);

    // grids
    const image = (name, note, options) =>
      new Grid({
        name,
        note: shapeText([C, H - 2 * pad, W - 2 * pad]) + note,
        shape: [C, H, W],
        planeNames: numbered("channel", C),
        ...options,
      });
    const filter = (name, note, options) =>
      new Grid({ name, note, shape: [C, HH, WW], planeNames: numbered("channel", C), ...options });
    const outputs = (name, options) =>
      new Grid({
        name,
        note: shapeText([F, Ho, Wo]),
        shape: [F, Ho, Wo],
        picks: "step",
        planeNames: numbered(d.w ? "filter" : "channel", F),
        ...options,
      });
    const padMark = (r, q) => (isPad(r, q) ? "cf-pad " : "");

    return {
      C,
      H,
      W,
      F,
      HH,
      WW,
      Ho,
      Wo,
      pad,
      stride,
      places,
      step,
      covers,
      reading,
      tap,
      isPad,
      framesOf,
      place,
      pixel,
      element,
      image,
      filter,
      outputs,
      padMark,
    };
  }

  /** Paint the gradient that comes in: `lit(o)` for the elements at work, the earlier ones done. */
  function paintUpstream(grid, d, g, k, lit) {
    grid.paint((f, i, j) => {
      const o = g.places[g.step([f, i, j])];
      return { text: num(d.dout[f][i][j]), mark: tone(lit(o), o.k < k) };
    });
  }

  /** dx after each step. A step changes only its own window, so its new values are all we need. */
  function inputGradients(d, g, places) {
    let now = range(g.C).map(() => range(g.H).map(() => new Array(g.W).fill(0)));
    return places.map((o, k) => {
      now = now.map((plane, c) =>
        plane.map((row, r) =>
          row.map((v, q) => (g.covers(o, r, q) ? d.dx[k][g.tap(o, c, r, q)] : v)),
        ),
      );
      return now;
    });
  }

  /** Paint dx after step k: how many shares a cell has got so far stands below its number. */
  function paintInputGradient(grid, g, places, frames, k, seen) {
    const at = seen ? places.length - 1 : k;
    grid.outline(seen?.at[0] ?? 0, g.framesOf(seen));
    grid.paint((c, r, q) => {
      const n = places.slice(0, at + 1).filter((o) => g.covers(o, r, q)).length;
      const on = seen ? same(seen.at, [c, r, q]) : g.covers(places[k], r, q);
      return {
        text: n ? num(frames[at][c][r][q]) : "",
        sub: n > 1 ? `\u00d7${n}` : "",
        mark: g.padMark(r, q) + tone(on, n),
      };
    });
  }

  // -------- convolution

  function conv(d) {
    const g = windows(d);
    return [convForward(d, g), convBackwardInput(d, g), convBackwardFilter(d, g)];
  }

  const ofFilter = (name, o, g) => (g.F > 1 ? index(name, o.f) : name);

  function convForward(d, g) {
    const x = g.image("x", g.pad ? `, padded by ${g.pad}` : "", {
      tone: "input",
      picks: "inspect",
    });
    const w = g.filter("w", shapeText(dims(d.w)), { tone: "weight" });
    const terms = g.filter("window \u00b7 w", "and running sum", { tone: "plain", size: "wide" });
    const out = g.outputs("out", { tone: "output" });
    const last = g.C * g.HH * g.WW - 1;

    function draw(k, seen) {
      const o = g.places[k];
      const readers = seen && g.reading(...seen.at.slice(1));
      x.outline(seen?.at[0] ?? 0, g.framesOf(seen));
      x.paint((c, r, q) => {
        const on = seen ? same(seen.at, [c, r, q]) : g.covers(o, r, q);
        return { text: num(d.x[c][r][q]), mark: g.padMark(r, q) + tone(on) };
      });
      w.label.textContent = ofFilter("w", o, g);
      w.paint((c, i, j) => ({ text: num(d.w[o.f][c][i][j]), mark: tone(!seen) }));
      terms.paint((c, i, j) => {
        if (seen) return {};
        const t = (c * g.HH + i) * g.WW + j;
        const sub = `\u03a3 ${num(d.sums[k][t])}`;
        return { text: num(d.terms[k][t]), sub, mark: t === last ? "cf-end" : "" };
      });
      out.paint((f, i, j) => {
        const p = g.places[g.step([f, i, j])];
        const text = p.k <= k || seen ? num(d.out[f][i][j]) : "";
        return { text, mark: tone(seen ? readers.includes(p) : p === o, p.k < k) };
      });
    }

    function say(k, seen) {
      if (seen) return sayPixel(...seen.at);
      const o = g.places[k];
      const bias = d.b ? ` Adding b = ${num(d.b[o.f])}:` : " So";
      return (
        `The window covers ${g.place(o)} of the ${g.pad ? "padded " : ""}input. ` +
        `Its ${last + 1} products sum to ${num(d.sums[k][last])}.${bias} ` +
        `${g.element("out", o)} = ${num(d.out[o.f][o.i][o.j])}.`
      );
    }

    function sayPixel(c, r, q) {
      const n = g.reading(r, q).length;
      return (
        `${g.pixel("x", c, r, q)} lies in ${plural(n / g.F, "window")}` +
        (g.F > 1 ? `, and ${g.F} filters read each` : "") +
        (g.isPad(r, q) ? "." : `: its gradient will be a sum of ${plural(n, "term")}.`)
      );
    }

    return {
      label: "Forward",
      steps: g.places.length,
      draw,
      say,
      stepAt: g.step,
      inspectable: [x],
      grids: [x, w, terms, out],
      nodes: [x.node, after("\u2217", w.node), after("=", terms.node), after("\u2192", out.node)],
    };
  }

  function convBackwardInput(d, g) {
    const dout = g.outputs("dout", { tone: "grad" });
    const w = g.filter("w", shapeText(dims(d.w)), { tone: "weight" });
    const terms = g.filter("dout \u00b7 w", "", { tone: "plain" });
    const note = g.pad ? ", padding cut off at the end" : "";
    const dx = g.image("dx", note, { tone: "grad", picks: "inspect" });
    const frames = inputGradients(d, g, g.places);

    /** The tap of the filter by which output o read a pixel. */
    const weight = (o, c, r, q) => d.w[o.f][c][r - o.top][q - o.left];

    function draw(k, seen) {
      const o = g.places[k];
      const readers = seen && g.reading(...seen.at.slice(1));
      const used = (c, i, j) =>
        readers.some((p) => p.f === o.f && same(seen.at, [c, p.top + i, p.left + j]));
      paintUpstream(dout, d, g, k, (p) => (seen ? readers.includes(p) : p === o));
      w.label.textContent = ofFilter("w", o, g);
      w.paint((c, i, j) => ({ text: num(d.w[o.f][c][i][j]), mark: tone(!seen || used(c, i, j)) }));
      terms.paint((c, i, j) => {
        const t = (c * g.HH + i) * g.WW + j;
        return seen ? {} : { text: num(d.dxTerms[k][t]) };
      });
      paintInputGradient(dx, g, g.places, frames, k, seen);
    }

    function say(k, seen) {
      if (seen) return sayCell(...seen.at);
      const o = g.places[k];
      const isEarlier = (r, q) => g.covers(o, r, q) && g.reading(r, q)[0].k < k;
      const before = sum(range(g.H).map((r) => range(g.W).filter((q) => isEarlier(r, q)).length));
      return (
        `${g.element("dout", o)} = ${num(d.dout[o.f][o.i][o.j])} times the filter goes to ` +
        `${g.place(o)}, the window it came from. ` +
        (before
          ? `${before} of these ${g.HH * g.WW} places already hold a gradient: the new one is ` +
            "added to it (+=)."
          : "Nothing was there yet.")
      );
    }

    function sayCell(c, r, q) {
      const readers = g.reading(r, q);
      const name = g.pixel("dx", c, r, q);
      if (!readers.length) return `${name}: no window reads this cell, gradient 0.`;
      const parts = readers.map((o) => product(d.dout[o.f][o.i][o.j], weight(o, c, r, q)));
      return (
        `${name} = ${parts.join(" + ")} = ${num(frames.at(-1)[c][r][q])}: ` +
        `${plural(readers.length, "term")}, one for each ` +
        (g.F > 1 ? "window and filter that read it." : "window that read it.")
      );
    }

    return {
      label: "Backward: dx",
      steps: g.places.length,
      draw,
      say,
      stepAt: g.step,
      inspectable: [dx],
      grids: [dout, w, terms, dx],
      nodes: [dout.node, after("\u00d7", w.node), after("=", terms.node), after("+=", dx.node)],
    };
  }

  function convBackwardFilter(d, g) {
    const dout = g.outputs("dout", { tone: "grad" });
    const x = g.image("x", g.pad ? `, padded by ${g.pad}` : "", { tone: "input" });
    const terms = g.filter("dout \u00b7 window", "", { tone: "plain" });
    const dw = g.filter("dw", shapeText(dims(d.w)), { tone: "grad", picks: "inspect" });
    const db = new Grid({ name: "db", note: `(${g.F},)`, shape: [1, 1, g.F], tone: "grad" });
    const ends = range(g.F).map((f) => (f + 1) * g.Ho * g.Wo - 1); // the last step of each filter

    const met = (o, [c, i, j]) => [c, o.top + i, o.left + j]; // the pixel that a weight met
    const flat = (c, i, j) => (c * g.HH + i) * g.WW + j;
    const mates = (o) => g.places.filter((p) => p.f === o.f);

    function draw(k, seen) {
      const o = g.places[k];
      paintUpstream(dout, d, g, k, (p) => (seen ? p.f === o.f : p === o));
      x.paint((c, r, q) => {
        const on = seen
          ? mates(o).some((p) => same(met(p, seen.at), [c, r, q]))
          : g.covers(o, r, q);
        return { text: num(d.x[c][r][q]), mark: g.padMark(r, q) + tone(on) };
      });
      terms.paint((...at) => (seen ? {} : { text: num(d.dwTerms[k][flat(...at)]) }));
      dw.label.textContent = ofFilter("dw", o, g);
      const now = seen ? ends[o.f] : k;
      dw.paint((...at) => ({
        text: num(d.dw[now][flat(...at)]),
        mark: tone(!seen || same(seen.at, at), true),
      }));
      db.paint((_, __, f) => {
        if (f > o.f) return {};
        return { text: num(d.db[f === o.f ? now : ends[f]]), mark: tone(f === o.f, true) };
      });
    }

    function say(k, seen) {
      const o = g.places[k];
      if (seen) return sayWeight(o, seen.at);
      const v = num(d.dout[o.f][o.i][o.j]);
      return (
        `${g.element("dout", o)} = ${v} times the window at ${g.place(o)} is added to ` +
        `${ofFilter("dw", o, g)}; ${v} itself is added to db, now ${num(d.db[k])}.`
      );
    }

    function sayWeight(o, at) {
      const parts = mates(o).map((p) => {
        const [c, r, q] = met(p, at);
        return product(d.dout[p.f][p.i][p.j], d.x[c][r][q]);
      });
      return (
        `${index("dw", o.f, ...at)} = ${parts.join(" + ")} = ` +
        `${num(d.dw[ends[o.f]][flat(...at)])}: each dout times the pixel that this weight met.`
      );
    }

    const gradients = h("div", { class: "cf-column" }, dw.node, db.node);
    return {
      label: "Backward: dw",
      steps: g.places.length,
      draw,
      say,
      stepAt: g.step,
      inspectable: [dw],
      grids: [dout, x, terms, dw],
      nodes: [dout.node, after("\u00d7", x.node), after("=", terms.node), after("+=", gradients)],
    };
  }

  // -------- convolution as a matrix product

  function im2col(d) {
    const g = windows(d);
    return [im2colFill(d, g), im2colMultiply(d, g), im2colScatter(d, g)];
  }

  /** Which pixel of the padded image stands at (row, col) of the matrix: [channel, row, column]. */
  function source(g, row, col) {
    const o = g.places[col];
    const [c, i, j] = [Math.floor(row / (g.HH * g.WW)), Math.floor(row / g.WW) % g.HH, row % g.WW];
    return [c, o.top + i, o.left + j];
  }

  /** A matrix with one column for each window. */
  const columns = (name, note, [rows, cols], options) =>
    new Grid({ name, note: shapeText([rows, cols]) + note, shape: [1, rows, cols], ...options });

  function im2colFill(d, g) {
    const shape = dims(d.cols);
    const x = g.image("x", g.pad ? `, padded by ${g.pad}` : "", {
      tone: "input",
      picks: "inspect",
    });
    const table = columns("cols", "", shape, { tone: "input", picks: "inspect" });
    const pixel = (seen) => (seen.grid === x ? seen.at : source(g, seen.at[1], seen.at[2]));

    function draw(k, seen) {
      const chosen = seen && pixel(seen);
      x.paint((c, r, q) => {
        const on = seen ? same(chosen, [c, r, q]) : g.covers(g.places[k], r, q);
        return { text: num(d.x[c][r][q]), mark: g.padMark(r, q) + tone(on) };
      });
      table.paint((_, row, col) => {
        const on = seen ? same(chosen, source(g, row, col)) : col === k;
        const text = seen || col <= k ? num(d.cols[row][col]) : "";
        return { text, mark: tone(on, col < k && !seen) };
      });
    }

    function say(k, seen) {
      if (seen) {
        const [c, r, q] = pixel(seen);
        const copies = g.reading(r, q).filter((o) => o.f === 0).length;
        return (
          `${g.pixel("x", c, r, q)} stands in cols ${plural(copies, "time")}: once for each ` +
          "window that reads it."
        );
      }
      const o = g.places[k];
      return (
        `Column ${k} is the window of output (${o.i}, ${o.j}): ${g.place(o)}, read channel by ` +
        `channel and row by row, ${shape[0]} numbers from top to bottom.`
      );
    }

    return {
      label: "Fill the columns",
      steps: shape[1],
      draw,
      say,
      inspectable: [x, table],
      grids: [x, table],
      nodes: [x.node, after("\u2192", table.node)],
    };
  }

  function im2colMultiply(d, g) {
    const [rows, cols] = dims(d.cols);
    const flat = d.w.map((filter) => filter.flat(2));
    const w = columns("w.reshape(F, -1)", "", [g.F, rows], { tone: "weight" });
    const table = columns("cols", "", [rows, cols], { tone: "input" });
    const note = ", one row for each filter";
    const out = columns("out", note, [g.F, cols], { tone: "output", picks: "step" });

    function draw(k) {
      const [f, col] = [Math.floor(k / cols), k % cols];
      w.paint((_, row, t) => ({ text: num(flat[row][t]), mark: tone(row === f) }));
      table.paint((_, row, c) => ({ text: num(d.cols[row][c]), mark: tone(c === col) }));
      out.paint((_, row, c) => {
        const o = g.places[row * cols + c];
        const text = o.k <= k ? num(d.out[o.f][o.i][o.j]) : "";
        return { text, mark: tone(o.k === k, o.k < k) };
      });
    }

    function say(k) {
      const o = g.places[k];
      return (
        `Filter ${o.f}, laid out as a row, times column ${k % cols}: ` +
        `${num(d.out[o.f][o.i][o.j])}, which is ${g.element("out", o)}. ` +
        "All of out is one matrix product."
      );
    }

    return {
      label: "Multiply",
      steps: g.F * cols,
      draw,
      say,
      stepAt: ([, f, col]) => f * cols + col,
      grids: [w],
      nodes: [w.node, after("@", table.node), after("=", out.node)],
    };
  }

  function im2colScatter(d, g) {
    const [rows, cols] = dims(d.cols);
    const table = columns("dcols", " = w.T @ dout", [rows, cols], { tone: "grad" });
    const note = g.pad ? ", padding cut off at the end" : "";
    const dx = g.image("dx", note, { tone: "grad", picks: "inspect" });
    const places = g.places.slice(0, cols); // one for each window, whatever the number of filters
    const frames = inputGradients(d, g, places);

    function draw(k, seen) {
      table.paint((_, row, col) => {
        const on = seen ? same(seen.at, source(g, row, col)) : col === k;
        return { text: num(d.dcols[row][col]), mark: tone(on, col < k && !seen) };
      });
      paintInputGradient(dx, g, places, frames, k, seen);
    }

    function say(k, seen) {
      if (seen) return sayCell(...seen.at);
      return (
        `Column ${k} of dcols is folded back into a window and added (+=) at ` +
        `${g.place(places[k])}: im2col copied, so col2im adds.`
      );
    }

    function sayCell(c, r, q) {
      const parts = places
        .filter((o) => g.covers(o, r, q))
        .map((o) => factor(d.dcols[g.tap(o, c, r, q)][o.k]));
      const total = parts.length > 1 ? ` = ${num(frames.at(-1)[c][r][q])}` : "";
      const copies = parts.length === 1 ? "one copy" : `${parts.length} copies`;
      return `${g.pixel("dx", c, r, q)} = ${parts.join(" + ") || 0}${total}: ${copies} in cols.`;
    }

    return {
      label: "Backward: col2im",
      steps: cols,
      draw,
      say,
      inspectable: [dx],
      grids: [table, dx],
      nodes: [table.node, after("+=", dx.node)],
    };
  }

  // -------- max-pooling

  function pool(d) {
    const g = windows(d);
    const own = (c, r, q) => g.reading(r, q).filter((o) => o.f === c); // windows of its channel
    const won = (c, r, q) => own(c, r, q).filter((o) => same(d.winners[o.k], [r, q]));
    return [poolForward(d, g, own, won), poolBackward(d, g, won)];
  }

  /** The mark of a pixel while window o is at work: the winner stands out. */
  const poolMark = (d, g, o, [c, r, q]) =>
    c !== o.f || !g.covers(o, r, q)
      ? ""
      : same(d.winners[o.k], [r, q])
        ? "cf-on cf-winner"
        : "cf-on";

  function poolForward(d, g, own, won) {
    const x = g.image("x", "", { tone: "input", picks: "inspect" });
    const out = g.outputs("out", { tone: "output" });

    function draw(k, seen) {
      const o = g.places[k];
      const readers = seen && own(...seen.at);
      x.paint((...at) => {
        const mark = seen ? tone(same(seen.at, at)) : poolMark(d, g, o, at);
        return { text: num(d.x[at[0]][at[1]][at[2]]), mark };
      });
      out.paint((f, i, j) => {
        const p = g.places[g.step([f, i, j])];
        const text = seen || p.k <= k ? num(d.out[f][i][j]) : "";
        return { text, mark: tone(seen ? readers.includes(p) : p === o, p.k < k && !seen) };
      });
    }

    function say(k, seen) {
      if (seen) {
        const wins = won(...seen.at).length;
        const lies = plural(own(...seen.at).length, "window");
        return `${index("x", ...seen.at)} lies in ${lies} and wins ${wins || "none"}.`;
      }
      const o = g.places[k];
      const rows = d.x[o.f].slice(o.top, o.top + g.HH);
      const values = rows.flatMap((row) => row.slice(o.left, o.left + g.WW));
      const best = d.out[o.f][o.i][o.j];
      const tie = values.filter((v) => v === best).length > 1;
      return (
        `max(${values.map((v) => num(v)).join(", ")}) = ${num(best)}, won by ` +
        `${index("x", o.f, ...d.winners[k])}.${tie ? " On a tie the first one wins." : ""}`
      );
    }

    return {
      label: "Forward",
      steps: g.places.length,
      draw,
      say,
      stepAt: g.step,
      inspectable: [x],
      grids: [x, out],
      nodes: [x.node, after("\u2192", out.node)],
    };
  }

  function poolBackward(d, g, won) {
    const dout = g.outputs("dout", { tone: "grad" });
    const dx = g.image("dx", "", { tone: "grad", picks: "inspect" });
    const last = g.places.length - 1;
    const paid = (k, at) => won(...at).filter((o) => o.k <= k);

    function draw(k, seen) {
      const o = g.places[k];
      const wins = seen && won(...seen.at);
      paintUpstream(dout, d, g, k, (p) => (seen ? wins.includes(p) : p === o));
      const now = seen ? last : k;
      dx.paint((...at) => {
        const shares = paid(now, at);
        const value = shares.length ? d.dx[shares.at(-1).k] : 0;
        const chosen = seen ? tone(same(seen.at, at)) : poolMark(d, g, o, at);
        return {
          text: shares.length || now === last ? num(value) : "",
          sub: shares.length > 1 ? `\u00d7${shares.length}` : "",
          mark: chosen || tone(false, shares.length),
        };
      });
    }

    function say(k, seen) {
      if (seen) return sayCell(seen.at);
      const o = g.places[k];
      const winner = [o.f, ...d.winners[k]];
      return (
        `${g.element("dout", o)} = ${num(d.dout[o.f][o.i][o.j])} goes to the winner, ` +
        `${index("dx", ...winner)}, alone` +
        (paid(k, winner).length > 1 ? ", on top of what it had (+=)." : ".")
      );
    }

    function sayCell(at) {
      const shares = paid(last, at);
      const name = index("dx", ...at);
      if (!shares.length)
        return `${name} = 0: this input won no window, so no gradient comes back.`;
      const parts = shares.map((o) => factor(d.dout[o.f][o.i][o.j])).join(" + ");
      const total = shares.length > 1 ? ` = ${num(d.dx[shares.at(-1).k])}` : "";
      return `${name} = ${parts}${total}: it won ${plural(shares.length, "window")}.`;
    }

    return {
      label: "Backward",
      steps: g.places.length,
      draw,
      say,
      stepAt: g.step,
      inspectable: [dx],
      grids: [dx, dout],
      nodes: [dout.node, after("\u2192", dx.node)],
    };
  }

  // -------- a recurrent network through time

  function rnn(d) {
    const [T, D] = dims(d.x);
    const H = d.h0.length;
    return [rnnForward(d, T, D, H), rnnBackward(d, T, D, H)];
  }

  const times = (T) => ["h0", ...range(T).map((t) => `t=${t}`)];
  const shade = (v, strongest = 1) => ({ text: num(v), heat: v / strongest });
  const plain = (v) => ({ text: num(v) });
  const nothing = { mark: "cf-void" };

  function rnnForward(d, T, D, H) {
    const x = new Grid({
      name: "x",
      note: `${shapeText([T, D])}, a column for each step`,
      shape: [1, D, T + 1],
      tone: "input",
      size: "mid",
    });
    const states = new Grid({
      name: "h",
      note: `${shapeText([T, H])}, after h0`,
      shape: [1, H, T + 1],
      tone: "output",
      size: "mid",
      picks: "inspect",
      columnNames: times(T),
    });
    const Wx = new Grid({
      name: "Wx",
      note: shapeText([D, H]),
      shape: [1, D, H],
      tone: "weight",
      size: "mid",
    });
    const Wh = new Grid({
      name: "Wh",
      note: shapeText([H, H]),
      shape: [1, H, H],
      tone: "weight",
      size: "mid",
    });
    const sums = new Grid({
      name: "one step",
      shape: [5, 1, H],
      tone: "plain",
      size: "mid",
      planeNames: ["x[t] Wx", "+ h[t\u22121] Wh", "+ b", "= a", "tanh(a) = h[t]"],
    });
    const state = (col) => (col === 0 ? d.h0 : d.h[col - 1]);
    const parts = (t) => [d.fromX[t], d.fromH[t], d.b, d.a[t], d.h[t]];

    function draw(k, seen) {
      const [unit, now] = seen ? [seen.at[1], seen.at[2]] : [null, k + 1];
      const on = (lit) => (lit ? "cf-ring" : "");
      x.paint((_, i, col) =>
        col === 0 ? nothing : { ...shade(d.x[col - 1][i], d.strongest), mark: on(col === now) },
      );
      states.paint((_, i, col) => {
        if (col > k + 1 && !seen) return {};
        const chosen = col === now && (unit === null || i === unit);
        return { ...shade(state(col)[i]), mark: on(chosen || (now > 0 && col === now - 1)) };
      });
      Wx.paint((_, i, j) => ({ text: num(d.Wx[i][j]), mark: on(now > 0 && j === unit) }));
      Wh.paint((_, i, j) => ({ text: num(d.Wh[i][j]), mark: on(now > 0 && j === unit) }));
      sums.paint((row, _, j) =>
        now === 0
          ? {}
          : { ...(row === 4 ? shade : plain)(parts(now - 1)[row][j]), mark: on(j === unit) },
      );
    }

    function say(k, seen) {
      if (!seen) {
        const before = k === 0 ? "h0" : `h[${k - 1}]`;
        return (
          `h[${k}] = tanh(x[${k}] Wx + ${before} Wh + b): the state before and the input below ` +
          "it make the new state. The same Wx, Wh and b serve every step."
        );
      }
      const [, i, col] = seen.at;
      if (col === 0) return `h0[${i}] = ${num(d.h0[i])} is given: the state before the first step.`;
      const [fromX, fromH] = [d.fromX[col - 1][i], d.fromH[col - 1][i]];
      return (
        `h[${col - 1}, ${i}] = tanh(${num(fromX)} + ${factor(fromH)} + ${factor(d.b[i])}) = ` +
        `${num(d.h[col - 1][i])}: the input times column ${i} of Wx, the state before times ` +
        `column ${i} of Wh, and b[${i}].`
      );
    }

    return {
      label: "Forward",
      steps: T,
      draw,
      say,
      inspectable: [states],
      grids: [states, Wh, sums],
      nodes: [
        h("div", { class: "cf-column" }, states.node, x.node),
        h("div", { class: "cf-column" }, Wh.node, Wx.node),
        sums.node,
      ],
    };
  }

  function rnnBackward(d, T, D, H) {
    const dh = new Grid({
      name: "dh",
      note: "gradient of each state",
      shape: [3, H, T + 1],
      tone: "grad",
      size: "mid",
      picks: "inspect",
      columnNames: times(T),
      planeNames: ["", "from step t + 1: da[t + 1] Wh.T", "the sum of both"],
    });
    dh.node.querySelector(".cf-plane-name").textContent = "from the loss at t";
    const dWh = new Grid({
      name: "dWh",
      note: `${shapeText([H, H])}, +=`,
      shape: [1, H, H],
      tone: "grad",
      size: "mid",
      picks: "inspect",
    });
    const dx = new Grid({
      name: "dx",
      note: `${shapeText([T, D])}, = da Wx.T`,
      shape: [1, D, T + 1],
      tone: "grad",
      size: "mid",
    });
    const before = (t, i) => (t === 0 ? d.h0[i] : d.h[t - 1][i]);
    const planes = [
      (i, c) => (c === 0 ? 0 : d.dh[c - 1][i]),
      (i, c) => d.carried[c][i],
      (i, c) => (c === 0 ? d.carried[0][i] : d.dh[c - 1][i] + d.carried[c][i]),
    ];
    const known = (k, p, col) =>
      p === 0 || col >= T - k || (p === 1 && col >= T - k - 1) || (k === T - 1 && col === 0);

    function draw(k, seen) {
      const now = T - k; // the column of step t = T - 1 - k
      const at = seen ? T - 1 : k;
      dh.paint((p, i, col) => {
        if (p === 0 && col === 0) return nothing;
        if (!known(at, p, col)) return {};
        const lit =
          seen?.grid === dh
            ? i === seen.at[1] && col === seen.at[2]
            : !seen && (col === now || (p === 1 && col === now - 1));
        return { ...shade(planes[p](i, col), d.strongest), mark: lit ? "cf-ring" : "" };
      });
      dWh.paint((_, i, j) => ({
        ...shade(d.dWh[at][i][j], d.strongest),
        mark: seen?.grid === dWh && seen.at[1] === i && seen.at[2] === j ? "cf-ring" : "",
      }));
      dx.paint((_, i, col) =>
        col === 0
          ? nothing
          : col < now && !seen
            ? {}
            : {
                ...shade(d.dx[col - 1][i], d.strongest),
                mark: col === now && !seen ? "cf-ring" : "",
              },
      );
    }

    function say(k, seen) {
      if (seen?.grid === dh) return sayState(...seen.at.slice(1));
      if (seen) return sayWeight(...seen.at.slice(1));
      const t = T - 1 - k;
      const previous = t === 0 ? "h0" : `h[${t - 1}]`;
      return (
        `t = ${t}: da = dh[${t}] (1 \u2212 h[${t}]\u00b2). It goes back to ${previous} as ` +
        `da Wh.T, and ${previous} times da is added to dWh. ` +
        (k === 0
          ? "Nothing comes from later: this is the last step."
          : "Both sources of dh are summed first.")
      );
    }

    function sayState(i, col) {
      if (col === 0) return `dh0[${i}] = ${num(d.carried[0][i])}: only the first step reads h0.`;
      return (
        `h[${col - 1}, ${i}] acts twice: on the loss at t = ${col - 1} (${num(d.dh[col - 1][i])}) ` +
        `and on the next step (${num(d.carried[col][i])}). Its gradient is the sum, ` +
        `${num(planes[2](i, col))}.`
      );
    }

    function sayWeight(i, j) {
      const parts = range(T).map((t) => product(before(t, i), d.da[t][j]));
      return (
        `dWh[${i}, ${j}] = ${parts.join(" + ")} = ${num(d.dWh[T - 1][i][j])}: one term for each ` +
        "step, since every step used this weight."
      );
    }

    return {
      label: "Backward",
      steps: T,
      draw,
      say,
      inspectable: [dh, dWh],
      grids: [dh, dWh],
      nodes: [dh.node, h("div", { class: "cf-column" }, dWh.node, dx.node)],
    };
  }

  // -------- charts

  /** An SVG with two axes. Returns its node, the layer to draw in, and the scales X and Y. */
  function chart({
    x,
    y,
    xTicks = [],
    yTicks = [],
    xName,
    yName,
    height = 250,
    right = 12,
    label = "",
  }) {
    const [width, left, top, bottom] = [460, 64, 10, 42];
    const scale =
      ([low, high], from, to) =>
      (v) =>
        from + ((v - low) / (high - low)) * (to - from);
    const X = scale(x, left, width - right);
    const Y = scale(y, height - bottom, top);
    const layer = svg("svg", {
      x: left,
      y: top,
      width: width - left - right,
      height: height - top - bottom,
      viewBox: `${left} ${top} ${width - left - right} ${height - top - bottom}`,
    }); // clips its content
    const text = (content, attrs) => svg("text", attrs, content);
    const node = svg(
      "svg",
      { class: "cf-chart", viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label },
      svg("rect", {
        class: "cf-frame",
        x: left,
        y: top,
        width: width - left - right,
        height: height - top - bottom,
      }),
      ...xTicks.map(([v, name]) =>
        text(name, { x: X(v), y: height - bottom + 16, class: "cf-middle" }),
      ),
      ...yTicks.map(([v, name]) =>
        svg(
          "g",
          {},
          svg("line", { class: "cf-rule", x1: left, x2: width - right, y1: Y(v), y2: Y(v) }),
          text(name, { x: left - 5, y: Y(v) + 4, class: "cf-right" }),
        ),
      ),
      layer,
      text(xName, { x: X((x[0] + x[1]) / 2), y: height - 4, class: "cf-middle" }),
      text(yName, {
        x: -Y((y[0] + y[1]) / 2),
        y: 13,
        transform: "rotate(-90)",
        class: "cf-middle",
      }),
    );
    return { node, layer, X, Y, width };
  }

  const points = (places) => places.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(" ");
  const short = (v) =>
    v !== 0 && (Math.abs(v) < 0.01 || Math.abs(v) >= 10000)
      ? v.toExponential(1).replace("-", "\u2212").replace("+", "")
      : num(v, 3);

  // -------- a slope, by nudging

  function slope(d) {
    return d.modes.map((mode) => {
      const [low, high] = [Math.min(...d.curve[1]), Math.max(...d.curve[1])];
      const [left, right] = [d.curve[0][0], d.curve[0].at(-1)];
      const c = chart({
        x: [left, right],
        y: [low, high],
        xName: "x",
        yName: "f(x)",
        xTicks: d.ticks[0].map((v) => [v, num(v)]),
        yTicks: d.ticks[1].map((v) => [v, num(v)]),
        label: `the curve ${d.name} with a line through two of its points`,
      });
      const along = (slope, [x, y]) =>
        points([left, right].map((at) => [c.X(at), c.Y(y + slope * (at - x))]));
      const [x, y] = d.at;
      const curve = svg("polyline", {
        class: "cf-trail cf-input",
        points: points(d.curve[0].map((v, k) => [c.X(v), c.Y(d.curve[1][k])])),
      });
      const tangent = svg("polyline", {
        class: "cf-guide",
        fill: "none",
        points: along(d.slope, d.at),
      });
      const secant = svg("polyline", { class: "cf-trail cf-grad" });
      const dots = range(2).map(() => svg("circle", { class: "cf-racer cf-grad", r: 5 }));
      const middle = svg("circle", { class: "cf-racer cf-input", cx: c.X(x), cy: c.Y(y), r: 4 });
      const [width, height] = [c.X(right) - c.X(left), c.Y(low) - c.Y(high)];
      const frame = { x: c.X(left), y: c.Y(high), width, height };
      const viewBox = Object.values(frame).join(" ");
      const clipped = svg("svg", { ...frame, viewBox }, tangent, secant); // lines end at the frame
      c.layer.append(clipped, curve, middle, ...dots);

      function draw(k) {
        const { ends, slope: now } = mode.frames[k];
        secant.setAttribute("points", along(now, ends[0]));
        dots.forEach((dot, e) => {
          dot.setAttribute("cx", c.X(ends[e][0]));
          dot.setAttribute("cy", c.Y(ends[e][1]));
        });
      }

      function say(k) {
        const { h: nudge, ends, slope: now, error } = mode.frames[k];
        const [from, to] = ends.map((end) => end[0]);
        return (
          `h = ${short(nudge)}: (f(${num(to, 4)}) \u2212 f(${num(from, 4)})) / ${num(to - from, 4)} = ` +
          `${num(now, 4)}. The slope is ${num(d.slope, 4)}, so it is off by ${short(error)}.`
        );
      }

      return { label: mode.label, steps: mode.frames.length, draw, say, nodes: [c.node] };
    });
  }

  // -------- gradient norm by time step

  function norms(d) {
    const T = d.norms[0][0].length;
    const low = -10;
    const log = (v) => Math.log10(Math.max(v, 10 ** (low - 1)));
    const decades = [-10, -8, -6, -4, -2, 0, 2];

    return d.norms.map((curves, m) => {
      const c = chart({
        x: [0, T - 1],
        y: [low, 2.5],
        xName: "time step t",
        yName: "norm of the gradient",
        xTicks: range(T)
          .filter((t) => t % 5 === 0 || t === T - 1)
          .map((t) => [t, t]),
        yTicks: decades.map((e) => [e, e === 0 ? "1" : `1e${num(e)}`]),
        label: `${d.names[m]}: arrow keys point at a time step`,
      });
      const lines = curves.map((curve) =>
        svg("polyline", {
          class: "cf-line",
          points: points(curve.map((v, t) => [c.X(t), c.Y(log(v))])),
        }),
      );
      const dots = range(T).map((t) => svg("circle", { cx: c.X(t), r: 3, class: "cf-dot" }));
      const tag = svg("text", { class: "cf-tag", x: c.X(0) + 6 });
      const guide = svg("line", { class: "cf-guide", y1: 0, y2: 400 });
      c.layer.append(guide, ...lines, ...dots, tag);
      const grid = { picks: "inspect", shape: [1, 1, T] };
      pointAlong(c, grid, T);

      function draw(k, seen) {
        lines.forEach((line, i) => line.classList.toggle("cf-now", i === k));
        dots.forEach((dot, t) => {
          dot.setAttribute("cy", c.Y(log(curves[k][t])));
          dot.setAttribute("r", seen?.at[2] === t ? 6 : 3);
        });
        guide.setAttribute("x1", seen ? c.X(seen.at[2]) : -9);
        guide.setAttribute("x2", seen ? c.X(seen.at[2]) : -9);
        tag.textContent = `radius ${num(d.radii[k])}`;
        tag.setAttribute("y", clamp(c.Y(log(curves[k][0])) + 22, 24, c.Y(low) - 8)); // below the line
      }

      function say(k, seen) {
        const radius = `Spectral radius ${num(d.radii[k])}`;
        if (!seen) {
          const first = curves[k][0];
          const fate =
            first < 0.5
              ? `smaller by a factor of ${short(1 / first)}`
              : first > 2
                ? `larger by a factor of ${short(first)}`
                : "as large as before";
          return (
            `${radius}: a gradient of 1 at t = ${T - 1} reaches t = 0 with a norm of ` +
            `${short(first)}: ${fate}.`
          );
        }
        const t = seen.at[2];
        return (
          `${radius}: ${plural(T - 1 - t, "step")} back, at t = ${t}, the gradient has a norm of ` +
          `${short(curves[k][t])}.`
        );
      }

      return {
        label: d.names[m],
        steps: d.radii.length,
        draw,
        say,
        inspectable: [grid],
        nodes: [c.node],
      };
    });
  }

  /** Let a chart answer to pointer and arrow keys: one of `n` places along x is inspected. */
  function pointAlong(c, grid, n) {
    let at = null;
    const tell = (type, place) => {
      at = place;
      const detail = { grid, at: place === null ? null : [0, 0, place], type };
      c.node.dispatchEvent(new CustomEvent("cf-pick", { bubbles: true, detail }));
    };
    const nearest = (event) => {
      const box = c.node.getBoundingClientRect();
      const x = ((event.clientX - box.left) / box.width) * c.width;
      return clamp(Math.round(((x - c.X(0)) / (c.X(n - 1) - c.X(0))) * (n - 1)), 0, n - 1);
    };
    const mouse = (event, action) => event.pointerType === "mouse" && action();
    c.node.setAttribute("tabindex", 0);
    c.node.addEventListener("pointermove", (event) =>
      mouse(event, () => tell("hover", nearest(event))),
    );
    c.node.addEventListener("pointerleave", (event) => mouse(event, () => tell("leave", null)));
    c.node.addEventListener("click", (event) => tell("choose", nearest(event)));
    c.node.addEventListener("blur", () => tell("leave", null));
    c.node.addEventListener("keydown", (event) => {
      const move = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (!move) return;
      tell("hover", clamp(at === null ? n - 1 : at + move, 0, n - 1));
      event.preventDefault();
      event.stopPropagation();
    });
  }

  // -------- optimizers racing

  const TONES = ["weight", "input", "output", "grad"];

  function race(d) {
    return d.scales.map((scale, s) => ({
      ...raceMode(d, scale, d.paths[s], d.losses[s]),
      first: s === d.first,
    }));
  }

  /** The mark of racer `r`, told apart by shape as well as by color. */
  const marker = (r) =>
    svg("path", {
      class: `cf-racer cf-${TONES[r]}`,
      d: [
        "M-5,0a5,5 0 1,0 10,0a5,5 0 1,0 -10,0z",
        "M-4.5,-4.5h9v9h-9z",
        "M0,-6l5.5,10h-11z",
        "M0,-6.5l6.5,6.5l-6.5,6.5l-6.5,-6.5z",
      ][r % 4],
    });

  function raceMode(d, scale, paths, losses) {
    const c = chart({
      x: [-4.6, 2.6],
      y: [-2, 2],
      xName: "w[0], along the valley",
      yName: "w[1], across",
      xTicks: [-4, -2, 0, 2].map((v) => [v, num(v)]),
      yTicks: [-1, 0, 1].map((v) => [v, num(v)]),
      label: "a long valley with its lowest point at (0, 0)",
    });
    const levels = [0.5, 2, 5, 10, 20, 40].map((loss) =>
      svg("ellipse", {
        class: "cf-level",
        cx: c.X(0),
        cy: c.Y(0),
        rx: c.X(Math.sqrt((2 * loss) / d.steepness[0])) - c.X(0),
        ry: c.Y(0) - c.Y(Math.sqrt((2 * loss) / d.steepness[1])),
      }),
    );
    const place = ([x, y]) => [c.X(clamp(x, -99, 99)), c.Y(clamp(y, -99, 99))];
    const trails = paths.map((_, r) => svg("polyline", { class: `cf-trail cf-${TONES[r]}` }));
    const marks = paths.map((_, r) => marker(r));
    c.layer.append(...levels, ...trails, ...marks);
    const cells = d.names.map(() => h("td"));
    const legend = h(
      "table",
      { class: "cf-table" },
      h(
        "tr",
        {},
        ...["", "rule", "learning rate", "loss"].map((name) => h("th", { scope: "col" }, name)),
      ),
      ...d.names.map((name, r) =>
        h(
          "tr",
          {},
          h("td", {}, svg("svg", { class: "cf-key", viewBox: "-8 -8 16 16" }, marker(r))),
          h("th", { scope: "row" }, name),
          h("td", {}, num(scale * d.rates[r], 4)),
          cells[r],
        ),
      ),
    );
    const shown = (loss) => (loss >= 1e6 ? "diverged" : short(loss));

    function draw(k) {
      trails.forEach((trail, r) =>
        trail.setAttribute("points", points(paths[r].slice(0, k + 1).map(place))),
      );
      marks.forEach((mark, r) =>
        mark.setAttribute("transform", `translate(${place(paths[r][k])})`),
      );
      cells.forEach((cell, r) => {
        cell.textContent = shown(losses[r][k]);
      });
    }

    function say(k) {
      const order = range(paths.length).sort((a, b) => losses[a][k] - losses[b][k]);
      if (k === 0) return "All four start at the same place, high on one side of the valley.";
      return (
        `After ${plural(k, "step")}: ` +
        `${order.map((r) => `${d.names[r]} ${shown(losses[r][k])}`).join(", ")}.`
      );
    }

    return {
      label: `rate \u00d7 ${num(scale)}`,
      steps: paths[0].length,
      draw,
      say,
      pace: 160,
      nodes: [c.node, legend],
    };
  }

  // -------- a caption, word by word

  function caption(d) {
    const picture =
      d.image && h("img", { class: "cf-picture", src: d.image, alt: "the picture to describe" });
    const words = d.frames.map((frame) => h("span", { class: "cf-word" }, frame.word));
    const rows = d.frames[0].top.map(() => ({
      word: h("span", { class: "cf-bar-name" }),
      bar: h("span", { class: "cf-bar-fill" }),
      value: h("span", { class: "cf-bar-value" }),
    }));
    const bars = h(
      "div",
      { class: "cf-bars cf-output" },
      ...rows.flatMap((row) => [row.word, h("span", { class: "cf-bar" }, row.bar), row.value]),
    );
    const truth = d.truth ? h("p", { class: "cf-truth" }, h("b", {}, "Truth: "), d.truth) : null;

    function draw(k) {
      words.forEach((word, i) => {
        word.className = `cf-word${i === k ? " cf-now" : i > k ? " cf-later" : ""}`;
      });
      d.frames[k].top.forEach(([word, p], i) => {
        rows[i].word.textContent = word;
        rows[i].word.classList.toggle("cf-chosen", word === d.frames[k].word);
        rows[i].bar.style.width = `${100 * p}%`;
        rows[i].value.textContent = p.toFixed(3);
      });
    }

    function say(k) {
      const before = ["<START>", ...d.frames.slice(0, k).map((frame) => frame.word)];
      const { word, p } = d.frames[k];
      return (
        `After \u201c${before.slice(-4).join(" ")}\u201d the network says \u201c${word}\u201d, ` +
        `probability ${p.toFixed(3)}.` +
        (word === "<END>" ? " The caption is complete." : "")
      );
    }

    const text = h(
      "div",
      { class: "cf-column cf-grow" },
      h("p", { class: "cf-sentence" }, ...words),
      bars,
      ...(truth ? [truth] : []),
    );
    return [
      {
        label: "Sample",
        steps: d.frames.length,
        draw,
        say,
        nodes: picture ? [picture, text] : [text],
      },
    ];
  }

  // -------- a computation graph

  function graph(d) {
    const made = Object.fromEntries(d.nodes.map(([name, sign, args]) => [name, { sign, args }]));
    const names = [...d.inputs, ...d.nodes.map(([name]) => name)];
    const layout = placeNodes(names, made);
    return [graphForward(d, names, made, layout), graphBackward(d, names, made, layout)];
  }

  /** Columns by depth; inputs stand just before their first use; each column is spread evenly. */
  function placeNodes(names, made) {
    const depth = {};
    for (const name of names)
      depth[name] = made[name] ? 1 + Math.max(...made[name].args.map((a) => depth[a])) : 0;
    for (const name of names.filter((n) => !made[n])) {
      const uses = names.filter((n) => made[n]?.args.includes(name)).map((n) => depth[n]);
      if (uses.length) depth[name] = Math.min(...uses) - 1;
    }
    const columns = range(1 + Math.max(...Object.values(depth)));
    const tallest = Math.max(...columns.map((c) => names.filter((n) => depth[n] === c).length));
    const [stepX, stepY] = [122, 84];
    const at = {};
    for (const c of columns) {
      const members = names.filter((n) => depth[n] === c);
      members.forEach((n, i) => {
        at[n] = [50 + c * stepX, 40 + (i + (tallest - members.length) / 2) * stepY];
      });
    }
    return {
      at,
      width: 100 + (columns.length - 1) * stepX,
      height: 110 + (tallest - 1) * stepY,
      columns: columns.length,
    };
  }

  /** The path of an edge: a curve, or a bow when a node is in the way. `side` parts twins. */
  function route(at, from, to, side) {
    const [[x1, y1], [x2, y2]] = [at[from], at[to]];
    const inTheWay = Object.values(at).some(
      ([x, y]) => x > x1 && x < x2 && Math.abs(y - (y1 + ((x - x1) / (x2 - x1)) * (y2 - y1))) < 40,
    );
    if (inTheWay) {
      const low = Math.max(y1, y2) + 62;
      return `M${x1 + 16},${y1 + 31}C${x1 + 50},${low} ${x2 - 50},${low} ${x2 - 16},${y2 + 31}`;
    }
    const middle = (x1 + x2) / 2;
    const [leave, enter] = [y1 + 8 * side, y2 + 16 * side];
    return `M${x1 + 44},${leave}C${middle},${leave} ${middle},${enter} ${x2 - 44},${enter}`;
  }

  function graphPicture(d, names, made, { at, width, height, columns }) {
    const edges = names
      .filter((n) => made[n])
      .flatMap((to) => {
        const byHeight = (a, b) => at[a][1] - at[b][1]; // so that edges do not cross
        const sources = [...made[to].args].sort(byHeight);
        return sources.map((from, i) => ({
          to,
          node: svg("path", {
            class: "cf-edge",
            d: route(at, from, to, i - (sources.length - 1) / 2),
          }),
        }));
      });
    const boxes = Object.fromEntries(
      names.map((name) => {
        const [x, y] = at[name];
        const formula = made[name] ? formulaOf(made[name]) : "";
        const value = svg("text", { class: "cf-value", x, y: y + 7 });
        const gradient = svg("text", { class: "cf-gradient", x, y: y + 24 });
        const box = svg(
          "g",
          { class: "cf-node" },
          svg("rect", { x: x - 44, y: y - 31, width: 88, height: 62, rx: 7 }),
          svg(
            "text",
            { class: "cf-node-name", x, y: y - 14 },
            formula ? `${name} = ${formula}` : name,
          ),
          value,
          gradient,
        );
        return [name, { box, value, gradient }];
      }),
    );
    const node = svg(
      "svg",
      {
        class: "cf-graph",
        viewBox: `0 0 ${width} ${height}`,
        role: "img",
        "aria-label": "computation graph",
        style: `--columns:${columns}`,
      },
      ...edges.map((edge) => edge.node),
      ...names.map((name) => boxes[name].box),
    );
    const scroller = h("div", { class: "cf-scroll" }, node);
    const follow = (name) => {
      scroller.scrollLeft = (at[name][0] / width) * scroller.scrollWidth - scroller.clientWidth / 2;
    };
    return { node: scroller, edges, boxes, follow };
  }

  const formulaOf = ({ sign, args }) =>
    args.length === 2 ? `${args[0]} ${sign} ${args[1]}` : `${sign}(${args[0]})`;
  const mark = (element, name, on) => element.classList.toggle(name, Boolean(on));

  function graphForward(d, names, made, layout) {
    const { node, edges, boxes, follow } = graphPicture(d, names, made, layout);

    function draw(k) {
      const [now] = d.nodes[k];
      const done = new Set([...d.inputs, ...d.nodes.slice(0, k + 1).map(([name]) => name)]);
      for (const name of names) {
        boxes[name].value.textContent = done.has(name) ? short(d.values[name]) : "";
        mark(boxes[name].box, "cf-now", name === now);
      }
      edges.forEach((edge) => mark(edge.node, "cf-now", edge.to === now));
      follow(now);
    }

    function say(k) {
      const [name, sign, args] = d.nodes[k];
      const numbers = formulaOf({ sign, args: args.map((a) => short(d.values[a])) });
      return (
        `${name} = ${formulaOf({ sign, args })} = ${numbers} = ${short(d.values[name])}.` +
        (k === d.nodes.length - 1 ? " This is the output." : "")
      );
    }

    return { label: "Forward", steps: d.nodes.length, draw, say, nodes: [node] };
  }

  function graphBackward(d, names, made, layout) {
    const { node, edges, boxes, follow } = graphPicture(d, names, made, layout);
    const output = d.backward[0].node;

    function draw(k) {
      const known = { [output]: 1 };
      for (const { shares } of d.backward.slice(0, k + 1)) {
        for (const [name, , , total] of shares) known[name] = total;
      }
      const now = d.backward[k].node;
      for (const name of names) {
        boxes[name].value.textContent = short(d.values[name]);
        boxes[name].gradient.textContent = name in known ? `d${name} = ${short(known[name])}` : "";
        mark(boxes[name].box, "cf-now", name === now);
        mark(boxes[name].box, "cf-paid", made[now].args.includes(name));
      }
      edges.forEach((edge) => mark(edge.node, "cf-back", edge.to === now));
      follow(now);
    }

    function say(k) {
      const { node: now, gradient, shares } = d.backward[k];
      const earlier = new Set(
        d.backward.slice(0, k).flatMap((frame) => frame.shares.map(([name]) => name)),
      );
      const parts = shares.map(([name, slope, share, total]) => {
        const again = earlier.has(name);
        earlier.add(name);
        const slopeText = slope < 0 ? `(${short(slope)})` : short(slope);
        const sum = `${short(gradient)}\u00b7${slopeText} = ${short(share)}`;
        return again ? `d${name} += ${sum}, now ${short(total)}` : `d${name} = ${sum}`;
      });
      const start = k === 0 ? `d${now} = 1. ` : "";
      return (
        `${start}${now} = ${formulaOf(made[now])} hands d${now} times its slope to each input: ` +
        `${parts.join("; ")}.`
      );
    }

    return { label: "Backward", steps: d.backward.length, draw, say, nodes: [node] };
  }

  // -------- softmax, live

  /** What scratch.layers.softmax_loss computes, for one example. */
  function softmaxLoss(scores, y) {
    const top = Math.max(...scores);
    const total = sum(scores.map((s) => Math.exp(s - top)));
    const p = scores.map((s) => Math.exp(s - top) / total);
    return { p, loss: Math.log(total) - (scores[y] - top), grad: p.map((v, k) => v - (k === y)) };
  }

  function softmaxSlider(d) {
    const scores = [...d.scores];
    let y = d.y;
    const status = h("p", { class: "cf-status", role: "status", "aria-live": "polite" });
    const group = `cf-right-${Math.random().toString(36).slice(2)}`;
    const rows = d.names.map((name, k) => {
      const row = { p: bar(), grad: bar(), score: h("span", { class: "cf-bar-value" }) };
      row.slider = h("input", {
        type: "range",
        min: -6,
        max: 6,
        step: 0.1,
        "aria-label": `score of ${name}`,
        oninput: () => {
          scores[k] = Number(row.slider.value);
          draw();
        },
      });
      row.slider.value = scores[k];
      row.radio = h("input", {
        type: "radio",
        name: group,
        "aria-label": `${name} is right`,
        onchange: () => {
          y = k;
          draw();
        },
      });
      row.radio.checked = k === y;
      row.node = h(
        "div",
        { class: "cf-softmax-row" },
        h("label", { class: "cf-class" }, row.radio, name),
        h("span", { class: "cf-score" }, row.slider, row.score),
        h("span", { class: "cf-pair cf-output" }, row.p.node, row.p.value),
        h("span", { class: "cf-pair cf-grad cf-signed" }, row.grad.node, row.grad.value),
      );
      return row;
    });

    function draw() {
      const now = softmaxLoss(scores, y);
      rows.forEach((row, k) => {
        row.score.textContent = num(scores[k], 1);
        row.p.set(0, now.p[k]);
        row.grad.set(Math.min(0.5, 0.5 + now.grad[k] / 2), Math.abs(now.grad[k]) / 2);
        row.p.value.textContent = now.p[k].toFixed(3);
        row.grad.value.textContent = num(now.grad[k], 3);
      });
      status.textContent =
        `Loss = \u2212log p[${d.names[y]}] = \u2212log ${now.p[y].toFixed(3)} = ` +
        `${now.loss.toFixed(3)}. Gradient of the right score: p \u2212 1 = ` +
        `${num(now.grad[y], 3)}; of every other score: its p.`;
    }

    const head = h(
      "div",
      { class: "cf-softmax-row cf-softmax-head", "aria-hidden": "true" },
      ...["right class", "score", "probability p", "gradient of the score"].map((name) =>
        h("span", {}, name),
      ),
    );
    draw();
    return [head, ...rows.map((row) => row.node), status];
  }

  // -------- panels: any frames that Python made

  /** Frames of panels. A frame holds what differs from the one before; here each is made whole. */
  function board(d) {
    const whole = (p) => {
      let now = {};
      return d.frames.map((frame) => (now = { ...now, ...frame[p] }));
    };
    const parts = d.kinds.map((kind, p) => {
      const frames = whole(p);
      const part = boards[kind](frames, d);
      const titles = frames.map((frame) => frame.title ?? "");
      const title = titles.some(Boolean)
        ? layered(titles, "cf-part-title", (text) => [text])
        : null;
      const node = h("div", { class: `cf-part cf-part-${kind}` }, title?.node ?? null, part.node);
      const draw = (k) => {
        title?.show(k);
        part.draw(frames[k]);
      };
      return { node, draw };
    });
    return [
      {
        label: "Steps",
        steps: d.frames.length,
        draw: (k) => parts.forEach((part) => part.draw(k)),
        say: (k) => d.texts[k],
        pace: 2200,
        nodes: [h("div", { class: "cf-board" }, ...parts.map((part) => part.node))],
      },
    ];
  }

  /** A box as high as the largest of its contents, whichever of them is shown. */
  function layered(contents, name, nodes) {
    const distinct = [...new Set(contents.map((content) => JSON.stringify(content)))];
    const ghosts = distinct
      .sort((a, b) => b.length - a.length)
      .slice(0, 20)
      .map((text) =>
        h("div", { class: `${name} cf-ghost`, "aria-hidden": "true" }, ...nodes(JSON.parse(text))),
      );
    const live = h("div", { class: name });
    const show = (k) => live.replaceChildren(...nodes(contents[k]));
    return { node: h("div", { class: "cf-stack" }, ...ghosts, live), live, show };
  }

  const widest = (texts) => Math.max(1, ...texts.map((text) => text.length));

  /** A table of numbers or strings. */
  function gridPart(frames) {
    const shown = (v) => (v === null ? "" : typeof v === "number" ? num(v, 6) : v);
    const { cols, cells } = frames[0];
    const tds = cells.map(() => h("td"));
    const named = (side) => frames.some((frame) => frame[side]);
    const colHeads = range(named("colNames") ? cols : 0).map(() => h("th", { scope: "col" }));
    const rowHeads = range(named("rowNames") ? cells.length / cols : 0).map(() =>
      h("th", { scope: "row" }),
    );
    const corner = rowHeads.length ? h("td", { class: "cf-corner" }) : null;
    const body = range(cells.length / cols).map((r) =>
      h("tr", {}, rowHeads[r] ?? null, ...tds.slice(r * cols, (r + 1) * cols)),
    );
    const texts = (side) => frames.flatMap((frame) => frame[side] ?? []);
    const inside = [...texts("cells").map(shown), ...texts("colNames")];
    const style = `--chars:${widest(inside)};--row-chars:${widest(texts("rowNames"))}`;
    const table = h(
      "table",
      { class: "cf-sheet", style },
      colHeads.length ? h("tr", {}, corner, ...colHeads) : null,
      ...body,
    );
    const node = h("div", { class: "cf-scroll" }, table);

    function draw(frame) {
      const [mark, faint] = [new Set(frame.mark), new Set(frame.faint)];
      tds.forEach((td, k) => {
        const v = frame.cells[k];
        const heat = typeof v === "number" && frame.scale ? clamp(v / frame.scale, -1, 1) : 0;
        td.textContent = shown(v);
        td.className = [
          heat > 0 ? "cf-positive" : heat < 0 ? "cf-negative" : "",
          mark.has(k) ? "cf-ring" : "",
          faint.has(k) ? "cf-faint" : "",
        ].join(" ");
        td.style.setProperty("--heat", `${Math.round(60 * Math.abs(heat))}%`);
        if (mark.has(k)) td.setAttribute("aria-current", "true");
        else td.removeAttribute("aria-current");
      });
      table.setAttribute("aria-label", frame.title || "table");
      colHeads.forEach((th, c) => (th.textContent = frame.colNames?.[c] ?? ""));
      rowHeads.forEach((th, r) => (th.textContent = frame.rowNames?.[r] ?? ""));
      if (frame.mark.length) bringIntoView(node, tds[frame.mark[0]]);
    }
    return { node, draw };
  }

  /** Scroll `box` sideways, and nothing else, until `part` of it can be seen. */
  function bringIntoView(box, part) {
    const [frame, at] = [box.getBoundingClientRect(), part.getBoundingClientRect()];
    if (at.right > frame.right) box.scrollLeft += at.right - frame.right + 8;
    if (at.left < frame.left) box.scrollLeft -= frame.left - at.left + 8;
  }

  /** Bars from zero to the right, or to the left where a value is negative. */
  function barsPart(frames) {
    const rows = frames[0].values.map(() => ({
      name: h("span", { class: "cf-bar-name" }),
      ...bar(),
    }));
    const texts = frames.flatMap((frame) => frame.names);
    const shares = frames[0].low === 0 && frames[0].top <= 1; // such as probabilities
    const told = (v) => (shares && (v === 0 || v >= 0.0005) ? v.toFixed(3) : short(v));
    const node = h(
      "div",
      { class: "cf-bars", role: "img", style: `--chars:${widest(texts)}` },
      ...rows.flatMap((row) => [row.name, row.node, row.value]),
    );

    function draw({ values, names, mark, top, low }) {
      const place = (v) => (clamp(v, low, top) - low) / (top - low || 1);
      rows.forEach(({ name, node: track, value, set }, k) => {
        const chosen = k === mark;
        name.textContent = names[k];
        value.textContent = told(values[k]);
        [name, value].forEach((text) => text.classList.toggle("cf-chosen", chosen));
        for (const part of [name, track, value]) {
          part.classList.toggle("cf-output", chosen);
          part.classList.toggle("cf-plain", !chosen);
        }
        const ends = [place(0), place(values[k])];
        set(Math.min(...ends), Math.abs(ends[1] - ends[0]));
      });
      node.setAttribute(
        "aria-label",
        names.map((name, k) => `${name} ${told(values[k])}`).join(", "),
      );
    }
    return { node, draw };
  }

  /** An image with its pixels enlarged, and perhaps a box around some of them. */
  function picturePart(frames, d) {
    const [H, W] = frames[0].size;
    const img = h("img", { class: "cf-pixels", draggable: "false" });
    const box = h("span", { class: "cf-box" });
    const style = `width:${W * frames[0].zoom}px;aspect-ratio:${W}/${H}`;
    const node = h("div", { class: "cf-frame-box", style }, img, box);

    function draw(frame) {
      const src = d.pictures[frame.picture];
      if (img.getAttribute("src") !== src) img.setAttribute("src", src);
      const [top, left, height, width] = frame.box ?? [0, 0, 0, 0];
      box.hidden = !frame.box;
      box.style.inset = [top / H, 1 - (left + width) / W, 1 - (top + height) / H, left / W]
        .map((part) => `${100 * part}%`)
        .join(" ");
      const where = `, rows ${span(top, height)}, columns ${span(left, width)} outlined`;
      img.setAttribute("alt", (frame.title || "picture") + (frame.box ? where : ""));
    }
    return { node, draw };
  }

  /** Lines over one axis, each named at its end, with a dot on each where the reader stands. */
  function curvePart(frames) {
    const first = frames[0];
    const high = (v) => (first.log ? Math.log10(v) : v);
    const c = chart({
      x: first.range[0],
      y: first.range[1],
      xTicks: first.xTicks.map((v) => [v, short(v)]),
      yTicks: first.yTicks.map((v) => [high(v), short(v)]),
      xName: first.xName,
      yName: first.yName,
      height: 240,
      right: 16 + 8.4 * widest(first.names),
    });
    const toned = first.names.map((_, i) => `cf-${TONES[i % TONES.length]}`);
    const [bottom, top] = first.range[1].map(c.Y);
    const guide = svg("line", { class: "cf-guide", y1: bottom, y2: top });
    const trails = toned.map((name) => svg("path", { class: `cf-trail ${name}` }));
    const dots = toned.map((name) => svg("circle", { class: `cf-racer ${name}`, r: 5 }));
    const tags = first.names.map((name, i) =>
      svg("text", { class: `cf-line-name ${toned[i]}` }, name),
    );
    c.layer.append(guide, ...trails);
    c.node.append(...dots, ...tags);

    function draw({ x, lines, names, at, log }) {
      const place = (v, k) => [c.X(x[k]), c.Y(log ? Math.log10(v) : v)];
      const path = (line) =>
        line
          .map((v, k) => {
            const pen = k === 0 || line[k - 1] === null ? "M" : "L";
            return v === null ? "" : pen + points([place(v, k)]);
          })
          .join("");
      const ends = lines.map((line) => {
        const k = line.findLastIndex((v) => v !== null);
        return k < 0 ? null : place(line[k], k);
      });
      const rooms = apart(ends.map((end) => end?.[1] ?? null), 15);
      lines.forEach((line, i) => {
        trails[i].setAttribute("d", path(line));
        const here = at === null ? null : (line[at] ?? null);
        dots[i].setAttribute("visibility", here === null ? "hidden" : "visible");
        if (here !== null) {
          dots[i].setAttribute("cx", c.X(x[at]));
          dots[i].setAttribute("cy", place(here, at)[1]);
        }
        tags[i].setAttribute("visibility", ends[i] ? "visible" : "hidden");
        if (ends[i]) {
          tags[i].setAttribute("x", ends[i][0] + 8);
          tags[i].setAttribute("y", rooms[i] + 4);
        }
      });
      guide.setAttribute("visibility", at === null ? "hidden" : "visible");
      guide.setAttribute("x1", c.X(x[at ?? 0]));
      guide.setAttribute("x2", c.X(x[at ?? 0]));
      const values = names.map((name, i) => `${name} ${short(lines[i][at] ?? NaN)}`);
      c.node.setAttribute(
        "aria-label",
        at === null ? names.join(", ") : `at ${short(x[at])}: ${values.join(", ")}`,
      );
    }
    return { node: c.node, draw };
  }

  /** Heights moved down as far as needed for `gap` between any two; null ones stay out of it. */
  function apart(heights, gap) {
    const order = range(heights.length).filter((i) => heights[i] !== null);
    order.sort((a, b) => heights[a] - heights[b]);
    const rooms = [...heights];
    order.slice(1).forEach((i, k) => (rooms[i] = Math.max(rooms[i], rooms[order[k]] + gap)));
    return rooms;
  }

  /** Words in a row. */
  function wordsPart(frames) {
    const contents = frames.map(({ tokens, notes }) => ({ tokens, notes }));
    const chips = ({ tokens, notes }) =>
      tokens.map((token, i) =>
        h(
          "span",
          { class: "cf-chip", role: "listitem" },
          h("span", { class: "cf-chip-word" }, token),
          notes ? h("small", {}, notes[i]) : null,
        ),
      );
    const { node, live, show } = layered(contents, "cf-chips", chips);
    live.setAttribute("role", "list");

    function draw(frame) {
      show(frames.indexOf(frame));
      const styles = { mark: "cf-now", wrong: "cf-wrong", faint: "cf-faint" };
      for (const [style, name] of Object.entries(styles))
        for (const i of frame[style]) live.children[i].classList.add(name);
      for (const i of frame.mark) live.children[i].setAttribute("aria-current", "true");
      for (const i of frame.wrong)
        live.children[i].setAttribute("aria-label", `${frame.tokens[i]}, wrong`);
    }
    return { node, draw };
  }

  const boards = {
    grid: gridPart,
    bars: barsPart,
    picture: picturePart,
    curve: curvePart,
    words: wordsPart,
  };

  function bar() {
    const box = h("span", { class: "cf-bar-fill" });
    const value = h("span", { class: "cf-bar-value" });
    const set = (from, width) => {
      box.style.left = `${100 * from}%`;
      box.style.width = `${100 * width}%`;
    };
    return { node: h("span", { class: "cf-bar" }, box), value, set };
  }

  // -------- the element

  const steppers = {
    fc,
    conv,
    im2col,
    pool,
    rnn,
    slope,
    norms,
    race,
    caption,
    graph,
    panels: board,
  };
  const boxes = { softmax: softmaxSlider }; // without steps

  /** Where the reader stood, for figures that take the place of one another in a notebook. */
  const memories = {};

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
      if (steppers[kind])
        this.player = new Player(body, steppers[kind](data), summary, this.memory());
      else body.append(...boxes[kind](data));
      body.append(caption);
    }

    memory() {
      const place = this.getAttribute("place");
      return place ? (memories[place] ??= {}) : {};
    }
  }
  customElements.define("course-figure", CourseFigure);
  globalThis.courseFigures = { softmaxLoss, num }; // for the tests
})();
