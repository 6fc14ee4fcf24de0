"""What a check says: values on paper, half-finished work, where an error lies, side effects."""

import inspect
import re

import numpy as np
import pytest

from course.checks import SPECS, Case, Hints, Spec, check, register, spec
from course.checks.mistakes import known
from course.checks.observe import observe
from scratch import cnn_layers, layers, optim, rnn_layers, solver

# ---------------------------------------------------------------- on paper

tanh = np.tanh
ON_PAPER = {  # function -> {case: results, worked out without the reference}
    "fc_forward": {"two rows, by hand": {"out": [[7, 12, 22, 32], [-3, 15, 23, 26]]}},
    "fc_backward": {
        "two rows, by hand": {
            "dx": [[5, 4, 1], [2, 3, 7]],
            "dw": [[1, 0, 2, 1], [2, -3, 3, 2], [0, 9, 3, 0]],
            "db": [1, 3, 3, 1],
        }
    },
    "relu_forward": {"six numbers, by hand": {"out": [[0, 0, 2], [3, 0, 0.5]]}},
    "relu_backward": {"six numbers, by hand": {"dx": [[0, 0, 3], [-4, 0, -6]]}},
    "softmax_loss": {
        "probabilities 1/4, 1/2, 1/4, by hand": {
            "loss": (np.log(2) + np.log(8)) / 2,
            "dscores": [[1 / 8, -1 / 4, 1 / 8], [-7 / 16, 1 / 16, 6 / 16]],
        }
    },
    "conv_forward": {
        "one 3 x 3 image, by hand": {"out": [[[[0, 2], [6, 8]]]]},
        "a bias, by hand": {"out": [[[[10, 12], [16, 18]]]]},
        "padding and stride, by hand": {"out": [[[[-1, 0], [8, 5]]]]},
    },
    "conv_backward": {
        "one 3 x 3 image, by hand": {
            "dx": [[[[1, 2, 0], [0, 1, 4], [0, 0, -2]]]],
            "dw": [[[[11, 14], [20, 23]]]],
        },
        "a bias, by hand": {"db": [3]},
    },
    "max_pool_forward": {
        "one 4 x 4 image, by hand": {"out": [[[[5, 8], [9, 3]]]]},
        "a tie, by hand": {"out": [[[[2]]]]},
    },
    "max_pool_backward": {
        "one 4 x 4 image, by hand": {
            "dx": [[[[0, 1, 0, 0], [0, 0, 2, 0], [0, 0, 0, 0], [0, 3, 0, 4]]]]
        },
        "a tie, by hand": {"dx": [[[[6, 0], [0, 0]]]]},
    },
    "rnn_step_forward": {"one unit, by hand": {"next_h": [[tanh(0.25)]]}},
    "rnn_step_backward": {
        "one unit, by hand": {
            "dx": [[1 - tanh(0.25) ** 2, 6 * (1 - tanh(0.25) ** 2)]],
            "dprev_h": [[-2 * (1 - tanh(0.25) ** 2)]],
            "dWh": [[1 - tanh(0.25) ** 2]],
        }
    },
    "rnn_forward": {
        "one unit, three steps, by hand": {
            "h": [
                [
                    [tanh(0.25)],
                    [tanh(0.25 - tanh(0.25))],
                    [tanh(1.25 - tanh(0.25 - tanh(0.25)))],
                ]
            ]
        }
    },
    "word_embedding_forward": {"two words, by hand": {"out": [[[7, 8, 9], [1, 2, 3]]]}},
    "word_embedding_backward": {
        "two words, by hand": {"dw": [[0, 1, 0], [0, 0, 0], [1, 0, 2], [0, 0, 0]]},
        "one word twice, by hand": {"dw": [[0, 0, 0], [1, 1, 2], [0, 0, 0], [0, 0, 0]]},
    },
    "temporal_softmax_loss": {
        "two sentences, by hand": {
            "loss": (np.log(8 / 3) + np.log(4) + np.log(8) + np.log(8)) / 2,
            "dscores": [
                [
                    [1 / 16, -5 / 16, 1 / 8, 1 / 8],
                    [-3 / 8, 1 / 8, 1 / 8, 1 / 8],
                    [5 / 16, 1 / 16, -7 / 16, 1 / 16],
                ],
                [[3 / 16, -7 / 16, 1 / 8, 1 / 8], [0, 0, 0, 0], [0, 0, 0, 0]],
            ],
        }
    },
    "sgd": {"two steps, by hand": {"step": [[-0.05, 0.1], [-0.05, -0.2]]}},
    "momentum": {"two steps, by hand": {"step": [[-0.05, 0.1], [-0.075, -0.15]]}},
    "rmsprop": {
        "two steps, by hand": {
            "step": [[-0.2, 0.2], [-0.05 / np.sqrt(0.109375), -0.2 / np.sqrt(1.1875)]]
        }
    },
    "adam": {
        "two steps, by hand": {
            "step": [[-0.1, 0.1], [-0.1, -0.1 * (0.75 / 0.75) / np.sqrt(0.49 / 0.19)]]
        }
    },
}
CASES = [(name, case) for name, cases in ON_PAPER.items() for case in cases]


