"""The weave: what learners get, what solutions hold, and what `--check` notices."""

import base64
import io
import json
import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import nbformat
import pytest

from course.env import ROOT
from course.notebooks import weave
from course.notebooks.anchors import WeaveError, definition, read_anchors
from course.notebooks.cells import ASKS
from course.notebooks.cells import woven as woven_notebook
from course.notebooks.first_cell import OR_SAYS

HEADER = """\
---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
kernelspec:
  display_name: Python 3
  language: python
  name: python3
---

"""

TOY = '''
"""A module to weave from."""
import numpy as np

RATE = 2


def double(x, *, times=1):
    """Twice ``x``, ``times`` times."""
    # the trick that a learner must find
    for _ in range(times):
        x = 2 * x
    return x


def bare(x):
    return x


class Net:
    """A class with two methods to write."""

    rate = RATE

    def first(self, x):
        """The first."""
        return double(x)

    def given(self):
        """This one stands."""
        return "given"

    @property
    def second(self):
        """The second."""
        secret = 7
        return secret


twice = double
'''

TEMPLATE = """\
# Toys

Some *prose*.

```{code-cell} ipython3
import sys

sys.path.insert(0, "..")
from scratch.toy import RATE

def check(function):
    try:
        print("right" if function(3) == 6 else "wrong")
    except NotImplementedError:
        print("not written yet")
```

```{code-cell} ipython3
# weave: toy.double
```

<details><summary>Hint 1: nudge</summary> Think. </details>

```{code-cell} ipython3
:tags: [check]
:points: 2

check(double)
```

```{code-cell} ipython3
# weave: toy.Net.first,second
```

```{code-cell} ipython3
# weave: toy.Net given
```
"""


def make_root(folder):
    """A small project: one module, one template."""
    for name in ("scratch", "course", "book/exercises"):
        (folder / name).mkdir(parents=True)
    (folder / "scratch" / "__init__.py").write_text("")
    (folder / "scratch" / "toy.py").write_text(TOY)
    template(folder, TEMPLATE)
    return folder


@pytest.fixture
def root(tmp_path):
    return make_root(tmp_path)


@pytest.fixture(scope="session")
def woven_once(tmp_path_factory):
    root = make_root(tmp_path_factory.mktemp("woven"))
    write(root)
    return root


@pytest.fixture
def woven(woven_once, tmp_path):
    """The small project after weaving, each test its own copy."""
    copy = tmp_path / "copy"
    shutil.copytree(woven_once, copy)
    assert weave.stale_paths(copy) == []
    return copy


def template(root, text, name="01_toys"):
    path = root / "book" / "exercises" / f"{name}.md"
    path.write_text(HEADER + text)
    return path


def by_stem(path):
    return path.stem


def cell(*lines):
    return "```{code-cell} ipython3\n" + "\n".join(lines) + "\n```\n"


def write(root, **options):
    said = io.StringIO()
    weave.write_stale(root, say=lambda *a, **k: print(*a, **{**k, "file": said}), **options)
    return said.getvalue()


def read(root, folder, name="01_toys"):
    return nbformat.read(root / folder / f"{name}.ipynb", as_version=4)


def files(root):
    return {p: p.read_bytes() for f in ("exercises", "solutions") for p in (root / f).glob("*")}


def by_id(notebook):
    return {cell.id: cell for cell in notebook.cells}


def anchor(text):
    (one,) = read_anchors(text)
    return one


# ---------------------------------------------------------------- what is shown and what is blank


def test_the_solution_holds_the_source_verbatim(root):
    source = definition(anchor("# weave: toy.double"), solved=True, root=root)
    assert source in TOY
    assert source.startswith("def double(x") and source.endswith("    return x")


def test_the_exercise_holds_signature_and_docstring_only(root):
    source = definition(anchor("# weave: toy.double"), solved=False, root=root)
    assert source == textwrap.dedent('''\
        def double(x, *, times=1):
            """Twice ``x``, ``times`` times."""
            raise NotImplementedError("your turn: double")''')


