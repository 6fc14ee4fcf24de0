"""Every known mistake is caught, and the message that a learner reads names it."""

import inspect
import re
import textwrap
from pathlib import Path

import pytest

from course.checks import SPECS, check
from course.checks.confirm import as_cell
from course.checks.message import page_of
from course.checks.mistakes import known, of, slug
from course.checks.storeys import answer_cell
from course.topics import load_variants

HEAVY = ("conv", "max_pool", "softmax", "rnn_step", "rnn", "temporal_softmax", "fc")
VARIANTS = load_variants()
KNOWN = known()
RULES = ("sgd", "momentum", "rmsprop", "adam")


@pytest.mark.parametrize("mistake", KNOWN.values(), ids=lambda mistake: mistake.id)
def test_a_known_mistake_is_caught_and_named(mistake):
    report = check(as_cell(mistake.source(), mistake.function))
    assert report.verdict == "not right yet"
    assert report.diagnosis == [(mistake.id, mistake.sentence)]
    for shown in (str(report), report._repr_html_()):
        assert mistake.id in shown
    said = " ".join(str(report).split())
    assert " ".join(mistake.sentence.split()) in said and " ".join(mistake.nudge.split()) in said
    assert max(map(len, str(report).splitlines())) <= 100
    assert len(report.hints) == 3 and all(report.hints)


@pytest.mark.parametrize("name", sorted({m.function for m in KNOWN.values() if m.change}))
def test_the_plain_version_is_right(name):
    assert check(as_cell(answer_cell(name), name)).passed


def test_there_are_at_least_six_for_each_topic():
    functions = {m.function for m in KNOWN.values()}
    assert functions <= set(SPECS)
    for topic in HEAVY:
        assert sum(len(of(name)) for name in functions if name.startswith(topic)) >= 6
    for rule in RULES:
        assert len(of(rule)) >= 6


# ---------------------------------------------------------------- the same slip in other code


def other_code(function, *changes):
    """A right variant of another shape, with lines of its source changed."""
    source = textwrap.dedent(inspect.getsource(function)).partition("def ")[2]
    for old, new in changes:
        assert source.count(old) == 1, old
        source = source.replace(old, new)
    namespace = dict(function.__globals__)
    exec("def " + source, namespace)
    return namespace[function.__name__]


