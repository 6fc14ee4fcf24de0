/* A panel: dots and lines in a plane. */
((tools) => {
  "use strict";
  const { TONES, chart, h, marker, plural, points, short, svg } = tools;

  /** Dots, lines and sticks between two axes, on a picture that fills the plane. */
  function planePart(frames, d) {
    const first = frames[0];
    const [xs, ys] = first.range;
    const c = chart({
      x: xs,
      y: ys,
      xTicks: first.xTicks.map((v) => [v, short(v)]),
      yTicks: first.yTicks.map((v) => [v, short(v)]),
      xName: first.xName,
      yName: first.yName,
      height: first.square ? 436 : 280,
    });
    const toned = (name, i) => `${name} cf-${TONES[i % TONES.length]}`;
    const image = svg("image", {
      x: c.X(xs[0]),
      y: c.Y(ys[1]),
      width: c.X(xs[1]) - c.X(xs[0]),
      height: c.Y(ys[0]) - c.Y(ys[1]),
      preserveAspectRatio: "none",
      class: "cf-shade",
    });
    const [contours, sticks] = ["cf-level", "cf-stick"].map((name) => svg("path", { class: name }));
    const after = first.names.length; // lines go on where the colors of the dots end
    const trails = first.lineNames.map((_, i) =>
      svg("path", { class: toned("cf-trail", after + i) }),
    );
    const groups = first.names.map(() => svg("g"));
    const heads = first.lineNames.map(() => svg("g"));
    c.layer.append(image, contours, sticks, ...trails, ...groups, ...heads);
    const key = h(
      "div",
      { class: "cf-keys", "aria-hidden": "true" },
      ...first.names.map((name, i) =>
        h("span", {}, svg("svg", { class: "cf-key", viewBox: "-8 -8 16 16" }, marker(i)), name),
      ),
      ...first.lineNames.map((name, i) =>
        h("span", { class: toned("cf-line-key", after + i) }, name),
      ),
    );
    const at = ([x, y]) => [c.X(x), c.Y(y)];
    const path = (line) => line.map((p, k) => (k ? "L" : "M") + points([at(p)])).join("");

    function draw(frame) {
      if (frame.picture === null) image.setAttribute("visibility", "hidden");
      else image.setAttribute("href", d.pictures[frame.picture]);
      contours.setAttribute("d", frame.contours.map(path).join(""));
      sticks.setAttribute(
        "d",
        frame.sticks
          .map(([a, b, e, f]) =>
            path([
              [a, b],
              [e, f],
            ]),
          )
          .join(""),
      );
      frame.lines.forEach((line, i) => {
        trails[i].setAttribute("d", path(line));
        heads[i].replaceChildren(spot(after + i, ...at(line.at(-1))));
      });
      frame.dots.forEach((dots, i) =>
        groups[i].replaceChildren(...dots.map((p) => spot(i, ...at(p)))),
      );
      const told = frame.names.map((name, i) => plural(frame.dots[i].length, `dot`) + ` (${name})`);
      const ends = frame.lineNames.map(
        (name, i) =>
          `${name} ends at ${frame.lines[i]
            .at(-1)
            .map((v) => short(v))
            .join(", ")}`,
      );
      c.node.setAttribute("aria-label", [frame.title, ...told, ...ends].filter(Boolean).join("; "));
    }
    return { node: h("div", {}, c.node, key), draw };
  }

  /** The mark of group `i` at a place. */
  function spot(i, x, y) {
    const mark = marker(i);
    mark.setAttribute("transform", `translate(${x.toFixed(1)},${y.toFixed(1)})`);
    return mark;
  }

  tools.parts.plane = planePart;
})(globalThis.courseFigures);
