"""The plugin under which exercises run with their stubs untouched."""

import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[1]
STUB = 'def f():\n    raise NotImplementedError("your turn: f")'


def run(folder, *sources):
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    notebook = nbformat.v4.new_notebook(cells=cells)
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    nbformat.write(notebook, folder / "exercise.ipynb")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "course.notebooks.untouched"]
    command += ["--nbval-lax", "-p", "no:cacheprovider", "--rootdir", str(ROOT), str(folder)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


def test_a_stub_may_fail(tmp_path):
    result = run(tmp_path, STUB, "f()", "1 + 1")
    assert result.returncode == 0, result.stdout
    assert "2 passed, 1 xfailed" in result.stdout


@pytest.mark.parametrize(
    "source",
    ["g()", "import no_such_module", "try:\n    f()\nexcept NotImplementedError:\n    1 / 0"],
)
def test_nothing_else_may(tmp_path, source):
    result = run(tmp_path, STUB, source)
    assert result.returncode == 1, result.stdout
    assert "1 failed, 1 passed" in result.stdout
