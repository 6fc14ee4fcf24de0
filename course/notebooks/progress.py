"""What a learner has done so far, kept on the learner's machine and nowhere else.

    import course
    course.progress()
    course.save_progress("progress.json")   # for the pages of the book, or another machine
    course.take_progress("progress.json")   # what a page has saved, added to yours

One small JSON file in the user's data folder notes each check that was run in a notebook, and each
``goal``: that a network was trained, say. It goes by the exercise, which the first cell of each
names (``course.begin``), so nothing is lost when notebooks move: ``"06_conv_forward/output_size"``.
A check of any other notebook, a solution's as well, is "elsewhere". The environment variable
``COURSE_PROGRESS`` names another file, or "off" for none. Tests, builds and grading leave no trace.
"""

import errno
import json
import os
import re
import sys
import tempfile
from collections import Counter
from copy import deepcopy
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

from course.env import BUILD, ROOT
from course.files import write_whole

FOLDER = "cnns-rnns-from-scratch"
ELSEWHERE = "elsewhere"  # in place of an exercise: a notebook that is none
NONE = {"passed": False, "tries": 0}
UNKEPT: dict[Path, dict] = {}  # what could not be written, as long as this Python runs
CHECK = re.compile(
    r"\bcheck\(\s*(?P<function>[A-Za-z_]\w*)(?:\s*,\s*[\"'](?P<name>[\w.]+)[\"'])?"
    r"|\bgoal\(\s*[\"'](?P<goal>[\w.]+)[\"']"
)


def progress_file():
    """Where the progress is kept; None when it is switched off."""
    chosen = os.environ.get("COURSE_PROGRESS", "")
    if chosen.lower() in ("off", "0", "no"):
        return None
    if chosen:
        return Path(chosen).expanduser()
    if sys.platform == "emscripten":  # in the browser only the folder of the notebooks lasts
        return Path.cwd() / ".progress.json"
    home = Path.home()
    if sys.platform == "win32":
        base = Path(os.environ.get("APPDATA", home / "AppData" / "Roaming"))
    elif sys.platform == "darwin":
        base = home / "Library" / "Application Support"
    else:
        base = Path(os.environ.get("XDG_DATA_HOME") or home / ".local" / "share")
    return base / FOLDER / "progress.json"


def is_learner():
    """Is this a person at a notebook, and not a test, a build or a grader?"""
    if any(name in os.environ for name in ("CI", "PYTEST_VERSION", "PYTEST_CURRENT_TEST")):
        return False
    if Path(os.environ.get("IPYTHONDIR", "/")).is_relative_to(BUILD):  # weave and book builds
        return False
    if sys.platform == "emscripten":  # in a browser, on a page of the book or in JupyterLite
        return True
    shell = sys.modules.get("IPython")
    shell = shell.get_ipython() if shell is not None else None
    return getattr(shell, "kernel", None) is not None


def read(path=None):
    """What is noted so far: ``{name: {"passed": bool, "tries": int}}``; a damaged file is none."""
    if path is not None:
        return read_file(path)
    return read_file(progress_file()) | deepcopy(UNKEPT)


def read_file(path):
    """What a file says; nothing where there is none, or a damaged one."""
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))["checks"]
        return {
            str(name): {"passed": bool(entry["passed"]), "tries": int(entry["tries"])}
            for name, entry in kept.items()
        }
    except (AttributeError, OSError, KeyError, TypeError, ValueError):
        return {}


class Here:
    """Where checks count: the exercise that has begun in this Python."""

    exercise = ELSEWHERE


def begin(exercise):
    """From here on checks count for this exercise: the first cell of each says so."""
    Here.exercise = exercise


def record(name, passed):
    """Note one check, for the exercise that has begun. What has passed once stays passed.

    Where it cannot be written it is said once, and counts as long as this Python runs.
    """
    path = progress_file()
    if path is None or not is_learner():
        return
    checks = read()
    entry = checks.setdefault(f"{Here.exercise}/{name}", dict(NONE))
    entry["passed"] = entry["passed"] or bool(passed)
    entry["tries"] += 1
    try:
        write(path, checks)
        UNKEPT.clear()
    except OSError as error:
        if not UNKEPT:
            print(not_kept(path, error))
        UNKEPT.update(checks)


def goal(name, says, reached):
    """Print the verdict on what a training is after, ``says: True``, and note it like a check."""
    print(f"{says}: {bool(reached)}")
    record(name, reached)


