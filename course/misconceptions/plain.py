"""Each function of the exercises, written as a learner may write it: short, with loops.

Known mistakes are patches of these lines (see the other modules of this package). The tests hold
every function here equal to the reference in ``scratch/``, whose faster lines may change freely.
"""

import re

import numpy as np

WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")


def fc_forward(x, w, b):
    out = x @ w + b
    return out, (x, w)


def fc_backward(dout, cache):
    x, w = cache
    rows, drows = x.reshape(-1, w.shape[0]), dout.reshape(-1, w.shape[1])
    dx = (drows @ w.T).reshape(x.shape)
    dw = rows.T @ drows
    db = drows.sum(axis=0)
    return dx, dw, db


def relu_forward(x):
    out = np.maximum(x, 0)
    return out, x


def relu_backward(dout, cache):
    x = cache
    dx = dout * (x > 0)
    return dx


def softmax_loss(scores, y):
    N = len(scores)
    rows = np.arange(N)
    shifted = scores - scores.max(axis=1, keepdims=True)
    logp = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    loss = -logp[rows, y].sum() / N
    dscores = np.exp(logp)
    dscores[rows, y] -= 1
    dscores /= N
    return loss, dscores


def conv_forward(x, w, b=None, *, stride=1, pad=0):
    N, C, H, W = x.shape
    F, C, HH, WW = w.shape
    H_out = 1 + (H + 2 * pad - HH) // stride
    W_out = 1 + (W + 2 * pad - WW) // stride
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.zeros((N, F, H_out, W_out), x.dtype)
    for i in range(H_out):
        for j in range(W_out):
            top, left = i * stride, j * stride
            window = padded[:, :, top : top + HH, left : left + WW]
            out[:, :, i, j] = np.tensordot(window, w, ([1, 2, 3], [1, 2, 3]))
    if b is not None:
        out += b[:, None, None]
    return out, (x, w, b, stride, pad)


def conv_backward(dout, cache):
    x, w, b, stride, pad = cache
    N, C, H, W = x.shape
    F, C, HH, WW = w.shape
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dpadded = np.zeros_like(padded)
    dw = np.zeros_like(w)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            top, left = i * stride, j * stride
            g = dout[:, :, i, j]
            window = padded[:, :, top : top + HH, left : left + WW]
            dpadded[:, :, top : top + HH, left : left + WW] += np.tensordot(g, w, 1)
            dw += np.tensordot(g, window, ([0], [0]))
    dx = dpadded[:, :, pad : pad + H, pad : pad + W]
    db = None if b is None else dout.sum(axis=(0, 2, 3))
    return dx, dw, db


def max_pool_forward(x, *, size=2, stride=None):
    stride = size if stride is None else stride
    HH, WW = size if isinstance(size, tuple) else (size, size)
    down, right = stride if isinstance(stride, tuple) else (stride, stride)
    N, C, H, W = x.shape
    H_out = 1 + (H - HH) // down
    W_out = 1 + (W - WW) // right
    out = np.zeros((N, C, H_out, W_out), x.dtype)
    for i in range(H_out):
        for j in range(W_out):
            top, left = i * down, j * right
            window = x[:, :, top : top + HH, left : left + WW]
            out[:, :, i, j] = window.max(axis=(2, 3))
    return out, (x, HH, WW, down, right)


def max_pool_backward(dout, cache):
    x, HH, WW, down, right = cache
    dx = np.zeros(x.shape, dout.dtype)
    for n, c, i, j in np.ndindex(dout.shape):
        top, left = i * down, j * right
        window = x[n, c, top : top + HH, left : left + WW]
        g = dout[n, c, i, j]
        p, q = np.unravel_index(window.argmax(), window.shape)
        dx[n, c, top + p, left + q] += g
    return dx


def rnn_step_forward(x, prev_h, Wx, Wh, b):
    next_h = np.tanh(x @ Wx + prev_h @ Wh + b)
    return next_h, (x, prev_h, Wx, Wh, next_h)


def rnn_step_backward(dnext_h, cache):
    x, prev_h, Wx, Wh, next_h = cache
    da = dnext_h * (1 - next_h**2)
    dx = da @ Wx.T
    dprev_h = da @ Wh.T
    dWx = x.T @ da
    dWh = prev_h.T @ da
    db = da.sum(axis=0)
    return dx, dprev_h, dWx, dWh, db


def rnn_forward(x, h0, Wx, Wh, b):
    N, T, D = x.shape
    h = np.zeros((N, T, len(b)), x.dtype)
    prev_h = h0
    for t in range(T):
        next_h = np.tanh(x[:, t] @ Wx + prev_h @ Wh + b)
        h[:, t] = next_h
        prev_h = next_h
    return h, (x, h0, Wx, Wh, h)


def rnn_backward(dh, cache):
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
    dh0 = dprev_h
    return dx, dh0, dWx, dWh, db


def word_embedding_forward(x, W):
    out = W[x]
    return out, (x, W)


def word_embedding_backward(dout, cache):
    x, W = cache
    dW = np.zeros(W.shape, dout.dtype)
    np.add.at(dW, x, dout)
    return dW


def temporal_softmax_loss(scores, y, mask):
    N, T, V = scores.shape
    n, t = np.arange(N)[:, None], np.arange(T)
    shifted = scores - scores.max(axis=2, keepdims=True)
    logp = shifted - np.log(np.exp(shifted).sum(axis=2, keepdims=True))
    losses = -logp[n, t, y]
    losses = losses * mask
    loss = losses.sum() / N
    dscores = np.exp(logp)
    dscores[n, t, y] -= 1
    dscores[mask == 0] = 0
    dscores /= N
    return loss, dscores