@pytest.mark.parametrize("order", ["first,second", "second, first"])
def test_methods_are_blank_and_the_rest_of_the_class_stands(root, order):
    text = f"# weave: toy.Net.{order}"
    blank = definition(anchor(text), solved=False, root=root)
    assert blank.count("NotImplementedError") == 2
    assert 'return "given"' in blank and "@property" in blank and "rate = RATE" in blank
    assert "secret" not in blank and "double(x)" not in blank
    namespace = {"RATE": 2}
    exec(blank, namespace)
    with pytest.raises(NotImplementedError, match="your turn: Net.first"):
        namespace["Net"]().first(1)
    assert namespace["Net"]().given() == "given"
    assert definition(anchor(text), solved=True, root=root) in TOY


def test_given_stands_in_both(root):
    given = anchor("# weave: toy.Net given")
    assert definition(given, solved=False, root=root) in TOY
    constant = anchor("# weave: toy.RATE given")
    assert definition(constant, solved=False, root=root) == "RATE = 2"


def test_several_given_definitions_share_a_cell(root):
    template(root, cell("# weave: toy.RATE given", "# weave: toy.double given"))
    write(root)
    (only,) = read(root, "exercises").cells
    assert only.source.startswith("RATE = 2\n\n\ndef double")
    assert "nbgrader" not in only.metadata


@pytest.mark.parametrize(
    "line, message",
    [
        ("# weave: toy.nothing", "defines no 'nothing'; it has: .*double"),
        ("# weave: toy.Net.nothing", "Net in scratch/toy.py defines no 'nothing'; it has: first"),
        ("# weave: nowhere.f", "scratch/nowhere.py does not exist"),
        ("# weave: toy.bare", "bare needs a docstring"),
        ("# weave: toy.RATE", "RATE is not a function"),
        ("# weave: toy.Net", "Net is not a function"),
        ("# weave: toy", "cannot read"),
        ("# weave: toy.Net.first given", "names no method"),
        ("# weave: toy.double\nx = 1", "alone in its cell"),
        ("# weave: toy.double\n# weave: toy.RATE given", "must have `given` on each"),
    ],
)
def test_a_bad_anchor_gets_one_clear_sentence(root, line, message):
    template(root, cell(line))
    with pytest.raises(WeaveError, match=message) as error:
        write(root)
    assert str(error.value).startswith("book/exercises/01_toys.md: ")


def test_a_template_needs_both_headers(root):
    (root / "book" / "exercises" / "01_toys.md").write_text("# No header\n")
    with pytest.raises(WeaveError, match="kernelspec"):
        write(root)


# ---------------------------------------------------------------- the notebooks


def test_metadata_follow_nbgrader_and_survive_in_the_marker(root):
    write(root)
    for folder in ("exercises", "solutions"):
        cells = by_id(read(root, folder))
        answer, check = cells["answer-double"], cells["check-double"]
        assert answer.source.startswith("# ANSWER double\n")
        assert answer.metadata.nbgrader == {
            "grade": False,
            "solution": True,
            "locked": False,
            "grade_id": "double",
            "schema_version": 3,
            "task": False,
            "cell_type": "code",
        }
        assert check.metadata.nbgrader == {
            "grade": True,
            "solution": False,
            "locked": True,
            "grade_id": "check-double",
            "schema_version": 3,
            "task": False,
            "cell_type": "code",
            "points": 2,
        }
        assert "answer-Net-first-second" in cells
    assert read(root, "exercises").cells[4].metadata.editable is False


def test_exercises_have_no_outputs_and_solutions_have(root):
    write(root)
    exercise, solution = read(root, "exercises"), read(root, "solutions")
    assert not any(c.get("outputs") for c in exercise.cells)
    assert by_id(solution)["check-double"].outputs[0].text == "right\n"
    assert [c.id for c in exercise.cells] == [
        i for i in [c.id for c in solution.cells] if not i.startswith("text")
    ] or len(exercise.cells) == len(solution.cells)
    assert "secret" not in json.dumps(exercise.cells[5])
    assert solution.cells[0].source.startswith("# Toys (solution)")
    assert exercise.metadata.language_info.name == "python"
    assert exercise.metadata.kernelspec.name == "python3"


