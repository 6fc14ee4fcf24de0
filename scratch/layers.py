"""Layers that every network shares: fully connected, ReLU, softmax loss, dropout, batch norm."""

import numpy as np

from scratch.shapes import check_indices, check_shapes


def fc_forward(x, w, b):
    """Fully connected layer, ``x w + b`` over the last axis: (..., D) -> (..., M).

    ``w`` is (D, M) and ``b`` is (M,). Axes before the last are batch axes, so the same function
    serves images (N, D) and sequences (N, T, D).
    """
    check_shapes("x (..., D), w (D, M), b (M,)", x, w, b)
    out = x @ w + b  # (..., D) (D, M) + (M,) -> (..., M)
    return out, (x, w)


def fc_backward(dout, cache):
    """Gradients ``(dx, dw, db)`` given ``dout`` of shape (..., M)."""
    x, w = cache
    D, M = w.shape
    rows, drows = x.reshape(-1, D), dout.reshape(-1, M)  # one row for each place of the batch
    dx = (drows @ w.T).reshape(x.shape)
    dw = rows.T @ drows
    db = drows.sum(axis=0)
    return dx, dw, db


def relu_forward(x):
    """``max(x, 0)`` of each element: any shape -> same shape."""
    check_shapes("x (...)", x)
    return np.maximum(x, 0), x


def relu_backward(dout, cache):
    """Gradient ``dx``: ``dout`` where the input was positive, 0 elsewhere (also at exactly 0)."""
    x = cache
    return dout * (x > 0)


def softmax(scores):
    """Turn scores into probabilities over the last axis: (..., K) -> (..., K).

    The largest score is subtracted first. That changes no ratio and keeps ``exp`` from overflowing.
    """
    check_shapes("scores (..., K)", scores)
    p = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return p / p.sum(axis=-1, keepdims=True)


def log_softmax(scores):
    """Logarithms of the probabilities, from the scores: (..., K) -> (..., K), finite if they are.

    The logarithm of ``softmax(scores)`` is ``-inf`` where a probability was rounded to 0.
    """
    with np.errstate(over="ignore"):  # two scores may be further apart than the largest number
        shifted = scores - scores.max(axis=-1, keepdims=True)
    logp = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return np.maximum(logp, np.finfo(logp.dtype).min)


def softmax_backward(dp, p):
    """Gradient of the scores, given that of the probabilities ``p = softmax(scores)``: (..., K).

    Both are given and returned along the last axis; each row of what comes out adds up to 0, for
    the probabilities always add up to 1.
    """
    return p * (dp - (p * dp).sum(axis=-1, keepdims=True))


def cross_entropy(scores, y):
    """Cross-entropy of each row, ``-log p[y]``, and its gradient: (N, K), (N,) -> (N,), (N, K)."""
    N, K = check_shapes("scores (N, K), y (N,)", scores, y)
    check_indices("y", y, K)
    rows = np.arange(N)
    with np.errstate(over="ignore"):  # two scores may be further apart than the largest number
        shifted = scores - scores.max(axis=1, keepdims=True)  # 0 at most: exp cannot overflow
    logp = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))  # (N, K)
    losses = -logp[rows, y]
    losses = np.minimum(losses, np.finfo(losses.dtype).max / (2 * N))  # even their sum is finite
    dscores = np.exp(logp)  # the probabilities
    dscores[rows, y] -= 1
    return losses, dscores


def softmax_loss(scores, y):
    """Mean cross-entropy of the softmax and its gradient: (N, K), (N,) -> (loss, dscores (N, K)).

    ``y`` holds the right class of each row, an integer in 0 .. K-1. The loss is in nats. See
    Bishop, "Pattern Recognition and Machine Learning" (2006), section 4.3.4.
    """
    losses, dscores = cross_entropy(scores, y)
    return float(losses.mean(dtype=np.float64)), dscores / len(scores)


