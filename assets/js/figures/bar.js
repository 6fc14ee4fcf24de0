/* One horizontal bar. */
((tools) => {
  "use strict";
  const { h } = tools;

  function bar() {
    const box = h("span", { class: "cf-bar-fill" });
    const value = h("span", { class: "cf-bar-value" });
    const set = (from, width) => {
      box.style.left = `${100 * from}%`;
      box.style.width = `${100 * width}%`;
    };
    return { node: h("span", { class: "cf-bar" }, box), value, set };
  }

  Object.assign(tools, { bar });
})(globalThis.courseFigures);
