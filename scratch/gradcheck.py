"""Is ``backward`` really the derivative of ``forward``? Ask numerically, in float64."""

from typing import NamedTuple

import numpy as np


def numeric_gradient(f, x, dout=1.0, *, eps=1e-6):
    """Gradient of ``sum(dout * f(x))`` by central differences, one element of ``x`` at a time.

    ``f`` takes an array like ``x`` and returns a scalar or an array of the shape of ``dout``. The
    error is of the order eps² plus rounding, about 1e-9 in float64. ``x`` itself is left unchanged.
    """
    x = np.array(x, dtype=np.float64)
    grad = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        middle = x[index]
        x[index] = middle + eps
        up = np.array(f(x))  # a copy: f may hand back x itself
        x[index] = middle - eps
        down = np.array(f(x))
        x[index] = middle
        grad[index] = np.sum(dout * (up - down)) / (2 * eps)
    return grad


def relative_error(a, b):
    """Elementwise ``|a - b| / max(|a| + |b|, floor)``; the floor is 1e-3 of the largest magnitude.

    Without the floor, an element that should be 0 and is 1e-12 would count as all wrong.
    """
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    size = np.abs(a) + np.abs(b)
    floor = max(1e-3 * size[np.isfinite(size)].max(initial=0.0), 1e-9)
    with np.errstate(invalid="ignore"):
        return np.abs(a - b) / np.maximum(size, floor)


class GradientReport(NamedTuple):
    """The worst element of one gradient: where it is, what it is and what it should be."""

    name: str
    error: float
    index: tuple
    analytic: float
    numeric: float
    wrong: int
    size: int
    tolerance: float

    @property
    def passed(self):
        return self.wrong == 0

    def __str__(self):
        if self.passed:
            return f"{self.name}: right (largest relative error {self.error:.1e})"
        return (
            f"{self.name}: WRONG in {self.wrong} of {self.size} elements; worst at "
            f"{self.name}{list(self.index)}: backward says {self.analytic:.6g}, the slope is "
            f"{self.numeric:.6g}"
        )


def compare_gradients(name, analytic, numeric, tolerance=1e-6, *, noise=0.0):
    """A ``GradientReport`` on one gradient array; a wrong shape raises ``ValueError``.

    A gap of at most ``noise`` counts as none: as much as rounding can do to the numeric gradient.
    """
    analytic = np.asarray(analytic)
    if analytic.shape != numeric.shape:
        raise ValueError(
            f"The gradient {name} has shape {analytic.shape}, expected {numeric.shape}: a "
            "gradient has the shape of the array it belongs to."
        )
    errors = relative_error(analytic, numeric)
    errors = np.where(np.abs(analytic - numeric) <= noise, 0.0, errors)
    errors = np.where(np.isfinite(errors), errors, np.inf)
    index = tuple(int(i) for i in np.unravel_index(errors.argmax(), errors.shape))
    return GradientReport(
        name,
        float(errors[index]),
        index,
        float(analytic[index]),
        float(numeric[index]),
        int((errors > tolerance).sum()),
        errors.size,
        tolerance,
    )


def check_layer(forward, backward, *inputs, rng=None, names=None, tolerance=1e-6, **options):
    """Check every gradient of a layer elementwise: -> a list of ``GradientReport``.

    ``inputs`` are the arrays of ``forward``, best float64; integer inputs (words) have no gradient
    and are skipped. The upstream gradient is drawn at random: ones would hide mistakes.
    """
    rng = np.random.default_rng(1) if rng is None else rng  # not 0: inputs often come from there
    out, cache = forward(*inputs, **options)
    dout = rng.normal(size=out.shape)
    grads = backward(dout, cache)
    grads = grads if isinstance(grads, tuple) else (grads,)
    smooth = [i for i, x in enumerate(inputs) if np.issubdtype(np.asarray(x).dtype, np.floating)]
    reports = []
    for i, grad in zip(smooth, grads, strict=False):
        name = names[i] if names else f"input {i}"

        def f(x, i=i):
            return forward(*inputs[:i], x, *inputs[i + 1 :], **options)[0]

        reports.append(
            compare_gradients(name, grad, numeric_gradient(f, inputs[i], dout), tolerance)
        )
    return reports


def directional_error(forward, backward, *inputs, rng, eps=1e-6):
    """Largest relative gap between analytic and numeric derivatives along random directions.

    Each float input is nudged along a random v: <dx, v> must match <dout, f(x + eps v) - f(x -
    eps v)> / (2 eps). Two forward calls an input, whatever its size, so it suits large arrays.
    """
    out, cache = forward(*inputs)
    dout = rng.normal(size=out.shape)
    grads = backward(dout, cache)
    grads = grads if isinstance(grads, tuple) else (grads,)
    smooth = [i for i, x in enumerate(inputs) if np.issubdtype(np.asarray(x).dtype, np.floating)]
    errors = []
    for i, grad in zip(smooth, grads, strict=False):
        v = rng.normal(size=inputs[i].shape)
        up, down = ((*inputs[:i], inputs[i] + s * eps * v, *inputs[i + 1 :]) for s in (1, -1))
        numeric = np.vdot(dout, forward(*up)[0] - forward(*down)[0]) / (2 * eps)
        analytic = np.vdot(grad, v)
        errors.append(abs(analytic - numeric) / max(abs(analytic) + abs(numeric), 1e-8))
    return max(errors)


def check_model(model, X, y, *, rng=None, samples=20, eps=1e-5, tolerance=1e-5):
    """Check ``samples`` random elements of every parameter's gradient: -> a list of reports.

    ``model`` has ``params`` and ``loss(X, y) -> (loss, grads)``; make it with ``dtype=np.float64``.
    Where it draws random numbers from a ``rng`` of its own (dropout), each loss is computed with
    the same ones: otherwise each would be the loss of another network.
    """
    rng = np.random.default_rng(0) if rng is None else rng
    drawn = model.rng.bit_generator.state if hasattr(model, "rng") else None

    def loss_and_gradients():
        if drawn is not None:
            model.rng.bit_generator.state = drawn
        return model.loss(X, y)

    loss, grads = loss_and_gradients()
    noise = 4 * np.finfo(np.float64).eps * abs(loss) / eps  # of a difference of two losses
    reports = []
    for name, w in model.params.items():
        picks = rng.choice(w.size, size=min(samples, w.size), replace=False)
        numeric, analytic = np.zeros(w.shape), np.zeros(w.shape)
        for index in (np.unravel_index(k, w.shape) for k in picks):
            middle, sides = w[index], []
            for side in (middle + eps, middle - eps):
                w[index] = side
                sides.append(loss_and_gradients()[0])
            w[index] = middle
            numeric[index] = (sides[0] - sides[1]) / (2 * eps)
            analytic[index] = grads[name][index]
        reports.append(compare_gradients(name, analytic, numeric, tolerance, noise=noise))
    return reports
