/* A fully connected layer, forward and backward into dx, dw and db. */
((tools) => {
  "use strict";
  const { Grid, after, dims, factor, index, num, range, shapeText, tone } = tools;

  function fc(d) {
    const [N, D] = dims(d.x);
    const M = d.b.length;
    const shapes = { x: [N, D], dx: [N, D], w: [D, M], dw: [D, M], out: [N, M], dout: [N, M] };
    const flat = (name) => name === "b" || name === "db"; // one row, (M,)
    const row = (name, r) => (flat(name) ? d[name] : d[name][r]);
    const called = (name, r, c) => (flat(name) ? index(name, c) : index(name, r, c));

    /** A product of matrices. `uses(i, j)`: the terms of result (i, j), as cells [name, r, c]. */
    function mode(label, signs, result, uses, why) {
      const grid = (name, options) =>
        new Grid({
          name,
          note: flat(name) ? `(${M},)` : shapeText(shapes[name]),
          shape: [1, ...(shapes[name] ?? [1, M])],
          ...options,
        });
      const tones = { x: "input", w: "weight", b: "weight", dout: "grad" };
      const operands = signs.map(([, name]) => grid(name, { tone: tones[name] }));
      const out = grid(result, { tone: result === "out" ? "output" : "grad", picks: "step" });
      const [, rows, cols] = out.shape;
      const place = (k) => [Math.floor(k / cols), k % cols];

      function draw(k) {
        const lit = new Set(uses(...place(k)).flatMap((term) => term.map((cell) => cell.join())));
        for (const operand of operands) {
          operand.paint((_, r, c) => ({
            text: num(row(operand.name, r)[c]),
            mark: tone(lit.has([operand.name, r, c].join())),
          }));
        }
        out.paint((_, r, c) => {
          const step = r * cols + c;
          const text = step <= k ? num(row(result, r)[c]) : "";
          return { text, mark: tone(step === k, step < k) };
        });
      }

      function say(k) {
        const [i, j] = place(k);
        const value = ([name, r, c]) => factor(row(name, r)[c]);
        const terms = uses(i, j).map((term) => term.map(value).join("\u00b7"));
        const total = terms.length > 1 || result !== "db" ? ` = ${num(row(result, i)[j])}` : "";
        return `${called(result, i, j)} = ${terms.join(" + ")}${total}: ${why(i, j)}.`;
      }

      const nodes = signs.map(([sign], k) =>
        sign ? after(sign, operands[k].node) : operands[k].node,
      );
      return {
        label,
        steps: rows * cols,
        draw,
        say,
        stepAt: ([, r, c]) => r * cols + c,
        grids: [...operands, out],
        nodes: [...nodes, after("\u2192", out.node)],
      };
    }

    const forward = mode(
      "Forward",
      [
        ["", "x"],
        ["\u00b7", "w"],
        ["+", "b"],
      ],
      "out",
      (n, m) => [
        ...range(D).map((i) => [
          ["x", n, i],
          ["w", i, m],
        ]),
        [["b", 0, m]],
      ],
      (n, m) => `row ${n} of x with column ${m} of w, plus b[${m}]`,
    );
    if (!d.dout) return [forward];
    return [
      forward,
      mode(
        "Backward: dx",
        [
          ["", "dout"],
          ["\u00b7", "w"],
        ],
        "dx",
        (n, i) =>
          range(M).map((m) => [
            ["dout", n, m],
            ["w", i, m],
          ]),
        (n, i) =>
          `x[${n}, ${i}] was used in all of out[${n}], so row ${n} of dout meets row ${i} of w`,
      ),
      mode(
        "Backward: dw",
        [
          ["", "x"],
          ["\u00b7", "dout"],
        ],
        "dw",
        (i, m) =>
          range(N).map((n) => [
            ["x", n, i],
            ["dout", n, m],
          ]),
        (i, m) =>
          `w[${i}, ${m}] was used by every example, so column ${i} of x meets column ${m} of dout`,
      ),
      mode(
        "Backward: db",
        [["", "dout"]],
        "db",
        (_, m) => range(N).map((n) => [["dout", n, m]]),
        (_, m) => `b[${m}] was added once for every example`,
      ),
    ];
  }

  tools.kinds.fc = fc;
})(globalThis.courseFigures);