@pytest.mark.parametrize(("name", "tests"), CASES, ids=[f"{n}: {c}" for n, c in CASES])
def test_cases_by_hand_are_what_paper_says(name, tests):
    case = next(case for case in spec(name).cases() if case.tests == tests)
    results = observe(spec(name), spec(name).reference, case).results
    for result, expected in ON_PAPER[name][tests].items():
        np.testing.assert_allclose(results[result], expected, rtol=1e-6, atol=1e-12)


# ---------------------------------------------------------------- half-finished work


def shown(function, name=None):
    """What a learner reads, without HTML and without line breaks."""
    return " ".join(str(check(function, name)).split())


def test_a_stub_is_not_written_yet():
    def conv_backward(dout, cache):
        """A docstring."""
        raise NotImplementedError

    report = check(conv_backward)
    assert shown(conv_backward) == "conv_backward: not written yet"
    assert not report and not report.passed


def test_a_stub_that_is_called_is_named():
    def rnn_step_forward(x, prev_h, Wx, Wh, b):
        raise NotImplementedError

    def rnn_forward(x, h0, Wx, Wh, b):
        return rnn_step_forward(x[:, 0], h0, Wx, Wh, b)

    assert "It calls `rnn_step_forward`, which is not written yet" in shown(rnn_forward)


def test_no_return():
    def fc_forward(x, w, b):
        x @ w + b

    assert "fc_forward returned None (is there a `return`" in shown(fc_forward)

    def max_pool_backward(dout, cache):
        pass

    assert "dx is None, expected an array" in shown(max_pool_backward)


def test_the_wrong_number_of_results():
    def fc_forward(x, w, b):
        return x @ w + b

    def fc_backward(dout, cache):
        return dout, dout

    assert "fc_forward returned a single array, expected `out, cache`" in shown(fc_forward)
    assert "fc_backward returned 2 results, expected `dx, dw, db`" in shown(fc_backward)


def test_a_list_instead_of_an_array():
    def relu_forward(x):
        return x.tolist(), x

    assert "out is a list, expected an array" in shown(relu_forward)


def test_a_misspelt_name_is_one_line_with_a_suggestion():
    def softmax_loss(scores, y):
        shifted = scores - scores.max(axis=1, keepdims=True)  # noqa: F841
        return np.exp(shiftd).sum(), scores  # noqa: F821

    text = shown(softmax_loss)
    assert "NameError: name 'shiftd' is not defined. Did you mean shifted?" in text
    assert "In line 3 of softmax_loss: `return np.exp(shiftd).sum(), scores" in text
    assert (
        "Traceback" not in text
        and "/"
        not in text.partition("Read:")[0].partition("Asked")[2][
            text.partition("Asked")[2].find("NameError") :
        ]
    )


