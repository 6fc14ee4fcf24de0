"""Recurrent layers: steps by hand, sequences against loops of steps, gradients, masks, ties."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scratch import rnn_layers as rnn
from scratch.gradcheck import check_layer, directional_error, numeric_gradient, relative_error

SEQUENCES = {  # forward, backward, gates
    "rnn": (rnn.rnn_forward, rnn.rnn_backward, 1),
    "rnn_naive": (rnn.rnn_forward_naive, rnn.rnn_backward_naive, 1),
    "lstm": (rnn.lstm_forward, rnn.lstm_backward, 4),
    "gru": (rnn.gru_forward, rnn.gru_backward, 3),
}


def assert_gradients(forward, backward, *inputs, **options):
    reports = check_layer(forward, backward, *inputs, **options)
    assert reports
    for report in reports:
        assert report.passed, str(report)


def weights(rng, D, H, gates, dtype=np.float64):
    shapes = [(D, gates * H), (H, gates * H), (gates * H,)]
    return [(rng.normal(size=shape) / 2).astype(dtype) for shape in shapes]


class TestSteps:
    def test_rnn_step_by_hand(self):
        x, prev_h = np.array([[1.0, 2.0]]), np.array([[0.5]])
        next_h, _ = rnn.rnn_step_forward(
            x, prev_h, np.array([[0.1], [0.2]]), np.array([[0.4]]), np.array([-0.3])
        )
        np.testing.assert_allclose(next_h, np.tanh([[0.1 + 0.4 + 0.2 - 0.3]]))

    @pytest.mark.parametrize("N", [1, 3])
    def test_rnn_step_gradients(self, rng, N):
        x, h = rng.normal(size=(N, 4)), rng.normal(size=(N, 5))
        assert_gradients(rnn.rnn_step_forward, rnn.rnn_step_backward, x, h, *weights(rng, 4, 5, 1))

    @pytest.mark.parametrize("N", [1, 3])
    def test_gru_step_gradients(self, rng, N):
        x, h = rng.normal(size=(N, 4)), rng.normal(size=(N, 5))
        assert_gradients(rnn.gru_step_forward, rnn.gru_step_backward, x, h, *weights(rng, 4, 5, 3))

    def test_gru_step_by_its_formula(self, rng):
        x, h, (Wx, Wh, b) = rng.normal(size=(2, 3)), rng.normal(size=(2, 4)), weights(rng, 3, 4, 3)
        a, m = x @ Wx + b, h @ Wh
        r, z = (1 / (1 + np.exp(-(a + m)[:, k * 4 : k * 4 + 4])) for k in (0, 1))
        n = np.tanh(a[:, 8:] + r * m[:, 8:])
        out = rnn.gru_step_forward(x, h, Wx, Wh, b)[0]
        np.testing.assert_allclose(out, (1 - z) * n + z * h)

    def test_lstm_step_by_its_formula(self, rng):
        x, h, c = rng.normal(size=(2, 3)), rng.normal(size=(2, 4)), rng.normal(size=(2, 4))
        Wx, Wh, b = weights(rng, 3, 4, 4)
        a = x @ Wx + h @ Wh + b
        i, f, o = (1 / (1 + np.exp(-a[:, k * 4 : k * 4 + 4])) for k in range(3))
        next_h, next_c, _ = rnn.lstm_step_forward(x, h, c, Wx, Wh, b)
        np.testing.assert_allclose(next_c, f * c + i * np.tanh(a[:, 12:]))
        np.testing.assert_allclose(next_h, o * np.tanh(next_c))

    @pytest.mark.parametrize("which", [0, 1, "both"])
    def test_lstm_step_gradients_through_each_output(self, rng, which):
        """The layer has two outputs: gradients must be right through either and through both."""
        x, h, c = rng.normal(size=(2, 3)), rng.normal(size=(2, 4)), rng.normal(size=(2, 4))

        def forward(*inputs):
            next_h, next_c, cache = rnn.lstm_step_forward(*inputs)
            out = np.stack([next_h, next_c])
            return (out if which == "both" else out[which]), cache

        def backward(dout, cache):
            zero = np.zeros_like(h)
            dnext_h, dnext_c = {0: (dout, zero), 1: (zero, dout)}.get(which, dout)
            return rnn.lstm_step_backward(dnext_h, dnext_c, cache)

        assert_gradients(forward, backward, x, h, c, *weights(rng, 3, 4, 4))

    def test_lstm_remembers_and_forgets(self):
        """Input gate shut: with the forget gate open the cell is kept, with it shut it is lost."""
        H, zero = 2, np.zeros
        c = np.array([[0.7, -0.3]])
        for i, f, kept in [(-100, 100, c), (-100, -100, 0 * c)]:
            b = np.repeat([i, f, 100.0, 0.5], H)
            _, next_c, _ = rnn.lstm_step_forward(
                zero((1, 3)), zero((1, H)), c, zero((3, 4 * H)), zero((H, 4 * H)), b
            )
            np.testing.assert_allclose(next_c, kept, atol=1e-12)

    def test_sigmoid_is_right_and_never_overflows(self):
        a = np.array([-1e4, -1.0, 0.0, 2.0, 1e4])
        np.testing.assert_allclose(
            rnn.sigmoid(a), [0, 1 / (1 + np.e), 0.5, 1 / (1 + np.exp(-2)), 1], atol=1e-15
        )

    def test_wrong_shapes_are_named(self):
        with pytest.raises(ValueError, match=r"Wh has shape \(5, 4\).*H = 4 as in prev_h"):
            rnn.rnn_step_forward(
                np.zeros((2, 3)), np.zeros((2, 4)), np.zeros((3, 4)), np.zeros((5, 4)), np.zeros(4)
            )
        with pytest.raises(ValueError, match=r"prev_h has shape \(3, 4\).*N = 2 as in x"):
            rnn.rnn_step_forward(
                np.zeros((2, 3)), np.zeros((3, 4)), np.zeros((3, 4)), np.zeros((4, 4)), np.zeros(4)
            )


@pytest.mark.parametrize("name", SEQUENCES)
class TestSequences:
    @pytest.mark.parametrize(("N", "T"), [(1, 1), (1, 4), (3, 1), (2, 5)])
    def test_gradients(self, rng, name, N, T):
        forward, backward, gates = SEQUENCES[name]
        x, h0 = rng.normal(size=(N, T, 3)), rng.normal(size=(N, 4))
        assert_gradients(forward, backward, x, h0, *weights(rng, 3, 4, gates))

    def test_gradient_of_the_last_state_alone_reaches_the_first(self, rng, name):
        """A gradient that enters at one step only: nothing but time carries it."""
        forward, backward, gates = SEQUENCES[name]
        inputs = [rng.normal(size=(2, 4, 3)), rng.normal(size=(2, 3)), *weights(rng, 3, 3, gates)]
        h, cache = forward(*inputs)
        dh = np.zeros_like(h)
        dh[:, -1] = rng.normal(size=(2, 3))
        for k, grad in enumerate(backward(dh, cache)):
            numeric = numeric_gradient(
                lambda v, k=k: forward(*inputs[:k], v, *inputs[k + 1 :])[0], inputs[k], dh
            )
            assert relative_error(grad, numeric).max() < 1e-6

    def test_gradients_at_size(self, rng, name):
        forward, backward, gates = SEQUENCES[name]
        x, h0 = rng.normal(size=(7, 11, 16)), rng.normal(size=(7, 24))
        error = directional_error(forward, backward, x, h0, *weights(rng, 16, 24, gates), rng=rng)
        assert error < 1e-5

    def test_pure_repeatable_and_float32_stays_float32(self, rng, name):
        forward, backward, gates = SEQUENCES[name]
        inputs = [rng.normal(size=s).astype(np.float32) for s in [(2, 5, 3), (2, 4)]]
        inputs += weights(rng, 3, 4, gates, np.float32)
        dh = rng.normal(size=(2, 5, 4)).astype(np.float32)
        kept = [a.copy() for a in (*inputs, dh)]
        h, cache = forward(*inputs)
        h_kept = h.copy()
        first = backward(dh, cache)
        backward(dh, forward(*(a + 1 for a in inputs))[1])
        for a, b in zip([*first, h], [*backward(dh, cache), h_kept]):
            assert a.dtype == np.float32
            np.testing.assert_array_equal(a, b)
        for a, b in zip([*inputs, dh], kept):
            np.testing.assert_array_equal(a, b)
        for grad, a in zip(first, inputs):
            assert grad.shape == a.shape

    def test_any_memory_order_gives_the_same(self, rng, name):
        forward, backward, gates = SEQUENCES[name]
        inputs = [rng.normal(size=(3, 4, 2)), rng.normal(size=(3, 5)), *weights(rng, 2, 5, gates)]
        dh = rng.normal(size=(3, 4, 5))
        h, cache = forward(*inputs)
        grads = backward(dh, cache)
        fortran = [np.asfortranarray(a) for a in inputs]
        fortran_h, fortran_cache = forward(*fortran)
        np.testing.assert_allclose(fortran_h, h)
        for a, b in zip(backward(np.asfortranarray(dh), fortran_cache), grads):
            np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12)

    def test_extreme_inputs_stay_finite(self, name):
        forward, backward, gates = SEQUENCES[name]
        rng = np.random.default_rng(0)
        x, h0 = 1e4 * rng.normal(size=(2, 3, 4)), 1e4 * rng.normal(size=(2, 5))
        h, cache = forward(x, h0, *weights(rng, 4, 5, gates))
        for a in (h, *backward(np.ones_like(h), cache)):
            assert np.isfinite(a).all()


@settings(max_examples=60)
@given(
    N=st.integers(1, 3), T=st.integers(1, 5), D=st.integers(1, 4), H=st.integers(1, 4),
    dtype=st.sampled_from([np.float32, np.float64]), seed=st.integers(0, 99),
)  # fmt: skip
def test_the_fast_rnn_is_what_the_loop_of_steps_says(N, T, D, H, dtype, seed):
    rng = np.random.default_rng(seed)
    x, h0, dh = (rng.normal(size=s).astype(dtype) for s in [(N, T, D), (N, H), (N, T, H)])
    W = weights(rng, D, H, 1, dtype)
    h, cache = rnn.rnn_forward(x, h0, *W)
    naive_h, naive_cache = rnn.rnn_forward_naive(x, h0, *W)
    tolerance = 1e-4 if dtype == np.float32 else 1e-10
    pairs = zip(rnn.rnn_backward(dh, cache), rnn.rnn_backward_naive(dh, naive_cache))
    for fast, naive in [(h, naive_h), *pairs]:
        np.testing.assert_allclose(fast, naive, rtol=tolerance, atol=tolerance)


def lstm_loop(x, h0, Wx, Wh, b):
    h, c, states = h0, np.zeros_like(h0), []
    for t in range(x.shape[1]):
        h, c, _ = rnn.lstm_step_forward(x[:, t], h, c, Wx, Wh, b)
        states.append(h)
    return np.stack(states, axis=1)


def gru_loop(x, h0, Wx, Wh, b):
    h, states = h0, []
    for t in range(x.shape[1]):
        h, _ = rnn.gru_step_forward(x[:, t], h, Wx, Wh, b)
        states.append(h)
    return np.stack(states, axis=1)


@pytest.mark.parametrize(
    ("forward", "loop", "gates"), [(rnn.lstm_forward, lstm_loop, 4), (rnn.gru_forward, gru_loop, 3)]
)
def test_gated_sequences_are_loops_of_steps(rng, forward, loop, gates):
    inputs = [rng.normal(size=(3, 6, 4)), rng.normal(size=(3, 5)), *weights(rng, 4, 5, gates)]
    np.testing.assert_allclose(forward(*inputs)[0], loop(*inputs), rtol=1e-12)


@pytest.mark.parametrize(("forward", "gates"), [(rnn.lstm_forward, 4), (rnn.gru_forward, 3)])
def test_gated_cells_refuse_weights_of_another_cell(forward, gates):
    H, G = 2, gates * 2 - 1
    with pytest.raises(ValueError, match=rf"Wx has shape \(3, {G}\), expected \(D, {gates * H}\)"):
        forward(
            np.zeros((1, 2, 3)), np.zeros((1, H)), np.zeros((3, G)), np.zeros((H, G)), np.zeros(G)
        )


class TestEmbedding:
    def test_by_hand_with_a_word_that_comes_twice(self):
        W = np.array([[1.0, 2], [3, 4], [5, 6]])
        out, cache = rnn.word_embedding_forward(np.array([[2, 0, 2]]), W)
        np.testing.assert_array_equal(out, [[[5, 6], [1, 2], [5, 6]]])
        dW = rnn.word_embedding_backward(np.array([[[1.0, 2], [3, 4], [10, 20]]]), cache)
        np.testing.assert_array_equal(dW, [[3, 4], [0, 0], [11, 22]])

    def test_gradient(self, rng):
        x = rng.integers(0, 4, (3, 6))  # 18 places, 4 words: all of them several times
        assert_gradients(
            rnn.word_embedding_forward, rnn.word_embedding_backward, x, rng.normal(size=(4, 3))
        )

    @settings(max_examples=50)
    @given(st.integers(1, 3), st.integers(1, 6), st.integers(1, 9), st.integers(0, 99))
    def test_backward_is_add_at(self, N, T, V, seed):
        rng = np.random.default_rng(seed)
        x, dout = rng.integers(0, V, (N, T)), rng.normal(size=(N, T, 3)).astype(np.float32)
        expected = np.zeros((V, 3), np.float32)
        np.add.at(expected, x, dout)
        W = np.zeros((V, 3), np.float32)
        dW = rnn.word_embedding_backward(dout, rnn.word_embedding_forward(x, W)[1])
        assert dW.dtype == np.float32
        np.testing.assert_allclose(dW, expected, atol=1e-5)

    @pytest.mark.parametrize("word", [-1, 4])
    def test_a_word_that_is_not_in_the_vocabulary(self, word):
        with pytest.raises(ValueError, match=r"expected integers in 0\.\.3"):
            rnn.word_embedding_forward(np.array([[0, word]]), np.zeros((4, 2)))


class TestTemporalSoftmaxLoss:
    def test_by_hand(self):
        scores = np.log([[[1.0, 3.0], [1.0, 1.0]], [[4.0, 1.0], [9.0, 1.0]]])  # (2, 2, 2)
        y, mask = np.array([[1, 0], [0, 1]]), np.array([[1, 1], [1, 0]])
        loss, dscores = rnn.temporal_softmax_loss(scores, y, mask)
        assert loss == pytest.approx(-(np.log(3 / 4) + np.log(1 / 2) + np.log(4 / 5)) / 2)
        expected = np.array([[[0.25, -0.25], [-0.5, 0.5]], [[-0.2, 0.2], [0, 0]]]) / 2
        np.testing.assert_allclose(dscores, expected)

    @pytest.mark.parametrize(("N", "T", "V"), [(1, 1, 1), (3, 4, 5), (2, 1, 3)])
    def test_gradient_with_a_mask(self, rng, N, T, V):
        scores, y = rng.normal(size=(N, T, V)), rng.integers(0, V, (N, T))
        mask = rng.random((N, T)) < 0.6
        numeric = numeric_gradient(lambda s: rnn.temporal_softmax_loss(s, y, mask)[0], scores)
        analytic = rnn.temporal_softmax_loss(scores, y, mask)[1]
        assert relative_error(analytic, numeric).max() < 1e-6

    def test_all_masked_costs_nothing(self, rng):
        scores, y = rng.normal(size=(2, 3, 4)), rng.integers(0, 4, (2, 3))
        loss, dscores = rnn.temporal_softmax_loss(scores, y, np.zeros((2, 3), bool))
        assert loss == 0
        np.testing.assert_array_equal(dscores, 0)

    def test_what_is_masked_has_no_say(self, rng):
        scores, y = rng.normal(size=(2, 3, 4)), rng.integers(0, 4, (2, 3))
        mask = np.array([[1, 0, 1], [0, 1, 1]])
        loss, dscores = rnn.temporal_softmax_loss(scores, y, mask)
        scores[mask == 0] = 1e6
        y[mask == 0] = 0
        again, dagain = rnn.temporal_softmax_loss(scores, y, mask)
        assert again == loss
        np.testing.assert_array_equal(dagain, dscores)

    def test_untrained_costs_t_log_v(self):
        """The loss is summed over time and averaged over the batch: equal scores cost T log V."""
        loss, _ = rnn.temporal_softmax_loss(
            np.zeros((5, 3, 7)), np.zeros((5, 3), int), np.ones((5, 3))
        )
        assert loss == pytest.approx(3 * np.log(7))

    def test_extreme_scores_stay_finite(self):
        scores = np.array([[[1e30, -1e30, 0]]], np.float32)
        loss, dscores = rnn.temporal_softmax_loss(scores, np.array([[0]]), np.ones((1, 1)))
        assert loss == 0
        np.testing.assert_array_equal(dscores, 0)

    def test_pure_and_float32(self, rng):
        scores = rng.normal(size=(2, 3, 4)).astype(np.float32)
        y, mask, kept = np.ones((2, 3), int), np.ones((2, 3), bool), scores.copy()
        loss, dscores = rnn.temporal_softmax_loss(scores, y, mask)
        assert isinstance(loss, float)
        assert dscores.dtype == np.float32
        np.testing.assert_array_equal(scores, kept)

    def test_a_word_out_of_range(self):
        with pytest.raises(ValueError, match=r"expected integers in 0\.\.3"):
            rnn.temporal_softmax_loss(np.zeros((1, 1, 4)), np.array([[4]]), np.ones((1, 1)))

    def test_wrong_shape(self):
        with pytest.raises(ValueError, match=r"mask has shape \(2, 2\).*T = 3 as in scores"):
            rnn.temporal_softmax_loss(np.zeros((2, 3, 4)), np.zeros((2, 3), int), np.ones((2, 2)))


class TestAttention:
    @pytest.mark.parametrize(("N", "L"), [(1, 1), (2, 5)])
    def test_gradients(self, rng, N, L):
        shapes = [(N, 3), (N, L, 3), (N, L, 4)]
        inputs = [rng.normal(size=shape) for shape in shapes]
        assert_gradients(rnn.attention_forward, rnn.attention_backward, *inputs)

    def test_equal_keys_give_the_mean_and_one_strong_key_its_own_value(self, rng):
        query, values = np.array([[1.0, 0.0]]), rng.normal(size=(1, 3, 4))
        out, _ = rnn.attention_forward(query, np.ones((1, 3, 2)), values)
        np.testing.assert_allclose(out, values.mean(axis=1))
        keys = np.array([[[0.0, 0], [1e3, 0], [0, 0]]])
        np.testing.assert_allclose(rnn.attention_forward(query, keys, values)[0], values[:, 1])

    def test_float32(self, rng):
        inputs = [rng.normal(size=s).astype(np.float32) for s in [(2, 3), (2, 4, 3), (2, 4, 5)]]
        out, cache = rnn.attention_forward(*inputs)
        assert {a.dtype for a in (out, *rnn.attention_backward(out, cache))} == {np.dtype("f4")}
