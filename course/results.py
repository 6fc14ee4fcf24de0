"""What the networks of the course do, where it takes long: measured once, read by the book.

    python -m course.results digits --root FOLDER --seeds 3
    python -m course.results clothes --root FOLDER --seeds 3
    python -m course.results three_epochs --root FOLDER --seeds 3
    python -m course.results photos --root FOLDER --seeds 1
    python -m course.results pocket --root FOLDER --seeds 1
    python -m course.results ingredients --root FOLDER --seeds 3
    python -m course.results captions --root FOLDER --seeds 3
    python -m course.results regularization --seeds 5
    python -m course.results depth --seeds 5
    python -m course.results attention --seeds 5

Trains seed by seed, and writes ``book/results/digits.json``: the figures of each seed, learning
curves, minutes, versions and processor; small pictures lie beside it. Each seed, and of an
experiment in several arms each arm, is kept as soon as it is done, so a run that was interrupted
goes on with the next one, as long as the code that it runs and the data are the same. Pages read
these files with ``read``, and their readers need no data.
"""

import argparse
import hashlib
import io
import json
import os
import platform
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import NamedTuple

import numpy as np

from course import deep, photo_captions, photos, small_shapes
from course.env import BUILD, ROOT
from course.files import write_whole
from course.measure import measure_attention
from course.outcomes import Outcome
from course.source import numbers_digest
from scratch.data import load_cifar10, load_fashion_mnist, load_mnist
from scratch.rnn import CELLS

RESULTS = ROOT / "book" / "results"
ASIDE = BUILD / "results"  # records of other machines or other code

# What decides about numbers. The files of real data are read by other modules; what came of it
# is told apart by ``data_digest``.
NUMBERS = re.compile(r"(scratch|course)/\w+\.py|scratch/data/(scene\w*|captions)\.py")


class Experiment(NamedTuple):
    """``load(root)`` gives the data, ``run(data, seed)`` an ``Outcome``; its code is ``module``.

    With ``arms`` it is run once for each of them, ``run(data, seed, arm)``, and all that they give
    belongs to the seed.
    """

    load: Callable
    run: Callable
    text: str
    module: str
    arms: tuple[str, ...] = ()


# ---------------------------------------------------------------- experiments


def without_files(measure, text, module):
    """An experiment on data that a seed makes: ``measure(seed) -> figures``."""
    run = lambda data, seed: Outcome(measure(seed))  # noqa: E731
    return Experiment(lambda root: None, run, text, module)


def look(seed):
    """Captioners that glance and captioners that look, by cell."""
    return measure_attention(seed, SimpleNamespace(cells=tuple(CELLS), verbose=False))


EXPERIMENTS = {
    "digits": Experiment(
        load_mnist, photos.digits, "two networks on MNIST", "photos", photos.DIGITS
    ),
    "clothes": Experiment(
        load_fashion_mnist, photos.digits, "two networks on Fashion-MNIST", "photos",
        photos.DIGITS,
    ),
    "three_epochs": Experiment(
        load_cifar10, photos.three_epochs, "a small ConvNet on CIFAR-10, three epochs", "photos",
        tuple(photos.RATES),
    ),
    "photos": Experiment(
        load_cifar10, photos.photographs, "a residual network on CIFAR-10", "photos"
    ),
    "pocket": Experiment(
        load_cifar10, photos.pocket, "a narrow network on CIFAR-10", "photos"
    ),
    "ingredients": Experiment(
        partial(load_cifar10, num_train=photos.FEW), photos.ingredient,
        "the same on a part of CIFAR-10, without one ingredient each", "photos",
        tuple(photos.INGREDIENTS),
    ),
    "captions": Experiment(
        photo_captions.load, photo_captions.measure, "captions of Flickr8k", "photo_captions",
        photo_captions.ARMS,
    ),
    "attention": without_files(look, "captions of scenes, glancing and looking", "measure"),
    "depth": without_files(
        deep.measure, "deep networks with and without batch norm and skips", "deep"
    ),
    "regularization": without_files(
        small_shapes.measure, "a small ConvNet on few pictures", "small_shapes"
    ),
}  # fmt: skip


# ---------------------------------------------------------------- records


