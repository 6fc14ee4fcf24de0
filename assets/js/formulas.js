/* Formulas: elements of the class "math", which hold LaTeX between \( \) or \[ \], drawn by KaTeX. */
(() => {
  "use strict";
  const { katex } = globalThis;

  const MARKS = [
    ["\\(", "\\)", false],
    ["\\[", "\\]", true],
  ];

  /** Draw what stands between the marks in one piece of text; the number beside it is left alone. */
  function draw(text) {
    const latex = text.data.trim();
    const found = MARKS.find(([left, right]) => latex.startsWith(left) && latex.endsWith(right));
    if (!found) return;
    const place = document.createElement("span");
    text.replaceWith(place);
    katex.render(latex.slice(2, -2), place, { displayMode: found[2], throwOnError: false });
    if (place.closest("summary")) nameAloud(place);
  }

  /** A control that shows a formula only is called what the formula says. */
  function nameAloud(place) {
    const said = place.querySelector("math semantics")?.firstElementChild?.textContent;
    if (!said) return;
    place.setAttribute("role", "img");
    place.setAttribute("aria-label", said);
  }

  /** All formulas under `root`: pages that get formulas later call this again. */
  function drawFormulas(root) {
    for (const formula of root.querySelectorAll(".math"))
      for (const child of formula.childNodes) if (child.nodeType === Node.TEXT_NODE) draw(child);
  }

  globalThis.drawFormulas = drawFormulas;
  drawFormulas(document);
})();
