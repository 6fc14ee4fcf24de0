"""The versions of convolution that the chapter "Making it fast" climbs, at the benchmark's size."""

import tracemalloc

from scratch import cnn_layers
from tests.bench.worker import step_times
from tests.bench.workloads import CONV, conv_inputs

SIZES = {
    "N 128, 32 to 64 channels, 16x16, 3x3": CONV,
    "N 25, 3 to 6 channels, 32x32, 5x5": {"N": 25, "C": 3, "F": 6, "H": 32, "HH": 5, "pad": 0},
}
RUNGS = {  # what it is: suffix of the functions
    "a loop over all outputs": "_naive",
    "im2col, one matrix product": "_im2col",
    "windows along W, a product per output row": "",
}


def measure(suffix, sizes):
    """Milliseconds a picture, forward and backward, and peak megabytes a picture of both."""
    sizes = {**sizes, "N": 1} if suffix == "_naive" else sizes
    inputs, N = conv_inputs(**sizes), sizes["N"]
    forward = getattr(cnn_layers, f"conv_forward{suffix}")
    backward = getattr(cnn_layers, f"conv_backward{suffix}")
    _, cache = forward(inputs.x, inputs.w, pad=inputs.pad)
    there = min(step_times(lambda: forward(inputs.x, inputs.w, pad=inputs.pad), 1))
    back = min(step_times(lambda: backward(inputs.dout, cache), 1))
    del cache
    tracemalloc.start()
    _, cache = forward(inputs.x, inputs.w, pad=inputs.pad)
    backward(inputs.dout, cache)
    peak = tracemalloc.get_traced_memory()[1] / 2**20
    tracemalloc.stop()
    return there / N, back / N, peak / N


def report():
    """Header and rows: each rung's time, and how many times quicker than the first it is."""
    header = ["size", "version", "forward, ms", "backward, ms", "times quicker", "peak, MB"]
    rows = []
    for size, sizes in SIZES.items():
        results = [measure(suffix, sizes) for suffix in RUNGS.values()]
        slowest = sum(results[0][:2])
        for what, (there, back, peak) in zip(RUNGS, results):
            quicker = f"{slowest / (there + back):.0f}"
            rows.append([size, what, f"{there:.3g}", f"{back:.3g}", quicker, f"{peak:.2f}"])
    return header, rows
