"""JupyterLite beside the book: its notebooks, their links, its settings."""

import json
import subprocess
import sys
import zipfile

import nbformat
import pytest

from course.notebooks.chapters import order
from course.site import lite
from course.site.inpage import BuildError
from course.site.wheel import chapters, sources, write_wheel


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lite")
    return folder, lite.write_notebooks(folder)


def test_exercises_and_chapters_are_there_and_valid(written):
    folder, paths = written
    assert {"exercises/01_fully_connected.ipynb", "book/conv_forward.ipynb"} <= {*paths}
    for path in paths:
        notebook = nbformat.read(folder / path, as_version=4)
        nbformat.validate(notebook)
        assert notebook.metadata["language_info"]["name"] == "python"  # else there is no kernel


def test_only_chapters_are_there_not_the_pages_around_them(written):
    _, paths = written
    chapters = [path for path in paths if path.startswith("book/")]
    assert chapters == [f"book/{name}.ipynb" for name in order()]


FURNITURE = """import sys
sys.modules["yaml"] = None
sys.path.insert(0, sys.argv[1])
import course
from course.notebooks.chapters import ending, head, order
from course.notebooks.quiz import quiz
assert course.__file__.startswith(sys.argv[1])
for name in order():
    head(name), ending(name), quiz(name)
from course import results
results.read("regularization"), results.read("attention"), results.read("depth")
print(len(order()))"""


def test_a_chapter_finds_all_that_it_shows_in_the_wheel_alone_and_without_yaml(tmp_path):
    zipfile.ZipFile(write_wheel(tmp_path / "wheel", sources() | chapters())).extractall(tmp_path)
    command = [sys.executable, "-I", "-c", FURNITURE, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert done.stdout.strip() == str(len(order())), done.stderr[-400:]


def test_pyodide_comes_from_the_pinned_address_or_from_the_site():
    def kernel(pyodide):
        text = json.dumps(lite.settings("course.whl", pyodide))
        plugins = json.loads(text)["jupyter-config-data"]["litePluginSettings"]
        return plugins["@jupyterlite/pyodide-kernel-extension:kernel"]

    assert kernel(None)["pyodideUrl"] == f"{lite.CDN}pyodide.js"
    assert "pyodideUrl" not in kernel("folder")
    assert kernel(None)["loadPyodideOptions"]["packages"][-1].endswith("/pypi/course.whl")


PAGE = """<div class="onlyprint"><h1>Words</h1></div>
<article class="bd-article">
<h1>Words</h1><p>Text."""


def test_a_page_gets_its_link_once_and_where_it_is_read(tmp_path):
    page = tmp_path / "book" / "words.html"
    page.parent.mkdir()
    page.write_text(PAGE)
    assert lite.add_link(tmp_path, "book/words.ipynb")
    assert lite.add_link(tmp_path, "book/words.ipynb")
    text = page.read_text()
    assert text.count("notebooks/index.html?path=book/words.ipynb") == 1
    assert text.replace(f"\n{lite.LINK.format('book/words.ipynb')}", "") == PAGE
    assert text.index("<article") < text.index("course-lite") < text.index("<p>Text.")
    assert not lite.add_link(tmp_path, "book/not_built.ipynb")
    page.write_text("<p>Text.")
    with pytest.raises(BuildError, match="has no heading"):
        lite.add_link(tmp_path, "book/words.ipynb")
