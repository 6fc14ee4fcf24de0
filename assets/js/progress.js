/* Which checks are right, as this browser knows it: kept, shown, saved as a file and taken from one.
 *
 * The file is the one that `course.progress` keeps on a learner's machine: {"version": 1, "checks":
 * {"06_conv_forward/output_size": {"passed": true, "tries": 3}}}. In files from before exercises were
 * told apart the name stands alone. Other scripts use this one as `courseProgress`.
 */
(() => {
  "use strict";
  const KEY = "cnns-rnns-from-scratch/progress";
  const CHECK = /\bcheck\(\s*([A-Za-z_]\w*)(?:\s*,\s*["']([\w.]+)["'])?|\bgoal\(\s*["']([\w.]+)["']/g;

  /** What a text of this kind says; null if it is of another kind. */
  function parse(text) {
    try {
      const { version, checks } = JSON.parse(text);
      const known = Object.entries(checks).map(([name, { passed, tries }]) => {
        if (typeof passed !== "boolean" || !Number.isInteger(tries)) throw new TypeError(name);
        return [name, { passed, tries }];
      });
      return version === 1 ? Object.fromEntries(known) : null;
    } catch {
      return null;
    }
  }

  function written(checks) {
    const sorted = Object.fromEntries(Object.entries(checks).sort(([a], [b]) => (a < b ? -1 : 1)));
    return JSON.stringify({ checks: sorted, version: 1 }, null, 1);
  }

  function read() {
    try {
      return parse(localStorage.getItem(KEY)) ?? {};
    } catch {
      return {};
    }
  }

  /** What has passed in either stays passed; of the tries the larger number counts. */
  function merged(mine, other) {
    const both = { ...mine };
    for (const [name, { passed, tries }] of Object.entries(other)) {
      const before = both[name] ?? { passed: false, tries: 0 };
      both[name] = { passed: before.passed || passed, tries: Math.max(before.tries, tries) };
    }
    return both;
  }

  /** Take in the text of a progress file: -> the names in it, or null if it is none. */
  function take(text) {
    const checks = parse(text);
    if (!checks) return null;
    try {
      localStorage.setItem(KEY, written(merged(read(), checks)));
    } catch {
      return null;
    }
    show();
    return Object.keys(checks);
  }

  /** The names of the checks and goals in a cell. */
  const namesIn = (code) => [...code.matchAll(CHECK)].map(([, name, as, goal]) => goal ?? as ?? name);

  /** What is noted of the checks of an exercise, as `standing` in course/notebooks/progress.py says. */
  function standing(exercise, names) {
    const checks = read();
    const own = names.filter((name) => (window.courseFirst?.[name] ?? exercise) === exercise);
    const old = own.some((name) => checks[name]?.passed) ? names : own;
    return names.map((name) => {
      const both = [checks[`${exercise}/${name}`], old.includes(name) && checks[name]].filter(Boolean);
      const tries = both.reduce((sum, entry) => sum + entry.tries, 0);
      return { name, passed: both.some((entry) => entry.passed), tries };
    });
  }

  /** `■■□ 2 of 3`: in a box, for the eye and in words. */
  function showShare(box, found, more = "") {
    const right = found.filter((check) => check.passed).length;
    const bar = document.createElement("span");
    bar.className = "course-squares";
    bar.setAttribute("aria-hidden", "true");
    bar.textContent = "■".repeat(right) + "□".repeat(found.length - right);
    box.replaceChildren(bar, ` ${right} of ${found.length}${more}`);
  }

  // ---------------------------------------------------------------- on the pages

  function show() {
    for (const row of document.querySelectorAll(".course-progress [data-checks]")) showRow(row);
    document.dispatchEvent(new CustomEvent("course-progress"));
  }

  function showRow(row) {
    const found = standing(row.dataset.exercise, row.dataset.checks.split(" "));
    const todo = found.filter((check) => !check.passed);
    const told = ({ name, tries }) => (tries ? `${name} (tries: ${tries})` : name);
    showShare(row.querySelector(".course-right"), found);
    row.querySelector(".course-tries").textContent = found.reduce((sum, { tries }) => sum + tries, 0);
    row.querySelector(".course-todo").textContent = todo.map(told).join(", ") || "done";
  }

  function saveFile() {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([written(read())], { type: "application/json" }));
    link.download = "progress.json";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  }

  async function takeFile(file, say) {
    const names = take(await file.text());
    say(names ? `Taken from ${file.name}: ${names.length} checks.`
      : `${file.name} could not be taken: expected a progress.json that this course has written.`);
  }

  function fitOut(box) {
    const say = (text) => { box.querySelector("[role=status]").textContent = text; };
    const file = box.querySelector("input[type=file]");
    box.querySelector(".course-save").onclick = saveFile;
    box.querySelector(".course-take").onclick = () => file.click();
    file.onchange = async () => {
      if (file.files.length) await takeFile(file.files[0], say);
      file.value = "";
    };
    box.querySelector(".course-buttons").hidden = false;
  }

  window.courseProgress = { KEY, read, written, take, namesIn, standing, showShare };
  window.addEventListener("storage", ({ key }) => { if (key === KEY) show(); });
  document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll(".course-progress").forEach(fitOut);
    show();
  });
})();