def record(name, root, seeds, say=print, copy=""):
    """Run what is not recorded yet, and keep each part as soon as it is done: -> ``Results``.

    ``copy`` says what the files are, if they are not the original ones.
    """
    experiment, path = EXPERIMENTS[name], RESULTS / f"{name}.json"
    data = experiment.load(root)
    kept = start(name, path, data, copy, say)
    for seed in seeds:
        for arm in experiment.arms or ("",):
            told = f"seed {seed}{arm and ', '}{arm}"
            if arm in kept["runs"].get(str(seed), {}).get("minutes", {}):
                say(f"{told}: recorded already")
                continue
            outcome, minutes = clocked(experiment.run, data, seed, *([arm] if arm else []))
            run = kept["runs"].setdefault(str(seed), {"figures": {}, "minutes": {}, "curves": {}})
            run["figures"] |= {key: round(float(v), 4) for key, v in outcome.figures.items()}
            run["curves"] |= rounded(outcome.curves)
            run["minutes"][arm] = minutes
            if str(seed) == next(iter(kept["runs"])):  # of the first seed
                kept["pictures"] += save_pictures(name, outcome.pictures)
                kept["texts"] |= outcome.texts
            write_whole(path, json.dumps(kept, indent=1) + "\n")
            figures = ", ".join(f"{key} {100 * v:.2f} %" for key, v in outcome.figures.items())
            say(f"{told}: {figures} ({minutes['clock']} minutes)")
    return read(name)


def clocked(run, *arguments):
    """``run(*arguments)``, and its minutes by the clock and of processor, all threads together."""
    begin, busy = time.perf_counter(), time.process_time()
    outcome = run(*arguments)
    clock, processor = time.perf_counter() - begin, time.process_time() - busy
    return outcome, {"clock": round(clock / 60, 1), "processor": round(processor / 60, 1)}


def start(name, path, data, copy="", say=print):
    """What is recorded already with the same code and data on the same machine, or a new record.

    A record that was made otherwise is set aside, and what differs is said.
    """
    new = {
        "experiment": name,
        "what": EXPERIMENTS[name].text,
        "copy": copy,
        "data": data_digest(data),
        "code": module_digest(EXPERIMENTS[name].module),
        "versions": {"python": platform.python_version(), "numpy": np.__version__},
        "processor": processor(),
        "threads": os.environ.get("OMP_NUM_THREADS", "all"),
    }
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        others = [key for key, value in new.items() if kept.get(key) != value]
    except (OSError, ValueError, AttributeError):
        kept, others = None, []
    if kept is not None and not others:
        return kept
    if kept is not None:
        told = ", ".join(TOLD.get(key, key) for key in others)
        say(
            f"{path.name} was recorded otherwise (what differs: {told}), so this begins anew, and "
            f"pages of the book will show it. The old record is set aside in {set_aside(name)}."
        )
    return {**new, "pictures": [], "texts": {}, "runs": {}}


TOLD = {"copy": "what the files are", "data": "the data", "code": "the code that computes"}


def set_aside(name):
    """Copy the files of a record, pictures and all, into a folder of their own: -> the folder."""
    folder = ASIDE / time.strftime(f"{name}-%Y%m%d-%H%M%S")
    for path in [*RESULTS.glob(f"{name}.*"), *RESULTS.glob(f"{name}_*.png")]:
        write_whole(folder / path.name, path.read_bytes())
    return folder


def module_digest(module, root=ROOT):
    """A few letters that change when the code does that ``course.MODULE`` computes with."""
    return numbers_digest([f"import course.{module}"], NUMBERS, root)


