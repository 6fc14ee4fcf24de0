"""Recurrent layers: steps by hand, sequences against loops of steps, gradients, masks, ties."""

import numpy as np
import pytest

from scratch.gradcheck import check_layer, directional_error, numeric_gradient, relative_error
from scratch.rnn_layers import sigmoid


@pytest.fixture(params=["rnn", "lstm", "gru"])
def sequence(request, storey):
    """Forward, backward and number of gates of a recurrent layer, in each storey."""
    return {
        "rnn": (storey.rnn_forward, storey.rnn_backward, 1),
        "lstm": (storey.lstm_forward, storey.lstm_backward, 4),
        "gru": (storey.gru_forward, storey.gru_backward, 3),
    }[request.param]


def assert_gradients(forward, backward, *inputs, **options):
    reports = check_layer(forward, backward, *inputs, **options)
    assert reports
    for report in reports:
        assert report.passed, str(report)


def weights(rng, D, H, gates, dtype=np.float64):
    shapes = [(D, gates * H), (H, gates * H), (gates * H,)]
    return [(rng.normal(size=shape) / 2).astype(dtype) for shape in shapes]


class TestSteps:
    def test_rnn_step_by_hand(self, storey):
        x, prev_h = np.array([[1.0, 2.0]]), np.array([[0.5]])
        next_h, _ = storey.rnn_step_forward(
            x, prev_h, np.array([[0.1], [0.2]]), np.array([[0.4]]), np.array([-0.3])
        )
        np.testing.assert_allclose(next_h, np.tanh([[0.1 + 0.4 + 0.2 - 0.3]]))

    @pytest.mark.parametrize("N", [1, 3])
    def test_rnn_step_gradients(self, storey, rng, N):
        x, h = rng.normal(size=(N, 4)), rng.normal(size=(N, 5))
        assert_gradients(
            storey.rnn_step_forward, storey.rnn_step_backward, x, h, *weights(rng, 4, 5, 1)
        )

    @pytest.mark.parametrize("N", [1, 3])
    def test_gru_step_gradients(self, storey, rng, N):
        x, h = rng.normal(size=(N, 4)), rng.normal(size=(N, 5))
        assert_gradients(
            storey.gru_step_forward, storey.gru_step_backward, x, h, *weights(rng, 4, 5, 3)
        )

    def test_gru_step_by_its_formula(self, storey, rng):
        x, h, (Wx, Wh, b) = rng.normal(size=(2, 3)), rng.normal(size=(2, 4)), weights(rng, 3, 4, 3)
        a, m = x @ Wx + b, h @ Wh
        r, z = (1 / (1 + np.exp(-(a + m)[:, k * 4 : k * 4 + 4])) for k in (0, 1))
        n = np.tanh(a[:, 8:] + r * m[:, 8:])
        out = storey.gru_step_forward(x, h, Wx, Wh, b)[0]
        np.testing.assert_allclose(out, (1 - z) * n + z * h)

    def test_lstm_step_by_its_formula(self, storey, rng):
        x, h, c = rng.normal(size=(2, 3)), rng.normal(size=(2, 4)), rng.normal(size=(2, 4))
        Wx, Wh, b = weights(rng, 3, 4, 4)
        a = x @ Wx + h @ Wh + b
        i, f, o = (1 / (1 + np.exp(-a[:, k * 4 : k * 4 + 4])) for k in range(3))
        next_h, next_c, _ = storey.lstm_step_forward(x, h, c, Wx, Wh, b)
        np.testing.assert_allclose(next_c, f * c + i * np.tanh(a[:, 12:]))
        np.testing.assert_allclose(next_h, o * np.tanh(next_c))

    @pytest.mark.parametrize("which", [0, 1, "both"])
    def test_lstm_step_gradients_through_each_output(self, storey, rng, which):
        """The layer has two outputs: gradients must be right through either and through both."""
        x, h, c = rng.normal(size=(2, 3)), rng.normal(size=(2, 4)), rng.normal(size=(2, 4))

        def forward(*inputs):
            next_h, next_c, cache = storey.lstm_step_forward(*inputs)
            out = np.stack([next_h, next_c])
            return (out if which == "both" else out[which]), cache

        def backward(dout, cache):
            zero = np.zeros_like(h)
            dnext_h, dnext_c = {0: (dout, zero), 1: (zero, dout)}.get(which, dout)
            return storey.lstm_step_backward(dnext_h, dnext_c, cache)

        assert_gradients(forward, backward, x, h, c, *weights(rng, 3, 4, 4))

    def test_lstm_remembers_and_forgets(self, storey):
        """Input gate shut: with the forget gate open the cell is kept, with it shut it is lost."""
        H, zero = 2, np.zeros
        c = np.array([[0.7, -0.3]])
        for i, f, kept in [(-100, 100, c), (-100, -100, 0 * c)]:
            b = np.repeat([i, f, 100.0, 0.5], H)
            _, next_c, _ = storey.lstm_step_forward(
                zero((1, 3)), zero((1, H)), c, zero((3, 4 * H)), zero((H, 4 * H)), b
            )
            np.testing.assert_allclose(next_c, kept, atol=1e-12)

    def test_sigmoid_is_right_and_never_overflows(self):
        a = np.array([-1e4, -1.0, 0.0, 2.0, 1e4])
        np.testing.assert_allclose(
            sigmoid(a), [0, 1 / (1 + np.e), 0.5, 1 / (1 + np.exp(-2)), 1], atol=1e-15
        )

    def test_wrong_shapes_are_named(self, storey):
        with pytest.raises(ValueError, match=r"Wh has shape \(5, 4\).*H = 4 as in prev_h"):
            storey.rnn_step_forward(
                np.zeros((2, 3)), np.zeros((2, 4)), np.zeros((3, 4)), np.zeros((5, 4)), np.zeros(4)
            )
        with pytest.raises(ValueError, match=r"prev_h has shape \(3, 4\).*N = 2 as in x"):
            storey.rnn_step_forward(
                np.zeros((2, 3)), np.zeros((3, 4)), np.zeros((3, 4)), np.zeros((4, 4)), np.zeros(4)
            )


