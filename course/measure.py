"""Measure the headline numbers of the course, over several seeds.

    python -m course.measure scenes --seeds 5
    python -m course.measure captions --seeds 5
    python -m course.measure attention --seeds 5
    python -m course.measure mnist --root PATH
    python -m course.measure cifar10 --root PATH
    python -m course.measure --contract    all claims of the README and the book (course/contract)

Every command trains with the hyperparameters of `course.recipes`, prints one line for each seed,
then mean, spread and worst. Scenes, first weights and the order of the batches follow the seed.
"""

import argparse
import runpy
import sys
import time

import numpy as np

from course import recipes
from course.looking import share_on_object
from course.truth import (
    TruthSolver,
    by_shapes,
    shares_told,
    truth,
    truth_task,
    verdicts,
    written,
)
from scratch.attending import AttendingRNN
from scratch.cnn import ConvNet
from scratch.data import caption_task, load_cifar10, load_mnist, load_scene_captions, load_scenes
from scratch.data.scene_looks import look_data, look_features, look_grid
from scratch.layers import fc_backward, fc_forward, softmax_loss
from scratch.rnn import CaptioningRNN
from scratch.solver import Solver


class LinearClassifier:
    """Softmax of one fully connected layer on the pixels: what a ConvNet has to beat."""

    def __init__(self, input_dim, num_classes=10):
        self.params = {"W": np.zeros((input_dim, num_classes), np.float32)}
        self.params["b"] = np.zeros(num_classes, np.float32)

    def scores(self, X):
        return fc_forward(X.reshape(len(X), -1), self.params["W"], self.params["b"])

    def loss(self, X, y):
        scores, cache = self.scores(X)
        loss, dscores = softmax_loss(scores, y)
        _, dw, db = fc_backward(dscores, cache)
        return loss, {"W": dw, "b": db}

    def accuracy(self, X, y):
        return float((self.scores(X)[0].argmax(axis=1) == y).mean())


def train(model, data, recipe, seed, verbose, kind=Solver):
    """Train ``model`` by ``recipe``, batches drawn by ``seed``; -> the Solver."""
    solver = kind(model, data, **recipe, verbose=verbose, rng=np.random.default_rng(seed))
    solver.train()
    return solver


def measure_classifier(data, model, recipe, seed, verbose):
    """Train a ConvNet: -> its validation and test accuracy."""
    convnet = ConvNet(**model, rng=np.random.default_rng(seed))
    solver = train(convnet, data, recipe, seed, verbose)
    test = convnet.accuracy(data["X_test"], data["y_test"])
    return {"validation": solver.best_val_acc, "test": test}


def measure_scenes(seed, options):
    """The ConvNet, and a linear classifier for comparison, on pictures of one shape."""
    data = load_scenes(seed=seed)
    result = measure_classifier(
        data, recipes.SCENES_MODEL, recipes.SCENES_TRAINING, seed, options.verbose
    )
    linear = LinearClassifier(data["X_train"][0].size)
    train(linear, data, recipes.LINEAR_TRAINING, seed, verbose=False)
    return {**result, "linear test": linear.accuracy(data["X_test"], data["y_test"])}


def measure_mnist(seed, options):
    """The default ConvNet on MNIST."""
    data = load_mnist(options.root)
    return measure_classifier(data, {}, recipes.MNIST_TRAINING, seed, options.verbose)


def measure_cifar10(seed, options):
    """6 and 16 filters of 5x5 and a hidden layer of 100, batches of 25, three epochs."""
    data = load_cifar10(options.root)
    return measure_classifier(
        data, recipes.CIFAR10_MODEL, recipes.CIFAR10_TRAINING, seed, options.verbose
    )


def measure_captions(seed, options):
    """Share of captions of unseen scenes in which every statement holds."""
    data = load_scene_captions(**recipes.CAPTIONS_DATA, seed=seed)
    convnet = ConvNet(**recipes.LOOKS_MODEL, rng=np.random.default_rng(seed))
    looks = train(convnet, look_data(data), recipes.LOOKS_TRAINING, seed, options.verbose)
    features = {
        part: look_features(convnet, data[f"X_{part}"]) for part in ("train", "val", "test")
    }
    captioner = CaptioningRNN(
        data["vocab"].word_to_idx, **recipes.CAPTIONS_MODEL, rng=np.random.default_rng(seed)
    )
    task = caption_task(data, features)
    words = train(captioner, task, recipes.CAPTIONS_TRAINING, seed, options.verbose)
    return {
        "looks": looks.best_val_acc,
        "next word": words.best_val_acc,
        **{f"true {part}": truth(captioner, features, data, part) for part in ("train", "test")},
    }


