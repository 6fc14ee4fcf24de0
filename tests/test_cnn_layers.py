"""Convolution and pooling: by hand and against gradients, in every storey; im2col and its kin."""

import numpy as np
import pytest

from course import ladder
from scratch import cnn_layers as cnn
from scratch import fast, loops
from scratch.gradcheck import check_layer, directional_error


def assert_gradients(forward, backward, *inputs, **options):
    reports = check_layer(forward, backward, *inputs, **options)
    assert len(reports) == sum(x is not None for x in inputs)
    for report in reports:
        assert report.passed, str(report)


def distinct(rng, shape):
    """All values different and far apart, so that a nudge changes no winner."""
    return rng.permutation(int(np.prod(shape))).reshape(shape) / 10.0


CONVS = [  # x, w, stride, pad
    ((2, 3, 5, 7), (4, 3, 3, 2), 1, 0),
    ((2, 3, 7, 5), (4, 3, 2, 3), 2, 1),
    ((1, 1, 6, 4), (1, 1, 3, 3), 2, 0),  # one row and one column are left over
    ((2, 2, 4, 5), (3, 2, 3, 3), 3, 2),
    ((1, 2, 3, 4), (2, 2, 3, 4), 1, 0),  # the filter is as large as the image
    ((3, 1, 1, 1), (2, 1, 1, 1), 1, 0),
    ((2, 2, 3, 3), (2, 2, 1, 1), 2, 1),  # windows that hold nothing but padding
    ((1, 2, 5, 5), (2, 2, 2, 2), 4, 0),  # pixels that no window touches
]


class TestConv:
    def test_by_hand(self, storey):
        x = np.arange(9.0).reshape(1, 1, 3, 3)
        w = np.array([[[[1.0, 2.0], [3.0, 4.0]]]])
        out, cache = storey.conv_forward(x, w)
        # not flipped: 0*1 + 1*2 + 3*3 + 4*4 = 27
        np.testing.assert_array_equal(out[0, 0], [[27, 37], [57, 67]])
        dx, dw, db = storey.conv_backward(np.array([[[[1.0, 10.0], [100.0, 1000.0]]]]), cache)
        np.testing.assert_array_equal(dx[0, 0], [[1, 12, 20], [103, 1234, 2040], [300, 3400, 4000]])
        np.testing.assert_array_equal(dw[0, 0], [[4310, 5421], [7643, 8754]])
        assert db is None

    def test_bias_is_added_to_its_own_filter(self, storey):
        out, cache = storey.conv_forward(
            np.zeros((2, 1, 2, 3)), np.ones((2, 1, 1, 1)), np.array([5.0, 7.0])
        )
        np.testing.assert_array_equal(out[:, 0], 5)
        np.testing.assert_array_equal(out[:, 1], 7)
        _, _, db = storey.conv_backward(np.ones((2, 2, 2, 3)), cache)
        np.testing.assert_array_equal(db, [12, 12])

    def test_padding_is_zeros_around(self, storey):
        out, _ = storey.conv_forward(np.ones((1, 1, 2, 2)), np.ones((1, 1, 3, 3)), pad=1)
        np.testing.assert_array_equal(out[0, 0], [[4, 4], [4, 4]])

    @pytest.mark.parametrize("bias", [True, False])
    @pytest.mark.parametrize(("x", "w", "stride", "pad"), CONVS)
    def test_gradients(self, storey, rng, x, w, stride, pad, bias):
        b = rng.normal(size=w[0]) if bias else None
        inputs = [rng.normal(size=x), rng.normal(size=w)] + ([b] if bias else [])
        assert_gradients(storey.conv_forward, storey.conv_backward, *inputs, stride=stride, pad=pad)

    def test_gradients_at_size_along_random_directions(self, storey, rng):
        x, w, b = (
            rng.normal(size=(9, 8, 21, 17)),
            rng.normal(size=(12, 8, 5, 3)),
            rng.normal(size=12),
        )
        assert directional_error(storey.conv_forward, storey.conv_backward, x, w, b, rng=rng) < 1e-6

    def test_whole_numbers_will_do(self, storey):
        """As in hand-made examples: integer images, filters or upstream gradients."""
        rng = np.random.default_rng(0)
        shapes = [(2, 2, 5, 4), (3, 2, 3, 2), (2, 3, 5, 5)]
        integers = [rng.integers(-3, 4, shape) for shape in shapes]
        exact = None
        for kinds in [(float,) * 3, (int, float, float), (float, float, int), (int, int, int)]:
            x, w, dout = (a.astype(kind) for a, kind in zip(integers, kinds))
            out, cache = storey.conv_forward(x, w, pad=1)
            results = [out, *storey.conv_backward(dout, cache)[:2]]
            exact = exact or results
            for a, b in zip(results, exact):
                np.testing.assert_array_equal(a, b)

    def test_wrong_shapes_are_named(self, storey):
        with pytest.raises(ValueError, match=r"w has shape \(4, 2, 3, 3\).*C = 3 as in x"):
            storey.conv_forward(np.zeros((2, 3, 5, 5)), np.zeros((4, 2, 3, 3)))
        with pytest.raises(ValueError, match=r"x has shape \(3, 5, 5\), expected \(N, C, H, W\)"):
            storey.conv_forward(np.zeros((3, 5, 5)), np.zeros((4, 3, 3, 3)))
        with pytest.raises(ValueError, match=r"b has shape \(3,\).*F = 4 as in w"):
            storey.conv_forward(np.zeros((2, 3, 5, 5)), np.zeros((4, 3, 3, 3)), np.zeros(3))

    def test_filter_larger_than_the_padded_image(self, storey):
        with pytest.raises(
            ValueError, match="window of 6 does not fit into 3 pixels with 1 of padding"
        ):
            storey.conv_forward(np.zeros((1, 1, 3, 9)), np.zeros((1, 1, 6, 6)), pad=1)

    @pytest.mark.parametrize("options", [{"stride": 0}, {"pad": -1}])
    def test_impossible_options(self, storey, options):
        with pytest.raises(ValueError, match="expected window and stride of at least 1"):
            storey.conv_forward(np.zeros((1, 1, 5, 5)), np.zeros((1, 1, 3, 3)), **options)


