"""Networks that several pages look at, trained once by the course's recipes and kept in ``_build``.

The first page that asks trains; the next ones resume from its checkpoint. A change in ``scratch/``
or in a recipe makes a new file, so no page can show a network of older code.
"""

import hashlib
import tempfile
from collections.abc import Sequence
from functools import cache

import numpy as np

from course import recipes
from course.env import BUILD, ROOT
from course.truth import TruthSolver, truth_task
from scratch.attending import AttendingRNN
from scratch.checkpoints import read_tree, write_atomically
from scratch.cnn import ConvNet
from scratch.data import caption_task, load_scene_captions, load_scenes
from scratch.data.scene_looks import look_data, look_features, look_grid
from scratch.rnn import CaptioningRNN
from scratch.solver import Solver

RECIPES = [
    ROOT / "course" / name for name in ("measure.py", "recipes.py", "trained.py", "truth.py")
]
SOURCES = [*sorted((ROOT / "scratch").rglob("*.py")), *RECIPES]


@cache
def scenes():
    """The pictures of the ten shapes."""
    return load_scenes()


@cache
def captioned():
    """The captioned pictures of one to three shapes."""
    return load_scene_captions(**recipes.CAPTIONS_DATA)


@cache
def convnet():
    """The solver of a ConvNet that names the ten shapes; ``.model`` holds its best parameters.

    ``.diary`` holds its parameters from before training and after each epoch.
    """
    model = ConvNet(**recipes.SCENES_MODEL)
    return trained("convnet", model, scenes(), recipes.SCENES_TRAINING, SolverWithDiary)


@cache
def looker():
    """The solver of a ConvNet that names what stands in a quarter of a picture."""
    model = ConvNet(**recipes.LOOKS_MODEL)
    return trained("looker", model, look_data(captioned()), recipes.LOOKS_TRAINING)


@cache
def features():
    """What the captioner reads: ``{"train": (N, D), "val": ..., "test": ...}``."""
    net, data = looker().model, captioned()
    return {part: look_features(net, data[f"X_{part}"]) for part in ("train", "val", "test")}


@cache
def captioner():
    """The solver of a captioner of the features of ``looker``, trained on all captions.

    ``.diary`` holds its parameters from before training and after each epoch.
    """
    data = captioned()
    model = CaptioningRNN(data["vocab"].word_to_idx, **recipes.CAPTIONS_MODEL)
    task = caption_task(data, features())
    return trained("captioner", model, task, recipes.CAPTIONS_TRAINING, SolverWithDiary)


@cache
def eyes():
    """The solver of a larger ``looker``, for captioners that look for themselves."""
    model = ConvNet(**recipes.EYES_MODEL)
    return trained("eyes", model, look_data(captioned()), recipes.EYES_TRAINING)


@cache
def grids():
    """What ``eyes`` sees in each window: ``{"train": (N, L, D), "val": ..., "test": ...}``."""
    net, data = eyes().model, captioned()
    return {part: look_grid(net, data[f"X_{part}"]) for part in ("train", "val", "test")}


@cache
def attender():
    """The solver of a captioner that looks, a GRU, with a ``.diary`` as of ``captioner``.

    It is trained as ``course.measure`` does, and so keeps the epoch with the most true captions.
    """
    data = captioned()
    words = data["vocab"].word_to_idx
    model = AttendingRNN(words, **recipes.ATTENDING_MODEL, cell_type="gru")
    task = truth_task(data, grids())
    return trained("attender", model, task, recipes.ATTENDING_TRAINING, TruthSolverWithDiary)


class Diary:
    """Makes a solver keep the parameters of every evaluation, also in a file of their own."""

    diary: Sequence[dict] = ()

    def evaluate(self):
        super().evaluate()
        now = {name: w.copy() for name, w in self.model.params.items()}
        self.diary = [*self.diary, now]

    def save(self, path):
        write_atomically(diary_of(path), {"diary": self.diary})
        super().save(path)

    def resume(self, path):
        super().resume(path)
        self.diary = read_tree(diary_of(path))["diary"][: len(self.val_acc_history)]


class SolverWithDiary(Diary, Solver):
    """A solver with a diary."""


class TruthSolverWithDiary(Diary, TruthSolver):
    """A solver that goes by true captions, with a diary."""


def diary_of(checkpoint):
    """Where the diary lies: beside the checkpoint."""
    return checkpoint.with_name(f"diary-of-{checkpoint.name}")


def trained(name, model, data, recipe, kind=Solver):
    """Train ``model``, or resume where an earlier page stopped: -> its ``Solver``."""
    solver = kind(model, data, **recipe, verbose=False)
    checkpoint = BUILD / "trained" / f"{name}-{digest()}.npz"
    if checkpoint.exists():
        solver.resume(checkpoint)
    solver.train(checkpoint=checkpoint if can_keep(checkpoint.parent) else None)
    return solver


def can_keep(folder):
    """Make ``folder`` if need be: -> can a file be put there? In a read-only checkout it cannot."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def digest():
    """A few letters that change when the sources do, or NumPy."""
    summary = hashlib.sha256(np.__version__.encode())
    for path in SOURCES:
        summary.update(path.read_bytes())
    return summary.hexdigest()[:12]
