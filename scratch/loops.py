"""The layers as they are defined, in loops: one output number at a time.

The same names and arguments as in ``scratch.plain``. These are here to be read, and to hold the
quicker versions to: a forward says what each output is made of, and its backward hands the gradient
of each output to everything that it was made of. They are slow.
"""

import numpy as np

from scratch.cnn_layers import output_size, pad_images, pair
from scratch.shapes import check_indices, check_shapes


def fc_forward(x, w, b):
    """Each output is one row times one column of ``w``: (..., D) -> (..., M)."""
    D, M = check_shapes("x (..., D), w (D, M), b (M,)", x, w, b)
    rows = x.reshape(-1, D)  # (K, D)
    out = np.zeros((len(rows), M), np.result_type(x, w))
    for n, m in np.ndindex(out.shape):
        out[n, m] = (rows[n] * w[:, m]).sum() + b[m]
    return out.reshape(*x.shape[:-1], M), (x, w)


def fc_backward(dout, cache):
    """Gradients ``(dx, dw, db)``: each output pays its row, its column and its bias."""
    x, w = cache
    D, M = w.shape
    rows, drows = x.reshape(-1, D), dout.reshape(-1, M)  # (K, D), (K, M)
    dx = np.zeros(rows.shape, np.result_type(w, dout))
    dw, db = np.zeros(w.shape, np.result_type(x, dout)), np.zeros(M, dout.dtype)
    for n, m in np.ndindex(drows.shape):
        dx[n] += drows[n, m] * w[:, m]
        dw[:, m] += drows[n, m] * rows[n]
        db[m] += drows[n, m]
    return dx.reshape(x.shape), dw, db


def relu_forward(x):
    """``x`` where it is positive, 0 elsewhere: any shape -> same shape."""
    out = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        out[index] = max(x[index], 0)
    return out, x


def relu_backward(dout, cache):
    """Gradient ``dx``: ``dout`` where the input was positive, 0 elsewhere (also at exactly 0)."""
    x, dx = cache, np.zeros_like(dout)
    for index in np.ndindex(x.shape):
        if x[index] > 0:
            dx[index] = dout[index]
    return dx


def softmax(scores):
    """Row by row, ``exp(score) / sum of exp``, the largest score subtracted first."""
    p = np.zeros_like(scores)
    for row in np.ndindex(scores.shape[:-1]):
        shifted = np.exp(scores[row] - scores[row].max())  # (K,)
        p[row] = shifted / shifted.sum()
    return p


def softmax_backward(dp, p):
    """Gradient of the scores: ``p[k]`` depends on ``score[c]`` by ``p[k] ((k == c) - p[c])``."""
    dscores = np.zeros_like(p)
    for row in np.ndindex(p.shape[:-1]):
        for k, c in np.ndindex(p.shape[-1], p.shape[-1]):
            dscores[row][c] += dp[row][k] * p[row][k] * ((k == c) - p[row][c])
    return dscores


def finite(loss, scores, count):
    """``loss``, but no more than what ``count`` of them can add up to and still be a number."""
    return min(loss, np.finfo(scores.dtype).max / (2 * count))


def cross_entropy(scores, y):
    """Row by row, ``-log p[y]`` and its gradient ``p`` minus 1 at ``y``: (N, K), (N,)."""
    N, K = check_shapes("scores (N, K), y (N,)", scores, y)
    check_indices("y", y, K)
    losses, dscores = np.zeros(N, scores.dtype), np.zeros_like(scores)
    for n in range(N):
        shifted = scores[n] - scores[n].max()  # the largest is 0: exp cannot overflow
        total = np.exp(shifted).sum()
        losses[n] = finite(np.log(total) - shifted[y[n]], scores, N)
        dscores[n] = np.exp(shifted) / total
        dscores[n, y[n]] -= 1
    return losses, dscores