def not_kept(path, error):
    """The sentence for a file that cannot be written."""
    return (
        f"Your progress cannot be kept in {path} ({error.strerror or error}): it counts until this "
        "notebook stops. Name a file that you may write to in the environment variable "
        "COURSE_PROGRESS."
    )


def where_kept(path):
    """The sentence on where the progress is kept; a folder that takes no file is tried out."""
    if path is None:
        return "Nothing is kept: COURSE_PROGRESS is off."
    folder = path.parent
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, "it is a folder")
    except OSError as error:
        return not_kept(path, error)
    return f"Kept in {path}."


def write(path, checks):
    write_whole(path, json.dumps({"version": 1, "checks": checks}, indent=1, sort_keys=True))


def save_progress(path):
    """Write what is noted so far to a file, which a page of the book can take in."""
    write(Path(path), read())


def take_progress(path):
    """Add what a file says, such as a page of the book has saved: -> the ``Progress`` then.

    What has passed in either stays passed; of the tries the larger number counts.
    """
    mine, other, kept = read(), read(Path(path)), progress_file()
    if not other:
        raise ValueError(f"{path} holds no progress: expected a progress.json of this course.")
    if kept is None:
        raise ValueError("Nothing is kept: COURSE_PROGRESS is off.")
    for name, entry in other.items():
        before = mine.get(name, NONE)
        mine[name] = {key: max(before[key], entry[key]) for key in ("passed", "tries")}
    try:
        write(kept, mine)
    except OSError as error:
        print(not_kept(kept, error))
        UNKEPT.update(mine)
    return progress()


def exercises(folder=None):
    """The checks and goals of each exercise, in order, as its notebook names them."""
    folder = ROOT / "exercises" if folder is None else folder
    for path in sorted(Path(folder).glob("[0-9]*.ipynb")):
        try:
            cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        except (OSError, KeyError, ValueError):
            continue
        sources = ["".join(cell["source"]) for cell in cells if cell.get("cell_type") == "code"]
        calls = [call for source in sources for call in CHECK.finditer(source)]
        names = [call["goal"] or call["name"] or call["function"] for call in calls]
        yield path.stem, list(dict.fromkeys(names))


def first_asked(asked):
    """``{name: exercise}``: which asks for a name first, of ``asked``: rows of ``exercises``."""
    return {name: exercise for exercise, names in reversed(asked) for name in names}


def standing(noted, exercise, names, first):
    """What is noted of the checks of one exercise: ``{name: {"passed": bool, "tries": int}}``.

    A file from before exercises were told apart has names alone. Such a one counts for the exercise
    that asks for it first, and for another that was itself finished: its training needs them all.
    """
    own = [name for name in names if first[name] == exercise]
    old = names if any(noted.get(name, NONE)["passed"] for name in own) else own
    found = {}
    for name in names:
        here, before = noted.get(f"{exercise}/{name}", NONE), noted.get(name, NONE)
        both = [here, before] if name in old else [here]
        passed, tries = any(e["passed"] for e in both), sum(e["tries"] for e in both)
        found[name] = {"passed": passed, "tries": tries}
    return found


def title(path):
    """What an exercise is called: the heading of its notebook."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    texts = ("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    headings = (re.search(r"^# (.+)$", text, re.M) for text in texts)
    return next((heading[1] for heading in headings if heading), path.stem)


def table_for_pages():
    """The table of a page that a script fills with what the reader's browser knows."""
    rows = "".join(
        f'<tr data-exercise="{name}" data-checks="{" ".join(names)}">'
        f'<td><a href="../exercises/{name}.html">'
        f"{escape(title(ROOT / 'exercises' / f'{name}.ipynb'))}</a></td>"
        f'<td class="course-right">{len(names)} checks</td><td class="course-tries">0</td>'
        f'<td class="course-todo">{escape(", ".join(names))}</td></tr>'
        for name, names in exercises()
    )
    head = "<tr><th>exercise</th><th>right</th><th>tries</th><th>to do</th></tr>"
    return f'<table class="table"><thead>{head}</thead><tbody>{rows}</tbody></table>{BUTTONS}'


def script_for_pages():
    """What a page's script has to know: of names that several exercises ask for, the first one."""
    asked = list(exercises())
    often = Counter(name for _, names in asked for name in names)
    shared = {name: of for name, of in first_asked(asked).items() if often[name] > 1}
    return f"window.courseFirst = {json.dumps(shared, sort_keys=True)};"


