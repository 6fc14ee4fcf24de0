"""From sentences to word indices and back."""

import re
from collections import Counter

import numpy as np

NULL, START, END, UNK = "<NULL>", "<START>", "<END>", "<UNK>"
SPECIAL_WORDS = (NULL, START, END, UNK)  # index 0, 1, 2, 3 in every vocabulary
WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")


def tokenize(sentence):
    """Lower-case words, punctuation dropped: ``"A dog's ball." -> ["a", "dog's", "ball"]``."""
    return WORD.findall(sentence.lower())


def as_sentences(sentences):
    """``sentences`` as a list of texts; anything else raises."""
    if isinstance(sentences, str):
        raise ValueError("sentences is one string, expected a list of sentences.")
    sentences = list(sentences)
    for sentence in sentences:
        if not isinstance(sentence, str):
            raise ValueError(f"{sentence!r} is no sentence: expected text.")
    return sentences


class Vocabulary:
    """Words and their indices; the first four are ``<NULL> <START> <END> <UNK>``.

    ``<NULL>`` fills short captions up, ``<UNK>`` stands for every word the vocabulary leaves out.
    """

    def __init__(self, words):
        """``words``: the vocabulary without the four special words, in the order of the indices."""
        if isinstance(words, str):
            raise ValueError("words is one string, expected a list of words.")
        words = list(words)
        twice = [word for word, count in Counter([*SPECIAL_WORDS, *words]).items() if count > 1]
        if twice:
            raise ValueError(f"words holds {twice[0]!r} twice, expected each word once.")
        self.idx_to_word = [*SPECIAL_WORDS, *words]
        self.word_to_idx = {word: i for i, word in enumerate(self.idx_to_word)}

    @classmethod
    def from_sentences(cls, sentences, min_count=1):
        """The words of ``sentences`` seen ``min_count`` times or more, most frequent first."""
        sentences = as_sentences(sentences)
        counts = Counter(word for sentence in sentences for word in tokenize(sentence))
        kept = [word for word, count in counts.items() if count >= min_count]
        return cls(sorted(kept, key=lambda word: (-counts[word], word)))

    def __len__(self):
        return len(self.idx_to_word)

    def __repr__(self):
        return f"Vocabulary of {len(self)} words: {' '.join(self.idx_to_word[:8])} ..."

    def encode(self, sentences, length=None):
        """Sentences -> int64 (N, T): ``<START> words <END>``, then ``<NULL>`` up to T.

        T is ``length``, by default that of the longest sentence. A sentence that is too long loses
        its last words, never its ``<END>``.
        """
        tokens = [tokenize(sentence) for sentence in as_sentences(sentences)]
        T = length if length is not None else 2 + max(map(len, tokens), default=0)
        if T < 2:
            raise ValueError(f"length is {T}, expected at least 2, for <START> and <END>.")
        unknown = self.word_to_idx[UNK]
        indices = np.full((len(tokens), T), self.word_to_idx[NULL])
        for row, words in zip(indices, tokens):
            words = [START, *words[: T - 2], END]
            row[: len(words)] = [self.word_to_idx.get(word, unknown) for word in words]
        return indices

    def decode(self, indices):
        """Word indices (T,) -> a sentence, or (N, T) -> a list of them, up to the first ``<END>``.

        ``<START>`` and ``<NULL>`` are left out.
        """
        indices = np.asarray(indices)
        if indices.ndim == 2:
            return [self.decode(row) for row in indices]
        if indices.ndim != 1 or not np.issubdtype(indices.dtype, np.integer):
            raise ValueError(
                f"indices has shape {indices.shape} and dtype {indices.dtype}, "
                "expected integers of shape (T,) or (N, T)."
            )
        if indices.size and not 0 <= indices.min() <= indices.max() < len(self):
            raise ValueError(
                f"indices runs from {indices.min()} to {indices.max()}, "
                f"expected 0 to {len(self) - 1}."
            )
        words = [self.idx_to_word[i] for i in indices]
        words = words[: words.index(END)] if END in words else words
        return " ".join(word for word in words if word not in (START, NULL))
