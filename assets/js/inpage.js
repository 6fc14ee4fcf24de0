/* The button by which a page becomes a place to work. Nothing else is loaded before it is pressed:
 * the rest lies in inpage/, and `_static/inpage.json` says where Python comes from.
 */
(() => {
  "use strict";
  const site = new URL("../../", document.currentScript.src); // the script lies in _static/js/
  const [, folder, name] = location.pathname.match(/\/(exercises|book)\/([^/]+?)(?:\.html)?$/) ?? [];
  const NO_SERVER = "Python runs only on a page that comes from a server. In the folder of the course, "
    + "type “make serve” and open the address that it prints.";
  const NOT_LOADED = "This part of the page could not be loaded. Are you online? Reload the page and "
    + "try again, or work in JupyterLab on your machine with “make lab”.";

  function element(tag, attributes, ...children) {
    const node = Object.assign(document.createElement(tag), attributes);
    node.append(...children);
    return node;
  }

  function statusLine(text) {
    const line = element("span", { className: "inpage-status" }, text);
    line.setAttribute("role", "status");
    return line;
  }

  /** Load the rest, once: -> the page at work. */
  let started;
  async function start(parts) {
    if (location.protocol === "file:") throw new Error(NO_SERVER);
    started ??= (async () => {
      const answer = await fetch(new URL("_static/inpage.json", site), { cache: "no-cache" });
      const settings = await answer.json();
      const { start } = await import(new URL(`_static/${settings.scripts}main.js`, site));
      return start({ ...parts, site, settings, name });
    })();
    return started.catch(() => { started = undefined; throw new Error(NOT_LOADED); });
  }

  const codeBoxes = () => [...document.querySelectorAll("article.bd-article div.cell")]
    .filter((box) => box.querySelector(":scope > .cell_input pre, :scope > details .cell_input pre"));

  function onClick(button, say, parts) {
    button.onclick = async () => {
      button.disabled = true;
      say.textContent = "Loading …";
      try {
        await start(parts);
      } catch (error) {
        say.textContent = error.message;
        button.disabled = false;
      }
    };
  }

  // ---------------------------------------------------------------- exercises

  function checkNames(boxes) {
    const names = boxes.flatMap((box) => window.courseProgress.namesIn(box.querySelector("pre").textContent));
    return [...new Set(names)];
  }

  const ON_YOUR_MACHINE = "This project needs files that a browser does not have. Do it on your machine: "
    + "“make lab” opens your copy of it.";

  function project() {
    const bar = element("div", { className: "inpage-bar" }, element("span", {}, ON_YOUR_MACHINE));
    bar.setAttribute("role", "note");
    document.querySelector("article.bd-article h1").after(bar);
  }

  function exercise() {
    const boxes = codeBoxes();
    const button = element("button", { type: "button", className: "inpage-button inpage-go" }, "Do it here");
    const say = statusLine("Python then runs in your browser; nothing is installed.");
    const right = element("span", { className: "inpage-right" });
    const bar = element("div", { className: "inpage-bar" }, button, right, say);
    bar.setAttribute("role", "group");
    bar.setAttribute("aria-label", "This exercise");
    document.querySelector("article.bd-article h1").after(bar);
    onClick(button, say, { kind: "exercise", boxes, bar, say });
    const names = checkNames(boxes);
    const { standing, showShare } = window.courseProgress;
    const count = () => showShare(right, standing(name, names), " right");
    document.addEventListener("course-progress", count);
    count();
  }

  // ---------------------------------------------------------------- cells of chapters

  function chapter() {
    const boxes = codeBoxes().filter((box) => box.classList.contains("tag_try"));
    for (const box of boxes) {
      const button = element("button", { type: "button", className: "inpage-button" }, "Try it");
      const say = statusLine("");
      const bar = element("div", { className: "inpage-tools" }, button, say);
      box.querySelector(".cell_input").after(bar);
      onClick(button, say, { kind: "chapter", boxes, say });
    }
  }

  // ---------------------------------------------------------------- a picture of the reader's

  function picture(box) {
    const button = element("button", { type: "button", className: "inpage-button inpage-go" }, "Show it a picture");
    const say = statusLine("Python then runs in your browser; nothing is sent anywhere.");
    const bar = element("div", { className: "inpage-bar" }, button, say);
    const text = box.querySelector(".course-picture-text");
    text.textContent = "";
    text.after(bar);
    onClick(button, say, { kind: "picture", box, button, say });
  }

  document.addEventListener("DOMContentLoaded", () => {
    if (folder === "exercises" && name.startsWith("project_")) project();
    else if (folder === "exercises") exercise();
    else if (folder === "book") chapter();
    document.querySelectorAll(".course-picture").forEach(picture);
  });
})();
