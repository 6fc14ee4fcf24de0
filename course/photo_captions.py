"""Captions of photographs: what a network that learned ten classes sees suffices for how much?

``python -m course.results captions`` runs each of ``ARMS`` on Flickr8k. The eyes are the network
that ``course.photos`` trained on CIFAR-10; it slides over pictures of four times the size.
"""

from collections import Counter

import numpy as np

from course import residual_net
from course.env import BUILD
from course.outcomes import Outcome, thinned
from course.truth import CaptionSolver
from scratch.attending import AttendingRNN
from scratch.checkpoints import check_params, read_checkpoint, write_atomically
from scratch.data.captions import caption_task
from scratch.data.flickr8k import load_flickr8k
from scratch.metrics import corpus_bleu
from scratch.optim import cosine
from scratch.rnn import CaptioningRNN
from scratch.solver import Solver
from scratch.text import SPECIAL_WORDS, Vocabulary, tokenize

SIZE, GRID = 64, 4  # pixels of a picture each way; cells of the grid that a captioner looks at
PARTS = ("train", "val", "test")
MODEL = {"wordvec_dim": 128, "hidden_dim": 256}
TRAINING = {
    "update_rule": "adam",
    "optim_config": {"learning_rate": 3e-3},
    "schedule": cosine,
    "num_epochs": 4,
    "batch_size": 100,
    "verbose": False,
}
BY_HEART = {**TRAINING, "num_epochs": 150, "batch_size": 25, "schedule": None}
ARMS = ("the same for all", "by heart", "blind", "rnn", "lstm", "looking")
SHOWN, LEARNED_BY_HEART = 20, 50  # captions


def load(root=None):
    """Captions of Flickr8k and, in place of pictures, what the eyes see: ``data["cells"]`` by part.

    Cells are (N, GRID², D), each channel with mean 0 and deviation 1 over the training part.
    """
    net, mean, std = residual_net.kept()
    data, eyes = load_flickr8k(root, size=SIZE), residual_net.eyes_of(net)
    for part in PARTS:
        brightness = data.pop(f"X_{part}") * data["std"] + data["mean"]
        data[f"cells_{part}"] = cells_of(eyes.predict((brightness - mean) / std))
    data["middle"] = data["cells_train"].mean(axis=(0, 1))
    data["spread"] = data["cells_train"].std(axis=(0, 1)) + 1e-6
    for part in PARTS:
        data[f"cells_{part}"] = (data[f"cells_{part}"] - data["middle"]) / data["spread"]
    return data


