"""JupyterLite beside the built book, for cells of one's own: ``_build/html/lite``.

    python -m course.site.lite                   after the book; Pyodide comes from its public CDN
    python -m course.site.lite --pyodide FOLDER  Pyodide is copied from FOLDER into the site

It holds the exercises, and the chapters as notebooks, and the wheel of the course, which its kernel
loads as it starts. Each exercise page and each chapter gets a link. JupyterLite looks for relative
links among its own files, so links inside the notebooks get the book's address (``html.baseurl`` of
``_config.yml``); without one only their text stays. ``make lite`` brings versions that fit.
"""

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import jupytext
import nbformat
import yaml

from course.env import BUILD, ROOT
from course.files import write_whole
from course.site.inpage import CDN, BuildError, check_source
from course.site.wheel import write_wheel

LOAD = ["numpy", "micropip", "ssl", "sqlite3", "jedi", "ipython"]
PAGE = re.compile(
    r"\[([^\]]+)\]\((?:\.\./(book|exercises|solutions)/)?(\w+)\.(?:md|ipynb)(#[\w:-]+)?\)"
)
LINK = '<p class="course-lite"><a href="../lite/notebooks/index.html?path={}">Open as a notebook'
LINK += "</a>, in your browser, with cells of your own. It loads Python first.</p>"


def notebooks():
    """``path in JupyterLite -> notebook``: the exercises, and the chapters that have code."""
    for path in sorted((ROOT / "exercises").glob("[0-9]*.ipynb")):
        yield f"exercises/{path.name}", nbformat.read(path, as_version=4)
    for path in sorted((ROOT / "book").glob("*.md")):
        notebook = jupytext.read(path)
        if any(cell.cell_type == "code" for cell in notebook.cells):
            yield f"book/{path.stem}.ipynb", as_kernel_needs_it(notebook)


def as_kernel_needs_it(notebook):
    """A chapter's notebook with the metadata by which JupyterLite finds its kernel."""
    notebook.metadata = nbformat.from_dict(
        {
            "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
            "language_info": {"name": "python"},
        }
    )
    return notebook


def linked(text, base):
    """Links to sources of the book as links to its pages below ``base``, or as their text."""

    def page(match):
        words, folder, name, place = match.groups()
        return f"[{words}]({base}{folder or 'book'}/{name}.html{place or ''})" if base else words

    return PAGE.sub(page, text)


def book_address():
    """Where the book is published, ending in a slash; nothing if ``_config.yml`` does not say."""
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    base = config["html"].get("baseurl") or ""
    return f"{base.rstrip('/')}/" if base else ""


def write_notebooks(folder, base):
    """Write all notebooks: -> their paths in JupyterLite."""
    paths = []
    for path, notebook in notebooks():
        for cell in notebook.cells:
            if cell.cell_type == "markdown":
                cell.source = linked(cell.source, base)
        write_whole(folder / path, nbformat.writes(notebook) + "\n")
        paths.append(path)
    return paths


def settings(wheel, pyodide):
    """What JupyterLite is told: where Pyodide is, and what it loads at once."""
    kernel = {
        # where the kernel's worker looks from: lite/extensions/NAME/static
        "loadPyodideOptions": {"packages": [*LOAD, f"../../../../pypi/{wheel}"]},
        "disablePyPIFallback": True,
    }
    if pyodide is None:
        kernel["pyodideUrl"] = f"{CDN}pyodide.js"
    return {
        "jupyter-lite-schema-version": 0,
        "jupyter-config-data": {
            "appName": "CNNs and RNNs from scratch",
            "litePluginSettings": {"@jupyterlite/pyodide-kernel-extension:kernel": kernel},
        },
    }


def command(lite, output):
    """The build itself, in a folder of its own: what an earlier one left would drop settings."""
    parts = [sys.executable, "-m", "jupyter", "lite", "build", "--lite-dir", str(lite)]
    parts += ["--contents", str(lite / "files"), "--output-dir", str(output)]
    parts += ["--apps", "notebooks", "--apps", "tree"]
    return [*parts, "--no-sourcemaps", "--no-unused-shared-packages"]


def build(site, pyodide=None, wheels=None):
    """Build ``site/lite`` anew; ``wheels``: a folder with ``comm``, which Pyodide does not have."""
    check_source(pyodide)
    with tempfile.TemporaryDirectory() as temporary:
        lite = Path(temporary)
        paths = write_notebooks(lite / "files", book_address())
        wheel = write_wheel(lite / "pypi")
        for extra in wheels.glob("*.whl") if wheels else ():
            shutil.copy(extra, lite / "pypi")
        if pyodide is not None:
            shutil.copytree(ROOT / pyodide, lite / "static/pyodide", copy_function=shutil.copyfile)
        write_whole(lite / "jupyter-lite.json", json.dumps(settings(wheel.name, pyodide), indent=1))
        shutil.rmtree(site / "lite", ignore_errors=True)
        if subprocess.run(command(lite, site / "lite"), cwd=lite).returncode:
            raise BuildError("JupyterLite could not be built; `make lite` installs what it needs.")
    return [path for path in paths if add_link(site, path)]


def add_link(site, path):
    """Put the link to a notebook below the heading of its page, once: -> is there a page?"""
    page = (site / path).with_suffix(".html")
    if not page.exists():
        return False
    text = page.read_text(encoding="utf-8")
    if "course-lite" not in text:
        write_whole(page, text.replace("</h1>", f"</h1>\n{LINK.format(path)}", 1))
    return True


def main():
    parser = argparse.ArgumentParser(prog="python -m course.site.lite")
    parser.add_argument("--pyodide", metavar="FOLDER", help="folder with a Pyodide distribution")
    parser.add_argument("--wheels", type=Path, help="folder with further wheels for the kernel")
    parser.add_argument("--site", type=Path, default=BUILD / "html")
    args = parser.parse_args()
    if not (args.site / "index.html").is_file():
        sys.exit(f"There is no book in {args.site}: build it with `make book OPEN=0`.")
    try:
        pages = build(args.site.resolve(), args.pyodide, args.wheels)
    except BuildError as error:
        sys.exit(str(error))
    print(f"{len(pages)} pages link to their notebook; `make serve` shows them")


if __name__ == "__main__":
    main()
