"""What people pass to the library: made arrays, or refused in one clear sentence."""

import functools
import gc
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scratch import fast, loops, optim, plain
from scratch.attending import AttendingRNN
from scratch.cnn import ConvNet
from scratch.fast import in_place
from scratch.inputs import as_array, why_not_finite
from scratch.metrics import accuracy
from scratch.mlp import TwoLayerNet
from scratch.rnn import CaptioningRNN
from scratch.sequential import Sequential, fc, relu
from scratch.solver import Solver
from scratch.text import Vocabulary

RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 6)).astype(np.float32)
Y = RNG.integers(0, 4, 40)
DATA = {"X_train": X, "y_train": Y, "X_val": X, "y_val": Y}
WORDS = {word: i for i, word in enumerate(["<NULL>", "<START>", "<END>", "<UNK>", "a", "b"])}
CAPTIONS = np.array([[1, 4, 5, 2, 0], [1, 5, 2, 0, 0]])
STOREYS = pytest.mark.parametrize("storey", [plain, fast])


class Labelled:
    """What matters of a pandas Series here: ``[]`` looks rows up by labels of their own."""

    def __init__(self, values, index):
        self.values, self.index = np.asarray(values), np.asarray(index)
        self.dtype = self.values.dtype

    def __len__(self):
        return len(self.values)

    def __array__(self, dtype=None, copy=None):
        return self.values

    def __getitem__(self, key):
        if isinstance(key, slice):
            return Labelled(self.values[key], self.index[key])
        place = {label: i for i, label in enumerate(self.index)}
        return self.values[[place[label] for label in np.asarray(key)]]


class Watched(TwoLayerNet):
    """Notes what it is trained on."""

    def __init__(self, **options):
        super().__init__(6, 5, 4, **options)
        self.seen = []

    def loss(self, X, y=None):
        if y is not None:
            self.seen.append((np.array(X), np.array(y)))
        return super().loss(X, y)


def train(data, model=None, **options):
    options = {"num_epochs": 1, "batch_size": 10, "verbose": False, **options}
    solver = Solver(Watched() if model is None else model, {**DATA, **data}, **options)
    solver.train()
    return solver


def sentence(error, call, *parts):
    with pytest.raises(error) as caught:
        call()
    message = str(caught.value)
    assert "\n" not in message and message.endswith((".", ")"))
    for part in parts:
        assert part in message, message


