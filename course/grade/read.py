"""Read a submitted notebook, whatever a hosted service, an editor or a mail program did to it."""

import json
import re
from dataclasses import dataclass
from typing import Any

import nbformat

from course.grade.versions import release_in

MAX_BYTES = 64 * 2**20
MAX_CELLS = 5000
NO_NOTEBOOK = "the file is no notebook"
CONFLICT = re.compile(r"^[ \t]*(<{7}|>{7})( |$)", re.M)
EAST_ASIAN = ("gb18030", "cp932", "big5", "euc_kr")
HIGH_BYTE_AND_BACKSLASH = re.compile(rb"[\x80-\xff]\\")


class Unreadable(Exception):
    """The file is no notebook; the message is for the learner."""


@dataclass(frozen=True)
class SubmittedCell:
    """One cell, reduced to what grading looks at."""

    kind: str
    id: str
    grade_id: str
    source: str


def read_notebook(raw: bytes) -> list[SubmittedCell]:
    """The cells of a notebook given as bytes."""
    return read_cells(raw)[0]


def read_cells(raw: bytes) -> tuple[list[SubmittedCell], list[str]]:
    """The cells of a notebook given as bytes, and notes on how it was read."""
    return read_whole(raw)[:2]


def read_whole(raw: bytes) -> tuple[list[SubmittedCell], list[str], dict | None]:
    """The same, and the release that the notebook was handed out from (None: it does not say)."""
    if len(raw) > MAX_BYTES:
        raise Unreadable(
            f"the file has more than {MAX_BYTES >> 20} MB: clear the outputs and hand it in again"
        )
    if not raw.strip(b"\0 \t\r\n"):
        raise Unreadable("the file is empty")
    data, notes = parse(*decode(raw))
    if isinstance(data, dict) and data.get("nbformat") in (1, 2, 3):
        data = upgrade(data)
    cells = data.get("cells") if isinstance(data, dict) else None
    if not isinstance(cells, list) or not cells:
        raise Unreadable(f"{NO_NOTEBOOK}: it has no cells")
    read = [cell for cell in map(read_cell, cells[:MAX_CELLS]) if cell]
    if not read:
        raise Unreadable("none of the notebook's cells can be read")
    if len(cells) > MAX_CELLS:
        notes.append(f"of {len(cells)} cells the first {MAX_CELLS} were read")
    texts = [cell.source for cell in read if cell.kind == "markdown"]
    return read, notes, release_in(data, texts)


# ---------------------------------------------------------------- text


def decode(raw: bytes) -> tuple[str, list[str]]:
    """The file as text, and notes on its encoding."""
    encoding: str = json.detect_encoding(raw)  # Unicode, with or without a mark
    try:
        return without_nuls(raw.decode(encoding))
    except UnicodeDecodeError:
        if not raw.lstrip().startswith(b"{"):
            raise Unreadable(f"{NO_NOTEBOOK}: it is not text") from None
    for encoding in older_encodings(raw):
        try:
            text, notes = without_nuls(raw.decode(encoding))
            return text, [*notes, f"the file is not in UTF-8; it was read as {encoding}"]
        except UnicodeDecodeError:
            continue
    raise Unreadable(f"{NO_NOTEBOOK}: it is not text")


def older_encodings(raw: bytes) -> list[str]:
    """Encodings of one and of two bytes a character.

    All of them agree on what code and JSON are written in. But in those of East Asia the second
    byte may look like a backslash, which would end a text too early if it were read as one.
    """
    return [*(EAST_ASIAN if HIGH_BYTE_AND_BACKSLASH.search(raw) else ()), "cp1252", "latin-1"]


def without_nuls(text: str) -> tuple[str, list[str]]:
    """A text without the zero bytes that a crash or a full disk leaves at its end."""
    short = text.rstrip("\0 \t\r\n")
    return short, ["zero bytes at the end of the file were left out"] if "\0" in text[
        len(short) :
    ] else []


def parse(text: str, notes: list[str]) -> tuple[Any, list[str]]:
    """The first thing in a JSON text; what stands behind it is left out with a note."""
    text = text.lstrip("\ufeff \t\r\n")
    try:
        data, end = json.JSONDecoder(strict=False).raw_decode(text)
    except RecursionError:
        raise Unreadable(f"{NO_NOTEBOOK}: it is nested too deeply") from None
    except MemoryError:
        raise Unreadable(f"{NO_NOTEBOOK}: it takes too much memory to read") from None
    except ValueError as error:
        raise Unreadable(f"{NO_NOTEBOOK}: {what_happened(text, error)}") from None
    if text[end:].strip():
        notes.append("what stands in the file after the end of the notebook was left out")
    return data, notes


def what_happened(text: str, error: ValueError) -> str:
    """What became of a file that is not JSON, and how to mend it."""
    if CONFLICT.search(text):
        return (
            "git left the marks of a merge conflict in it (<<<<<<< and >>>>>>>): resolve the "
            "conflict, open the notebook to see that it works, and hand it in again"
        )
    if not text.startswith(("{", "[")):
        return "hand in the .ipynb file itself, as the notebook program saves it"
    position = getattr(error, "pos", 0)
    line = text.count("\n", 0, position) + 1
    at_end = position >= len(text) - 1 or "Unterminated string" in str(error)
    if at_end:
        return f"it ends in the middle of line {line}: save or upload it once more"
    if "\0" in text:
        return f"it holds zero bytes, in line {line}: the file is damaged; save it once more"
    return f"line {line} is damaged: open it, save it, and hand it in again"


def upgrade(data: dict) -> Any:
    """An old notebook in today's form."""
    try:
        return nbformat.convert(nbformat.reader.reads(json.dumps(data)), 4)
    except Exception as error:
        problem = f"{type(error).__name__}: {str(error)[:100]}"
        raise Unreadable(f"an old notebook that cannot be converted: {problem}") from None


# ---------------------------------------------------------------- cells


def read_cell(cell: Any) -> SubmittedCell | None:
    """A cell, or None for something that is not one."""
    if not isinstance(cell, dict):
        return None
    text = cell.get("source", "")
    if isinstance(text, list):
        text = "".join(line for line in text if isinstance(line, str))
    if not isinstance(text, str):
        return None
    kind = cell.get("cell_type")
    return SubmittedCell(
        kind=kind if kind in ("code", "markdown", "raw") else "raw",
        id=str(cell.get("id", "")),
        grade_id=grade_id(cell),
        source=tidy(text),
    )


def tidy(text: str) -> str:
    """Line endings of one kind, and nothing that cannot be sent to a kernel."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "").lstrip("\ufeff")
    return text.encode("utf-8", "replace").decode("utf-8")  # lone surrogates


def grade_id(cell: dict) -> str:
    """nbgrader's name for an answer cell."""
    metadata = cell.get("metadata")
    nbgrader = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    if isinstance(nbgrader, dict) and nbgrader.get("solution") is True:
        return str(nbgrader.get("grade_id", ""))
    return ""
