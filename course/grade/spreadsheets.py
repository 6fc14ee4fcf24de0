"""The instructor's own tables, as a spreadsheet saves them."""

import csv
import io
from pathlib import Path

from course.grade.gradebook import safe

MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}  # Excel's "Unicode text"
PARTED_BY = ",;\t"


class TableError(ValueError):
    """A table of the instructor's that cannot be used; the message says why."""


def rows_of(path, wanted):
    """The rows of a CSV file as dictionaries of texts, with the lines where they end."""
    text = text_of(path)
    head = text.partition("\n")[0]
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=max(PARTED_BY, key=head.count))
    reader.fieldnames = [(name or "").strip().lower() for name in reader.fieldnames or ()]
    if missing := [name for name in wanted if name not in reader.fieldnames]:
        raise TableError(
            f"{path}: the column {', '.join(missing)} is missing; its first line must name the "
            f"columns {', '.join(wanted)}"
        )
    for row in reader:
        texts = {key: value or "" for key, value in row.items() if key}
        row = {key: unsafe(value.strip()) for key, value in texts.items()}
        if any(row.values()):  # spreadsheets leave rows of commas below the last one
            yield reader.line_num, row


def text_of(path):
    try:
        raw = Path(path).read_bytes()
        return raw.decode(MARKS.get(raw[:2], "utf-8-sig"))
    except OSError as error:
        raise TableError(f"{path}: {error}") from None
    except UnicodeDecodeError:
        raise TableError(
            f"{path} is not UTF-8: save it as CSV UTF-8, which spreadsheets offer as a kind of CSV"
        ) from None


def unsafe(text):
    """A text as it was before ``gradebook.safe`` kept spreadsheets from running it."""
    return text[1:] if text.startswith("'") and safe(text[1:]) == text else text
