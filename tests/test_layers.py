"""Fully connected, ReLU, softmax, dropout, batch norm: by hand and by gradient check."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from scratch import layers
from scratch.gradcheck import check_layer, numeric_gradient, relative_error


def assert_gradients(forward, backward, *inputs, **options):
    for report in check_layer(forward, backward, *inputs, **options):
        assert report.passed, str(report)


class TestFullyConnected:
    def test_by_hand(self, storey):
        x, w, b = np.array([[1.0, 2.0]]), np.array([[1.0, 0.0, 2.0], [3.0, 4.0, 0.0]]), np.ones(3)
        out, cache = storey.fc_forward(x, w, b)
        np.testing.assert_array_equal(out, [[8, 9, 3]])
        dx, dw, db = storey.fc_backward(np.array([[1.0, 10.0, 100.0]]), cache)
        np.testing.assert_array_equal(dx, [[201, 43]])
        np.testing.assert_array_equal(dw, [[1, 10, 100], [2, 20, 200]])
        np.testing.assert_array_equal(db, [1, 10, 100])

    @pytest.mark.parametrize("lead", [(1,), (4,), (2, 3), (2, 1, 3)])
    def test_gradients_for_any_number_of_batch_axes(self, storey, rng, lead):
        x, w, b = rng.normal(size=(*lead, 5)), rng.normal(size=(5, 3)), rng.normal(size=3)
        assert_gradients(storey.fc_forward, storey.fc_backward, x, w, b)

    def test_a_batch_axis_more_is_the_same_layer_row_by_row(self, storey, rng):
        x, w, b = rng.normal(size=(2, 3, 5)), rng.normal(size=(5, 4)), rng.normal(size=4)
        out, _ = storey.fc_forward(x, w, b)
        for n, t in np.ndindex(2, 3):
            np.testing.assert_allclose(out[n, t], x[n, t] @ w + b)

    def test_wrong_shape_is_named(self, storey):
        with pytest.raises(ValueError, match=r"w has shape \(4, 3\).*D = 5 as in x"):
            storey.fc_forward(np.zeros((2, 5)), np.zeros((4, 3)), np.zeros(3))
        with pytest.raises(ValueError, match=r"b has shape \(2,\).*M = 3 as in w"):
            storey.fc_forward(np.zeros((2, 5)), np.zeros((5, 3)), np.zeros(2))


class TestReLU:
    def test_by_hand_and_zero_at_the_kink(self, storey):
        x = np.array([-2.0, -0.0, 0.0, 3.0])
        out, cache = storey.relu_forward(x)
        np.testing.assert_array_equal(out, [0, 0, 0, 3])
        np.testing.assert_array_equal(storey.relu_backward(np.full(4, 7.0), cache), [0, 0, 0, 7])

    def test_gradient(self, storey, rng):
        assert_gradients(storey.relu_forward, storey.relu_backward, rng.normal(size=(3, 4, 2)))

    def test_keeps_the_memory_order(self, storey, rng):
        x = rng.normal(size=(2, 3, 4, 5)).transpose(1, 0, 2, 3)
        out, cache = storey.relu_forward(x)
        assert out.strides == x.strides
        assert storey.relu_backward(out, cache).strides == x.strides


class TestSoftmax:
    def test_rows_are_probabilities(self, storey, rng):
        p = storey.softmax(rng.normal(size=(4, 3, 5)))
        np.testing.assert_allclose(p.sum(axis=-1), 1)
        assert (p > 0).all()

    def test_by_hand(self, storey):
        loss, dscores = storey.softmax_loss(np.log([[1.0, 2.0, 5.0]]), np.array([1]))
        assert loss == pytest.approx(np.log(4))  # p = 1/8, 2/8, 5/8
        np.testing.assert_allclose(dscores, [[1 / 8, 2 / 8 - 1, 5 / 8]])

    def test_equal_scores_cost_log_c(self, storey):
        assert storey.softmax_loss(np.zeros((3, 7)), np.array([0, 3, 6]))[0] == pytest.approx(
            np.log(7)
        )

    @pytest.mark.parametrize("N", [1, 5])
    @pytest.mark.parametrize("C", [1, 2, 6])
    def test_gradient(self, storey, rng, N, C):
        scores, y = rng.normal(size=(N, C)), rng.integers(0, C, N)
        numeric = numeric_gradient(lambda s: storey.softmax_loss(s, y)[0], scores)
        analytic = storey.softmax_loss(scores, y)[1]
        assert relative_error(analytic, numeric).max() < 1e-6

    def test_one_class_only_is_certain(self, storey):
        loss, dscores = storey.softmax_loss(np.array([[3.0], [-2.0]]), np.array([0, 0]))
        assert loss == 0
        np.testing.assert_array_equal(dscores, 0)

    @pytest.mark.parametrize("dtype", [np.float32, np.float64])
    def test_extreme_scores_stay_finite(self, storey, dtype):
        big = np.finfo(dtype).max / 4
        scores = np.array([[big, -big, 0], [-big, -big, -big], [1e4, 0, -1e4]], dtype)
        y = np.array([1, 0, 2])
        loss, dscores = storey.softmax_loss(scores, y)
        assert np.isfinite(loss) or dtype == np.float32 and loss > 1e37  # a sum may be inf
        losses, _ = storey.cross_entropy(scores, y)
        assert losses[1] == pytest.approx(np.log(3))
        assert losses[2] == pytest.approx(2e4)
        np.testing.assert_allclose(
            dscores * 3, [[1, -1, 0], [-2 / 3, 1 / 3, 1 / 3], [1, 0, -1]], 1e-6
        )

    @given(hnp.arrays(np.float64, (3, 4), elements=st.floats(-1e6, 1e6)), st.floats(-1e6, 1e6))
    def test_a_constant_added_to_all_scores_changes_nothing(self, storey, scores, shift):
        y = np.array([0, 1, 3])
        loss, dscores = storey.softmax_loss(scores, y)
        shifted_loss, shifted_dscores = storey.softmax_loss(scores + shift, y)
        assert shifted_loss == pytest.approx(loss, rel=1e-6, abs=1e-6)
        np.testing.assert_allclose(shifted_dscores, dscores, atol=1e-6)

    @given(hnp.arrays(np.float64, (3, 4), elements=st.floats(-1e3, 1e3)))
    def test_each_row_of_the_gradient_sums_to_zero(self, storey, scores):
        loss, dscores = storey.softmax_loss(scores, np.array([0, 1, 3]))
        assert loss >= 0
        np.testing.assert_allclose(dscores.sum(axis=1), 0, atol=1e-12)

    @pytest.mark.parametrize("y", [[0, 3], [-1, 0], [0.0, 1.0]])
    def test_wrong_labels(self, storey, y):
        with pytest.raises(ValueError, match=r"expected integers in 0\.\.2"):
            storey.softmax_loss(np.zeros((2, 3)), np.array(y))

    def test_wrong_number_of_labels(self, storey):
        with pytest.raises(ValueError, match=r"y has shape \(3,\), expected .* = 2 as in scores"):
            storey.softmax_loss(np.zeros((2, 3)), np.zeros(3, int))


class TestDropout:
    def test_survivors_are_scaled_and_the_mean_is_kept(self, storey, rng):
        out, cache = storey.dropout_forward(np.ones((400, 500)), drop_prob=0.3, rng=rng)
        assert set(np.unique(out)) == {0.0, 1 / 0.7}
        assert out.mean() == pytest.approx(1, abs=0.01)
        np.testing.assert_array_equal(storey.dropout_backward(np.ones_like(out), cache), out)

    def test_gradient_with_the_mask_held_still(self, storey, rng):
        def forward(x):
            return storey.dropout_forward(x, drop_prob=0.4, rng=np.random.default_rng(7))

        assert_gradients(forward, storey.dropout_backward, rng.normal(size=(4, 5)))

    def test_nothing_happens_at_test_time(self, storey, rng):
        x = rng.normal(size=(3, 4))
        out, cache = storey.dropout_forward(x, rng=rng, train=False)
        assert out is x
        np.testing.assert_array_equal(storey.dropout_backward(x, cache), x)

    @pytest.mark.parametrize("drop_prob", [1.0, -0.1, 2])
    def test_impossible_probability(self, storey, rng, drop_prob):
        with pytest.raises(ValueError, match="drop_prob"):
            storey.dropout_forward(np.ones(3), drop_prob=drop_prob, rng=rng)


class TestBatchNorm:
    def test_output_has_mean_beta_and_spread_gamma(self, storey, rng):
        x, gamma, beta = (
            rng.normal(3, 5, (200, 3)),
            np.array([1.0, 2.0, 3.0]),
            np.array([0.0, 5, -5]),
        )
        out, _ = storey.batchnorm_forward(x, gamma, beta)
        np.testing.assert_allclose(out.mean(axis=0), beta, atol=1e-12)
        np.testing.assert_allclose(out.std(axis=0), gamma, rtol=1e-5)

    def test_gradients_at_training_and_at_test_time(self, storey, rng):
        x, gamma, beta = rng.normal(size=(6, 3)), rng.normal(size=3), rng.normal(size=3)
        assert_gradients(storey.batchnorm_forward, storey.batchnorm_backward, x, gamma, beta)
        kept = {"mean": rng.normal(size=3), "var": rng.uniform(1, 2, 3)}
        assert_gradients(
            storey.batchnorm_forward, storey.batchnorm_backward, x, gamma, beta, **kept
        )


@pytest.fixture(params=["fc", "relu", "dropout", "batchnorm"])
def layer(request, storey):
    """Forward, backward and shapes of inputs."""

    def dropout_forward(x):
        return storey.dropout_forward(x, rng=np.random.default_rng(0))

    return {
        "fc": (storey.fc_forward, storey.fc_backward, [(4, 5), (5, 3), (3,)]),
        "relu": (storey.relu_forward, storey.relu_backward, [(4, 5)]),
        "dropout": (dropout_forward, storey.dropout_backward, [(4, 5)]),
        "batchnorm": (storey.batchnorm_forward, storey.batchnorm_backward, [(4, 5), (5,), (5,)]),
    }[request.param]


def test_pure_repeatable_and_float32_stays_float32(rng, layer):
    forward, backward, shapes = layer
    inputs = [rng.normal(size=shape).astype(np.float32) for shape in shapes]
    before = [x.copy() for x in inputs]
    out, cache = forward(*inputs)
    dout = rng.normal(size=out.shape).astype(np.float32)
    dout_before, out_before = dout.copy(), out.copy()
    first, second = backward(dout, cache), backward(dout, cache)
    forward(*(x + 1 for x in inputs))  # another call in between must not reach into the cache
    third = backward(dout, cache)
    for x, y in zip([*inputs, dout, out], [*before, dout_before, out_before]):
        np.testing.assert_array_equal(x, y)
    for grads in zip(*(g if isinstance(g, tuple) else (g,) for g in (first, second, third))):
        assert grads[0].dtype == np.float32
        np.testing.assert_array_equal(grads[0], grads[1])
        np.testing.assert_array_equal(grads[0], grads[2])
    assert out.dtype == np.float32


def test_softmax_loss_is_pure_and_keeps_float32(storey, rng):
    scores, y = rng.normal(size=(4, 3)).astype(np.float32), np.array([0, 1, 2, 0])
    before = scores.copy()
    loss, dscores = storey.softmax_loss(scores, y)
    np.testing.assert_array_equal(scores, before)
    assert isinstance(loss, float)
    assert dscores.dtype == np.float32


def test_log_softmax_is_the_logarithm_of_softmax_and_finite_where_that_is_not(rng):
    scores = 3 * rng.normal(size=(2, 4, 5))
    assert np.allclose(layers.log_softmax(scores), np.log(layers.softmax(scores)))
    extreme = np.array([[1e4, 0, -1e4], [-1e4, -1e4, -1e4]])
    logp = layers.log_softmax(extreme)
    assert np.isfinite(logp).all() and np.allclose(np.exp(logp).sum(axis=1), 1)
    losses, _ = layers.cross_entropy(extreme, np.array([1, 2]))
    assert np.allclose(-logp[[0, 1], [1, 2]], losses)
    assert layers.log_softmax(extreme.astype(np.float32)).dtype == np.float32
