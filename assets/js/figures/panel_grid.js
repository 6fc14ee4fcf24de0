/* A panel: a table of numbers or strings. */
((tools) => {
  "use strict";
  const { clamp, h, num, range, widest } = tools;

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

  tools.parts.grid = gridPart;
})(globalThis.courseFigures);
