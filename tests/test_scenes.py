"""Scenes: what is drawn, what is said of it, and the judge of what is said."""

import numpy as np
import pytest

from scratch.data.scene_captions import (
    RARE_WORDS,
    all_there,
    caption_is_true,
    judge_caption,
    parse_caption,
    stands,
    write_caption,
    write_captions,
)
from scratch.data.scene_pictures import draw_scenes, mask_table
from scratch.data.scenes import COLORS, KINDS, PICTURE_SIZE, SIZES, Scene, Shape, random_scene

SCENES = [random_scene(np.random.default_rng(seed)) for seed in range(400)]
CAPTIONS = write_captions(SCENES, np.random.default_rng(1), num_captions=4)
PAIRS = [(caption, scene) for scene, several in zip(SCENES, CAPTIONS) for caption in several]


def one_circle(**changes):
    return Scene((Shape("circle", "red", "small", 16, 16)._replace(**changes),))


class TestScenes:
    def test_the_same_seed_gives_the_same_scene(self):
        assert SCENES[7] == random_scene(np.random.default_rng(7))
        assert len(set(SCENES)) > 380

    def test_everything_occurs(self):
        shapes = [shape for scene in SCENES for shape in scene.shapes]
        assert {s.kind for s in shapes} == set(KINDS) and len(KINDS) == 10
        assert {s.color for s in shapes} == set(COLORS) and len(COLORS) >= 8
        assert {s.size for s in shapes} == set(SIZES)
        assert {len(scene.shapes) for scene in SCENES} == {1, 2, 3}

    def test_shapes_stand_apart(self):
        for scene in SCENES:
            for i, a in enumerate(scene.shapes):
                assert 5 <= a.row <= PICTURE_SIZE - 5 and 5 <= a.col <= PICTURE_SIZE - 5
                for b in scene.shapes[:i]:
                    relations = [r for r in ("above", "below", "left", "right") if stands(a, r, b)]
                    assert relations, "two shapes must differ clearly in place"

    def test_a_wrong_number_of_shapes(self, rng):
        with pytest.raises(ValueError, match="num_shapes is 4, expected 1, 2 or 3"):
            random_scene(rng, 4)


class TestPictures:
    def test_shape_dtype_range_and_repeatability(self):
        images = draw_scenes(SCENES, np.random.default_rng(0))
        assert images.shape == (400, 3, 32, 32) and images.dtype == np.float32
        assert images.min() >= 0 and images.max() <= 1
        np.testing.assert_array_equal(images, draw_scenes(SCENES, np.random.default_rng(0)))

    def test_no_scenes_no_pictures(self, rng):
        assert draw_scenes([], rng).shape == (0, 3, 32, 32)

    @pytest.mark.parametrize("color", COLORS)
    def test_the_color_is_there_and_only_there(self, rng, color):
        scene = one_circle(color=color, size="large", row=10, col=20)
        images = draw_scenes([scene] * 50, rng)
        inside, outside = images[:, :, 7:14, 17:24], images[:, :, 22:, :10]
        np.testing.assert_allclose(inside.mean(axis=(0, 2, 3)), COLORS[color], atol=0.08)
        assert outside.mean() < 0.4

    def test_kinds_look_different_in_both_sizes(self):
        masks = mask_table().mean(axis=2)  # (kinds, sizes, MASK, MASK)
        for size in range(len(SIZES)):
            for i in range(len(KINDS)):
                for j in range(i):
                    a, b = masks[i, size], masks[j, size]
                    assert np.abs(a - b).sum() > 0.17 * max(a.sum(), b.sum()), (KINDS[i], KINDS[j])

    def test_grounds_are_textured_and_noisy(self, rng):
        first, second = draw_scenes([one_circle(), one_circle()], rng)
        assert np.abs(first - second).mean() > 0.03
        assert first[:, :8, :8].std() > 0.03


class TestCaptions:
    def test_every_caption_is_true_of_its_own_scene(self):
        for caption, scene in PAIRS:
            assert judge_caption(caption, scene) == (True, "every statement holds"), caption

    def test_captions_of_other_scenes_are_nearly_always_false(self):
        others = [caption_is_true(c, SCENES[i - 1]) for i, (c, *_) in enumerate(CAPTIONS)]
        assert np.mean(others) < 0.05

    def test_a_changed_color_kind_or_size_makes_it_false(self):
        tried = dict.fromkeys(("kind", "color", "size"), 0)
        for caption, scene in PAIRS:
            for group in parse_caption(caption.split())[0]:
                for attribute in tried:
                    if getattr(group, attribute) is None:
                        continue
                    changed = change_all(scene, group, attribute)
                    if changed is not None:
                        tried[attribute] += 1
                        assert not caption_is_true(caption, changed), (caption, changed)
        assert min(tried.values()) > 200

    def test_a_changed_number_makes_it_false(self):
        tried = 0
        for caption, scene in PAIRS:
            for group in parse_caption(caption.split())[0]:
                if group.determiner != "a":
                    fewer = list(scene.shapes)
                    fewer.remove(next(filter(group.matches, fewer)))
                    assert not caption_is_true(caption, Scene(tuple(fewer))), caption
                    more = (*scene.shapes, next(filter(group.matches, scene.shapes)))
                    assert not caption_is_true(caption, Scene(more)), caption
                    tried += 1
        assert tried > 50

    @pytest.mark.parametrize(
        "axis, names", [("row", {"above", "below"}), ("col", {"left", "right"})]
    )
    def test_a_mirrored_place_makes_it_false(self, axis, names):
        tried = 0
        for caption, scene in PAIRS:
            groups, relation = parse_caption(caption.split())
            clear = all(sum(map(group.matches, scene.shapes)) == 1 for group in groups)
            if relation in names and clear:
                mirrored = (s._replace(**{axis: 31 - getattr(s, axis)}) for s in scene.shapes)
                assert not caption_is_true(caption, Scene(tuple(mirrored))), caption
                tried += 1
        assert tried > 50

    def test_the_language_is_rich(self):
        words = [word for caption, _ in PAIRS for word in caption.split()]
        lengths = {len(caption.split()) for caption, _ in PAIRS}
        assert {"above", "under", "left", "right", "two", "little", "there", "an"} <= set(words)
        rare = {word for several in RARE_WORDS.values() for word in several}
        assert 0 < sum(word in rare for word in words) < 0.01 * len(words)
        assert min(lengths) <= 2 and max(lengths) >= 12

    def test_captions_are_repeatable(self):
        a, b = (write_caption(SCENES[3], np.random.default_rng(5)) for _ in range(2))
        assert a == b


