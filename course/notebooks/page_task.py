"""A smaller task for the page of the book, where Python is slower.

A code cell of a template may say what is different there, and why::

    ---
    page:
      note: Python is slower here, so this network is smaller.
      replace:
        hidden_dim=192: hidden_dim=96
    ---

The exercise's notebook keeps the cell as it is; its metadata carry the code for the page.
"""

from course.notebooks.anchors import WeaveError


def page_task(cell, *, solved):
    """Turn a cell's ``page`` into its note and its code for the page; a solution needs neither."""
    page = cell.metadata.pop("page", None)
    if page is None or solved:
        return
    if not isinstance(page, dict) or set(page) != {"note", "replace"}:
        raise WeaveError(
            f"`page` needs a `note` and what to `replace`, in the cell {cell.source!r}"
        )
    code = replaced(cell.source, page["replace"], "page")
    cell.metadata["page"] = {"code": code.rstrip("\n"), "note": str(page["note"])}


def cut_task(cell):
    """Turn a cell's ``cut`` (see ``projects``) into its code for a trial on a few rows."""
    cut = cell.metadata.pop("cut", None)
    if cut is not None:
        cell.metadata["cut"] = replaced(cell.source, cut, "cut").rstrip("\n")


def replaced(code, changes, what):
    """``code`` with the texts ``changes`` replaced, each of which must stand there once."""
    if not isinstance(changes, dict):
        raise WeaveError(f"`{what}` needs `old: new` to replace, in the cell {code!r}")
    for old, new in changes.items():
        if code.count(str(old)) != 1:
            raise WeaveError(
                f"`{what}` replaces {str(old)!r}, which stands {code.count(str(old))} times"
            )
        code = code.replace(str(old), str(new))
    return code
