"""Words to indices and back."""

import numpy as np
import pytest

from scratch.text import SPECIAL_WORDS, Vocabulary, tokenize

SENTENCES = ["A dog runs.", "A dog sleeps!", "The cat"]


def test_tokenize_keeps_lower_case_words_and_drops_punctuation():
    assert tokenize('The dog\'s ball: 2 "red" ones, well-worn.') == [
        *("the", "dog's", "ball", "2", "red", "ones", "well", "worn")
    ]
    assert tokenize("Où est l’été ?") == ["où", "est", "l’été"]
    assert tokenize(" .,! ") == []


def test_vocabulary_counts_and_orders():
    vocab = Vocabulary.from_sentences(SENTENCES)
    assert tuple(vocab.idx_to_word[:4]) == SPECIAL_WORDS
    assert vocab.idx_to_word[4:] == ["a", "dog", "cat", "runs", "sleeps", "the"]
    assert all(vocab.idx_to_word[i] == word for word, i in vocab.word_to_idx.items())
    assert Vocabulary.from_sentences(SENTENCES, min_count=2).idx_to_word[4:] == ["a", "dog"]
    assert len(Vocabulary.from_sentences([])) == 4


def test_encode_pads_and_marks_unknown_words():
    vocab = Vocabulary.from_sentences(SENTENCES, min_count=2)
    indices = vocab.encode(["a dog runs", "dog", ""])
    assert indices.dtype == np.int64
    assert indices.tolist() == [[1, 4, 5, 3, 2], [1, 5, 2, 0, 0], [1, 2, 0, 0, 0]]


def test_encode_shortens_but_keeps_the_end():
    vocab = Vocabulary(["a", "b", "c"])
    assert vocab.encode(["a b c", "a"], length=4).tolist() == [[1, 4, 5, 2], [1, 4, 2, 0]]
    assert vocab.encode(["a b c"], length=2).tolist() == [[1, 2]]


def test_decode_undoes_encode():
    vocab = Vocabulary.from_sentences(SENTENCES)
    plain = [" ".join(tokenize(sentence)) for sentence in SENTENCES]
    assert vocab.decode(vocab.encode(SENTENCES)) == plain
    assert vocab.decode(vocab.encode(SENTENCES)[0]) == "a dog runs"


def test_decode_stops_at_the_first_end_and_shows_unknown_words():
    vocab = Vocabulary(["a", "b"])
    assert vocab.decode(np.array([1, 4, 3, 2, 5, 2])) == "a <UNK>"
    assert vocab.decode(np.array([4, 5])) == "a b"  # no <END>: all of it
    assert vocab.decode(np.zeros(0, int)) == ""


def test_a_word_of_the_text_cannot_pass_for_a_special_word():
    assert tokenize("<START>") == ["start"]
    assert Vocabulary.from_sentences(["<UNK> null"]).idx_to_word[4:] == ["null", "unk"]


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda v: Vocabulary(["a", "a"]), "'a' twice"),
        (lambda v: Vocabulary(["<END>"]), "'<END>' twice"),
        (lambda v: Vocabulary.from_sentences("a dog"), "one string"),
        (lambda v: v.encode("a dog"), "one string"),
        (lambda v: v.encode(["a"], length=1), "length is 1"),
        (lambda v: v.decode(np.array([9])), "9 to 9, expected 0 to 4"),
        (lambda v: v.decode(np.array([-1])), "-1 to -1"),
        (lambda v: v.decode(np.array([1.0])), "float64"),
        (lambda v: v.decode(np.zeros((1, 1, 1), int)), r"\(1, 1, 1\)"),
    ],
)
def test_one_clear_sentence(call, message):
    with pytest.raises(ValueError, match=message):
        call(Vocabulary(["a"]))


@pytest.mark.parametrize("sentence", [None, float("nan"), b"a dog", ["a", "dog"]])
def test_what_is_no_sentence(sentence):
    for call in (
        lambda: Vocabulary.from_sentences([sentence]),
        lambda: Vocabulary(["a"]).encode(["a", sentence]),
    ):
        with pytest.raises(ValueError, match="is no sentence: expected text"):
            call()


def test_words_in_one_string():
    with pytest.raises(ValueError, match="words is one string"):
        Vocabulary("abc")


def test_sentences_may_come_one_by_one():
    vocab = Vocabulary.from_sentences(sentence for sentence in SENTENCES)
    assert vocab.idx_to_word == Vocabulary.from_sentences(SENTENCES).idx_to_word
    assert vocab.encode(iter(SENTENCES)).tolist() == vocab.encode(SENTENCES).tolist()
