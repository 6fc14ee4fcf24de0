/* A recurrent network through time. */
((tools) => {
  "use strict";
  const { Grid, dims, factor, h, num, product, range, shapeText } = tools;

  function rnn(d) {
    const [T, D] = dims(d.x);
    const H = d.h0.length;
    return [rnnForward(d, T, D, H), rnnBackward(d, T, D, H)];
  }

  const times = (T) => ["h0", ...range(T).map((t) => `t=${t}`)];
  const shade = (v, strongest = 1) => ({ text: num(v), heat: v / strongest });
  const plain = (v) => ({ text: num(v) });
  const nothing = { mark: "cf-void" };

  function rnnForward(d, T, D, H) {
    const x = new Grid({
      name: "x",
      note: `${shapeText([T, D])}, a column for each step`,
      shape: [1, D, T + 1],
      tone: "input",
      size: "mid",
    });
    const states = new Grid({
      name: "h",
      note: `${shapeText([T, H])}, after h0`,
      shape: [1, H, T + 1],
      tone: "output",
      size: "mid",
      picks: "inspect",
      columnNames: times(T),
    });
    const Wx = new Grid({
      name: "Wx",
      note: shapeText([D, H]),
      shape: [1, D, H],
      tone: "weight",
      size: "mid",
    });
    const Wh = new Grid({
      name: "Wh",
      note: shapeText([H, H]),
      shape: [1, H, H],
      tone: "weight",
      size: "mid",
    });
    const sums = new Grid({
      name: "one step",
      shape: [5, 1, H],
      tone: "plain",
      size: "mid",
      planeNames: ["x[t] Wx", "+ h[t\u22121] Wh", "+ b", "= a", "tanh(a) = h[t]"],
    });
    const state = (col) => (col === 0 ? d.h0 : d.h[col - 1]);
    const parts = (t) => [d.fromX[t], d.fromH[t], d.b, d.a[t], d.h[t]];

    function draw(k, seen) {
      const [unit, now] = seen ? [seen.at[1], seen.at[2]] : [null, k + 1];
      const on = (lit) => (lit ? "cf-ring" : "");
      x.paint((_, i, col) =>
        col === 0 ? nothing : { ...shade(d.x[col - 1][i], d.strongest), mark: on(col === now) },
      );
      states.paint((_, i, col) => {
        if (col > k + 1 && !seen) return {};
        const chosen = col === now && (unit === null || i === unit);
        return { ...shade(state(col)[i]), mark: on(chosen || (now > 0 && col === now - 1)) };
      });
      Wx.paint((_, i, j) => ({ text: num(d.Wx[i][j]), mark: on(now > 0 && j === unit) }));
      Wh.paint((_, i, j) => ({ text: num(d.Wh[i][j]), mark: on(now > 0 && j === unit) }));
      sums.paint((row, _, j) =>
        now === 0
          ? {}
          : { ...(row === 4 ? shade : plain)(parts(now - 1)[row][j]), mark: on(j === unit) },
      );
    }

    function say(k, seen) {
      if (!seen) {
        const before = k === 0 ? "h0" : `h[${k - 1}]`;
        return (
          `h[${k}] = tanh(x[${k}] Wx + ${before} Wh + b): the state before and the input below ` +
          "it make the new state. The same Wx, Wh and b serve every step."
        );
      }
      const [, i, col] = seen.at;
      if (col === 0) return `h0[${i}] = ${num(d.h0[i])} is given: the state before the first step.`;
      const [fromX, fromH] = [d.fromX[col - 1][i], d.fromH[col - 1][i]];
      return (
        `h[${col - 1}, ${i}] = tanh(${num(fromX)} + ${factor(fromH)} + ${factor(d.b[i])}) = ` +
        `${num(d.h[col - 1][i])}: the input times column ${i} of Wx, the state before times ` +
        `column ${i} of Wh, and b[${i}].`
      );
    }

    return {
      label: "Forward",
      steps: T,
      draw,
      say,
      inspectable: [states],
      grids: [states, Wh, sums],
      nodes: [
        h("div", { class: "cf-column" }, states.node, x.node),
        h("div", { class: "cf-column" }, Wh.node, Wx.node),
        sums.node,
      ],
    };
  }

  function rnnBackward(d, T, D, H) {
    const dh = new Grid({
      name: "dh",
      note: "gradient of each state",
      shape: [3, H, T + 1],
      tone: "grad",
      size: "mid",
      picks: "inspect",
      columnNames: times(T),
      planeNames: ["", "from step t + 1: da[t + 1] Wh.T", "the sum of both"],
    });
    dh.node.querySelector(".cf-plane-name").textContent = "from the loss at t";
    const dWh = new Grid({
      name: "dWh",
      note: `${shapeText([H, H])}, +=`,
      shape: [1, H, H],
      tone: "grad",
      size: "mid",
      picks: "inspect",
    });
    const dx = new Grid({
      name: "dx",
      note: `${shapeText([T, D])}, = da Wx.T`,
      shape: [1, D, T + 1],
      tone: "grad",
      size: "mid",
    });
    const before = (t, i) => (t === 0 ? d.h0[i] : d.h[t - 1][i]);
    const planes = [
      (i, c) => (c === 0 ? 0 : d.dh[c - 1][i]),
      (i, c) => d.carried[c][i],
      (i, c) => (c === 0 ? d.carried[0][i] : d.dh[c - 1][i] + d.carried[c][i]),
    ];
    const known = (k, p, col) =>
      p === 0 || col >= T - k || (p === 1 && col >= T - k - 1) || (k === T - 1 && col === 0);

    function draw(k, seen) {
      const now = T - k; // the column of step t = T - 1 - k
      const at = seen ? T - 1 : k;
      dh.paint((p, i, col) => {
        if (p === 0 && col === 0) return nothing;
        if (!known(at, p, col)) return {};
        const lit =
          seen?.grid === dh
            ? i === seen.at[1] && col === seen.at[2]
            : !seen && (col === now || (p === 1 && col === now - 1));
        return { ...shade(planes[p](i, col), d.strongest), mark: lit ? "cf-ring" : "" };
      });
      dWh.paint((_, i, j) => ({
        ...shade(d.dWh[at][i][j], d.strongest),
        mark: seen?.grid === dWh && seen.at[1] === i && seen.at[2] === j ? "cf-ring" : "",
      }));
      dx.paint((_, i, col) =>
        col === 0
          ? nothing
          : col < now && !seen
            ? {}
            : {
                ...shade(d.dx[col - 1][i], d.strongest),
                mark: col === now && !seen ? "cf-ring" : "",
              },
      );
    }

    function say(k, seen) {
      if (seen?.grid === dh) return sayState(...seen.at.slice(1));
      if (seen) return sayWeight(...seen.at.slice(1));
      const t = T - 1 - k;
      const previous = t === 0 ? "h0" : `h[${t - 1}]`;
      return (
        `t = ${t}: da = dh[${t}] (1 \u2212 h[${t}]\u00b2). It goes back to ${previous} as ` +
        `da Wh.T, and ${previous} times da is added to dWh. ` +
        (k === 0
          ? "Nothing comes from later: this is the last step."
          : "Both sources of dh are summed first.")
      );
    }

    function sayState(i, col) {
      if (col === 0) return `dh0[${i}] = ${num(d.carried[0][i])}: only the first step reads h0.`;
      return (
        `h[${col - 1}, ${i}] acts twice: on the loss at t = ${col - 1} (${num(d.dh[col - 1][i])}) ` +
        `and on the next step (${num(d.carried[col][i])}). Its gradient is the sum, ` +
        `${num(planes[2](i, col))}.`
      );
    }

    function sayWeight(i, j) {
      const parts = range(T).map((t) => product(before(t, i), d.da[t][j]));
      return (
        `dWh[${i}, ${j}] = ${parts.join(" + ")} = ${num(d.dWh[T - 1][i][j])}: one term for each ` +
        "step, since every step used this weight."
      );
    }

    return {
      label: "Backward",
      steps: T,
      draw,
      say,
      inspectable: [dh, dWh],
      grids: [dh, dWh],
      nodes: [dh.node, h("div", { class: "cf-column" }, dWh.node, dx.node)],
    };
  }

  tools.kinds.rnn = rnn;
})(globalThis.courseFigures);
