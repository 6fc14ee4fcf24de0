"""What is measured: sizes and inputs (the same on both sides) and the NumPy side of each step.

A side of a workload is a function ``step()`` that does one whole training step (or one forward and
backward) and returns ``{name: array}``: the loss and every gradient, to be compared.
"""

from types import SimpleNamespace

import numpy as np

from scratch import fast, optim
from scratch.parallel import DataParallel

CONV = {"N": 128, "C": 32, "F": 64, "H": 16, "HH": 3, "pad": 1}
SMALL_NET = {"N": 25, "F1": 6, "F2": 16, "hidden": 100}
LARGE_NET = {"N": 64, "F1": 32, "F2": 64, "hidden": 256}
CAPTIONER = {"N": 25, "T": 17, "D": 512, "W": 256, "H": 512, "V": 1004}


def normal(rng, *shape):
    return rng.standard_normal(shape, dtype=np.float32)


def conv_inputs(N, C, F, H, HH, pad):
    """A batch, and pictures to evaluate on first, as training does."""
    rng = np.random.default_rng(0)
    H_out = 1 + H + 2 * pad - HH
    x, w = normal(rng, N, C, H, H), normal(rng, F, C, HH, HH) / np.float32(HH * np.sqrt(C))
    dout, x_val = normal(rng, N, F, H_out, H_out), normal(rng, 2 * N, C, H, H)
    return SimpleNamespace(x=x, w=w, dout=dout, pad=pad, x_val=x_val)


def net_inputs(N, F1, F2, hidden):
    """A batch, and pictures to evaluate on first, as training does."""
    from scratch.cnn import ConvNet

    rng = np.random.default_rng(0)
    net = ConvNet((3, 32, 32), F1, F2, 5, hidden)
    X, y = normal(rng, 250, 3, 32, 32), rng.integers(0, 10, 250)
    return SimpleNamespace(X=X[:N].copy(), y=y[:N].copy(), X_val=X, y_val=y, net=net)


def captioner_inputs(N, T, D, W, H, V, cell_type):
    from scratch.rnn import CaptioningRNN

    rng = np.random.default_rng(0)
    words = {w: i for i, w in enumerate(["<NULL>", "<START>", "<END>", *map(str, range(3, V))])}
    captions = rng.integers(3, V, (N, T + 1))
    captions[:, 0] = 1
    for row in captions:  # lengths from half full to full
        length = rng.integers(T // 2, T + 1)
        row[length:] = [2, *[0] * (T - length)]
    model = CaptioningRNN(words, D, W, H, cell_type)
    X = normal(rng, N, D)
    return SimpleNamespace(X=X, y=captions, X_val=X, y_val=captions, net=model)


def conv_step(inputs, threads=1, storey=fast):
    def step():
        out, cache = storey.conv_forward(inputs.x, inputs.w, pad=inputs.pad)
        dx, dw, _ = storey.conv_backward(inputs.dout, cache)
        return {"out": out, "dx": dx, "dw": dw}

    step.evaluate = lambda: storey.conv_forward(inputs.x_val, inputs.w, pad=inputs.pad)[0].sum()
    return step


def training_step(inputs, threads=1, split=False):
    """Loss, gradients, and Adam in place, as PyTorch's is: ``in_place(adam, workers)``."""
    adam = fast.in_place(optim.adam, workers=threads)
    model, states = inputs.net, dict.fromkeys(inputs.net.params)
    model = DataParallel(model, workers=threads) if split else model

    def step():
        loss, grads = model.loss(inputs.X, inputs.y)
        for name, w in model.params.items():
            model.params[name], states[name] = adam(w, grads[name], states[name])
        return {"loss": np.float64(loss), **grads}

    step.evaluate = lambda: model.accuracy(inputs.X_val, inputs.y_val)
    return step


class Workload(SimpleNamespace):
    """A name for the table, how to make the inputs, the NumPy step, target ratios by threads."""


WORKLOADS = {
    "conv": Workload(
        title="convolution, N 128, 32 to 64 channels, 16x16, 3x3, pad 1",
        targets={1: 1.7, 2: 1.8},
        inputs=lambda: conv_inputs(**CONV), numpy=conv_step,
    ),
    "convnet-small": Workload(
        title="ConvNet step, N 25, 6/16 filters 5x5, hidden 100", targets={1: 0.9, 2: 1.1},
        inputs=lambda: net_inputs(**SMALL_NET), numpy=training_step,
    ),
    "convnet-large": Workload(
        title="ConvNet step, N 64, 32/64 filters 5x5, hidden 256", targets={1: 1.2, 2: 1.15},
        inputs=lambda: net_inputs(**LARGE_NET), numpy=training_step,
    ),
    "captioner-rnn": Workload(
        title="CaptioningRNN step, N 25, T 17, D 512, W 256, H 512, V 1004",
        targets={1: 1.0, 2: 1.0},
        inputs=lambda: captioner_inputs(**CAPTIONER, cell_type="rnn"), numpy=training_step,
    ),
    "captioner-lstm": Workload(
        title="the same with an LSTM", targets={1: 1.1, 2: 1.3},
        inputs=lambda: captioner_inputs(**CAPTIONER, cell_type="lstm"), numpy=training_step,
    ),
}  # fmt: skip
