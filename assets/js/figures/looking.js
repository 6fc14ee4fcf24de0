/* A caption word by word: where the network looked, and the gradient that came back to a cell. */
((tools) => {
  "use strict";
  const { Grid, h, num } = tools;

  const percent = (share) => `${Math.round(100 * share)} %`;
  const largest = (values) => values.indexOf(Math.max(...values));

  /** The words of the caption: each is a step, as a cell of a Grid may be. */
  class Words {
    constructor(words) {
      Object.assign(this, { picks: "step", shape: [1, 1, words.length] });
      this.chips = words.map((word, t) => this.chip(word, t));
      this.node = h("div", { class: "cf-chips", role: "group", "aria-label": "words" }, ...this.chips);
    }

    chip(word, t) {
      const tell = (type, at) => (event) => {
        if (event.type.startsWith("pointer") && event.pointerType !== "mouse") return;
        const detail = { grid: this, at, type };
        this.node.dispatchEvent(new CustomEvent("cf-pick", { bubbles: true, detail }));
      };
      const [show, leave] = [tell("hover", [0, 0, t]), tell("leave", null)];
      return h(
        "button",
        {
          type: "button",
          class: "cf-chip",
          onpointerenter: show,
          onpointerleave: leave,
          onfocus: show,
          onblur: leave,
          onclick: tell("choose", [0, 0, t]),
        },
        h("span", { class: "cf-chip-word" }, word),
        h("small", {}),
      );
    }

    /** Stress word `now`, and write a small note under each. */
    paint(now, note) {
      this.chips.forEach((chip, t) => {
        chip.classList.toggle("cf-now", t === now);
        chip.setAttribute("aria-pressed", t === now);
        chip.lastChild.textContent = note(t);
      });
    }
  }

  /** The picture with its cells on it: each stands in the middle of the window that it is told of. */
  function cellsOn(d, name, note, tone) {
    const grid = new Grid({ name, note, shape: [1, d.side, d.side], tone, picks: "inspect" });
    const img = h("img", { class: "cf-pixels", src: d.picture, alt: "", draggable: "false" });
    grid.node.classList.add("cf-seeing");
    grid.node.style.setProperty("--across", d.across / d.step); // of the picture, in cells
    grid.node.style.setProperty("--before", (d.window - d.step) / 2 / d.step);
    grid.node.querySelector(".cf-plane").prepend(img);
    return grid;
  }

  function looking(d) {
    const words = new Words(d.words);
    const looks = cellsOn(d, "looks", "% of the look, as the word was written", "output");
    const back = cellsOn(d, "gradient", "% of what came back from its score", "grad");
    const reach = d.window / d.step; // of a window, in cells
    const place = (k) => [Math.floor(k / d.side), k % d.side];
    const pointed = (seen) => (seen ? seen.at[1] * d.side + seen.at[2] : null);

    function paint(grid, shares, cell) {
      const best = largest(shares);
      grid.paint((_, r, c) => {
        const [k, share] = [r * d.side + c, shares[r * d.side + c]];
        const text = share >= 0.01 ? String(Math.round(100 * share)) : "";
        return { text, heat: share / (shares[best] || 1), mark: k === cell ? "cf-ring" : "" };
      });
      const [r, c] = place(cell ?? best);
      grid.outline(0, [[r - (reach - 1) / 2, c - (reach - 1) / 2, reach, reach]]);
    }

    function draw(t, seen) {
      const cell = pointed(seen);
      words.paint(t, (i) => percent(cell === null ? Math.max(...d.looks[i]) : d.back[i][cell]));
      paint(looks, d.looks[t], cell);
      paint(back, d.back[t], cell);
    }

    function say(t, seen) {
      const [word, cell] = [d.words[t], pointed(seen)];
      const where = (k) => `row ${place(k)[0]}, column ${place(k)[1]}`;
      if (cell === null) {
        const best = largest(d.looks[t]);
        return (
          `To write \`${word}\` it looked most at ${where(best)}: ${percent(d.looks[t][best])} of ` +
          `its look. Of the gradient of this word's score, ${percent(d.back[t][best])} came back ` +
          `to that cell.`
        );
      }
      const told = d.told[t][cell].map(([i, v]) => `${d.names[i]} ${v > 0 ? "+" : ""}${num(v)}`);
      const most = told.length ? ` What moves the score most there: ${told.join(", ")}.` : "";
      return (
        `\`${word}\`, ${where(cell)}: ${percent(d.looks[t][cell])} of the look, and ` +
        `${percent(d.back[t][cell])} of the gradient came back to this cell.${most}`
      );
    }

    return [
      {
        label: "Words",
        steps: d.words.length,
        draw,
        say,
        stepAt: ([, , t]) => t,
        inspectable: [looks, back],
        pace: 2200,
        nodes: [words.node, looks.node, back.node],
      },
    ];
  }

  tools.kinds.looking = looking;
})(globalThis.courseFigures);
