"""Right, but written differently: the softmax and its loss."""

import numpy as np

from course.checks.variants import variant


@variant("softmax_loss", "row by row")
def softmax_rows(scores, y):
    dscores, loss = np.empty_like(scores), 0.0
    for n, row in enumerate(scores):
        shifted = row - max(row)
        total = np.log(np.exp(shifted).sum())
        loss += (total - shifted[y[n]]) / len(scores)
        dscores[n] = np.exp(shifted - total) / len(scores)
        dscores[n, y[n]] -= 1 / len(scores)
    return loss, dscores


@variant("softmax_loss", "logaddexp and one-hot")
def softmax_one_hot(scores, y):
    N, K = scores.shape
    logp = scores - np.logaddexp.reduce(scores, axis=1)[:, None]
    target = np.eye(K, dtype=scores.dtype)[y]
    loss = -(logp[target == 1]).sum() / N
    return loss, (np.exp(logp) - target) / N


@variant("softmax_loss", "shifted twice, column-major")
def softmax_fortran(scores, y):
    s = np.asfortranarray(scores - scores.max(axis=1)[:, np.newaxis])
    e = np.exp(s)
    p = e / e.sum(axis=1, keepdims=True)
    picked = np.take_along_axis(s, np.asarray(y, int)[:, None], axis=1)[:, 0]
    loss = np.mean(np.log(e.sum(axis=1)) - picked)
    np.put_along_axis(p, y[:, None].astype(int), p[np.arange(len(y)), y][:, None] - 1, axis=1)
    return loss, p / len(y)


@variant("softmax", "logaddexp")
def softmax_log(scores):
    return np.exp(scores - np.logaddexp.reduce(scores, axis=-1)[..., None])


@variant("softmax", "row by row")
def softmax_by_row(scores):
    out = np.empty_like(scores)
    for index in np.ndindex(scores.shape[:-1]):
        e = np.exp(scores[index] - max(scores[index]))
        out[index] = e / e.sum()
    return out


@variant("softmax", "column-major, shifted twice")
def softmax_twice(scores):
    s = np.asfortranarray(scores - np.amax(scores, -1)[..., np.newaxis])
    e = np.exp(s - s.max(-1, keepdims=True))
    return np.divide(e, np.expand_dims(np.sum(e, -1), -1))


@variant("cross_entropy", "logaddexp and one-hot")
def entropy_one_hot(scores, y):
    logp = scores - np.logaddexp.reduce(scores, axis=1)[:, None]
    target = np.eye(scores.shape[1], dtype=scores.dtype)[y]
    return -np.where(target == 1, logp, 0).sum(axis=1), np.exp(logp) - target


@variant("cross_entropy", "row by row")
def entropy_rows(scores, y):
    losses, dscores = np.empty(len(y), scores.dtype), np.empty_like(scores)
    for k, row in enumerate(scores):
        s = row - row.max()
        losses[k] = np.log(np.exp(s).sum()) - s[y[k]]
        dscores[k] = np.exp(s) / np.exp(s).sum() - (np.arange(len(row)) == y[k])
    return losses, dscores


@variant("cross_entropy", "take_along_axis")
def entropy_take(scores, y):
    s = scores - scores.max(1, keepdims=True)
    total = np.exp(s).sum(1)
    grad = np.exp(s) / total[:, None]
    np.subtract.at(grad, (np.arange(len(y)), y), 1)
    return np.log(total) - np.take_along_axis(s, y[:, None], 1)[:, 0], grad


@variant("softmax_loss", "short")
def softmax_loss_short(scores, y):
    N = len(scores)
    rows = np.arange(N)
    shifted = scores - scores.max(axis=1, keepdims=True)
    logp = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    loss = -logp[rows, y].sum() / N
    dscores = np.exp(logp)
    dscores[rows, y] -= 1
    dscores /= N
    return loss, dscores


@variant("cross_entropy", "short")
def cross_entropy_short(scores, y):
    rows = np.arange(len(scores))
    shifted = scores - scores.max(axis=1, keepdims=True)
    logp = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    losses = -logp[rows, y]
    dscores = np.exp(logp)
    dscores[rows, y] -= 1
    return losses, dscores
