"""What steppers take: an image, filters, a gradient from above, each in one form."""

import numpy as np


def one_image(x):
    """(H, W), (C, H, W) or (1, C, H, W) -> (1, C, H, W), float."""
    x = np.asarray(x, dtype=float)
    x = x.reshape((1,) * (4 - x.ndim) + x.shape)
    if x.ndim != 4 or len(x) != 1:
        raise ValueError(f"x has shape {x.shape}: the figure shows one image, (C, H, W) or (H, W).")
    return x


def filters(w):
    """(HH, WW), (C, HH, WW) or (F, C, HH, WW) -> (F, C, HH, WW), float."""
    w = np.asarray(w, dtype=float)
    return w.reshape((1,) * (4 - w.ndim) + w.shape)


def upstream_gradient(dout, shape):
    """The given ``dout`` as an array of ``shape``, or small numbers that tell places apart."""
    if dout is None:
        return np.resize([1.0, 2.0, -1.0, 3.0, -2.0], shape)
    dout = np.asarray(dout, dtype=float)
    if dout.size != np.prod(shape):
        raise ValueError(f"dout has shape {dout.shape}, expected {shape}, the shape of the output.")
    return dout.reshape(shape)


def one_at_a_time(array):
    """Copies of ``array`` in which all but one element is zero, in reading order."""
    for index in np.ndindex(array.shape):
        single = np.zeros_like(array)
        single[index] = array[index]
        yield index, single