class TestSequences:
    @pytest.mark.parametrize(("N", "T"), [(1, 1), (1, 4), (3, 1), (2, 5)])
    def test_gradients(self, rng, sequence, N, T):
        forward, backward, gates = sequence
        x, h0 = rng.normal(size=(N, T, 3)), rng.normal(size=(N, 4))
        assert_gradients(forward, backward, x, h0, *weights(rng, 3, 4, gates))

    def test_gradient_of_the_last_state_alone_reaches_the_first(self, rng, sequence):
        """A gradient that enters at one step only: nothing but time carries it."""
        forward, backward, gates = sequence
        inputs = [rng.normal(size=(2, 4, 3)), rng.normal(size=(2, 3)), *weights(rng, 3, 3, gates)]
        h, cache = forward(*inputs)
        dh = np.zeros_like(h)
        dh[:, -1] = rng.normal(size=(2, 3))
        for k, grad in enumerate(backward(dh, cache)):
            numeric = numeric_gradient(
                lambda v, k=k: forward(*inputs[:k], v, *inputs[k + 1 :])[0], inputs[k], dh
            )
            assert relative_error(grad, numeric).max() < 1e-6

    def test_gradients_at_size(self, rng, sequence):
        forward, backward, gates = sequence
        x, h0 = rng.normal(size=(7, 11, 16)), rng.normal(size=(7, 24))
        error = directional_error(forward, backward, x, h0, *weights(rng, 16, 24, gates), rng=rng)
        assert error < 1e-5

    def test_pure_repeatable_and_float32_stays_float32(self, rng, sequence):
        forward, backward, gates = sequence
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

    def test_any_memory_order_gives_the_same(self, rng, sequence):
        forward, backward, gates = sequence
        inputs = [rng.normal(size=(3, 4, 2)), rng.normal(size=(3, 5)), *weights(rng, 2, 5, gates)]
        dh = rng.normal(size=(3, 4, 5))
        h, cache = forward(*inputs)
        grads = backward(dh, cache)
        fortran = [np.asfortranarray(a) for a in inputs]
        fortran_h, fortran_cache = forward(*fortran)
        np.testing.assert_allclose(fortran_h, h)
        for a, b in zip(backward(np.asfortranarray(dh), fortran_cache), grads):
            np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12)

    def test_extreme_inputs_stay_finite(self, sequence):
        forward, backward, gates = sequence
        rng = np.random.default_rng(0)
        x, h0 = 1e4 * rng.normal(size=(2, 3, 4)), 1e4 * rng.normal(size=(2, 5))
        h, cache = forward(x, h0, *weights(rng, 4, 5, gates))
        for a in (h, *backward(np.ones_like(h), cache)):
            assert np.isfinite(a).all()


