"""Right, but written differently: batch normalization."""

import numpy as np

from course.checks.variants import variant


@variant("batchnorm_forward", "step by step, as a graph")
def forward_graph(x, gamma, beta, *, mean=None, var=None, eps=1e-5):
    given = mean is not None
    mu = mean if given else x.sum(axis=0) / len(x)
    centered = x - mu
    spread = var if given else (centered * centered).sum(axis=0) / len(x)
    deviation = np.sqrt(spread + x.dtype.type(eps))
    xhat = centered / deviation
    return gamma * xhat + beta, {"c": centered, "s": deviation, "g": gamma, "given": given}


@variant("batchnorm_forward", "feature by feature")
def forward_columns(x, gamma, beta, *, mean=None, var=None, eps=1e-5):
    out, columns = np.empty_like(x), []
    for d in range(x.shape[1]):
        m = x[:, d].mean() if mean is None else mean[d]
        v = np.mean((x[:, d] - m) ** 2) if mean is None else var[d]
        xhat = (x[:, d] - m) / np.sqrt(v + x.dtype.type(eps))
        out[:, d] = xhat * gamma[d] + beta[d]
        columns.append((xhat, np.sqrt(v + x.dtype.type(eps))))
    return out, (columns, gamma, mean is None)


@variant("batchnorm_forward", "features first in memory")
def forward_transposed(x, gamma, beta, *, mean=None, var=None, eps=1e-5):
    rows = np.ascontiguousarray(x.T)  # (D, N)
    m = rows.mean(axis=1) if mean is None else mean
    v = rows.var(axis=1) if mean is None else var
    s = (v + x.dtype.type(eps)) ** x.dtype.type(-0.5)
    xhat = (rows - m[:, None]) * s[:, None]
    return (gamma[:, None] * xhat + beta[:, None]).T, [xhat, gamma, s, mean is None]


@variant("batchnorm_backward", "through every node of the graph", forward_graph)
def backward_graph(dout, cache):
    centered, deviation, gamma = cache["c"], cache["s"], cache["g"]
    dgamma, dbeta = (dout * centered / deviation).sum(axis=0), dout.sum(axis=0)
    dxhat = dout * gamma
    dcentered = dxhat / deviation
    if cache["given"]:
        return dcentered, dgamma, dbeta
    N = len(dout)
    ddeviation = -(dxhat * centered).sum(axis=0) / deviation**2
    dspread = ddeviation / (2 * deviation)
    dcentered = dcentered + 2 * centered * dspread / N
    return dcentered - dcentered.sum(axis=0) / N, dgamma, dbeta


@variant("batchnorm_backward", "feature by feature, with N in front", forward_columns)
def backward_columns(dout, cache):
    columns, gamma, own = cache
    N, dx = len(dout), np.empty_like(dout)
    dgamma, dbeta = np.empty_like(gamma), np.empty_like(gamma)
    for d, (xhat, deviation) in enumerate(columns):
        up = dout[:, d]
        dgamma[d], dbeta[d] = up @ xhat, up.sum()
        if own:
            up = (N * up - up.sum() - xhat * (up @ xhat)) / N
        dx[:, d] = gamma[d] * up / deviation
    return dx, dgamma, dbeta


@variant("batchnorm_backward", "the gradients of gamma and beta used again", forward_transposed)
def backward_transposed(dout, cache):
    xhat, gamma, s, own = cache
    up = dout.T
    dgamma, dbeta = np.einsum("dn,dn->d", up, xhat), np.einsum("dn->d", up)
    N = up.dtype.type(up.shape[1])
    taken = (dbeta[:, None] + xhat * dgamma[:, None]) / N if own else 0
    return ((gamma * s)[:, None] * (up - taken)).T, dgamma, dbeta


# ---------------------------------------------------------------- running averages


@variant("running_averages", "a step towards the batch")
def running_step(mean, var, x, *, momentum=0.9):
    rate = x.dtype.type(1 - momentum)
    return mean + rate * (x.mean(axis=0) - mean), var + rate * (x.var(axis=0) - var)