def change_all(scene, group, attribute):
    """The scene with ``attribute`` of all that ``group`` may mean made one that is not there."""
    options = {"kind": KINDS, "color": tuple(COLORS), "size": SIZES}[attribute]
    free = [o for o in options if o not in {getattr(s, attribute) for s in scene.shapes}]
    if not free:
        return None
    return Scene(tuple(
        s._replace(**{attribute: free[0]}) if group.matches(s) else s for s in scene.shapes
    ))  # fmt: skip


STAR = Shape("star", "blue", "large", 24, 8)
CIRCLE = Shape("circle", "red", "small", 8, 9)
SECOND_CIRCLE = Shape("circle", "red", "large", 9, 24)
TRIO = Scene((CIRCLE, SECOND_CIRCLE, STAR))


@pytest.mark.parametrize(
    "caption",
    [
        "a circle", "one star", "two circles", "two red circles", "three shapes", "a shape",
        "a small red circle above a large blue star", "the picture shows a big star",
        "a blue star below a red circle", "there are two red circles and a blue star",
        "two red circles over a blue star", "a red circle to the right of a blue star",
        "a tiny crimson disc left of a red circle", "a red circle and a red circle and a star",
        "i see an azure star", "two red shapes and one blue shape",
        "there is a red circle and a star",
    ],
)  # fmt: skip
def test_true_of_the_trio(caption):
    assert judge_caption(caption, TRIO) == (True, "every statement holds")
    assert caption_is_true(caption.split(), TRIO)


@pytest.mark.parametrize(
    "caption, reason",
    [
        ("a green circle", "there are 0 of that look"),
        ("one red circle", "there are 2 of that look"),
        ("three circles", "there are 2"),
        ("two stars", "there are 1"),
        ("a small star", "there are 0"),
        ("a red circle and a red circle and a red circle", "3 different shapes"),
        ("two circles and a circle", "3 different shapes"),
        ("a star above a circle", "is not above"),
        ("a star to the right of a circle", "is not to the right of"),
        ("two circles left of a star", "is not to the left of"),
        ("a red circle above a red circle", "is not above"),
    ],
)
def test_false_of_the_trio(caption, reason):
    true, why = judge_caption(caption, TRIO)
    assert not true and reason in why


@pytest.mark.parametrize(
    "caption, reason",
    [
        ("", "the end"),
        ("circle", '"circle"'),
        ("a", 'a noun after "a"'),
        ("a red", "expected a noun"),
        ("a red small circle", "expected a noun"),
        ("a circles", "expected a noun"),
        ("two circle", "expected a noun"),
        ("an red circle", "not English"),
        ("a azure star", "not English"),
        ("there is two circles", "does not agree"),
        ("there are a circle", "does not agree"),
        ("a <UNK> star", "expected a noun"),
        ("a circle a star", "grammar"),
        ("a circle and", "the end"),
        ("a circle above a star and a circle", "grammar"),
        ("a circle and a circle above a star", "grammar"),
        ("a circle to the left a star", "grammar"),
    ],
)
def test_what_is_not_english_is_false(caption, reason):
    true, why = judge_caption(caption, TRIO)
    assert not true and reason in why


@pytest.mark.parametrize(
    "caption, there",
    [
        ("two circles and a star", {"kind"}),
        ("a small blue circle left of a large red star", {"kind", "color", "size"}),  # mixed up
        ("a green circle", {"kind"}),
        ("a scarlet ring", {"color"}),
        ("a shape", set()),  # names nothing
        ("circle red a", set()),  # is no sentence of the grammar
        ("", set()),
    ],
)
def test_what_a_caption_names_is_there_or_not(caption, there):
    known = {what for what in ("kind", "color", "size") if all_there(what, caption, TRIO)}
    assert known == there
    assert known == {w for w in ("kind", "color", "size") if all_there(w, caption.split(), TRIO)}


def test_a_true_caption_names_only_what_is_there():
    for caption, scene in PAIRS:
        kinds, _ = parse_caption(caption.split())
        assert all_there("kind", caption, scene) == any(group.kind for group in kinds)
