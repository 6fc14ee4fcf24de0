"""Scenes: one to three colored shapes on a 32x32 picture, as plain data.

`scene_pictures` draws scenes, `scene_captions` writes and judges sentences on them. Because a scene
is known, a caption can be held against it word by word.
"""

from typing import NamedTuple

PICTURE_SIZE = 32
MARGIN = 9  # `random_single` keeps the center of its shape this far from the border

KINDS = (
    "circle", "square", "triangle", "star", "cross", "diamond", "ring", "heart", "moon", "bar",
)  # fmt: skip
RADII = {"small": 5.0, "large": 7.5}  # in pixels
COLORS = {  # red, green and blue, from 0 to 1
    "red": (0.9, 0.1, 0.1),
    "orange": (1.0, 0.5, 0.0),
    "yellow": (0.95, 0.9, 0.1),
    "green": (0.1, 0.75, 0.15),
    "cyan": (0.1, 0.85, 0.9),
    "blue": (0.15, 0.25, 0.95),
    "purple": (0.7, 0.15, 0.9),
    "white": (0.97, 0.97, 0.97),
}
SIZES = tuple(RADII)
SHARES = (0.35, 0.45, 0.2)  # of scenes with one, two and three shapes


class Shape(NamedTuple):
    """One colored shape; ``row`` and ``col`` give its center in pixels."""

    kind: str
    color: str
    size: str
    row: int
    col: int


class Scene(NamedTuple):
    """One to three shapes; several stand in different quarters of the picture."""

    shapes: tuple[Shape, ...]


def random_scene(rng, num_shapes=None):
    """A scene of ``num_shapes`` shapes (None: 1, 2 or 3 at random), now and then look-alikes."""
    if num_shapes is None:
        num_shapes = int(rng.choice((1, 2, 3), p=SHARES))
    if num_shapes not in (1, 2, 3):
        raise ValueError(f"num_shapes is {num_shapes}, expected 1, 2 or 3.")
    looks = [random_look(rng)]
    while len(looks) < num_shapes:
        kind, color, size = random_look(rng)
        if rng.random() < 0.25:  # so that there are plurals to write
            kind = looks[-1][0]
            color = looks[-1][1] if rng.random() < 0.6 else color
        looks.append((kind, color, size))
    places = random_places([RADII[size] for _, _, size in looks], rng)
    return Scene(tuple(Shape(*look, *place) for look, place in zip(looks, places)))


def random_single(rng):
    """A scene of one shape, anywhere but at the border."""
    row, col = (int(v) for v in rng.integers(MARGIN, PICTURE_SIZE - MARGIN, size=2))
    return Scene((Shape(*random_look(rng), row, col),))


def random_look(rng):
    """Kind, color and size, each drawn evenly."""
    return tuple(names[rng.integers(len(names))] for names in (KINDS, tuple(COLORS), SIZES))


def random_places(radii, rng):
    """Centers (row, col), each in a quarter of the picture of its own."""
    places, half = [], PICTURE_SIZE // 2
    for radius, quarter in zip(radii, rng.permutation(4)):
        room = int(radius + 0.5)
        row, col = rng.integers(room, half - room + 1, size=2)
        places.append((int(half * (quarter // 2) + row), int(half * (quarter % 2) + col)))
    return places
