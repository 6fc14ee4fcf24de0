"""What the networks of the course do, where it takes long: measured once, read by the book.

    python -m course.results digits --root FOLDER --seeds 3
    python -m course.results clothes --root FOLDER --seeds 3
    python -m course.results regularization --seeds 5
    python -m course.results depth --seeds 5
    python -m course.results attention --seeds 5

Trains by ``course.recipes``, seed by seed, and writes ``book/results/digits.json``: the figures of
each seed, learning curves, minutes, versions and processor; small pictures lie beside it. Each seed
is kept as soon as it is done, so a run that was interrupted goes on with the next one, as long as
the code is the same. Pages read these files with ``read``, and their readers need no data.
"""

import argparse
import hashlib
import io
import json
import os
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import NamedTuple

import numpy as np

from course import deep, recipes, small_shapes
from course.env import ROOT
from course.files import write_whole
from course.measure import measure_attention, train
from scratch.cnn import ConvNet
from scratch.data import load_fashion_mnist, load_mnist
from scratch.rnn import CELLS

RESULTS = ROOT / "book" / "results"
COURSE = ("deep.py", "measure.py", "recipes.py", "small_shapes.py", "truth.py")
CODE = [*sorted((ROOT / "scratch").rglob("*.py")), *(ROOT / "course" / name for name in COURSE)]
CODE += [Path(__file__)]
POINTS = 100  # of a learning curve


class Outcome(NamedTuple):
    """What one seed gave: numbers, lists of numbers, and pictures (H, W) or (H, W, 3) uint8."""

    figures: dict[str, float]
    curves: dict[str, list[float]]
    pictures: dict[str, np.ndarray]


class Experiment(NamedTuple):
    """``load(root)`` gives the data, ``run(data, seed)`` an ``Outcome``."""

    load: Callable
    run: Callable
    text: str


# ---------------------------------------------------------------- experiments


def classify(data, seed):
    """Train the default ConvNet on pictures of 28 x 28."""
    net = ConvNet(rng=np.random.default_rng(seed))
    solver = train(net, data, recipes.MNIST_TRAINING, seed, verbose=False)
    scores = net.predict(data["X_test"])
    wrong = worst_mistakes(scores, data["y_test"])
    pictures = to_bytes(data["X_test"][wrong] * data["std"] + data["mean"], 0, 1)
    filters = net.params["W1"]
    return Outcome(
        {"validation": solver.best_val_acc, "test": net.accuracy(data["X_test"], data["y_test"])},
        {"loss": thinned(solver.loss_history), "validation": solver.val_acc_history},
        {"mistakes": sheet(pictures), "filters": sheet(to_bytes(filters, *limits(filters)))},
    )


def without_files(measure, text):
    """An experiment on data that a seed makes: ``measure(seed) -> figures``."""
    return Experiment(lambda root: None, lambda data, seed: Outcome(measure(seed), {}, {}), text)


def look(seed):
    """Captioners that glance and captioners that look, by cell."""
    return measure_attention(seed, SimpleNamespace(cells=tuple(CELLS), verbose=False))


EXPERIMENTS = {
    "digits": Experiment(load_mnist, classify, "the default ConvNet on MNIST"),
    "clothes": Experiment(load_fashion_mnist, classify, "the default ConvNet on Fashion-MNIST"),
    "attention": without_files(look, "captions of scenes, glancing and looking"),
    "depth": without_files(deep.measure, "deep networks with and without batch norm and skips"),
    "regularization": without_files(small_shapes.measure, "a small ConvNet on few pictures"),
}


def worst_mistakes(scores, y, most=40):
    """The rows that are wrong by the widest margin, worst first: (N, C), (N,) -> (M,)."""
    margin = scores.max(axis=1) - scores[np.arange(len(y)), y]  # 0 where it is right
    rows = np.argsort(-margin, kind="stable")[:most]
    return rows[margin[rows] > 0]


def thinned(values, points=POINTS):
    """Means over equal stretches, so that a long curve keeps its shape in few numbers."""
    parts = np.array_split(np.asarray(values, np.float64), min(points, len(values)))
    return [round(float(part.mean()), 4) for part in parts]


def limits(images):
    """The range that is shown from black to white: the same to both sides of 0."""
    largest = float(np.abs(images).max())
    return -largest, largest


def to_bytes(images, low, high):
    """Numbers from ``low`` to ``high`` -> uint8; what lies outside is cut off."""
    return np.round(255 * np.clip((images - low) / (high - low), 0, 1)).astype(np.uint8)


