"""JupyterLite beside the built book, for cells of one's own: ``_build/html/lite``.

    python -m course.site.lite                   after the book; Pyodide comes from its public CDN
    python -m course.site.lite --pyodide FOLDER  Pyodide is copied from FOLDER into the site

It holds the exercises, and the chapters as notebooks, and the wheel of the course, which its kernel
loads as it starts. Each exercise page and each chapter gets a link. JupyterLite looks for relative
links among its own files; ``assets/js/lite.js`` in its pages leads them to the pages of the book.
``make lite`` brings versions that fit.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import jupytext
import nbformat

from course.env import BUILD, ROOT
from course.files import write_whole
from course.notebooks.chapters import order
from course.site.inpage import CDN, BuildError, check_source
from course.site.wheel import chapters, sources, write_wheel

LOAD = ["numpy", "micropip", "ssl", "sqlite3", "jedi", "ipython"]
LINK = '<p class="course-lite"><a href="../lite/notebooks/index.html?path={}">Open as a notebook'
LINK += "</a>, in your browser, with cells of your own. It loads Python first.</p>"
APPS = ("notebooks", "tree")


def notebooks():
    """``path in JupyterLite -> notebook``: the exercises, and the chapters."""
    for path in sorted((ROOT / "exercises").glob("[0-9]*.ipynb")):
        yield f"exercises/{path.name}", nbformat.read(path, as_version=4)
    for name in order():
        notebook = jupytext.read(ROOT / "book" / f"{name}.md")
        yield f"book/{name}.ipynb", as_kernel_needs_it(notebook)


def as_kernel_needs_it(notebook):
    """A chapter's notebook with the metadata by which JupyterLite finds its kernel."""
    notebook.metadata = nbformat.from_dict(
        {
            "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
            "language_info": {"name": "python"},
        }
    )
    return notebook


def write_notebooks(folder):
    """Write all notebooks: -> their paths in JupyterLite."""
    paths = []
    for path, notebook in notebooks():
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
    parts += [part for app in APPS for part in ("--apps", app)]
    return [*parts, "--no-sourcemaps", "--no-unused-shared-packages"]


def build(site, pyodide=None, wheels=None):
    """Build ``site/lite`` anew; ``wheels``: a folder with ``comm``, which Pyodide does not have."""
    check_source(pyodide)
    with tempfile.TemporaryDirectory() as temporary:
        lite = Path(temporary)
        paths = write_notebooks(lite / "files")
        wheel = write_wheel(lite / "pypi", sources() | chapters())
        for extra in wheels.glob("*.whl") if wheels else ():
            shutil.copy(extra, lite / "pypi")
        if pyodide is not None:
            shutil.copytree(ROOT / pyodide, lite / "static/pyodide", copy_function=shutil.copyfile)
        write_whole(lite / "jupyter-lite.json", json.dumps(settings(wheel.name, pyodide), indent=1))
        shutil.rmtree(site / "lite", ignore_errors=True)
        if subprocess.run(command(lite, site / "lite"), cwd=lite).returncode:
            raise BuildError("JupyterLite could not be built; `make lite` installs what it needs.")
    for app in APPS:
        lead_to_the_book(site / "lite" / app / "index.html")
    return [path for path in paths if add_link(site, path)]


def lead_to_the_book(page):
    """Let the links of a page of JupyterLite lead to the book beside it."""
    text = page.read_text(encoding="utf-8")
    script = '<script src="../../_static/js/lite.js"></script>'
    write_whole(page, text.replace("</head>", f"{script}</head>", 1))


def add_link(site, path):
    """Put the link to a notebook below the heading of its page, once: -> is there a page?"""
    page = (site / path).with_suffix(".html")
    if not page.exists():
        return False
    text = page.read_text(encoding="utf-8")
    if "course-lite" not in text:
        above, article, below = text.partition('<article class="bd-article">')  # not the print's
        head, heading, rest = below.partition("</h1>")
        if not heading:
            raise BuildError(f"{page} has no heading, below which its link would stand.")
        parts = (above, article, head, heading, f"\n{LINK.format(path)}", rest)
        write_whole(page, "".join(parts))
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
