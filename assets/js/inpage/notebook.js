/* The notebook of an exercise: read, filled with answers, written back byte for byte. */

const sourceOf = (cell) => [cell.source].flat().join("");
const markerOf = (source) => source.match(/^# ANSWER (\S+)/)?.[1];
const isCode = (cell) => cell.cell_type === "code";

export class Notebook {
  constructor(text) {
    this.content = JSON.parse(text);
  }

  /** The code cells, as the page works with them. */
  cells() {
    return this.content.cells.filter(isCode).map((cell) => {
      const tags = cell.metadata.tags ?? [];
      const kind = ["answer", "check"].find((name) => tags.includes(name)) ?? "code";
      const { code, note } = cell.metadata.page ?? {};
      const source = sourceOf(cell);
      return { id: cell.id, kind, source, code: code ?? source, note, label: labelOf(source, kind) };
    });
  }

  /** The file to hand in: this notebook with the answers (id -> code) in it. */
  filled(answers) {
    const content = structuredClone(this.content);
    for (const cell of content.cells) {
      if (answers.has(cell.id)) cell.source = lines(answers.get(cell.id));
    }
    return `${JSON.stringify(content, null, 1)}\n`;
  }
}

function labelOf(source, kind) {
  if (kind === "answer") return markerOf(source) ?? "";
  if (kind === "check") return source.trim();
  return source.split("\n")[0];
}

/** Lines as nbformat writes them. */
const lines = (code) => code.match(/[^\n]*\n|[^\n]+$/g) ?? [];

/** The answers in a notebook file, marker -> code; an error says what is wrong with the file. */
export function answersIn(text, name) {
  let cells;
  try {
    cells = JSON.parse(text).cells.filter(isCode);
  } catch {
    throw new Error(`${name} is no notebook: expected a file that ends in .ipynb.`);
  }
  const sources = cells.map(sourceOf);
  const found = sources.map((source) => [markerOf(source), source]).filter(([marker]) => marker);
  if (!found.length) throw new Error(`${name} holds no answers: no cell in it begins with “# ANSWER”.`);
  return new Map(found);
}
