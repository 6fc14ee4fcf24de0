"""Does a captioner look at what it names? Counted on scenes made by hand."""

import numpy as np
import pytest

from course.looking import cells_on, named_shapes, share_on_object
from scratch.cnn import ConvNet
from scratch.data.scene_looks import cell_centers, look_features, look_grid
from scratch.data.scenes import Scene, Shape

RED = Shape("star", "red", "large", 8, 8)
BLUE = Shape("star", "blue", "small", 24, 20)
SCENE = Scene((RED, BLUE))


def test_a_noun_names_the_shapes_that_its_group_fits():
    named = named_shapes("there is a red star above a small star", SCENE)
    assert named == {4: [RED], 8: [BLUE]}
    assert named_shapes("two stars", SCENE) == {1: [RED, BLUE]}


def test_a_cell_lies_on_a_shape_when_its_middle_does():
    on = np.flatnonzero(cells_on([RED]))
    centers = cell_centers()
    assert [tuple(centers[k]) for k in on] == [(8, 8), (8, 12), (12, 8), (12, 12)]
    assert not cells_on([RED])[np.flatnonzero(cells_on([BLUE]))].any()
    assert cells_on([RED, BLUE]).sum() == len(on) + cells_on([BLUE]).sum()


@pytest.mark.parametrize(("shape", "share"), [(RED, 1.0), (BLUE, 0.0)])
def test_the_share_counts_the_step_that_writes_the_noun(shape, share):
    class Stare:
        """Looks at ``shape`` when it writes the third word, elsewhere before and after."""

        def looks(self, features, captions):
            weights = np.full((1, 4, 25), 0.01)
            weights[0, :, 12] = 1
            weights[0, 2] = np.where(cells_on([shape]), 0.3, 0.01)
            return weights

    data = {"captions_test": [["a red star"]], "scenes_test": [SCENE], "y_test": np.zeros((1, 5))}
    found, chance = share_on_object(Stare(), {"test": np.zeros((1, 25, 30))}, data)
    assert found == share
    assert chance == pytest.approx(4 / 25)


def test_the_windows_in_the_corners_are_the_quarters_and_each_knows_its_place(rng):
    eyes = ConvNet(input_dim=(3, 16, 16), num_filters_1=4, num_filters_2=5, num_classes=161)
    images = rng.normal(size=(3, 3, 32, 32)).astype(np.float32)
    grid = look_grid(eyes, images, block=2)
    assert grid.shape == (3, 25, 30) and grid.dtype == np.float32
    quarters = look_features(eyes, images).reshape(3, 4, 20)
    np.testing.assert_allclose(grid[:, [0, 4, 20, 24], :20], quarters, rtol=1e-4)
    np.testing.assert_array_equal(np.unique(grid[0, :, 20:], axis=0).shape, (25, 10))
