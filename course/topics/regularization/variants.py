"""Right, but written differently: dropout, weight decay, a random shift, early stopping."""

import copy

import numpy as np

from course.checks.variants import variant

# ---------------------------------------------------------------- dropout


@variant("dropout_forward", "keep where a number is below the chance to stay")
def drop_below(x, *, drop_prob=0.5, rng, train=True):
    if not train:
        return x.copy(), (None, 1.0)
    keep = 1 - drop_prob
    mask = rng.random(x.shape) < keep
    return np.where(mask, x / x.dtype.type(keep), 0).astype(x.dtype), (mask, keep)


@variant("dropout_forward", "a coin for each element")
def drop_coins(x, *, drop_prob=0.5, rng, train=True):
    keep = 1.0 - drop_prob if train else 1.0
    mask = rng.binomial(1, keep, size=x.shape)
    return x * mask.astype(x.dtype) / x.dtype.type(keep), [mask, keep]


@variant("dropout_forward", "all that was used goes into the cache")
def drop_remembered(x, *, drop_prob=0.5, rng, train=True):
    if not train:
        return x, None
    before = copy.deepcopy(rng)
    mask = rng.uniform(size=x.shape) > drop_prob
    keep = x.dtype.type(1 - drop_prob)
    out = x * mask / keep
    return out, (x, out, mask, keep, before)


@variant("dropout_forward", "the silenced are set to zero")
def drop_indexed(x, *, drop_prob=0.5, rng, train=True):
    out, gone = x.copy(), np.zeros(x.shape, bool)
    if train:
        gone = rng.choice([True, False], size=x.shape, p=[drop_prob, 1 - drop_prob])
        out[gone] = 0
        out /= 1 - drop_prob
    return out, (gone, drop_prob if train else 0)


@variant("dropout_backward", "keep where a number is below the chance to stay", drop_below)
def drop_below_backward(dout, cache):
    mask, keep = cache
    return dout if mask is None else np.where(mask, dout / dout.dtype.type(keep), dout * 0)


@variant("dropout_backward", "a coin for each element", drop_coins)
def drop_coins_backward(dout, cache):
    mask, keep = cache
    return (dout * (mask / keep)).astype(dout.dtype)


@variant("dropout_backward", "all that was used goes into the cache", drop_remembered)
def drop_remembered_backward(dout, cache):
    if cache is None:
        return dout
    x, out, mask, keep, before = cache
    return dout * mask / keep


@variant("dropout_backward", "the silenced are set to zero", drop_indexed)
def drop_indexed_backward(dout, cache):
    gone, drop_prob = cache
    dx = dout / dout.dtype.type(1 - drop_prob)
    dx[gone] = 0
    return dx


# ---------------------------------------------------------------- weight decay


@variant("with_weight_decay", "the rule first, then the shrinking, both from the old weight")
def decay_afterwards(rule, weight_decay):
    def decayed(w, dw, state=None, **options):
        next_w, state = rule(w, dw, state, **options)
        if w.ndim >= 2:
            next_w = next_w - options["learning_rate"] * weight_decay * w
        return next_w, state

    return decayed


@variant("with_weight_decay", "a factor that is 1 for vectors")
def decay_factor(rule, weight_decay):
    def with_decay(w, dw, state=None, *, learning_rate=0.01, **others):
        shrink = 0 if w.ndim == 1 else weight_decay
        smaller = w * (1 - learning_rate * shrink)
        return rule(smaller, dw, state, learning_rate=learning_rate, **others)

    return with_decay


@variant("with_weight_decay", "a class that can be called")
def decay_class(rule, weight_decay):
    class Decayed:
        __name__ = "decayed"

        def __call__(self, w, dw, state=None, *, learning_rate, **options):
            if len(w.shape) > 1:
                w = w - (learning_rate * weight_decay) * w
            return rule(w, dw, state, learning_rate=learning_rate, **options)

    return Decayed()


# ---------------------------------------------------------------- a random shift


@variant("random_shift", "slices of both pictures")
def shift_slices(X, rng, *, most=2):
    out, (H, W) = np.zeros_like(X), X.shape[2:]
    for x, o in zip(X, out):
        down, right = rng.integers(-most, most + 1), rng.integers(-most, most + 1)
        rows = slice(max(down, 0), H + min(down, 0)), slice(max(-down, 0), H + min(-down, 0))
        cols = slice(max(right, 0), W + min(right, 0)), slice(max(-right, 0), W + min(-right, 0))
        o[:, rows[0], cols[0]] = x[:, rows[1], cols[1]]
    return out


@variant("random_shift", "rolled, then the border wiped")
def shift_rolled(X, rng, *, most=2):
    padded = np.pad(X, [(0, 0), (0, 0), (most, most), (most, most)])
    moves = rng.integers(-most, most, size=(len(X), 2), endpoint=True)
    rolled = [np.roll(x, move, axis=(1, 2)) for x, move in zip(padded, moves)]
    H, W = X.shape[2:]
    return np.stack(rolled)[:, :, most : most + H, most : most + W]


@variant("random_shift", "all rows and columns by their numbers")
def shift_indexed(X, rng, *, most=2):
    N, C, H, W = X.shape
    padded = np.pad(X, [(0, 0), (0, 0), (most, most), (most, most)])
    top = rng.choice(2 * most + 1, size=N)
    left = rng.choice(2 * most + 1, size=N)
    rows = (top[:, None] + np.arange(H))[:, None, :, None]
    cols = (left[:, None] + np.arange(W))[:, None, None, :]
    return padded[np.arange(N)[:, None, None, None], np.arange(C)[:, None, None], rows, cols]


# ---------------------------------------------------------------- early stopping


@variant("should_stop", "the last ones against all before")
def stop_compared(history, patience):
    if len(history) <= patience:
        return False
    return max(history[-patience:]) <= max(history[:-patience])


@variant("should_stop", "a counter")
def stop_counted(history, patience):
    best, waited = float("-inf"), 0
    for value in history:
        if value > best:
            best, waited = value, 0
        else:
            waited += 1
    return waited >= patience


@variant("should_stop", "index of the largest")
def stop_indexed(history, patience):
    best = history.index(max(history))
    return best + patience < len(history)