OTHERS = "other checks"
BUTTONS = """<p class="course-buttons" hidden>
<button type="button" class="inpage-button course-save">Save progress</button>
<button type="button" class="inpage-button course-take">Take from a file</button>
<input type="file" accept=".json" hidden> <span class="inpage-status" role="status"></span></p>"""


@dataclass
class Progress:
    """How far each exercise is: ``rows`` of (exercise, names passed, names to do).

    ``tries`` counts the runs of each check, by "exercise/name"; ``links`` leads to the notebooks,
    where they are known.
    """

    rows: list
    where: str
    tries: dict = field(default_factory=dict)
    links: dict = field(default_factory=dict)

    def tried(self, exercise, *names):
        return sum(self.tries.get(f"{exercise}/{name}", 0) for name in names)

    def __str__(self):
        lines = []
        for name, done, todo in self.rows:
            tries = self.tried(name, *done, *todo)
            lines.append(f"{name}: {share(done, todo)} right, tries: {tries}")
            lines += [f"  to do: {self.told(name, todo)}"] if todo else []
        return "\n".join([*lines, self.where])

    __repr__ = __str__

    def told(self, exercise, names):
        """Names, each with its tries if there were any."""
        tries = {name: self.tried(exercise, name) for name in names}
        return ", ".join(f"{n} (tries: {tries[n]})" if tries[n] else n for n in names)

    def _repr_html_(self):
        head = row("th", "exercise", "", "right", "tries", "to do")
        body = "".join(
            row(
                "td",
                self.linked(name),
                bar(done, todo),
                share(done, todo).replace(" ", "&nbsp;"),
                str(self.tried(name, *done, *todo)),
                escape(self.told(name, todo)) or "done",
            )
            for name, done, todo in self.rows
        )
        return f"<table>{head}{body}</table><div>{escape(self.where)}</div>"

    def linked(self, name):
        """The title of an exercise as a link to its notebook, or its name."""
        if name not in self.links:
            return escape(name)
        place, title = self.links[name]
        return f'<a href="{escape(place)}">{escape(title)}</a>'


def share(done, todo):
    return f"{len(done)} of {len(done) + len(todo)}"


def bar(done, todo):
    """``■■■□``"""
    return "■" * len(done) + "□" * len(todo)


def row(tag, *cells):
    style = ' style="text-align: left"'
    return "<tr>" + "".join(f"<{tag}{style}>{cell}</{tag}>" for cell in cells) + "</tr>"


def progress(folder=None):
    """Show which checks have passed and which are still to do: -> ``Progress``."""
    noted, asked = read(), list(exercises(folder))
    first, rows, tries = first_asked(asked), [], {}
    for exercise, names in asked:
        found = standing(noted, exercise, names, first)
        done = [name for name in names if found[name]["passed"]]
        rows.append((exercise, done, [name for name in names if name not in done]))
        tries |= {f"{exercise}/{name}": entry["tries"] for name, entry in found.items()}
    if more := others(noted, tries, first):
        rows.append((OTHERS, sorted(more), []))
        tries |= {f"{OTHERS}/{name}": count for name, count in more.items()}
    links = links_to_notebooks(folder) if runs_beside_notebooks(folder) else {}
    return Progress(rows, where_kept(progress_file()), tries, links)


def others(noted, tries, first):
    """What has passed in no exercise that is here: ``{name: tries}``."""
    found = Counter()
    for key, entry in noted.items():
        name = plain_name(key)
        if entry["passed"] and key not in tries and (name != key or name not in first):
            found[name] += entry["tries"]
    return found


def plain_name(key):
    """``"06_conv_forward/output_size"`` -> ``"output_size"``"""
    return key.rpartition("/")[2]


def runs_beside_notebooks(folder=None):
    """Does this Python run in the folder of the exercises? Elsewhere links would lead nowhere."""
    folder = ROOT / "exercises" if folder is None else Path(folder)
    return sys.platform != "emscripten" and Path.cwd().resolve() == folder.resolve()


def links_to_notebooks(folder=None):
    """``{exercise: (file, title)}``: the learner's copy, or the notebook where there is none."""
    folder = ROOT / "exercises" if folder is None else Path(folder)
    found = {}
    for name, _ in exercises(folder):
        path, mine = folder / f"{name}.ipynb", f"my_{name}.ipynb"
        found[name] = (mine if (folder / mine).exists() else path.name, title(path))
    return found