def test_an_exception_shows_the_shapes_in_its_line():
    def rnn_step_forward(x, prev_h, Wx, Wh, b):
        next_h = np.tanh(x @ Wx + prev_h @ Wx + b)
        return next_h, (x, prev_h)

    text = shown(rnn_step_forward)
    assert "a matrix product of rows of length" in text
    assert "Shapes in that line: x (1, 2), Wx (2, 1), prev_h (1, 1), b (1,)" in text


def test_an_exception_below_the_learners_code_is_told_at_the_learners_line():
    def fc_forward(x, w, b):
        return layers.fc_forward(x.T, w[:1], b)

    text = shown(fc_forward)
    assert "In line 2 of fc_forward" in text and "ValueError" in text


def test_a_loop_that_the_learner_stops():
    def sgd(w, dw, state=None, *, learning_rate=0.1):
        raise KeyboardInterrupt

    assert "sgd: stopped" in shown(sgd) and "a loop that does not end" in shown(sgd)


def test_options_are_passed_by_name():
    def conv_forward(x, w, b=None, step=1):
        return cnn_layers.conv_forward(x, w, b, stride=step)

    assert "Keep the signature of the stub" in shown(conv_forward)


def options_of(spec):
    """What the official form of a function takes by name only, with the value that each has."""
    parameters = inspect.signature(spec.reference).parameters.values()
    return {
        p.name: p.default
        for p in parameters
        if p.kind is p.KEYWORD_ONLY and p.default is not p.empty
    }


@pytest.mark.parametrize(
    "name",
    [name for name, one in SPECS.items() if not inspect.isclass(one.reference) and options_of(one)],
)
def test_every_option_is_tried_with_another_value_than_its_own(name, rng):
    """An option that is left unused passes where all cases have the value that it has anyway."""
    cases, defaults = list(SPECS[name].make_cases(rng)), options_of(SPECS[name])
    for option, default in defaults.items():
        came = [case.options.get(option, default) for case in cases]
        assert any(repr(value) != repr(default) for value in came), option


def test_a_solver_whose_rule_gets_only_the_learning_rate():
    class Solver(solver.Solver):
        def step(self, batch):
            whole, self.config = self.config, {"learning_rate": self.config["learning_rate"]}
            super().step(batch)
            self.config = whole

    text = shown(Solver)
    assert "Solver: not right yet" in text and "the learning rate only" in text


def test_what_is_not_known_and_what_is_no_function():
    text = shown(layers.fc_forward, "conv_foward")
    assert "There is no check for `conv_foward`. Did you mean conv_forward" in text
    assert "not a function" in shown(np.zeros(3), "fc_forward")


def test_exit_and_endless_recursion_do_not_end_the_notebook():
    def relu_forward(x):
        raise SystemExit

    def relu_backward(dout, cache):
        return relu_backward(dout, cache)

    assert "return instead" in shown(relu_forward)
    assert "calls itself without end" in shown(relu_backward)


# ---------------------------------------------------------------- side effects


def test_a_function_that_keeps_something():
    def fc_forward(x, w, b, total=[]):  # noqa: B006
        total.append(b)
        return x @ w + sum(total) / len(total), (x, w)

    assert "something is kept between calls" in shown(fc_forward)


def test_a_function_that_uses_one_array_for_all_calls():
    kept = {}

    def relu_forward(x):
        out = kept.setdefault((x.shape, x.dtype.char), np.empty_like(x))
        return np.maximum(x, 0, out=out), x

    assert "an array that is used again" in shown(relu_forward)


def test_a_backward_whose_forward_keeps_its_cache_in_a_global():
    last = {}

    def fc_forward(x, w, b):
        last["x"], last["w"] = x, w
        return x @ w + b, None

    def fc_backward(dout, cache):
        return layers.fc_backward(dout, (last["x"], last["w"]))

    text = str(check(fc_backward, forward=fc_forward))
    assert "something is kept between calls" in text