def softmax_loss(scores, y):
    """Mean cross-entropy of the softmax and its gradient: (N, K), (N,) -> (loss, dscores)."""
    N, K = check_shapes("scores (N, K), y (N,)", scores, y)
    check_indices("y", y, K)
    loss, dscores = 0.0, np.zeros_like(scores)
    for n in range(N):
        shifted = scores[n] - scores[n].max()  # the largest is 0: exp cannot overflow
        total = np.exp(shifted).sum()
        loss += finite(np.log(total) - shifted[y[n]], scores, N) / N
        dscores[n] = np.exp(shifted) / total
        dscores[n, y[n]] -= 1
    return float(loss), dscores / N


def dropout_forward(x, *, drop_prob=0.5, rng, train=True):
    """One draw for each element: silenced, or divided by ``1 - drop_prob``."""
    if not 0 <= drop_prob < 1:
        raise ValueError(f"drop_prob is {drop_prob}, expected 0 <= drop_prob < 1.")
    if not train:
        return x, None
    scale = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        if rng.random() >= drop_prob:
            scale[index] = 1 / x.dtype.type(1 - drop_prob)
    return x * scale, scale


def dropout_backward(dout, cache):
    """Gradient ``dx``: the elements that were silenced pass nothing back."""
    dx = dout.copy()
    if cache is not None:
        for index in np.ndindex(dout.shape):
            dx[index] *= cache[index]
    return dx


def batchnorm_forward(x, gamma, beta, *, mean=None, var=None, eps=1e-5):
    """Feature by feature: subtract the mean, divide by the deviation, scale and shift."""
    N, D = check_shapes("x (N, D), gamma (D,), beta (D,)", x, gamma, beta)
    own = mean is None
    out, xhat, scale = np.zeros_like(x), np.zeros_like(x), np.zeros(D, x.dtype)
    for d in range(D):
        middle = x[:, d].mean() if own else mean[d]
        spread = ((x[:, d] - middle) ** 2).mean() if own else var[d]
        scale[d] = 1 / np.sqrt(spread + eps)
        xhat[:, d] = (x[:, d] - middle) * scale[d]
        out[:, d] = gamma[d] * xhat[:, d] + beta[d]
    return out, (xhat, gamma, scale, own)


def batchnorm_backward(dout, cache):
    """Gradients ``(dx, dgamma, dbeta)``: every row moves the mean and the deviation of its column.

    With the batch's own mean and variance, ``xhat[k]`` depends on ``x[n]`` by
    ``scale ((k == n) - 1/N - xhat[k] xhat[n] / N)``.
    """
    xhat, gamma, scale, own = cache
    (N, D), dx = dout.shape, np.zeros_like(dout)
    for n, k, d in np.ndindex(N, N, D):
        slope = (k == n) - (1 + xhat[k, d] * xhat[n, d]) / N if own else k == n
        dx[n, d] += dout[k, d] * gamma[d] * slope * scale[d]
    dgamma, dbeta = np.zeros(D, dout.dtype), np.zeros(D, dout.dtype)
    for n, d in np.ndindex(N, D):
        dgamma[d] += dout[n, d] * xhat[n, d]
        dbeta[d] += dout[n, d]
    return dx, dgamma, dbeta


def running_averages(mean, var, x, *, momentum=0.9):
    """Feature by feature: ``momentum`` of the old average, the rest of the new batch."""
    N, D = check_shapes("x (N, D), mean (D,), var (D,)", x, mean, var)
    new_mean, new_var = np.zeros(D, x.dtype), np.zeros(D, x.dtype)
    for d in range(D):
        middle = x[:, d].sum() / N
        spread = ((x[:, d] - middle) ** 2).sum() / N
        new_mean[d] = momentum * mean[d] + (1 - momentum) * middle
        new_var[d] = momentum * var[d] + (1 - momentum) * spread
    return new_mean, new_var


