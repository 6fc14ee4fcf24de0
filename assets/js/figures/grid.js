/* Planes of cells with numbers, which answer to the pointer and the arrow keys. */
((tools) => {
  "use strict";
  const { clamp, h, range } = tools;

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
      rowNames = null,
    }) {
      const [planes, rows, cols] = shape;
      Object.assign(this, { name, shape, picks, columnNames, rowNames, cells: [], cursor: null });
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
      this.width = cols * (size ? 1.35 : 1) + (rowNames ? 1.5 : 0);
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
      const named = this.rowNames !== null;
      const rowsOf = named
        ? this.rowNames.flatMap((name, r) => [
            h("span", { class: "cf-row-name" }, name),
            ...cells.slice(r * cols, (r + 1) * cols),
          ])
        : cells;
      const classes = "cf-grid" + (named ? " cf-named" : "");
      const grid = h("div", { class: classes, "aria-hidden": "true" }, ...head, ...rowsOf);
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

  Object.assign(tools, { Grid, after, shapeText });
})(globalThis.courseFigures);
