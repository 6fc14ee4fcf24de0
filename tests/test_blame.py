"""The words that are blamed in a false caption: few, and enough."""

import numpy as np
import pytest

from course.blame import PARTS, is_english, wrong_words
from scratch.data.scene_captions import COLOR_OF, caption_is_true, write_captions
from scratch.data.scenes import COLORS, random_scene


@pytest.fixture(scope="module")
def told():
    """Scenes and a true caption of each."""
    rng = np.random.default_rng(0)
    scenes = [random_scene(rng) for _ in range(200)]
    return [(s, lines[0]) for s, lines in zip(scenes, write_captions(scenes, rng, num_captions=1))]


def test_nothing_in_a_true_caption_is_to_blame(told):
    assert all(wrong_words(caption, scene) == [] for scene, caption in told)


def test_one_exchanged_color_is_found(told):
    """A color that no shape of the scene has, in place of the first one named ("an" apart)."""
    exchanged = 0
    for scene, caption in told:
        words = caption.split()
        at = next((i for i, word in enumerate(words) if word in COLOR_OF), None)
        if at is None or words[at] == "orange":
            continue
        used = {"orange"} | {shape.color for shape in scene.shapes}
        words[at] = next(color for color in COLORS if color not in used)
        wrong = wrong_words(" ".join(words), scene)
        assert wrong == [at], (words, wrong)
        exchanged += 1
    assert exchanged > 100


def test_what_is_no_english_is_all_to_blame(told):
    assert wrong_words("red a star", told[0][0]) == [0, 1, 2] and not is_english("red a star")


def test_every_part_of_the_grammar_can_be_blamed(told):
    """Captions of other scenes are wrong in every way."""
    blamed = set()
    for (scene, _), (_, caption) in zip(told, told[1:]):
        words = caption.split()
        wrong = wrong_words(caption, scene)
        assert bool(wrong) != caption_is_true(caption, scene)
        blamed |= {part for i in wrong for part in PARTS if words[i] in PARTS[part]}
    assert blamed == set(PARTS)
