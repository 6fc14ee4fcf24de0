/* The thread in which Python runs: Pyodide, NumPy, the wheel of the course, and a session of
 * course/site/runner.py, which gets the page's cells and answers with messages.
 */
"use strict";

const PROGRESS = "/home/pyodide/progress.json";
const quiet = { messageCallback: () => {} };
const plain = (value) => value?.toJs?.({ create_proxies: false }) ?? value;
const send = (cell, kind, content) => postMessage({ cell, kind, content: plain(content) });

async function load({ pyodide, wheel, checks }) {
  self.importScripts(`${pyodide}pyodide.js`);
  const python = await self.loadPyodide({
    indexURL: pyodide,
    packages: ["numpy"],
    env: { COURSE_PROGRESS: PROGRESS, HOME: "/home/pyodide" },
  });
  await python.loadPackage(wheel, quiet);
  python.FS.writeFile(PROGRESS, checks);
  const module = python.pyimport("course.site.runner");
  const session = module.PageSession(send, (code) => python.loadPackagesFromImports(code, quiet));
  return async (cells, pressed) => {
    const rows = python.toPy(cells.map(({ id, kind, code }) => [id, kind, code]));
    await session.press(module.cells_of(rows), pressed);
    rows.destroy();
  };
}

let press; // a promise of the function that runs cells

onmessage = async ({ data }) => {
  if (data.options) {
    press = load(data.options);
    const failed = (error) => postMessage({ kind: "failed", content: reason(error) });
    press.then(() => postMessage({ kind: "ready" }), failed);
    return;
  }
  const run = await press.catch(() => null);
  if (!run) return;
  try {
    await run(data.cells, data.pressed);
    postMessage({ kind: "pressed" });
  } catch (error) {
    console.error(error);
    postMessage({ kind: "crashed" });
  }
};

/** An error of loading, in a few words. */
function reason(error) {
  return String(error?.message ?? error).split("\n")[0].slice(0, 200);
}
