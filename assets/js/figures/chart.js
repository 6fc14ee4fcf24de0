/* A chart with two axes. */
((tools) => {
  "use strict";
  const { svg } = tools;

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

  Object.assign(tools, { TONES, chart, marker });
})(globalThis.courseFigures);