def spatial_batchnorm_forward(x, gamma, beta, *, mean=None, var=None, eps=1e-5):
    """Channel by channel, with mean and deviation over the batch and all places."""
    N, C, H, W = check_shapes("x (N, C, H, W), gamma (C,), beta (C,)", x, gamma, beta)
    own = mean is None
    out, xhat, scale = np.zeros_like(x), np.zeros_like(x), np.zeros(C, x.dtype)
    for c in range(C):
        middle = x[:, c].mean() if own else mean[c]
        spread = ((x[:, c] - middle) ** 2).mean() if own else var[c]
        scale[c] = 1 / np.sqrt(spread + eps)
        xhat[:, c] = (x[:, c] - middle) * scale[c]
        out[:, c] = gamma[c] * xhat[:, c] + beta[c]
    return out, (xhat, gamma, scale, own)


def spatial_batchnorm_backward(dout, cache):
    """Gradients ``(dx, dgamma, dbeta)``: as ``batchnorm_backward``, a row for each place."""
    xhat, gamma, scale, own = cache
    (N, C, H, W), dx = dout.shape, np.zeros_like(dout)
    dgamma, dbeta = np.zeros(C, dout.dtype), np.zeros(C, dout.dtype)
    for c in range(C):
        column = xhat[:, c].reshape(-1, 1), gamma[c : c + 1], scale[c : c + 1], own
        dcolumn, dgamma[c : c + 1], dbeta[c : c + 1] = batchnorm_backward(
            dout[:, c].reshape(-1, 1), column
        )
        dx[:, c] = dcolumn.reshape(N, H, W)
    return dx, dgamma, dbeta


def conv_forward(x, w, b=None, *, stride=1, pad=0):
    """Each output is one window times one filter, summed: (N, C, H, W) -> (N, F, H', W')."""
    N, C, H, W, F, HH, WW = check_shapes("x (N, C, H, W), w (F, C, HH, WW)", x, w)
    if b is not None:
        check_shapes("w (F, C, HH, WW), b (F,)", w, b)
    H_out, W_out = output_size(H, HH, stride, pad), output_size(W, WW, stride, pad)
    padded = pad_images(x, pad)
    out = np.zeros((N, F, H_out, W_out), np.result_type(x, w))
    for n, f, i, j in np.ndindex(out.shape):
        top, left = i * stride, j * stride
        window = padded[n, :, top : top + HH, left : left + WW]  # (C, HH, WW)
        out[n, f, i, j] = (window * w[f]).sum() + (0 if b is None else b[f])
    return out, (x, w, b, stride, pad)


def conv_backward(dout, cache):
    """Gradients ``(dx, dw, db)``: each output hands its gradient to all that it was made of."""
    x, w, b, stride, pad = cache
    N, C, H, W = x.shape
    F, C, HH, WW = w.shape
    padded = pad_images(x, pad)
    dpadded = np.zeros(padded.shape, np.result_type(w, dout))
    dw = np.zeros(w.shape, np.result_type(x, dout))
    for n, f, i, j in np.ndindex(dout.shape):
        top, left = i * stride, j * stride
        window = padded[n, :, top : top + HH, left : left + WW]  # (C, HH, WW)
        dpadded[n, :, top : top + HH, left : left + WW] += dout[n, f, i, j] * w[f]
        dw[f] += dout[n, f, i, j] * window
    dx = dpadded[:, :, pad : pad + H, pad : pad + W]
    db = None if b is None else dout.sum(axis=(0, 2, 3))
    return dx, dw, db


def max_pool_forward(x, *, size=2, stride=None):
    """One window, one maximum: (N, C, H, W) -> (N, C, H', W')."""
    N, C, H, W = check_shapes("x (N, C, H, W)", x)
    (HH, WW), (down, right) = pair(size), pair(size if stride is None else stride)
    H_out, W_out = output_size(H, HH, down), output_size(W, WW, right)
    out = np.zeros((N, C, H_out, W_out), x.dtype)
    for n, c, i, j in np.ndindex(out.shape):
        top, left = i * down, j * right
        window = x[n, c, top : top + HH, left : left + WW]
        out[n, c, i, j] = window.max()
    return out, (x, HH, WW, down, right)


