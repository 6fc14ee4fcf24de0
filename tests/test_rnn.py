"""CaptioningRNN: gradients of the whole model, masks, accuracy, sampling, beam search."""

import itertools

import numpy as np
import pytest

from scratch.gradcheck import check_model
from scratch.layers import softmax
from scratch.rnn import CELLS, CaptioningRNN, pick_words

WORDS = ("<NULL>", "<START>", "<END>", "<UNK>", "red", "blue", "star")
VOCABULARY = {word: i for i, word in enumerate(WORDS)}


def small(cell_type="rnn", **options):
    return CaptioningRNN(
        VOCABULARY,
        **{"input_dim": 5, "wordvec_dim": 4, "hidden_dim": 6, "cell_type": cell_type, **options},
    )


def captions():
    """Three captions of different lengths, padded."""
    return np.array([[1, 4, 6, 2, 0], [1, 6, 2, 0, 0], [1, 5, 4, 6, 2]])


@pytest.mark.parametrize("cell_type", CELLS)
def test_gradient_of_the_whole_model(rng, cell_type):
    model = small(cell_type, dtype=np.float64)
    for report in check_model(model, rng.normal(size=(3, 5)), captions()):
        assert report.passed, str(report)


@pytest.mark.parametrize("cell_type", CELLS)
def test_shapes_and_types(rng, cell_type):
    model = small(cell_type)
    G = {"rnn": 1, "lstm": 4, "gru": 3}[cell_type] * 6
    assert {name: w.shape for name, w in model.params.items()} == {
        "W_proj": (5, 6), "b_proj": (6,), "W_embed": (7, 4), "Wx": (4, G), "Wh": (6, G),
        "b": (G,), "W_vocab": (6, 7), "b_vocab": (7,),
    }  # fmt: skip
    loss, grads = model.loss(rng.normal(size=(3, 5)), captions())
    assert isinstance(loss, float)
    assert {k: (g.shape, g.dtype) for k, g in grads.items()} == {
        k: (w.shape, np.dtype(np.float32)) for k, w in model.params.items()
    }


def test_the_loss_is_that_of_the_next_words_without_null(rng):
    """By probabilities, word by word: the definition, with nothing shared but the step."""
    model, features = small("lstm", dtype=np.float64), rng.normal(size=(3, 5))
    expected = 0.0
    for n, caption in enumerate(captions()):
        h, c = model.first_state(features[n : n + 1])
        for word, target in itertools.pairwise(caption):
            scores, h, c = model.next_scores(np.array([word]), h, c)
            expected -= np.log(softmax(scores)[0, target]) if target != 0 else 0
    assert model.loss(features, captions())[0] == pytest.approx(expected / 3)


def test_more_padding_changes_nothing(rng):
    model, features = small(), rng.normal(size=(3, 5))
    loss, grads = model.loss(features, captions())
    longer = np.pad(captions(), ((0, 0), (0, 4)))
    more_loss, more_grads = model.loss(features, longer)
    assert more_loss == pytest.approx(loss)
    for name, grad in grads.items():
        np.testing.assert_allclose(more_grads[name], grad, rtol=1e-3, atol=1e-6)


def test_shortest_captions_and_one_row(rng):
    loss, grads = small().loss(rng.normal(size=(1, 5)), np.array([[1, 2]]))
    assert np.isfinite(loss)
    assert all(np.isfinite(g).all() for g in grads.values())


def test_accuracy_counts_next_words_without_null(rng):
    model, features = small(), rng.normal(size=(3, 5))
    scores, _ = model.forward(features, captions()[:, :-1])
    targets = captions()[:, 1:]
    right = ((scores.argmax(axis=2) == targets) & (targets != 0)).sum() / (targets != 0).sum()
    assert model.accuracy(features, captions()) == pytest.approx(right)
    assert model.accuracy(features, captions(), block=2) == pytest.approx(right)


def test_accuracy_by_hand(rng):
    """A model that says "star" everywhere is right in 3 of the 9 places that count."""
    model, features = small(), rng.normal(size=(3, 5))
    model.params["b_vocab"][6] = 100
    assert model.accuracy(features, captions()) == pytest.approx(3 / 9)
    model.params["b_vocab"][0] = 200  # <NULL> everywhere: right only where it does not count
    assert model.accuracy(features, captions()) == 0


def test_loss_is_pure(rng):
    model, features, words = small("gru"), rng.normal(size=(3, 5)), captions()
    kept = [features.copy(), words.copy(), {k: w.copy() for k, w in model.params.items()}]
    first, second = model.loss(features, words), model.loss(features, words)
    assert first[0] == second[0]
    for name, grad in first[1].items():
        np.testing.assert_array_equal(grad, second[1][name])
        np.testing.assert_array_equal(model.params[name], kept[2][name])
    np.testing.assert_array_equal(features, kept[0])
    np.testing.assert_array_equal(words, kept[1])


def test_error_messages(rng):
    with pytest.raises(ValueError, match="cell_type is 'tree', expected one of rnn, lstm, gru"):
        small("tree")
    with pytest.raises(ValueError, match=r"features has shape \(3, 4\), expected \(N, 5\)"):
        small().loss(np.zeros((3, 4)), captions())
    with pytest.raises(ValueError, match=r"captions has shape \(2, 4\).*N = 3 as in features"):
        small().loss(np.zeros((3, 5)), captions()[:2])
    with pytest.raises(ValueError, match=r"runs from 1 to 7, expected integers in 0\.\.6"):
        small().loss(np.zeros((1, 5)), np.array([[1, 7, 2]]))
    with pytest.raises(ValueError, match=r"features has shape \(5,\)"):
        small().sample(np.zeros(5))
    with pytest.raises(ValueError, match="temperature is -1"):
        small().sample(np.zeros((1, 5)), temperature=-1)
    with pytest.raises(ValueError, match="beam_width is 0"):
        small().beam_search(np.zeros((1, 5)), beam_width=0)


