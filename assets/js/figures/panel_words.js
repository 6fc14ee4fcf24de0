/* A panel: words in a row. */
((tools) => {
  "use strict";
  const { h, layered } = tools;

  /** Words in a row. */
  function wordsPart(frames) {
    const contents = frames.map(({ tokens, notes }) => ({ tokens, notes }));
    const chips = ({ tokens, notes }) =>
      tokens.map((token, i) =>
        h(
          "span",
          { class: "cf-chip", role: "listitem" },
          h("span", { class: "cf-chip-word" }, token),
          notes ? h("small", {}, notes[i]) : null,
        ),
      );
    const { node, live, show } = layered(contents, "cf-chips", chips);
    live.setAttribute("role", "list");

    function draw(frame) {
      show(frames.indexOf(frame));
      const styles = { mark: "cf-now", wrong: "cf-wrong", faint: "cf-faint" };
      for (const [style, name] of Object.entries(styles))
        for (const i of frame[style]) live.children[i].classList.add(name);
      for (const i of frame.mark) live.children[i].setAttribute("aria-current", "true");
      for (const i of frame.wrong)
        live.children[i].setAttribute("aria-label", `${frame.tokens[i]}, wrong`);
    }
    return { node, draw };
  }

  tools.parts.words = wordsPart;
})(globalThis.courseFigures);