def max_pool_backward(dout, cache):
    """Gradient ``dx``: find the winner of each window again and pay it, the first on a tie."""
    x, HH, WW, down, right = cache
    dx = np.zeros(x.shape, dout.dtype)
    for n, c, i, j in np.ndindex(dout.shape):
        top, left = i * down, j * right
        window = x[n, c, top : top + HH, left : left + WW]
        p, q = np.unravel_index(window.argmax(), window.shape)  # argmax: the first on a tie
        dx[n, c, top + p, left + q] += dout[n, c, i, j]
    return dx


def rnn_step_forward(x, prev_h, Wx, Wh, b):
    """Each unit sums over the inputs and over the old state, then squashes: -> (N, H)."""
    check_shapes("x (N, D), prev_h (N, H), Wx (D, H), Wh (H, H), b (H,)", x, prev_h, Wx, Wh, b)
    next_h = np.zeros(prev_h.shape, np.result_type(x, prev_h, Wx))
    for n, k in np.ndindex(next_h.shape):
        a = (x[n] * Wx[:, k]).sum() + (prev_h[n] * Wh[:, k]).sum() + b[k]
        next_h[n, k] = np.tanh(a)
    return next_h, (x, prev_h, Wx, Wh, next_h)


def rnn_step_backward(dnext_h, cache):
    """Gradients ``(dx, dprev_h, dWx, dWh, db)``: unit by unit, back through the tanh."""
    x, prev_h, Wx, Wh, next_h = cache
    dx, dprev_h, dWx, dWh = (np.zeros_like(a) for a in (x, prev_h, Wx, Wh))
    db = np.zeros(len(Wh), dnext_h.dtype)
    for n, k in np.ndindex(next_h.shape):
        da = dnext_h[n, k] * (1 - next_h[n, k] ** 2)  # tanh' = 1 - tanh²
        dx[n] += da * Wx[:, k]
        dprev_h[n] += da * Wh[:, k]
        dWx[:, k] += da * x[n]
        dWh[:, k] += da * prev_h[n]
        db[k] += da
    return dx, dprev_h, dWx, dWh, db


def rnn_forward(x, h0, Wx, Wh, b):
    """``h[t] = tanh(x[t] Wx + h[t-1] Wh + b)``, one step after the other: -> (N, T, H)."""
    N, T, D, H = check_shapes(
        "x (N, T, D), h0 (N, H), Wx (D, H), Wh (H, H), b (H,)", x, h0, Wx, Wh, b
    )
    h = np.zeros((N, T, H), np.result_type(x, h0, Wx))
    prev_h = h0
    for t in range(T):
        next_h = np.tanh(x[:, t] @ Wx + prev_h @ Wh + b)
        h[:, t] = next_h
        prev_h = next_h
    return h, (x, h0, Wx, Wh, h)


def rnn_backward(dh, cache):
    """Gradients ``(dx, dh0, dWx, dWh, db)``: the last step first, each adds its share."""
    x, h0, Wx, Wh, h = cache
    N, T, D = x.shape
    dx, dWx, dWh = np.zeros_like(x), np.zeros_like(Wx), np.zeros_like(Wh)
    db = np.zeros(len(Wh), dh.dtype)
    dprev_h = np.zeros_like(h0)
    for t in reversed(range(T)):
        prev_h = h[:, t - 1] if t > 0 else h0
        slope = 1 - h[:, t] ** 2
        da = (dh[:, t] + dprev_h) * slope
        dx[:, t] = da @ Wx.T
        dprev_h = da @ Wh.T
        dWx += x[:, t].T @ da
        dWh += prev_h.T @ da
        db += da.sum(axis=0)
    return dx, dprev_h, dWx, dWh, db


