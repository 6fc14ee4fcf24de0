"""The versions of convolution that the chapter "Making it fast" climbs, at the benchmark's size."""

import tracemalloc
from types import SimpleNamespace

import numpy as np

from course import ladder
from scratch import fast, loops, plain
from scratch.cnn_layers import pad_images
from tests.bench.worker import step_times
from tests.bench.workloads import CONV, conv_inputs

SIZES = {
    "large": CONV,
    "small": {"N": 25, "C": 3, "F": 6, "H": 32, "HH": 5, "pad": 0},
}
RUNGS = {  # what it is: a storey, or a forward function of the ladder
    "0 every multiplication in Python": ladder.conv_by_numbers,
    "1 a loop over the outputs": loops,
    "2 a loop over the filter positions": ladder.conv_by_taps,
    "3 im2col, one matrix product": plain,
    "3 the same, batch last in memory": ladder.conv_batch_last,
    "4 windows along W, a product per output row": fast,
}
SLOW = (ladder.conv_by_numbers, loops)  # these get one picture


def rung(version, inputs):
    """Two steps, each without arguments: forward, and backward (None where there is none)."""
    if callable(version):
        return lambda: (version(pad_images(inputs.x, inputs.pad), inputs.w), None), None
    cache = version.conv_forward(inputs.x, inputs.w, pad=inputs.pad)[1]
    return (
        lambda: version.conv_forward(inputs.x, inputs.w, pad=inputs.pad),
        lambda: version.conv_backward(inputs.dout, cache),
    )


def peak(step):
    """Megabytes that a step needs at its peak, above what stands already."""
    tracemalloc.start()
    step()
    megabytes = tracemalloc.get_traced_memory()[1] / 2**20
    tracemalloc.stop()
    return megabytes


def one_picture(inputs):
    """The first picture of a batch: enough for the slow versions."""
    return SimpleNamespace(**{**vars(inputs), "x": inputs.x[:1], "dout": inputs.dout[:1]})


def measure(version, inputs):
    """A picture's share of: forward and backward, ms, peak of the forward, MB; and an output."""
    inputs = one_picture(inputs) if version in SLOW else inputs
    N = len(inputs.x)
    forward, backward = rung(version, inputs)
    there = min(step_times(forward, 1)) / N
    back = min(step_times(backward, 1)) / N if backward else None
    return there, back, peak(forward) / N, forward()[0][:1]


def digits(t):
    """Three of them."""
    return "-" if t is None else f"{float(f'{t:.3g}'):g}"


def report():
    """Header and rows: each rung's times, and how many times quicker than the first it is."""
    header = ["layer", "version", "forward, ms", "times quicker", "backward, ms", "peak, MB"]
    rows = []
    for size, sizes in SIZES.items():
        inputs = conv_inputs(**sizes)
        results = [measure(version, inputs) for version in RUNGS.values()]
        slowest, *_, truth = results[0]
        for what, (there, back, megabytes, out) in zip(RUNGS, results):
            np.testing.assert_allclose(out, truth, atol=1e-3)  # all of them are right
            quicker = f"{slowest / there:.0f}"
            rows.append([size, what, digits(there), quicker, digits(back), f"{megabytes:.2f}"])
    return header, rows
