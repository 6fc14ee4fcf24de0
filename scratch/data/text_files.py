"""Text files as editors and spreadsheets save them."""

import re


def decode_text(content, place):
    """Bytes -> text: UTF-8, or UTF-16 with its mark or plainly recognizable.

    Other encodings could be read in several ways, so they are refused, with the line at fault.
    """
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    elif content[:40].count(0) > len(content[:40]) // 3:  # every other byte of ASCII in UTF-16
        encoding = "utf-16-be" if content[0] == 0 else "utf-16-le"
    else:
        encoding = "utf-8-sig"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise ValueError(
            f"{place} is not {encoding[:6].upper().rstrip('-')} in line {line} "
            f"({content[error.start : error.start + 8]!r}): save it as UTF-8 or download it again."
        ) from None


def text_lines(text):
    """``(number, line)`` of the lines that hold something, however the editor ended them."""
    lines = enumerate(re.split(r"\r\n|\n|\r", text), start=1)
    return [(number, line.strip()) for number, line in lines if line.strip(" \t,;\x00\x1a")]


def unquoted(field):
    """A field of a table without the quotes that a spreadsheet put around it."""
    inner = field[1:-1].replace('""', "")
    if len(field) > 1 and field[0] == field[-1] == '"' and '"' not in inner:
        return field[1:-1].replace('""', '"')
    return field
