/* A panel: lines over one axis. */
((tools) => {
  "use strict";
  const { TONES, chart, points, range, short, svg, widest } = tools;

  /** Lines over one axis, each named at its end, with a dot on each where the reader stands. */
  function curvePart(frames) {
    const first = frames[0];
    const high = (v) => (first.log ? Math.log10(v) : v);
    const c = chart({
      x: first.range[0],
      y: first.range[1],
      xTicks: first.xTicks.map((v) => [v, short(v)]),
      yTicks: first.yTicks.map((v) => [high(v), short(v)]),
      xName: first.xName,
      yName: first.yName,
      height: 240,
      right: 16 + 8.4 * widest(first.names),
    });
    const toned = first.names.map((_, i) => `cf-${TONES[i % TONES.length]}`);
    const [bottom, top] = first.range[1].map(c.Y);
    const guide = svg("line", { class: "cf-guide", y1: bottom, y2: top });
    const trails = toned.map((name) => svg("path", { class: `cf-trail ${name}` }));
    const dots = toned.map((name) => svg("circle", { class: `cf-racer ${name}`, r: 5 }));
    const tags = first.names.map((name, i) =>
      svg("text", { class: `cf-line-name ${toned[i]}` }, name),
    );
    c.layer.append(guide, ...trails);
    c.node.append(...dots, ...tags);

    function draw({ x, lines, names, at, log }) {
      const place = (v, k) => [c.X(x[k]), c.Y(log ? Math.log10(v) : v)];
      const path = (line) =>
        line
          .map((v, k) => {
            const pen = k === 0 || line[k - 1] === null ? "M" : "L";
            return v === null ? "" : pen + points([place(v, k)]);
          })
          .join("");
      const ends = lines.map((line) => {
        const k = line.findLastIndex((v) => v !== null);
        return k < 0 ? null : place(line[k], k);
      });
      const rooms = apart(
        ends.map((end) => end?.[1] ?? null),
        15,
      );
      lines.forEach((line, i) => {
        trails[i].setAttribute("d", path(line));
        const here = at === null ? null : (line[at] ?? null);
        dots[i].setAttribute("visibility", here === null ? "hidden" : "visible");
        if (here !== null) {
          dots[i].setAttribute("cx", c.X(x[at]));
          dots[i].setAttribute("cy", place(here, at)[1]);
        }
        tags[i].setAttribute("visibility", ends[i] ? "visible" : "hidden");
        if (ends[i]) {
          tags[i].setAttribute("x", ends[i][0] + 8);
          tags[i].setAttribute("y", rooms[i] + 4);
        }
      });
      guide.setAttribute("visibility", at === null ? "hidden" : "visible");
      guide.setAttribute("x1", c.X(x[at ?? 0]));
      guide.setAttribute("x2", c.X(x[at ?? 0]));
      const values = names.map((name, i) => `${name} ${short(lines[i][at] ?? NaN)}`);
      c.node.setAttribute(
        "aria-label",
        at === null ? names.join(", ") : `at ${short(x[at])}: ${values.join(", ")}`,
      );
    }
    return { node: c.node, draw };
  }

  /** Heights moved down as far as needed for `gap` between any two; null ones stay out of it. */
  function apart(heights, gap) {
    const order = range(heights.length).filter((i) => heights[i] !== null);
    order.sort((a, b) => heights[a] - heights[b]);
    const rooms = [...heights];
    order.slice(1).forEach((i, k) => (rooms[i] = Math.max(rooms[i], rooms[order[k]] + gap)));
    return rooms;
  }

  tools.parts.curve = curvePart;
})(globalThis.courseFigures);