def data_digest(data):
    """A few letters that tell data apart, by some of their rows; nothing for what a seed makes."""
    summary = hashlib.sha256()
    for name in sorted(data or {}):
        if isinstance(data[name], np.ndarray):
            rows = data[name][:: max(1, len(data[name]) // 500)]
            summary.update(f"{name} {data[name].shape}".encode() + rows.tobytes())
        elif isinstance(data[name], list):
            summary.update(f"{name} {json.dumps(data[name])}".encode())
    return summary.hexdigest()[:12] if data else ""


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

    def runs(self, part="figures"):
        """That part of each seed's run."""
        return [run[part] for run in self.kept["runs"].values()]

    def of(self, figure):
        """A figure of every seed that has it: -> (seeds,)."""
        return np.array([figures[figure] for figures in self.runs() if figure in figures])

    def gain(self, figure, other):
        """How much larger a figure is than another, of every seed that has both: -> (seeds,)."""
        both = [figures for figures in self.runs() if figure in figures and other in figures]
        return np.array([figures[figure] - figures[other] for figures in both])

    def curve(self, name):
        """A curve of every seed that has it: -> (seeds, points)."""
        return np.array([curves[name] for curves in self.runs("curves") if name in curves])

    def told(self, figure):
        """``"99.05 % (98.97 to 99.12 over 3 seeds)"``, of one seed ``"99.05 % (one seed)"``."""
        percent = 100 * self.of(figure)
        spread = f"{percent.min():.2f} to {percent.max():.2f} over {len(percent)} seeds"
        return f"{percent.mean():.2f} % ({spread if len(percent) > 1 else 'one seed'})"

    def picture(self, title):
        """The pixels of a picture beside the record: (H, W) or (H, W, 3) uint8."""
        from PIL import Image

        path = RESULTS / f"{self.kept['experiment']}_{title}.png"
        with Image.open(path) as image:
            return np.asarray(image)

    def table(self, rows, columns, places=1):
        """A table for a page: mean over the seeds, in brackets the least and the most, in percent.

        ``rows`` and ``columns`` are dicts from what stands at the side and above to the beginning
        and the end of a figure's name. Where there is no such figure the cell is empty. ``places``
        counts those behind the point.
        """
        lines = ["| |" + "|".join(columns) + "|", "|---" * (1 + len(columns)) + "|"]
        for label, start in rows.items():
            cells = [self.short(start + end, places) for end in columns.values()]
            lines.append(f"| {label} |" + "|".join(cells) + "|")
        return Table("\n".join(lines))

    def short(self, figure, places=1):
        """``"95.1 (94.0 to 96.2)"``, or nothing where the figure was not measured."""
        percent = 100 * self.of(figure)
        if not len(percent):
            return ""
        mean, least, most = (f"{f(percent):.{places}f}" for f in (np.mean, np.min, np.max))
        return f"{mean} ({least} to {most})" if len(percent) > 1 else mean

    def minutes(self, which="clock", arm=None):
        """Minutes of each seed, by the clock or of ``"processor"``; of one arm, or all together."""
        of_seeds = [times for times in self.runs("minutes") if arm is None or arm in times]
        told = [
            [times[a].get(which, np.nan) for a in times if arm in (None, a)] for times in of_seeds
        ]
        return np.array([sum(minutes) for minutes in told])

    def lines(self, title):
        """What was written down beside the figures, such as captions: a list."""
        return self.kept["texts"][title]

    def circumstances(self):
        """One line on where and how long: minutes a seed, processor, versions."""
        versions = ", ".join(f"{name} {version}" for name, version in self.kept["versions"].items())
        return (
            f"{np.mean(self.minutes()):.0f} minutes a seed on {self.kept['processor']} "
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


def find(name):
    """The record of an experiment, or None where nobody has measured it."""
    return read(name) if (RESULTS / f"{name}.json").exists() else None


# ---------------------------------------------------------------- command line


def main(arguments=None):
    summary = __doc__.split("\n")[0]
    parser = argparse.ArgumentParser(prog="python -m course.results", description=summary)
    parser.add_argument("name", choices=EXPERIMENTS, help="what to measure")
    parser.add_argument("--root", help="folder with the original files (left out: download them)")
    parser.add_argument("--copy", default="", help="what the files are, if not the original ones")
    parser.add_argument("--seeds", type=int, default=3, metavar="N", help="run seeds 0 to N-1")
    options = parser.parse_args(arguments)
    if options.seeds < 1:
        parser.error(f"--seeds is {options.seeds}, expected at least 1")
    results = record(options.name, options.root, range(options.seeds), copy=options.copy)
    for figure in next(iter(results.kept["runs"].values()))["figures"]:
        print(f"{figure}: {results.told(figure)}")
    print(results.circumstances())


if __name__ == "__main__":
    main()
