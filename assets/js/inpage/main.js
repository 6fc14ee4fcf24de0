/* From a page to read to a page to work on. */
import { chapter } from "./chapter.js";
import { exercise } from "./exercise.js";
import { picture } from "./picture.js";

const KINDS = { chapter, exercise, picture };

export async function start(parts) {
  const page = await KINDS[parts.kind](parts);
  page.python.start();
  return page;
}
