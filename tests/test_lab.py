"""The learner's desk: copies that keep every answer, files of the course that nobody can spoil."""

import asyncio
import importlib
import json
import os
import re
import signal
import subprocess
import sys
from datetime import date

import nbformat
import pytest
from tornado.web import HTTPError

from course.env import ROOT
from course.lab.contents import CourseContentsManager, belongs_to_the_course
from course.lab.copies import NOTE, refresh
from course.lab.plain_markdown import plain_markdown
from course.lab.start import PAGE, write_start_page

progress = importlib.import_module("course.notebooks.progress")
DAY = date(2026, 5, 1)
ANSWER = {"nbgrader": {"solution": True, "grade": False}}


def cell(kind, id, source, **metadata):
    make = nbformat.v4.new_code_cell if kind == "code" else nbformat.v4.new_markdown_cell
    return make(source, id=id, metadata=metadata)


def official_cells():
    return [
        cell("markdown", "intro", "# 1. Layers\n\nRead [this](../book/softmax.md)."),
        cell("code", "setup", "import numpy as np"),
        cell("code", "answer-f", "def f(x):\n    raise NotImplementedError", **ANSWER),
        cell("code", "check-f", "check(f)"),
        cell("code", "answer-g", "def g(x):\n    raise NotImplementedError", **ANSWER),
    ]


def write(path, cells):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(nbformat.writes(nbformat.v4.new_notebook(cells=cells)), encoding="utf-8")


@pytest.fixture
def desk(tmp_path):
    """A clone with one exercise: -> (root, path of the official one, path of the copy)."""
    official = tmp_path / "exercises" / "01_layers.ipynb"
    write(official, official_cells())
    return tmp_path, official, official.with_name("my_01_layers.ipynb")


def read(path):
    return nbformat.read(path, as_version=4)


def sources(path):
    return {cell.id: cell.source for cell in read(path).cells}


def edit(path, changes=None, add=()):
    """Write into a copy as a learner would; ``add`` holds (behind which id, cell)."""
    notebook = read(path)
    for one in notebook.cells:
        one.source = (changes or {}).get(one.id, one.source)
    for behind, new in add:
        place = [one.id for one in notebook.cells].index(behind)
        notebook.cells.insert(place + 1, new)
    path.write_text(nbformat.writes(notebook), encoding="utf-8")


def test_a_missing_copy_is_made_and_an_untouched_one_is_left_alone(desk):
    root, official, copy = desk
    assert list(refresh(root, today=DAY)) == ["my_01_layers.ipynb: made"]
    assert sources(copy) == sources(official)
    before = copy.read_bytes()
    assert list(refresh(root, today=DAY)) == []
    assert copy.read_bytes() == before


def test_answers_survive_a_newer_exercise_and_the_copy_tells_what_changed(desk):
    root, official, copy = desk
    list(refresh(root, today=DAY))
    edit(copy, {"answer-f": "def f(x):\n    return x"}, [("check-f", cell("code", "mine", "f(3)"))])
    old = copy.read_bytes()
    newer = official_cells()
    newer[0].source = "# 1. Layers, better"
    newer[2].source = "def f(x):\n    '''Now with a docstring.'''\n    raise NotImplementedError"
    newer.append(cell("code", "answer-h", "def h(x):\n    raise NotImplementedError", **ANSWER))
    write(official, newer)
    (line,) = refresh(root, today=DAY)
    assert "your answers are kept" in line and "def h(x):" in line
    now = sources(copy)
    assert now["answer-f"] == "def f(x):\n    return x"
    assert now["intro"] == "# 1. Layers, better" and now["mine"] == "f(3)" and "answer-h" in now
    order = list(now)
    assert order[0] == NOTE and order.index("mine") == order.index("check-f") + 1
    assert "2026-05-01" in now[NOTE] and "Layers, better" in now[NOTE]
    assert copy.with_name("my_01_layers.before-2026-05-01.ipynb").read_bytes() == old
    assert list(refresh(root, today=DAY)) == []


def test_a_cell_that_both_changed_is_kept_in_both_forms(desk):
    root, official, copy = desk
    list(refresh(root, today=DAY))
    edit(copy, {"setup": "import numpy as np\nnp.set_printoptions(precision=3)"})
    newer = official_cells()
    newer[1].source = "import numpy as np\nfrom course.checks import check"
    write(official, newer)
    list(refresh(root, today=DAY))
    texts = [one.source for one in read(copy).cells]
    place = texts.index("import numpy as np\nfrom course.checks import check")
    assert "np.set_printoptions(precision=3)" in texts[place + 1]


