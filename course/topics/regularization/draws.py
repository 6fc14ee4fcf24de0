"""What is the same for every right function that draws at random, whatever it draws.

Uniform numbers, a coin or whole numbers, compared from above or below: there are many right ways to
draw a mask. So the mask is read from the function's own output, and only what has to hold of every
mask is compared.
"""

import copy

import numpy as np

from course.checks.networks import MethodResults
from course.checks.spec import WrongKind, fresh

MANY = 2000  # numbers at least, before a share of them is taken for a probability
FILLINGS = {"zeros": "constant", "the border again": "edge"}  # and how np.pad calls them


def same_shape(name, array, other, of):
    """The array, if it has the shape of another."""
    array = np.asarray(array)
    if array.shape != other.shape:
        raise WrongKind(f"{name} has shape {array.shape}, expected {other.shape}, that of {of}.")
    return array


def yes(condition):
    """True or False as a result."""
    return np.asarray(bool(condition))


# ---------------------------------------------------------------- dropout


def first_of(returned):
    """What a layer's forward puts out."""
    if not (isinstance(returned, tuple) and len(returned) == 2):
        raise WrongKind("dropout_forward must return `out, cache`.")
    return np.asarray(returned[0])


def idle(options):
    """Is there nothing to be drawn?"""
    return not options.get("train", True) or options.get("drop_prob") == 0


def of_dropout(function):
    """``dropout_forward`` -> what can be said of its mask, which is what becomes of ones."""

    def run(x, *, rng, **options):
        def out_of(array, generator):
            out = first_of(function(array, **options, rng=generator))
            return same_shape("out", out, x, "x")

        out, ones = out_of(x, copy.deepcopy(rng)), np.ones_like(x)
        if idle(options):
            return {"out": out}
        mask = out_of(ones, copy.deepcopy(rng))
        alive = survivors(mask, lambda seed: out_of(ones, fresh_rng(seed)))
        found = MethodResults({"out / x of the survivors": extremes(alive, out.dtype)})
        found["out is x times a mask"] = yes(close(out, x * mask))
        if x.size >= MANY:
            found |= chances(mask, options.get("drop_prob", 0.5))
            again, other = (out_of(ones, g) for g in (copy.deepcopy(rng), fresh_rng(99)))
            found["the same rng, the same mask"] = yes((mask == again).all())
            found["another rng, another mask"] = yes((mask != other).any())
        return found

    return run


def fresh_rng(seed):
    return np.random.default_rng(seed)


def close(a, b):
    """Equal but for rounding?"""
    return np.allclose(a, b, rtol=1e-5 if a.dtype == np.float32 else 1e-10, atol=0)


def survivors(mask, draw):
    """What is not silenced; where a few draws have silenced all, that of another mask."""
    for seed in range(20):
        if mask.any():
            break
        mask = draw(seed)
    return mask[mask != 0]


def extremes(values, dtype):
    """The smallest and the largest of some numbers; 0 where there are none."""
    ends = (values.min(), values.max()) if len(values) else (0, 0)
    return np.array(ends, dtype)


def chances(mask, drop_prob):
    """Which share is silenced, and whether each element has a draw of its own."""
    silent = (mask == 0).reshape(len(mask), -1)
    return {
        "share that is silenced": np.array(snapped(silent.mean(), drop_prob, silent.size)),
        "rows have masks of their own": yes((silent != silent[:1]).any()),
        "columns have masks of their own": yes((silent != silent[:, :1]).any()),
    }


def snapped(share, drop_prob, count):
    """The probability that a share of ``count`` draws stands for, else the share to one digit."""
    for p in (drop_prob, 1 - drop_prob, 0.0, 1.0):
        if abs(share - p) <= 5 * np.sqrt(p * (1 - p) / count) + 1e-12:  # five deviations
            return p
    return round(float(share), 1)


def of_dropout_backward(function):
    """``dropout_backward`` -> what it does with the mask that the forward drew."""

    def run(dout, cache, *, case, forward):
        (x,), options = case.args, case.options
        dx = same_shape("dx", function(dout, cache), dout, "dout")
        if idle(options):
            return {"dx": dx}
        kept = first_of(forward(np.ones_like(x), **fresh(options))) != 0  # drawn as for x
        return {
            "dx / dout of the survivors": extremes((dx / dout)[kept], dx.dtype),
            "dx / dout of the silenced": extremes((dx / dout)[~kept], dx.dtype),
        }

    return run


# ---------------------------------------------------------------- a random shift


def of_shift(function):
    """``random_shift`` -> how far each picture was moved, and what moved in."""

    def run(X, *, rng, most=2):
        def out_of(generator):
            return same_shape("the batch", function(X, generator, most=most), X, "X")

        out = out_of(copy.deepcopy(rng))
        moves, known = how_they_moved(X, out, most)
        found = MethodResults({"dtype": np.array(str(out.dtype))})
        found["each picture is its own, moved"] = yes(known.all())
        fillings = fillings_of(X[known], out[known], moves[known])
        for name in (*FILLINGS, "the other side"):
            found[f"{name} moved in"] = yes(name in fillings)
        if len(X) >= 14 * (2 * most + 1) ** 2:  # so many that every move occurs
            found |= spread(moves[known])
            again, other = out_of(copy.deepcopy(rng)), out_of(fresh_rng(99))
            found["the same rng, the same moves"] = yes(np.array_equal(out, again))
            found["another rng, other moves"] = yes(not np.array_equal(out, other))
        return found

    return run


def how_they_moved(X, out, most):
    """How far down and right each picture was moved, judging by what stayed inside.

    -> (N, 2), and whether there is such a move (N,). Moves of one more than allowed are seen, too.
    """
    moves, known = np.zeros((len(X), 2), int), np.zeros(len(X), bool)
    reach = range(-most - 1, most + 2)
    for move in sorted(((i, j) for i in reach for j in reach), key=lambda m: np.abs(m).sum()):
        fits = (inside(out, *move) == inside(X, *back(move))).all(axis=(1, 2, 3)) & ~known
        moves[fits], known = move, known | fits
    return moves, known


def inside(X, down, right):
    """What is left of (N, C, H, W) when the first rows and columns go, or, below 0, the last."""
    H, W = X.shape[2:]
    return X[:, :, max(down, 0) : H + min(down, 0), max(right, 0) : W + min(right, 0)]


def back(move):
    return tuple(-step for step in move)


def fillings_of(X, out, moves):
    """Which of the usual fillings explain all pixels that came in from outside, by name."""
    left = {*FILLINGS, "the other side"}
    for move in map(tuple, np.unique(moves, axis=0).tolist()):
        rows = (moves == move).all(axis=1)
        x, frame = X[rows], [(0, 0), (0, 0), *((max(step, 0), max(-step, 0)) for step in move)]
        ways = {name: np.pad(inside(x, *back(move)), frame, how) for name, how in FILLINGS.items()}
        ways["the other side"] = np.roll(x, move, axis=(2, 3))
        left &= {name for name, filled in ways.items() if np.array_equal(out[rows], filled)}
    return left


def spread(moves):
    """Which moves occur in a batch: (M, 2) -> results by name."""
    found = {"different moves in the batch": np.array(len(np.unique(moves, axis=0)))}
    for way, steps in zip(("down", "right"), moves.T):
        ends = (steps.min(), steps.max()) if len(steps) else (0, 0)
        found[f"furthest moves {way}"] = np.array(ends)
    return found
