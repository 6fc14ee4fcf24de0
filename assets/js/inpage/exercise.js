/* An exercise: answers that are kept, checks, the notebook to hand in. */
import { Answers } from "./answers.js";
import { Cell } from "./cell.js";
import { button, download, element } from "./dom.js";
import { answersIn, Notebook } from "./notebook.js";
import { Page } from "./page.js";

const NOT_KEPT = "Your browser does not keep your answers (its storage is off or full). "
  + "Save them as a notebook before you leave this page.";

export class Exercise extends Page {
  constructor(parts, notebook) {
    super(parts);
    this.name = parts.name;
    this.notebook = notebook;
    this.answers = new Answers(parts.name, (lost) => this.lost(lost));
    this.makeCells(parts.boxes);
    this.makeBar(parts.bar);
    this.answers.follow(() => this.fromOtherTab());
    this.lost(!this.answers.works());
    window.addEventListener("beforeunload", (event) => { if (this.unsaved) event.preventDefault(); });
  }

  makeCells(boxes) {
    const specs = this.notebook.cells();
    this.cells = specs.map((spec) => ({ ...spec })); // cells that the page does not show run, too
    let next = 0;
    for (const box of boxes) {
      const text = box.querySelector("pre").textContent.trim();
      const place = specs.findIndex((spec, i) => i >= next && spec.source.trim() === text);
      if (place < 0) throw new Error(`a cell of this page is not in its notebook: ${text.split("\n")[0]}`);
      next = place + 1;
      const { id, code } = specs[place];
      this.cells[place] = new Cell(box, { ...specs[place], saved: this.answers.get(id) }, this);
      if (this.answers.isOlder(id, code)) this.cells[place].output.say("The page has changed this stub since you wrote your answer. Reset shows today's.");
    }
  }

  makeBar(bar) {
    const file = element("input", { type: "file", accept: ".ipynb", hidden: true });
    file.onchange = async () => {
      if (file.files.length) await this.open(file.files[0]);
      file.value = "";
    };
    this.all = button("Run all", () => this.pressAll());
    this.clock = element("span", { className: "inpage-clock" });
    this.warning = element("p", { className: "inpage-warning", role: "alert", hidden: true }, NOT_KEPT);
    this.label = "Run all";
    this.output = { say: this.say };
    bar.querySelector(".inpage-go").replaceWith(
      this.all, this.clock,
      button("Save as notebook", () => this.save()),
      button("Open a notebook", () => file.click()),
      button("Reset all", () => this.resetAll()), file,
    );
    bar.after(this.warning);
  }

  get answerCells() { return this.cells.filter((cell) => cell.kind === "answer"); }

  // ---------------------------------------------------------------- run all

  pressAll() {
    if (this.running) return this.running === this ? this.stop() : this.busy(this);
    return this.run(null, this);
  }

  runs(since) {
    this.all.textContent = "Stop";
    this.ticking = setInterval(() => {
      this.clock.textContent = `${Math.floor((performance.now() - since) / 1000)} s`;
    }, 250);
  }

  rests() {
    clearInterval(this.ticking);
    this.clock.textContent = "";
    this.all.textContent = "Run all";
  }

  // ---------------------------------------------------------------- answers

  changed(cell) {
    this.unsaved = true;
    this.answers.put(cell.id, cell.code, cell.given);
  }

  lost(lost) {
    this.isLost = lost;
    if (!lost) this.unsaved = false;
    if (this.warning) this.warning.hidden = !lost;
  }

  fromOtherTab() {
    for (const cell of this.answerCells) {
      const code = this.answers.get(cell.id) ?? cell.given;
      if (cell.editor && code !== cell.code) { cell.editor.set(code); cell.touched(); }
    }
  }

  resetAll() {
    if (!confirm("Take all answers of this page back to what it came with?")) return;
    for (const cell of this.answerCells) cell.startAnew();
    this.say("All cells are as the page came. Undo in a cell brings its answer back.");
  }

  // ---------------------------------------------------------------- files

  save() {
    const answers = this.answerCells.filter((cell) => cell.code !== cell.given);
    const text = this.notebook.filled(new Map(answers.map((cell) => [cell.id, cell.code])));
    download(text, `my_${this.name}.ipynb`, "application/x-ipynb+json");
    this.unsaved = false;
    this.say(`Saved as my_${this.name}.ipynb, with ${answers.length} of ${this.answerCells.length} answers.`);
  }

  async open(file) {
    try {
      this.take(answersIn(await file.text(), file.name), file.name);
    } catch (error) {
      this.say(error.message);
    }
  }

  take(found, name) {
    const taken = this.answerCells.filter((cell) => found.has(cell.label));
    if (!taken.length) throw new Error(`${name} belongs to another exercise: nothing was taken from it.`);
    const replaced = taken.filter((cell) => cell.code !== cell.given && cell.code !== found.get(cell.label));
    if (replaced.length && !confirm(`Replace ${replaced.length} of your answers by those in ${name}?`)) return;
    for (const cell of taken) cell.editor.replace(found.get(cell.label));
    this.say(`Taken from ${name}: ${taken.length} of ${this.answerCells.length} answers.`);
  }
}

export async function exercise(parts) {
  const address = new URL(`_sources/exercises/${parts.name}.ipynb`, parts.site);
  const answer = await fetch(address, { cache: "no-cache" });
  return new Exercise({ ...parts, say: (text) => { parts.say.textContent = text; } }, new Notebook(await answer.text()));
}