def test_notebooks_are_valid_and_cell_ids_do_not_depend_on_position(root):
    write(root)
    before = by_id(read(root, "exercises"))
    template(root, "# Toys\n\nA new paragraph.\n\n+++\n\n" + TEMPLATE.partition("\n\n")[2])
    write(root)
    after = read(root, "exercises")
    nbformat.validate(after)
    assert {"answer-double", "check-double", "given-Net"} <= before.keys() & by_id(after).keys()


def test_two_checks_of_one_function_need_names(root):
    again = "```{code-cell} ipython3\n:tags: [check]\n\ncheck(double)\n```\n"
    template(root, TEMPLATE + again)
    with pytest.raises(WeaveError, match="grade_id"):
        write(root)
    template(root, TEMPLATE + again.replace("[check]", "[check]\n:grade_id: check-double-again"))
    write(root)
    assert "check-double-again" in by_id(read(root, "exercises"))


def test_points_belong_to_checks(root):
    template(root, cell(":points: 2", "", "x = 1"))
    with pytest.raises(WeaveError, match="only a cell with the tag `check` has points"):
        write(root)


@pytest.mark.parametrize("template", sorted(ROOT.glob("book/exercises/*.md")), ids=by_stem)
def test_an_exercise_far_from_the_course_says_so_without_a_traceback(template, tmp_path):
    exercise = woven_notebook(template, solved=False)
    first = next(cell for cell in exercise.cells if cell.cell_type == "code")
    command = [sys.executable, "-I", "-c", first.source]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert done.stderr.startswith("The course is not here: clone its repository")
    solution = woven_notebook(template, solved=True)
    begins = f'\n\ncourse.begin("{template.stem}")  # your progress is kept for this exercise'
    its_first = next(cell.source for cell in solution.cells if cell.cell_type == "code")
    assert its_first == first.source.replace(begins, "") != first.source, "reading is no progress"
    assert [cell["id"] for cell in solution.cells] == [cell["id"] for cell in exercise.cells]
    asked = [ASKS in "".join(cell.source for cell in n.cells) for n in (exercise, solution)]
    assert asked == [template.stem[0].isdigit(), False], "in a solution nothing is left to write"


@pytest.mark.parametrize("place", ["exercises", "exercises/mine/old", ".", ".."])
def test_an_exercise_finds_the_course_in_a_folder_above_or_below(tmp_path, place):
    """Inside of the clone, and in the folder that holds it, as in Colab after a git clone."""
    clone = tmp_path / "here" / "clone"
    (clone / "course" / "checks").mkdir(parents=True)
    (clone / "course" / "__init__.py").write_text("print(__file__)")
    (clone / place).mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-I", "-c", f"{OR_SAYS}\nimport course"]
    done = subprocess.run(command, cwd=clone / place, capture_output=True, text=True)
    assert done.stdout.strip() == str(clone / "course" / "__init__.py"), done.stderr
    opened = clone / place / "my_01.ipynb"  # VS Code says which, wherever it started
    command[-1] = f"__vsc_ipynb_file__ = {str(opened)!r}\n{OR_SAYS}"
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    done = subprocess.run(command, cwd=elsewhere, capture_output=True, text=True)
    assert done.stdout.strip() == str(clone / "course" / "__init__.py"), done.stderr


SMALLER = ("---", "page:", "  note: Slower here.", "  replace:", "    n=40: {}", "---", "n=40; m=4")


def test_the_page_gets_a_smaller_task_and_the_notebook_keeps_its_own(root):
    text = cell(*(line.format("n=2") for line in SMALLER))
    exercise = woven_notebook(template(root, text), solved=False, root=root).cells[0]
    assert exercise.source == "n=40; m=4"
    assert exercise.metadata == {"page": {"code": "n=2; m=4", "note": "Slower here."}}
    solution = woven_notebook(template(root, text), solved=True, root=root).cells[0]
    assert solution.source == "n=40; m=4" and solution.metadata == {}