def gate_sums(x, prev_h, Wx, Wh, b, n, k):
    """What the gates of unit k in row n sum up: one number for each gate."""
    H = prev_h.shape[1]
    columns = range(k, Wx.shape[1], H)  # of the same unit in each gate
    return [(x[n] * Wx[:, c]).sum() + (prev_h[n] * Wh[:, c]).sum() + b[c] for c in columns]


def logistic(a):
    """``1 / (1 + exp(-a))`` of one number; ``exp`` of a large one would overflow."""
    return 1 / (1 + np.exp(-a)) if a > 0 else np.exp(a) / (1 + np.exp(a))


def lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b):
    """Unit by unit: what to write, keep and show, and the news; -> next_h, next_c, cache."""
    check_shapes("x (N, D), prev_h (N, H), prev_c (N, H)", x, prev_h, prev_c)
    check_shapes("x (N, D), prev_h (N, H), Wx (D, 4H), Wh (H, 4H), b (4H,)", x, prev_h, Wx, Wh, b)
    next_h, next_c = np.zeros_like(prev_h), np.zeros_like(prev_c)
    gates = np.zeros((4, *prev_h.shape), prev_h.dtype)
    for n, k in np.ndindex(prev_h.shape):
        write, keep, show, news = gate_sums(x, prev_h, Wx, Wh, b, n, k)
        i, f, o, g = logistic(write), logistic(keep), logistic(show), np.tanh(news)
        next_c[n, k] = f * prev_c[n, k] + i * g
        next_h[n, k] = o * np.tanh(next_c[n, k])
        gates[:, n, k] = i, f, o, g
    return next_h, next_c, (x, prev_h, prev_c, Wx, Wh, gates, next_c)


def lstm_step_backward(dnext_h, dnext_c, cache):
    """Gradients ``(dx, dprev_h, dprev_c, dWx, dWh, db)``, unit by unit."""
    x, prev_h, prev_c, Wx, Wh, gates, next_c = cache
    dx, dprev_h, dprev_c, dWx, dWh = (np.zeros_like(a) for a in (x, prev_h, prev_c, Wx, Wh))
    db = np.zeros(Wx.shape[1], dnext_h.dtype)
    for n, k in np.ndindex(prev_h.shape):
        i, f, o, g = gates[:, n, k]
        shown = np.tanh(next_c[n, k])
        dc = dnext_c[n, k] + dnext_h[n, k] * o * (1 - shown**2)
        dprev_c[n, k] = dc * f
        di, df, do, dg = dc * g, dc * prev_c[n, k], dnext_h[n, k] * shown, dc * i
        sums = di * i * (1 - i), df * f * (1 - f), do * o * (1 - o), dg * (1 - g**2)
        for gate, da in enumerate(sums):
            c = gate * prev_h.shape[1] + k  # the column of this unit in this gate
            dx[n] += da * Wx[:, c]
            dprev_h[n] += da * Wh[:, c]
            dWx[:, c] += da * x[n]
            dWh[:, c] += da * prev_h[n]
            db[c] += da
    return dx, dprev_h, dprev_c, dWx, dWh, db


def lstm_forward(x, h0, Wx, Wh, b):
    """One step after the other, from an empty cell: (N, T, D), (N, H) -> (N, T, H)."""
    N, T, D, H = check_shapes(
        "x (N, T, D), h0 (N, H), Wx (D, 4H), Wh (H, 4H), b (4H,)", x, h0, Wx, Wh, b
    )
    h, caches = np.zeros((N, T, H), np.result_type(x, h0, Wx)), []
    prev_h, prev_c = h0, np.zeros_like(h0)
    for t in range(T):
        prev_h, prev_c, cache = lstm_step_forward(x[:, t], prev_h, prev_c, Wx, Wh, b)
        h[:, t] = prev_h
        caches.append(cache)
    return h, (caches, x.shape, h0, Wx, Wh)


