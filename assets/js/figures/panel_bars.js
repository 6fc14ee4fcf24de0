/* A panel: bars from zero to the right, or to the left where a value is negative. */
((tools) => {
  "use strict";
  const { bar, clamp, h, short, widest } = tools;

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

  tools.parts.bars = barsPart;
})(globalThis.courseFigures);
