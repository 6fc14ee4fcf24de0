"""A few hundred rows in the original formats of CIFAR-10 and Flickr8k, for a trial of the projects.

What is on the pictures can be learned in seconds: each class has a color and a place of its own.
"""

import io
import pickle
from pathlib import Path

import numpy as np

COLORS = ("red", "green", "blue", "yellow", "white")
PLACES = ("top", "bottom")  # not left and right: pictures are mirrored
RGB = {"red": (200, 40, 40), "green": (40, 180, 60), "blue": (40, 60, 200),
       "yellow": (210, 200, 40), "white": (235, 235, 235)}  # fmt: skip
VERBS = ("lies", "is", "stands", "waits", "sits")  # what five people say of the same picture
PICTURES = {"train": 120, "dev": 30, "test": 40}


def picture(k, size, rng):
    """A noisy gray picture (size, size, 3) uint8 with a square of class ``k``."""
    color, place = COLORS[k % 5], PLACES[k // 5]
    pixels = rng.normal(100, 15, size=(size, size, 3))
    side = size // 2
    top = 0 if place == "top" else size - side
    left = int(rng.integers(size - side))
    pixels[top : top + side, left : left + side] += np.subtract(RGB[color], 100)
    return pixels.clip(0, 255).astype(np.uint8)


def write_cifar_cut(folder, rows=80, test=100):
    """Five training batches and a test batch, pickled as CIFAR-10's are."""
    batches, rng = Path(folder) / "cifar-10-batches-py", np.random.default_rng(0)
    batches.mkdir(parents=True)
    titles = {f"data_batch_{i}": (rows, f"training batch {i} of 5") for i in range(1, 6)}
    titles["test_batch"] = (test, "testing batch 1 of 1")
    for name, (N, title) in titles.items():
        labels = [int(k) for k in rng.permutation(np.arange(N) % 10)]
        images = np.stack([picture(k, 32, rng).transpose(2, 0, 1).ravel() for k in labels])
        batch = {b"batch_label": title.encode(), b"labels": labels, b"data": images}
        (batches / name).write_bytes(pickle.dumps(batch, protocol=2))


def write_flickr_cut(folder):
    """Pictures, five captions each, and the three lists, laid out as Flickr8k's are."""
    from PIL import Image

    text, pictures = Path(folder) / "Flickr8k_text", Path(folder) / "Flicker8k_Dataset"
    text.mkdir(parents=True), pictures.mkdir()
    rng, lines = np.random.default_rng(1), []
    for part, N in PICTURES.items():
        names = [f"{part}_{n}.jpg" for n in range(N)]
        (text / f"Flickr_8k.{part}Images.txt").write_text("".join(f"{name}\n" for name in names))
        for name in names:
            k, file = int(rng.integers(10)), io.BytesIO()
            Image.fromarray(picture(k, 128, rng)).save(file, "JPEG", quality=90)
            (pictures / name).write_bytes(file.getvalue())
            what = f"{COLORS[k % 5]} square"
            lines += [
                f"{name}#{i}\tA {what} {verb} on the {PLACES[k // 5]} ."
                for i, verb in enumerate(VERBS)
            ]
    (text / "Flickr8k.token.txt").write_text("\n".join(lines) + "\n")


def write_cut(folder):
    """Both, in ``folder``."""
    write_cifar_cut(folder)
    write_flickr_cut(folder)
