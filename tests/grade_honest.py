"""Honest submissions that a grader may easily wrong, in the manner of ``grade_submissions``.

All of them are right, however they are written down, and get full marks; ``LOST`` are those that
lose one function by a fault of their own, and nothing else by it.
"""

import json

import nbformat
from grade_submissions import ANSWERS, FULL, WITHOUT_RELU, file, kind, stripped, text, with_cell

RELU = text(ANSWERS["relu_forward"])
HELPED = "def relu_forward(x):\n    out = helped(x)\n    return out, out"


def helped(name, source, score=FULL, note="", answer=HELPED):
    """A submission whose ``relu_forward`` needs what stands in a cell of the learner's own."""
    kind(f"helper: {name}", score, note)(
        lambda e: with_cell(e.filled(relu_forward=answer), source, 3)
    )


def cell_of(notebook, name):
    return next(c for c in notebook.cells if f"# ANSWER {name}\n" in c.source + "\n")


# ---------------------------------------------------------------- one statement that fails

ABOVE = "def helped(x):\n    return np.maximum(x, 0)"
helped(
    "plot settings above it",
    f"plt.rcParams['figure.figsize'] = (8, 6)\nplt.style.use('x')\n{ABOVE}",
)
helped("mpl_toolkits", f"from mpl_toolkits.mplot3d import Axes3D\n{ABOVE}")
helped("google.colab", f"from google.colab import drive\ndrive.mount('/content')\n{ABOVE}")
helped(
    "an import that is not here, in the middle",
    f"import torch, pandas as pd\n{ABOVE}\nx = torch.ones(3)",
)
helped("a try around an import", "try:\n    import torch\nexcept ImportError:\n    torch = None\n"
       "def helped(x):\n    return np.maximum(x, 0) if torch is None else 0")  # fmt: skip
helped("a missing module that it could use", "import torch\ndef helped(x, on=False):\n"
       "    return torch.relu(x) if on else np.maximum(x, 0)", note="was left out")  # fmt: skip
helped("a missing module in an annotation", "import torch\n"
       "def helped(x: torch.Tensor) -> torch.Tensor:\n    return np.maximum(x, 0)",
       note="No module named 'torch'")  # fmt: skip
helped("a statement that fails above", f"DATA = open('data.csv').read()\n{ABOVE}")
helped("a statement that fails and is needed", "ZERO = open('zero').read()\ndef helped(x):\n"
       "    return np.maximum(x, ZERO)", WITHOUT_RELU, "was left out")  # fmt: skip
helped("sys.exit and an assert above", f"import sys\nassert False\nsys.exit(1)\n{ABOVE}")

# ---------------------------------------------------------------- constants of all kinds

LOW = "def helped(x):\n    return np.maximum(x, LOW)"
helped("an annotated constant", f"LOW: float = 0.0\n{LOW}")
helped("a constant made by a call", f"LOW = float('0')\n{LOW}")
helped(
    "np.finfo", "TINY = np.finfo(float).tiny\ndef helped(x):\n    return np.where(x > TINY, x, 0)"
)
helped("dict()", "SET = dict(low=0)\ndef helped(x):\n    return np.maximum(x, SET['low'])")
helped(
    "a dict filled later",
    "SET = {}\nSET['low'] = 0\ndef helped(x):\n    return np.maximum(x, SET['low'])",
)
helped("a list filled by calls", "LOW = []\nfor i in range(3):\n    LOW.append(0)\n"
       "def helped(x):\n    return np.maximum(x, sum(LOW))")  # fmt: skip
helped("partial", "from functools import partial\nhelped = partial(np.maximum, 0)")
helped("np.vectorize", "helped = np.vectorize(lambda v: max(v, 0.0))")
helped(
    "several in one line", "A, LOW = 1, 0; B = 2\ndef helped(x): return np.maximum(x, LOW * A * B)"
)
helped("a decorator of one's own", "def twice(f):\n    return lambda x: f(f(x))\n@twice\n" + ABOVE)
helped("a class and its instance", "class Low:\n    def __init__(self):\n        self.low = 0\n"
       "low = Low()\ndef helped(x):\n    return np.maximum(x, low.low)")  # fmt: skip
helped("a star import", "from math import *\ndef helped(x):\n    return np.where(x > sin(0), x, 0)")
helped(
    "from __future__", f"from __future__ import annotations\n{ABOVE.replace('(x)', '(x: Any)', 1)}"
)
helped("an if around a function", f"if True:\n    {ABOVE.replace(chr(10), chr(10) + '    ')}")
helped("an old attempt, then a better one", f"def helped(x):\n    return x\n\n\n{ABOVE}")
helped("a line that begins with %", "LOW = ('%d'\n%  0)\n%matplotlib inline\ndef helped(x):\n"
       "    return np.maximum(x, int(LOW))")  # fmt: skip