class TestData:
    @pytest.mark.parametrize("kind", [list, Labelled, "pandas"])
    def test_rows_and_labels_stay_together(self, kind):
        order = RNG.permutation(40)
        if kind == "pandas":
            pd = pytest.importorskip("pandas")
            rows, labels = pd.DataFrame(X[order], order), pd.Series(Y[order], order)
        elif kind is list:
            rows, labels = X[order].tolist(), Y[order].tolist()
        else:
            rows, labels = Labelled(X[order], order), Labelled(Y[order], order)
        solver = train({"X_train": rows, "y_train": labels, "X_val": rows, "y_val": labels})
        plain_run = train({"X_train": X[order], "y_train": Y[order]})
        right = {row.tobytes(): label for row, label in zip(X, Y)}
        for batch, y in solver.model.seen:
            assert [right[row.astype(np.float32).tobytes()] for row in batch] == y.tolist()
        assert solver.loss_history == plain_run.loss_history

    def test_arrays_are_not_copied_and_other_entries_stay(self):
        solver = Solver(Watched(), {**DATA, "X_test": "anything"})
        assert solver.data["X_train"] is X and solver.data["X_test"] == "anything"

    @pytest.mark.parametrize(
        "key, value, said",
        [
            ("y_train", ["cat"] * 40, "np.unique(y, return_inverse=True)"),
            ("y_train", np.array([1, None] * 20), "object such as None, expected numbers"),
            ("X_train", np.array([[1.5, "cat"]] * 40, object), "object such as 'cat'"),
            ("y_val", 3, "y_val is a int, expected an array with a row for each example"),
            ("X_train", [[1, 2], [3]] * 20, "X_train is a list that makes no array"),
            ("X_train", [["a"]] * 40, "X_train holds <U1 such as"),
            ("X_val", None, "X_val is a NoneType"),
            ("X_train", X.astype(complex), "complex128"),
            ("X_train", np.ma.masked_greater(X, 1), "X_train is masked in places"),
            ("X_train", {"a": 1}, "X_train is a dict"),
            ("y_train", Y[:-1], "X_train has 40 rows and y_train 39"),
        ],
    )
    def test_what_makes_no_rows_is_refused(self, key, value, said):
        sentence(ValueError, lambda: Solver(Watched(), {**DATA, key: value}), key, said)

    @pytest.mark.parametrize("hole", [np.nan, np.inf, -np.inf])
    @pytest.mark.parametrize("key", ["X_train", "X_val"])
    def test_holes_in_the_data_are_found_before_training(self, hole, key):
        rows = X.copy()
        rows[7, 2] = hole
        sentence(FloatingPointError, lambda: train({key: rows}), key, "row 7")

    def test_a_row_far_down(self):
        rows = np.zeros((2500, 2, 2))
        rows[2001, 1, 1] = np.nan
        sentence(FloatingPointError, lambda: as_array("X_val", rows), "row 2001")

    def test_too_large_inputs_are_not_blamed_on_the_learning_rate(self):
        class Overflows(Watched):
            def loss(self, X, y=None):
                return super().loss(X) if y is None else (np.nan, {})

        rows = {"X_train": 1e30 * np.abs(X)}
        sentence(FloatingPointError, lambda: train(rows, Overflows()), "at step 1", "e+30", "Scale")

    def test_inputs_that_the_models_numbers_cannot_hold(self):
        rows = {"X_train": np.where(X > 2, 1e300, X.astype(float))}
        with np.errstate(over="ignore", invalid="ignore"):
            sentence(FloatingPointError, lambda: train(rows), "e+300", "3.4e+38 only", "Scale")

    @pytest.mark.parametrize("dtype", [np.float32, np.uint8])
    def test_why_a_loss_is_no_number_is_told_without_a_copy_of_the_data(self, dtype):
        solver = Solver(Watched(), DATA, verbose=False)
        solver.data = {"X_train": np.full((1000, 1000), 200, dtype)}
        solver.data["X_train"][0] = 3
        solver.loss_history = [np.nan]
        tracemalloc.start()
        said = why_not_finite(np.nan, solver)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert "(up to 200)" in said and peak < solver.data["X_train"].nbytes / 2

    @pytest.mark.parametrize("kind", [float, int])
    def test_numbers_in_an_array_of_objects(self, kind):
        as_objects = np.array(X.tolist(), object), np.array([kind(y) for y in Y], object)
        assert as_array("X", as_objects[0]).dtype == float
        assert as_array("y", as_objects[1]).dtype == kind

    def test_labels_of_another_shape_are_refused_by_every_network(self):
        image = ConvNet((1, 12, 12), 2, 2, 3, hidden_dim=5, num_classes=4)
        pictures = RNG.normal(size=(40, 1, 12, 12))
        layers = Sequential(fc(6, 5), relu(), fc(5, 4))
        for net, rows in ((Watched(), X), (image, pictures), (layers, X)):
            for f in (net.accuracy, net.loss):
                sentence(ValueError, lambda: f(rows, Y[:, None]), "(40, 1)", "[..., 0]")  # noqa: B023
                sentence(ValueError, lambda: f(rows, np.eye(4)[Y]), "argmax(axis=-1)")  # noqa: B023
            sentence(ValueError, lambda: net.accuracy(rows, 1), "y_true has shape ()")  # noqa: B023
            assert net.accuracy(rows, Y.tolist()) == net.accuracy(rows, Labelled(Y, Y))
            assert net.loss(rows, Y.tolist())[0] == net.loss(rows, Y)[0]

    def test_solver_does_not_pick_a_model_by_a_broadcast(self):
        sentence(ValueError, lambda: train({"y_val": Y[:, None]}), "y_true has shape (40, 1)")

    @pytest.mark.parametrize("y", [Y.astype(float), np.array(["a"] * 40), Y - 1, Y + 4])
    def test_labels_that_are_no_classes(self, y):
        sentence(ValueError, lambda: Watched().loss(X, y), "y ")

    @pytest.mark.parametrize("rng", [0, np.random.RandomState(0), "seed"])
    def test_a_seed_is_no_generator(self, rng):
        sentence(ValueError, lambda: Solver(Watched(), DATA, rng=rng), "np.random.default_rng(0)")

    @pytest.mark.parametrize("options", [{"batch_size": 10.0}, {"num_epochs": 2.5}])
    def test_numbers_that_are_not_whole(self, options):
        sentence(ValueError, lambda: Solver(Watched(), DATA, **options), "whole numbers")

    def test_nothing_to_do(self):
        image = ConvNet((1, 12, 12), 2, 2, 3, hidden_dim=5, num_classes=4)
        for net, shape in ((image, (0, 1, 12, 12)), (Sequential(fc(6, 4)), (0, 6))):
            empty, none = np.zeros(shape), np.zeros(0, int)
            for call in (net.predict, net.loss):
                sentence(ValueError, lambda: call(empty), "X has no row")  # noqa: B023
            sentence(ValueError, lambda: net.accuracy(empty, none), "X has no row")  # noqa: B023
        sentence(ValueError, lambda: Watched().loss(X[:0], Y[:0]), "(0, 6)", "not empty")
        sentence(ValueError, lambda: accuracy([], []), "not empty")


