"""Right, but written differently: convolution."""

import math

import numpy as np
from numpy.lib.stride_tricks import as_strided, sliding_window_view

from course.checks.variants import variant
from scratch import cnn, cnn_layers, layers


def out_sizes(x, w, stride, pad):
    return [(x.shape[k] + 2 * pad - w.shape[k]) // stride + 1 for k in (2, 3)]


def pad_by_hand(x, pad):
    N, C, H, W = x.shape
    padded = np.zeros((N, C, H + 2 * pad, W + 2 * pad), x.dtype)
    padded[:, :, pad : pad + H, pad : pad + W] = x
    return padded


@variant("conv_forward", "seven loops")
def conv_loops(x, w, b=None, *, stride=1, pad=0):
    padded, (H_out, W_out) = pad_by_hand(x, pad), out_sizes(x, w, stride, pad)
    out = np.zeros((len(x), len(w), H_out, W_out), x.dtype)
    for n, f, i, j in np.ndindex(out.shape):
        total = 0.0 if b is None else b[f]
        for c, p, q in np.ndindex(w.shape[1:]):
            total += padded[n, c, i * stride + p, j * stride + q] * w[f, c, p, q]
        out[n, f, i, j] = total
    return out, {"x": x, "w": w, "b": b, "stride": stride, "pad": pad}


@variant("conv_forward", "einsum over strided views")
def conv_strided(x, w, b=None, *, stride=1, pad=0):
    padded, (H_out, W_out) = pad_by_hand(x, pad), out_sizes(x, w, stride, pad)
    s = padded.strides
    shape = (len(x), x.shape[1], H_out, W_out, *w.shape[2:])
    windows = as_strided(padded, shape, (s[0], s[1], s[2] * stride, s[3] * stride, s[2], s[3]))
    out = np.einsum("ncijpq,fcpq->nfij", windows, w, optimize=True)
    if b is not None:
        out = out + b.reshape(1, -1, 1, 1)
    return out, (windows, w, b, stride, pad, x.shape)


@variant("conv_forward", "im2col, rows as windows, a transposed view out")
def conv_rows(x, w, b=None, *, stride=1, pad=0):
    view = sliding_window_view(pad_by_hand(x, pad), w.shape[2:], axis=(2, 3))
    view = view[:, :, ::stride, ::stride]
    N, C, H_out, W_out = view.shape[:4]
    rows = view.transpose(0, 2, 3, 1, 4, 5).reshape(N * H_out * W_out, -1)
    out = rows @ w.reshape(len(w), -1).T + (0 if b is None else b)
    return out.reshape(N, H_out, W_out, len(w)).transpose(0, 3, 1, 2), (x, w, b, stride, pad, rows)


@variant("conv_forward", "one filter tap at a time, memory filter first")
def conv_taps(x, w, b=None, *, stride=1, pad=0):
    padded, (H_out, W_out) = pad_by_hand(x, pad), out_sizes(x, w, stride, pad)
    out = np.zeros((len(w), len(x), H_out, W_out), x.dtype)
    for p, q in np.ndindex(w.shape[2:]):
        part = padded[:, :, p : p + stride * H_out : stride, q : q + stride * W_out : stride]
        part = part[:, :, :H_out, :W_out]
        out += np.einsum("ncij,fc->fnij", part, w[:, :, p, q])
    if b is not None:
        out += b[:, None, None, None]
    return out.transpose(1, 0, 2, 3), (x, w, b, stride, pad)


@variant("conv_backward", "seven loops", conv_loops)
def conv_backward_loops(dout, cache):
    x, w, b, stride, pad = (cache[k] for k in ("x", "w", "b", "stride", "pad"))
    padded = pad_by_hand(x, pad)
    dpadded, dw = np.zeros_like(padded), np.zeros_like(w)
    for n, f, i, j in np.ndindex(dout.shape):
        for c, p, q in np.ndindex(w.shape[1:]):
            u, v = i * stride + p, j * stride + q
            dpadded[n, c, u, v] += dout[n, f, i, j] * w[f, c, p, q]
            dw[f, c, p, q] += dout[n, f, i, j] * padded[n, c, u, v]
    end = [s - pad for s in dpadded.shape[2:]]
    db = None if b is None else np.array([dout[:, f].sum() for f in range(len(w))], w.dtype)
    return dpadded[:, :, pad : end[0], pad : end[1]], dw, db


@variant("conv_backward", "einsum over strided views", conv_strided)
def conv_backward_strided(dout, cache):
    windows, w, b, stride, pad, shape = cache
    dw = np.einsum("nfij,ncijpq->fcpq", dout, windows, optimize=True)
    dwindows = np.einsum("nfij,fcpq->ncijpq", dout, w, optimize=True)
    N, C, H, W = shape
    dpadded = np.zeros((N, C, H + 2 * pad, W + 2 * pad), dout.dtype)
    for i, j in np.ndindex(dout.shape[2:]):
        u, v = i * stride, j * stride
        dpadded[:, :, u : u + w.shape[2], v : v + w.shape[3]] += dwindows[:, :, i, j]
    dx = dpadded[:, :, pad : pad + H, pad : pad + W]
    return dx, dw, None if b is None else np.einsum("nfij->f", dout)


@variant("conv_backward", "im2col, rows as windows", conv_rows)
def conv_backward_rows(dout, cache):
    x, w, b, stride, pad, rows = cache
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    flat = dout.transpose(0, 2, 3, 1).reshape(-1, F)
    dw = (flat.T @ rows).reshape(w.shape)
    drows = (flat @ w.reshape(F, -1)).reshape(N, *dout.shape[2:], C, HH, WW)
    dpadded = np.zeros((N, C, H + 2 * pad, W + 2 * pad), dout.dtype)
    for p, q in np.ndindex(HH, WW):
        H_out, W_out = dout.shape[2:]
        target = dpadded[:, :, p : p + stride * H_out : stride, q : q + stride * W_out : stride]
        target[:, :, :H_out, :W_out] += drows[..., p, q].transpose(0, 3, 1, 2)
    crop = slice(pad, -pad or None)
    return dpadded[:, :, crop, crop], dw, None if b is None else flat.sum(axis=0)


@variant("conv_backward", "dx as a convolution with the flipped filter", conv_taps)
def conv_backward_transposed(dout, cache):
    x, w, b, stride, pad = cache
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    high, wide = H + 2 * pad + HH - 1, W + 2 * pad + WW - 1
    spread = np.zeros((N, F, high, wide), dout.dtype)  # dout with gaps, and a full border
    H_out, W_out = dout.shape[2:]
    rows = slice(HH - 1, HH - 1 + stride * (H_out - 1) + 1, stride)
    cols = slice(WW - 1, WW - 1 + stride * (W_out - 1) + 1, stride)
    spread[:, :, rows, cols] = dout
    flipped = w[:, :, ::-1, ::-1].transpose(1, 0, 2, 3)
    dpadded, _ = conv_strided(spread, np.ascontiguousarray(flipped))
    view = sliding_window_view(pad_by_hand(x, pad), (HH, WW), axis=(2, 3))
    view = view[:, :, ::stride, ::stride]
    dw = np.tensordot(dout, view, ([0, 2, 3], [0, 2, 3]))
    dx = np.asfortranarray(dpadded[:, :, pad : pad + H, pad : pad + W])
    return dx, dw, None if b is None else dout.sum((0, 2, 3))


def refuse(size, window, stride, pad):
    if min(stride, window) < 1 or pad < 0 or size + 2 * pad < window:
        raise ValueError("impossible")


@variant("output_size", "counting")
def size_counted(size, window, stride=1, pad=0):
    refuse(size, window, stride, pad)
    return len(range(0, size + 2 * pad - window + 1, stride))


@variant("output_size", "floor")
def size_floor(size, window, stride=1, pad=0):
    refuse(size, window, stride, pad)
    return math.floor((size - window + 2 * pad) / stride) + 1


@variant("output_size", "step by step")
def size_loop(size, window, stride=1, pad=0):
    refuse(size, window, stride, pad)
    count, start = 0, 0
    while start + window <= size + 2 * pad:
        count, start = count + 1, start + stride
    return np.int64(count)


@variant("correlate", "four loops")
def correlate_loops(x, w):
    (H, W), (HH, WW) = x.shape, w.shape
    out = np.zeros((H - HH + 1, W - WW + 1))
    for i, j, p, q in np.ndindex(*out.shape, HH, WW):
        out[i, j] += x[i + p, j + q] * w[p, q]
    return out


@variant("correlate", "einsum over windows")
def correlate_windows(x, w):
    return np.einsum("ijpq,pq->ij", sliding_window_view(x, w.shape), w)


@variant("correlate", "one tap at a time")
def correlate_taps(x, w):
    H_out, W_out = x.shape[0] - w.shape[0] + 1, x.shape[1] - w.shape[1] + 1
    parts = [w[p, q] * x[p : p + H_out, q : q + W_out] for p, q in np.ndindex(w.shape)]
    return sum(parts)


@variant("correlate_strided", "dense, then every stride-th")
def strided_dense(x, w, *, stride=1, pad=0):
    return correlate_taps(np.pad(x, pad), w)[::stride, ::stride]


@variant("correlate_strided", "einsum over windows")
def strided_windows(x, w, *, stride=1, pad=0):
    view = sliding_window_view(np.pad(x, ((pad, pad), (pad, pad))), w.shape)
    return np.tensordot(view[::stride, ::stride], w, 2)


@variant("correlate_strided", "loops that ask whether a pixel exists")
def strided_asking(x, w, *, stride=1, pad=0):
    (H, W), (HH, WW) = x.shape, w.shape
    out = np.zeros(((H + 2 * pad - HH) // stride + 1, (W + 2 * pad - WW) // stride + 1))
    for i, j, p, q in np.ndindex(*out.shape, HH, WW):
        u, v = i * stride + p - pad, j * stride + q - pad
        if 0 <= u < H and 0 <= v < W:
            out[i, j] += x[u, v] * w[p, q]
    return np.asfortranarray(out)


@variant("correlate_channels", "a batch of one")
def channels_batch(x, w, b, *, stride=1, pad=0):
    return conv_loops(x[None], w, b, stride=stride, pad=pad)[0][0]


@variant("correlate_channels", "channel after channel")
def channels_added(x, w, b, *, stride=1, pad=0):
    out = 0
    for c in range(len(x)):
        out = out + np.stack([strided_dense(x[c], f[c], stride=stride, pad=pad) for f in w])
    return out + b[:, None, None]


@variant("correlate_channels", "einsum")
def channels_einsum(x, w, b, *, stride=1, pad=0):
    view = sliding_window_view(np.pad(x, ((0, 0), (pad, pad), (pad, pad))), w.shape[2:], (1, 2))
    maps = np.einsum("cijpq,fcpq->ijf", view[:, ::stride, ::stride], w)
    return (maps + b).transpose(2, 0, 1)


@variant("conv_db", "einsum")
def db_einsum(dout):
    return np.einsum("nfij->f", dout)


@variant("conv_db", "filter by filter")
def db_loops(dout):
    return np.array([dout[:, f].sum() for f in range(dout.shape[1])])


@variant("conv_db", "reshaped")
def db_reshaped(dout):
    return np.moveaxis(dout, 1, 0).reshape(dout.shape[1], -1).sum(1)


def parts_by_loops(dout, x, w, stride, pad):
    cache = {"x": x, "w": w, "b": None, "stride": stride, "pad": pad}
    return conv_backward_loops(dout, cache)


@variant("conv_dw", "seven loops")
def dw_loops(dout, x, w, *, stride=1, pad=0):
    return parts_by_loops(dout, x, w, stride, pad)[1]


@variant("conv_dw", "tensordot over windows")
def dw_windows(dout, x, w, *, stride=1, pad=0):
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    view = sliding_window_view(padded, w.shape[2:], axis=(2, 3))[:, :, ::stride, ::stride]
    return np.tensordot(dout, view, ([0, 2, 3], [0, 2, 3]))


@variant("conv_dw", "one tap at a time")
def dw_taps(dout, x, w, *, stride=1, pad=0):
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dw = np.empty(w.shape, order="F")
    for p, q in np.ndindex(w.shape[2:]):
        pixels = padded[:, :, p::stride, q::stride][:, :, : dout.shape[2], : dout.shape[3]]
        dw[:, :, p, q] = np.einsum("nfij,ncij->fc", dout, pixels)
    return dw


@variant("conv_dx", "seven loops")
def dx_loops(dout, x, w, *, stride=1, pad=0):
    return parts_by_loops(dout, x, w, stride, pad)[0]


@variant("conv_dx", "one tap at a time")
def dx_taps(dout, x, w, *, stride=1, pad=0):
    N, C, H, W = x.shape
    dpadded = np.zeros((N, C, H + 2 * pad, W + 2 * pad))
    for p, q in np.ndindex(w.shape[2:]):
        target = dpadded[:, :, p::stride, q::stride][:, :, : dout.shape[2], : dout.shape[3]]
        target += np.einsum("nfij,fc->ncij", dout, w[:, :, p, q])
    return dpadded[:, :, pad : H + pad, pad : W + pad].copy()


@variant("conv_dx", "pixel by pixel: who read me?")
def dx_gather(dout, x, w, *, stride=1, pad=0):
    dx = np.zeros_like(x)
    HH, WW = w.shape[2:]
    for u, v, i, j in np.ndindex(*x.shape[2:], *dout.shape[2:]):
        p, q = u + pad - i * stride, v + pad - j * stride
        if 0 <= p < HH and 0 <= q < WW:
            dx[:, :, u, v] += dout[:, :, i, j] @ w[:, :, p, q]
    return dx


@variant("ConvNet", "ConvNetByHand")
class ConvNetByHand(cnn.ConvNet):
    """Every layer on a line of its own."""

    def loss(self, X, y=None):
        p, conv = self.params, conv_loops
        relu, pool = layers.relu_forward, cnn_layers.max_pool_forward
        a1, c1 = conv(np.asarray(X, self.dtype), p["W1"])
        r1, d1 = relu(a1)
        p1, e1 = pool(r1)
        a2, c2 = conv(p1, p["W2"])
        r2, d2 = relu(a2)
        p2, e2 = pool(r2)
        rows = p2.reshape(len(X), -1)
        h, r3 = layers.relu_forward(rows @ p["W3"] + p["b3"])
        scores = h @ p["W4"] + p["b4"]
        if y is None:
            return scores
        loss, ds = layers.softmax_loss(scores, y)
        dh = layers.relu_backward(ds @ p["W4"].T, r3)
        g = {"b4": ds.sum(0), "W4": h.T @ ds, "b3": dh.sum(0), "W3": rows.T @ dh}
        d = cnn_layers.max_pool_backward((dh @ p["W3"].T).reshape(p2.shape), e2)
        d, g["W2"], _ = conv_backward_loops(layers.relu_backward(d, d2), c2)
        d = layers.relu_backward(cnn_layers.max_pool_backward(d, e1), d1)
        g["W1"] = conv_backward_loops(d, c1)[1]
        return loss, g


@variant("ConvNet", "ConvNetOtherLayers")
class ConvNetOtherLayers(cnn.ConvNet):
    """The caches in a dict, the backward pass by index."""

    def loss(self, X, y=None):
        if y is None:
            return super().loss(X)
        out, caches, grads = np.asarray(X, self.dtype), {}, {}
        for k, layer in enumerate(self.layers):
            out, caches[k] = layer.forward(out, *[self.params[name] for name in layer.params])
        loss, d = layers.softmax_loss(out, y)
        for k in range(len(self.layers) - 1, -1, -1):
            d = self.layers[k].backward(d, caches[k])
            if self.layers[k].params:
                d, *found = d
                grads.update(zip(self.layers[k].params, found))
        return loss, grads

    def accuracy(self, X, y):
        return sum(int(s.argmax() == c) for s, c in zip(self.loss(X), y)) / len(y)


@variant("ConvNet", "ConvNetOtherStart")
class ConvNetOtherStart(cnn.ConvNet):
    """Weights drawn in another order."""

    def __init__(self, *args, rng=None, **options):
        super().__init__(*args, rng=rng, **options)
        rng = np.random.default_rng(7) if rng is None else rng
        for name in ("W4", "W1", "W3", "W2"):
            w = self.params[name]
            reach = 1 / np.sqrt(w.shape[0] if w.ndim == 2 else w[0].size)
            self.params[name] = (reach * (2 * rng.random(w.shape) - 1)).astype(w.dtype)


@variant("correlate_channels", "short")
def correlate_channels_short(x, w, b, *, stride=1, pad=0):
    C, H, W = x.shape
    F, C, HH, WW = w.shape
    padded = np.pad(x, ((0, 0), (pad, pad), (pad, pad)))
    out = np.zeros((F, 1 + (H + 2 * pad - HH) // stride, 1 + (W + 2 * pad - WW) // stride))
    for f, i, j in np.ndindex(out.shape):
        top, left = i * stride, j * stride
        out[f, i, j] = (padded[:, top : top + HH, left : left + WW] * w[f]).sum() + b[f]
    return out


@variant("conv_forward", "short")
def conv_short(x, w, b=None, *, stride=1, pad=0):
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


@variant("conv_dw", "short")
def conv_dw_short(dout, x, w, *, stride=1, pad=0):
    HH, WW = w.shape[2:]
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dw = np.zeros_like(w)
    for n, f, i, j in np.ndindex(dout.shape):
        top, left = i * stride, j * stride
        window = padded[n, :, top : top + HH, left : left + WW]
        dw[f] += dout[n, f, i, j] * window
    return dw


@variant("conv_dx", "short")
def conv_dx_short(dout, x, w, *, stride=1, pad=0):
    N, C, H, W = x.shape
    HH, WW = w.shape[2:]
    dpadded = np.zeros((N, C, H + 2 * pad, W + 2 * pad))
    for n, f, i, j in np.ndindex(dout.shape):
        top, left = i * stride, j * stride
        dpadded[n, :, top : top + HH, left : left + WW] += dout[n, f, i, j] * w[f]
    return dpadded[:, :, pad : pad + H, pad : pad + W]


@variant("conv_backward", "short", conv_short)
def conv_backward_short(dout, cache):
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
