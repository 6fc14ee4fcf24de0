/* In JupyterLite: links of notebooks and of checks lead to the pages of the book beside it, each in a
 * tab of its own, so that what was written stays. `course/site/lite.py` puts this into its pages.
 *
 * JupyterLite has made of them addresses among its own files, and opens those by a command.
 */
(() => {
  "use strict";
  const book = new URL("../../", document.currentScript.src); // the script lies in _static/js/
  const PAGE = /\/(book|exercises|solutions)\/(\w+)\.(?:md|ipynb)$/;

  function mend({ target }) {
    const link = target.closest?.("a[href]");
    const [, folder, name] = link?.pathname.match(PAGE) ?? [];
    if (!name || link.origin !== location.origin) return;
    link.href = new URL(`${folder}/${name}.html${link.hash}`, book).href;
    link.target = "_blank";
    link.removeAttribute("data-commandlinker-command");
  }

  for (const kind of ["pointerdown", "focusin", "click"]) addEventListener(kind, mend, true);
})();
