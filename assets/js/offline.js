// Three mends for a site that serves MathJax, require.js and the widget scripts itself (make book OFFLINE=1).

// 1. Keep <i class="fa"> elements: the theme's FontAwesome would replace them, and ipywidgets' Play needs them.
window.FontAwesomeConfig = { autoReplaceSvg: "nest" };

// 2. ipywidgets calls MathJax.Hub.Queue of MathJax 2 for its labels; hand such calls to MathJax 3.
document.addEventListener("DOMContentLoaded", () => {
  const mathjax = window.MathJax;
  if (!mathjax || mathjax.Hub) return;
  const typeset = (call) => mathjax.startup?.promise?.then(() => mathjax.typesetPromise([call[2]]));
  mathjax.Hub = { Queue: typeset };
});

// 3. require.js finds the fonts of the widget bundle against this folder.
window.require = window.require || { baseUrl: new URL("../vendor", document.currentScript.src).href };