@kind("a named tuple in a cell of its own, as the cache", FULL)
def _(exercise):
    forward = "def fc_forward(x, w, b):\n    return x @ w + b, Cache(x, w)"
    backward = (
        "def fc_backward(dout, cache):\n    x, w = cache.x, cache.w\n"
        "    rows = dout.reshape(-1, dout.shape[-1])\n"
        "    return dout @ w.T, x.reshape(-1, x.shape[-1]).T @ rows, rows.sum(0)"
    )
    backward = backward.replace("cache.x, cache.w", "(cache[0], cache[1])")
    own = "from collections import namedtuple\nCache = namedtuple('Cache', 'x w')"
    return with_cell(exercise.filled(fc_forward=forward, fc_backward=backward), own, 3)


kind("an experiment further down changes a constant", FULL)(
    lambda e: with_cell(
        with_cell(e.filled(relu_forward=HELPED), f"LOW = 0\n{LOW}", 3), "LOW = 5\nprint(LOW)", 99
    )
)

# ---------------------------------------------------------------- files that a notebook writes

MODULE = f"import numpy as np\nimport torch\n{ABOVE}\n"


@kind("helper: in a file that a cell writes and another imports", FULL)
def _(exercise):
    both = with_cell(exercise.filled(relu_forward=HELPED), "from parts.mine import *", 3)
    return with_cell(both, f"%%writefile parts/mine.py\n{MODULE}", 3)


helped("in a file that a call writes", "with open('mine.py', 'w') as f:\n    f.write('''"
       + MODULE.replace("import torch", "") + "''')\nfrom mine import helped")  # fmt: skip

# ---------------------------------------------------------------- names of the learner's

for name in ("check", "graded", "official", "_check", "__name__"):
    helped(f"called {name}", f"def {name}(x):\n    return np.maximum(x, 0)",
           answer=f"def relu_forward(x):\n    out = {name}(x)\n    return out, out")  # fmt: skip
helped("check_shapes is the learner's", "def check_shapes(*a):\n    return 1, 2, 3\n"
       "def helped(x):\n    check_shapes(x)\n    return np.maximum(x, 0)")  # fmt: skip

# ---------------------------------------------------------------- cells and answers


@kind("all answers in one cell, no markers", FULL, "found by the name")
def _(exercise):
    notebook = stripped(exercise.filled())
    whole = "\n\n".join(text(source) for source in ANSWERS.values())
    notebook.cells = [c for c in notebook.cells if "def " not in c.source]
    return with_cell(notebook, whole, 3)


@kind("two answers in one cell", FULL)
def _(exercise):
    notebook = exercise.filled()
    one, other = cell_of(notebook, "fc_forward"), cell_of(notebook, "relu_forward")
    one.source += "\n\n" + other.source
    notebook.cells.remove(other)
    return notebook


@kind("the marker alone in its cell", FULL)
def _(exercise):
    notebook = exercise.filled()
    cell = cell_of(notebook, "relu_forward")
    cell.source = "# ANSWER relu_forward"
    return with_cell(notebook, RELU, notebook.cells.index(cell) + 1)


@kind("a later cell with the marker only tests", FULL)
def _(exercise):
    later = "# ANSWER relu_forward\nout, _ = relu_forward(np.ones(3))\nprint(out)"
    return with_cell(exercise.filled(), later, 99)


@kind("an old attempt in comments below", FULL)
def _(exercise):
    old = "# ANSWER relu_forward\n" + "\n".join(f"# {line}" for line in RELU.split("\n"))
    return with_cell(exercise.filled(), old, 99)


@kind("answer as fenced code in a text cell", FULL, "turned into text")
def _(exercise):
    notebook = exercise.filled(relu_forward=None)
    source = f"My answer:\n\n```python\n{RELU}\n```\n"
    notebook.cells.insert(99, nbformat.v4.new_markdown_cell(source))
    return notebook


@kind("a broken statement in the answer's cell, below it", FULL)
def _(exercise):
    return exercise.filled(relu_forward=RELU + "\n\nprint(relu_forward(np.ones(3))")


@kind("marks of a merge in a cell", FULL)
def _(exercise):
    return exercise.filled(relu_forward=f"<<<<<<< HEAD\n{RELU}\n=======\n{RELU}\n>>>>>>> theirs")


