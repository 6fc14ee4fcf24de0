"""JupyterLite beside the book: its notebooks, their links, its settings."""

import json

import nbformat
import pytest

from course.site import lite


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lite")
    return folder, lite.write_notebooks(folder, "https://x.org/")


def texts(path):
    return "\n".join(cell.source for cell in nbformat.read(path, as_version=4).cells)


def test_exercises_and_chapters_are_there_and_valid(written):
    folder, paths = written
    assert {"exercises/01_fully_connected.ipynb", "book/conv_forward.ipynb"} <= {*paths}
    for path in paths:
        notebook = nbformat.read(folder / path, as_version=4)
        nbformat.validate(notebook)
        assert notebook.metadata["language_info"]["name"] == "python"  # else there is no kernel


def test_links_lead_to_pages_of_the_book(written):
    folder, paths = written
    for path in paths:
        text = texts(folder / path)
        assert "](../book/" not in text and "](../exercises/" not in text, path
    exercise = texts(folder / "exercises/07_conv_backward.ipynb")
    assert "[Convolution, backward](https://x.org/book/conv_backward.html)" in exercise


def test_a_link_becomes_its_text_where_the_book_has_no_address():
    assert (
        lite.linked("[a](words.md#b)", "https://x.org/") == "[a](https://x.org/book/words.html#b)"
    )
    assert lite.linked("see [a](../book/words.md), b", "") == "see a, b"
    assert lite.linked("[a](https://x.org/y.md)", "") == "[a](https://x.org/y.md)"


def test_pyodide_comes_from_the_pinned_address_or_from_the_site():
    def kernel(pyodide):
        text = json.dumps(lite.settings("course.whl", pyodide))
        plugins = json.loads(text)["jupyter-config-data"]["litePluginSettings"]
        return plugins["@jupyterlite/pyodide-kernel-extension:kernel"]

    assert kernel(None)["pyodideUrl"] == f"{lite.CDN}pyodide.js"
    assert "pyodideUrl" not in kernel("folder")
    assert kernel(None)["loadPyodideOptions"]["packages"][-1].endswith("/pypi/course.whl")


def test_a_page_gets_its_link_once(tmp_path):
    page = tmp_path / "book" / "words.html"
    page.parent.mkdir()
    page.write_text("<h1>Words</h1><p>Text.")
    assert lite.add_link(tmp_path, "book/words.ipynb") and lite.add_link(
        tmp_path, "book/words.ipynb"
    )
    text = page.read_text()
    assert text.count("notebooks/index.html?path=book/words.ipynb") == 1
    assert text.index("</h1>") < text.index("course-lite") < text.index("<p>Text.")
    assert not lite.add_link(tmp_path, "book/not_built.ipynb")