@pytest.mark.parametrize(
    "old, new, message",
    [("n=40:", "4:", r"replaces '4', which stands 2 times"), ("note:", "nota:", "needs a `note`")],
)
def test_a_smaller_task_that_does_not_fit_is_refused(root, old, new, message):
    text = cell(*(line.format("n=2").replace(old, new, 1) for line in SMALLER))
    with pytest.raises(WeaveError, match=message):
        woven_notebook(template(root, text), solved=False, root=root)


# ---------------------------------------------------------------- regenerating


PICTURE = cell(
    "import matplotlib.pyplot as plt",
    "_ = plt.plot([1, 2, 3])",
    "plt.show()",
    "print('a', flush=True)",
    "print('b', flush=True)",
    "{'answer': 42}",
)


def test_weaving_twice_gives_identical_bytes(root):
    template(root, TEMPLATE + PICTURE)
    write(root, force=True)
    first = files(root)
    write(root, force=True)
    assert files(root) == first and len(first) == 2
    assert weave.stale_paths(root) == []


def test_outputs_are_steady(root):
    template(root, PICTURE + cell(":tags: [nbval-ignore-output]", "", "import sys",
                                  "print('50%', file=sys.stderr)"))  # fmt: skip
    write(root)
    picture, bar = read(root, "solutions").cells
    kinds = [output.output_type for output in picture.outputs]
    assert kinds == ["display_data", "stream", "execute_result"]
    assert picture.outputs[1].text == "a\nb\n"
    assert [picture.execution_count, bar.execution_count] == [1, 2]  # else nbval refuses them
    assert picture.outputs[2].execution_count is None
    png = base64.b64decode(picture.outputs[0].data["image/png"])
    assert png.startswith(b"\x89PNG") and b"Software" not in png and b"IEND" in png
    assert bar.outputs == []


@pytest.mark.parametrize(
    "lines, message",
    [
        (["object()"], "memory address"),
        (["import sys", "print('oops', file=sys.stderr)"], "stderr"),
        (["1 / 0"], "ZeroDivisionError"),
        (["import os", "os._exit(1)"], "the kernel died"),
    ],
)
def test_a_solution_whose_outputs_cannot_be_stored_is_refused(root, lines, message):
    template(root, cell(*lines))
    with pytest.raises(WeaveError, match=message) as error:
        write(root)
    assert "01_toys" in str(error.value)


def test_only_what_changed_is_executed(root):
    assert "executed" in write(root)
    assert "up to date" in write(root)
    template(root, TEMPLATE.replace("*prose*", "better prose"))
    assert "outputs kept" in write(root)
    toy = root / "scratch" / "toy.py"
    toy.write_text(toy.read_text().replace("# the trick", "# the old trick"))
    assert "outputs kept" in write(root)
    assert "# the old trick" in by_id(read(root, "solutions"))["answer-double"].source
    toy.write_text(toy.read_text().replace("RATE = 2", "RATE = 3"))
    assert "executed" in write(root)
    assert by_id(read(root, "solutions"))["check-double"].outputs


# ---------------------------------------------------------------- projects

LOADING = """---
tags: [nbval-ignore-output]
cut:
  ROOT = None: ROOT = "cut"
---
import sys

sys.path.insert(0, "..")
from scratch.toy import RATE

ROOT = None
print("from", ROOT, RATE)"""


@pytest.fixture
def project(root):
    """A project of two cells; the first prints where it loads from."""
    picture = ":tags: [not-recorded]\n\nprint('a picture')"
    template(root, "# Toys\n\n" + cell(LOADING) + "\n" + cell(picture), "project_toys")
    return root


def outputs(root):
    cells = read(root, "solutions", "project_toys").cells
    return [[o.text for o in c.outputs] for c in cells if c.cell_type == "code"]


def test_a_project_is_recorded_with_the_files_of_a_folder_and_says_what_they_were(project):
    real = {"files": str(project), "copy": "a copy in ten words"}
    write(project, only="project", real=real)
    assert outputs(project) == [[f"from {project} 2\n"], []]
    solution = read(project, "solutions", "project_toys")
    assert (
        "\n\n*Recorded once, with real files (a copy in ten words), NumPy"
        in solution.cells[0].source
    )
    assert "ROOT = None" in solution.cells[1].source
    assert solution.cells[1].metadata["cut"].endswith('ROOT = "cut"\nprint("from", ROOT, RATE)')
    assert "Recorded" not in read(project, "exercises", "project_toys").cells[0].source
    assert stale(project) == ["exercises/01_toys.ipynb", "solutions/01_toys.ipynb"]


