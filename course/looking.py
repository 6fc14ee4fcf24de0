"""Does a captioner look at what it names? The scene is known, so the question has an answer."""

import numpy as np

from course.blame import parts_of
from scratch.data.scene_captions import parse_caption
from scratch.data.scene_looks import cell_centers
from scratch.data.scenes import RADII


def named_shapes(caption, scene):
    """The nouns of a caption and what they name: ``{index of the word: [shapes of the scene]}``.

    A noun names every shape that its group fits: "two red stars" both of them.
    """
    words = caption.split()
    groups, _ = parse_caption(words)
    return {
        i: [shape for shape in scene.shapes if groups[k].matches(shape)]
        for i, (k, part) in enumerate(parts_of(words))
        if part == "kind" and k >= 0
    }


def cells_on(shapes):
    """Whether the middle of each cell lies on one of the shapes, (L,): within its radius."""
    centers = cell_centers()  # (L, 2)
    on = np.zeros(len(centers), bool)
    for shape in shapes:
        away = np.hypot(*(centers - [shape.row, shape.col]).T)
        on |= away <= RADII[shape.size]
    return on


def share_on_object(captioner, features, data, part="test", most=1000):
    """How often the heaviest cell lies on what the noun names, and how often a random cell would.

    The network reads the first true caption of each of the first ``most`` pictures of ``part``, and
    is asked where it looked when it had to write the noun. -> (share, share by chance).
    """
    looks = captioner.looks(features[part][:most], data[f"y_{part}"][:most])  # (N, T - 1, L)
    hits, chance = [], []
    for n, (captions, scene) in enumerate(
        zip(data[f"captions_{part}"][:most], data[f"scenes_{part}"])
    ):
        for i, shapes in named_shapes(captions[0], scene).items():
            if i < looks.shape[1]:
                on = cells_on(shapes)
                hits.append(on[looks[n, i].argmax()])  # step i reads word i - 1, writes word i
                chance.append(on.mean())
    return float(np.mean(hits)), float(np.mean(chance))