def lstm_backward(dh, cache):
    """Gradients ``(dx, dh0, dWx, dWh, db)``: the last step first, each adds its share."""
    caches, shape, h0, Wx, Wh = cache
    dx, dWx, dWh = np.zeros(shape, dh.dtype), np.zeros_like(Wx), np.zeros_like(Wh)
    db = np.zeros(Wx.shape[1], dh.dtype)
    dprev_h, dprev_c = np.zeros_like(h0), np.zeros_like(h0)
    for t in reversed(range(shape[1])):
        grads = lstm_step_backward(dh[:, t] + dprev_h, dprev_c, caches[t])
        dx[:, t], dprev_h, dprev_c, *shares = grads
        for total, share in zip((dWx, dWh, db), shares):
            total += share
    return dx, dprev_h, dWx, dWh, db


def gru_step_forward(x, prev_h, Wx, Wh, b):
    """Unit by unit: how much to reset and to keep, and the news: (N, D), (N, H) -> (N, H)."""
    check_shapes("x (N, D), prev_h (N, H), Wx (D, 3H), Wh (H, 3H), b (3H,)", x, prev_h, Wx, Wh, b)
    next_h, gates = np.zeros_like(prev_h), np.zeros((4, *prev_h.shape), prev_h.dtype)
    H = prev_h.shape[1]
    for n, k in np.ndindex(prev_h.shape):
        reset, keep, _ = gate_sums(x, prev_h, Wx, Wh, b, n, k)
        r, z = logistic(reset), logistic(keep)
        memory = (prev_h[n] * Wh[:, 2 * H + k]).sum()
        news = np.tanh((x[n] * Wx[:, 2 * H + k]).sum() + b[2 * H + k] + r * memory)
        next_h[n, k] = z * prev_h[n, k] + (1 - z) * news
        gates[:, n, k] = r, z, news, memory
    return next_h, (x, prev_h, Wx, Wh, gates)


def gru_step_backward(dnext_h, cache):
    """Gradients ``(dx, dprev_h, dWx, dWh, db)``, unit by unit."""
    x, prev_h, Wx, Wh, gates = cache
    dx, dprev_h, dWx, dWh = (np.zeros_like(a) for a in (x, prev_h, Wx, Wh))
    db = np.zeros(Wx.shape[1], dnext_h.dtype)
    for n, k in np.ndindex(prev_h.shape):
        r, z, news, memory = gates[:, n, k]
        dnews = dnext_h[n, k] * (1 - z) * (1 - news**2)
        dz = dnext_h[n, k] * (prev_h[n, k] - news) * z * (1 - z)
        dr = dnews * memory * r * (1 - r)
        dprev_h[n, k] += dnext_h[n, k] * z
        for gate, (da, dm) in enumerate([(dr, dr), (dz, dz), (dnews, dnews * r)]):
            c = gate * prev_h.shape[1] + k  # the column of this unit in this gate
            dx[n] += da * Wx[:, c]
            dprev_h[n] += dm * Wh[:, c]
            dWx[:, c] += da * x[n]
            dWh[:, c] += dm * prev_h[n]
            db[c] += da
    return dx, dprev_h, dWx, dWh, db


def gru_forward(x, h0, Wx, Wh, b):
    """One step after the other: (N, T, D), (N, H) -> every hidden state (N, T, H)."""
    N, T, D, H = check_shapes(
        "x (N, T, D), h0 (N, H), Wx (D, 3H), Wh (H, 3H), b (3H,)", x, h0, Wx, Wh, b
    )
    h, prev_h, caches = np.zeros((N, T, H), np.result_type(x, h0, Wx)), h0, []
    for t in range(T):
        prev_h, cache = gru_step_forward(x[:, t], prev_h, Wx, Wh, b)
        h[:, t] = prev_h
        caches.append(cache)
    return h, (caches, x.shape, h0, Wx, Wh)


