/* Python, in a worker: a loop that never ends hangs only that, and the page ends it. */

const ADVICE = "Press again to retry. Your answers are kept. Or save them as a notebook and work on your own "
  + "machine, with “make lab”.";
const CRASHED = "Python ended unexpectedly, perhaps for want of memory. Your answers are kept; run it again.";

export class Python {
  /** ``say(text)``: what a reader is told of loading; ``receive(cell, kind, content)``: see session.py. */
  constructor({ worker, options, say, receive }) {
    Object.assign(this, { worker, options, say, receive, thread: null, ready: false, press: null });
    this.advice = ADVICE; // where Python cannot be loaded
  }

  start() {
    if (this.thread) return;
    const thread = new Worker(this.worker);
    this.thread = thread;
    this.ready = false;
    thread.onmessage = ({ data }) => this.heard(data);
    thread.onerror = () => this.failed("its worker did not start");
    thread.postMessage({ options: this.options() });
    this.say("Python is loading …");
  }

  heard({ kind, cell, content }) {
    if (kind === "loading") this.say(content);
    else if (kind === "ready") { this.ready = true; this.say(""); }
    else if (kind === "failed") this.failed(content);
    else if (kind === "crashed") this.end(CRASHED);
    else if (kind === "pressed") this.finish();
    else this.receive(cell, kind, content);
  }

  /** Run cells (see session.py): -> a promise, kept when they have run or have been ended. */
  run(cells, pressed) {
    this.start();
    return new Promise((done) => {
      this.press = done;
      this.thread.postMessage({ cells, pressed });
    });
  }

  finish() {
    this.press?.();
    this.press = null;
  }

  failed(reason) {
    this.end(`Python could not be loaded (${reason}). It comes from ${this.options().pyodide}: are you `
      + `online, and is that address allowed here? ${this.advice}`);
  }

  /** End the thread and what runs in it; the next run starts another. */
  end(why) {
    this.thread?.terminate();
    this.thread = null;
    this.ready = false;
    this.say(why);
    this.finish();
  }

  /** End what runs, at once, and have Python ready for the next run. */
  stop() {
    this.end("");
    this.start();
  }
}
