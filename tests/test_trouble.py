"""What is said where code stops, or returns something of another kind: never more than is seen."""

import ast
import functools
import inspect

import pytest

from course.checks import SPECS, check
from course.checks.confirm import as_cell
from course.checks.spec import own
from course.checks.trouble import unpacked

pytestmark = pytest.mark.usefixtures("patient")

CAPTIONER = """
import numpy as np
from scratch.rnn import NextWordNetwork, pick_words, teacher_forcing


class CaptioningRNN(NextWordNetwork):
    def loss(self, features, captions):
        words, targets, mask = teacher_forcing(captions, self.null)
        scores, caches = self.forward(features, words)
        loss, dscores = self.temporal_softmax_loss(scores, targets, mask)
        return loss, self.backward(dscores, caches)[1]

    def sample(self, features, max_length=30, *, temperature=0.0, rng=None):
        rng = np.random.default_rng(0) if rng is None else rng
        h, c = self.first_state(features)
        word, going = np.full(len(features), self.start), np.ones(len(features), dtype=bool)
        out = np.full((len(features), max_length), self.null)
        for t in range(max_length):
            scores, h, c = self.next_scores(word, h, c)
            word = pick_words(scores, temperature, rng)
            out[going, t] = word[going]
            going = going & (word != self.end)
        return out
"""


def of_captioner(old, new):
    assert CAPTIONER.count(old) == 1
    return check(as_cell(CAPTIONER.replace(old, new), "CaptioningRNN"))


def test_the_captioner_of_these_tests_is_right():
    assert of_captioner("return out", "return out").passed


@pytest.mark.parametrize(
    ("old", "new", "says", "hint"),
    [
        ("        return out\n", "", "sample returned None", "your last line hand back"),
        ("return out", "return out.T", "returned int64 (6, 4), expected integers (4, 6)", ""),
        ("return out", "return out / 1", "returned float64 (4, 6), expected integers", ""),
        ("out[going, t]", "outs[going, t]", "Did you mean out?", "Which word is said"),
        ("h, c = self.first", "h, d = self.first", "read before the line", "Which word is said"),
        ("(word != self.end)", "(word != self.null)", "`self.null` is not what belongs", "<END>"),
        ("rng is None else rng", "rng is None else default", "NameError", "Which word is said"),
    ],
)
def test_a_half_of_a_class_is_told_with_its_own_hint(old, new, says, hint):
    report = of_captioner(old, new)
    said = " ".join(str(report).split())
    assert not report.passed and says in said
    assert not hint or hint in said


def test_one_exception_is_no_other_mistake():
    """Both end in "too many values to unpack": what is behind it the code has to show."""
    code = """
from scratch.cnn import ConvNet as Given
class ConvNet(Given):
    def backward(self, dout, caches):
        grads = {}
        for layer, cache in zip(reversed(self.layers), caches):
            found = layer.backward(dout, cache)
            dout, *rest = found if layer.params else (found,)
            grads.update(zip(layer.params, rest))
        return dout, grads
"""
    report = check(as_cell(code, "ConvNet"))
    said = " ".join(text for _, text in report.diagnosis)
    assert "`caches` is gone through in the wrong direction" in said
    assert all(not name for name, _ in report.diagnosis)


def test_words_and_sentences_are_shown_as_they_are():
    code = "def tokenize(sentence):\n    return sentence.lower().replace('.', '').split()\n"
    assert "'ball,'" in str(check(as_cell(code, "tokenize")))
    code = """
from scratch.text import END, NULL, START, Vocabulary as Given
class Vocabulary(Given):
    def decode(self, indices):
        if indices.ndim == 2:
            return [self.decode(row) for row in indices]
        words = [self.idx_to_word[i] for i in indices]
        words = words[: words.index(END)] if END in words else words
        return "".join(word for word in words if word not in (START, NULL))
"""
    said = " ".join(str(check(as_cell(code, "Vocabulary"))).split())
    assert "yours 'aredstar', expected 'a red star'" in said and "the text '' is wrong" in said


def test_which_name_is_none_and_where_a_comprehension_stands():
    code = "def adam(w, dw, state=None, *, learning_rate=1, beta1=1, beta2=1, epsilon=1):\n"
    said = str(check(as_cell(f"{code}    m, v, t = state\n    return w, state\n", "adam")))
    assert "`state` is None here." in said
    code = "def pick_words(scores, temperature, rng):\n    p = scores / 0\n"
    code += "    return [rng.choice(len(q), p=q) for q in p]\n"
    said = str(check(as_cell(code, "pick_words")))
    assert "In line 3 of pick_words" in said and "listcomp" not in said


def parts_of(spec):
    """How many parts the official function gives back, whatever the check makes of them."""
    came = []

    @functools.wraps(spec.reference)
    def asked(*args, **options):
        came.append(spec.reference(*args, **options))
        return came[-1]

    args, options = spec.prepare(spec.cases()[0])
    spec.adapt(asked)(*own(args), **options)
    return len(came[0]) if isinstance(came[0], tuple) else 1


FUNCTIONS = [n for n, s in SPECS.items() if s.returned and not inspect.isclass(s.reference)]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_stub_says_of_how_many_parts_the_result_is(name):
    parts = ast.parse(SPECS[name].returned, mode="eval").body
    told = len(parts.elts) if isinstance(parts, ast.Tuple) else 1
    assert told == parts_of(SPECS[name])


UNPACKED = """
from scratch.rnn_layers import *

def gru_step_forward(x, prev_h, Wx, Wh, b):
    {} = gru_gates(x @ Wx + b, prev_h, Wh)
    return next_h, (x, prev_h, Wx, Wh, gates)
"""


def test_parts_that_are_tuples_themselves_are_counted_once():
    code = UNPACKED.format("next_h, gates, more")
    said = " ".join(str(check(as_cell(code, "gru_step_forward"))).split())
    assert "gives back 2 parts, next_h, (r, z, n, memory); there are 3 names for it here" in said


def test_one_result_is_not_told_as_parts():
    error = ValueError("not enough values to unpack (expected 3, got 2)")
    said = unpacked(error, "line 2 of f: `dx, a, b = dropout_backward(dout, cache)`")
    assert said == "`dropout_backward` gives back one thing, dx; there are 3 names for it here."


def test_of_a_function_of_their_own_that_gives_back_other_parts_nothing_is_told():
    code = UNPACKED.format("next_h, gates")
    code += "\ndef gru_gates(a, prev_h, Wh):\n    return a, prev_h, Wh\n"
    said = " ".join(str(check(as_cell(code, "gru_step_forward"))).split())
    assert "too many values to unpack" in said and "gives back 2 parts" not in said, said