def cells_of(maps, grid=GRID):
    """Maps (N, C, H, W) cut into ``grid`` by ``grid`` equal fields, their means: -> (N, L, C)."""
    N, C, H, W = maps.shape
    fields = maps.reshape(N, C, grid, H // grid, grid, W // grid).mean(axis=(3, 5))
    return fields.reshape(N, C, grid * grid).transpose(0, 2, 1)


def seen(data, arm):
    """What a captioner of this arm reads of each picture, by part."""
    cells = {part: data[f"cells_{part}"] for part in PARTS}
    if arm == "looking":
        return cells
    glance = {part: values.mean(axis=1) for part, values in cells.items()}  # (N, D)
    return {k: 0 * v for k, v in glance.items()} if arm == "blind" else glance


def captioner(data, arm, seed):
    """A new captioner of this arm."""
    words, rng = data["vocab"].word_to_idx, np.random.default_rng(seed)
    D = len(data["middle"])
    if arm == "looking":
        return AttendingRNN(words, D, **MODEL, attention_dim=128, cell_type="lstm", rng=rng)
    return CaptioningRNN(words, D, **MODEL, cell_type="rnn" if arm == "rnn" else "lstm", rng=rng)


def measure(data, seed, arm):
    """One arm: -> Outcome. Captioners are trained; of their captions BLEU-1 to 4 is taken."""
    if arm == "by heart":
        return by_heart(data, seed)
    if arm == "the same for all":
        caption = most_frequent(data["captions_train"])
        figures = bleus(arm, [caption] * len(data["captions_test"]), data["captions_test"])
        return Outcome(figures, texts={arm: [caption]})
    features, net = seen(data, arm), captioner(data, arm, seed)
    task = caption_task(data, features)
    solver = CaptionSolver(net, task, **TRAINING, rng=np.random.default_rng(seed))
    solver.train()
    if arm == "looking" and seed == 0:
        keep(net, data)
    greedy = data["vocab"].decode(net.sample(features["test"], max_length=20))
    wide = data["vocab"].decode(net.beam_search(features["test"], 3, max_length=20))
    figures = bleus(arm, greedy, data["captions_test"])
    figures |= bleus(f"{arm}, three beams", wide, data["captions_test"])
    figures[f"{arm}: next word"] = solver.best_val_acc
    figures[f"{arm}: different captions"] = len(set(greedy)) / len(greedy)
    curves = {f"{arm}: loss": thinned(solver.loss_history), f"{arm}: val": solver.val_acc_history}
    return Outcome(figures, curves, texts={arm: beside_people(data, greedy)})


def most_frequent(captions):
    """The caption that people wrote most often, as words: of lists of captions."""
    counts = Counter(" ".join(tokenize(c)) for several in captions for c in several)
    return max(counts, key=lambda caption: (counts[caption], caption))


def bleus(name, captions, references):
    """BLEU-1 to BLEU-4 of captions against all that people wrote of the pictures."""
    return {f"{name}: BLEU-{n}": corpus_bleu(captions, references, n) for n in range(1, 5)}


def beside_people(data, captions):
    """Pictures drawn at random, the same for all: [name, what one of five people wrote, ours]."""
    drawn = np.random.default_rng(2026).permutation(len(captions))[:SHOWN]
    return [[data["names_test"][i], data["captions_test"][i][0], captions[i]] for i in drawn]


def by_heart(data, seed):
    """Fifty captions, one each of fifty pictures, until the network knows them: -> Outcome."""
    k, words = LEARNED_BY_HEART, data["vocab"]
    features = seen(data, "lstm")["train"][:k]
    y = words.encode([captions[0] for captions in data["captions_train"][:k]])
    net = captioner(data, "lstm", seed)
    task = {"X_train": features, "y_train": y, "X_val": features, "y_val": y}
    solver = Solver(net, task, **BY_HEART, rng=np.random.default_rng(seed))
    solver.train()
    written, wanted = words.decode(net.sample(features, y.shape[1])), words.decode(y)
    same = [a == b for a, b in zip(written, wanted)]
    length = float((y[:, 1:] != net.null).sum(axis=1).mean())
    loss = np.array(solver.loss_history) / length
    texts = {"by heart": [list(pair) for pair in zip(wanted[:5], written[:5])]}
    return Outcome({"by heart: reproduced": float(np.mean(same))},
                   {"by heart: loss of a word": thinned(loss)}, texts=texts)  # fmt: skip


# ---------------------------------------------------------------- what is kept

KEPT = BUILD / "real" / "captioner.npz"


def keep(net, data):
    """Put a captioner that looks where ``kept`` finds it, with its words and scales."""
    KEPT.parent.mkdir(parents=True, exist_ok=True)
    scales = {name: data[name] for name in ("middle", "spread")}
    words = data["vocab"].idx_to_word[len(SPECIAL_WORDS) :]
    write_atomically(KEPT, {"params": net.params, "words": words, **scales})


def kept():
    """The captioner that ``keep`` put there, and what ``describe`` needs; None if there is none."""
    if not KEPT.exists():
        return None
    saved = read_checkpoint(KEPT, ("params", "words", "middle", "spread"))
    data = {name: saved[name] for name in ("middle", "spread")}
    data["vocab"] = Vocabulary(saved["words"])
    net = captioner(data, "looking", 0)
    check_params(KEPT, saved["params"], net.params)
    net.params.update(saved["params"])
    return net, data
