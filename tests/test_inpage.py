"""What the built book carries for exercises on the page: wheel, scripts, cells, where Python is."""

import asyncio
import json
import os
import subprocess
import sys
import urllib.request
import zipfile

import pytest

from course.env import ROOT
from course.site import inpage, serve
from course.site.inpage import CDN, PYODIDE, BuildError, check_source, install
from course.site.runner import PageSession, cells_of, needed
from course.site.wheel import sources, write_wheel
from scratch import solver


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    return write_wheel(tmp_path_factory.mktemp("wheel"))


def test_the_same_files_give_the_same_wheel_and_others_another_name(wheel, tmp_path):
    again = write_wheel(tmp_path / "again")
    assert again.name == wheel.name and again.read_bytes() == wheel.read_bytes()
    files = {**sources(), "scratch/layers.py": b"x = 1\n"}
    assert write_wheel(tmp_path / "other", files).name != wheel.name


def test_the_wheel_carries_what_checks_need_and_no_grading(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    assert {"scratch/layers.py", "course/checks/judge.py", "course/site/runner.py"} <= {*names}
    assert not [name for name in names if "grade/" in name or "__pycache__" in name]
    mistakes = [name for name in names if name.endswith("mistakes.yml")]
    assert mistakes and {name.replace(".yml", ".json") for name in mistakes} <= {*names}


def printed_with_the_wheel_alone(wheel, folder, code, missing):
    """What ``code`` prints as in the browser: without some packages and the repository's files."""
    script = (
        f"import sys\nsys.modules.update(dict.fromkeys({missing!r}))\n"
        f"sys.path.insert(0, {str(folder)!r})\n"
        f"import course\nassert course.__file__.startswith({str(folder)!r})\n{code}"
    )
    zipfile.ZipFile(wheel).extractall(folder)
    command = [sys.executable, "-I", "-c", script]
    return subprocess.run(command, capture_output=True, text=True, cwd=folder, check=True).stdout


def test_a_check_names_a_mistake_with_the_wheel_alone_and_without_yaml(wheel, tmp_path):
    code = (
        "import numpy as np\n"
        "from course.checks import check\n"
        "def fc_forward(x, w, b):\n    return x @ w, (x, w, b)\n"
        "print(check(fc_forward))\n"
    )
    said = printed_with_the_wheel_alone(wheel, tmp_path, code, missing=["yaml"])
    assert "not right yet" in said and "[fc-forward-no-bias]" in said


def test_the_network_for_a_picture_looks_with_the_wheel_alone_and_without_pillow(wheel, tmp_path):
    """On a page nothing draws with Matplotlib, and the picture comes as bytes."""
    code = (
        "import base64\n"
        "from course.figures.picture_on_page import look\n"
        "print(look(base64.b64encode(bytes(range(256)) * 12))._repr_html_())\n"
    )
    missing = ["yaml", "PIL", "matplotlib"]
    said = printed_with_the_wheel_alone(wheel, tmp_path, code, missing)
    assert said.count("<tr>") == 10 and said.count("<figure>") == 2


@pytest.fixture
def site(tmp_path):
    """A built site, as far as this matters here."""
    scripts = tmp_path / "_static" / "js" / "inpage"
    scripts.mkdir(parents=True)
    (scripts / "main.js").write_text("Sphinx's copy")
    return tmp_path


def test_everything_that_the_settings_name_is_there(site):
    settings = install(site)
    static = site / "_static"
    assert json.loads((static / "inpage.json").read_text("utf-8")) == settings
    assert settings["pyodide"] == CDN and PYODIDE in CDN
    assert (static / settings["wheel"]).is_file()
    assert (static / settings["scripts"] / "main.js").is_file()
    assert (static / settings["scripts"] / "worker.js").is_file()
    assert not (static / "js" / "inpage").exists()


def test_a_second_build_leaves_nothing_old(site):
    install(site)
    stale = site / "_static" / "wheels" / "old-0.1.0-0abc-py3-none-any.whl"
    stale.write_bytes(b"")
    install(site)
    assert len(list((site / "_static" / "wheels").iterdir())) == 1
    assert len(list((site / "_static" / "js").glob("inpage-*"))) == 1


def pyodide_folder(path, version):
    path.mkdir()
    (path / "pyodide-lock.json").write_text(json.dumps({"info": {"version": version}}))
    return path


def test_pyodide_from_a_folder_is_copied_and_from_a_url_is_named(site, tmp_path):
    folder = pyodide_folder(tmp_path / "mine", PYODIDE)
    where = install(site, str(folder))["pyodide"]
    assert (site / "_static" / where / "pyodide-lock.json").is_file()
    assert install(site, "https://example.org/py")["pyodide"] == "https://example.org/py/"


def test_a_wrong_pyodide_is_refused_with_what_was_expected(tmp_path):
    with pytest.raises(BuildError, match=f"no pyodide-lock.json: expected .* {PYODIDE}"):
        check_source(str(tmp_path))
    with pytest.raises(BuildError, match=f"is Pyodide 0.1; the course is tested with {PYODIDE}"):
        check_source(str(pyodide_folder(tmp_path / "old", "0.1")))
    check_source(None)
    check_source("https://example.org/")


def test_cells_of_a_chapter_are_read_with_their_kind(tmp_path):
    head = (
        "---\njupytext:\n  text_representation:\n    extension: .md\n    format_name: myst\n"
        "kernelspec:\n  display_name: Python 3\n  language: python\n  name: python3\n---\n"
    )
    text = (
        f"{head}\n# T\n\n```{{code-cell}} ipython3\n:tags: [remove-cell]\na = 1\n```\n\n"
        "```{code-cell} ipython3\n:tags: [try]\nprint(a)\n```\n"
    )
    path = tmp_path / "chapter.md"
    path.write_text(text)
    first, second = inpage.chapter_cells(path)
    assert first == {"id": "cell 1", "kind": "code", "code": "a = 1"}
    assert second == {"id": "cell 2", "kind": "try", "code": "print(a)"}


CHAPTERS = inpage.chapters()


def test_at_least_eight_chapters_have_something_to_try():
    assert len(CHAPTERS) >= 8


@pytest.mark.parametrize("name", CHAPTERS)
def test_each_cell_to_try_runs_with_what_it_reads_and_trains_nothing(name, monkeypatch):
    monkeypatch.chdir(ROOT / "book")
    monkeypatch.setenv("MPLBACKEND", "agg")
    monkeypatch.setattr(solver, "progress", solver.progress)  # a session follows every training
    monkeypatch.setattr(solver.Solver, "watch", solver.Solver.watch)
    cells, sent = cells_of(cell.values() for cell in CHAPTERS[name]), []
    session = PageSession(lambda *message: sent.append(message))
    for place, cell in enumerate(cells):
        if cell.kind == "try":
            used = [cells[k].code for k in [*needed(cells, place), place]]
            assert not [code for code in used if "trained." in code or ".train(" in code]
            asyncio.run(session.press(cells, place))
            assert (cell.id, "end", True) in sent
            assert [k for at, k, _ in sent if at == cell.id and k in ("text", "html", "image")]
            assert len(cell.code.splitlines()) <= 6  # a few lines, not a program
            assert "assert " not in cell.code  # else what a reader tries may end with an error


ABSENT = ("yaml", "IPython", "tqdm", "nbformat", "jupytext", "docutils", "sphinx", "bs4")
WITHOUT = f"""import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {ABSENT}:
            raise ModuleNotFoundError(f"No module named {{name!r}}")
sys.meta_path.insert(0, Absent())
"""


@pytest.mark.parametrize("name", CHAPTERS)
def test_the_imports_of_a_chapter_need_nothing_that_its_page_has_not(name):
    first = next(cell["code"] for cell in CHAPTERS[name] if "import" in cell["code"])
    run = [sys.executable, "-c", WITHOUT + first]
    done = subprocess.run(run, cwd=ROOT / "book", capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-400:]


def test_the_server_knows_the_types_and_shares_only_if_told(tmp_path):
    (tmp_path / "a.wasm").write_bytes(b"\0asm")
    (tmp_path / "index.html").write_text("<p>")
    for shared in (False, True):
        serving, address = serve.in_background(tmp_path, shared=shared)
        with urllib.request.urlopen(f"{address}a.wasm") as answer:
            assert answer.headers["Content-Type"] == "application/wasm"
            assert (answer.headers["Access-Control-Allow-Origin"] == "*") is shared
        serving.shutdown()
        serving.server_close()


def test_serving_nothing_says_how_to_build_the_book(tmp_path):
    command = [sys.executable, "-m", "course.site.serve", "--no-open", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ)
    assert done.returncode == 1
    assert done.stderr.strip().endswith("build it with `make book OPEN=0`.")