def gru_backward(dh, cache):
    """Gradients ``(dx, dh0, dWx, dWh, db)``: the last step first, each adds its share."""
    caches, shape, h0, Wx, Wh = cache
    dx, dWx, dWh = np.zeros(shape, dh.dtype), np.zeros_like(Wx), np.zeros_like(Wh)
    db, dprev_h = np.zeros(Wx.shape[1], dh.dtype), np.zeros_like(h0)
    for t in reversed(range(shape[1])):
        dx[:, t], dprev_h, *shares = gru_step_backward(dh[:, t] + dprev_h, caches[t])
        for total, share in zip((dWx, dWh, db), shares):
            total += share
    return dx, dprev_h, dWx, dWh, db


def word_embedding_forward(x, w):
    """Word by word, copy its row: integers (N, T) -> (N, T, E). ``w`` is (V, E)."""
    V, E = check_shapes("w (V, E)", w)
    check_indices("x", x, V)
    out = np.zeros((*x.shape, E), w.dtype)
    for place in np.ndindex(x.shape):
        out[place] = w[x[place]]
    return out, (x, w)


def word_embedding_backward(dout, cache):
    """Gradient ``dw``: place by place, add to the row of the word that stands there."""
    x, w = cache
    dw = np.zeros(w.shape, dout.dtype)
    for place in np.ndindex(x.shape):
        dw[x[place]] += dout[place]
    return dw


def temporal_softmax_loss(scores, y, mask):
    """Cross-entropy of a sequence, position by position: -> (loss, dscores (N, T, V))."""
    N, T, V = check_shapes("scores (N, T, V), y (N, T), mask (N, T)", scores, y, mask)
    check_indices("y", y, V)
    loss, dscores = 0.0, np.zeros_like(scores)
    for n, t in np.ndindex(N, T):
        shifted = scores[n, t] - scores[n, t].max()  # the largest is 0: exp cannot overflow
        total = np.exp(shifted).sum()
        loss += mask[n, t] * finite(np.log(total) - shifted[y[n, t]], scores, N * T) / N
        dscores[n, t] = np.exp(shifted) / total
        dscores[n, t, y[n, t]] -= 1
        dscores[n, t] *= mask[n, t] / N
    return float(loss), dscores


def attention_forward(query, keys, values):
    """Row by row: score each key, then mix the values: (N, D), (N, L, D), (N, L, M) -> (N, M)."""
    check_shapes("query (N, D), keys (N, L, D), values (N, L, M)", query, keys, values)
    (N, L, D), M = keys.shape, values.shape[2]
    weights, out = np.zeros((N, L), query.dtype), np.zeros((N, M), values.dtype)
    for n in range(N):
        scores = [(query[n] * keys[n, place]).sum() / np.sqrt(D) for place in range(L)]
        weights[n] = softmax(np.array(scores))
        for place in range(L):
            out[n] += weights[n, place] * values[n, place]
    return out, (query, keys, values, weights)


def attention_backward(dout, cache):
    """Gradients ``(dquery, dkeys, dvalues)``: back through the mix, the softmax and the scores."""
    query, keys, values, weights = cache
    dquery, dkeys, dvalues = np.zeros_like(query), np.zeros_like(keys), np.zeros_like(values)
    for n, place in np.ndindex(weights.shape):
        dvalues[n, place] = weights[n, place] * dout[n]
        worth = (dout[n] * (values[n, place] - weights[n] @ values[n])).sum()
        dscore = weights[n, place] * worth / np.sqrt(query.shape[1]).astype(query.dtype)
        dquery[n] += dscore * keys[n, place]
        dkeys[n, place] = dscore * query[n]
    return dquery, dkeys, dvalues


def self_attention_forward(x, Wq, Wk, Wv):
    """Each step asks itself and all before it, one example and one step at a time."""
    three = [fc_forward(x, W, np.zeros(W.shape[1], x.dtype)) for W in (Wq, Wk, Wv)]
    (query, keys, values), products = zip(*three)
    out, caches = np.zeros(values.shape, x.dtype), {}
    for n, t in np.ndindex(x.shape[:2]):
        before = slice(0, t + 1)
        asked = query[n : n + 1, t], keys[n : n + 1, before], values[n : n + 1, before]
        out[n, t], caches[n, t] = attention_forward(*asked)
    return out, (query, keys, values, products, caches)


