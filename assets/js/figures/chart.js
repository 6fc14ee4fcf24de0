/* A chart with two axes. */
((tools) => {
  "use strict";
  const { clamp, svg } = tools;

  /** An SVG with two axes. Returns its node, the layer to draw in, and the scales X and Y. */
  function chart({
    x,
    y,
    xTicks = [],
    yTicks = [],
    xName,
    yName,
    height = 250,
    right = 12,
    label = "",
  }) {
    const [width, left, top, bottom] = [460, 64, 10, 42];
    const scale =
      ([low, high], from, to) =>
      (v) =>
        from + ((v - low) / (high - low)) * (to - from);
    const X = scale(x, left, width - right);
    const Y = scale(y, height - bottom, top);
    const layer = svg("svg", {
      x: left,
      y: top,
      width: width - left - right,
      height: height - top - bottom,
      viewBox: `${left} ${top} ${width - left - right} ${height - top - bottom}`,
    }); // clips its content
    const text = (content, attrs) => svg("text", attrs, content);
    const node = svg(
      "svg",
      { class: "cf-chart", viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label },
      svg("rect", {
        class: "cf-frame",
        x: left,
        y: top,
        width: width - left - right,
        height: height - top - bottom,
      }),
      ...xTicks.map(([v, name]) =>
        text(name, { x: X(v), y: height - bottom + 16, class: "cf-middle" }),
      ),
      ...yTicks.map(([v, name]) =>
        svg(
          "g",
          {},
          svg("line", { class: "cf-rule", x1: left, x2: width - right, y1: Y(v), y2: Y(v) }),
          text(name, { x: left - 5, y: Y(v) + 4, class: "cf-right" }),
        ),
      ),
      layer,
      text(xName, { x: X((x[0] + x[1]) / 2), y: height - 4, class: "cf-middle" }),
      text(yName, {
        x: -Y((y[0] + y[1]) / 2),
        y: 13,
        transform: "rotate(-90)",
        class: "cf-middle",
      }),
    );
    return { node, layer, X, Y, width };
  }

  const TONES = ["weight", "input", "output", "grad"];

  /** The mark of racer or group `r`, told apart by shape as well as by color. */
  const marker = (r) =>
    svg("path", {
      class: `cf-racer cf-${TONES[r % TONES.length]}`,
      d: [
        "M-5,0a5,5 0 1,0 10,0a5,5 0 1,0 -10,0z",
        "M-4.5,-4.5h9v9h-9z",
        "M0,-6l5.5,10h-11z",
        "M0,-6.5l6.5,6.5l-6.5,6.5l-6.5,-6.5z",
      ][r % 4],
    });

  /** Let a chart answer to pointer and arrow keys: one of the places `x` is inspected. */
  function pointAlong(c, grid, x) {
    let at = null;
    const n = x.length;
    const tell = (type, place) => {
      at = place;
      const detail = { grid, at: place === null ? null : [0, 0, place], type };
      c.node.dispatchEvent(new CustomEvent("cf-pick", { bubbles: true, detail }));
    };
    const nearest = (event) => {
      const box = c.node.getBoundingClientRect();
      const here = ((event.clientX - box.left) / box.width) * c.width;
      const far = x.map((v) => Math.abs(c.X(v) - here));
      return far.indexOf(Math.min(...far));
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

  Object.assign(tools, { TONES, chart, marker, pointAlong });
})(globalThis.courseFigures);
