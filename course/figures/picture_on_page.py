"""A place on a page where readers show a picture to the network that comes with the course.

``picture_place`` is what the page holds: pictures to pick. The scripts in ``assets/js/inpage`` make
32 by 32 pixels of what is picked, dropped or moved, and Python in the browser looks at them with
``look``. The pictures of readers leave their browser in no case.
"""

import base64
from dataclasses import dataclass
from html import escape

import numpy as np

from course import residual_net
from course.figures.numbers import png
from course.outcomes import sheet
from scratch.data.cifar10 import CIFAR_CLASSES
from scratch.layers import softmax

SIDE = 32
LIGHT = "dark-light"  # the theme leaves pictures of this class as they are on a dark page
NO_SCRIPT = "On the page of the book, with JavaScript, the network looks at your picture here."
NO_CAPTION = (
    "No caption: that takes a captioner and larger eyes, which do not come with a page. On your "
    "machine, once <code>python -m course.results captions</code> has trained them, "
    "<code>course.try_on</code> writes one."
)


@dataclass(frozen=True)
class Markup:
    """HTML that a cell shows; as text it is one sentence."""

    html: str
    text: str

    def _repr_html_(self):
        return self.html

    def __repr__(self):
        return self.text


# ---------------------------------------------------------------- what the page holds


def picture_place(images, names):
    """Pictures (N, 3, 32, 32) from 0 to 1 to pick from, called ``names``, and a shape to move."""
    samples = [*zip(map(png, images), names), (png(a_shape()), "a red disk on gray, to move")]
    picks = "".join(
        f'<img class="{LIGHT}" src="{src}" alt="{escape(name)}" width="64" height="64">'
        for src, name in samples
    )
    html = (
        f'<div class="course-picture"><p class="course-picture-text">{NO_SCRIPT}</p>'
        f'<div class="course-picture-picks">{picks}</div></div>'
    )
    return Markup(html, NO_SCRIPT)


def a_shape():
    """A red disk on gray: (3, 32, 32)."""
    rows, columns = np.mgrid[:SIDE, :SIDE] - (SIDE - 1) / 2
    inside = rows**2 + columns**2 < 8**2
    color = np.array([0.8, 0.15, 0.15]).reshape(3, 1, 1)
    return np.where(inside, color, 0.6)


# ---------------------------------------------------------------- what Python answers


def look(pixels):
    """What the network makes of a picture: base64 of its bytes (32, 32, 3) -> ``Markup``."""
    raw = np.frombuffer(base64.b64decode(pixels), np.uint8)
    if raw.size != 3 * SIDE * SIDE:
        raise ValueError(f"The picture has {raw.size} bytes, expected {3 * SIDE * SIDE}.")
    small = raw.reshape(SIDE, SIDE, 3).transpose(2, 0, 1) / 255  # (3, 32, 32)
    net, mean, std = residual_net.pocket()
    image = ((small - mean[0]) / std[0]).astype(np.float32)
    chances = softmax(net.predict(image[None]))[0]
    best = int(chances.argmax())
    size = residual_net.saliency(net, image, best)
    maps = residual_net.eyes_of(net, 4).predict(image[None])[0]  # (F, 16, 16)
    return Markup(told(chances, size, maps), f"{CIFAR_CLASSES[best]}: {chances[best]:.0%}")


def told(chances, size, maps):
    """Chances as bars, where the score is sensitive, and the maps of the first layers."""
    order = np.argsort(-chances)
    first, *others = (f"{CIFAR_CLASSES[k]}, {chances[k]:.0%}" for k in order[:3])
    rows = "".join(bar(CIFAR_CLASSES[k], chances[k]) for k in order)
    rough = regions(size)
    scaled = maps / np.maximum(maps.max(axis=(1, 2), keepdims=True), 1e-9)
    gray = np.round(255 * scaled[:, None]).astype(np.uint8)
    place = picture(size / max(float(size.max()), 1e-9), 5, "where the score is sensitive",
                    f"The gradient of the score at each pixel: largest {rough}.")  # fmt: skip
    first_maps = picture(sheet(gray, columns=5) / 255, 3, f"{len(maps)} maps of the first layers",
                         f"{len(maps)} small gray maps of what the first layers find.")  # fmt: skip
    return (
        f"<p><strong>{first}</strong>, then {' and '.join(others)}.</p>"
        f'<div class="course-picture-parts"><table class="course-picture-bars">'
        f"<caption>probabilities of the ten classes</caption>{rows}</table>{place}{first_maps}"
        f"</div><p>{NO_CAPTION}</p>"
    )


def bar(name, chance):
    """A row of the table: a class, a bar, and the number."""
    return (
        f'<tr><th scope="row">{name}</th><td><span class="course-picture-bar" '
        f'style="width:{100 * chance:.1f}%"></span></td><td>{chance:.0%}</td></tr>'
    )


def picture(pixels, zoom, caption, alt):
    """Gray pixels (H, W) from 0 to 1, enlarged, with words below."""
    H, W = pixels.shape
    return (
        f'<figure><img class="{LIGHT}" src="{png(pixels[None])}" alt="{escape(alt)}" '
        f'width="{zoom * W}" height="{zoom * H}"><figcaption>{caption}</figcaption></figure>'
    )


def regions(size):
    """Where most of a map (H, W) lies, in words: ``"at the top left"``."""
    thirds = [[part.sum() for part in np.array_split(band, 3, axis=1)]
              for band in np.array_split(size, 3, axis=0)]  # fmt: skip
    row, column = np.unravel_index(np.argmax(thirds), (3, 3))
    names = ("top", "middle", "bottom")[row], ("left", "center", "right")[column]
    return "in the middle" if (row, column) == (1, 1) else f"at the {' '.join(names)}"