def test_a_cache_or_an_upstream_gradient_that_is_written_into():
    def fc_backward(dout, cache):
        dx, dw, db = layers.fc_backward(dout, cache)
        cache[1][...] = 0
        return dx, dw, db

    assert "The function changed the cache" in shown(fc_backward)


def test_the_global_random_state_is_left_alone():
    np.random.seed(0)  # noqa: NPY002
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    check(cnn_layers.conv_backward)
    assert (np.random.get_state()[1] == before).all()  # noqa: NPY002


def test_no_warning_reaches_the_page(recwarn):
    def softmax_loss(scores, y):
        p = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
        return -np.log(p[np.arange(len(y)), y]).mean(), p

    assert "not right yet" in shown(softmax_loss)
    assert not recwarn.list


# ---------------------------------------------------------------- which forward?


def test_a_backward_reads_the_cache_of_the_forward_beside_it():
    namespace = {"np": np}
    source = (
        "def fc_forward(x, w, b):\n    return x @ w + b, {'w': w, 'x': x}\n"
        "def fc_backward(dout, cache):\n"
        "    x, w = cache['x'].reshape(-1, len(cache['w'])), cache['w']\n"
        "    rows = dout.reshape(-1, dout.shape[-1])\n"
        "    return (rows @ w.T).reshape(*dout.shape[:-1], -1), x.T @ rows, rows.sum(axis=0)\n"
    )
    exec(source, namespace)
    assert check(namespace["fc_backward"]).passed


def test_a_wrong_forward_is_told_first():
    namespace = {"np": np}
    exec(known()["fc-forward-no-bias"].source(), namespace)
    exec("def fc_backward(dout, cache):\n    return 1", namespace)
    report = check(namespace["fc_backward"])
    assert report.name == "fc_forward" and "so that has to be right first" in report.summary
    assert report.diagnosis[0][0] == "fc-forward-no-bias"


def test_a_forward_that_is_still_a_stub_is_replaced_by_the_reference():
    namespace = {"layers": layers}
    exec("def fc_forward(x, w, b):\n    raise NotImplementedError", namespace)
    exec("def fc_backward(dout, cache):\n    return layers.fc_backward(dout, cache)", namespace)
    assert check(namespace["fc_backward"]).passed


# ---------------------------------------------------------------- where an error lies


def scaled(factor):
    def fc_backward(dout, cache):
        dx, dw, db = layers.fc_backward(dout, cache)
        return factor * dx, dw, db

    return fc_backward


def spoiled(change, name="conv_forward", module=cnn_layers):
    """The reference with its first result changed."""

    def function(*args, **options):
        returned = getattr(module, name)(*args, **options)
        first = np.array(returned[0])
        return (change(first), *returned[1:])

    return " ".join(str(check(function, name)).split())


def test_a_constant_factor_is_named_with_its_likely_meaning():
    assert "Every element is 3 times the expected one" in shown(scaled(3.0))
    assert "Every element has the wrong sign." in shown(scaled(-1.0))

    def conv_backward(dout, cache):
        dx, dw, db = cnn_layers.conv_backward(dout, cache)
        return dx, dw, db if db is None else db / dout[0, 0].size

    assert "It is 0.25 times the expected one (1/4, and 4 is H' W' here)" in shown(conv_backward)


@pytest.mark.parametrize("masked", [lambda a, m: a * m, lambda a, m: np.where(m > 0, a, 0)])
@pytest.mark.parametrize("also_in_loss", [True, False])
def test_an_overflow_is_named_in_whichever_result_the_nan_lands(masked, also_in_loss):
    def temporal_softmax_loss(scores, y, mask):
        N, T, V = scores.shape
        p = np.exp(scores) / np.exp(scores).sum(axis=2, keepdims=True)
        n, t = np.arange(N)[:, None], np.arange(T)
        losses = -np.log(p[n, t, y])
        losses = losses * mask if also_in_loss else np.where(mask > 0, losses, 0)
        p[n, t, y] -= 1
        return losses.sum() / N, masked(p / N, mask[:, :, None])

    report = check(temporal_softmax_loss)
    assert [name for name, _ in report.diagnosis] == ["temporal-softmax-loss-no-max"]