def sheet(images, columns=10, gap=1):
    """Pictures side by side in rows, white between: (N, C, H, W) uint8 -> (H', W') or (H', W', 3).

    Of pictures with another number of channels the first is shown.
    """
    N, C, H, W = images.shape
    rows = -(-N // columns)
    page = np.full((rows * (H + gap), columns * (W + gap), 3), 255, np.uint8)
    for n, image in enumerate(images if C == 3 else images[:, :1]):
        r, c = divmod(n, columns)
        place = page[r * (H + gap) :][:H, c * (W + gap) :][:, :W]
        place[:] = image.transpose(1, 2, 0)
    page = page[:-gap, :-gap]
    return page if C == 3 else page[:, :, 0]


# ---------------------------------------------------------------- records


def record(name, root, seeds, say=print):
    """Run the seeds that are not recorded yet; keep each as soon as it is done: -> ``Results``."""
    experiment, path = EXPERIMENTS[name], RESULTS / f"{name}.json"
    kept, data = start(name, path), None
    for seed in seeds:
        if str(seed) in kept["runs"]:
            say(f"seed {seed}: recorded already")
            continue
        data = experiment.load(root) if data is None else data
        begin = time.perf_counter()
        outcome = experiment.run(data, seed)
        minutes = round((time.perf_counter() - begin) / 60, 1)
        figures = {key: round(float(value), 4) for key, value in outcome.figures.items()}
        run = {"figures": figures, "minutes": minutes}
        kept["runs"][str(seed)] = run | {"curves": rounded(outcome.curves)}
        if not kept["pictures"]:
            kept["pictures"] = save_pictures(name, outcome.pictures)
        write_whole(path, json.dumps(kept, indent=1) + "\n")
        told = ", ".join(f"{key} {100 * value:.2f} %" for key, value in figures.items())
        say(f"seed {seed}: {told} ({minutes} minutes)")
    return read(name)


def start(name, path):
    """What is recorded already with the same code on the same machine, or a new record."""
    new = {
        "experiment": name,
        "what": EXPERIMENTS[name].text,
        "code": code_digest(),
        "versions": {"python": platform.python_version(), "numpy": np.__version__},
        "processor": processor(),
        "threads": os.environ.get("OMP_NUM_THREADS", "all"),
    }
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        same = all(kept[key] == value for key, value in new.items())
    except (OSError, ValueError, KeyError):
        same = False
    return kept if same else {**new, "pictures": [], "runs": {}}


def code_digest():
    """A few letters that change when the networks, the recipes or this module do."""
    summary = hashlib.sha256()
    for path in CODE:
        summary.update(path.read_bytes().replace(b"\r\n", b"\n"))
    return summary.hexdigest()[:12]


def processor():
    """The name of the processor and how many cores there are."""
    name = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        name = next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        pass
    return f"{name}, {os.cpu_count()} cores"


def rounded(curves):
    """Curves as plain numbers with four digits."""
    return {key: [round(float(value), 4) for value in curve] for key, curve in curves.items()}


def save_pictures(name, pictures):
    """Write each picture beside the record: -> the file names."""
    from PIL import Image

    names = []
    for title, pixels in pictures.items():
        file = io.BytesIO()
        Image.fromarray(pixels).save(file, "PNG", optimize=True)
        names.append(f"{name}_{title}.png")
        write_whole(RESULTS / names[-1], file.getvalue())
    return names


@dataclass(frozen=True)
class Table:
    """A table that a cell shows."""

    markdown: str

    def _repr_markdown_(self):
        return self.markdown


@dataclass(frozen=True)
class Results:
    """A record, as pages read it."""

    kept: dict = field(repr=False)

    def of(self, figure):
        """A figure of every seed: -> (seeds,)."""
        return np.array([run["figures"][figure] for run in self.kept["runs"].values()])

    def curve(self, name):
        """A curve of every seed: -> (seeds, points)."""
        return np.array([run["curves"][name] for run in self.kept["runs"].values()])

    def told(self, figure):
        """``"99.05 % (98.97 to 99.12 over 3 seeds)"``."""
        percent = 100 * self.of(figure)
        spread = f"{percent.min():.2f} to {percent.max():.2f} over {len(percent)} seeds"
        return f"{percent.mean():.2f} % ({spread})"

    def table(self, rows, columns):
        """A table for a page: mean over the seeds, in brackets the least and the most, in percent.

        ``rows`` and ``columns`` are dicts from what stands at the side and above to the beginning
        and the end of a figure's name. Where there is no such figure the cell is empty.
        """
        lines = ["| |" + "|".join(columns) + "|", "|---" * (1 + len(columns)) + "|"]
        for label, start in rows.items():
            cells = [self.short(start + end) for end in columns.values()]
            lines.append(f"| {label} |" + "|".join(cells) + "|")
        return Table("\n".join(lines))

    def short(self, figure):
        """``"95.1 (94.0 to 96.2)"``, or nothing where the figure was not measured."""
        if figure not in next(iter(self.kept["runs"].values()))["figures"]:
            return ""
        percent = 100 * self.of(figure)
        spread = f" ({percent.min():.1f} to {percent.max():.1f})" if len(percent) > 1 else ""
        return f"{percent.mean():.1f}{spread}"

    def circumstances(self):
        """One line on where and how long: minutes a seed, processor, versions."""
        minutes = np.mean([run["minutes"] for run in self.kept["runs"].values()])
        versions = ", ".join(f"{name} {version}" for name, version in self.kept["versions"].items())
        return (
            f"{minutes:.0f} minutes a seed on {self.kept['processor']} "
            f"({self.kept['threads']} threads), {versions}"
        )


def read(name):
    """The record of an experiment."""
    path = RESULTS / f"{name}.json"
    if not path.exists():
        raise FileNotFoundError(
            f"{path} is not there: `python -m course.results {name}` measures and writes it."
        )
    return Results(json.loads(path.read_text(encoding="utf-8")))


# ---------------------------------------------------------------- command line


def main(arguments=None):
    summary = __doc__.split("\n")[0]
    parser = argparse.ArgumentParser(prog="python -m course.results", description=summary)
    parser.add_argument("name", choices=EXPERIMENTS, help="what to measure")
    parser.add_argument("--root", help="folder with the original files (left out: download them)")
    parser.add_argument("--seeds", type=int, default=3, metavar="N", help="run seeds 0 to N-1")
    options = parser.parse_args(arguments)
    if options.seeds < 1:
        parser.error(f"--seeds is {options.seeds}, expected at least 1")
    results = record(options.name, options.root, range(options.seeds))
    for figure in next(iter(results.kept["runs"].values()))["figures"]:
        print(f"{figure}: {results.told(figure)}")
    print(results.circumstances())


if __name__ == "__main__":
    main()
