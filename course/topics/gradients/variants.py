"""Right, but written differently: gradient checking."""

import numpy as np

from course.checks.variants import variant


@variant("numeric_gradient", "a fresh array for every point")
def numeric_fresh(f, x, dout=1.0, *, eps=1e-6):
    x = np.asarray(x, float)
    grad = np.empty(x.shape)
    for k in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[k] = eps
        grad[k] = (dout * (f(x + step) - f(x - step))).sum() / eps / 2
    return grad


@variant("numeric_gradient", "the loss first, then the difference")
def numeric_loss(f, x, dout=1.0, *, eps=1e-6):
    flat = np.array(x, dtype=float).ravel()

    def loss(values):
        return float(np.sum(dout * f(values.reshape(np.shape(x)))))

    grad = []
    for k in range(flat.size):
        e = eps * (np.arange(flat.size) == k)
        grad.append((loss(flat + e) - loss(flat - e)) / (2 * eps))
    return np.array(grad).reshape(np.shape(x))


@variant("numeric_gradient", "nditer, in place on a copy")
def numeric_nditer(f, x, dout=1.0, *, eps=1e-6):
    x = np.array(x, np.float64)
    grad, it = np.zeros(x.shape), np.nditer(x, flags=["multi_index"])
    for old in it:
        old, k = float(old), it.multi_index
        x[k] = old + eps
        high = np.copy(f(x))
        x[k] = old - eps
        low = np.copy(f(x))
        x[k] = old
        grad[k] = ((high - low) / (2 * eps) * dout).sum()
    return grad


@variant("relative_error", "element by element")
def error_loops(a, b):
    floor = max(max(abs(p) + abs(q) for p, q in zip(a.ravel(), b.ravel())) / 1000, 1e-9)
    pairs = zip(a.ravel().tolist(), b.ravel().tolist())
    return np.array([abs(p - q) / max(abs(p) + abs(q), floor) for p, q in pairs]).reshape(a.shape)


@variant("relative_error", "clip")
def error_clip(a, b):
    size = np.abs(a) + np.abs(b)
    return np.abs(np.subtract(a, b)) / np.clip(size, max(size.max() * 1e-3, 1e-9), None)


@variant("relative_error", "where")
def error_where(a, b):
    size = abs(a) + abs(b)
    floor = np.fmax(1e-3 * np.max(size), 1e-9)
    return abs(b - a) / np.where(size > floor, size, floor)


@variant("wrong_gradients", "along random directions")
def wrong_by_directions(forward, backward, *inputs, tolerance=1e-6):
    rng = np.random.default_rng(5)
    out, cache = forward(*inputs)
    dout, wrong = rng.normal(size=out.shape), []
    grads = backward(dout, cache)
    for k, grad in enumerate(grads if isinstance(grads, tuple) else [grads]):
        v = rng.normal(size=inputs[k].shape)
        ends = [forward(*inputs[:k], inputs[k] + s * v, *inputs[k + 1 :])[0] for s in (1e-6, -1e-6)]
        slope = ((ends[0] - ends[1]) * dout).sum() / 2e-6
        if grad.shape != v.shape or abs((grad * v).sum() - slope) > 10 * tolerance * max(
            1, abs(slope)
        ):
            wrong.append(k)
    return np.array(wrong, dtype=int)


@variant("wrong_gradients", "allclose")
def wrong_by_allclose(forward, backward, *inputs, tolerance=1e-6):
    out, cache = forward(*inputs)
    dout = np.random.default_rng(8).uniform(1, 2, size=out.shape)
    grads = backward(dout, cache)
    grads = grads if isinstance(grads, tuple) else (grads,)
    right = []
    for k in range(len(grads)):
        others = list(inputs)

        def f(x, k=k, others=others):
            return forward(*others[:k], x, *others[k + 1 :])[0]

        slope = numeric_fresh(f, inputs[k], dout)
        close = grads[k].shape == slope.shape and np.allclose(grads[k], slope, rtol=10 * tolerance)
        right.append(close)
    return tuple(k for k, fine in enumerate(right) if not fine)


@variant("wrong_gradients", "with numeric_loss")
def wrong_by_loss(forward, backward, *inputs, tolerance=1e-6):
    out, cache = forward(*inputs)
    dout = np.cos(np.arange(out.size)).reshape(out.shape) + 2
    grads = np.atleast_1d(backward(dout, cache)) if len(inputs) < 1 else backward(dout, cache)
    grads, found = (grads if type(grads) is tuple else (grads,)), []
    for k, (x, g) in enumerate(zip(inputs, grads)):
        n = numeric_loss(lambda z, k=k: forward(*inputs[:k], z, *inputs[k + 1 :])[0], x, dout)
        if np.shape(g) != np.shape(n) or error_clip(g, n).max() > 10 * tolerance:
            found += [k]
    return found
