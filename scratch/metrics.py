"""How good is it? Accuracy, confusion, perplexity, and BLEU for sentences."""

from collections import Counter

import numpy as np

from scratch.layers import cross_entropy
from scratch.shapes import check_indices, check_shapes
from scratch.text import tokenize


def accuracy(y_pred, y_true):
    """The share of predicted classes that are right: (N,), (N,) -> a number from 0 to 1."""
    y_pred, y_true = np.asarray(y_pred), np.asarray(y_true)
    check_shapes("y_pred (N,), y_true (N,)", y_pred, y_true)
    return float(np.mean(y_pred == y_true))


def confusion_matrix(y_pred, y_true, num_classes):
    """Count who is taken for whom: (N,), (N,) -> (num_classes, num_classes).

    Row: the true class. Column: the predicted one. The diagonal counts what is right.
    """
    y_pred, y_true = np.asarray(y_pred), np.asarray(y_true)
    check_shapes("y_pred (N,), y_true (N,)", y_pred, y_true)
    check_indices("y_pred", y_pred, num_classes)
    check_indices("y_true", y_true, num_classes)
    matrix = np.zeros((num_classes, num_classes), dtype=np.int64)
    np.add.at(matrix, (y_true, y_pred), 1)  # plain += would count a repeated pair once
    return matrix


def perplexity(scores, y, mask):
    """``exp`` of the mean cross-entropy of the words in ``mask``: (N, T, V), (N, T) -> a number.

    V for a model that guesses evenly among V words, 1 for one that is sure and right.
    """
    N, T, V = check_shapes("scores (N, T, V), y (N, T), mask (N, T)", scores, y, mask)
    check_indices("y", y, V)
    mask = np.asarray(mask, dtype=bool)
    if not mask.any():
        raise ValueError("mask leaves no word to count, expected at least one True.")
    rows, right = np.asarray(scores, np.float64)[mask], np.asarray(y)[mask]  # (K, V), (K,)
    losses, _ = cross_entropy(rows, right)
    return float(np.exp(losses.mean()))


def bleu(candidate, references, max_n=4):
    """BLEU of one sentence against several references, from 0 to 1. See ``corpus_bleu``.

    Without a single matching n-gram of some length it is 0, as in the paper, which means it for
    whole texts: a short caption easily has BLEU-4 = 0.
    """
    return corpus_bleu([candidate], [references], max_n)


def corpus_bleu(candidates, references, max_n=4):
    """BLEU-``max_n`` of a list of sentences; ``references[i]`` lists those for ``candidates[i]``.

    The geometric mean of the clipped precisions of 1-grams to ``max_n``-grams, each counted over
    the whole list, times a penalty for being too short. Papineni et al., "BLEU: a method for
    automatic evaluation of machine translation" (ACL 2002).
    """
    check_bleu(candidates, references, max_n)
    candidates = [words_of(sentence) for sentence in candidates]
    references = [[words_of(sentence) for sentence in several] for several in references]
    length = sum(map(len, candidates))
    if length == 0:
        return 0.0
    closest = sum(closest_length(c, several) for c, several in zip(candidates, references))
    precisions = [clipped_precision(candidates, references, n) for n in range(1, max_n + 1)]
    if min(precisions) == 0:
        return 0.0
    brevity = min(1.0, np.exp(1 - closest / length))
    return float(brevity * np.exp(np.mean(np.log(precisions))))


def check_bleu(candidates, references, max_n):
    """Raise unless there are references for every candidate."""
    if max_n < 1:
        raise ValueError(f"max_n is {max_n}, expected at least 1.")
    if len(candidates) != len(references):
        raise ValueError(
            f"candidates has {len(candidates)} sentences, references {len(references)} lists: "
            "expected as many."
        )
    for i, several in enumerate(references):
        if isinstance(several, str) or len(several) == 0:
            raise ValueError(
                f"references[{i}] is {several!r}, expected a list of one sentence or more."
            )


def words_of(sentence):
    """A sentence as a list of words; a list of words stays as it is."""
    return tokenize(sentence) if isinstance(sentence, str) else list(sentence)


def ngrams(words, n):
    """How often each run of ``n`` words occurs."""
    return Counter(tuple(words[i : i + n]) for i in range(len(words) - n + 1))


def clipped_precision(candidates, references, n):
    """The share of the candidates' n-grams that a reference has, each at most as often as there."""
    right = total = 0
    for candidate, several in zip(candidates, references):
        counts = ngrams(candidate, n)
        allowed = Counter()
        for reference in several:
            allowed |= ngrams(reference, n)  # the larger count of the two
        right += (counts & allowed).total()  # the smaller count of the two
        total += counts.total()
    return right / total if total else 0.0


def closest_length(candidate, references):
    """The length of the reference that is closest to the candidate's, the shorter on a tie."""
    return min((abs(len(r) - len(candidate)), len(r)) for r in references)[1]
