/* One code cell of the page: its editor or its code, its buttons, its output. */
import { button, element } from "./dom.js";
import { Editor, KEYS } from "./editor.js";
import { Output } from "./output.js";

const VERB = { check: "Check", code: "Run", try: "Run" };

export class Cell {
  /** ``spec``: {id, kind, code, label, note}; ``page`` is told of presses and changes. */
  constructor(box, spec, page) {
    Object.assign(this, { box, page, id: spec.id, kind: spec.kind, given: spec.code, label: spec.label });
    this.tools = box.querySelector(".inpage-tools") ?? element("div", { className: "inpage-tools" });
    this.tools.replaceChildren();
    this.output = new Output(box, page.site, `Result: ${spec.label}`);
    if (this.kind === "answer" || this.kind === "try") this.addEditor(spec);
    else if (spec.note) this.replaceCode(spec.note);
    if (this.kind !== "answer") this.addButton();
    this.output.area.before(this.tools);
  }

  get code() { return this.editor?.code ?? this.given; }
  get input() { return this.box.querySelector(".cell_input"); }

  addEditor({ label, saved }) {
    const keys = element("p", { className: "inpage-keys", id: `keys-${this.id}`.replace(/\W/g, "-") }, KEYS);
    this.editor = new Editor({
      label: this.kind === "answer" ? `Your answer: ${label}` : label,
      code: saved ?? this.given,
      changed: () => { this.touched(); this.page.changed(this); },
      run: () => this.page.press(this.runner),
      describedBy: keys.id,
    });
    this.reset = button("Reset", () => this.startAnew(), { title: "Back to what the page came with" });
    this.tools.append(keys, this.reset);
    this.input.replaceChildren(this.editor.box);
    this.touched();
  }

  /** Another code than the page shows: a smaller task, and why. */
  replaceCode(note) {
    const lines = new Editor({ code: this.given, label: this.label });
    lines.field.remove();
    this.input.replaceChildren(element("p", { className: "inpage-smaller" }, note), lines.box);
  }

  addButton() {
    this.button = button(VERB[this.kind], () => this.page.press(this), { "aria-label": `${VERB[this.kind]}: ${this.label}` });
    this.clock = element("span", { className: "inpage-clock", "aria-hidden": "true" });
    this.tools.prepend(this.button, this.clock);
  }

  /** The cell that Shift+Enter runs: a check has a button of its own, below the answer. */
  get runner() { return this.kind === "answer" ? this.page.checkOf(this) : this; }

  touched() { this.reset.hidden = this.code === this.given; }

  startAnew() {
    this.editor.replace(this.given);
    if (this.kind === "try") this.output.restore();
  }

  /** Show that it runs, for how long, and how to end it. */
  runs(since) {
    this.button.textContent = "Stop";
    this.button.setAttribute("aria-label", `Stop: ${this.label}`);
    this.button.classList.add("inpage-stop");
    const tick = () => {
      const seconds = Math.floor((performance.now() - since) / 1000);
      this.clock.textContent = seconds ? `${seconds} s` : "";
    };
    this.ticking = setInterval(tick, 250);
  }

  rests() {
    clearInterval(this.ticking);
    this.clock.textContent = "";
    this.button.textContent = VERB[this.kind];
    this.button.setAttribute("aria-label", `${VERB[this.kind]}: ${this.label}`);
    this.button.classList.remove("inpage-stop");
  }

  receive(kind, content) {
    if (kind === "begin") this.output.clear();
    else if (kind === "end") this.ended(content);
    else this.output[kind]?.(content);
  }

  ended(done) {
    this.box.classList.toggle("inpage-failed", !done);
    this.output.rest();
  }
}
