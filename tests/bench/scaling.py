"""How time grows with each size: the slope of log time against log size, 1 where it is linear."""

import numpy as np

from scratch import fast
from tests.bench.worker import evaluate, step_times
from tests.bench.workloads import conv_inputs, conv_step

BASE_CONV = {"N": 16, "C": 16, "F": 16, "H": 18, "HH": 3, "pad": 1}
BASE_RNN = {"N": 16, "T": 8, "D": 64, "H": 64}
FACTORS = (1, 2, 4, 8)


def rnn_step(N, T, D, H):
    rng = np.random.default_rng(0)
    shapes = [(N, T, D), (N, H), (D, H), (H, H), (H,)]
    inputs = [rng.standard_normal(s, dtype=np.float32) / np.float32(8) for s in shapes]
    dh = rng.standard_normal((N, T, H), dtype=np.float32)

    def step():
        h, cache = fast.rnn_forward(*inputs)
        return fast.rnn_backward(dh, cache)

    return step


def conv(**sizes):
    return conv_step(conv_inputs(**sizes))


CASES = [  # layer, size that grows, the exponent that the number of operations has
    *(("convolution", conv, BASE_CONV, size, 1) for size in ("N", "C", "F")),
    ("convolution", conv, BASE_CONV, "H", 2),
    *(("RNN", rnn_step, BASE_RNN, size, 1) for size in ("N", "T", "D")),
    ("RNN", rnn_step, BASE_RNN, "H", 2),
]


def quickest(step):
    """Milliseconds of the quickest step after an evaluation, as in training."""
    evaluate(step)
    return min(step_times(step, 0.4))


def measure():
    """For each case the quickest time, in milliseconds, at each factor."""
    return [
        [quickest(make(**{**base, size: base[size] * factor})) for factor in FACTORS]
        for _, make, base, size, _ in CASES
    ]


def report():
    """Header and rows: times, and the slope between the two largest sizes."""
    header = ["layer", "size", "from", *(f"x{f}, ms" for f in FACTORS), "slope", "operations"]
    rows = []
    for (layer, _, base, size, order), times in zip(CASES, measure()):
        slope = np.polyfit(np.log(FACTORS[1:]), np.log(times[1:]), 1)[0]
        rows.append(
            [layer, size, base[size], *(f"{t:.2f}" for t in times), f"{slope:.2f}", order]
        )  # fmt: skip
    return header, rows


def plot(path, rows):
    """Time against size, both logarithmic, from the rows of the report."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    for layer, size, _, *times in (row[: 3 + len(FACTORS)] for row in rows):
        times = np.array(times, float)
        plt.loglog(FACTORS, times / times[0], "o-", label=f"{layer}, {size}")
    plt.loglog(FACTORS, FACTORS, "k:", label="slope 1")
    plt.xlabel("size, times the smallest")
    plt.ylabel("time, times the smallest")
    plt.legend()
    plt.savefig(path, dpi=120)
