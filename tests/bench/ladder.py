"""The versions of convolution that the chapter "Making it fast" climbs, at the benchmark's size."""

import tracemalloc

from scratch import cnn_layers
from tests.bench.worker import step_times
from tests.bench.workloads import CONV, conv_inputs

RUNGS = [  # what it is, suffix of the functions, pictures in the batch
    ("a loop over all outputs", "_naive", 1),
    ("im2col, one matrix product", "_im2col", CONV["N"]),
    ("windows along W only, a product for each output row", "", CONV["N"]),
]


def measure(suffix, N):
    """Milliseconds a picture, forward and backward, and peak megabytes a picture of both."""
    inputs = conv_inputs(**{**CONV, "N": N})
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
    header = ["version", "forward, ms", "backward, ms", "both, times quicker", "peak, MB a picture"]
    results = [measure(suffix, N) for _, suffix, N in RUNGS]
    slowest = sum(results[0][:2])
    rows = [
        [what, f"{there:.3g}", f"{back:.3g}", f"{slowest / (there + back):.0f}", f"{peak:.2f}"]
        for (what, *_), (there, back, peak) in zip(RUNGS, results)
    ]
    return header, rows