def self_attention_backward(dout, cache):
    """Gradients ``(dx, dWq, dWk, dWv)``: each look pays who asked and all who answered."""
    query, keys, values, products, caches = cache
    dquery, dkeys, dvalues = np.zeros_like(query), np.zeros_like(keys), np.zeros_like(values)
    for (n, t), look in caches.items():
        shares = attention_backward(dout[n : n + 1, t], look)
        dquery[n, t] = shares[0][0]
        for s in range(t + 1):
            dkeys[n, s] += shares[1][0, s]
            dvalues[n, s] += shares[2][0, s]
    pairs = zip((dquery, dkeys, dvalues), products)
    (dx_q, dWq, _), (dx_k, dWk, _), (dx_v, dWv, _) = (fc_backward(d, c) for d, c in pairs)
    return dx_q + dx_k + dx_v, dWq, dWk, dWv


def look_forward(x, prev_h, cells, Wq):
    """Row by row: what the state asks, what the cells answer, beside the input: -> (N, D + A)."""
    N, D, H, A, L = check_shapes(
        "x (N, D), prev_h (N, H), Wq (H, A), cells (N, L, A)", x, prev_h, Wq, cells
    )
    query, out = np.zeros((N, A), prev_h.dtype), np.zeros((N, D + A), x.dtype)
    for n, a in np.ndindex(N, A):
        query[n, a] = (prev_h[n] * Wq[:, a]).sum()
    seen, attention = attention_forward(query, cells, cells)
    for n in range(N):
        out[n, :D], out[n, D:] = x[n], seen[n]
    return out, (D, prev_h, Wq, attention)


def look_backward(dout, cache):
    """Gradients ``(dx, dprev_h, dcells, dWq)``: each element of the query pays state and ``Wq``."""
    D, prev_h, Wq, attention = cache
    dquery, dkeys, dvalues = attention_backward(dout[:, D:], attention)
    dprev_h, dWq = np.zeros_like(prev_h), np.zeros_like(Wq)
    for n, a in np.ndindex(dquery.shape):
        dprev_h[n] += dquery[n, a] * Wq[:, a]
        dWq[:, a] += dquery[n, a] * prev_h[n]
    return dout[:, :D].copy(), dprev_h, dkeys + dvalues, dWq


def attend_forward(x, h0, cells, Wq, Wx, Wh, b, *, step=None, states=1):
    """Look, then step, T times: -> all states (N, T, H)."""
    step = rnn_step_forward if step is None else step
    T, h, caches = x.shape[1], [], []
    state = [h0] if states == 1 else [h0, np.zeros_like(h0)]
    for t in range(T):
        looked, look = look_forward(x[:, t], state[0], cells, Wq)
        *state, cache = step(looked, *state, Wx, Wh, b)
        h.append(state[0])
        caches.append((look, cache))
    return np.stack(h, axis=1), caches


def attend_backward(dh, cache, *, step=None, states=1):
    """Gradients ``(dx, dh0, dcells, dWq, dWx, dWh, db)``: undo step and look, last one first."""
    step = rnn_step_backward if step is None else step
    dstate, total, dx = [np.zeros_like(dh[:, 0]) for _ in range(states)], None, []
    for t in range(dh.shape[1] - 1, -1, -1):
        dstate[0] = dstate[0] + dh[:, t]
        dlooked, *dstate, dWx, dWh, db = step(*dstate, cache[t][1])
        dx_t, dasking, dcells, dWq = look_backward(dlooked, cache[t][0])
        dstate[0] = dstate[0] + dasking
        dx.insert(0, dx_t)
        shares = [dcells, dWq, dWx, dWh, db]
        total = shares if total is None else [a + share for a, share in zip(total, shares)]
    return np.stack(dx, axis=1), dstate[0], *total
