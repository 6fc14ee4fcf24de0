"""What the built book needs so that its exercises can be done on the page.

``install`` adds to the site: the wheel, the scripts in a folder with a digest in its name (so that
a browser never mixes two versions), the cells of chapters that can be tried, and
``_static/inpage.json``, which says where they are and where Pyodide comes from. A page reads it
after the reader's click.
"""

import json
import shutil

import jupytext

from course.env import ROOT
from course.files import write_whole
from course.site.wheel import digest, write_wheel

PYODIDE = "0.27.7"
CDN = f"https://cdn.jsdelivr.net/pyodide/v{PYODIDE}/full/"
TRY = "try"


class BuildError(Exception):
    """What keeps the site from being built, in a sentence."""


def install(html, pyodide=None):
    """Complete the site in ``html``. ``pyodide``: a URL, or a folder to copy into the site."""
    static = html / "_static"
    where = pyodide_address(static, pyodide)
    for old in [*static.glob("js/inpage-*"), *static.glob("wheels")]:
        shutil.rmtree(old)
    wheel = write_wheel(static / "wheels")
    settings = {
        "pyodide": where,
        "wheel": wheel.relative_to(static).as_posix(),
        "scripts": place_scripts(static).relative_to(static).as_posix() + "/",
    }
    write_json(static / "inpage.json", settings)
    write_chapters(static / "cells")
    return settings


def place_scripts(static):
    """Copy ``assets/js/inpage`` to a folder named after its content: -> the folder."""
    source = ROOT / "assets" / "js" / "inpage"
    files = {path.name: path.read_bytes() for path in sorted(source.iterdir()) if path.is_file()}
    folder = static / "js" / f"inpage-{digest(files)}"
    folder.mkdir(parents=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    shutil.rmtree(static / "js" / "inpage", ignore_errors=True)  # Sphinx's copy, of no version
    return folder


def pyodide_address(static, pyodide):
    """Where pages find Pyodide: a URL, or a place below ``_static``."""
    if pyodide is None:
        return CDN
    if is_url(pyodide):
        return str(pyodide).rstrip("/") + "/"
    target = static / f"pyodide-{PYODIDE}"
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(ROOT / pyodide, target, copy_function=shutil.copyfile)
    return f"{target.name}/"


def is_url(pyodide):
    return str(pyodide).startswith(("http://", "https://"))


def check_source(pyodide):
    """Raise unless ``pyodide`` is None, a URL, or a folder with the version that is tested."""
    if pyodide is None or is_url(pyodide):
        return
    lock = ROOT / pyodide / "pyodide-lock.json"
    if not lock.is_file():
        raise BuildError(
            f"PYODIDE is {pyodide}, where there is no pyodide-lock.json: expected the unpacked "
            f"folder of Pyodide {PYODIDE}, or a URL that begins with http:// or https://."
        )
    found = json.loads(lock.read_text(encoding="utf-8"))["info"]["version"]
    if found != PYODIDE:
        raise BuildError(f"{pyodide} is Pyodide {found}; the course is tested with {PYODIDE}.")


# ---------------------------------------------------------------- cells of chapters


def chapter_cells(path):
    """The code cells of a chapter, as ``course.site.runner`` reads them."""
    notebook = jupytext.read(path)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return [
        {
            "id": f"cell {number}",
            "kind": TRY if TRY in cell.metadata.get("tags", []) else "code",
            "code": cell.source,
        }
        for number, cell in enumerate(code, 1)
    ]


def chapters():
    """``name -> cells`` of the chapters in which something can be tried."""
    found = {}
    for path in sorted((ROOT / "book").glob("*.md")):
        if TRY in path.read_text(encoding="utf-8"):
            cells = chapter_cells(path)
            if any(cell["kind"] == TRY for cell in cells):
                found[path.stem] = cells
    return found


def write_chapters(folder):
    """One file for each chapter that has something to try."""
    shutil.rmtree(folder, ignore_errors=True)
    for name, cells in chapters().items():
        write_json(folder / f"{name}.json", cells)


def write_json(path, content):
    write_whole(path, json.dumps(content, ensure_ascii=False, indent=1) + "\n")