class TestSampling:
    @pytest.mark.parametrize("cell_type", CELLS)
    def test_greedy_takes_the_best_word_given_the_words_so_far(self, rng, cell_type):
        """The scores of `forward` over the finished caption must agree at every position."""
        model, features = small(cell_type), rng.normal(size=(4, 5))
        model.params["b_vocab"][:2] = -100  # never <NULL> or <START>
        words = model.sample(features, max_length=8)
        assert words.shape == (4, 8)
        read = np.concatenate([np.full((4, 1), 1), words[:, :-1]], axis=1)
        best = model.forward(features, read)[0].argmax(axis=2)
        written = words != 0
        assert written[:, 0].all()
        np.testing.assert_array_equal(words[written], best[written])

    def test_after_end_only_null(self, rng):
        model = small()
        model.params["b_vocab"][2] = 100
        words = model.sample(rng.normal(size=(3, 5)), max_length=4)
        np.testing.assert_array_equal(words, [[2, 0, 0, 0]] * 3)

    def test_rows_do_not_depend_on_each_other(self, rng):
        model, features = small("lstm"), rng.normal(size=(5, 5))
        together = model.sample(features, max_length=6)
        for n in range(5):
            np.testing.assert_array_equal(
                model.sample(features[n : n + 1], max_length=6)[0], together[n]
            )

    def test_temperature_draws_from_the_softmax(self, rng):
        scores, T = np.array([[0.0, 1.0, 2.0, -1.0]]), 0.7
        picks = pick_words(np.repeat(scores, 40_000, axis=0), T, rng)
        np.testing.assert_allclose(
            np.bincount(picks, minlength=4) / 40_000, softmax(scores / T)[0], atol=0.01
        )

    def test_a_low_temperature_is_greedy_and_the_seed_decides(self, rng):
        model, features = small(), rng.normal(size=(6, 5))
        cold = model.sample(features, 6, temperature=1e-4, rng=np.random.default_rng(1))
        np.testing.assert_array_equal(cold, model.sample(features, 6))
        warm = [
            model.sample(features, 6, temperature=2.0, rng=np.random.default_rng(seed))
            for seed in (1, 1, 2)
        ]
        np.testing.assert_array_equal(warm[0], warm[1])
        assert (warm[0] != warm[2]).any()


class TestBeamSearch:
    @pytest.mark.parametrize("cell_type", CELLS)
    def test_width_one_is_greedy(self, rng, cell_type):
        model, features = small(cell_type), rng.normal(size=(6, 5))
        np.testing.assert_array_equal(
            model.beam_search(features, 1, max_length=7), model.sample(features, max_length=7)
        )

    def log_probability(self, model, row, captions):
        """Of each caption (K, T) up to its <END>, for one picture (1, D), by teacher forcing."""
        captions = np.array(captions)
        words = np.pad(captions, ((0, 0), (1, 0)), constant_values=1)
        scores = model.forward(np.repeat(row, len(words), axis=0), words[:, :-1])[0]
        logp = np.log(np.take_along_axis(softmax(scores), captions[:, :, None], axis=2))[:, :, 0]
        return (logp * (np.cumsum(words == 2, axis=1)[:, :-1] == 0)).sum(axis=1)

    def test_a_beam_wide_enough_finds_the_most_probable_caption_of_all(self):
        features = np.linspace(-1, 1, 30).reshape(6, 5)
        every, greed_went_wrong = list(itertools.product(range(5), repeat=4)), 0
        for seed, cell_type in enumerate(["rnn", "lstm", "lstm", "gru"]):
            model = CaptioningRNN(
                {word: i for i, word in enumerate(WORDS[:5])}, 5, 4, 6, cell_type,
                dtype=np.float64, rng=np.random.default_rng(seed),
            )  # fmt: skip
            model.params["b_vocab"][[0, 2]] = -3  # few short captions
            for w in model.params.values():
                w *= 3
            model.params["W_embed"] *= 10  # the words so far decide much
            found = model.beam_search(features, beam_width=5**3, max_length=4)
            greed_went_wrong += (found != model.sample(features, max_length=4)).any(axis=1).sum()
            for n in range(6):
                row = features[n : n + 1]
                best = self.log_probability(model, row, every).max()
                assert self.log_probability(model, row, found[n : n + 1]) == pytest.approx(best)
        assert greed_went_wrong >= 3  # or the search would have had nothing to do

    def test_a_wider_beam_is_no_worse_here_and_ends_in_null(self, rng):
        model, features = small("lstm", dtype=np.float64), rng.normal(size=(1, 5))
        for w in model.params.values():
            w *= 4
        logp = [
            self.log_probability(model, features, model.beam_search(features, width, 5))
            for width in (1, 7**4)
        ]
        assert logp[1] >= logp[0] - 1e-12
        for caption in model.beam_search(rng.normal(size=(4, 5)), 3, 6):
            after = np.cumsum(caption == 2) - (caption == 2) > 0
            assert (caption[after] == 0).all()