def test_an_answer_to_a_question_that_is_gone_is_kept(desk):
    root, official, copy = desk
    list(refresh(root, today=DAY))
    edit(copy, {"answer-g": "def g(x):\n    return 2 * x"})
    write(official, official_cells()[:-1])
    list(refresh(root, today=DAY))
    assert "def g(x):\n    return 2 * x" in sources(copy).values()


def test_a_stub_that_changed_replaces_the_old_stub(desk):
    root, official, copy = desk
    list(refresh(root, today=DAY))
    newer = official_cells()
    newer[4].source = "def g(x, y):\n    raise NotImplementedError"
    write(official, newer)
    list(refresh(root, today=DAY))
    assert sources(copy)["answer-g"] == "def g(x, y):\n    raise NotImplementedError"


def test_links_lead_to_the_built_book_while_it_is_served_and_are_no_change(desk):
    root, official, copy = desk
    list(refresh(root, today=DAY, book="http://127.0.0.1:8765/"))
    assert "(http://127.0.0.1:8765/book/softmax.html)" in sources(copy)["intro"]
    assert list(refresh(root, today=DAY, book="http://127.0.0.1:9999/")) == []
    assert "(http://127.0.0.1:9999/book/softmax.html)" in sources(copy)["intro"]
    assert list(refresh(root, today=DAY)) == []
    assert sources(copy) == sources(official)


def test_links_to_other_exercises_lead_to_the_copies_and_are_no_change(desk):
    root, official, copy = desk
    cells = official_cells()
    cells[0].source = "# 1. Layers\n\nFirst do [this](00_start.ipynb), not [that](notes.ipynb)."
    write(official, cells)
    list(refresh(root, today=DAY))
    assert "[this](my_00_start.ipynb), not [that](notes.ipynb)" in sources(copy)["intro"]
    assert list(refresh(root, today=DAY)) == []
    cells[2].source = "def f(x, y):\n    raise NotImplementedError"
    write(official, cells)
    (line,) = refresh(root, today=DAY)
    assert "First do" not in line and "[this](my_00_start.ipynb)" in sources(copy)["intro"]


@pytest.mark.parametrize("content", ["", "{", "[]", '{"cells": 3}'])
def test_a_copy_that_cannot_be_read_is_left_as_it_is(desk, content):
    root, _, copy = desk
    copy.write_text(content)
    (line,) = refresh(root, today=DAY)
    assert "cannot be read" in line and copy.read_text() == content


def test_a_copy_that_was_made_by_hand_is_left_as_it_is(desk):
    root, official, copy = desk
    copy.write_bytes(official.read_bytes())
    write(official, official_cells()[:2])
    before = copy.read_bytes()
    assert list(refresh(root, today=DAY)) == [] and copy.read_bytes() == before


def test_the_start_page_links_every_copy_and_shows_bar_and_tries(desk, monkeypatch):
    root, official, copy = desk
    noted = {"01_layers/f": {"passed": True, "tries": 2}, "f": {"passed": False, "tries": 2}}
    monkeypatch.setattr(progress, "read", lambda: noted)
    write(official, [*official_cells(), cell("code", "goal", 'goal("layers_trained", "x", y)')])
    list(refresh(root, today=DAY))
    page = read(write_start_page(root, book="http://127.0.0.1:8765/"))
    text = "\n".join(one.source for one in page.cells)
    assert "http://127.0.0.1:8765/" in text and "book/what_now.html" in text
    (output,) = next(one.outputs for one in page.cells if one.cell_type == "code")
    shown = output["data"]["text/html"]
    assert '<a href="my_01_layers.ipynb">1. Layers</a>' in shown
    assert "■□" in shown and "1&nbsp;of&nbsp;2" in shown
    assert ">4<" in shown and "layers_trained" in shown
    assert (root / "exercises" / PAGE).exists()


@pytest.mark.parametrize(
    ("path", "protected"),
    [
        ("exercises/01_layers.ipynb", True),
        ("exercises/my_01_layers.ipynb", False),
        ("exercises/Untitled.ipynb", False),
        ("solutions/01_layers.ipynb", True),
        ("book/softmax.md", True),
        ("book/my_notes.md", False),
        ("scratch/data/__init__.py", True),
        ("my_folder/x.ipynb", False),
        ("notes.txt", False),
    ],
)
def test_what_belongs_to_the_course(path, protected):
    assert belongs_to_the_course(path) == protected