def measure_attention(seed, options):
    """True captions of unseen scenes by cell, with and without looking; does it look at it?

    The same eyes for all: the same ConvNet names quarters for those that only glance, and slides
    over the picture for those that look. The same recipe for all, too, and of each network the
    epoch that wrote the most true captions of the validation scenes.
    """
    data = load_scene_captions(**recipes.CAPTIONS_DATA, seed=seed)
    eyes = ConvNet(**recipes.EYES_MODEL, rng=np.random.default_rng(seed))
    train(eyes, look_data(data), recipes.EYES_TRAINING, seed, options.verbose)
    result = {}
    for kind, model, size, see in (
        ("", CaptioningRNN, recipes.GLANCING_MODEL, look_features),
        (" looking", AttendingRNN, recipes.ATTENDING_MODEL, look_grid),
    ):
        features = {part: see(eyes, data[f"X_{part}"]) for part in ("train", "val", "test")}
        for cell in options.cells:
            rng, name = np.random.default_rng(seed), cell + kind
            net = model(data["vocab"].word_to_idx, **size, cell_type=cell, rng=rng)
            own = measure_captioner(name, net, data, features, seed, options.verbose)
            print(f"  {sentence(own)}", flush=True)
            result |= own
    first = [captions[0] for captions in data["captions_test"][:1000]]
    result |= by_shapes("in the data: told", shares_told(first, data["scenes_test"]), data)
    result["on object by chance"] = share_on_object(net, features, data)[1]
    return result


def measure_captioner(name, net, data, features, seed, verbose):
    """Train a captioner: -> its share of true captions, and of looks at what it names."""
    looks = hasattr(net, "looks")
    untrained = share_on_object(net, features, data)[0] if looks else None
    task, recipe = truth_task(data, features), recipes.ATTENDING_TRAINING
    train(net, task, recipe, seed, verbose, TruthSolver)
    captions = written(net, features, data, "test")
    result = by_shapes(name, verdicts(net, features, data, "test"), data)
    result |= by_shapes(f"{name}: told", shares_told(captions, data["scenes_test"]), data)
    if looks:
        result[f"{name}: on object, untrained"] = untrained
        result[f"{name}: on object"] = share_on_object(net, features, data)[0]
    return result


COMMANDS = {
    "scenes": (measure_scenes, "ConvNet on pictures of one shape, ten classes (no files needed)"),
    "captions": (measure_captions, "true captions of unseen scenes (no files needed)"),
    "attention": (measure_attention, "the same by cell, with and without looking (half an hour)"),
    "mnist": (measure_mnist, "default ConvNet on MNIST; --root: folder with the four files"),
    "cifar10": (measure_cifar10, "small ConvNet on CIFAR-10; --root: folder with the batches"),
}


def parse_arguments(arguments=None):
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m course.measure",
        description="Train with the recipes of the course and report the headline numbers.",
        epilog="With two cores a seed takes a minute or two (cifar10 and mnist: some minutes).",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="what")
    for name, (_, text) in COMMANDS.items():
        command = commands.add_parser(name, help=text, description=text)
        command.add_argument("--seeds", type=int, default=1, metavar="N", help="run seeds 0 to N-1")
        command.add_argument("--verbose", action="store_true", help="show the training epochs")
        if name in ("mnist", "cifar10"):
            text = "folder with the original files (left out: download them once)"
            command.add_argument("--root", help=text)
        if name == "attention":
            cells = ("rnn", "lstm", "gru")
            command.add_argument("--cells", nargs="+", choices=cells, default=cells)
    options = parser.parse_args(arguments)
    if options.seeds < 1:
        parser.error(f"--seeds is {options.seeds}, expected at least 1")
    return options


def main(arguments=None):
    """Measure each seed and print a table."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if "--contract" in arguments:  # a room above this one, by its own command
        rest = [word for word in arguments if word != "--contract"]
        runpy.run_module("course.contract")["main"](rest)
        return
    options = parse_arguments(arguments)
    measure = COMMANDS[options.command][0]
    results = []
    for seed in range(options.seeds):
        start = time.perf_counter()
        results.append(measure(seed, options))
        seconds = time.perf_counter() - start
        print(f"seed {seed}: {sentence(results[-1])} ({seconds:.0f} s)", flush=True)
    if len(results) > 1:
        values = {name: [result[name] for result in results] for name in results[0]}
        for label, summary in (("mean", np.mean), ("spread", np.std), ("worst", np.min)):
            print(f"{label}: {sentence({k: summary(v) for k, v in values.items()})}")


def sentence(result):
    """``{"test": 0.9} -> "test 90.0 %"``."""
    return ", ".join(f"{name} {100 * value:.1f} %" for name, value in result.items())


if __name__ == "__main__":
    main()
