/* Small tools: nodes of HTML and SVG, ranges, numbers as text. */
globalThis.courseFigures ??= { kinds: {}, sliders: {}, parts: {} };

((tools) => {
  "use strict";

  const SVG = "http://www.w3.org/2000/svg";

  function fill(node, attrs, children) {
    for (const [key, value] of Object.entries(attrs ?? {})) {
      if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
      else if (value !== null && value !== false)
        node.setAttribute(key, value === true ? "" : value);
    }
    node.append(...children.filter((child) => child !== null));
    return node;
  }
  const h = (tag, attrs, ...children) => fill(document.createElement(tag), attrs, children);
  const svg = (tag, attrs, ...children) =>
    fill(document.createElementNS(SVG, tag), attrs, children);

  const range = (n) => Array.from({ length: n }, (_, i) => i);
  const clamp = (v, low, high) => Math.min(high, Math.max(low, v));
  const dims = (a) => (Array.isArray(a) ? [a.length, ...dims(a[0])] : []);
  const sum = (a) => a.reduce((total, v) => total + v, 0);
  const plural = (n, word) => `${n} ${word}${n === 1 ? "" : "s"}`;

  /** A number as text: at most `digits` decimals, a true minus sign. */
  function num(v, digits = 2) {
    const text = Number.isInteger(v) ? String(v) : String(Number(v.toFixed(digits)));
    return (text === "-0" ? "0" : text).replace("-", "\u2212");
  }
  const factor = (v) => (v < 0 ? `(${num(v)})` : num(v));
  const product = (a, b) => `${factor(a)}\u00b7${factor(b)}`;
  const span = (start, n) => (n === 1 ? `${start}` : `${start}\u2013${start + n - 1}`);
  const index = (name, ...at) => `${name}[${at.join(", ")}]`;

  /** Text in which `code` stands between backticks, as nodes. */
  const withCode = (text) => text.split("`").map((part, k) => (k % 2 ? h("code", {}, part) : part));

  const same = (a, b) => a.join() === b.join();
  const tone = (on, done) => (on ? "cf-on" : done ? "cf-done" : "");

  const points = (places) => places.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(" ");
  const short = (v) =>
    v !== 0 && (Math.abs(v) < 0.01 || Math.abs(v) >= 10000)
      ? v.toExponential(1).replace(".0e", "e").replace("-", "\u2212").replace("+", "")
      : num(v, 3);

  const widest = (texts) => Math.max(1, ...texts.map((text) => text.length));

  /** The width of the widest of some texts, in a chart's largest bold letters: those on a phone. */
  function room(texts) {
    const pen = document.createElement("canvas").getContext("2d");
    pen.font = `700 15px ${getComputedStyle(document.body).fontFamily}`;
    return Math.max(...texts.map((text) => pen.measureText(text).width));
  }

  Object.assign(tools, {
    clamp,
    dims,
    factor,
    h,
    index,
    withCode,
    num,
    plural,
    points,
    product,
    range,
    room,
    same,
    short,
    span,
    sum,
    svg,
    tone,
    widest,
  });
})(globalThis.courseFigures);