def test_yours_and_expected_never_look_the_same():
    def fc_forward(x, w, b):
        out, cache = layers.fc_forward(x, w, b)
        return out * (1 + 3e-8), cache

    rows = re.findall(r"out\[.*\]: yours (\S+), expected (\S+)", str(check(fc_forward)))
    assert rows and all(yours != expected for yours, expected in rows)


def test_a_factor_means_an_axis_of_the_notation_page_or_nothing():
    def momentum(w, dw, state=None, *, learning_rate=1e-2, mu=0.9):
        next_w, v = optim.momentum(w, dw, state, learning_rate=learning_rate / 2, mu=mu)
        return next_w, v

    shown = " ".join(str(check(momentum)).split())
    assert "Every element is 0.5 times the expected one." in shown


def test_the_place_of_an_error_is_told():
    def first_filter(out):
        out[:, 0] += 1
        return out

    def border(out):
        if min(out.shape[2:]) > 2:
            out[:, :, 0], out[..., 0] = 9, 9
        return out

    def last_step(h):
        h[:, -1] *= 2
        return h

    assert "Wrong only at index 0 of axis 1 (filter F)" in spoiled(
        lambda out: first_filter(out) if out.shape[1] > 1 else out
    )
    assert "Wrong only at the border" in spoiled(border)
    text = spoiled(lambda h: last_step(h) if h.shape[1] > 2 else h, "rnn_forward", rnn_layers)
    assert "Wrong only at index 2 of axis 1 (time T)" in text or "1 of 3 elements is wrong" in text
    assert "turned by 180 degrees" in spoiled(lambda out: out[:, :, ::-1, ::-1])
    assert "same amount, +0.5" in spoiled(lambda out: out + 0.5)
    assert "All of out is 0." in spoiled(lambda out: 0 * out)
    assert "There are NaNs" in spoiled(lambda out: out * np.nan)


def test_a_wrong_shape_says_how_to_mend_it():
    def turned(out):
        return out.transpose(0, 2, 3, 1)

    text = spoiled(turned)
    assert "out has shape (1, 2, 2, 1), expected (1, 1, 2, 2)" in text
    assert "axes are in another order" in text
    assert "only have to be reshaped" in spoiled(lambda out: out.ravel())


def test_two_known_mistakes_in_two_results_are_both_named():
    namespace = {}
    exec(known()["conv-backward-db-mean"].source(), namespace)
    mean = namespace["conv_backward"]

    def conv_backward(dout, cache):
        dx, dw, db = mean(dout, cache)
        return dx, dw[:, :, ::-1, ::-1], db

    report = check(conv_backward, forward=namespace["conv_forward"])
    named = {name for name, _ in report.diagnosis}
    assert named == {"conv-backward-dw-flipped", "conv-backward-db-mean"}


def test_two_known_mistakes_in_one_result_are_both_named():
    def rnn_step_forward(x, prev_h, Wx, Wh, b):
        next_h = np.tanh(x @ Wx + prev_h @ Wh.T)
        return next_h, (x, prev_h, Wx, Wh, next_h)

    named = {name for name, _ in check(rnn_step_forward).diagnosis}
    assert named == {"rnn-step-forward-wh-transposed", "rnn-step-forward-no-bias"}


def test_unfinished_work_is_told_the_first_thing_to_mend():
    def conv_forward(x, w, b=None, *, stride=1, pad=0):
        out = np.zeros((len(x), len(w), x.shape[2] - w.shape[2] + 1, x.shape[3] - w.shape[3] + 1))
        for i, j in np.ndindex(out.shape[2:]):
            window = x[:, :, i : i + w.shape[2], j : j + w.shape[3]]
            out[:, :, i, j] = np.einsum("ncpq,fcpq->nf", window, w)
        return out, (x, w, b, stride, pad)

    report = check(conv_forward)
    assert [name for name, _ in report.diagnosis] == ["conv-forward-no-bias"]
    assert "Diagnosis of a part (there is more)" in str(report)


