/* A chapter: the cells that can be changed and run where they stand. */
import { Cell } from "./cell.js";
import { Page } from "./page.js";

class Chapter extends Page {
  constructor(parts, specs) {
    super(parts);
    const boxes = [...parts.boxes];
    this.cells = specs.map((spec) => {
      const box = spec.kind === "try" ? boxes.shift() : null;
      const label = `Lines to try: ${spec.code.split("\n")[0]}`;
      return box ? new Cell(box, { ...spec, label }, this) : { ...spec, label };
    });
  }
}

export async function chapter(parts) {
  const answer = await fetch(new URL(`_static/cells/${parts.name}.json`, parts.site), { cache: "no-cache" });
  return new Chapter({ ...parts, say: () => {} }, await answer.json());
}
