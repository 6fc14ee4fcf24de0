"""Where an exercise ends in training, the learner's own functions train: break one and see."""

import re

import matplotlib
import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pytest

from course.env import ROOT

SHORT = [  # a minute of training becomes a second
    (r"num_epochs=\d+", "num_epochs=2"),
    (r"num_train=\d+", "num_train=100"),
    (r"load_scenes\(\)", "load_scenes(num_train=100, num_val=20, num_test=20)"),
    (r"load_scene_captions\(\)", "load_scene_captions(num_train=100, num_val=20, num_test=20)"),
    (r"\*\*SCENES_TRAINING", "**{**SCENES_TRAINING, 'num_epochs': 10}"),
    (r"\*\*CAPTIONS_TRAINING, \"num_epochs\": \d+", "**CAPTIONS_TRAINING, 'num_epochs': 1"),
    (r"\*\*CAPTIONS_TRAINING\)", "**{**CAPTIONS_TRAINING, 'num_epochs': 1})"),
    (r"few = \d+", "few = 200"),
]

GRADIENT_LOST = """
right_{0} = {0}
def {0}(dout, cache):
    grads = right_{0}(dout, cache)
    return (*grads[:{1}], 0 * grads[{1}], *grads[{1} + 1:])
"""
METHOD_LOSES = """
right_loss = {0}.loss
def loss(self, X, y=None):
    result = right_loss(self, X, y)
    if y is not None:
        result[1]["{1}"] *= 0
    return result
{0}.loss = loss
"""
WRONG = {
    "05_training_loop": (
        "Solver-batches-step",
        "right_step = Solver.step\nSolver.step = lambda self, batch: right_step(self, batch[:1])",
    ),
    "09_convnet": ("ConvNet-forward-backward-loss", METHOD_LOSES.format("ConvNet", "W3")),
    "12_rnn_time": ("rnn_backward", GRADIENT_LOST.format("rnn_backward", 3)),
    "14_captioner": ("CaptioningRNN-loss-sample", METHOD_LOSES.format("CaptioningRNN", "Wh")),
    "15_convnet_from_scratch": ("conv_backward", GRADIENT_LOST.format("conv_backward", 1)),
    "16_captioner_from_scratch": ("rnn_backward", GRADIENT_LOST.format("rnn_backward", 3)),
}


def last_losses(name, planted=None):
    """Run a solution, shortened, with ``planted`` after one answer: the losses of its last run."""
    notebook = nbformat.read(ROOT / "solutions" / f"{name}.ipynb", as_version=4)
    space, answers = {"__name__": "__main__"}, 0
    for cell in notebook.cells:
        if cell.cell_type != "code" or cell.source.startswith("check("):
            continue
        code = cell.source
        for pattern, replacement in SHORT:
            code = re.sub(pattern, replacement, code)
        if planted and re.match(rf"#\s*ANSWER {planted[0]}\s", code):
            code, answers = f"{code}\n{planted[1]}", answers + 1
        try:
            exec(compile(code, name, "exec"), space)
        except (ValueError, IndexError):  # too few pictures to show, after so short a training
            assert "solver" in space and "plots" in code, code
    plt.close("all")
    assert answers == (planted is not None)
    return np.array(space["solver"].loss_history)


@pytest.mark.slow
@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_function_of_the_learner_changes_training(name, monkeypatch):
    matplotlib.use("agg")
    monkeypatch.chdir(ROOT / "solutions")
    right, again, wrong = last_losses(name), last_losses(name), last_losses(name, WRONG[name])
    np.testing.assert_array_equal(right, again)
    assert len(right) == len(wrong) > 1
    assert not np.allclose(right, wrong, rtol=1e-3)
