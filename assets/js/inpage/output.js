/* What a cell shows below itself: text, tables, figures, pictures, errors. */
import { element } from "./dom.js";

export class Output {
  /** ``box``: the cell; ``site``: the address of the book, for links. What the page shows already stays. */
  constructor(box, site, label) {
    this.site = site;
    this.given = [...box.querySelectorAll(":scope > .cell_output")];
    this.area = element("div", { className: "cell_output inpage-output", role: "group", "aria-label": label });
    this.note = element("div", { className: "inpage-note", role: "status" });
    this.heard = element("div", { className: "visually-hidden", role: "status" });
    box.append(this.area, this.note, this.heard);
  }

  clear() {
    this.given.forEach((old) => { old.hidden = true; });
    this.area.replaceChildren();
    this.note.textContent = "";
    this.heard.textContent = "";
  }

  /** As the page came. */
  restore() {
    this.clear();
    this.given.forEach((old) => { old.hidden = false; });
  }

  /** The losses of a training that is running. */
  curve(html) {
    this.growing ??= element("div", { className: "inpage-curve" });
    if (!this.growing.isConnected) this.area.append(this.growing);
    this.growing.innerHTML = html;
    this.say("");
  }

  progress(text) {
    if (!this.growing?.isConnected) this.say(text);
  }

  /** What told of a training is gone when it has ended. */
  rest() {
    this.growing?.remove();
    if (this.note.textContent.startsWith("epoch ")) this.say("");
  }

  say(text) { this.note.textContent = text; }

  text(text) {
    const last = this.area.lastChild;
    if (last?.classList.contains("inpage-text")) last.append(text);
    else this.area.append(element("pre", { className: "output stream inpage-text" }, text));
  }

  html(html) {
    const box = element("div", { className: "output text_html", innerHTML: html });
    for (const link of box.querySelectorAll('a[href*=".md"]')) this.mend(link);
    this.area.append(box);
    if (box.querySelector("course-figure")) this.loadFigures();
    this.announce(box.querySelector("strong")?.textContent ?? "Done.");
  }

  /** The figures' scripts, where the page came without a figure. */
  loadFigures() {
    if (customElements.get("course-figure") || document.querySelector("script[src$='figures.js']")) return;
    document.head.append(element("script", { src: new URL("_static/figures.js", this.site).href }));
  }

  /** Said to those who hear the page: the others see it. */
  announce(text) { this.heard.textContent = text; }

  /** Links of notebooks lead to the sources of chapters; on the site these are pages. */
  mend(link) {
    const [, name, place] = link.getAttribute("href").match(/^\.\.\/book\/(\w+)\.md(#.*)?$/) ?? [];
    if (name) link.href = new URL(`book/${name}.html${place ?? ""}`, this.site).href;
  }

  image([content, words]) {
    this.area.append(element("img", { src: `data:image/png;base64,${content}`, alt: words }));
  }

  error([reason, line, shapes]) {
    const parts = [element("strong", {}, ...coded(reason))];
    if (line) parts.push(element("div", {}, "In ", ...coded(line)));
    if (shapes) parts.push(element("div", {}, `Shapes in that line: ${shapes}.`));
    this.area.append(element("div", { className: "inpage-error" }, ...parts));
    this.announce(`Error: ${reason}`);
  }
}

/** What stands in backticks becomes code. */
function coded(text) {
  return text.split("`").map((part, i) => (i % 2 ? element("code", {}, part) : part));
}
