"""More right functions written differently: small steps, whole networks, the training loop."""

import math
import re

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from scratch import cnn, layers, mlp, rnn, solver, text
from tests.variants import conv_backward_loops, conv_loops, variant

# ---------------------------------------------------------------- softmax


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


# ---------------------------------------------------------------- convolution, rung by rung


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


# ---------------------------------------------------------------- measuring


@variant("gradient_norms", "rows and the transpose")
def norms_rows(Wh, h, dlast):
    norms, row = [], dlast[None]
    for state in h[::-1]:
        norms.append(np.linalg.norm(row))
        row = (row * (1 - state**2)) @ Wh.T
    return np.array(norms[::-1])


@variant("gradient_norms", "Jacobians multiplied")
def norms_jacobians(Wh, h, dlast):
    norms, J = np.empty(len(h)), np.eye(len(Wh))
    for t in range(len(h) - 1, -1, -1):
        norms[t] = np.linalg.norm(J @ dlast)
        J = (Wh * (1 - h[t] ** 2)) @ J
    return norms


@variant("gradient_norms", "recursion")
def norms_recursive(Wh, h, dlast):
    if len(h) == 0:
        return np.array([])
    before = norms_recursive(Wh, h[:-1], Wh.dot(dlast - dlast * h[-1] * h[-1]))
    return np.append(before, math.sqrt(float(dlast @ dlast)))


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
        if grad.shape != v.shape or abs((grad * v).sum() - slope) > 1e-5 * max(1, abs(slope)):
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
        right.append(grads[k].shape == slope.shape and np.allclose(grads[k], slope, rtol=1e-5))
    return tuple(k for k, fine in enumerate(right) if not fine)


@variant("wrong_gradients", "with numeric_loss")
def wrong_by_loss(forward, backward, *inputs, tolerance=1e-6):
    out, cache = forward(*inputs)
    dout = np.cos(np.arange(out.size)).reshape(out.shape) + 2
    grads = np.atleast_1d(backward(dout, cache)) if len(inputs) < 1 else backward(dout, cache)
    grads, found = (grads if type(grads) is tuple else (grads,)), []
    for k, (x, g) in enumerate(zip(inputs, grads)):
        n = numeric_loss(lambda z, k=k: forward(*inputs[:k], z, *inputs[k + 1 :])[0], x, dout)
        if np.shape(g) != np.shape(n) or error_clip(g, n).max() > 1e-5:
            found += [k]
    return found


@variant("tokenize", "character by character")
def tokenize_characters(sentence):
    words, word = [], ""
    for k, c in enumerate(sentence.lower() + " "):
        inside = c in "'’" and word and sentence[k + 1 : k + 2].isalnum()
        if c.isalnum() or inside:
            word += c
        else:
            words, word = words + [word] * bool(word), ""
    return words


@variant("tokenize", "replace, then split")
def tokenize_replace(sentence):
    kept = "".join(c if c.isalnum() or c in "'’" else " " for c in sentence)
    return [word.strip("'’") for word in kept.lower().split() if word.strip("'’")]


@variant("tokenize", "finditer")
def tokenize_iter(sentence):
    return [m.group().lower() for m in re.finditer(r"[a-zA-Z0-9]+(['’][a-zA-Z0-9]+)*", sentence)]


# ---------------------------------------------------------------- networks


class ConvNetByHand(cnn.ConvNet):
    """Every layer on a line of its own."""

    def loss(self, X, y=None):
        p, relu, pool, conv = self.params, layers.relu_forward, cnn.max_pool_forward, conv_loops
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
        d = cnn.max_pool_backward((dh @ p["W3"].T).reshape(p2.shape), e2)
        d, g["W2"], _ = conv_backward_loops(layers.relu_backward(d, d2), c2)
        d = layers.relu_backward(cnn.max_pool_backward(d, e1), d1)
        g["W1"] = conv_backward_loops(d, c1)[1]
        return loss, g


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


class ConvNetOtherStart(cnn.ConvNet):
    """Weights drawn in another order."""

    def __init__(self, *args, rng=None, **options):
        super().__init__(*args, rng=rng, **options)
        rng = np.random.default_rng(7) if rng is None else rng
        for name in ("W4", "W1", "W3", "W2"):
            w = self.params[name]
            reach = 1 / np.sqrt(w.shape[0] if w.ndim == 2 else w[0].size)
            self.params[name] = (reach * (2 * rng.random(w.shape) - 1)).astype(w.dtype)


class TwoLayerByHand(mlp.TwoLayerNet):
    def loss(self, X, y=None):
        p = self.params
        rows = np.reshape(X, (len(X), -1))
        a = rows @ p["W1"] + p["b1"]
        h = a * (a > 0)
        scores = h @ p["W2"] + p["b2"]
        if y is None:
            return scores
        loss, ds = layers.softmax_loss(scores, y)
        da = (ds @ p["W2"].T) * (a > 0)
        return loss, {"W2": h.T @ ds, "b2": ds.sum(0), "W1": rows.T @ da, "b1": da.sum(0)}


