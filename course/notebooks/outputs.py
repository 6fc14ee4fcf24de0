"""Run a woven notebook, and store its outputs so that they never move."""

import base64
import re
import struct

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from course import env
from course.notebooks.anchors import WeaveError

NOTEBOOK = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"file_extension": ".py", "mimetype": "text/x-python", "name": "python"},
}
CELL_TIMEOUT = 1200  # seconds, on a machine that has other things to do
MAY_VARY = "nbval-ignore-output"  # cells with this tag may write to stderr, e.g. a progress bar


def execute(notebook, folder):
    """Run a notebook in ``folder`` and keep outputs that are the same in every run."""
    folder.mkdir(exist_ok=True)
    client = NotebookClient(
        notebook,
        timeout=CELL_TIMEOUT,
        kernel_name="python3",
        record_timing=False,
        resources={"metadata": {"path": str(folder)}},
    )
    try:
        client.execute(env=env.for_kernels(extension="course.figures.narrow_kept"))
    except CellExecutionError as error:
        raise WeaveError(f"a cell fails:\n{error}") from None
    except CellTimeoutError:
        raise WeaveError(f"a cell takes more than {CELL_TIMEOUT} s") from None
    except (DeadKernelError, AssertionError):  # nbclient's cleanup asserts after a kernel's death
        raise WeaveError("the kernel died: out of memory, or stopped from outside") from None
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.metadata.pop("execution", None)
            cell.outputs = list(steady(cell))
    number_cells(notebook)
    notebook.metadata.pop("widgets", None)
    notebook.metadata.update(nbformat.from_dict(NOTEBOOK))  # the kernel adds its own version


def number_cells(notebook):
    """Count the code cells as if run in order: nbval refuses outputs of a cell that was not run."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for number, cell in enumerate(code, 1):
        cell.execution_count = number


def steady(cell):
    """A cell's outputs without what moves from run to run, adjacent pieces of stdout joined."""
    last = None
    for output in cell.outputs:
        if output.output_type == "stream" and output.name == "stderr":
            if MAY_VARY not in cell.metadata.get("tags", []):
                raise WeaveError(f"a cell writes to stderr: {output.text!r}\n{cell.source}")
            continue
        if output.output_type == "stream" and last is not None and last.output_type == "stream":
            last.text += output.text
            continue
        if "execution_count" in output:
            output["execution_count"] = None
        data = output.get("data", {})
        data.pop("application/vnd.jupyter.widget-state+json", None)
        if data.pop("application/vnd.jupyter.widget-view+json", None):
            continue  # shows nothing without its kernel
        if "image/png" in data:
            data["image/png"] = plain_png(data["image/png"])
            for name, png in output.metadata.get("image/png", {}).items():  # redrawn for a phone
                output.metadata["image/png"][name] = plain_png(png)
        text = output.get("text", "") or str(data.get("text/plain", ""))
        if re.search(r"\bat 0x[0-9a-f]+", text):
            raise WeaveError(f"a cell shows a memory address: {text!r}\n{cell.source}")
        last = output
        yield output


def plain_png(encoded):
    """A PNG without the chunks that name a program, its version or a date."""
    data = base64.b64decode(encoded)
    kept, position = [data[:8]], 8
    while position < len(data):
        (length,) = struct.unpack(">I", data[position : position + 4])
        end = position + length + 12
        if data[position + 4 : position + 8] not in (b"tEXt", b"zTXt", b"iTXt", b"tIME"):
            kept.append(data[position:end])
        position = end
    return base64.b64encode(b"".join(kept)).decode() + "\n"