def sgd(w, dw, state=None, *, learning_rate=1e-2):
    next_w = w - learning_rate * dw
    return next_w, None


def momentum(w, dw, state=None, *, learning_rate=1e-2, mu=0.9):
    v = np.zeros_like(w) if state is None else state
    v = mu * v - learning_rate * dw
    next_w = w + v
    return next_w, v


def rmsprop(w, dw, state=None, *, learning_rate=1e-2, decay=0.99, epsilon=1e-8):
    s = np.zeros_like(w) if state is None else state
    s = decay * s + (1 - decay) * dw**2
    next_w = w - learning_rate * dw / (np.sqrt(s) + epsilon)
    return next_w, s


def adam(w, dw, state=None, *, learning_rate=1e-3, beta1=0.9, beta2=0.999, epsilon=1e-8):
    m, v, t = (np.zeros_like(w), np.zeros_like(w), 0) if state is None else state
    t = t + 1
    m = beta1 * m + (1 - beta1) * dw
    v = beta2 * v + (1 - beta2) * dw**2
    m_hat = m / (1 - beta1**t)
    v_hat = v / (1 - beta2**t)
    next_w = w - learning_rate * m_hat / (np.sqrt(v_hat) + epsilon)
    return next_w, (m, v, t)


def softmax(scores):
    p = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return p / p.sum(axis=-1, keepdims=True)


def cross_entropy(scores, y):
    rows = np.arange(len(scores))
    shifted = scores - scores.max(axis=1, keepdims=True)
    logp = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    losses = -logp[rows, y]
    dscores = np.exp(logp)
    dscores[rows, y] -= 1
    return losses, dscores


def output_size(size, window, stride=1, pad=0):
    if stride < 1 or pad < 0 or window < 1 or window > size + 2 * pad:
        raise ValueError("no window fits")
    return 1 + (size + 2 * pad - window) // stride


def correlate(x, w):
    HH, WW = w.shape
    out = np.zeros((x.shape[0] - HH + 1, x.shape[1] - WW + 1))
    for i, j in np.ndindex(out.shape):
        out[i, j] = (x[i : i + HH, j : j + WW] * w).sum()
    return out


def correlate_strided(x, w, *, stride=1, pad=0):
    (H, W), (HH, WW) = x.shape, w.shape
    padded = np.pad(x, pad)
    out = np.zeros((1 + (H + 2 * pad - HH) // stride, 1 + (W + 2 * pad - WW) // stride))
    for i, j in np.ndindex(out.shape):
        top, left = i * stride, j * stride
        out[i, j] = (padded[top : top + HH, left : left + WW] * w).sum()
    return out


def correlate_channels(x, w, b, *, stride=1, pad=0):
    C, H, W = x.shape
    F, C, HH, WW = w.shape
    padded = np.pad(x, ((0, 0), (pad, pad), (pad, pad)))
    out = np.zeros((F, 1 + (H + 2 * pad - HH) // stride, 1 + (W + 2 * pad - WW) // stride))
    for f, i, j in np.ndindex(out.shape):
        top, left = i * stride, j * stride
        out[f, i, j] = (padded[:, top : top + HH, left : left + WW] * w[f]).sum() + b[f]
    return out


def conv_db(dout):
    return dout.sum(axis=(0, 2, 3))


def conv_dw(dout, x, w, *, stride=1, pad=0):
    HH, WW = w.shape[2:]
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dw = np.zeros_like(w)
    for n, f, i, j in np.ndindex(dout.shape):
        top, left = i * stride, j * stride
        window = padded[n, :, top : top + HH, left : left + WW]
        dw[f] += dout[n, f, i, j] * window
    return dw


def conv_dx(dout, x, w, *, stride=1, pad=0):
    N, C, H, W = x.shape
    HH, WW = w.shape[2:]
    dpadded = np.zeros((N, C, H + 2 * pad, W + 2 * pad))
    for n, f, i, j in np.ndindex(dout.shape):
        top, left = i * stride, j * stride
        dpadded[n, :, top : top + HH, left : left + WW] += dout[n, f, i, j] * w[f]
    return dpadded[:, :, pad : pad + H, pad : pad + W]


def gradient_norms(Wh, h, dlast):
    norms, dh = np.zeros(len(h)), dlast
    for t in reversed(range(len(h))):
        norms[t] = np.sqrt((dh**2).sum())
        dh = Wh @ (dh * (1 - h[t] ** 2))
    return norms


def numeric_gradient(f, x, dout=1.0, *, eps=1e-6):
    x = np.array(x, dtype=np.float64)
    grad = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        middle = x[index]
        x[index] = middle + eps
        up = np.array(f(x))
        x[index] = middle - eps
        down = np.array(f(x))
        x[index] = middle
        grad[index] = np.sum(dout * (up - down)) / (2 * eps)
    return grad


def relative_error(a, b):
    size = np.abs(a) + np.abs(b)
    floor = max(1e-3 * size.max(), 1e-9)
    return np.abs(a - b) / np.maximum(size, floor)


def wrong_gradients(forward, backward, *inputs, tolerance=1e-6):
    out, cache = forward(*inputs)
    dout = np.random.default_rng(0).normal(size=out.shape)
    grads = backward(dout, cache)
    grads = grads if isinstance(grads, tuple) else (grads,)
    wrong = []
    for k, (x, grad) in enumerate(zip(inputs, grads)):

        def f(moved, k=k):
            return forward(*inputs[:k], moved, *inputs[k + 1 :])[0]

        numeric = numeric_gradient(f, x, dout)
        if grad.shape != x.shape or relative_error(grad, numeric).max() > tolerance:
            wrong.append(k)
    return wrong


def tokenize(sentence):
    return WORD.findall(sentence.lower())