@pytest.mark.parametrize("conv", ["conv_by_numbers", "conv_by_taps", "conv_batch_last"])
def test_the_rungs_of_the_ladder_are_convolutions(rng, conv):
    x, w = rng.normal(size=(2, 3, 6, 7)), rng.normal(size=(4, 3, 3, 2))
    expected = loops.conv_forward(x, w)[0]
    np.testing.assert_allclose(getattr(ladder, conv)(x, w), expected, atol=1e-12)


def test_im2col_lists_windows_as_columns():
    x = np.arange(12.0).reshape(1, 1, 3, 4)
    cols = cnn.im2col(x, 2, 3)
    np.testing.assert_array_equal(cols[:, 0], [0, 1, 2, 4, 5, 6])
    np.testing.assert_array_equal(cols[:, 3], [5, 6, 7, 9, 10, 11])
    assert cols.shape == (6, 4)


@pytest.mark.parametrize(("x", "w", "stride", "pad"), CONVS)
def test_col2im_is_the_adjoint_of_im2col(rng, x, w, stride, pad):
    """<im2col(x), c> = <x, col2im(c)> for all x and c: that is what a gradient is."""
    x, (HH, WW) = rng.normal(size=x), w[2:]
    cols = cnn.im2col(x, HH, WW, stride=stride, pad=pad)
    c = rng.normal(size=cols.shape)
    back = cnn.col2im(c, x.shape, HH, WW, stride=stride, pad=pad)
    assert back.shape == x.shape
    assert np.vdot(cols, c) == pytest.approx(np.vdot(x, back))


@pytest.mark.parametrize(("x", "w", "stride", "pad"), CONVS)
def test_window_rows_has_an_adjoint_and_its_bands_are_im2col(rng, x, w, stride, pad):
    x, (HH, WW) = rng.normal(size=x), w[2:]
    rows = fast.window_rows(x, WW, stride=stride, pad=pad)
    c = rng.normal(size=rows.shape)
    (N, C, H, W), pads = x.shape, 2 * pad
    back = np.zeros((H + pads, C, W + pads, N))  # with its frame of padding
    fast.add_windows(back, c.reshape(H + pads, C, WW, -1, N), stride)
    back = back[pad : pad + H, :, pad : pad + W].transpose(3, 1, 0, 2)
    assert np.vdot(rows, c) == pytest.approx(np.vdot(x, back))
    H_out = cnn.output_size(x.shape[2], HH, stride, pad)
    bands = fast.bands(rows, HH, H_out, stride)
    assert np.shares_memory(bands, rows)
    assert not bands.flags.writeable
    cols = cnn.im2col(x, HH, WW, stride=stride, pad=pad)
    np.testing.assert_array_equal(np.sort(bands, axis=None), np.sort(cols, axis=None))


def test_output_size():
    assert [cnn.output_size(7, 3, stride) for stride in (1, 2, 3, 4)] == [5, 3, 2, 2]
    assert cnn.output_size(32, 5, pad=2) == 32


