/* A page at work: its cells, Python, and what is pressed. */
import { Python } from "./python.js";

export class Page {
  constructor({ site, settings, say }) {
    this.site = site;
    this.cells = [];
    this.say = say;
    const below = (place) => new URL(place, new URL("_static/", site)).href;
    this.python = new Python({
      worker: below(`${settings.scripts}worker.js`),
      options: () => ({
        pyodide: below(settings.pyodide),
        wheel: below(settings.wheel),
        checks: window.courseProgress.written(window.courseProgress.read()),
      }),
      say: (text) => this.loading(text),
      receive: (id, kind, content) => this.receive(id, kind, content),
    });
  }

  get shown() { return this.cells.filter((cell) => cell.output); }

  /** What is said of loading stands at the top, and below the cell that waits for it. */
  loading(text) {
    this.say(text);
    this.running?.output.say(text);
  }

  changed() {}

  receive(id, kind, content) {
    const cell = this.cells.find((other) => other.id === id);
    if (kind === "checks") window.courseProgress.take(content);
    else if (kind === "blocked") this.blocked(cell, content);
    else cell.receive?.(kind, content);
  }

  blocked(cell, id) {
    const above = this.cells.find((other) => other.id === id);
    cell.output.clear();
    cell.output.say(`This did not run: the cell above it, “${above.label}”, ended with an error.`);
  }

  checkOf(answer) {
    const below = this.cells.slice(this.cells.indexOf(answer) + 1);
    return below.find((cell) => cell.button) ?? answer;
  }

  /** Run a cell, or all for null; pressed while it runs: end it. */
  async press(cell) {
    if (this.running) return this.running === cell ? this.stop() : this.busy(cell);
    await this.run(cell, cell);
  }

  async run(cell, shown) {
    this.running = shown;
    shown.output.say("");
    shown.runs(performance.now());
    if (!this.python.ready) shown.output.say("Python is loading …");
    await this.python.run(this.cells.map(({ id, kind, code }) => ({ id, kind, code })), cell && this.cells.indexOf(cell));
    this.running = null;
    shown.rests();
  }

  busy(cell) {
    cell?.output.say(`Something else is running (${this.running.label}): stop it, or wait until it is done.`);
  }

  stop() {
    const cell = this.running;
    this.python.stop();
    for (const other of this.shown) other.output.rest();
    cell.output.say("Stopped. If it ran for long, look for a loop that does not end. What ran before runs again "
      + "with your next press.");
  }
}