OTHER = [
    (
        "conv-backward-dx-assigned-per-filter",
        (
            "seven loops",
            ("dpadded[n, c, u, v] +=", "dpadded[n, c, u, v] ="),
        ),
    ),
    (
        "conv-backward-dx-assigned",
        (
            "einsum over strided views",
            ("] += dwindows", "] = dwindows"),
        ),
    ),
    (
        "conv-backward-db-mean",
        (
            "einsum over strided views",
            ('np.einsum("nfij->f", dout)', "dout.mean((0, 2, 3))"),
        ),
    ),
    (
        "conv-backward-dw-flipped",
        (
            "im2col, rows as windows",
            ("reshape(w.shape)", "reshape(w.shape)[:, :, ::-1, ::-1]"),
        ),
    ),
    (
        "conv-forward-flipped",
        (
            "seven loops",
            ("* w[f, c, p, q]", "* w[f, c, -1 - p, -1 - q]"),
        ),
    ),
    (
        "conv-forward-windows-not-strided",
        (
            "seven loops",
            ("i * stride + p, j * stride + q", "i + p, j + q"),
        ),
    ),
    (
        "conv-forward-first-channel-only",
        (
            "seven loops",
            ("* w[f, c, p, q]", "* w[f, c, p, q] * (c == 0)"),
        ),
    ),
    (
        "max-pool-backward-last-on-tie",
        (
            "loops that look for the first maximum",
            ("> x[(n, c, *best)]", ">= x[(n, c, *best)]"),
        ),
    ),
    (
        "max-pool-forward-starts-at-zero",
        (
            "maximum of shifted pictures, channels last in memory",
            ("-np.inf", "0"),
        ),
    ),
    (
        "rnn-backward-dh-not-accumulated",
        (
            "steps undone",
            ("dh[:, t] + back", "dh[:, t]"),
        ),
    ),
    (
        "rnn-backward-wraps-around",
        (
            "time first, weights in one product",
            ("[h0[None], h[:-1]]", "[h[-1:], h[:-1]]"),
        ),
    ),
    (
        "rnn-backward-weights-assigned",
        (
            "steps undone",
            ("[s + w for", "[w for"),
        ),
    ),
    (
        "rnn-step-backward-no-tanh",
        (
            "row by row",
            (" * (1 - h[n]) * (1 + h[n])", ""),
        ),
    ),
    (
        "rnn-step-forward-wh-transposed",
        (
            "tanh from exp, row by row",
            ("Wh.T @ prev_h[n]", "Wh @ prev_h[n]"),
        ),
    ),
    (
        "softmax-loss-gradient-divided-twice",
        (
            "logaddexp and one-hot",
            ("- target) / N", "- target) / N / N"),
        ),
    ),
    (
        "softmax-loss-no-max",
        (
            "row by row",
            ("row - max(row)", "row"),
        ),
    ),
    (
        "cross-entropy-no-max",
        (
            "row by row",
            ("row - row.max()", "row + 0"),
        ),
    ),
    (
        "cross-entropy-log-of-zero",
        (
            "take_along_axis",
            (
                "np.log(total) - np.take_along_axis(s,",
                "-np.log(np.take_along_axis(np.exp(s) / total[:, None],",
            ),
            ("y[:, None], 1)[:, 0], grad", "y[:, None], 1)[:, 0]), grad"),
        ),
    ),
    (
        "temporal-softmax-loss-mask-missing-in-gradient",
        (
            "step by step in time",
            (" * on[:, None] / N", " / N"),
        ),
    ),
    (
        "temporal-softmax-loss-divided-by-count",
        (
            "only the rows that count",
            ("keep.sum() / len(y)", "1.0"),
        ),
    ),
    (
        "word-embedding-backward-assigned",
        (
            "loops",
            ("+= dout", "= dout"),
        ),
    ),
    (
        "adam-no-correction",
        (
            "t as an array",
            (" / (1 - float(beta1**t)), v / (1 - float(beta2**t))", ", v"),
        ),
    ),
    (
        "momentum-uphill",
        (
            "a dict as state",
            ("return v + w", "return w - v"),
        ),
    ),
    (
        "fc-backward-dw-mean",
        (
            "einsum",
            ("return dx, dw,", "return dx, dw / (x.size // len(w)),"),
        ),
    ),
]


@pytest.mark.parametrize(("name", "change"), OTHER, ids=[name for name, _ in OTHER])
def test_a_slip_is_named_in_code_of_another_shape(name, change):
    mistake, (label, *changes) = KNOWN[name], change
    function, forward = VARIANTS[mistake.function][label]
    report = check(other_code(function, *changes), mistake.function, forward=forward)
    assert report.diagnosis == [(mistake.id, mistake.sentence)]


# ---------------------------------------------------------------- the book

BOOK = Path(__file__).resolve().parents[1] / "book"


def test_the_book_names_only_mistakes_that_exist():
    starts = tuple(f"{re.sub('-[^-]*$', '', slug(m.function, 'x'))}-" for m in KNOWN.values())
    for page in BOOK.rglob("*.md"):
        for name in re.findall(r"`([a-z0-9]+(?:-[a-z0-9]+){2,})`", page.read_text("utf-8")):
            assert not name.startswith(starts) or name in KNOWN, (page.name, name)


@pytest.mark.parametrize("label", sorted({spec.section for spec in SPECS.values()}))
def test_the_sections_to_read_exist(label):
    assert f"({label})=" in (BOOK / f"{page_of(label)}.md").read_text("utf-8")
