/* Optimizers racing down a valley. */
((tools) => {
  "use strict";
  const { TONES, chart, clamp, h, marker, num, plural, points, range, short, svg } = tools;

  function race(d) {
    return d.scales.map((scale, s) => ({
      ...raceMode(d, scale, d.paths[s], d.losses[s]),
      first: s === d.first,
    }));
  }

  function raceMode(d, scale, paths, losses) {
    const [xs, ys] = d.range;
    const names = d.turn ? ["w[0]", "w[1]"] : ["w[0], along the valley", "w[1], across"];
    const c = chart({
      x: xs,
      y: ys,
      xName: names[0],
      yName: names[1],
      xTicks: d.ticks[0].map((v) => [v, num(v)]),
      yTicks: d.ticks[1].map((v) => [v, num(v)]),
      height: d.turn ? 436 : 250, // a turned valley needs axes of one scale
      label: "a long valley with its lowest point at (0, 0)",
    });
    const levels = d.levels.map((level) =>
      svg("polygon", {
        class: "cf-level",
        points: points(level.map(([x, y]) => [c.X(x), c.Y(y)])),
      }),
    );
    const place = ([x, y]) => [c.X(clamp(x, -99, 99)), c.Y(clamp(y, -99, 99))];
    const trails = paths.map((_, r) => svg("polyline", { class: `cf-trail cf-${TONES[r]}` }));
    const marks = paths.map((_, r) => marker(r));
    c.layer.append(...levels, ...trails, ...marks);
    const cells = d.names.map(() => h("td"));
    const legend = h(
      "table",
      { class: "cf-table" },
      h(
        "tr",
        {},
        ...["", "rule", "learning rate", "loss"].map((name) => h("th", { scope: "col" }, name)),
      ),
      ...d.names.map((name, r) =>
        h(
          "tr",
          {},
          h("td", {}, svg("svg", { class: "cf-key", viewBox: "-8 -8 16 16" }, marker(r))),
          h("th", { scope: "row" }, name),
          h("td", {}, num(scale * d.rates[r], 4)),
          cells[r],
        ),
      ),
    );
    const shown = (loss) => (loss >= 1e6 ? "diverged" : short(loss));

    function draw(k) {
      trails.forEach((trail, r) =>
        trail.setAttribute("points", points(paths[r].slice(0, k + 1).map(place))),
      );
      marks.forEach((mark, r) =>
        mark.setAttribute("transform", `translate(${place(paths[r][k])})`),
      );
      cells.forEach((cell, r) => {
        cell.textContent = shown(losses[r][k]);
      });
    }

    function say(k) {
      const order = range(paths.length).sort((a, b) => losses[a][k] - losses[b][k]);
      if (k === 0) return "All four start at the same place, high on one side of the valley.";
      return (
        `After ${plural(k, "step")}: ` +
        `${order.map((r) => `${d.names[r]} ${shown(losses[r][k])}`).join(", ")}.`
      );
    }

    return {
      label: `rate \u00d7 ${num(scale)}`,
      steps: paths[0].length,
      draw,
      say,
      pace: 160,
      nodes: [c.node, legend],
    };
  }

  tools.kinds.race = race;
})(globalThis.courseFigures);