def test_files_of_the_course_open_read_only_and_cannot_be_saved_renamed_or_deleted(desk):
    root, official, copy = desk
    list(refresh(root, today=DAY))
    before = official.read_bytes()
    manager = CourseContentsManager(root_dir=str(root), delete_to_trash=False)

    async def use():
        theirs = await manager.get("exercises/01_layers.ipynb")
        mine = await manager.get("exercises/my_01_layers.ipynb")
        assert not theirs["writable"] and mine["writable"]
        await manager.save(mine, "exercises/my_01_layers.ipynb")
        for change in (
            manager.save(theirs, "exercises/01_layers.ipynb"),
            manager.delete("exercises/01_layers.ipynb"),
            manager.rename("exercises/01_layers.ipynb", "exercises/x.ipynb"),
            manager.rename("exercises/my_01_layers.ipynb", "solutions/01_layers.ipynb"),
        ):
            with pytest.raises(HTTPError) as refused:
                await change
            assert refused.value.status_code == 403 and "my_" in refused.value.reason

    asyncio.run(use())
    assert official.read_bytes() == before and copy.exists()


def test_settings_are_json_that_names_what_exists():
    from course.lab.__main__ import CONFIG

    server = json.loads((CONFIG / "jupyter_server_config.json").read_text())
    assert server["ServerApp"]["contents_manager_class"].endswith(CourseContentsManager.__name__)
    json.loads((CONFIG / "labconfig" / "default_setting_overrides.json").read_text())


CHAPTER = """\
---
kernelspec: {name: python3}
---
(sec:here)=
# Here

See {ref}`the other
page <sec:there>`, {ref}`sec:there`, {eq}`eq-a` and {term}`loss <losses>`.

$$a = b$$ (eq-a)

:::{admonition} The rule
:class: tip
Add {ref}`there <sec:there>`.
:::

```{code-cell} ipython3
:tags: [hide-input]
print("{ref}`sec:there`")
```

```{literalinclude} ../scratch/optim.py
:pyobject: sgd
```
"""


def test_a_chapter_reads_well_where_nobody_knows_myst():
    text = plain_markdown(CHAPTER, {"sec:there": ("there", "That page")})
    assert "See [the other\npage](there.md), [That page](there.md), (eq-a) and loss." in text
    assert r"$$a = b\tag{eq-a}$$" in text and "(sec:here)=" not in text
    assert "> **The rule**\n>\n> Add [there](there.md).\n" in text and ":class:" not in text
    assert '```{code-cell} ipython3\n:tags: [hide-input]\nprint("{ref}`sec:there`")\n```' in text
    assert "```python\ndef sgd(" in text


@pytest.mark.parametrize("path", sorted((ROOT / "book").glob("*.md")), ids=lambda path: path.stem)
def test_no_myst_is_left_in_any_chapter(path):
    text = plain_markdown(path.read_text(encoding="utf-8"))
    text = re.sub(r"```\{code-cell\}.*?\n```", "", text, flags=re.DOTALL)
    assert not re.findall(r"\{\w[\w:-]*\}`|```\{|^\([\w:-]+\)=$|^:{3,}", text, re.MULTILINE)


def test_a_copy_that_was_not_begun_becomes_the_newer_exercise_with_no_word_in_it(desk):
    root, official, copy = desk
    list(refresh(root, today=DAY))
    newer = [*official_cells()[:-1], cell("code", "more", "1 + 1")]
    write(official, newer)
    (line,) = refresh(root, today=DAY)
    assert line.endswith("the exercise is newer now, you had not begun it")
    assert sources(copy) == sources(official)
    assert [path.name for path in root.glob("exercises/*before*")] == []