class TestCaptions:
    def test_one_column(self):
        for net in (CaptioningRNN(WORDS, 6, 3, 4), AttendingRNN(WORDS, 6)):
            rows = X[:2] if type(net) is CaptioningRNN else X[:2, None]
            for f in (net.loss, net.accuracy):
                sentence(ValueError, lambda: f(rows, CAPTIONS[:, :1]), "one column")  # noqa: B023

    def test_a_vocabulary_with_gaps_trains_and_writes(self):
        far = {word: 3 * i for word, i in WORDS.items()}
        net = CaptioningRNN(far, 6, 3, 4)
        data = {"X_train": X[:2], "y_train": 3 * CAPTIONS, "X_val": X[:2], "y_val": 3 * CAPTIONS}
        before = net.params["W_embed"].copy()
        train(data, net, num_epochs=3)
        assert net.params["W_embed"].shape == (16, 3)
        np.testing.assert_array_equal(net.params["W_embed"][1], before[1])  # nobody's row
        assert net.sample(X[:2]).shape == net.beam_search(X[:2]).shape == (2, 30)

    def test_lists_are_read_and_tables_by_place(self):
        net = CaptioningRNN(WORDS, 6, 3, 4)
        right = net.loss(X[:2], CAPTIONS)[0]
        for captions in (CAPTIONS.tolist(), Labelled(CAPTIONS, [1, 0])):
            assert net.loss(X[:2].tolist(), captions)[0] == right
            assert net.accuracy(X[:2], captions) == net.accuracy(X[:2], CAPTIONS)

    def test_without_start_it_trains_and_says_why_it_cannot_write(self):
        words = {word: i for word, i in WORDS.items() if word != "<START>"}
        net = CaptioningRNN(words, 6, 3, 4)
        assert np.isfinite(net.loss(X[:2], CAPTIONS)[0])
        for write in (net.sample, net.beam_search):
            sentence(ValueError, lambda: write(X[:2]), "no <START>")  # noqa: B023

    def test_without_end_it_writes_to_the_last_place(self):
        words = {word: i for word, i in WORDS.items() if word != "<END>"}
        net = CaptioningRNN(words, 6, 3, 4)
        assert net.sample(X[:2], 7).shape == net.beam_search(X[:2], 2, 7).shape == (2, 7)
        assert np.isfinite(net.loss(X[:2], CAPTIONS)[0])

    def test_a_vocabulary_object_will_do(self):
        vocab = Vocabulary(["a", "b"])
        one, other = CaptioningRNN(vocab, 6, 3, 4), CaptioningRNN(vocab.word_to_idx, 6, 3, 4)
        assert one.loss(X[:2], CAPTIONS)[0] == other.loss(X[:2], CAPTIONS)[0]

    @pytest.mark.parametrize(
        "words",
        [{}, {"a": 0}, list(WORDS), {**WORDS, "c": -1}, {**WORDS, "c": "6"}],
    )
    def test_what_is_no_vocabulary(self, words):
        sentence(ValueError, lambda: CaptioningRNN(words, 6, 3, 4), "word_to_idx is no vocabulary")

    def test_a_gap_that_no_memory_holds(self):
        words = {**WORDS, "c": 10**10}
        sentence(ValueError, lambda: CaptioningRNN(words, 6, 3, 4), "10000000000", "without gaps")


