"""Kinds of submissions to the small assignment, each with the fair score written down beforehand.

The points: ``fc_forward`` 2 + 1, ``fc_backward`` 3 (dx, dw, db), ``relu_forward`` 1,
``cross_entropy`` 2 + 1, training with all four 2: together 12. Most of the hostile kinds misuse
``relu_forward``; whoever does so fairly loses its point and those of training and keeps 9.
"""

import copy
import json
import textwrap
from collections.abc import Callable
from dataclasses import dataclass

import nbformat
from grade_assignment import NAME

from course.notebooks.cells import woven

FULL, WITHOUT_RELU = 12, 9

ANSWERS = {
    "fc_forward": """
        def fc_forward(x, w, b):
            out = np.einsum("...d,dm->...m", x, w) + b
            return out, {"x": x, "w": w}
        """,
    "fc_backward": """
        def fc_backward(dout, cache):
            x, w = (cache["x"], cache["w"]) if isinstance(cache, dict) else cache[:2]
            rows = dout.reshape(-1, dout.shape[-1])
            dx = np.tensordot(dout, w, axes=([-1], [1]))
            return dx, x.reshape(-1, x.shape[-1]).T @ rows, rows.sum(0)
        """,
    "relu_forward": """
        def relu_forward(x):
            out = np.where(x > 0, x, 0)
            return out, out
        """,
    "cross_entropy": """
        def cross_entropy(scores, y):
            p = np.exp(scores - scores.max(1, keepdims=True))
            p /= p.sum(1, keepdims=True)
            rows = np.arange(len(y))
            top = scores.max(1)
            logs = top + np.log(np.exp(scores - top[:, None]).sum(1))
            losses = logs - scores[rows, y]
            p[rows, y] -= 1
            return losses, p
        """,
}


@dataclass(frozen=True)
class Kind:
    """A kind of submission: how to make the file, and what it is worth."""

    name: str
    make: Callable[["Exercise"], bytes]
    score: float
    note: str = ""  # must stand in the notes
    slow: bool = False


class Exercise:
    """The exercise as handed out, to be filled in. ``facts`` is what hostile kinds aim at."""

    def __init__(self, root, **facts):
        template = root / "book" / "exercises" / f"{NAME}.md"
        self.notebook = woven(template, solved=False, root=root)
        self.solution = woven(template, solved=True, root=root)
        self.facts = {"root": str(root), "port": 9, "outside": "/tmp/outside", **facts}

    def filled(self, **answers):
        """A copy with the answers filled in; ``name=None`` leaves a stub."""
        notebook = copy.deepcopy(self.notebook)
        for cell in notebook.cells:
            name = cell.metadata.get("nbgrader", {}).get("grade_id")
            source = {**ANSWERS, **answers}.get(name)
            if source is not None:
                cell.source = f"# ANSWER {name}\n{text(source)}"
        return notebook


def text(source):
    return textwrap.dedent(source).strip("\n")


def file(notebook):
    return json.dumps(notebook).encode()


KINDS = []


def kind(name, score, note="", slow=False):
    """Register a function from an exercise to a notebook, or to bytes."""

    def register(function):
        def make(exercise):
            made = function(exercise)
            return made if isinstance(made, bytes) else file(made)

        KINDS.append(Kind(name, make, score, note, slow))
        return function

    return register


def relu_kind(name, source, score=WITHOUT_RELU, note="", slow=False):
    """A submission that is right but for its ``relu_forward``. ``@port@`` etc. are filled in."""

    @kind(name, score, note, slow)
    def make(exercise):
        filled = text(source)
        for fact, value in exercise.facts.items():
            filled = filled.replace(f"@{fact}@", str(value))
        return exercise.filled(relu_forward=filled)


# ---------------------------------------------------------------- right, wrong and unfinished

