/* Panels: any frames that Python made. */
((tools) => {
  "use strict";
  const { h } = tools;

  /** Frames of panels. A frame holds what differs from the one before; here each is made whole. */
  function board(d) {
    const whole = (p) => {
      let now = {};
      return d.frames.map((frame) => (now = { ...now, ...frame[p] }));
    };
    const parts = d.kinds.map((kind, p) => {
      const frames = whole(p);
      const part = tools.parts[kind](frames, d);
      const titles = frames.map((frame) => frame.title ?? "");
      const title = titles.some(Boolean)
        ? layered(titles, "cf-part-title", (text) => [text])
        : null;
      const node = h("div", { class: `cf-part cf-part-${kind}` }, title?.node ?? null, part.node);
      const draw = (k) => {
        title?.show(k);
        part.draw(frames[k]);
      };
      return { node, draw };
    });
    return [
      {
        label: "Steps",
        steps: d.frames.length,
        draw: (k) => parts.forEach((part) => part.draw(k)),
        say: (k) => d.texts[k],
        pace: 2200,
        nodes: [h("div", { class: "cf-board" }, ...parts.map((part) => part.node))],
      },
    ];
  }

  /** A box as high as the largest of its contents, whichever of them is shown. */
  function layered(contents, name, nodes) {
    const distinct = [...new Set(contents.map((content) => JSON.stringify(content)))];
    const ghosts = distinct
      .sort((a, b) => b.length - a.length)
      .slice(0, 20)
      .map((text) =>
        h("div", { class: `${name} cf-ghost`, "aria-hidden": "true" }, ...nodes(JSON.parse(text))),
      );
    const live = h("div", { class: name });
    const show = (k) => live.replaceChildren(...nodes(contents[k]));
    return { node: h("div", { class: "cf-stack" }, ...ghosts, live), live, show };
  }

  tools.kinds.panels = board;

  Object.assign(tools, { layered });
})(globalThis.courseFigures);