def test_a_stub_beside_a_wrong_forward_is_still_a_stub():
    namespace = {"np": np}
    exec(known()["fc-forward-no-bias"].source(), namespace)
    exec("def fc_backward(dout, cache):\n    raise NotImplementedError", namespace)
    assert str(check(namespace["fc_backward"])) == "fc_backward: not written yet"


def test_what_no_known_mistake_explains_and_no_source_shows_gets_no_diagnosis():
    code = (
        "def softmax_loss(scores, y):\n    loss, dscores = layers.softmax_loss(scores, y)\n"
        "    return loss + 0.123, dscores * 1.7\n"
    )
    namespace = {"layers": layers}
    exec(code, namespace)  # Python keeps no source of it
    report = check(namespace["softmax_loss"])
    assert not report.diagnosis and not report.passed and len(report.hints) == 3


def test_what_no_known_mistake_explains_is_shown_in_the_source():
    def softmax_loss(scores, y):
        loss, dscores = layers.softmax_loss(scores, y)
        return loss + 0.123, dscores * 1.7

    report = check(softmax_loss)
    said = " ".join(text for _, text in report.diagnosis)
    assert "`0.123` is one too many" in said and "`1.7` is one too many" in said
    assert not any(id_ for id_, _ in report.diagnosis) and len(report.hints) == 3


# ---------------------------------------------------------------- the message itself


@pytest.mark.parametrize("name", ["conv-backward-dx-assigned", "softmax-loss-no-max"])
def test_messages_are_the_same_every_time_and_hold_no_address(name):
    namespace = {}
    exec(known()[name].source(), namespace)
    function = namespace[known()[name].function]
    first, second = check(function), check(function)
    assert str(first) == str(second) and first._repr_html_() == second._repr_html_()
    assert "0x" not in first._repr_html_()


def test_html_is_escaped_and_hides_the_further_hints():
    def relu_forward(x):
        raise ValueError("<b>bold</b>")

    html = check(relu_forward)._repr_html_()
    assert "<b>bold</b>" not in html and "&lt;b&gt;bold" in html
    html = check(lambda x: (-x, x), "relu_forward")._repr_html_()
    assert html.count("<details>") == 3 and "Hint 3 (formula)" in html


def test_hints_in_degrees():
    report = check(lambda x: (-x, x), "relu_forward")
    assert report.hint(1) in str(report)
    assert report.hint(3) not in str(report)
    assert "max(x, 0)" in report.hint(3)
    assert report.hint(4) == "There is no such hint."


@pytest.mark.parametrize("name", SPECS)
def test_every_result_has_hints(name):
    known = spec(name)
    case = known.cases()[0]
    results = observe(known, known.reference, case).results
    if known.results.keys() == results.keys():
        assert known.results.keys() <= known.hints.keys()
    for hints in known.hints.values():
        assert all((hints.nudge, hints.shapes, hints.formula))


# ---------------------------------------------------------------- for grading and for authors


# results that are the same for every seed; of a random shift they say what holds of all pictures
FIXED = ("output_size", "wrong_gradients", "tokenize", "Vocabulary", "random_shift")


@pytest.mark.parametrize("name", SPECS)
def test_cases_come_from_the_seed(name):
    def numbers(seed):
        known = spec(name)
        results = [known.outputs(known.reference, case) for case in known.cases(seed)]
        parts = [np.ravel(a).astype(str) for pairs in results for _, a in pairs if a is not None]
        return np.concatenate(parts).tolist()

    assert numbers(5) == numbers(5)
    assert (numbers(5) == numbers(6)) == (name in FIXED)