def test_what_was_recorded_is_kept_until_the_code_of_a_cell_changes(project):
    """Whatever the cells import: a machine without the files can weave and finds nothing stale."""
    write(project, only="project", real={"files": "there"})
    before = outputs(project)
    toy = project / "scratch" / "toy.py"
    toy.write_text(toy.read_text().replace("RATE = 2", "RATE = 3"))
    assert "up to date" in write(project, only="project")
    path = project / "book" / "exercises" / "project_toys.md"
    path.write_text(path.read_text().replace("# Toys", "# New toys"))
    assert "outputs kept" in write(project, only="project") and outputs(project) == before
    path.write_text(path.read_text().replace('"from"', '"out of"'))
    assert "executed" in write(project, only="project", real={"files": "elsewhere"})
    assert outputs(project)[0] == [f"out of {Path('elsewhere').resolve()} 3\n"]


def test_a_project_says_once_where_its_files_are(project):
    template(project, "# Toys\n\n" + cell("x = 1"), "project_toys")
    with pytest.raises(WeaveError, match="project_toys: `ROOT = None` stands in 0 cells"):
        write(project, only="project")


@pytest.mark.parametrize(
    "cut, message",
    [
        ("[1]", "`cut` needs `old: new`"),
        ("{RATE: 3}", "`cut` replaces 'RATE', which stands 2 times"),
    ],
)
def test_a_trial_that_does_not_fit_is_refused(project, cut, message):
    lines = LOADING.replace('\n  ROOT = None: ROOT = "cut"', f" {cut}")
    template(project, cell(lines), "project_toys")
    with pytest.raises(WeaveError, match=re.escape(message)):
        write(project, only="project")


# ---------------------------------------------------------------- --check


def stale(root):
    return [path.relative_to(root).as_posix() for path in weave.stale_paths(root)]


EXERCISE, SOLUTION = "exercises/01_toys.ipynb", "solutions/01_toys.ipynb"


def test_check_notices_a_changed_template(woven):
    template(woven, TEMPLATE.replace("*prose*", "other prose"))
    assert stale(woven) == [EXERCISE, SOLUTION]


def test_check_notices_a_changed_function(woven):
    toy = woven / "scratch" / "toy.py"
    toy.write_text(toy.read_text().replace("x = 2 * x", "x = x + x"))
    assert stale(woven) == [SOLUTION]


def test_check_notices_a_change_in_a_module_that_is_only_imported(woven):
    template(woven, TEMPLATE + cell("from course.plots import picture"))
    (woven / "course" / "__init__.py").write_text("")
    (woven / "course" / "plots.py").write_text(
        "from course import deeper\n\npicture = deeper.one\n"
    )
    (woven / "course" / "deeper.py").write_text("one = 1\n")
    write(woven)
    assert stale(woven) == []
    (woven / "course" / "deeper.py").write_text("# a remark changes no output\none = 1\n")
    assert stale(woven) == []
    (woven / "course" / "deeper.py").write_text("one = 2\n")
    assert stale(woven) == [SOLUTION]


def test_every_module_of_an_imported_package_counts(woven):
    package = woven / "course" / "checks"
    package.mkdir()
    (woven / "course" / "__init__.py").write_text("")
    (package / "__init__.py").write_text("from .spec import one\n")
    (package / "spec.py").write_text("one = 1\n")
    template(woven, TEMPLATE + cell("from course.checks import one"))
    write(woven)
    (package / "spec.py").write_text("one = 2\n")
    assert stale(woven) == [SOLUTION]


@pytest.mark.parametrize("path", [EXERCISE, SOLUTION])
def test_check_notices_missing_broken_and_edited_notebooks(woven, path):
    notebook, text = woven / path, (woven / path).read_text()
    for wrong in ("", "not json", "[]", text.replace("prose", "poetry"), text.rstrip(), text + " "):
        notebook.write_text(wrong)
        assert stale(woven) == [path]
    notebook.unlink()
    assert stale(woven) == [path]


