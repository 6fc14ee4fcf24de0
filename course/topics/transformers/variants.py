"""Right, but written differently: self-attention."""

import numpy as np

from course.checks.variants import variant
from scratch.layers import softmax, softmax_backward
from scratch.rnn_layers import attention_backward, attention_forward


@variant("self_attention_forward", "all steps at once, with a mask")
def self_attention_masked(x, Wq, Wk, Wv):
    query, keys, values = x @ Wq, x @ Wk, x @ Wv
    scale = np.sqrt(np.asarray(Wq.shape[1], x.dtype))
    scores = np.einsum("nta,nsa->nts", query, keys) / scale
    weights = softmax(np.where(np.tri(x.shape[1], dtype=bool), scores, -np.inf))
    return weights @ values, (x, Wq, Wk, Wv, query, keys, values, weights, scale)


@variant("self_attention_backward", "all steps at once, with a mask", self_attention_masked)
def self_attention_masked_backward(dout, cache):
    x, Wq, Wk, Wv, query, keys, values, weights, scale = cache
    dvalues = np.einsum("nts,ntm->nsm", weights, dout)
    dscores = softmax_backward(np.einsum("ntm,nsm->nts", dout, values), weights) / scale
    dquery, dkeys = dscores @ keys, dscores.transpose(0, 2, 1) @ query
    dWq, dWk, dWv = (np.einsum("ntd,nta->da", x, d) for d in (dquery, dkeys, dvalues))
    return dquery @ Wq.T + dkeys @ Wk.T + dvalues @ Wv.T, dWq, dWk, dWv


@variant("self_attention_forward", "the matrices applied step by step")
def self_attention_by_steps(x, Wq, Wk, Wv):
    out, caches = np.zeros((*x.shape[:2], Wv.shape[1]), x.dtype), []
    for t in range(x.shape[1]):
        known = x[:, : t + 1]
        out[:, t], cache = attention_forward(x[:, t] @ Wq, known @ Wk, known @ Wv)
        caches.append((known, cache))
    return out, (caches, Wq, Wk, Wv)


@variant("self_attention_backward", "step by step, the last one first", self_attention_by_steps)
def self_attention_by_steps_backward(dout, cache):
    caches, Wq, Wk, Wv = cache
    dx = np.zeros_like(caches[-1][0])
    dWq, dWk, dWv = np.zeros_like(Wq), np.zeros_like(Wk), np.zeros_like(Wv)
    for t in reversed(range(len(caches))):
        known, look = caches[t]
        dquery, dkeys, dvalues = attention_backward(dout[:, t], look)
        dx[:, t] += dquery @ Wq.T
        dx[:, : t + 1] += dkeys @ Wk.T + dvalues @ Wv.T
        dWq += known[:, t].T @ dquery
        dWk += np.einsum("nsd,nsa->da", known, dkeys)
        dWv += np.einsum("nsd,nsm->dm", known, dvalues)
    return dx, dWq, dWk, dWv
