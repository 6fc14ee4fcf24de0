"""Read a submitted notebook, whatever a hosted service, an editor or a mail program did to it."""

import json
from dataclasses import dataclass

import nbformat

MAX_BYTES = 64 * 2**20
MAX_CELLS = 5000


class Unreadable(Exception):
    """The file is no notebook; the message is for the learner."""


@dataclass(frozen=True)
class SubmittedCell:
    """One cell, reduced to what grading looks at."""

    kind: str
    id: str
    grade_id: str
    source: str


def read_notebook(raw):
    """The cells of a notebook given as bytes."""
    if not raw:
        raise Unreadable("the file is empty")
    if len(raw) > MAX_BYTES:
        raise Unreadable(
            f"the file has more than {MAX_BYTES >> 20} MB: clear the outputs and hand it in again"
        )
    data = parse(decode(raw))
    if isinstance(data, dict) and data.get("nbformat") in (1, 2, 3):
        data = upgrade(data)
    cells = data.get("cells") if isinstance(data, dict) else None
    if not isinstance(cells, list) or not cells:
        raise Unreadable("the file is no notebook: it has no cells")
    read = [cell for cell in map(read_cell, cells[:MAX_CELLS]) if cell]
    if not read:
        raise Unreadable("none of the notebook's cells can be read")
    return read


def decode(raw):
    utf16 = raw[:2] in (b"\xff\xfe", b"\xfe\xff")
    try:
        return raw.decode("utf-16" if utf16 else "utf-8-sig")
    except UnicodeDecodeError:
        raise Unreadable("the file is no notebook: it is not text") from None


def parse(text):
    try:
        return json.loads(text)
    except RecursionError:
        raise Unreadable("the file is no notebook: it is nested too deeply") from None
    except ValueError as error:
        raise Unreadable(f"the file is no notebook: {str(error)[:100]}") from None


def upgrade(data):
    """An old notebook in today's form."""
    try:
        return nbformat.convert(nbformat.reader.reads(json.dumps(data)), 4)
    except Exception as error:
        problem = f"{type(error).__name__}: {str(error)[:100]}"
        raise Unreadable(f"an old notebook that cannot be converted: {problem}") from None


def read_cell(cell):
    """A cell, or None for something that is not one."""
    if not isinstance(cell, dict):
        return None
    text = cell.get("source", "")
    if isinstance(text, list):
        text = "".join(line for line in text if isinstance(line, str))
    if not isinstance(text, str):
        return None
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
    kind = cell.get("cell_type")
    return SubmittedCell(
        kind=kind if kind in ("code", "markdown", "raw") else "raw",
        id=str(cell.get("id", "")),
        grade_id=grade_id(cell),
        source=text.encode("utf-8", "replace").decode("utf-8"),  # lone surrogates cannot be sent
    )


def grade_id(cell):
    """nbgrader's name for an answer cell."""
    metadata = cell.get("metadata")
    nbgrader = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    if isinstance(nbgrader, dict) and nbgrader.get("solution") is True:
        return str(nbgrader.get("grade_id", ""))
    return ""