@kind("the function wrapped afterwards", FULL)
def _(exercise):
    source = f"{RELU}\nplain = relu_forward\nrelu_forward = lambda x: plain(x)"
    return exercise.filled(relu_forward=source)


@kind("a lambda and a partial as answers", FULL)
def _(exercise):
    return exercise.filled(relu_forward="relu_forward = lambda x: (np.maximum(x, 0),) * 2")


@kind("a fine answer imported over by a test", FULL)
def _(exercise):
    return with_cell(exercise.filled(), "from scratch.layers import relu_forward, fc_forward", 99)


@kind("cells indented, with prompts", FULL)
def _(exercise):
    lines = RELU.split("\n")
    pasted = [f">>> {lines[0]}", *(f"... {line}" for line in lines[1:]), "..."]
    return exercise.filled(relu_forward="\n".join(pasted))


@kind("a cell magic for time", FULL, "were left out")
def _(exercise):
    notebook = exercise.filled()
    cell = cell_of(notebook, "relu_forward")
    cell.source = "%%time\n" + cell.source
    return notebook


# ---------------------------------------------------------------- deep and odd

# IPython refuses it, the learner's own too: no score is lost by it but its function's
kind("an expression of 1,500 terms", WITHOUT_RELU, "")(
    lambda e: e.filled(
        relu_forward="def relu_forward(x):\n    zero = "
        + " + ".join(["0"] * 1500)
        + "\n    out = np.maximum(x, zero)\n    return out, out"
    )
)
kind("an elif chain of 400", FULL)(
    lambda e: e.filled(
        relu_forward="def relu_forward(x):\n    if x.size == -1:\n        pass\n"
        + "".join(f"    elif x.size == -{n}:\n        pass\n" for n in range(2, 400))
        + "    out = np.maximum(x, 0)\n    return out, out"
    )
)
kind("folders nested 1,500 deep", FULL)(
    lambda e: e.filled(
        relu_forward="""
        import os
        made = []
        def relu_forward(x):
            for _ in range(0 if made else 1500):
                os.mkdir("d")
                os.chdir("d")
            made.append(1)
            out = np.maximum(x, 0)
            return out, out
        """
    )
)
kind("an answer cell of 45 MB", WITHOUT_RELU, "longer than")(
    lambda e: e.filled(relu_forward=RELU + "\n#" + "x" * 45_000_000)
)
kind("a hundred thousand cells", WITHOUT_RELU, "cells the first")(lambda e: crowded(e))


def crowded(exercise):
    notebook = json.loads(file(exercise.filled()))
    at = next(i for i, c in enumerate(notebook["cells"]) if "ANSWER relu" in "".join(c["source"]))
    own = notebook["cells"].pop(at)
    notebook["cells"] += [{"cell_type": "code", "source": "", "metadata": {}}] * 100_000 + [own]
    return file(notebook)


# ---------------------------------------------------------------- encodings


def encoded(name, encoding, remark, mark=b""):
    @kind(f"encoding: {name}", FULL)
    def make(exercise):
        notebook = exercise.filled(relu_forward=f"{RELU}\n# {remark}")
        return mark + json.dumps(notebook, ensure_ascii=False).encode(encoding)


encoded("Windows-1252", "cp1252", "it’s")
encoded("GBK", "gbk", "注释 誠")
encoded("Shift-JIS", "cp932", "ソース 表示")
encoded("Big5", "big5", "功能 許")
encoded("EUC-KR", "euc_kr", "주석")
encoded("Windows-1251", "cp1251", "заметка")
encoded("UTF-16 without a mark", "utf-16-le", "x")
encoded("UTF-16, the other order, without a mark", "utf-16-be", "x")
encoded("UTF-32", "utf-32", "x")
encoded("UTF-32 without a mark", "utf-32-le", "x")
for label, sign in (("U+2028", "\u2028"), ("NEL", "\x85"), ("form feed", "\x0c"), ("VT", "\x0b")):
    encoded(f"{label} in a comment", "utf-8", f"a{sign}b")
    helped(f"{label} above", f"# a{sign}b\n\n{ABOVE}")
kind("zero bytes at the end", FULL, "zero bytes")(lambda e: file(e.filled()) + b"\0" * 50)
kind("text behind the end", FULL, "after the end")(lambda e: file(e.filled()) + b"\n }\n}")


@kind("line breaks and tabs as they are in the JSON", FULL)
def _(exercise):
    return file(exercise.filled()).replace(b"\\n", b"\n", 3)
