/* A panel: lines over one axis. */
((tools) => {
  "use strict";
  const { TONES, chart, clamp, pointAlong, points, range, room, short, svg } = tools;
  const SHOWN = "inherit"; // "visible" would stand there in a tab that is not open, too

  /** Lines over one axis, each named at its end, with a dot on each where the reader stands or
   * points. */
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
      right: 12 + room(first.names),
    });
    const toned = first.names.map((_, i) => `cf-${TONES[i % TONES.length]}`);
    const free = first.dots.map(() => svg("circle", { class: `cf-racer ${toned.at(-1)}`, r: 5 }));
    const inspect = { picks: "inspect", shape: [1, 1, first.x.length] };
    pointAlong(c, inspect, first.x);
    const [bottom, top] = first.range[1].map(c.Y);
    const guide = svg("line", { class: "cf-guide", y1: bottom, y2: top });
    const trails = toned.map((name) => svg("path", { class: `cf-trail ${name}` }));
    const dots = toned.map((name) => svg("circle", { class: `cf-racer ${name}`, r: 5 }));
    const tags = first.names.map((name, i) =>
      svg("text", { class: `cf-line-name ${toned[i]}` }, name),
    );
    c.layer.append(guide, ...trails);
    c.node.append(...dots, ...free, ...tags);

    function draw(frame, seen) {
      const { x, lines, names, log } = frame;
      const at = seen ? seen.at[2] : frame.at;
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
        if (k < 0) return null;
        const [px, py] = place(line[k], k);
        return [px, clamp(py, top, bottom)]; // a line may be cut before its end
      });
      const rooms = apart(
        ends.map((end) => end?.[1] ?? null),
        15,
      );
      lines.forEach((line, i) => {
        trails[i].setAttribute("d", path(line));
        for (const part of [trails[i], dots[i], tags[i]])
          part.classList.toggle("cf-other", frame.marked !== null && frame.marked !== i);
        trails[i].classList.toggle("cf-dashed", frame.dashed.includes(i));
        const here = at === null ? null : (line[at] ?? null);
        dots[i].setAttribute("visibility", here === null ? "hidden" : SHOWN);
        if (here !== null) {
          dots[i].setAttribute("cx", c.X(x[at]));
          dots[i].setAttribute("cy", place(here, at)[1]);
        }
        tags[i].setAttribute("visibility", ends[i] ? SHOWN : "hidden");
        if (ends[i]) {
          tags[i].setAttribute("x", ends[i][0] + 8);
          tags[i].setAttribute("y", rooms[i] + 4);
        }
      });
      frame.dots.forEach(([px, py], i) => {
        free[i].setAttribute("cx", c.X(px));
        free[i].setAttribute("cy", c.Y(log ? Math.log10(py) : py));
      });
      guide.setAttribute("visibility", at === null ? "hidden" : SHOWN);
      guide.setAttribute("x1", c.X(x[at ?? 0]));
      guide.setAttribute("x2", c.X(x[at ?? 0]));
      const what = at === null ? names.join(", ") : told(frame, at);
      c.node.setAttribute("aria-label", `${what} (arrow keys point along the axis)`);
    }

    /** The values of all lines at one place. */
    function told({ x, lines, names }, at) {
      const values = names
        .map((name, i) => [name, lines[i][at] ?? null])
        .filter(([, v]) => v !== null)
        .map(([name, v]) => `${name} ${short(v)}`);
      return `At ${first.xName || "x"} = ${short(x[at])}: ${values.join(", ") || "nothing"}.`;
    }

    return { node: c.node, draw, inspect, tell: (frame, at) => told(frame, at[2]) };
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