def dropout_forward(x, *, drop_prob=0.5, rng, train=True):
    """Silence each element with probability ``drop_prob``: any shape -> same shape.

    Survivors are divided by ``1 - drop_prob``, so the expected output is ``x`` and nothing is
    left to do at test time (``train=False`` returns ``x``). Srivastava et al., "Dropout" (JMLR
    2014).
    """
    if not 0 <= drop_prob < 1:
        raise ValueError(f"drop_prob is {drop_prob}, expected 0 <= drop_prob < 1.")
    if not train:
        return x, None
    scale = (rng.random(x.shape) >= drop_prob).astype(x.dtype) / x.dtype.type(1 - drop_prob)
    return x * scale, scale


def dropout_backward(dout, cache):
    """Gradient ``dx``: the elements that were silenced pass nothing back."""
    return dout if cache is None else dout * cache


def batchnorm_forward(x, gamma, beta, *, mean=None, var=None, eps=1e-5):
    """Normalize each feature over the batch, then scale and shift: (N, D) -> (N, D).

    ``gamma`` and ``beta`` are (D,). With ``mean`` and ``var`` given (at test time: averages kept
    from training) these are used instead of the batch's own. Ioffe and Szegedy, "Batch
    Normalization" (ICML 2015).
    """
    N, D = check_shapes("x (N, D), gamma (D,), beta (D,)", x, gamma, beta)
    own = mean is None
    if own:
        mean, var = x.mean(axis=0), x.var(axis=0)  # (D,), of this batch
    scale = 1 / np.sqrt(var + x.dtype.type(eps))  # (D,)
    xhat = (x - mean) * scale
    out = gamma * xhat + beta
    return out, (xhat, gamma, scale, own)


def batchnorm_backward(dout, cache):
    """Gradients ``(dx, dgamma, dbeta)`` given ``dout`` of shape (N, D)."""
    xhat, gamma, scale, own = cache
    dgamma = (dout * xhat).sum(axis=0)
    dbeta = dout.sum(axis=0)
    dxhat = dout * gamma
    if own:  # the batch's mean and variance depend on x, too
        constant = dxhat.mean(axis=0)  # (D,): what would only shift the column
        along = (dxhat * xhat).mean(axis=0)  # (D,): what would only stretch it
        dxhat = dxhat - constant - xhat * along
    return dxhat * scale, dgamma, dbeta


def running_averages(mean, var, x, *, momentum=0.9):
    """Let the averages (D,), (D,) follow the batch ``x`` (N, D): -> the new (mean, var).

    ``momentum`` is how much of the old average stays. At test time they stand for the statistics
    of a batch.
    """
    N, D = check_shapes("x (N, D), mean (D,), var (D,)", x, mean, var)
    keep = x.dtype.type(momentum)
    new_mean = keep * mean + (1 - keep) * x.mean(axis=0)
    new_var = keep * var + (1 - keep) * x.var(axis=0)
    return new_mean, new_var


def spatial_batchnorm_forward(x, gamma, beta, *, mean=None, var=None, eps=1e-5):
    """Normalize each channel over the batch and all places: (N, C, H, W) -> (N, C, H, W).

    A filter is the same at each place, so every place of every picture is a row of (N H W, C).
    """
    N, C, H, W = check_shapes("x (N, C, H, W), gamma (C,), beta (C,)", x, gamma, beta)
    rows = x.transpose(0, 2, 3, 1).reshape(-1, C)  # (N H W, C)
    out, cache = batchnorm_forward(rows, gamma, beta, mean=mean, var=var, eps=eps)
    return out.reshape(N, H, W, C).transpose(0, 3, 1, 2), cache


def spatial_batchnorm_backward(dout, cache):
    """Gradients ``(dx, dgamma, dbeta)`` given ``dout`` of shape (N, C, H, W)."""
    N, C, H, W = dout.shape
    drows = dout.transpose(0, 2, 3, 1).reshape(-1, C)  # (N H W, C)
    dx, dgamma, dbeta = batchnorm_backward(drows, cache)
    return dx.reshape(N, H, W, C).transpose(0, 3, 1, 2), dgamma, dbeta
