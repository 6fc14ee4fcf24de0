/* Max-pooling, and who is paid for winning. */
((tools) => {
  "use strict";
  const { after, factor, index, num, paintUpstream, plural, same, tone, windows } = tools;

  function pool(d) {
    const g = windows({
      x: d.x,
      out: d.out,
      stride: d.stride,
      size: d.size,
      outputsAre: "channel",
    });
    const own = (c, r, q) => g.reading(r, q).filter((o) => o.f === c); // windows of its channel
    const won = (c, r, q) => own(c, r, q).filter((o) => same(d.winners[o.k], [r, q]));
    return [poolForward(d, g, own, won), poolBackward(d, g, won)];
  }

  /** The mark of a pixel while window o is at work: the winner stands out. */
  const poolMark = (d, g, o, [c, r, q]) =>
    c !== o.f || !g.covers(o, r, q)
      ? ""
      : same(d.winners[o.k], [r, q])
        ? "cf-on cf-winner"
        : "cf-on";

  function poolForward(d, g, own, won) {
    const x = g.image("x", "", { tone: "input", picks: "inspect" });
    const out = g.outputs("out", { tone: "output" });

    function draw(k, seen) {
      const o = g.places[k];
      const readers = seen && own(...seen.at);
      x.paint((...at) => {
        const mark = seen ? tone(same(seen.at, at)) : poolMark(d, g, o, at);
        return { text: num(d.x[at[0]][at[1]][at[2]]), mark };
      });
      out.paint((f, i, j) => {
        const p = g.places[g.step([f, i, j])];
        const text = seen || p.k <= k ? num(d.out[f][i][j]) : "";
        return { text, mark: tone(seen ? readers.includes(p) : p === o, p.k < k && !seen) };
      });
    }

    function say(k, seen) {
      if (seen) {
        const wins = won(...seen.at).length;
        const lies = plural(own(...seen.at).length, "window");
        return `${index("x", ...seen.at)} lies in ${lies} and wins ${wins || "none"}.`;
      }
      const o = g.places[k];
      const rows = d.x[o.f].slice(o.top, o.top + g.HH);
      const values = rows.flatMap((row) => row.slice(o.left, o.left + g.WW));
      const best = d.out[o.f][o.i][o.j];
      const tie = values.filter((v) => v === best).length > 1;
      return (
        `max(${values.map((v) => num(v)).join(", ")}) = ${num(best)}, won by ` +
        `${index("x", o.f, ...d.winners[k])}.${tie ? " On a tie the first one wins." : ""}`
      );
    }

    return {
      label: "Forward",
      steps: g.places.length,
      draw,
      say,
      stepAt: g.step,
      inspectable: [x],
      grids: [x, out],
      nodes: [x.node, after("\u2192", out.node)],
    };
  }

  function poolBackward(d, g, won) {
    const dout = g.outputs("dout", { tone: "grad" });
    const dx = g.image("dx", "", { tone: "grad", picks: "inspect" });
    const last = g.places.length - 1;
    const paid = (k, at) => won(...at).filter((o) => o.k <= k);

    function draw(k, seen) {
      const o = g.places[k];
      const wins = seen && won(...seen.at);
      paintUpstream(dout, d, g, k, (p) => (seen ? wins.includes(p) : p === o));
      const now = seen ? last : k;
      dx.paint((...at) => {
        const shares = paid(now, at);
        const value = shares.length ? d.dx[shares.at(-1).k] : 0;
        const chosen = seen ? tone(same(seen.at, at)) : poolMark(d, g, o, at);
        return {
          text: shares.length || now === last ? num(value) : "",
          sub: shares.length > 1 ? `\u00d7${shares.length}` : "",
          mark: chosen || tone(false, shares.length),
        };
      });
    }

    function say(k, seen) {
      if (seen) return sayCell(seen.at);
      const o = g.places[k];
      const winner = [o.f, ...d.winners[k]];
      return (
        `${g.element("dout", o)} = ${num(d.dout[o.f][o.i][o.j])} goes to the winner, ` +
        `${index("dx", ...winner)}, alone` +
        (paid(k, winner).length > 1 ? ", on top of what it had (+=)." : ".")
      );
    }

    function sayCell(at) {
      const shares = paid(last, at);
      const name = index("dx", ...at);
      if (!shares.length)
        return `${name} = 0: this input won no window, so no gradient comes back.`;
      const parts = shares.map((o) => factor(d.dout[o.f][o.i][o.j])).join(" + ");
      const total = shares.length > 1 ? ` = ${num(d.dx[shares.at(-1).k])}` : "";
      return `${name} = ${parts}${total}: it won ${plural(shares.length, "window")}.`;
    }

    return {
      label: "Backward",
      steps: g.places.length,
      draw,
      say,
      stepAt: g.step,
      inspectable: [dx],
      grids: [dx, dout],
      nodes: [dout.node, after("\u2192", dx.node)],
    };
  }

  tools.kinds.pool = pool;
})(globalThis.courseFigures);
