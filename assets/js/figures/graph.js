/* A computation graph. */
((tools) => {
  "use strict";
  const { h, range, short, svg } = tools;

  function graph(d) {
    const made = Object.fromEntries(d.nodes.map(([name, sign, args]) => [name, { sign, args }]));
    const names = [...d.inputs, ...d.nodes.map(([name]) => name)];
    const layout = placeNodes(names, made);
    return [graphForward(d, names, made, layout), graphBackward(d, names, made, layout)];
  }

  /** Columns by depth; inputs stand just before their first use; each column is spread evenly. */
  function placeNodes(names, made) {
    const depth = {};
    for (const name of names)
      depth[name] = made[name] ? 1 + Math.max(...made[name].args.map((a) => depth[a])) : 0;
    for (const name of names.filter((n) => !made[n])) {
      const uses = names.filter((n) => made[n]?.args.includes(name)).map((n) => depth[n]);
      if (uses.length) depth[name] = Math.min(...uses) - 1;
    }
    const columns = range(1 + Math.max(...Object.values(depth)));
    const tallest = Math.max(...columns.map((c) => names.filter((n) => depth[n] === c).length));
    const [stepX, stepY] = [122, 84];
    const at = {};
    for (const c of columns) {
      const members = names.filter((n) => depth[n] === c);
      members.forEach((n, i) => {
        at[n] = [50 + c * stepX, 40 + (i + (tallest - members.length) / 2) * stepY];
      });
    }
    return {
      at,
      width: 100 + (columns.length - 1) * stepX,
      height: 110 + (tallest - 1) * stepY,
      columns: columns.length,
    };
  }

  /** The path of an edge: a curve, or a bow when a node is in the way. `side` parts twins. */
  function route(at, from, to, side) {
    const [[x1, y1], [x2, y2]] = [at[from], at[to]];
    const inTheWay = Object.values(at).some(
      ([x, y]) => x > x1 && x < x2 && Math.abs(y - (y1 + ((x - x1) / (x2 - x1)) * (y2 - y1))) < 40,
    );
    if (inTheWay) {
      const low = Math.max(y1, y2) + 62;
      return `M${x1 + 16},${y1 + 31}C${x1 + 50},${low} ${x2 - 50},${low} ${x2 - 16},${y2 + 31}`;
    }
    const middle = (x1 + x2) / 2;
    const [leave, enter] = [y1 + 8 * side, y2 + 16 * side];
    return `M${x1 + 44},${leave}C${middle},${leave} ${middle},${enter} ${x2 - 44},${enter}`;
  }

  function graphPicture(d, names, made, { at, width, height, columns }) {
    const edges = names
      .filter((n) => made[n])
      .flatMap((to) => {
        const byHeight = (a, b) => at[a][1] - at[b][1]; // so that edges do not cross
        const sources = [...made[to].args].sort(byHeight);
        return sources.map((from, i) => ({
          to,
          node: svg("path", {
            class: "cf-edge",
            d: route(at, from, to, i - (sources.length - 1) / 2),
          }),
        }));
      });
    const boxes = Object.fromEntries(
      names.map((name) => {
        const [x, y] = at[name];
        const formula = made[name] ? formulaOf(made[name]) : "";
        const value = svg("text", { class: "cf-value", x, y: y + 7 });
        const gradient = svg("text", { class: "cf-gradient", x, y: y + 24 });
        const box = svg(
          "g",
          { class: "cf-node" },
          svg("rect", { x: x - 44, y: y - 31, width: 88, height: 62, rx: 7 }),
          svg(
            "text",
            { class: "cf-node-name", x, y: y - 14 },
            formula ? `${name} = ${formula}` : name,
          ),
          value,
          gradient,
        );
        return [name, { box, value, gradient }];
      }),
    );
    const node = svg(
      "svg",
      {
        class: "cf-graph",
        viewBox: `0 0 ${width} ${height}`,
        role: "img",
        "aria-label": "computation graph",
        style: `--columns:${columns}`,
      },
      ...edges.map((edge) => edge.node),
      ...names.map((name) => boxes[name].box),
    );
    const scroller = h("div", { class: "cf-scroll" }, node);
    const follow = (name) => {
      scroller.scrollLeft = (at[name][0] / width) * scroller.scrollWidth - scroller.clientWidth / 2;
    };
    return { node: scroller, edges, boxes, follow };
  }

  const formulaOf = ({ sign, args }) =>
    args.length === 2 ? `${args[0]} ${sign} ${args[1]}` : `${sign}(${args[0]})`;
  const mark = (element, name, on) => element.classList.toggle(name, Boolean(on));

  function graphForward(d, names, made, layout) {
    const { node, edges, boxes, follow } = graphPicture(d, names, made, layout);

    function draw(k) {
      const [now] = d.nodes[k];
      const done = new Set([...d.inputs, ...d.nodes.slice(0, k + 1).map(([name]) => name)]);
      for (const name of names) {
        boxes[name].value.textContent = done.has(name) ? short(d.values[name]) : "";
        mark(boxes[name].box, "cf-now", name === now);
      }
      edges.forEach((edge) => mark(edge.node, "cf-now", edge.to === now));
      follow(now);
    }

    function say(k) {
      const [name, sign, args] = d.nodes[k];
      const numbers = formulaOf({ sign, args: args.map((a) => short(d.values[a])) });
      return (
        `${name} = ${formulaOf({ sign, args })} = ${numbers} = ${short(d.values[name])}.` +
        (k === d.nodes.length - 1 ? " This is the output." : "")
      );
    }

    return { label: "Forward", steps: d.nodes.length, draw, say, nodes: [node] };
  }

  function graphBackward(d, names, made, layout) {
    const { node, edges, boxes, follow } = graphPicture(d, names, made, layout);
    const output = d.backward[0].node;

    function draw(k) {
      const known = { [output]: 1 };
      for (const { shares } of d.backward.slice(0, k + 1)) {
        for (const [name, , , total] of shares) known[name] = total;
      }
      const now = d.backward[k].node;
      for (const name of names) {
        boxes[name].value.textContent = short(d.values[name]);
        boxes[name].gradient.textContent = name in known ? `d${name} = ${short(known[name])}` : "";
        mark(boxes[name].box, "cf-now", name === now);
        mark(boxes[name].box, "cf-paid", made[now].args.includes(name));
      }
      edges.forEach((edge) => mark(edge.node, "cf-back", edge.to === now));
      follow(now);
    }

    function say(k) {
      const { node: now, gradient, shares } = d.backward[k];
      const earlier = new Set(
        d.backward.slice(0, k).flatMap((frame) => frame.shares.map(([name]) => name)),
      );
      const parts = shares.map(([name, slope, share, total]) => {
        const again = earlier.has(name);
        earlier.add(name);
        const slopeText = slope < 0 ? `(${short(slope)})` : short(slope);
        const sum = `${short(gradient)}\u00b7${slopeText} = ${short(share)}`;
        return again ? `d${name} += ${sum}, now ${short(total)}` : `d${name} = ${sum}`;
      });
      const start = k === 0 ? `d${now} = 1. ` : "";
      return (
        `${start}${now} = ${formulaOf(made[now])} hands d${now} times its slope to each input: ` +
        `${parts.join("; ")}.`
      );
    }

    return { label: "Backward", steps: d.backward.length, draw, say, nodes: [node] };
  }

  tools.kinds.graph = graph;
})(globalThis.courseFigures);
