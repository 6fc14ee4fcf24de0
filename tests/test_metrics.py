"""Metrics against numbers worked out by hand."""

import numpy as np
import pytest

from scratch.metrics import accuracy, bleu, confusion_matrix, corpus_bleu, perplexity


def test_accuracy_counts_the_right_ones():
    assert accuracy(np.array([1, 2, 3, 0]), np.array([1, 2, 0, 0])) == 0.75


def test_confusion_counts_repeated_pairs():
    matrix = confusion_matrix(np.array([0, 1, 1, 1]), np.array([0, 0, 0, 1]), 3)
    assert matrix.tolist() == [[1, 2, 0], [0, 1, 0], [0, 0, 0]]
    assert matrix.dtype == np.int64


def test_perplexity_of_even_scores_is_the_number_of_words():
    scores, y = np.zeros((2, 3, 7)), np.ones((2, 3), int)
    assert perplexity(scores, y, np.ones((2, 3), bool)) == pytest.approx(7)


def test_perplexity_is_the_geometric_mean_of_one_over_p():
    p = np.array([[[0.5, 0.5], [0.125, 0.875], [0.9, 0.1]]])
    mask = np.array([[True, True, False]])  # 1/p of the right words: 2 and 8
    assert perplexity(np.log(p), np.array([[0, 0, 1]]), mask) == pytest.approx(4)


def test_perplexity_bears_extreme_scores():
    scores = np.array([[[1000.0, -1000.0]]])
    assert perplexity(scores, np.array([[0]]), np.array([[True]])) == pytest.approx(1)


def test_bleu_clips_repeated_words():
    """The example of the paper: "the" counts twice at most, so 2/7."""
    references = ["The cat is on the mat.", "There is a cat on the mat."]
    assert bleu("the the the the the the the", references, max_n=1) == pytest.approx(2 / 7)


def test_bleu_2_by_hand():
    """Words: 5 of 6 match. Pairs: "the cat", "on the", "the mat", 3 of 5. Equal length."""
    value = bleu("the cat sat on the mat", ["the cat is on the mat"], max_n=2)
    assert value == pytest.approx(np.sqrt(5 / 6 * 3 / 5))


def test_bleu_4_by_hand():
    """5 of 6 words, 4 of 5 pairs, 3 of 4 triples, 2 of 3 runs of four; 6 words against 6."""
    value = bleu("a b c d e x", ["a b c d e f"])
    assert value == pytest.approx((5 / 6 * 4 / 5 * 3 / 4 * 2 / 3) ** 0.25)


def test_bleu_punishes_what_is_short():
    """All matches, 3 words against 6: exp(1 - 6 / 3)."""
    assert bleu("the cat is", ["the cat is on the mat"], max_n=2) == pytest.approx(np.exp(-1))


def test_the_closest_reference_sets_the_length_and_the_shorter_wins_a_tie():
    references = ["a b c d e", "a b c"]  # one longer, one shorter than the 4 words
    assert bleu("a b c d", references, max_n=1) == pytest.approx(1)


def test_corpus_bleu_counts_over_all_sentences():
    """Words: 2 + 1 of 2 + 2; the mean of two BLEUs would be the same, pairs are not: 1 + 0 of 2."""
    value = corpus_bleu(["a b", "c x"], [["a b"], ["c d"]], max_n=2)
    assert value == pytest.approx(np.sqrt(3 / 4 * 1 / 2))
    assert bleu("c x", ["c d"], max_n=2) == 0  # alone it has no pair


def test_bleu_of_a_perfect_and_of_an_empty_sentence():
    assert bleu("a b c d", ["a b c d"]) == pytest.approx(1)
    assert bleu("", ["a b"]) == 0
    assert bleu(["a", "b", "c", "d"], [["a", "b", "c", "d"]]) == pytest.approx(1)


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: accuracy(np.zeros(2), np.zeros(3)), r"\(3,\)"),
        (lambda: accuracy(np.zeros(0), np.zeros(0)), "empty"),
        (lambda: confusion_matrix(np.array([3]), np.array([0]), 3), "0..2"),
        (lambda: confusion_matrix(np.array([0]), np.array([-1]), 3), "0..2"),
        (lambda: perplexity(np.zeros((1, 2, 3)), np.zeros((1, 2), int), np.zeros((1, 2))), "True"),
        (lambda: corpus_bleu(["a"], []), "expected as many"),
        (lambda: corpus_bleu(["a"], ["a b"]), "list of one sentence"),
        (lambda: corpus_bleu(["a"], [[]]), "list of one sentence"),
        (lambda: bleu("a", ["a"], max_n=0), "max_n is 0"),
    ],
)
def test_one_clear_sentence(call, message):
    with pytest.raises(ValueError, match=message):
        call()