def rnn_loop(step, x, h, *weights):
    states = []
    for t in range(x.shape[1]):
        h = step(x[:, t], h, *weights)[0]
        states.append(h)
    return np.stack(states, axis=1)


def lstm_loop(step, x, h, *weights):
    c, states = np.zeros_like(h), []
    for t in range(x.shape[1]):
        h, c, _ = step(x[:, t], h, c, *weights)
        states.append(h)
    return np.stack(states, axis=1)


def test_sequences_are_loops_of_steps(rng, storey):
    cells = [
        (storey.rnn_forward, rnn_loop, storey.rnn_step_forward, 1),
        (storey.lstm_forward, lstm_loop, storey.lstm_step_forward, 4),
        (storey.gru_forward, rnn_loop, storey.gru_step_forward, 3),
    ]
    for forward, loop, step, gates in cells:
        inputs = [rng.normal(size=(3, 6, 4)), rng.normal(size=(3, 5)), *weights(rng, 4, 5, gates)]
        np.testing.assert_allclose(forward(*inputs)[0], loop(step, *inputs), rtol=1e-12)


def test_gated_cells_refuse_weights_of_another_cell(storey):
    for forward, gates in ((storey.lstm_forward, 4), (storey.gru_forward, 3)):
        H, G = 2, gates * 2 - 1
        sentence = rf"Wx has shape \(3, {G}\), expected \(D, {gates}H\) .*H = 2 as in h0"
        with pytest.raises(ValueError, match=sentence):
            forward(
                *(np.zeros((1, 2, 3)), np.zeros((1, H))),
                *(np.zeros((3, G)), np.zeros((H, G)), np.zeros(G)),
            )


class TestEmbedding:
    def test_by_hand_with_a_word_that_comes_twice(self, storey):
        w = np.array([[1.0, 2], [3, 4], [5, 6]])
        out, cache = storey.word_embedding_forward(np.array([[2, 0, 2]]), w)
        np.testing.assert_array_equal(out, [[[5, 6], [1, 2], [5, 6]]])
        dw = storey.word_embedding_backward(np.array([[[1.0, 2], [3, 4], [10, 20]]]), cache)
        np.testing.assert_array_equal(dw, [[3, 4], [0, 0], [11, 22]])

    def test_gradient(self, storey, rng):
        x = rng.integers(0, 4, (3, 6))  # 18 places, 4 words: all of them several times
        assert_gradients(
            storey.word_embedding_forward,
            storey.word_embedding_backward,
            x,
            rng.normal(size=(4, 3)),
        )

    @pytest.mark.parametrize(("N", "T", "V"), [(1, 1, 1), (3, 6, 2), (2, 5, 9)])
    def test_backward_is_add_at(self, storey, rng, N, T, V):
        x, dout = rng.integers(0, V, (N, T)), rng.normal(size=(N, T, 3)).astype(np.float32)
        expected = np.zeros((V, 3), np.float32)
        np.add.at(expected, x, dout)
        w = np.zeros((V, 3), np.float32)
        dw = storey.word_embedding_backward(dout, storey.word_embedding_forward(x, w)[1])
        assert dw.dtype == np.float32
        np.testing.assert_allclose(dw, expected, atol=1e-5)

    @pytest.mark.parametrize("word", [-1, 4])
    def test_a_word_that_is_not_in_the_vocabulary(self, storey, word):
        with pytest.raises(ValueError, match=r"expected integers in 0\.\.3"):
            storey.word_embedding_forward(np.array([[0, word]]), np.zeros((4, 2)))


