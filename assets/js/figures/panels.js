/* Panels: any frames that Python made. */
((tools) => {
  "use strict";
  const { h } = tools;

  /** Frames of panels, in one mode or several. What a panel can be asked, it tells itself. */
  function board(d) {
    return d.modes.map(({ label, texts, frames }) => {
      const parts = d.kinds.map((kind, p) => panel(kind, wholeFrames(frames, p), d));
      const asked = parts.filter((part) => part.inspect);
      const of = (seen) => asked.find((part) => part.inspect === seen?.grid);
      return {
        label,
        steps: frames.length,
        draw: (k, seen) =>
          parts.forEach((part) => part.draw(k, part.inspect && of(seen) === part ? seen : null)),
        say: (k, seen) => of(seen)?.tell(k, seen.at) ?? texts[k],
        inspectable: asked.map((part) => part.inspect),
        pace: 2200,
        nodes: [h("div", { class: "cf-board" }, ...parts.map((part) => part.node))],
      };
    });
  }

  /** A frame holds what differs from the one before; here each is made whole. */
  function wholeFrames(frames, p) {
    let now = {};
    return frames.map((frame) => (now = { ...now, ...frame[p] }));
  }

  /** One panel over all frames, under its title. */
  function panel(kind, frames, d) {
    const part = tools.parts[kind](frames, d);
    const titles = frames.map((frame) => frame.title ?? "");
    const title = titles.some(Boolean) ? layered(titles, "cf-part-title", (text) => [text]) : null;
    const node = h("div", { class: `cf-part cf-part-${kind}` }, title?.node ?? null, part.node);
    const draw = (k, seen) => {
      title?.show(k);
      part.draw(frames[k], seen);
    };
    const tell = (k, at) => part.tell(frames[k], at);
    return { node, draw, tell, inspect: part.inspect };
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
