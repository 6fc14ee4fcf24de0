/* An editor for a few lines of Python: a text field with the page's colors under its letters.
 *
 * A text field, because browsers, phones and screen readers know how to use one: undo, selection,
 * dictation and the keyboard on the glass work as everywhere. Keys of its own: Tab and Shift+Tab
 * indent, Enter keeps the indentation, Shift+Enter runs, Control+/ comments; Escape, then Tab leaves.
 */
import { element } from "./dom.js";
import { colored } from "./highlight.js";

const INDENT = "    ";
export const KEYS = "Tab indents. Escape, then Tab, leaves the editor. Shift+Enter runs.";

export class Editor {
  constructor({ label, code, changed, run, describedBy }) {
    this.changed = changed;
    this.run = run;
    this.field = element("textarea", {
      className: "inpage-field", value: code, spellcheck: false, autocapitalize: "off",
      autocomplete: "off", autocorrect: "off", wrap: "off", "aria-label": label,
      "aria-describedby": describedBy,
    });
    this.paint = element("pre", { className: "inpage-paint", "aria-hidden": "true" });
    this.box = element("div", { className: "inpage-editor highlight" }, this.paint, this.field);
    this.field.addEventListener("input", () => { this.draw(); this.changed(this.code); });
    this.field.addEventListener("keydown", (event) => this.key(event));
    this.field.addEventListener("blur", () => { this.leaving = false; });
    this.draw();
  }

  get code() { return this.field.value; }

  /** Another text, as if it had been typed: undo brings the old one back. */
  replace(code) {
    if (code === this.code) return;
    this.field.focus();
    this.field.select();
    this.type(code);
  }

  /** Another text, unseen by undo: what another tab has written. */
  set(code) {
    this.field.value = code;
    this.draw();
  }

  draw() {
    this.paint.replaceChildren(...colored(this.code), "\n"); // the last line has height, too
  }

  /** Put ``text`` in place of the selection. */
  type(text) {
    const command = text === "" ? "delete" : "insertText"; // these two know undo
    if (!document.execCommand(command, false, text)) {
      this.field.setRangeText(text, this.field.selectionStart, this.field.selectionEnd, "end");
      this.field.dispatchEvent(new Event("input"));
    }
  }

  key(event) {
    const { key, shiftKey, ctrlKey, metaKey, altKey, isComposing } = event;
    if (isComposing || altKey) return;
    const command = ctrlKey || metaKey;
    const leaving = this.leaving;
    if (key !== "Shift") this.leaving = key === "Escape";
    let done = true;
    if (key === "Enter" && (shiftKey || command)) this.run();
    else if (key === "/" && command) this.eachLine(commented);
    else if (command) done = false;
    else if (key === "Tab" && !leaving) this.tab(shiftKey);
    else if (key === "Enter") this.type(`\n${indentation(this.before)}`);
    else if (key === "Backspace") done = this.unindent();
    else done = false;
    if (done) event.preventDefault();
  }

  /** The line of the caret, up to the caret. */
  get before() {
    const { selectionStart: at } = this.field;
    return this.code.slice(this.code.lastIndexOf("\n", at - 1) + 1, at);
  }

  tab(back) {
    const { selectionStart, selectionEnd } = this.field;
    const several = this.code.slice(selectionStart, selectionEnd).includes("\n");
    if (back) this.eachLine((lines) => lines.map((line) => line.replace(/^ {1,4}/, "")));
    else if (several) this.eachLine((lines) => lines.map((line) => line && INDENT + line));
    else this.type(" ".repeat(4 - (this.before.length % 4)));
  }

  /** Backspace in an indentation takes one level of it: -> did it? */
  unindent() {
    const { before, field } = this;
    if (field.selectionStart !== field.selectionEnd || !/^ +$/.test(before)) return false;
    field.selectionStart -= (before.length % 4) || 4;
    this.type("");
    return true;
  }

  /** Change all lines that the selection touches, and keep them selected. */
  eachLine(change) {
    const { code, field } = this;
    const start = code.lastIndexOf("\n", field.selectionStart - 1) + 1;
    const end = code.indexOf("\n", Math.max(field.selectionEnd - 1, start));
    const lines = code.slice(start, end < 0 ? code.length : end);
    const one = field.selectionStart === field.selectionEnd && field.selectionStart - start;
    const next = change(lines.split("\n")).join("\n");
    if (next === lines) return;
    field.setSelectionRange(start, start + lines.length);
    this.type(next);
    if (one === false) field.setSelectionRange(start, start + next.length);
    else this.caret(start + Math.max(0, one + next.length - lines.length));
  }

  caret(at) { this.field.setSelectionRange(at, at); }
}

function indentation(before) {
  const spaces = before.match(/^ */)[0];
  if (before.trimEnd().endsWith(":")) return spaces + INDENT;
  const ends = /^ +(?:return|raise|pass|break|continue)\b/.test(before);
  return ends ? spaces.slice(4) : spaces;
}

function commented(lines) {
  const filled = lines.filter((line) => line.trim());
  if (filled.every((line) => /^ *#/.test(line))) return lines.map((line) => line.replace(/^( *)# ?/, "$1"));
  const least = Math.min(...filled.map((line) => line.match(/^ */)[0].length));
  return lines.map((line) => (line.trim() ? `${line.slice(0, least)}# ${line.slice(least)}` : line));
}
