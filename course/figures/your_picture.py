"""Your own picture: what a network that learned photographs in ten classes makes of it.

    import course

    course.try_on("photo.jpg")

The network is the one that ``python -m course.results photos --seeds 1`` has trained, if it has,
else the one of the project *Photographs in ten classes*, if there is one, else the narrow one that
comes with the course. A caption needs
``python -m course.results captions --seeds 1``.
"""

from pathlib import Path

import numpy as np

from course import photo_captions, residual_net
from course.figures import plots
from course.outcomes import sheet, to_bytes
from scratch.data.cifar10 import CIFAR_CLASSES
from scratch.layers import softmax

SHOWN = 3  # classes that are named


def try_on(path, eyes=None):
    """Show the class, where its score is sensitive, the first maps, and a caption if there is one.

    ``path`` leads to a picture in any format that Pillow reads. Its middle square is looked at, as
    small as the pictures that the network has learned from. ``eyes``: a network, mean and deviation
    of its pictures; None takes the best one that is here. -> a figure.
    """
    square = middle_square(path)
    net, mean, std = residual_net.at_hand() if eyes is None else eyes
    small = pixels(square, 32)
    image = ((small - mean) / std)[0].astype(np.float32)
    chances = softmax(net.predict(image[None]))[0]
    best = np.argsort(-chances)[:SHOWN]
    print("of the ten classes:", ", ".join(f"{CIFAR_CLASSES[k]} {chances[k]:.0%}" for k in best))
    maps = residual_net.eyes_of(net, 4).predict(image[None])[0]  # (F, 16, 16)
    caption = describe(square, net, mean, std)
    if caption is not None:
        print("caption:", caption)
    size = residual_net.saliency(net, image, best[0])
    return drawn(small[0], size, maps, chances, caption)


def middle_square(path):
    """The middle square of the picture at ``path``, as Pillow has it, turned as it was taken."""
    from PIL import Image, ImageOps

    if not isinstance(path, (str, Path)):
        came = type(path).__name__
        raise TypeError(f"try_on takes the path of a picture, as text; what came is a {came}.")
    path = Path(path).expanduser()
    if not path.is_file():
        raise FileNotFoundError(f"There is no file {path}: expected the path of a picture.")
    try:
        with Image.open(path) as picture:
            upright = in_color(ImageOps.exif_transpose(picture))
            return ImageOps.fit(upright, (min(upright.size),) * 2)
    except Exception as error:  # pictures that cannot be read fail in every way there is
        raise ValueError(
            f"{path} cannot be read as a picture ({error}): expected JPEG, PNG or another format "
            "that Pillow knows."
        ) from None


def in_color(picture):
    """In red, green and blue: 16 bits as 8, what is transparent on white."""
    from PIL import Image

    if picture.mode.startswith("I"):  # gray of 16 bits: "I;16", and "I" in older versions of Pillow
        picture = Image.fromarray((np.asarray(picture).clip(0, 65535) // 257).astype(np.uint8))
    white = Image.new("RGBA", picture.size, "white")
    return Image.alpha_composite(white, picture.convert("RGBA")).convert("RGB")


def pixels(square, size):
    """Brightness from 0 to 1 of a square, scaled: (1, 3, size, size)."""
    small = np.asarray(square.resize((size, size)), np.float32)
    return small.transpose(2, 0, 1)[None] / 255


def describe(square, net, mean, std):
    """A caption by the captioner that was trained here, or None: it reads what its own eyes see."""
    found = photo_captions.kept()
    if found is None or net.params["0.W"].shape[0] != residual_net.WIDTH:
        return None
    captioner, data = found
    view = (pixels(square, photo_captions.SIZE) - mean) / std
    cells = photo_captions.cells_of(residual_net.eyes_of(net).predict(view.astype(np.float32)))
    words = captioner.sample((cells - data["middle"]) / data["spread"], max_length=20)
    return data["vocab"].decode(words)[0]


def drawn(small, size, maps, chances, caption):
    """The figure: the picture as the network gets it, the gradient, maps, chances."""
    fig, (left, middle, right, bars) = plots.new_figure(1, 4, width=11, height=3)
    plots.show(left, small)
    middle.imshow(size, cmap="viridis")
    scaled = maps / np.maximum(maps.max(axis=(1, 2), keepdims=True), 1e-9)
    right.imshow(sheet(to_bytes(scaled[:, None], 0, 1), columns=6), cmap="gray")
    for axis, text in (
        (left, "what it gets: 32 by 32 pixels"),
        (middle, "where the score is sensitive"),
        (right, "maps of the first layers"),
    ):
        axis.set_title(text, fontsize=9)
    plots.bare([left, middle, right])
    bars.barh(CIFAR_CLASSES[::-1], chances[::-1], color=plots.BLUE)
    bars.set(xlim=(0, 1), xlabel="probability")
    if caption is not None:
        fig.suptitle(caption, fontsize=10)
    return fig
