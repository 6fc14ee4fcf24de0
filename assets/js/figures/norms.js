/* The norm of a gradient by time step. */
((tools) => {
  "use strict";
  const { chart, clamp, num, plural, points, range, short, svg } = tools;

  function norms(d) {
    const T = d.norms[0][0].length;
    const low = -10;
    const log = (v) => Math.log10(Math.max(v, 10 ** (low - 1)));
    const decades = [-10, -8, -6, -4, -2, 0, 2];

    return d.norms.map((curves, m) => {
      const c = chart({
        x: [0, T - 1],
        y: [low, 2.5],
        xName: "time step t",
        yName: "norm of the gradient",
        xTicks: range(T)
          .filter((t) => t % 5 === 0 || t === T - 1)
          .map((t) => [t, t]),
        yTicks: decades.map((e) => [e, e === 0 ? "1" : `1e${num(e)}`]),
        label: `${d.names[m]}: arrow keys point at a time step`,
      });
      const lines = curves.map((curve) =>
        svg("polyline", {
          class: "cf-line",
          points: points(curve.map((v, t) => [c.X(t), c.Y(log(v))])),
        }),
      );
      const dots = range(T).map((t) => svg("circle", { cx: c.X(t), r: 3, class: "cf-dot" }));
      const tag = svg("text", { class: "cf-tag", x: c.X(0) + 6 });
      const guide = svg("line", { class: "cf-guide", y1: 0, y2: 400 });
      c.layer.append(guide, ...lines, ...dots, tag);
      const grid = { picks: "inspect", shape: [1, 1, T] };
      pointAlong(c, grid, T);

      function draw(k, seen) {
        lines.forEach((line, i) => line.classList.toggle("cf-now", i === k));
        dots.forEach((dot, t) => {
          dot.setAttribute("cy", c.Y(log(curves[k][t])));
          dot.setAttribute("r", seen?.at[2] === t ? 6 : 3);
        });
        guide.setAttribute("x1", seen ? c.X(seen.at[2]) : -9);
        guide.setAttribute("x2", seen ? c.X(seen.at[2]) : -9);
        tag.textContent = `σ = ${num(d.sizes[k])}`;
        tag.setAttribute("y", clamp(c.Y(log(curves[k][0])) + 22, 24, c.Y(low) - 8)); // below the line
      }

      function say(k, seen) {
        const size = `Largest singular value ${num(d.sizes[k])}`;
        if (!seen) {
          const first = curves[k][0];
          const fate =
            first < 0.5
              ? `smaller by a factor of ${short(1 / first)}`
              : first > 2
                ? `larger by a factor of ${short(first)}`
                : "as large as before";
          return (
            `${size}: a gradient of 1 at t = ${T - 1} reaches t = 0 with a norm of ` +
            `${short(first)}: ${fate}.`
          );
        }
        const t = seen.at[2];
        return (
          `${size}: ${plural(T - 1 - t, "step")} back, at t = ${t}, the gradient has a norm of ` +
          `${short(curves[k][t])}.`
        );
      }

      return {
        label: d.names[m],
        steps: d.sizes.length,
        draw,
        say,
        inspectable: [grid],
        nodes: [c.node],
      };
    });
  }

  /** Let a chart answer to pointer and arrow keys: one of `n` places along x is inspected. */
  function pointAlong(c, grid, n) {
    let at = null;
    const tell = (type, place) => {
      at = place;
      const detail = { grid, at: place === null ? null : [0, 0, place], type };
      c.node.dispatchEvent(new CustomEvent("cf-pick", { bubbles: true, detail }));
    };
    const nearest = (event) => {
      const box = c.node.getBoundingClientRect();
      const x = ((event.clientX - box.left) / box.width) * c.width;
      return clamp(Math.round(((x - c.X(0)) / (c.X(n - 1) - c.X(0))) * (n - 1)), 0, n - 1);
    };
    const mouse = (event, action) => event.pointerType === "mouse" && action();
    c.node.setAttribute("tabindex", 0);
    c.node.addEventListener("pointermove", (event) =>
      mouse(event, () => tell("hover", nearest(event))),
    );
    c.node.addEventListener("pointerleave", (event) => mouse(event, () => tell("leave", null)));
    c.node.addEventListener("click", (event) => tell("choose", nearest(event)));
    c.node.addEventListener("blur", () => tell("leave", null));
    c.node.addEventListener("keydown", (event) => {
      const move = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (!move) return;
      tell("hover", clamp(at === null ? n - 1 : at + move, 0, n - 1));
      event.preventDefault();
      event.stopPropagation();
    });
  }

  tools.kinds.norms = norms;
})(globalThis.courseFigures);
