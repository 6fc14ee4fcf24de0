/* A caption, word by word. */
((tools) => {
  "use strict";
  const { h } = tools;

  function caption(d) {
    const picture =
      d.image && h("img", { class: "cf-picture", src: d.image, alt: "the picture to describe" });
    const words = d.frames.map((frame) => h("span", { class: "cf-word" }, frame.word));
    const rows = d.frames[0].top.map(() => ({
      word: h("span", { class: "cf-bar-name" }),
      bar: h("span", { class: "cf-bar-fill" }),
      value: h("span", { class: "cf-bar-value" }),
    }));
    const bars = h(
      "div",
      { class: "cf-bars cf-output" },
      ...rows.flatMap((row) => [row.word, h("span", { class: "cf-bar" }, row.bar), row.value]),
    );
    const truth = d.truth ? h("p", { class: "cf-truth" }, h("b", {}, "Truth: "), d.truth) : null;

    function draw(k) {
      words.forEach((word, i) => {
        word.className = `cf-word${i === k ? " cf-now" : i > k ? " cf-later" : ""}`;
      });
      d.frames[k].top.forEach(([word, p], i) => {
        rows[i].word.textContent = word;
        rows[i].word.classList.toggle("cf-chosen", word === d.frames[k].word);
        rows[i].bar.style.width = `${100 * p}%`;
        rows[i].value.textContent = p.toFixed(3);
      });
    }

    function say(k) {
      const before = ["<START>", ...d.frames.slice(0, k).map((frame) => frame.word)];
      const { word, p } = d.frames[k];
      return (
        `After \u201c${before.slice(-4).join(" ")}\u201d the network says \u201c${word}\u201d, ` +
        `probability ${p.toFixed(3)}.` +
        (word === "<END>" ? " The caption is complete." : "")
      );
    }

    const text = h(
      "div",
      { class: "cf-column cf-grow" },
      h("p", { class: "cf-sentence" }, ...words),
      bars,
      ...(truth ? [truth] : []),
    );
    return [
      {
        label: "Sample",
        steps: d.frames.length,
        draw,
        say,
        nodes: picture ? [picture, text] : [text],
      },
    ];
  }

  tools.kinds.caption = caption;
})(globalThis.courseFigures);
