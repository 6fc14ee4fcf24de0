/* From a page to read to a page to work on. */
import { chapter } from "./chapter.js";
import { exercise } from "./exercise.js";

export async function start(parts) {
  const page = await (parts.kind === "exercise" ? exercise(parts) : chapter(parts));
  page.python.start();
  return page;
}
