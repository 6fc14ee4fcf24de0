/* The player: tabs, stage, status line and controls around the frames of a figure. */
((tools) => {
  "use strict";
  const { clamp, h, withCode, range, sum } = tools;

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
      this.scenes = modes.map((mode) =>
        h("div", { class: "cf-scene", "data-label": mode.label }, ...mode.nodes),
      );
      const inARow = (mode) => sum((mode.grids ?? []).map((grid) => grid.width));
      root.style.setProperty("--row", Math.max(1, ...modes.map(inARow))); // cells are sized to fit
      this.status = h("p", { class: "cf-status", role: "status", "aria-live": "polite" });
      const ghosts = modes
        .flatMap(longest)
        .map((text) =>
          h("p", { class: "cf-status cf-ghost", "aria-hidden": "true" }, ...withCode(text)),
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
      addEventListener("beforeprint", () => this.drawEnds());
      addEventListener("afterprint", () => this.draw());
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
      if (this.said !== text) this.status.replaceChildren(...withCode(text));
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

    /** On paper all modes stand below each other, each at its end: see the style sheet. */
    drawEnds() {
      for (const mode of this.modes) mode.draw(mode.steps - 1, null);
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

  Object.assign(tools, { Player });
})(globalThis.courseFigures);
