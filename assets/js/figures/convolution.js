/* Convolution, window by window. */
((tools) => {
  "use strict";
  const {
    Grid,
    after,
    dims,
    h,
    index,
    inputGradients,
    num,
    paintInputGradient,
    paintUpstream,
    plural,
    product,
    range,
    same,
    shapeText,
    sum,
    tone,
    windows,
  } = tools;

  function conv(d) {
    const g = windows({
      x: d.x,
      out: d.out,
      stride: d.stride,
      pad: d.pad,
      size: dims(d.w).slice(2),
      outputsAre: "filter",
    });
    const forward = convForward(d, g);
    return d.dout ? [forward, convBackwardInput(d, g), convBackwardFilter(d, g)] : [forward];
  }

  const ofFilter = (name, o, g) => (g.F > 1 ? index(name, o.f) : name);

  function convForward(d, g) {
    const x = g.image("x", g.pad ? `, padded by ${g.pad}` : "", {
      tone: "input",
      picks: "inspect",
    });
    const w = g.filter("w", shapeText(dims(d.w)), { tone: "weight" });
    const terms = g.filter("window \u00b7 w", "and running sum", { tone: "plain", size: "wide" });
    const out = g.outputs("out", { tone: "output" });
    const last = g.C * g.HH * g.WW - 1;

    function draw(k, seen) {
      const o = g.places[k];
      const readers = seen && g.reading(...seen.at.slice(1));
      x.outline(seen?.at[0] ?? 0, g.framesOf(seen));
      x.paint((c, r, q) => {
        const on = seen ? same(seen.at, [c, r, q]) : g.covers(o, r, q);
        return { text: num(d.x[c][r][q]), mark: g.padMark(r, q) + tone(on) };
      });
      w.label.textContent = ofFilter("w", o, g);
      w.paint((c, i, j) => ({ text: num(d.w[o.f][c][i][j]), mark: tone(!seen) }));
      terms.paint((c, i, j) => {
        if (seen) return {};
        const t = (c * g.HH + i) * g.WW + j;
        const sub = `\u03a3 ${num(d.sums[k][t])}`;
        return { text: num(d.terms[k][t]), sub, mark: t === last ? "cf-end" : "" };
      });
      out.paint((f, i, j) => {
        const p = g.places[g.step([f, i, j])];
        const text = p.k <= k || seen ? num(d.out[f][i][j]) : "";
        return { text, mark: tone(seen ? readers.includes(p) : p === o, p.k < k) };
      });
    }

    function say(k, seen) {
      if (seen) return sayPixel(...seen.at);
      const o = g.places[k];
      const bias = d.b ? ` Adding b = ${num(d.b[o.f])}:` : " So";
      return (
        `The window covers ${g.place(o)} of the ${g.pad ? "padded " : ""}input. ` +
        `Its ${last + 1} products sum to ${num(d.sums[k][last])}.${bias} ` +
        `${g.element("out", o)} = ${num(d.out[o.f][o.i][o.j])}.`
      );
    }

    function sayPixel(c, r, q) {
      const n = g.reading(r, q).length;
      return (
        `${g.pixel("x", c, r, q)} lies in ${plural(n / g.F, "window")}` +
        (g.F > 1 ? `, and ${g.F} filters read each` : "") +
        (g.isPad(r, q) || !d.dout ? "." : `: its gradient will be a sum of ${plural(n, "term")}.`)
      );
    }

    return {
      label: "Forward",
      steps: g.places.length,
      draw,
      say,
      stepAt: g.step,
      inspectable: [x],
      grids: [x, w, terms, out],
      nodes: [x.node, after("\u2217", w.node), after("=", terms.node), after("\u2192", out.node)],
    };
  }

  function convBackwardInput(d, g) {
    const dout = g.outputs("dout", { tone: "grad" });
    const w = g.filter("w", shapeText(dims(d.w)), { tone: "weight" });
    const terms = g.filter("dout \u00b7 w", "", { tone: "plain" });
    const note = g.pad ? ", padding cut off at the end" : "";
    const dx = g.image("dx", note, { tone: "grad", picks: "inspect" });
    const frames = inputGradients(d, g, g.places);

    /** The tap of the filter by which output o read a pixel. */
    const weight = (o, c, r, q) => d.w[o.f][c][r - o.top][q - o.left];

    function draw(k, seen) {
      const o = g.places[k];
      const readers = seen && g.reading(...seen.at.slice(1));
      const used = (c, i, j) =>
        readers.some((p) => p.f === o.f && same(seen.at, [c, p.top + i, p.left + j]));
      paintUpstream(dout, d, g, k, (p) => (seen ? readers.includes(p) : p === o));
      w.label.textContent = ofFilter("w", o, g);
      w.paint((c, i, j) => ({ text: num(d.w[o.f][c][i][j]), mark: tone(!seen || used(c, i, j)) }));
      terms.paint((c, i, j) => {
        const t = (c * g.HH + i) * g.WW + j;
        return seen ? {} : { text: num(d.dxTerms[k][t]) };
      });
      paintInputGradient(dx, g, g.places, frames, k, seen);
    }

    function say(k, seen) {
      if (seen) return sayCell(...seen.at);
      const o = g.places[k];
      const isEarlier = (r, q) => g.covers(o, r, q) && g.reading(r, q)[0].k < k;
      const before = sum(range(g.H).map((r) => range(g.W).filter((q) => isEarlier(r, q)).length));
      return (
        `${g.element("dout", o)} = ${num(d.dout[o.f][o.i][o.j])} times the filter goes to ` +
        `${g.place(o)}, the window it came from. ` +
        (before
          ? `${before} of these ${g.HH * g.WW} places already hold a gradient: the new one is ` +
            "added to it (+=)."
          : "Nothing was there yet.")
      );
    }

    function sayCell(c, r, q) {
      const readers = g.reading(r, q);
      const name = g.pixel("dx", c, r, q);
      if (!readers.length) return `${name}: no window reads this cell, gradient 0.`;
      const parts = readers.map((o) => product(d.dout[o.f][o.i][o.j], weight(o, c, r, q)));
      return (
        `${name} = ${parts.join(" + ")} = ${num(frames.at(-1)[c][r][q])}: ` +
        `${plural(readers.length, "term")}, one for each ` +
        (g.F > 1 ? "window and filter that read it." : "window that read it.")
      );
    }

    return {
      label: "Backward: dx",
      steps: g.places.length,
      draw,
      say,
      stepAt: g.step,
      inspectable: [dx],
      grids: [dout, w, terms, dx],
      nodes: [dout.node, after("\u00d7", w.node), after("=", terms.node), after("+=", dx.node)],
    };
  }

  function convBackwardFilter(d, g) {
    const dout = g.outputs("dout", { tone: "grad" });
    const x = g.image("x", g.pad ? `, padded by ${g.pad}` : "", { tone: "input" });
    const terms = g.filter("dout \u00b7 window", "", { tone: "plain" });
    const dw = g.filter("dw", shapeText(dims(d.w)), { tone: "grad", picks: "inspect" });
    const db = new Grid({ name: "db", note: `(${g.F},)`, shape: [1, 1, g.F], tone: "grad" });
    const ends = range(g.F).map((f) => (f + 1) * g.Ho * g.Wo - 1); // the last step of each filter

    const met = (o, [c, i, j]) => [c, o.top + i, o.left + j]; // the pixel that a weight met
    const flat = (c, i, j) => (c * g.HH + i) * g.WW + j;
    const mates = (o) => g.places.filter((p) => p.f === o.f);

    function draw(k, seen) {
      const o = g.places[k];
      paintUpstream(dout, d, g, k, (p) => (seen ? p.f === o.f : p === o));
      x.paint((c, r, q) => {
        const on = seen
          ? mates(o).some((p) => same(met(p, seen.at), [c, r, q]))
          : g.covers(o, r, q);
        return { text: num(d.x[c][r][q]), mark: g.padMark(r, q) + tone(on) };
      });
      terms.paint((...at) => (seen ? {} : { text: num(d.dwTerms[k][flat(...at)]) }));
      dw.label.textContent = ofFilter("dw", o, g);
      const now = seen ? ends[o.f] : k;
      dw.paint((...at) => ({
        text: num(d.dw[now][flat(...at)]),
        mark: tone(!seen || same(seen.at, at), true),
      }));
      db.paint((_, __, f) => {
        if (f > o.f) return {};
        return { text: num(d.db[f === o.f ? now : ends[f]]), mark: tone(f === o.f, true) };
      });
    }

    function say(k, seen) {
      const o = g.places[k];
      if (seen) return sayWeight(o, seen.at);
      const v = num(d.dout[o.f][o.i][o.j]);
      return (
        `${g.element("dout", o)} = ${v} times the window at ${g.place(o)} is added to ` +
        `${ofFilter("dw", o, g)}; ${v} itself is added to db, now ${num(d.db[k])}.`
      );
    }

    function sayWeight(o, at) {
      const parts = mates(o).map((p) => {
        const [c, r, q] = met(p, at);
        return product(d.dout[p.f][p.i][p.j], d.x[c][r][q]);
      });
      return (
        `${index("dw", o.f, ...at)} = ${parts.join(" + ")} = ` +
        `${num(d.dw[ends[o.f]][flat(...at)])}: each dout times the pixel that this weight met.`
      );
    }

    const gradients = h("div", { class: "cf-column" }, dw.node, db.node);
    return {
      label: "Backward: dw",
      steps: g.places.length,
      draw,
      say,
      stepAt: g.step,
      inspectable: [dw],
      grids: [dout, x, terms, dw],
      nodes: [dout.node, after("\u00d7", x.node), after("=", terms.node), after("+=", gradients)],
    };
  }

  tools.kinds.conv = conv;
})(globalThis.courseFigures);