class TwoLayerByRow(mlp.TwoLayerNet):
    def loss(self, X, y=None):
        if y is None:
            return np.concatenate(
                [super(TwoLayerByRow, self).loss(X[k : k + 1]) for k in range(len(X))]
            )
        parts = [super(TwoLayerByRow, self).loss(X[k : k + 1], y[k : k + 1]) for k in range(len(X))]
        grads = {k: sum(g[k] for _, g in parts) / len(X) for k in self.params}
        return sum(loss for loss, _ in parts) / len(X), grads


class TwoLayerOtherAccuracy(mlp.TwoLayerNet):
    def accuracy(self, X, y):
        return np.mean(np.argmax(self.loss(X), axis=1) == y)


VARIANT_CLASSES = {
    "ConvNet": (ConvNetByHand, ConvNetOtherLayers, ConvNetOtherStart),
    "TwoLayerNet": (TwoLayerByHand, TwoLayerByRow, TwoLayerOtherAccuracy),
}


class CaptionerByRow(rnn.CaptioningRNN):
    """One caption at a time."""

    def loss(self, features, captions):
        total, grads = 0.0, {name: np.zeros_like(w) for name, w in self.params.items()}
        for k in range(len(features)):
            loss, one = super().loss(features[k : k + 1], captions[k : k + 1])
            total += loss / len(features)
            for name in grads:
                grads[name] += one[name] / len(features)
        return total, grads

    def sample(self, features, max_length=30):
        rows = [super(CaptionerByRow, self).sample(f[None], max_length)[0] for f in features]
        return np.array(rows)


class CaptionerShort(rnn.CaptioningRNN):
    """Without the steps in which every caption is <NULL>."""

    def loss(self, features, captions):
        longest = max(2, 1 + int((captions[:, 1:] != self.null).sum(axis=1).max()))
        used = captions[:, : longest + 1] if captions[:, longest:].any() else captions[:, :longest]
        return super().loss(features, used if (captions[:, 1:] != 0).any() else captions)


class CaptionerWordByWord(rnn.CaptioningRNN):
    """Sampling with plain NumPy and a loop over the rows."""

    def sample(self, features, max_length=30):
        p, out = self.params, np.zeros((len(features), max_length), dtype=int) + self.null
        for row, feature in zip(out, features):
            h, word = feature @ p["W_proj"] + p["b_proj"], self.start
            for t in range(max_length):
                h = np.tanh(p["W_embed"][word] @ p["Wx"] + h @ p["Wh"] + p["b"])
                word = row[t] = np.argmax(h @ p["W_vocab"] + p["b_vocab"])
                if word == self.end:
                    break
        return out


class SolverGradientsFirst(solver.Solver):
    def step(self, batch):
        X, y = self.data["X_train"][batch], self.data["y_train"][batch]
        loss, grads = self.model.loss(X, y)
        self.loss_history += [loss]
        new = {k: self.rule(w, grads[k], self.states[k], **self.config)
               for k, w in self.model.params.items()}  # fmt: skip
        for name, (w, state) in new.items():
            self.model.params[name], self.states[name] = w, state


class SolverShuffled(solver.Solver):
    def batches(self):
        order = np.arange(len(self.data["X_train"]))
        self.rng.shuffle(order)
        return np.split(order, range(self.batch_size, len(order), self.batch_size))


class SolverLists(solver.Solver):
    def batches(self):
        order, batches = list(self.rng.permutation(len(self.data["y_train"]))), []
        while order:
            batches.append(np.array(order[: self.batch_size]))
            order = order[self.batch_size :]
        return batches


class VocabularyArrays(text.Vocabulary):
    def encode(self, sentences, length=None):
        rows = []
        for sentence in sentences:
            known = [w if w in self.word_to_idx else "<UNK>" for w in text.tokenize(sentence)]
            rows.append(["<START>", *known[: None if length is None else length - 2], "<END>"])
        T = length or max(map(len, rows))
        padded = [row + ["<NULL>"] * (T - len(row)) for row in rows]
        return np.array([[self.word_to_idx[w] for w in row] for row in padded])


class VocabularyLoop(text.Vocabulary):
    def decode(self, indices):
        if np.ndim(indices) == 2:
            return [self.decode(row) for row in np.asarray(indices)]
        said = []
        for i in np.asarray(indices).tolist():
            if i == 2:
                break
            said += [self.idx_to_word[i]] if i > 1 else []
        return " ".join(said)


class VocabularySmall(text.Vocabulary):
    def encode(self, sentences, length=None):
        return super().encode(sentences, length).astype(np.int32)


VARIANT_CLASSES["Vocabulary"] = (VocabularyArrays, VocabularyLoop, VocabularySmall)
VARIANT_CLASSES["CaptioningRNN"] = (CaptionerByRow, CaptionerShort, CaptionerWordByWord)
VARIANT_CLASSES["Solver"] = (SolverGradientsFirst, SolverShuffled, SolverLists)
for name_, classes in VARIANT_CLASSES.items():
    for class_ in classes:
        variant(name_, class_.__name__)(class_)
