"""How often the captions of unseen scenes are true, and a solver that goes by it."""

import numpy as np

from scratch.data import caption_task
from scratch.data.scene_captions import caption_is_true, parse_caption
from scratch.solver import Solver, copies


def truth(captioner, features, data, part, most=1000):
    """Share of true captions among the first ``most`` pictures of ``part``."""
    return float(np.mean(verdicts(captioner, features, data, part, most)))


def verdicts(captioner, features, data, part, most=1000):
    """Whether the caption of each of the first ``most`` pictures of ``part`` is true."""
    pairs = zip(written(captioner, features, data, part, most), data[f"scenes_{part}"])
    return np.array([caption_is_true(caption, scene) for caption, scene in pairs])


def written(captioner, features, data, part, most=1000):
    """The captions that it writes of the first ``most`` pictures of ``part``."""
    return data["vocab"].decode(captioner.sample(features[part][:most], max_length=20))


def shares_told(captions, scenes):
    """Of how many of its shapes each caption speaks, as a share: (n,). Who says less errs less."""
    return np.array([shapes_told(c) / len(scene.shapes) for c, scene in zip(captions, scenes)])


def shapes_told(caption):
    """``"two stars and a red ring" -> 3``; a caption that does not follow the grammar tells 0."""
    try:
        return sum(group.count for group in parse_caption(caption.split())[0])
    except ValueError:
        return 0


def by_shapes(name, right, data):
    """The mean of ``right`` over the first test scenes: all, those of one, two, three shapes."""
    count = np.array([len(scene.shapes) for scene in data["scenes_test"][: len(right)]])
    shares = {f"{name}: {k} shapes": float(right[count == k].mean()) for k in (1, 2, 3)}
    return {name: float(right.mean()), **shares}


class CaptionSolver(Solver):
    """A solver of captioners. A batch holds captions of about one length.

    It ends where the longest ends: its loss is what it would be with <NULL> behind, in less time.
    """

    def __init__(self, model, data, **options):
        super().__init__(model, data, **options)
        self.lengths = (self.data["y_train"] != model.null).sum(axis=1)

    def batches(self):
        """One epoch: every training row once, rows of like length together, in random order."""
        order = self.rng.permutation(len(self.lengths))
        order = order[np.argsort(self.lengths[order], kind="stable")]
        starts = self.rng.permutation(np.arange(0, len(order), self.batch_size))
        return [order[i : i + self.batch_size] for i in starts]

    def rows(self, batch):
        """The training rows in ``batch``, without the columns that hold nothing but <NULL>."""
        X, y = super().rows(batch)
        return X, y[:, : self.lengths[batch].max()]


class TruthSolver(CaptionSolver):
    """A solver of captioners that keeps the epoch whose captions are most often true.

    ``data`` holds ``scenes_val`` and ``vocab`` beside what a ``Solver`` needs: after each epoch the
    network writes a caption of each validation scene, and ``val_acc_history`` notes the share that
    is true.
    """

    def evaluate(self):
        """Note the share of true captions; keep a copy of the parameters that write the most."""
        data, k = self.data, self.num_train_samples
        true = truth(self.model, {"val": data["X_val"]}, data, "val", most=None)
        self.train_acc_history.append(self.model.accuracy(data["X_train"][:k], data["y_train"][:k]))
        self.val_acc_history.append(true)
        if true > self.best_val_acc:
            self.best_val_acc, self.best_params = true, copies(self.model.params)


def truth_task(data, features):
    """``caption_task`` with what a ``TruthSolver`` judges by."""
    known = {name: data[name] for name in ("scenes_val", "vocab")}
    return caption_task(data, features) | known
