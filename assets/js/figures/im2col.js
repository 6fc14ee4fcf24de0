/* Convolution as a matrix product. */
((tools) => {
  "use strict";
  const {
    Grid,
    after,
    dims,
    factor,
    inputGradients,
    num,
    paintInputGradient,
    plural,
    same,
    shapeText,
    tone,
    windows,
  } = tools;

  function im2col(d) {
    const g = windows({
      x: d.x,
      out: d.out,
      stride: d.stride,
      pad: d.pad,
      size: dims(d.w).slice(2),
      outputsAre: "filter",
    });
    const forward = [im2colFill(d, g), im2colMultiply(d, g)];
    return d.dcols ? [...forward, im2colScatter(d, g)] : forward;
  }

  /** Which pixel of the padded image stands at (row, col) of the matrix: [channel, row, column]. */
  function source(g, row, col) {
    const o = g.places[col];
    const [c, i, j] = [Math.floor(row / (g.HH * g.WW)), Math.floor(row / g.WW) % g.HH, row % g.WW];
    return [c, o.top + i, o.left + j];
  }

  /** A matrix with one column for each window. */
  const columns = (name, note, [rows, cols], options) =>
    new Grid({ name, note: shapeText([rows, cols]) + note, shape: [1, rows, cols], ...options });

  function im2colFill(d, g) {
    const shape = dims(d.cols);
    const x = g.image("x", g.pad ? `, padded by ${g.pad}` : "", {
      tone: "input",
      picks: "inspect",
    });
    const table = columns("cols", "", shape, { tone: "input", picks: "inspect" });
    const pixel = (seen) => (seen.grid === x ? seen.at : source(g, seen.at[1], seen.at[2]));

    function draw(k, seen) {
      const chosen = seen && pixel(seen);
      x.paint((c, r, q) => {
        const on = seen ? same(chosen, [c, r, q]) : g.covers(g.places[k], r, q);
        return { text: num(d.x[c][r][q]), mark: g.padMark(r, q) + tone(on) };
      });
      table.paint((_, row, col) => {
        const on = seen ? same(chosen, source(g, row, col)) : col === k;
        const text = seen || col <= k ? num(d.cols[row][col]) : "";
        return { text, mark: tone(on, col < k && !seen) };
      });
    }

    function say(k, seen) {
      if (seen) {
        const [c, r, q] = pixel(seen);
        const copies = g.reading(r, q).filter((o) => o.f === 0).length;
        return (
          `${g.pixel("x", c, r, q)} stands in cols ${plural(copies, "time")}: once for each ` +
          "window that reads it."
        );
      }
      const o = g.places[k];
      return (
        `Column ${k} is the window of output (${o.i}, ${o.j}): ${g.place(o)}, read channel by ` +
        `channel and row by row, ${shape[0]} numbers from top to bottom.`
      );
    }

    return {
      label: "Fill the columns",
      steps: shape[1],
      draw,
      say,
      inspectable: [x, table],
      grids: [x, table],
      nodes: [x.node, after("\u2192", table.node)],
    };
  }

  function im2colMultiply(d, g) {
    const [rows, cols] = dims(d.cols);
    const flat = d.w.map((filter) => filter.flat(2));
    const w = columns("w.reshape(F, -1)", "", [g.F, rows], { tone: "weight" });
    const table = columns("cols", "", [rows, cols], { tone: "input" });
    const note = ", one row for each filter";
    const out = columns("out", note, [g.F, cols], { tone: "output", picks: "step" });

    function draw(k) {
      const [f, col] = [Math.floor(k / cols), k % cols];
      w.paint((_, row, t) => ({ text: num(flat[row][t]), mark: tone(row === f) }));
      table.paint((_, row, c) => ({ text: num(d.cols[row][c]), mark: tone(c === col) }));
      out.paint((_, row, c) => {
        const o = g.places[row * cols + c];
        const text = o.k <= k ? num(d.out[o.f][o.i][o.j]) : "";
        return { text, mark: tone(o.k === k, o.k < k) };
      });
    }

    function say(k) {
      const o = g.places[k];
      return (
        `Filter ${o.f}, laid out as a row, times column ${k % cols}: ` +
        `${num(d.out[o.f][o.i][o.j])}, which is ${g.element("out", o)}. ` +
        "All of out is one matrix product."
      );
    }

    return {
      label: "Multiply",
      steps: g.F * cols,
      draw,
      say,
      stepAt: ([, f, col]) => f * cols + col,
      grids: [w],
      nodes: [w.node, after("@", table.node), after("=", out.node)],
    };
  }

  function im2colScatter(d, g) {
    const [rows, cols] = dims(d.cols);
    const table = columns("dcols", " = w.T @ dout", [rows, cols], { tone: "grad" });
    const note = g.pad ? ", padding cut off at the end" : "";
    const dx = g.image("dx", note, { tone: "grad", picks: "inspect" });
    const places = g.places.slice(0, cols); // one for each window, whatever the number of filters
    const frames = inputGradients(d, g, places);

    function draw(k, seen) {
      table.paint((_, row, col) => {
        const on = seen ? same(seen.at, source(g, row, col)) : col === k;
        return { text: num(d.dcols[row][col]), mark: tone(on, col < k && !seen) };
      });
      paintInputGradient(dx, g, places, frames, k, seen);
    }

    function say(k, seen) {
      if (seen) return sayCell(...seen.at);
      return (
        `Column ${k} of dcols is folded back into a window and added (+=) at ` +
        `${g.place(places[k])}: im2col copied, so col2im adds.`
      );
    }

    function sayCell(c, r, q) {
      const parts = places
        .filter((o) => g.covers(o, r, q))
        .map((o) => factor(d.dcols[g.tap(o, c, r, q)][o.k]));
      const total = parts.length > 1 ? ` = ${num(frames.at(-1)[c][r][q])}` : "";
      const copies = parts.length === 1 ? "one copy" : `${parts.length} copies`;
      return `${g.pixel("dx", c, r, q)} = ${parts.join(" + ") || 0}${total}: ${copies} in cols.`;
    }

    return {
      label: "Backward: col2im",
      steps: cols,
      draw,
      say,
      inspectable: [dx],
      grids: [table, dx],
      nodes: [table.node, after("+=", dx.node)],
    };
  }

  tools.kinds.im2col = im2col;
})(globalThis.courseFigures);