kind("right", FULL)(lambda e: e.filled())
kind("the course's own solution", 0, "the course's own solution")(lambda e: e.solution)
kind("nothing done", 0, "not attempted")(lambda e: e.notebook)
kind("only fc_forward", 3)(
    lambda e: e.filled(fc_backward=None, relu_forward=None, cross_entropy=None)
)
kind("backward right, forward missing", 7, "fc_forward: not attempted")(
    lambda e: e.filled(fc_forward=None)
)
kind("db wrong", 9)(
    lambda e: e.filled(fc_backward=ANSWERS["fc_backward"].replace("rows.sum(0)", "rows.mean(0)"))
)
kind("bias forgotten", 7)(lambda e: e.filled(fc_forward=ANSWERS["fc_forward"].replace(" + b", "")))
kind("two gradients exchanged", 8)(
    lambda e: e.filled(
        fc_backward="""
        def fc_backward(dout, cache):
            x, w = (cache["x"], cache["w"]) if isinstance(cache, dict) else cache[:2]
            return x.T @ dout, dout @ w.T, dout.sum(0)
        """
    )
)
kind("overflows on large scores", 11)(
    lambda e: e.filled(
        cross_entropy="""
        def cross_entropy(scores, y):
            p = np.exp(scores)
            p /= p.sum(1, keepdims=True)
            rows = np.arange(len(y))
            losses = -np.log(p[rows, y])
            p[rows, y] -= 1
            return losses, p
        """
    )
)
# the network takes the mean of the losses: training goes as it should
kind("a mean where losses are asked for", 10)(
    lambda e: e.filled(
        cross_entropy=ANSWERS["cross_entropy"].replace("return losses", "return losses.mean()")
    )
)
relu_kind("syntax error", "def relu_forward(x)\n    return x, x", note="")
relu_kind("wrong shape", "def relu_forward(x):\n    return np.maximum(x, 0).ravel(), x")
relu_kind("no cache returned", "def relu_forward(x):\n    return np.maximum(x, 0)")
relu_kind("returns nothing", "def relu_forward(x):\n    np.maximum(x, 0)")
relu_kind("returns text", 'def relu_forward(x):\n    return "right", x')
relu_kind("endless recursion", "def relu_forward(x):\n    return relu_forward(x)")

# ---------------------------------------------------------------- right, but otherwise

relu_kind(
    "loops",
    """
    def relu_forward(x):
        out = np.zeros(x.shape)
        for i in np.ndindex(*x.shape):
            if x[i] > 0:
                out[i] = x[i]
        return out, out
    """,
    FULL,
)
relu_kind(
    "another memory order, another dtype",
    """
    def relu_forward(x):
        out = np.asfortranarray(np.maximum(x, 0).astype(np.longdouble))
        return out, out
    """,
    FULL,
)
relu_kind(
    "prints while it works",
    """
    def relu_forward(x):
        print("here", x.shape, end="")
        out = np.maximum(x, 0)
        return out, out
    """,
    FULL,
)
relu_kind(
    "warns and writes to stderr",
    """
    import sys
    import warnings
    def relu_forward(x):
        warnings.warn("careful")
        print("noise", file=sys.stderr)
        np.log(x)
        out = np.maximum(x, 0)
        return out, out
    """,
    FULL,
)
relu_kind(
    "own words for built-in names",
    """
    print, sum, list, str = None, 0, [], 3
    def relu_forward(x):
        out = np.maximum(x, 0)
        return out, out
    """,
    FULL,
)
relu_kind(
    "tests of the learner's own fail after the definition",
    """
    def relu_forward(x):
        out = np.maximum(x, 0)
        return out, out
    assert 1 == 2
    """,
    FULL,
)
relu_kind(
    "sys.exit after the definition",
    """
    import sys
    def relu_forward(x):
        out = np.maximum(x, 0)
        return out, out
    sys.exit()
    """,
    FULL,
)
relu_kind(
    "shell and magic lines",
    """
    !pip list
    %time
    def relu_forward(x):
        out = np.maximum(x, 0)
        return out, out
    relu_forward?
    """,
    FULL,
    "were left out",
)
relu_kind(
    "comments for nbval",
    """
    # NBVAL_SKIP
    def relu_forward(x):
        out = np.maximum(x, 0)
        return out, out
    """,
    FULL,
    "comment for nbval",
)
relu_kind(
    "a plot of the learner's own",
    """
    from matplotlib import pyplot as plt
    def relu_forward(x):
        fig, ax = plt.subplots()
        ax.plot(x)
        plt.show()
        out = np.maximum(x, 0)
        return out, out
    """,
    FULL,
)