def test_hidden_cases_can_be_left_out():
    known = spec("conv_forward")
    public = known.cases(3, hidden=False)
    assert 0 < len(public) < len(known.cases(3))
    assert not any(case.hidden for case in public)


def test_an_author_can_add_a_check():
    def mean_cases(rng):
        yield Case("three numbers, by hand", (np.array([1.0, 2, 6]),))
        yield Case("random numbers", (rng.normal(size=7),))

    register(
        Spec(
            name="mean_of_numbers",
            reference=np.mean,
            inputs=("x",),
            results={"mean": ""},
            make_cases=mean_cases,
            section="sec:training",
            hints={"mean": Hints("How many numbers?", "x is (K,).", "sum of x over K.")},
        )
    )
    try:
        assert check(lambda x: x.sum() / len(x), "mean_of_numbers").passed
        text = shown(lambda x: x.sum(), "mean_of_numbers")
        assert "yours 9, expected 3" in text and "How many numbers?" in text
    finally:
        del SPECS["mean_of_numbers"]


def test_an_update_rule_is_judged_by_its_step():
    def sgd(w, dw, state=None, *, learning_rate=1e-2):
        return optim.sgd(w, dw, learning_rate=learning_rate * 1.0001)[0], None

    assert not check(sgd).passed


# ---------------------------------------------------------------- whatever comes back


class Strange:
    """An object that pretends."""

    shape, dtype, ndim = (2, 2), np.dtype(float), 2

    def __eq__(self, other):
        return True

    def __len__(self):
        raise RuntimeError("no length")


GARBAGE = {
    "a string": "hello",
    "ragged lists": [[1, 2], [3]],
    "an object array": np.array([None, "a"], dtype=object),
    "complex": np.array([1j, 2]),
    "NaN": np.array(np.nan),
    "infinite": np.full((2, 2), np.inf),
    "booleans": np.array([True]),
    "text": np.array(["a", "b"]),
    "empty": np.zeros((0, 3)),
    "a nested list": [[[1.0, 2.0]]],
    "masked": np.ma.masked_array([1.0, 2.0], [True, False]),
    "a generator": (k for k in range(3)),
    "a dict": {"x": 1},
    "an empty dict": {},
    "a type": int,
    "pretending": Strange(),
    "an exception": ValueError("not raised"),
    "many axes": np.zeros((1,) * 20),
    "dates": np.array(["2024-01-01"], dtype="datetime64[D]"),
}


@pytest.mark.parametrize(
    "name", ["conv_backward", "fc_forward", "softmax_loss", "adam", "tokenize"]
)
@pytest.mark.parametrize("what", GARBAGE)
def test_a_check_never_raises(name, what):
    value, known = GARBAGE[what], spec(name)
    count = len(known.results) or 1
    for returned in (value, (value, value), (value,) * count):
        report = check(lambda *_, r=returned, **__: r, name)
        assert not report.passed
        assert report._repr_html_() and str(report)


@pytest.mark.parametrize(
    "name", ["ConvNet", "TwoLayerNet", "CaptioningRNN", "Solver", "Vocabulary"]
)
def test_a_class_may_be_anything(name):
    class Empty:
        pass

    class Odd:
        def __init__(self, *args, **options):
            self.params = {"W1": 3}

        def __getattr__(self, name):
            return 5

    for thing in (Empty, Odd, Empty(), 3):
        assert not check(thing, name).passed


def test_a_class_with_a_stub_says_which_method():
    class ConvNet(SPECS["ConvNet"].reference):
        def backward(self, dout, caches):
            raise NotImplementedError

    assert shown(ConvNet) == "ConvNet: not written yet. That is its method `backward`."


def test_a_backward_beside_a_forward_that_may_be_anything():
    for value in GARBAGE.values():
        for forward in (lambda *_, v=value, **__: v, lambda *_, v=value, **__: (v, v)):
            assert not check(layers.fc_backward, forward=forward).passed
