"""Time the course's layers and training steps beside PyTorch's CPU build, where there is one.

    python -m tests.bench                              everything, one thread and two
    python -m tests.bench conv captioner-rnn           some workloads
    python -m tests.bench --torch-python ~/t/bin/python   a Python that has torch
    python -m tests.bench --scaling [--plot FILE]      how time grows with each size
    python -m tests.bench --ladder                     the versions of convolution
    python -m tests.bench --page                       all of it, into the book's page

Each side runs in a process of its own, in turn, several rounds. A round's time is the median of its
steps; the table shows the median round and, in brackets, the quickest and the slowest.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from tests.bench import scaling
from tests.bench.workloads import CONV, WORKLOADS

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "book/timings.md"
BEGIN, END = "<!-- begin: python -m tests.bench --page -->", "<!-- end -->"
LADDER, END_LADDER = "<!-- ladder -->", "<!-- end of ladder -->"
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


class Side:
    """A worker process and the questions that it answers."""

    def __init__(self, python, side, workload, threads):
        self.process = subprocess.Popen(
            [python, "-m", "tests.bench.worker", side, workload, str(threads)],
            cwd=ROOT, env={**os.environ, **dict.fromkeys(THREADS, str(threads))}, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip

    def ask(self, *words):
        print(*words, file=self.process.stdin, flush=True)
        answer = self.process.stdout.readline()
        if not answer:
            raise RuntimeError("a benchmark process ended early; its message is above")
        return json.loads(answer)

    def close(self):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


def with_side(python, side, workload, threads, *words):
    """Ask a fresh process one question."""
    worker = Side(python, side, workload, threads)
    try:
        return worker.ask(*words)
    finally:
        worker.close()


def alternate(pythons, workload, threads, rounds, seconds):
    """Times of each side: {side: one median a round}, the sides in turn."""
    sides = {side: Side(python, side, workload, threads) for side, python in pythons.items()}
    times = {side: [] for side in sides}
    try:
        for worker in sides.values():
            worker.ask("evaluate")
            worker.ask("time", seconds / 2)  # warm up
        for _ in range(rounds):
            for side, worker in sides.items():
                times[side].append(float(np.median(worker.ask("time", seconds))))
    finally:
        for worker in sides.values():
            worker.close()
    return times


def difference(pythons, workload):
    """Largest gap between the sides' first loss and gradients, relative to each array's largest."""
    with tempfile.TemporaryDirectory() as folder:
        paths = {side: os.path.join(folder, f"{side}.npz") for side in pythons}
        for side, python in pythons.items():
            with_side(python, side, workload, 1, "results", paths[side])
        ours, theirs = (dict(np.load(paths[side])) for side in ("numpy", "torch"))
    if ours.keys() != theirs.keys():
        raise RuntimeError(f"{workload}: {sorted(ours)} here, {sorted(theirs)} in PyTorch")
    return max(float(np.abs(ours[k] - theirs[k]).max() / np.abs(theirs[k]).max()) for k in ours)


def ask_report(module):
    """What a module of the benchmark has to say, from a process with one thread."""
    return with_side(sys.executable, "numpy", "conv", 1, "report", module)


def spread(times):
    return f"{np.median(times):.1f} ({min(times):.1f}-{max(times):.1f})"


def rows_of(pythons, workload, threads, rounds, seconds):
    """A workload as it is and, with several threads, with its batch split over them."""
    split = {"split": sys.executable} if threads > 1 and workload != "conv" else {}
    pythons = {**pythons, **split}
    times = alternate(pythons, workload, threads, rounds, seconds)
    memory = {
        side: with_side(python, side, workload, threads, "memory")
        for side, python in pythons.items()
    }
    gap = difference(pythons, workload) if "torch" in pythons else None
    return [
        line(f"{workload}{note}", side, threads, times, memory, gap, WORKLOADS[workload].targets)
        for side, note in (("numpy", ""), ("split", ", split"))
        if side in pythons
    ]


def line(name, side, threads, times, memory, gap, targets):
    """One line of the table."""
    megabytes = ["-" if memory.get(s) is None else f"{memory[s]:.0f}" for s in (side, "torch")]
    if gap is None:
        return [name, threads, spread(times[side]), "-", "-", "-", megabytes[0], "-", "-"]
    ratio = np.median(np.divide(times[side], times["torch"]))
    best = min(times[side]) / min(times["torch"])
    return [
        name, threads, spread(times[side]), spread(times["torch"]),
        f"{ratio:.2f} (best {best:.2f})", targets.get(threads, "-"), *megabytes,
        f"{gap:.0e}" + ("" if gap < 1e-4 else " WRONG"),
    ]  # fmt: skip


def first_line(rounds):
    """How much the first step of a process takes, with no evaluation before it."""
    fresh = [with_side(sys.executable, "numpy", "convnet-small", 1, "first") for _ in range(rounds)]
    first, later = np.median(fresh, axis=0)
    return (
        f"The small ConvNet in a fresh process, one thread, no evaluation before: the first step "
        f"{first:.1f} ms, later ones {later:.1f} ms (median of {rounds} processes)."
    )


HEADER = ["workload", "threads", "NumPy, ms", "PyTorch, ms", "ratio", "target", "NumPy, MB",
          "PyTorch, MB", "largest gap"]  # fmt: skip


ABOUT = (
    "Networks take a whole training step: loss, gradients, and Adam in place on both sides (here "
    "`in_place(adam, workers)`, with as many workers as threads). *split*: with `DataParallel`, a "
    "part of the batch for each thread, instead of threads for the matrix products alone."
)


def torch_python(wanted):
    """The Python that has torch, or None, and a sentence about it."""
    python = wanted or os.environ.get("BENCH_TORCH_PYTHON") or sys.executable
    found = subprocess.run(
        [python, "-c", "import torch; print(torch.__version__)"], capture_output=True, text=True
    )
    if found.returncode == 0:
        return python, f"PyTorch {found.stdout.strip()}."
    return None, f"No PyTorch in {Path(python).name}: only our own times (see --torch-python)."


def naive_line():
    """The loop version on one picture, for scale."""
    loops = min(with_side(sys.executable, "loops", "conv", 1, "time", 0))
    fast = min(with_side(sys.executable, "numpy", "conv", 1, "time", 1)) / CONV["N"]
    return (
        f"The same convolution in loops: {loops:.0f} ms a picture; "
        f"as matrix products {fast:.3f} ms: {loops / fast:.0f} times quicker."
    )


def markdown(header, rows):
    """A table as text."""
    widths = [max(len(str(line[k])) for line in [header, *rows]) for k in range(len(header))]
    return "\n".join(
        "| " + " | ".join(str(v).ljust(width) for v, width in zip(line, widths)) + " |"
        for line in [header, ["-" * width for width in widths], *rows]
    )


def machine():
    """One line on where this ran."""
    model = platform.processor() or platform.machine()
    if os.path.exists("/proc/cpuinfo"):
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next((x.split(": ")[1] for x in lines if x.startswith("model name")), model)
    return (
        f"{model}, {os.cpu_count()} cores, {platform.system()}, "
        f"Python {platform.python_version()}, NumPy {np.__version__}"
    )


def main():
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("workloads", nargs="*", help=f"some of {', '.join(WORKLOADS)}")
    parser.add_argument("--torch-python", help="also environment variable BENCH_TORCH_PYTHON")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=0.7, help="per side and round")
    parser.add_argument("--cpu-time", action="store_true", help="on a busy machine; one thread")
    parser.add_argument("--scaling", action="store_true", help="only: time against each size")
    parser.add_argument("--ladder", action="store_true", help="only: the versions of convolution")
    parser.add_argument("--plot", help="with --scaling: draw to this file (needs matplotlib)")
    parser.add_argument("--page", nargs="?", const=PAGE, help=f"all of it, written to {PAGE.name}")
    options = parser.parse_args()
    unknown = set(options.workloads) - set(WORKLOADS)
    if unknown:
        parser.error(f"no workload {', '.join(unknown)}: there are {', '.join(WORKLOADS)}")
    if options.cpu_time:
        os.environ["BENCH_CLOCK"], options.threads = "cpu", [1]
    text = report(options)
    print(text)
    if options.page:
        write_page(Path(options.page), text)


def report(options):
    """The sections that were asked for, as Markdown."""
    some = options.scaling or options.ladder
    parts = [machine() + (", processor time" if options.cpu_time else "") + "."]
    if options.page or not some:
        parts += ["### Beside PyTorch", *beside_torch(options)]
    if options.page or options.ladder:
        table = markdown(*ask_report("ladder"))  # book/fast_conv.md shows what is between the marks
        parts += ["### Convolution, step by step", f"{LADDER}\n\n{table}\n\n{END_LADDER}"]
    if options.page or options.scaling:
        header, rows = ask_report("scaling")
        parts += ["### How time grows", markdown(header, rows)]
        if options.plot:
            scaling.plot(options.plot, rows)
    return "\n\n".join(parts)


def beside_torch(options):
    """Paragraphs: the table of all workloads, and two lines for scale."""
    python, sentence = torch_python(options.torch_python)
    pythons = {"numpy": sys.executable} | ({"torch": python} if python else {})
    rows = [
        line
        for threads in options.threads
        for name in options.workloads or WORKLOADS
        for line in rows_of(pythons, name, threads, options.rounds, options.seconds)
    ]
    names = options.workloads or WORKLOADS
    titles = "\n".join(f"- `{name}`: {WORKLOADS[name].title}" for name in names)
    table = markdown(HEADER, rows)
    lines = naive_line(), first_line(options.rounds), ask_report("overhead")
    return sentence, titles, table, ABOUT, *lines


def write_page(path, text):
    """Put ``text`` between the two marks of the page."""
    page = path.read_text(encoding="utf-8")
    before, after = page.split(BEGIN)[0], page.split(END)[1]
    path.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
