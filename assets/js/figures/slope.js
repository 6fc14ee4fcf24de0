/* A slope, by nudging. */
((tools) => {
  "use strict";
  const { chart, num, points, range, short, svg } = tools;

  function slope(d) {
    return d.modes.map((mode) => {
      const [low, high] = [Math.min(...d.curve[1]), Math.max(...d.curve[1])];
      const [left, right] = [d.curve[0][0], d.curve[0].at(-1)];
      const c = chart({
        x: [left, right],
        y: [low, high],
        xName: "x",
        yName: "f(x)",
        xTicks: d.ticks[0].map((v) => [v, num(v)]),
        yTicks: d.ticks[1].map((v) => [v, num(v)]),
        label: `the curve ${d.name} with a line through two of its points`,
      });
      const along = (slope, [x, y]) =>
        points([left, right].map((at) => [c.X(at), c.Y(y + slope * (at - x))]));
      const [x, y] = d.at;
      const curve = svg("polyline", {
        class: "cf-trail cf-input",
        points: points(d.curve[0].map((v, k) => [c.X(v), c.Y(d.curve[1][k])])),
      });
      const tangent = svg("polyline", {
        class: "cf-guide",
        fill: "none",
        points: along(d.slope, d.at),
      });
      const secant = svg("polyline", { class: "cf-trail cf-grad" });
      const dots = range(2).map(() => svg("circle", { class: "cf-racer cf-grad", r: 5 }));
      const middle = svg("circle", { class: "cf-racer cf-input", cx: c.X(x), cy: c.Y(y), r: 4 });
      const [width, height] = [c.X(right) - c.X(left), c.Y(low) - c.Y(high)];
      const frame = { x: c.X(left), y: c.Y(high), width, height };
      const viewBox = Object.values(frame).join(" ");
      const clipped = svg("svg", { ...frame, viewBox }, tangent, secant); // lines end at the frame
      c.layer.append(clipped, curve, middle, ...dots);

      function draw(k) {
        const { ends, slope: now } = mode.frames[k];
        secant.setAttribute("points", along(now, ends[0]));
        dots.forEach((dot, e) => {
          dot.setAttribute("cx", c.X(ends[e][0]));
          dot.setAttribute("cy", c.Y(ends[e][1]));
        });
      }

      function say(k) {
        const { h: nudge, ends, slope: now, error } = mode.frames[k];
        const [from, to] = ends.map((end) => end[0]);
        return (
          `h = ${short(nudge)}: (f(${num(to, 4)}) \u2212 f(${num(from, 4)})) / ${num(to - from, 4)} = ` +
          `${num(now, 4)}. The slope is ${num(d.slope, 4)}, so it is off by ${short(error)}.`
        );
      }

      return { label: mode.label, steps: mode.frames.length, draw, say, nodes: [c.node] };
    });
  }

  tools.kinds.slope = slope;
})(globalThis.courseFigures);
