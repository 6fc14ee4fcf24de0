"""Arrays of pictures and labels as every loader returns them: checked, split and scaled."""

import numpy as np

PARTS = ("train", "val", "test")
WHOLE = (int, np.integer)


def normalize(data):
    """Scale all ``X_...`` of ``data`` in place, by mean and deviation of each channel of training.

    Images may be brightness from 0 to 1 (float32) or bytes from 0 to 255.
    """
    for part in PARTS:
        if data[f"X_{part}"].dtype == np.uint8:
            data[f"X_{part}"] = np.divide(data[f"X_{part}"], 255, dtype=np.float32)
    X_train = data["X_train"]
    mean = X_train.mean(axis=(0, 2, 3), keepdims=True, dtype=np.float64).astype(np.float32)
    std = np.maximum(X_train.std(axis=(0, 2, 3), keepdims=True, dtype=np.float64), 1e-6)
    data["mean"], data["std"] = mean, std.astype(np.float32)
    for part in PARTS:
        data[f"X_{part}"] -= data["mean"]
        data[f"X_{part}"] /= data["std"]
    return data


def split(X, y, num_train, num_val):
    """Training and validation part: the last ``num_val`` rows validate, the first train."""
    wrong = [n for n in (num_train, num_val) if n is not None and not isinstance(n, WHOLE)]
    if wrong or num_val >= len(X):
        raise ValueError(
            f"num_val is {num_val} and num_train {num_train}: expected whole numbers, {len(X)} "
            "together at most (num_train None takes what num_val leaves)."
        )
    available = len(X) - num_val
    num_train = available if num_train is None else num_train
    if num_val < 1 or num_train < 1 or num_train > available:
        raise ValueError(
            f"num_train is {num_train} and num_val {num_val}: expected at least 1 each and "
            f"{len(X)} together at most."
        )
    rows = slice(num_train), slice(len(X) - num_val, None)
    return {f"{name}_{part}": array[row] for part, row in zip(PARTS, rows)
            for name, array in (("X", X), ("y", y))}  # fmt: skip


def check_labels(place, labels, num_classes=10):
    """Raise unless all labels are integers from 0 to ``num_classes - 1``, and one is there."""
    if not len(labels):
        raise ValueError(f"{place} holds no label at all: it is damaged.")
    whole = np.issubdtype(labels.dtype, np.integer)
    if not whole or labels.min() < 0 or labels.max() >= num_classes:
        raise ValueError(f"{place} has labels outside 0..{num_classes - 1}: it is damaged.")