@pytest.mark.filterwarnings("ignore:overflow")
@pytest.mark.parametrize("storey", [loops, plain, fast])
class TestExtremeScores:
    @pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16])
    def test_the_loss_is_finite_for_the_largest_scores_there_are(self, storey, dtype):
        most = np.finfo(dtype).max
        scores = np.array([[most, -most, 0], [-most, most, most], [-most, -most, -most]], dtype)
        for y in ([1, 0, 2], [0, 1, 0]):
            loss, dscores = storey.softmax_loss(scores, np.array(y))
            assert np.isfinite(loss) and np.isfinite(dscores).all()
        assert loss == pytest.approx((np.log(2) + np.log(3)) / 3, rel=1e-3)
        y, mask = np.array([[1, 0, 2]]), np.array([[1, 0, 1]])
        loss, dscores = storey.temporal_softmax_loss(scores[None], y, mask)
        assert np.isfinite(loss) and np.isfinite(dscores).all() and not dscores[0, 1].any()

    @given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=2, max_size=5))
    def test_any_finite_scores(self, storey, row):
        scores = np.array([row, row[::-1]])
        loss, dscores = storey.softmax_loss(scores, np.array([0, 1]))
        assert np.isfinite(loss) and loss >= 0 and np.isfinite(dscores).all()

    def test_large_losses_are_exact(self, storey):
        loss, _ = storey.softmax_loss(np.array([[1e300, -1e300]]), np.array([1]))
        assert loss == 2e300


@STOREYS
class TestSoftmax:
    @pytest.mark.parametrize(
        "scores, said",
        [
            ([1.0, 2.0], "scores is a list, expected an array: np.array(scores)"),
            (np.array(3.0), "scores has shape (), expected (..., K)"),
            (np.zeros((3, 0)), "scores has shape (3, 0)"),
            (np.array(["a"]), "scores holds <U1"),
            (None, "scores is a NoneType"),
        ],
    )
    def test_what_is_no_scores(self, storey, scores, said):
        sentence(ValueError, lambda: storey.softmax(scores), said)

    @pytest.mark.parametrize("x", [[1.0, -2.0], None, "abc", np.array(["a"]), np.zeros((0, 3))])
    def test_relu_of_no_numbers(self, storey, x):
        sentence(ValueError, lambda: storey.relu_forward(x), "x ")

    def test_relu_of_any_shape(self, storey):
        for shape in ((), (3,), (2, 3, 4, 5)):
            out, cache = storey.relu_forward(np.full(shape, -1.0))
            assert np.shape(out) == shape and not np.any(storey.relu_backward(out, cache))


def adagrad(w, dw, state=None, learning_rate=1e-2, eps=1e-8):
    state = (0 if state is None else state) + dw**2
    return w - learning_rate * dw / (np.sqrt(state) + eps), state


def sign(w, dw, state=None, *, step=1e-3):
    return w - step * np.sign(dw), None


def anything(w, dw, state, **options):
    return w - options.get("rate", 0.1) * dw, state