def test_what_changed_is_told_in_words_that_a_learner_knows(desk):
    root, official, copy = desk
    hint = "<details><summary>Hint 1: nudge</summary>\n\nWhich axis?\n\n</details>"
    stub = "# ANSWER f\ndef f(x):\n    raise NotImplementedError"
    old = [
        cell("code", "setup", "import sys\n\nfrom course.checks import check"),
        cell("code", "answer-f", stub, **ANSWER),
        cell("markdown", "text-1", "## 3. Words\n\nOld words."),
        cell("markdown", "text-2", hint),
        cell("markdown", "text-3", "## 5. Going"),
    ]
    write(official, old)
    list(refresh(root, today=DAY))
    edit(copy, add=[("answer-f", cell("code", "mine", "2 + 2"))])
    new = [
        cell("code", "setup", "import os\nimport sys\n\nfrom course.checks import check"),
        cell("code", "answer-f", stub.replace("raise", "# Return: y\n    raise"), **ANSWER),
        cell("markdown", "text-4", "## 3. Words\n\nNew words."),
        cell("markdown", "text-5", hint.replace("axis", "axes")),
        cell("markdown", "text-6", hint.replace("Hint 1", "Hint 2")),
    ]
    write(official, new)
    (line,) = refresh(root, today=DAY)
    assert line.endswith(
        "(new: “Hint 2: nudge”; changed: the imports, the stub of f, “3. Words”, “Hint 1: nudge”; "
        "gone: “5. Going”)"
    )


LAB = """
import signal, sys, time
signal.signal(signal.SIGINT, lambda *_: print("asked", flush=True))
print("up", flush=True)
time.sleep(60)
"""
STARTS = f"""
import os, sys
from course.lab.__main__ import until_it_ends
sys.exit(until_it_ends([sys.executable, "-c", {LAB!r}], os.environ))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_ctrl_c_is_for_jupyterlab_to_answer_and_nothing_outlives_make_lab():
    command = [sys.executable, "-c", STARTS]
    options = {"stdout": subprocess.PIPE, "text": True, "cwd": ROOT, "start_new_session": True}
    with subprocess.Popen(command, **options) as started:
        assert started.stdout.readline() == "up\n"
        os.killpg(started.pid, signal.SIGINT)  # as a terminal does
        assert started.stdout.readline() == "asked\n"
        assert started.poll() is None, "make lab has ended, JupyterLab has not"
        started.terminate()
        rest, _ = started.communicate(timeout=30)  # ends only when nobody holds the pipe
        assert rest == "" and started.returncode == -signal.SIGTERM % 256


def git(folder, *command):
    names = ["-c", "user.name=t", "-c", "user.email=t@t", "-c", "init.defaultBranch=main"]
    return subprocess.run(
        ["git", *names, *command], cwd=folder, check=True, capture_output=True, text=True
    ).stdout


def test_a_pull_goes_through_after_a_week_of_work_and_the_copies_tell_what_is_new(tmp_path):
    """With the real exercises: worked in, saved with outputs, then newer ones come in."""
    course, clone = tmp_path / "course", tmp_path / "clone"
    for name in ("01_fully_connected", "02_softmax_loss"):
        write(course / f"exercises/{name}.ipynb", read(ROOT / f"exercises/{name}.ipynb").cells)
    (course / ".gitignore").write_bytes((ROOT / ".gitignore").read_bytes())
    git(course, "init", "-q")
    git(course, "add", "-A")
    git(course, "commit", "-qm", "first")
    git(tmp_path, "clone", "-q", str(course), str(clone))
    list(refresh(clone, today=DAY))
    write_start_page(clone)
    mine = clone / "exercises/my_01_fully_connected.ipynb"
    edit(mine, {"answer-fc_forward": "def fc_forward(x, w, b):\n    return x @ w + b, (x, w)"})
    (clone / "exercises/my_portfolio.html").write_text("mine")
    (clone / "exercises/.ipynb_checkpoints").mkdir()
    (clone / "exercises/.ipynb_checkpoints/my_01-checkpoint.ipynb").write_text("{}")
    assert git(clone, "status", "--porcelain") == ""
    newer = read(course / "exercises/01_fully_connected.ipynb").cells
    newer[0].source = newer[0].source.replace("You write your first", "Here you write your first")
    newer.append(cell("markdown", "more", "## More to try"))
    write(course / "exercises/01_fully_connected.ipynb", newer)
    git(course, "commit", "-qam", "second")
    git(clone, "pull", "-q", "--ff-only")
    (line,) = refresh(clone, today=DAY)
    assert "your answers are kept" in line and "More to try" in line
    now = sources(mine)
    assert now["answer-fc_forward"].endswith("return x @ w + b, (x, w)")
    assert "More to try" in now[NOTE] and "Here you write your first" in "".join(now.values())
    assert git(clone, "status", "--porcelain") == ""