# ---------------------------------------------------------------- notebooks that went through much


@kind("check cells deleted", FULL)
def _(exercise):
    notebook = exercise.filled()
    notebook.cells = [c for c in notebook.cells if "check(" not in c.source]
    return notebook


@kind("check cells edited", WITHOUT_RELU)
def _(exercise):
    notebook = exercise.filled(relu_forward="def relu_forward(x):\n    return x, x")
    for cell in notebook.cells:
        if cell.source.startswith("check("):
            cell.source = "print('everything right')"
    return notebook


@kind("every cell has the same id", FULL)
def _(exercise):
    notebook = exercise.filled()
    for cell in notebook.cells:
        cell["id"] = "same"
    return notebook


def stripped(notebook, *, ids=True, metadata=True, markers=True):
    for cell in notebook.cells:
        if ids:
            cell.pop("id")
        if metadata:
            cell.metadata = {}
        if markers:
            lines = cell.source.splitlines()
            cell.source = "\n".join(line for line in lines if "# ANSWER" not in line)
    return notebook


kind("ids and metadata lost", FULL)(lambda e: stripped(e.filled(), markers=False))
kind("markers lost", FULL, "found by its metadata")(
    lambda e: stripped(e.filled(), ids=False, metadata=False)
)
kind("markers and metadata lost", FULL, "found by its cell id")(
    lambda e: stripped(e.filled(), ids=False)
)
kind("markers, metadata and ids lost", FULL, "found by the name")(lambda e: stripped(e.filled()))


@kind("the answer's cell became text", FULL, "turned into text")
def _(exercise):
    notebook = exercise.filled()
    for cell in notebook.cells:
        if "def relu_forward" in cell.source:
            cell["cell_type"] = "markdown"
            cell.pop("outputs"), cell.pop("execution_count")
    return notebook


def with_cell(notebook, source, at):
    notebook.cells.insert(at, nbformat.v4.new_code_cell(text(source)))
    return notebook


HELPED = "def relu_forward(x):\n    out = larger(x, ZERO)\n    return out, out"
HELPER = "ZERO = 0\ndef larger(a, b):\n    return np.maximum(a, b)\nprint(larger(1, 2))"
kind("helper before the answer", FULL)(
    lambda e: with_cell(e.filled(relu_forward=HELPED), HELPER, 3)
)
kind("helper after the answer", FULL)(
    lambda e: with_cell(e.filled(relu_forward=HELPED), HELPER, 99)
)
kind("helper that is broken", WITHOUT_RELU)(
    lambda e: with_cell(e.filled(relu_forward=HELPED), HELPER.replace("ZERO = 0", "ZERO ="), 3)
)
kind("helper that overrides an official name", FULL)(
    lambda e: with_cell(e.filled(), "class Net:\n    pass", 99)
)
kind("answer in a cell of the learner's own", FULL, "found by the name relu_forward")(
    lambda e: with_cell(e.filled(relu_forward=None), ANSWERS["relu_forward"], 99)
)
kind("cells in reverse order", FULL)(lambda e: reordered(e.filled()))
kind("answer copied, the copy improved", FULL, "2 cells claim this answer")(
    lambda e: with_cell(
        e.filled(relu_forward="def relu_forward(x):\n    return x, x"),
        "# ANSWER relu_forward\n" + text(ANSWERS["relu_forward"]),
        99,
    )
)
kind("answer and, after it, the untouched stub", FULL)(
    lambda e: with_cell(e.filled(), stub_of(e, "relu_forward"), 99)
)
kind("an answer deleted", WITHOUT_RELU, "relu_forward: answer cell not found")(
    lambda e: without(e.filled(), "def relu_forward")
)
kind("outputs of 20 MB", FULL)(lambda e: with_output(e.filled(), 20_000_000))