class TestMaxPool:
    def test_by_hand(self, storey):
        x = np.array([[[[1.0, 5, 2, 0], [3, 4, 1, 9]]]])
        out, cache = storey.max_pool_forward(x)
        np.testing.assert_array_equal(out, [[[[5, 9]]]])
        dx = storey.max_pool_backward(np.array([[[[10.0, 20.0]]]]), cache)
        np.testing.assert_array_equal(dx, [[[[0, 10, 0, 0], [0, 0, 0, 20]]]])

    def test_a_tie_pays_the_first_only(self, storey):
        x = np.array([[[[2.0, 2, 0, 1], [2, 2, 1, 1]]]])
        out, cache = storey.max_pool_forward(x)
        dx = storey.max_pool_backward(np.array([[[[10.0, 20.0]]]]), cache)
        np.testing.assert_array_equal(dx, [[[[10, 0, 0, 20], [0, 0, 0, 0]]]])

    def test_windows_that_overlap_add_up(self, storey):
        x = np.array([[[[0.0, 9, 0], [0, 0, 0], [0, 0, 1]]]])
        out, cache = storey.max_pool_forward(x, size=2, stride=1)
        np.testing.assert_array_equal(out, [[[[9, 9], [0, 1]]]])
        dx = storey.max_pool_backward(np.array([[[[1.0, 2.0], [3.0, 4.0]]]]), cache)
        np.testing.assert_array_equal(dx, [[[[0, 3, 0], [3, 0, 0], [0, 0, 4]]]])

    def test_rows_and_columns_that_fill_no_window_are_left_out(self, storey):
        x = np.arange(15.0).reshape(1, 1, 3, 5)
        out, cache = storey.max_pool_forward(x)
        np.testing.assert_array_equal(out, [[[[6, 8]]]])
        dx = storey.max_pool_backward(np.ones_like(out), cache)
        assert dx.shape == x.shape
        assert dx.sum() == 2

    @pytest.mark.parametrize("fill", [-3.0, 0.0, -np.inf])
    def test_all_equal(self, storey, fill):
        x = np.full((2, 3, 4, 6), fill)
        out, cache = storey.max_pool_forward(x)
        np.testing.assert_array_equal(out, fill)
        dx = storey.max_pool_backward(np.ones_like(out), cache)
        assert dx[:, :, ::2, ::2].sum() == dx.sum() == out.size

    @pytest.mark.parametrize(
        ("shape", "options"),
        [
            ((2, 3, 4, 6), {}),
            ((1, 2, 5, 7), {"size": 2}),
            ((2, 1, 7, 5), {"size": 3, "stride": 2}),
            ((1, 2, 6, 5), {"size": 2, "stride": 1}),
            ((2, 2, 5, 6), {"size": (3, 2), "stride": (1, 2)}),
            ((1, 1, 7, 7), {"size": 2, "stride": 3}),
            ((2, 1, 3, 4), {"size": (3, 4)}),
            ((1, 1, 1, 1), {"size": 1}),
        ],
    )
    def test_gradient(self, storey, rng, shape, options):
        x = distinct(rng, shape)
        assert_gradients(storey.max_pool_forward, storey.max_pool_backward, x, **options)

    def test_window_larger_than_the_image(self, storey):
        with pytest.raises(ValueError, match="window of 4 does not fit into 3 pixels"):
            storey.max_pool_forward(np.zeros((1, 1, 3, 5)), size=4)

    def test_wrong_shape(self, storey):
        with pytest.raises(ValueError, match=r"x has shape \(3, 5\), expected \(N, C, H, W\)"):
            storey.max_pool_forward(np.zeros((3, 5)))


def test_a_second_call_leaves_the_first_cache_alone(storey, rng):
    """Two layers in turn, as in a network: no hidden buffer may be shared."""
    shapes = [(2, 3, 6, 6), (4, 3, 3, 3)]
    (x1, w1), (x2, w2) = ([rng.normal(size=s) for s in shapes] for _ in range(2))
    out1, cache1 = storey.conv_forward(x1, w1, pad=1)
    dout = rng.normal(size=out1.shape)
    alone, kept = storey.conv_backward(dout, cache1), out1.copy()
    out2, cache2 = storey.conv_forward(x2, w2, pad=1)
    storey.conv_backward(dout, cache2)
    np.testing.assert_array_equal(out1, kept)
    for a, b in zip(alone[:2], storey.conv_backward(dout, cache1)):
        np.testing.assert_array_equal(a, b)
    pooled, pool_cache = storey.max_pool_forward(out1)
    first = storey.max_pool_backward(pooled, pool_cache)
    storey.max_pool_forward(out2)
    np.testing.assert_array_equal(first, storey.max_pool_backward(pooled, pool_cache))
