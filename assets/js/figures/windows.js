/* Windows over an image: what convolution and pooling share. */
((tools) => {
  "use strict";
  const { Grid, dims, index, num, range, same, shapeText, span, tone } = tools;

  /** Where the windows lie and how to draw what they read and write: shared by conv and pooling. */
  function windows({ x, out, size, stride, pad = 0, outputsAre }) {
    const [C, H, W] = dims(x);
    const [F, Ho, Wo] = dims(out);
    const [HH, WW] = size;
    const places = range(F * Ho * Wo).map((k) => {
      const [f, i, j] = [Math.floor(k / (Ho * Wo)), Math.floor(k / Wo) % Ho, k % Wo];
      return { k, f, i, j, top: i * stride, left: j * stride };
    });
    const step = ([f, i, j]) => (f * Ho + i) * Wo + j;
    const covers = (o, r, q) => r >= o.top && r < o.top + HH && q >= o.left && q < o.left + WW;
    const reading = (r, q) => places.filter((o) => covers(o, r, q));
    /** Position of a pixel in a window, flattened as (c, i, j). */
    const tap = (o, c, r, q) => (c * HH + r - o.top) * WW + q - o.left;
    const isPad = (r, q) => r < pad || q < pad || r >= H - pad || q >= W - pad;

    /** Frames [row, column, rows, columns] of the windows that read a cell; of all, when many. */
    function framesOf(seen) {
      const found = seen ? reading(...seen.at.slice(1)).filter((o) => o.f === 0) : [];
      const frames = found.map((o) => [o.top, o.left, HH, WW]);
      if (frames.length <= 4) return frames;
      const [first, last] = [found[0], found.at(-1)];
      return [[first.top, first.left, last.top + HH - first.top, last.left + WW - first.left]];
    }

    // words
    const place = (o) => `rows ${span(o.top, HH)}, columns ${span(o.left, WW)}`;
    const pixel = (array, c, r, q) =>
      isPad(r, q) ? "a padding cell" : index(array, c, r - pad, q - pad);
    const element = (array, o) => index(array, o.f, o.i, o.j);
    const numbered = (name, n) => (n > 1 ? range(n).map((c) => `${name} ${c}`) : null);

    // grids
    const image = (name, note, options) =>
      new Grid({
        name,
        note: shapeText([C, H - 2 * pad, W - 2 * pad]) + note,
        shape: [C, H, W],
        planeNames: numbered("channel", C),
        ...options,
      });
    const filter = (name, note, options) =>
      new Grid({ name, note, shape: [C, HH, WW], planeNames: numbered("channel", C), ...options });
    const outputs = (name, options) =>
      new Grid({
        name,
        note: shapeText([F, Ho, Wo]),
        shape: [F, Ho, Wo],
        picks: "step",
        planeNames: numbered(outputsAre, F),
        ...options,
      });
    const padMark = (r, q) => (isPad(r, q) ? "cf-pad " : "");

    return {
      C,
      H,
      W,
      F,
      HH,
      WW,
      Ho,
      Wo,
      pad,
      stride,
      places,
      step,
      covers,
      reading,
      tap,
      isPad,
      framesOf,
      place,
      pixel,
      element,
      image,
      filter,
      outputs,
      padMark,
    };
  }

  /** Paint the gradient that comes in: `lit(o)` for the elements at work, the earlier ones done. */
  function paintUpstream(grid, d, g, k, lit) {
    grid.paint((f, i, j) => {
      const o = g.places[g.step([f, i, j])];
      return { text: num(d.dout[f][i][j]), mark: tone(lit(o), o.k < k) };
    });
  }

  /** dx after each step. A step changes only its own window, so its new values are all we need. */
  function inputGradients(d, g, places) {
    let now = range(g.C).map(() => range(g.H).map(() => range(g.W).fill(0)));
    return places.map((o, k) => {
      now = now.map((plane, c) =>
        plane.map((row, r) =>
          row.map((v, q) => (g.covers(o, r, q) ? d.dx[k][g.tap(o, c, r, q)] : v)),
        ),
      );
      return now;
    });
  }

  /** Paint dx after step k: how many shares a cell has got so far stands below its number. */
  function paintInputGradient(grid, g, places, frames, k, seen) {
    const at = seen ? places.length - 1 : k;
    grid.outline(seen?.at[0] ?? 0, g.framesOf(seen));
    grid.paint((c, r, q) => {
      const n = places.slice(0, at + 1).filter((o) => g.covers(o, r, q)).length;
      const on = seen ? same(seen.at, [c, r, q]) : g.covers(places[k], r, q);
      return {
        text: n ? num(frames[at][c][r][q]) : "",
        sub: n > 1 ? `\u00d7${n}` : "",
        mark: g.padMark(r, q) + tone(on, n),
      };
    });
  }

  Object.assign(tools, { inputGradients, paintInputGradient, paintUpstream, windows });
})(globalThis.courseFigures);