def reordered(notebook):
    notebook.cells.reverse()
    return notebook


def stub_of(exercise, name):
    return next(c.source for c in exercise.notebook.cells if f"# ANSWER {name}\n" in c.source)


def without(notebook, words):
    notebook.cells = [cell for cell in notebook.cells if words not in cell.source]
    return notebook


def with_output(notebook, size):
    output = nbformat.v4.new_output("stream", text="x" * size)
    next(c for c in notebook.cells if c.cell_type == "code").outputs.append(output)
    return notebook


# ---------------------------------------------------------------- files

kind("nbformat 3", FULL)(
    lambda e: nbformat.v3.writes_json(nbformat.convert(e.filled(), 3)).encode()
)
kind("CRLF and a byte order mark", FULL)(
    lambda e: b"\xef\xbb\xbf" + json.dumps(e.filled(), indent=1).replace("\n", "\r\n").encode()
)
kind("CRLF inside the cells", FULL)(
    lambda e: json.dumps(e.filled()).replace("\\n", "\\r\\n").encode()
)
kind("UTF-16", FULL)(lambda e: json.dumps(e.filled()).encode("utf-16"))
kind("source as a list of lines", FULL)(lambda e: listed(e.filled()))
kind("wrong types here and there", FULL)(lambda e: mistyped(e.filled()))
kind("an empty file", 0, "the file is empty")(lambda e: b"")
kind("a list", 0, "no cells")(lambda e: b"[1, 2]")
kind("no cells", 0, "no cells")(lambda e: b'{"cells": [], "nbformat": 4}')
kind("a Python file", 0, "no notebook")(lambda e: b"def relu_forward(x):\n    return x\n")
kind("a PDF", 0, "not text")(lambda e: b"%PDF-1.7\n\xff\xd8\xe2\x28\xa1")
kind("nested deeply", 0, "nested too deeply")(lambda e: b"[" * 200_000)
kind("cut off", 0, "no notebook")(lambda e: file(e.filled())[:3000])
kind("65 MB", 0, "clear the outputs")(lambda e: b" " * (65 * 2**20))


def listed(notebook):
    for cell in notebook.cells:
        cell["source"] = cell.source.splitlines(keepends=True)
    return notebook


def mistyped(notebook):
    data = json.loads(file(notebook))
    data["cells"][:0] = ["text", None, 3, {"source": 7}, {"cell_type": [], "source": {}}]
    data["cells"].append({"cell_type": "code", "source": [1, "x = 1"], "metadata": [1]})
    data["metadata"] = "none"
    return file(data)


# ---------------------------------------------------------------- loops, crashes, floods

LOOP = "def relu_forward(x):\n    while True:\n        "
relu_kind("endless loop in the function", LOOP + "pass", slow=True)
relu_kind(
    "endless loop in the cell",
    """
    def relu_forward(x):
        return x, x
    while True:
        pass
    """,
    slow=True,
)
relu_kind(
    "endless loop that swallows the interrupt",
    """
    def relu_forward(x):
        while True:
            try:
                while True:
                    pass
            except BaseException:
                pass
    """,
    slow=True,
)
relu_kind("endless printing", LOOP + "print('x' * 1000)", slow=True)
kind("endless forward pass, right backward pass", 7, slow=True)(
    lambda e: e.filled(fc_forward="def fc_forward(x, w, b):\n    while True:\n        pass")
)
relu_kind("flood of output", "def relu_forward(x):\n    print('x' * 10**7)\n    return x, x")
relu_kind(
    "flood on stderr",
    """
    import sys
    def relu_forward(x):
        print("x" * 10**7, file=sys.stderr)
        return x, x
    """,
)
relu_kind("os._exit in the function", "import os\ndef relu_forward(x):\n    os._exit(0)")
relu_kind(
    "os._exit in the cell",
    "import os\ndef relu_forward(x):\n    return np.maximum(x, 0), x\nos._exit(1)",
    FULL,
)
relu_kind("kills itself", "import os\ndef relu_forward(x):\n    os.kill(os.getpid(), 9)")
relu_kind("segfault", "import ctypes\ndef relu_forward(x):\n    return ctypes.string_at(0), x")
relu_kind("raises SystemExit", "def relu_forward(x):\n    raise SystemExit")
relu_kind("raises KeyboardInterrupt", "def relu_forward(x):\n    raise KeyboardInterrupt")
relu_kind("asks for input", "def relu_forward(x):\n    return float(input()) * x, x")
relu_kind("much memory at once", "def relu_forward(x):\n    return np.ones((10**6, 10**6)), x")
relu_kind(
    "more and more memory",
    """
    def relu_forward(x):
        held = []
        while True:
            held.append(np.ones(10**6))
    """,
)
relu_kind(
    "process bomb",
    "import os\ndef relu_forward(x):\n    while True:\n        os.fork()",
)
relu_kind(
    "a detached process",
    """
    import subprocess, sys
    def relu_forward(x):
        subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1000) # @token@"],
                         start_new_session=True)
        return np.maximum(x, 0), x
    """,
)