def needs_rate(w, dw, state=None, *, rate):
    return w - rate * dw, state


class Momentum:
    """A rule that is an object."""

    def __call__(self, w, dw, state=None, *, learning_rate=0.1):
        return w - learning_rate * dw, state


class TestRules:
    @pytest.mark.parametrize(
        "rule, config, becomes",
        [
            (adagrad, {}, {"learning_rate": 1e-2, "eps": 1e-8}),
            (adagrad, {"learning_rate": 0.1}, {"learning_rate": 0.1, "eps": 1e-8}),
            (sign, {}, {"step": 1e-3}),
            (anything, {"rate": 0.2}, {"rate": 0.2}),
            (needs_rate, {"rate": 0.2}, {"rate": 0.2}),
            (Momentum(), {}, {"learning_rate": 0.1}),
            (functools.partial(adagrad, eps=1e-6), {}, {"learning_rate": 1e-2, "eps": 1e-6}),
            (lambda w, dw, state: (w - 0.1 * dw, state), {}, {}),
            (in_place(optim.adam), {"beta1": 0.8}, None),
        ],
    )
    def test_own_rules_train(self, rule, config, becomes):
        solver = train({}, update_rule=rule, optim_config=config, num_epochs=2)
        assert becomes is None or solver.config == becomes
        assert len(solver.loss_history) == 8

    def test_the_numbers_are_those_of_the_rule(self):
        runs = [
            train({}, update_rule=rule).loss_history
            for rule in ("adam", optim.adam, lambda w, dw, state: optim.adam(w, dw, state))
        ]
        assert runs[0] == runs[1] == runs[2]

    @pytest.mark.parametrize(
        "rule, options, said",
        [
            (sign, {"optim_config": {"learning_rate": 1}}, "it has step"),
            (lambda w, dw, s: (w, s), {"optim_config": {"rate": 1}}, "it has none"),
            (needs_rate, {}, "needs_rate needs rate: set it in optim_config"),
            (sign, {"lr_decay": 0.9}, "no option learning_rate, but lr_decay needs it"),
            (sign, {"schedule": optim.cosine}, "schedule needs it"),
            (sign, {"weight_decay": 0.1}, "weight_decay needs it"),
            (3, {}, "update_rule is 3, expected one of sgd"),
            (Watched, {}, "or a function (w, dw, state) -> (next_w, next_state)"),
            *(
                (rule, {"optim_config": {"learning_rate": rate}}, "a finite number, at least 0")
                for rule in ("sgd", "adam")
                for rate in (-0.1, np.nan, np.inf, "0.1", None, np.ones(2), 1j)
            ),
            (lambda w, dw, s: w - dw, {}, "returned a ndarray, expected a pair"),
            (lambda w, dw, s: (w, s, 1), {}, "returned a tuple, expected a pair"),
            (lambda w, dw, s: (w[:1], s), {}, "returned a parameter of shape"),
        ],
    )
    def test_rules_that_cannot_be_used(self, rule, options, said):
        sentence(ValueError, lambda: train({}, update_rule=rule, **options), said)

    @pytest.mark.parametrize("how", [{"lr_decay": np.float64(0.9)}, {"schedule": optim.cosine}])
    @pytest.mark.parametrize("rule", optim.RULES)
    def test_numbers_of_numpy_do_not_widen_the_parameters(self, rule, how):
        solver = train(
            {},
            update_rule=rule,
            optim_config={"learning_rate": np.float64(0.01)},
            **how,
            weight_decay=np.float64(0.01),
            num_epochs=2,
        )
        assert {w.dtype for w in solver.model.params.values()} == {np.dtype(np.float32)}

    def test_a_rule_that_widens_the_parameters(self):
        solver = train({}, update_rule=lambda w, dw, s: (w.astype(float) - 0.1 * dw, s))
        assert {w.dtype for w in solver.model.params.values()} == {np.dtype(np.float32)}

    @pytest.mark.parametrize("rule", optim.RULES)
    def test_half_precision(self, rule):
        function = optim.RULES[rule]
        step, _ = function(np.ones(3, np.float16), np.zeros(3, np.float16))
        assert step.tolist() == [1, 1, 1] and step.dtype == np.float16
        runs = [
            train({}, Watched(dtype=dtype), update_rule=rule, num_epochs=3)
            for dtype in (np.float16, np.float32)
        ]
        assert {w.dtype for w in runs[0].model.params.values()} == {np.dtype(np.float16)}
        np.testing.assert_allclose(runs[0].loss_history, runs[1].loss_history, atol=0.02)

    def test_tiny_gradients_in_half_precision_take_the_step_of_adam(self):
        """Their squares are 0 in float16; Solver keeps the running means in float32."""
        rule = Solver(Watched(), DATA, update_rule="adam").rule
        w, dw = np.ones(3, np.float16), np.full(3, 1e-4, np.float16)
        step, _ = rule(w, dw, None, learning_rate=0.125)
        np.testing.assert_allclose(step, 0.875, atol=1e-3)

    def test_clipping_of_gradients_whose_squares_are_no_numbers(self):
        for dtype in (np.float16, np.float32):
            large = np.full(4, np.finfo(dtype).max / 8, dtype)
            clipped, norm = optim.clip_gradients({"w": large}, 2.0)
            np.testing.assert_allclose(clipped["w"], 1, rtol=1e-2)
            assert norm == pytest.approx(float(large[0]) * 2)