class TestTemporalSoftmaxLoss:
    def test_by_hand(self, storey):
        scores = np.log([[[1.0, 3.0], [1.0, 1.0]], [[4.0, 1.0], [9.0, 1.0]]])  # (2, 2, 2)
        y, mask = np.array([[1, 0], [0, 1]]), np.array([[1, 1], [1, 0]])
        loss, dscores = storey.temporal_softmax_loss(scores, y, mask)
        assert loss == pytest.approx(-(np.log(3 / 4) + np.log(1 / 2) + np.log(4 / 5)) / 2)
        expected = np.array([[[0.25, -0.25], [-0.5, 0.5]], [[-0.2, 0.2], [0, 0]]]) / 2
        np.testing.assert_allclose(dscores, expected)

    @pytest.mark.parametrize(("N", "T", "V"), [(1, 1, 1), (3, 4, 5), (2, 1, 3)])
    def test_gradient_with_a_mask(self, storey, rng, N, T, V):
        scores, y = rng.normal(size=(N, T, V)), rng.integers(0, V, (N, T))
        mask = rng.random((N, T)) < 0.6
        numeric = numeric_gradient(lambda s: storey.temporal_softmax_loss(s, y, mask)[0], scores)
        analytic = storey.temporal_softmax_loss(scores, y, mask)[1]
        assert relative_error(analytic, numeric).max() < 1e-6

    def test_all_masked_costs_nothing(self, storey, rng):
        scores, y = rng.normal(size=(2, 3, 4)), rng.integers(0, 4, (2, 3))
        loss, dscores = storey.temporal_softmax_loss(scores, y, np.zeros((2, 3), bool))
        assert loss == 0
        np.testing.assert_array_equal(dscores, 0)

    def test_what_is_masked_has_no_say(self, storey, rng):
        scores, y = rng.normal(size=(2, 3, 4)), rng.integers(0, 4, (2, 3))
        mask = np.array([[1, 0, 1], [0, 1, 1]])
        loss, dscores = storey.temporal_softmax_loss(scores, y, mask)
        scores[mask == 0] = 1e6
        y[mask == 0] = 0
        again, dagain = storey.temporal_softmax_loss(scores, y, mask)
        assert again == loss
        np.testing.assert_array_equal(dagain, dscores)

    def test_untrained_costs_t_log_v(self, storey):
        """The loss is summed over time and averaged over the batch: equal scores cost T log V."""
        loss, _ = storey.temporal_softmax_loss(
            np.zeros((5, 3, 7)), np.zeros((5, 3), int), np.ones((5, 3))
        )
        assert loss == pytest.approx(3 * np.log(7))

    def test_extreme_scores_stay_finite(self, storey):
        scores = np.array([[[1e30, -1e30, 0]]], np.float32)
        loss, dscores = storey.temporal_softmax_loss(scores, np.array([[0]]), np.ones((1, 1)))
        assert loss == 0
        np.testing.assert_array_equal(dscores, 0)

    def test_pure_and_float32(self, storey, rng):
        scores = rng.normal(size=(2, 3, 4)).astype(np.float32)
        y, mask, kept = np.ones((2, 3), int), np.ones((2, 3), bool), scores.copy()
        loss, dscores = storey.temporal_softmax_loss(scores, y, mask)
        assert isinstance(loss, float)
        assert dscores.dtype == np.float32
        np.testing.assert_array_equal(scores, kept)

    def test_a_word_out_of_range(self, storey):
        with pytest.raises(ValueError, match=r"expected integers in 0\.\.3"):
            storey.temporal_softmax_loss(np.zeros((1, 1, 4)), np.array([[4]]), np.ones((1, 1)))

    def test_wrong_shape(self, storey):
        with pytest.raises(ValueError, match=r"mask has shape \(2, 2\).*T = 3 as in scores"):
            storey.temporal_softmax_loss(
                np.zeros((2, 3, 4)), np.zeros((2, 3), int), np.ones((2, 2))
            )


class TestAttention:
    @pytest.mark.parametrize(("N", "L"), [(1, 1), (2, 5)])
    def test_gradients(self, storey, rng, N, L):
        shapes = [(N, 3), (N, L, 3), (N, L, 4)]
        inputs = [rng.normal(size=shape) for shape in shapes]
        assert_gradients(storey.attention_forward, storey.attention_backward, *inputs)

    def test_equal_keys_give_the_mean_and_one_strong_key_its_own_value(self, storey, rng):
        query, values = np.array([[1.0, 0.0]]), rng.normal(size=(1, 3, 4))
        out, _ = storey.attention_forward(query, np.ones((1, 3, 2)), values)
        np.testing.assert_allclose(out, values.mean(axis=1))
        keys = np.array([[[0.0, 0], [1e3, 0], [0, 0]]])
        np.testing.assert_allclose(storey.attention_forward(query, keys, values)[0], values[:, 1])

    def test_float32(self, storey, rng):
        inputs = [rng.normal(size=s).astype(np.float32) for s in [(2, 3), (2, 4, 3), (2, 4, 5)]]
        out, cache = storey.attention_forward(*inputs)
        assert {a.dtype for a in (out, *storey.attention_backward(out, cache))} == {np.dtype("f4")}
