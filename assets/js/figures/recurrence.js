/* A recurrent network through time: a row for each step, as in the arrays. */
((tools) => {
  "use strict";
  const { Grid, dims, factor, h, num, product, range, shapeText } = tools;

  function rnn(d) {
    const [T, D] = dims(d.x);
    const H = d.h0.length;
    return [rnnForward(d, T, D, H), rnnBackward(d, T, D, H)];
  }

  const steps = (T) => range(T).map((t) => `t = ${t}`);
  const shade = (v, strongest = 1) => ({ text: num(v), heat: v / strongest });
  const plain = (v) => ({ text: num(v) });
  const ring = (lit) => (lit ? "cf-ring" : "");
  const list = (values) => `(${values.map((v) => num(v)).join(", ")})`;

  /** The grids that both directions show: x (T, D), and the states with h0 above them. */
  function known(T, D, H, picks) {
    const x = new Grid({
      name: "x",
      note: shapeText([T, D]),
      shape: [1, T, D],
      tone: "input",
      size: "mid",
      rowNames: steps(T),
    });
    const states = new Grid({
      name: "h",
      note: `${shapeText([T, H])}, below h0`,
      shape: [1, T + 1, H],
      tone: "output",
      size: "mid",
      picks,
      rowNames: ["h0", ...steps(T)],
    });
    return { x, states };
  }

  const matrix = (name, shape, tone, options = {}) =>
    new Grid({ name, note: shapeText(shape), shape: [1, ...shape], tone, size: "mid", ...options });
  const vector = (name, H, tone, note = "") =>
    new Grid({ name, note: `(${H},)${note}`, shape: [1, 1, H], tone, size: "mid" });
  const lines = (name, H, rowNames) =>
    new Grid({ name, shape: [1, rowNames.length, H], tone: "plain", size: "mid", rowNames });

  function rnnForward(d, T, D, H) {
    const { x, states } = known(T, D, H, "inspect");
    const [Wx, Wh] = [matrix("Wx", [D, H], "weight"), matrix("Wh", [H, H], "weight")];
    const b = vector("b", H, "weight");
    const sums = lines("one step", H, [
      "x[t] Wx",
      "+ h[t\u22121] Wh",
      "+ b",
      "= a",
      "tanh(a) = h[t]",
    ]);
    const state = (row) => (row === 0 ? d.h0 : d.h[row - 1]);
    const parts = (t) => [d.fromX[t], d.fromH[t], d.b, d.a[t], d.h[t]];

    function draw(k, seen) {
      const [now, unit] = seen ? [seen.at[1], seen.at[2]] : [k + 1, null];
      x.paint((_, t, i) => ({ ...shade(d.x[t][i], d.strongest), mark: ring(t === now - 1) }));
      states.paint((_, row, i) => {
        if (row > k + 1 && !seen) return {};
        const chosen = row === now && (unit === null || i === unit);
        return { ...shade(state(row)[i]), mark: ring(chosen || (now > 0 && row === now - 1)) };
      });
      Wx.paint((_, i, j) => ({ text: num(d.Wx[i][j]), mark: ring(now > 0 && j === unit) }));
      Wh.paint((_, i, j) => ({ text: num(d.Wh[i][j]), mark: ring(now > 0 && j === unit) }));
      b.paint((_, __, j) => ({ text: num(d.b[j]), mark: ring(now > 0 && j === unit) }));
      sums.paint((_, row, j) =>
        now === 0
          ? {}
          : { ...(row === 4 ? shade : plain)(parts(now - 1)[row][j]), mark: ring(j === unit) },
      );
    }

    function say(k, seen) {
      if (!seen) {
        const before = k === 0 ? "h0" : `h[${k - 1}]`;
        return (
          `t = ${k}: x[${k}] Wx is ${list(d.fromX[k])}, and ${before} Wh is ${list(d.fromH[k])}. ` +
          `With b they make a = ${list(d.a[k])}, and tanh makes h[${k}] = ${list(d.h[k])}.` +
          (k === 0 && d.h0.every((v) => v === 0) ? " There is no memory yet." : "")
        );
      }
      const [, row, i] = seen.at;
      if (row === 0) return `h0[${i}] = ${num(d.h0[i])} is given: the state before the first step.`;
      const [fromX, fromH] = [d.fromX[row - 1][i], d.fromH[row - 1][i]];
      return (
        `h[${row - 1}, ${i}] = tanh(${num(fromX)} + ${factor(fromH)} + ${factor(d.b[i])}) = ` +
        `${num(d.h[row - 1][i])}: the input times column ${i} of Wx, the state before times ` +
        `column ${i} of Wh, and b[${i}].`
      );
    }

    return {
      label: "Forward",
      steps: T,
      draw,
      say,
      inspectable: [states],
      grids: [states, x, Wh, sums],
      nodes: [
        x.node,
        h("div", { class: "cf-column" }, Wx.node, Wh.node, b.node),
        sums.node,
        states.node,
      ],
    };
  }

  function rnnBackward(d, T, D, H) {
    const { x, states } = known(T, D, H, null);
    const chain = lines("one step back", H, [
      "from the loss",
      "+ from step t + 1",
      "= dh",
      "\u00d7 slope 1 \u2212 h\u00b2",
      "= da",
    ]);
    const da = new Grid({
      name: "da",
      note: shapeText([T, H]),
      shape: [1, T, H],
      tone: "grad",
      size: "mid",
      picks: "inspect",
      rowNames: steps(T),
    });
    const back = vector("da Wh.T", H, "grad", ", to the step before");
    const dx = new Grid({
      name: "dx",
      note: `${shapeText([T, D])}, da Wx.T`,
      shape: [1, T, D],
      tone: "grad",
      size: "mid",
      rowNames: steps(T),
    });
    const dWh = matrix("dWh +=", [H, H], "grad", { picks: "inspect" });
    const dWx = matrix("dWx +=", [D, H], "grad", { picks: "inspect" });
    const db = vector("db +=", H, "grad");
    const before = (t, i) => (t === 0 ? d.h0[i] : d.h[t - 1][i]);
    const total = (t) => d.dh[t].map((v, i) => v + d.carried[t + 1][i]);
    const rungs = (t) => [d.dh[t], d.carried[t + 1], total(t), d.slope[t], d.da[t]];
    const state = (row) => (row === 0 ? d.h0 : d.h[row - 1]);

    function draw(k, seen) {
      const at = seen ? T - 1 : k; // how many steps back have been made, less one
      const now = seen?.grid === da ? seen.at[1] : T - 1 - k;
      const lit = (grid, i, j) => ring(seen?.grid === grid && seen.at[1] === i && seen.at[2] === j);
      x.paint((_, t, i) => ({ ...plain(d.x[t][i]), mark: ring(!seen && t === now) }));
      states.paint((_, row, i) => ({
        ...shade(state(row)[i]),
        mark: ring(!seen && (row === now || row === now + 1)),
      }));
      chain.paint((_, row, i) =>
        row === 3 ? plain(rungs(now)[row][i]) : shade(rungs(now)[row][i], d.strongest),
      );
      da.paint((_, t, i) =>
        t < T - 1 - at
          ? {}
          : {
              ...shade(d.da[t][i], d.strongest),
              mark: seen ? lit(da, t, i) : ring(t === now),
            },
      );
      back.paint((_, __, i) => shade(d.carried[now][i], d.strongest));
      dx.paint((_, t, i) =>
        t < T - 1 - at ? {} : { ...shade(d.dx[t][i], d.strongest), mark: ring(!seen && t === now) },
      );
      dWh.paint((_, i, j) => ({ ...shade(d.dWh[at][i][j], d.strongest), mark: lit(dWh, i, j) }));
      dWx.paint((_, i, j) => ({ ...shade(d.dWx[at][i][j], d.strongest), mark: lit(dWx, i, j) }));
      db.paint((_, __, j) => shade(d.db[at][j], d.strongest));
    }

    function say(k, seen) {
      if (seen?.grid === da) return sayState(...seen.at.slice(1));
      if (seen) return sayWeight(seen.grid, ...seen.at.slice(1));
      const t = T - 1 - k;
      const previous = t === 0 ? "h0" : `h[${t - 1}]`;
      const sources =
        k === 0
          ? `no step comes after it, so dh is the loss's ${list(d.dh[t])} alone`
          : `the loss sends ${list(d.dh[t])} and step ${t + 1} sends ${list(d.carried[t + 1])}`;
      return (
        `t = ${t}: ${sources}. Times the slopes ${list(d.slope[t])} it is da = ${list(d.da[t])}. ` +
        `${previous} times da goes into dWh, x[${t}] times da into dWx, da into db, and ` +
        `da Wh.T = ${list(d.carried[t])} back to ${previous}.`
      );
    }

    function sayState(t, i) {
      return (
        `da[${t}, ${i}] = (${num(d.dh[t][i])} + ${factor(d.carried[t + 1][i])}) \u00b7 ` +
        `${num(d.slope[t][i])} = ${num(d.da[t][i])}: what the loss and the next step send to ` +
        `h[${t}, ${i}], times the slope 1 \u2212 ${factor(d.h[t][i])}\u00b2.`
      );
    }

    function sayWeight(grid, i, j) {
      const [name, met, result] =
        grid === dWh
          ? ["dWh", before, d.dWh[T - 1][i][j]]
          : ["dWx", (t) => d.x[t][i], d.dWx[T - 1][i][j]];
      const parts = range(T).map((t) => product(met(t, i), d.da[t][j]));
      return (
        `${name}[${i}, ${j}] = ${parts.join(" + ")} = ${num(result)}: one term for each ` +
        "step, since every step used this weight."
      );
    }

    return {
      label: "Backward",
      steps: T,
      draw,
      say,
      inspectable: [da, dWh, dWx],
      grids: [states, chain, da, dWh],
      nodes: [
        states.node,
        x.node,
        h("div", { class: "cf-column" }, chain.node, back.node),
        da.node,
        dx.node,
        h("div", { class: "cf-column" }, dWh.node, dWx.node, db.node),
      ],
    };
  }

  tools.kinds.rnn = rnn;
})(globalThis.courseFigures);