def test_check_notices_outputs_in_an_exercise_and_lost_metadata(woven):
    notebook = read(woven, "exercises")
    notebook.cells[4].outputs = [nbformat.v4.new_output("stream", text="right\n")]
    nbformat.write(notebook, woven / EXERCISE)
    assert stale(woven) == [EXERCISE]
    notebook = read(woven, "solutions")
    del notebook.cells[4].metadata["nbgrader"]
    nbformat.write(notebook, woven / SOLUTION)
    assert SOLUTION in stale(woven)


def test_check_notices_orphans(woven):
    (woven / "solutions" / "02_old.ipynb").write_text((woven / SOLUTION).read_text())
    assert stale(woven) == ["solutions/02_old.ipynb"]


def test_check_writes_and_executes_nothing(woven, monkeypatch):
    monkeypatch.setattr(weave, "execute", lambda *_: pytest.fail("--check executed a notebook"))
    template(woven, TEMPLATE + PICTURE)
    before = files(woven)
    with pytest.raises(SystemExit, match="stale or orphaned.*solutions/01_toys.ipynb"):
        weave.main(["--check"], root=woven)
    assert files(woven) == before


# ---------------------------------------------------------------- nobody's work is lost


def test_a_learners_work_is_not_overwritten(woven):
    notebook = read(woven, "exercises")
    notebook.cells[2].source = "def double(x): return x + x  # my work"
    nbformat.write(notebook, woven / EXERCISE)
    with pytest.raises(WeaveError, match="edited by hand"):
        write(woven)
    assert "my work" in (woven / EXERCISE).read_text()
    write(woven, force=True)
    assert "my work" not in (woven / EXERCISE).read_text()


def test_woven_orphans_are_removed_and_other_notebooks_left_alone(woven):
    (woven / "exercises" / "02_old.ipynb").write_text((woven / EXERCISE).read_text())
    nbformat.write(nbformat.v4.new_notebook(), woven / "exercises" / "notes.ipynb")
    said = write(woven)
    assert "02_old.ipynb has no template any more: removed" in said
    assert "notes.ipynb has no template and was not woven: left alone" in said
    assert {p.name for p in (woven / "exercises").glob("*")} == {"01_toys.ipynb", "notes.ipynb"}


def test_a_learners_copy_bothers_nobody(woven):
    (woven / "exercises" / "my_01_toys.ipynb").write_text((woven / EXERCISE).read_text())
    assert stale(woven) == []
    assert "my_" not in write(woven)
    assert (woven / "exercises" / "my_01_toys.ipynb").exists()


def test_only_takes_the_templates_that_start_so(woven):
    template(woven, "# Second\n", name="02_second")
    assert "[1/1] 02_second" in write(woven, only="02")
    with pytest.raises(WeaveError, match="no template starts with '03'; there are: 01_toys, 02"):
        write(woven, only="03")


def test_main_reports_a_bad_template_in_one_line(root):
    template(root, cell("# weave: toy.nothing"))
    with pytest.raises(SystemExit, match="weave: book/exercises/01_toys.md: .*nothing"):
        weave.main([], root=root)


# ---------------------------------------------------------------- the course's own templates


@pytest.mark.parametrize("template", sorted(ROOT.glob("book/exercises/*.md")), ids=by_stem)
@pytest.mark.parametrize("solved", [False, True], ids=["exercise", "solution"])
def test_every_name_in_a_notebook_is_defined(template, solved):
    """A woven definition may use a helper of its module that the template forgot to import."""
    notebook = woven_notebook(template, solved=solved)
    code = "\n\n".join(c.source for c in notebook.cells if c.cell_type == "code")
    ruff = [sys.executable, "-m", "ruff", "check", "--isolated", "--select", "F821", "-"]
    run = subprocess.run(ruff, input=code, capture_output=True, text=True, encoding="utf-8")
    assert run.returncode == 0, run.stdout