@variant("running_averages", "np.average")
def running_weighted(mean, var, x, *, momentum=0.9):
    weights = [momentum, 1 - momentum]
    pairs = (mean, x.mean(axis=0)), (var, ((x - x.mean(axis=0)) ** 2).mean(axis=0))
    return tuple(np.average(pair, axis=0, weights=weights).astype(x.dtype) for pair in pairs)


@variant("running_averages", "feature by feature")
def running_columns(mean, var, x, *, momentum=0.9):
    new_mean, new_var = np.array(mean), np.array(var)
    for d, column in enumerate(x.T):
        new_mean[d] = momentum * mean[d] + (1 - momentum) * column.mean()
        new_var[d] = momentum * var[d] + (1 - momentum) * column.var()
    return new_mean, new_var


# ---------------------------------------------------------------- pictures


def column(a):
    """(C,) beside (N, C, H, W)."""
    return a[:, None, None]


@variant("spatial_batchnorm_forward", "means over three axes")
def spatial_axes(x, gamma, beta, *, mean=None, var=None, eps=1e-5):
    own = mean is None
    m = x.mean(axis=(0, 2, 3)) if own else mean
    v = x.var(axis=(0, 2, 3)) if own else var
    s = 1 / np.sqrt(v + x.dtype.type(eps))
    xhat = (x - column(m)) * column(s)
    return column(gamma) * xhat + column(beta), (xhat, gamma, s, own)


@variant("spatial_batchnorm_forward", "channels first, then rows")
def spatial_channels(x, gamma, beta, *, mean=None, var=None, eps=1e-5):
    N, C, H, W = x.shape
    rows = x.swapaxes(0, 1).reshape(C, -1).T  # (N H W, C)
    out, cache = forward_graph(rows, gamma, beta, mean=mean, var=var, eps=eps)
    return out.T.reshape(C, N, H, W).swapaxes(0, 1), (cache, x.shape)


@variant("spatial_batchnorm_forward", "channel by channel")
def spatial_loop(x, gamma, beta, *, mean=None, var=None, eps=1e-5):
    out, caches = np.empty_like(x), []
    for c in range(x.shape[1]):
        own = {} if mean is None else {"mean": mean[c : c + 1], "var": var[c : c + 1]}
        one = x[:, c].reshape(-1, 1)
        flat, cache = forward_graph(one, gamma[c : c + 1], beta[c : c + 1], **own, eps=eps)
        out[:, c] = flat.reshape(out[:, c].shape)
        caches.append(cache)
    return out, caches


@variant("spatial_batchnorm_backward", "means over three axes", spatial_axes)
def spatial_backward_axes(dout, cache):
    xhat, gamma, s, own = cache
    axes = (0, 2, 3)
    dgamma, dbeta = (dout * xhat).sum(axis=axes), dout.sum(axis=axes)
    up = dout
    if own:
        places = dout.dtype.type(dout.size // len(gamma))
        up = dout - column(dbeta / places) - xhat * column(dgamma / places)
    return up * column(gamma * s), dgamma, dbeta


@variant("spatial_batchnorm_backward", "channels first, then rows", spatial_channels)
def spatial_backward_channels(dout, cache):
    inner, (N, C, H, W) = cache
    dx, dgamma, dbeta = backward_graph(dout.swapaxes(0, 1).reshape(C, -1).T, inner)
    return dx.T.reshape(C, N, H, W).swapaxes(0, 1), dgamma, dbeta


@variant("spatial_batchnorm_backward", "channel by channel", spatial_loop)
def spatial_backward_loop(dout, cache):
    dx, pairs = np.empty_like(dout), []
    for c, one in enumerate(cache):
        flat, *pair = backward_graph(dout[:, c].reshape(-1, 1), one)
        dx[:, c] = flat.reshape(dx[:, c].shape)
        pairs.append(pair)
    dgamma, dbeta = (np.concatenate(part) for part in zip(*pairs))
    return dx, dgamma, dbeta