class TestCheckpoints:
    @pytest.fixture
    def saved(self, tmp_path):
        def save(name="run.npz", model=None, **options):
            train({}, model, **options).save(tmp_path / name)
            return tmp_path / name

        return save

    @pytest.mark.parametrize("first, then", [("momentum", "adam"), ("sgd", "adam"), (sign, "sgd")])
    def test_another_rule(self, saved, first, then):
        path = saved(update_rule=first)
        solver = Solver(Watched(), DATA, update_rule=then, num_epochs=2)
        before = {name: w.copy() for name, w in solver.model.params.items()}
        sentence(ValueError, lambda: solver.resume(path), "same rule", then)
        assert not solver.loss_history and solver.epoch == 0
        for name, w in before.items():
            np.testing.assert_array_equal(solver.model.params[name], w)

    def test_other_options(self, saved):
        path = saved(optim_config={"learning_rate": 0.1})
        solver = Solver(Watched(), DATA, optim_config={"learning_rate": 0.2})
        sentence(ValueError, lambda: solver.resume(path), "0.1", "0.2", ".config after resume()")

    def test_in_place_or_not_is_no_other_rule(self, saved):
        path = saved(update_rule="adam")
        Solver(Watched(), DATA, update_rule=in_place(optim.adam)).resume(path)

    @pytest.mark.parametrize("first, then", [("float32", "float64"), ("float64", "float32")])
    def test_another_dtype(self, saved, first, then):
        path = saved(model=Watched(dtype=np.dtype(first)))
        solver = Solver(Watched(dtype=np.dtype(then)), DATA)
        sentence(ValueError, lambda: solver.resume(path), f"in {first}", then, f"np.{first}")

    def test_a_larger_model(self, saved):
        path = saved(model=ThreeLayers())
        solver = Solver(Watched(), DATA)
        sentence(ValueError, lambda: solver.resume(path), "also has W3", "another model")

    @pytest.mark.parametrize(
        "damage",
        [
            lambda content: b"",
            lambda content: content[: len(content) // 2],
            lambda content: content[:-1],
            lambda content: b"<html>not found</html>",
            lambda content: bytes(reversed(content)),
            lambda content: b"\x80\x04K\x01.",  # a pickle
            lambda content: content[:200] + bytes([content[200] ^ 1]) + content[201:],
        ],
    )
    def test_a_damaged_file(self, saved, damage):
        path = saved()
        path.write_bytes(damage(path.read_bytes()))
        solver = Solver(Watched(), DATA)
        sentence(ValueError, lambda: solver.resume(path), "no checkpoint, or damaged", str(path))
        assert solver.epoch == 0

    def test_a_flipped_bit_anywhere_is_no_other_number(self, saved):
        path = saved()
        whole, refused = path.read_bytes(), 0
        reference = Solver(Watched(), DATA)
        reference.resume(path)
        for place in np.random.default_rng(0).integers(len(whole), size=60).tolist():
            path.write_bytes(whole[:place] + bytes([whole[place] ^ 4]) + whole[place + 1 :])
            solver = Solver(Watched(), DATA)
            try:
                solver.resume(path)
            except ValueError as error:
                assert "\n" not in str(error)
                refused += 1
                continue
            for name, w in reference.model.params.items():
                np.testing.assert_array_equal(solver.model.params[name], w)
        assert refused > 20

    def test_weights_that_are_no_numbers(self, saved):
        model = Watched()
        solver = Solver(model, DATA, num_epochs=1, verbose=False)
        model.params["W1"][0, 0] = np.nan
        path = saved().parent / "nan"
        solver.save(path)
        other = Solver(Watched(), DATA)
        sentence(ValueError, lambda: other.resume(path), "W1 with NaN or infinity", "Train again")
        assert other.epoch == 0 and np.isfinite(other.model.params["W1"]).all()

    @pytest.mark.filterwarnings("error::ResourceWarning")
    def test_what_is_refused_is_closed(self, tmp_path):
        (tmp_path / "a").write_text("no checkpoint")
        solver = Solver(Watched(), DATA)
        sentence(ValueError, lambda: solver.resume(tmp_path / "a"), "not the zip of arrays")
        gc.collect()

    def test_other_files_of_numpy(self, tmp_path):
        for name, save in (("a.npz", np.savez), ("a.npy", np.save)):
            save(tmp_path / name, X)
            sentence(ValueError, lambda: Solver(Watched(), DATA).resume(tmp_path / name), name)  # noqa: B023

    def test_no_such_file(self, tmp_path):
        call = functools.partial(Solver(Watched(), DATA).resume, tmp_path / "no.npz")
        sentence(FileNotFoundError, call, "There is no checkpoint")

    def test_a_place_where_nothing_can_be_saved_is_told_before_training(self, tmp_path):
        for place in (tmp_path / "no" / "run.npz", tmp_path):
            model = Watched()
            solver = Solver(model, DATA, verbose=False)
            sentence(FileNotFoundError, lambda: solver.train(place), "cannot be saved at")  # noqa: B023
            assert not model.seen

    @pytest.mark.parametrize("state", [{"array number": 3}, {"array": X}, [1, (2.5, None)], "text"])
    def test_states_of_own_rules_come_back(self, tmp_path, state):
        def rule(w, dw, state_, *, learning_rate=0.1):
            return w - learning_rate * dw, state

        solver = train({}, update_rule=rule)
        solver.save(tmp_path / "run")
        other = Solver(Watched(), DATA, update_rule=rule)
        other.resume(tmp_path / "run")
        as_list = [list(p) if isinstance(p, tuple) else p for p in state]
        np.testing.assert_equal(other.states["W1"], as_list if type(state) is list else state)

    @pytest.mark.parametrize("state", [{1, 2}, object(), {"a": [set()]}, {1: 2.0}])
    def test_states_that_no_file_can_hold(self, tmp_path, state):
        def rule(w, dw, state_, *, learning_rate=0.1):
            return w - learning_rate * dw, state

        path = tmp_path / "run"
        path.write_bytes(b"an older one")
        solver = train({}, update_rule=rule)
        sentence(ValueError, lambda: solver.save(path), "cannot be saved")
        assert path.read_bytes() == b"an older one" and len(list(tmp_path.iterdir())) == 1


class ThreeLayers(Watched):
    def __init__(self):
        super().__init__()
        self.params["W3"] = np.zeros((2, 2), np.float32)

    def loss(self, X, y=None):
        result = super().loss(X, y)
        return result if y is None else (result[0], {**result[1], "W3": np.zeros((2, 2))})
