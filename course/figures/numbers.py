"""Arrays as a page can hold them: short numbers, round ticks, pictures as data URIs."""

import base64
import struct
import zlib

import numpy as np


def compact(array):
    """Nested lists with at most four significant digits; whole numbers lose their point."""

    def short(value):
        value = float(f"{value:.4g}")
        return int(value) if value.is_integer() else value

    if np.ndim(array) == 0:
        return short(float(array))
    return [compact(part) for part in array]


def ticks(values):
    """About four round numbers within the range of ``values``."""
    low, high = np.min(values), np.max(values)
    step = 10.0 ** np.floor(np.log10((high - low) / 2))
    step *= next(k for k in (1, 2, 5, 10) if (high - low) / (k * step) <= 5)
    return np.arange(np.ceil(low / step), np.floor(high / step) + 1) * step


def png(image):
    """An image (3, H, W), or (1, H, W) in gray, with values 0..1 as a data URI."""
    pixels = np.round(255 * np.clip(image, 0, 1)).astype(np.uint8).transpose(1, 2, 0)  # (H, W, C)
    H, W, C = pixels.shape
    rows = np.insert(
        pixels.reshape(H, C * W), 0, 0, axis=1
    )  # each row begins with its filter, none
    color = 2 if C == 3 else 0  # as PNG numbers them: red, green and blue, or gray
    parts = {
        b"IHDR": struct.pack(">2I5B", W, H, 8, color, 0, 0, 0),
        b"IDAT": zlib.compress(rows.tobytes(), 9),
        b"IEND": b"",
    }
    data = b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in parts.items()
    )
    return "data:image/png;base64," + base64.b64encode(data).decode()