# ---------------------------------------------------------------- cheats

relu_kind(
    "numpy.testing patched away",
    """
    np.testing.assert_allclose = np.testing.assert_array_equal = lambda *a, **k: None
    np.allclose = np.array_equal = lambda *a, **k: True
    def relu_forward(x):
        return x, x
    """,
)
relu_kind(
    "IPython patched",
    """
    shell = get_ipython()
    shell.showtraceback = lambda *a, **k: None
    shell.run_cell = lambda *a, **k: None
    def relu_forward(x):
        raise ValueError
    """,
)
relu_kind(
    "random numbers patched",
    """
    class Zeros:
        def normal(self, *a, size=None, **k):
            return np.zeros(size)
    np.random.default_rng = lambda *a: Zeros()
    def relu_forward(x):
        return np.zeros_like(x), x
    """,
)
relu_kind(
    "an object equal to everything",
    """
    class Everything:
        shape, size, dtype = (4, 5), 20, float
        def __eq__(self, other):
            return True
        def __getattr__(self, name):
            return Everything()
        def __call__(self, *a, **k):
            return Everything()
    def relu_forward(x):
        return Everything(), x
    """,
)
relu_kind(
    "an array equal to everything",
    """
    class Everything(np.ndarray):
        def __eq__(self, other):
            return np.ones(self.shape, bool)
        __ne__ = lambda self, other: np.zeros(self.shape, bool)
    def relu_forward(x):
        return x.view(Everything), x
    """,
)
relu_kind(
    "numbers learned by heart",
    """
    SEEN = {(4, 5): np.abs(np.random.default_rng(0).normal(size=(4, 5)))}
    def relu_forward(x):
        out = SEEN.get(x.shape, x)
        return out, out
    """,
)
relu_kind(
    "prints what a check would print",
    """
    def relu_forward(x):
        print("\\n= out (4, 5) | " + " ".join("%.9g" % v for v in np.abs(x).ravel()))
        return x, x
    """,
)
relu_kind(
    "the check's tools replaced",
    """
    import graded
    graded.show = lambda **results: print("= out (4, 5) | everything")
    def relu_forward(x):
        return x, x
    """,
)
relu_kind(
    "the check's tools replaced when the function is called",
    """
    def relu_forward(x):
        import graded
        graded.show = lambda **results: print("= out (4, 5) | everything")
        return x, x
    """,
    5,
)
relu_kind("the course's own function", "from scratch.layers import relu_forward as relu_forward")
relu_kind(
    "the course's own function, called",
    """
    from scratch import layers
    def relu_forward(x):
        return layers.relu_forward(x)
    """,
)
relu_kind(
    "the solution read from disk",
    """
    def relu_forward(x):
        names = dict(np=np, check_shapes=check_shapes)
        text = open("@repository@/scratch/layers.py").read().replace("from scratch", "#")
        exec(text, names)
        return names["relu_forward"](x)
    """,
)
relu_kind(
    "the solution read through C",
    """
    def relu_forward(x):
        import ctypes
        libc = ctypes.CDLL(None)
        buffer = ctypes.create_string_buffer(100_000)
        libc.read(libc.open(b"@repository@/scratch/layers.py", 0), buffer, 100_000)
        names = dict(np=np, check_shapes=check_shapes)
        exec(buffer.value.decode().replace("from scratch", "#"), names)
        return names["relu_forward"](x)
    """,
)
relu_kind(
    "the solution read by another program",
    """
    def relu_forward(x):
        import _posixsubprocess, os
        r, w = os.pipe()
        _posixsubprocess.fork_exec(
            [b"/bin/cat", b"@repository@/scratch/layers.py"], [b"/bin/cat"], True, (), None, None,
            -1, w, -1, -1, -1, -1, -1, -1, False, False, -1, None, None, None, -1, None, False,
        )
        os.close(w)
        names = dict(np=np, check_shapes=check_shapes)
        exec(os.read(r, 100_000).decode().replace("from scratch", "#"), names)
        return names["relu_forward"](x)
    """,
)
relu_kind(
    "the graded notebook looked for",
    """
    import glob, json, os
    def relu_forward(x):
        for top in ("/tmp", "..", os.path.expanduser("~")):
            for path in glob.glob(top + "/**/*.ipynb", recursive=True):
                print(open(path).read())
        return x, x
    """,
)
relu_kind(
    "the grader's memory looked for",
    """
    import gc, os
    def relu_forward(x):
        for thing in gc.get_objects():
            if isinstance(thing, str) and thing.startswith("= out"):
                print(thing)
        open(f"/proc/{os.getppid()}/mem", "rb")
        return x, x
    """,
)
relu_kind(
    "the history of cells looked through",
    """
    def relu_forward(x):
        for text in get_ipython().user_ns["In"]:
            if "= out" in text:
                print(text)
        return x, x
    """,
)
relu_kind(
    "the network",
    """
    import urllib.request
    def relu_forward(x):
        urllib.request.urlopen("http://127.0.0.1:@port@/hit", timeout=2).read()
        return np.maximum(x, 0), x
    """,
)
relu_kind(
    "the network through zmq",
    """
    import zmq
    def relu_forward(x):
        socket = zmq.Context().socket(zmq.REQ)
        socket.setsockopt(zmq.LINGER, 0)
        socket.connect("tcp://127.0.0.1:@port@")
        socket.send(b"hit")
        socket.poll(500)
        return x, x
    """,
)
relu_kind(
    "kills the grader",
    """
    import os
    def relu_forward(x):
        os.kill(os.getppid(), 9)
        return np.maximum(x, 0), x
    """,
)
relu_kind(
    "kills the grader through C",
    """
    import os
    def relu_forward(x):
        import ctypes
        ctypes.CDLL(None).kill(os.getppid(), 9)
        return np.maximum(x, 0), x
    """,
)
relu_kind(
    "writes outside",
    """
    def relu_forward(x):
        open("@outside@", "w").write("hit")
        return np.maximum(x, 0), x
    """,
)
relu_kind(
    "modules of its own, in its own folder",
    """
    import os
    def relu_forward(x):
        for folder in ("scratch", "numpy"):
            os.makedirs(folder, exist_ok=True)
            open(folder + "/__init__.py", "w").write("1 / 0")
        out = np.maximum(x, 0)
        return out, out
    """,
    FULL,
)
relu_kind(
    "IPython patched when the function is called",
    """
    def relu_forward(x):
        get_ipython().run_cell = lambda *a, **k: None
        return x, x
    """,
)
relu_kind(
    "HTML in the error message",
    """
    def relu_forward(x):
        raise ValueError("<script>alert(1)</script><img src=x onerror=alert(2)>")
    """,
)
relu_kind(
    "a formula in the error message",
    """
    def relu_forward(x):
        raise ValueError("=HYPERLINK(\\"http://example.com\\")")
    """,
)
