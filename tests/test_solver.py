"""Solver: it learns, repeats, saves, resumes, survives being killed, and says what is wrong."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from scratch import fast, optim
from scratch.cnn import ConvNet
from scratch.rnn import CaptioningRNN
from scratch.solver import Solver, should_stop

ROOT = Path(__file__).resolve().parents[1]
WORDS = ("<NULL>", "<START>", "<END>", "<UNK>", "a", "b", "c", "d")
VOCABULARY = {word: i for i, word in enumerate(WORDS)}


class Linear:
    """The smallest model that Solver can train: least squares."""

    def __init__(self):
        self.params = {"w": np.zeros(3), "b": np.zeros(1)}

    def loss(self, X, y):
        error = X @ self.params["w"] + self.params["b"] - y
        return float((error**2).mean() / 2), {
            "w": X.T @ error / len(y),
            "b": error.mean(keepdims=True),
        }

    def accuracy(self, X, y):
        return float((np.abs(X @ self.params["w"] + self.params["b"] - y) < 0.1).mean())


def line(N=30, N_val=10):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(N + N_val, 3))
    y = X @ [1.0, -2.0, 3.0] + 0.5
    return {"X_train": X[:N], "y_train": y[:N], "X_val": X[N:], "y_val": y[N:]}


def pictures(N=10, dim=(1, 14, 14)):
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(N, *dim)).astype(np.float32), rng.integers(0, 4, N)
    return {"X_train": X, "y_train": y, "X_val": X, "y_val": y}


def told_pictures(N=10):
    """Features with captions of three to five words."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(N, 6)).astype(np.float32), np.zeros((N, 7), int)
    for row in y:
        length = rng.integers(3, 6)
        row[: length + 2] = [1, *rng.integers(4, 8, length), 2]
    return {"X_train": X, "y_train": y, "X_val": X, "y_val": y}


def conv_net():
    return ConvNet((1, 14, 14), 4, 6, 3, hidden_dim=20, num_classes=4)


def captioner(cell_type="rnn"):
    return CaptioningRNN(VOCABULARY, 6, 12, 24, cell_type=cell_type)


def quiet(model, data, **options):
    return Solver(model, data, **{"verbose": False, **options})


class TestLearning:
    @pytest.mark.parametrize("update_rule", optim.RULES)
    def test_ten_pictures_by_heart(self, update_rule):
        rate = {"sgd": 0.1, "momentum": 0.02}.get(update_rule, 0.005)
        solver = quiet(
            conv_net(), pictures(), update_rule=update_rule, num_epochs=60, batch_size=5,
            optim_config={"learning_rate": rate},
        )  # fmt: skip
        solver.train()
        assert solver.train_acc_history[-1] == 1.0
        assert solver.loss_history[-1] < 0.1 < solver.loss_history[0]

    @pytest.mark.parametrize("cell_type", ["rnn", "lstm", "gru"])
    def test_ten_captions_by_heart(self, cell_type):
        model, data = captioner(cell_type), told_pictures()
        solver = quiet(
            model, data, update_rule="adam", num_epochs=150, batch_size=10,
            optim_config={"learning_rate": 0.01},
        )  # fmt: skip
        solver.train()
        assert solver.train_acc_history[-1] == 1.0
        np.testing.assert_array_equal(model.sample(data["X_train"], 6), data["y_train"][:, 1:])

    def test_momentum_and_decay_find_the_line(self):
        solver = quiet(
            Linear(), line(), update_rule="momentum", lr_decay=0.98, num_epochs=60, batch_size=7,
            optim_config={"learning_rate": 0.05},
        )  # fmt: skip
        solver.train()
        np.testing.assert_allclose(solver.model.params["w"], [1, -2, 3], atol=0.05)


class TestBookkeeping:
    def test_histories_have_one_loss_a_step_and_one_accuracy_an_epoch_and_before(self):
        solver = quiet(Linear(), line(), num_epochs=3, batch_size=7)
        solver.train()
        assert len(solver.loss_history) == 3 * 5  # 30 rows in batches of 7: the last has 2
        assert len(solver.train_acc_history) == len(solver.val_acc_history) == 4
        assert all(isinstance(loss, float) for loss in solver.loss_history)
        assert solver.best_val_acc == max(solver.val_acc_history)

    def test_each_epoch_reads_each_row_once(self):
        solver = quiet(Linear(), line(), batch_size=7)
        first, second = (np.concatenate(solver.batches()) for _ in range(2))
        assert sorted(first) == sorted(second) == list(range(30))
        assert (first != second).any()

    def test_the_first_step_is_the_rule_applied_to_the_gradient(self):
        model, data = Linear(), line()
        solver = quiet(model, data, optim_config={"learning_rate": 0.1})
        _, grads = model.loss(data["X_train"][:5], data["y_train"][:5])
        solver.step(np.arange(5))
        np.testing.assert_allclose(model.params["w"], -0.1 * grads["w"])
        np.testing.assert_allclose(model.params["b"], -0.1 * grads["b"])

    def test_the_learning_rate_decays_after_each_epoch_and_options_are_not_shared(self):
        options = {"learning_rate": 0.1}
        solver = quiet(Linear(), line(), lr_decay=0.5, num_epochs=2, optim_config=options)
        solver.train()
        assert solver.config["learning_rate"] == pytest.approx(0.025)
        assert options == {"learning_rate": 0.1}

    def test_the_best_parameters_are_kept_and_put_back(self):
        class Forgetful(Linear):
            """Validation accuracy as the script says, whatever was learned."""

            script = iter([0.1, 0.0, 0.2, 0.0, 0.9, 0.0, 0.3, 0.0])

            def accuracy(self, X, y):
                return next(self.script) if len(y) == 10 else 0.0

        Forgetful.script = iter([0.1, 0.2, 0.9, 0.3, 0.9])
        solver, seen = quiet(Forgetful(), line(), num_epochs=4), []
        original = solver.evaluate
        solver.evaluate = lambda: (seen.append(solver.model.params["w"].copy()), original())
        solver.train()
        assert solver.best_val_acc == 0.9
        np.testing.assert_array_equal(solver.model.params["w"], seen[2])  # the first of equals

    def test_the_best_parameters_survive_a_rule_that_works_in_place(self):
        def in_place(w, dw, state=None, *, learning_rate=0.01):
            w -= learning_rate * dw
            return w, state

        solver = quiet(Linear(), line(), update_rule=in_place, num_epochs=2)
        solver.evaluate()
        solver.step(np.arange(5))
        assert solver.model.params["w"].any()
        assert not solver.best_params["w"].any()

    def test_the_same_seed_gives_the_same_run(self):
        runs = []
        for seed in (0, 0, 1):
            solver = quiet(
                conv_net(), pictures(), num_epochs=2, batch_size=3, rng=np.random.default_rng(seed)
            )
            solver.train()
            runs.append(solver.loss_history)
        assert runs[0] == runs[1] != runs[2]

    def test_data_is_left_as_it_was(self):
        data = pictures()
        kept = {k: v.copy() for k, v in data.items()}
        quiet(conv_net(), data, num_epochs=1, batch_size=3).train()
        for name, array in kept.items():
            np.testing.assert_array_equal(data[name], array)

    def test_what_is_printed(self, capsys):
        Solver(Linear(), line(), num_epochs=2, batch_size=15, print_every=2).train()
        out = capsys.readouterr().out
        assert out.count("step ") == 2
        assert "epoch 2/2: loss" in out
        quiet(Linear(), line(), num_epochs=1).train()
        assert capsys.readouterr() == ("", "")

    def test_training_works_without_tqdm(self, monkeypatch, capsys):
        monkeypatch.setitem(sys.modules, "tqdm.auto", None)
        Solver(Linear(), line(), num_epochs=1).train()
        assert "epoch 1/1" in capsys.readouterr().out

    def test_divergence_is_said_at_once(self):
        solver = quiet(Linear(), line(), num_epochs=500, optim_config={"learning_rate": 1e200})
        with (
            np.errstate(all="ignore"),
            pytest.raises(FloatingPointError, match="smaller learning rate"),
        ):
            solver.train()


def arrays_in(value):
    """All arrays in nested dicts, lists and tuples."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        return [array for part in value for array in arrays_in(part)]
    return [value] if isinstance(value, np.ndarray) else []


class Wide:
    """Least squares with arrays of many blocks; notes each array that anybody could hold."""

    def __init__(self):
        rng = np.random.default_rng(0)
        self.params = {"W": rng.normal(size=(4, 300, 400)), "b": rng.normal(size=70_000)}
        self.held = []

    def hold(self, *values):
        self.held += [(array, array.copy()) for array in arrays_in(values)]

    def loss(self, X, y):
        grads = {name: w - X.mean() for name, w in self.params.items()}
        self.hold(self.params, grads, X, y)
        return float(sum((w**2).mean() for w in self.params.values())), grads

    def accuracy(self, X, y):
        return 0.0


def own_rule(w, dw, state=None, *, learning_rate=1e-2):
    """A rule of the caller's, with a state."""
    total = dw + (0 if state is None else state)
    return w - learning_rate * total, total


def train_and_hold(**options):
    """Five steps: -> each array that the caller could have held, with a copy from that moment."""
    model, data = Wide(), line(20)
    solver = quiet(model, data, num_epochs=5, batch_size=20, **options)
    inner = solver.rule

    def watched(w, dw, state=None, **hyperparameters):
        model.hold(w, dw, state)
        result = inner(w, dw, state, **hyperparameters)
        model.hold(result)
        return result

    solver.rule = watched
    model.hold(data, solver.best_params)
    solver.train()
    assert len(solver.loss_history) == 5
    return model.held


class TestArraysThatACallerHolds:
    @pytest.mark.parametrize("rule", [*optim.RULES, *optim.RULES.values(), own_rule])
    def test_none_is_written_over(self, rule):
        """Whatever their size, and however the rule is given."""
        held = train_and_hold(update_rule=rule)
        assert {array.size > 2 * fast.BLOCK for array, _ in held} == {True, False}
        for array, then in held:
            np.testing.assert_array_equal(array, then)

    @pytest.mark.parametrize("rule", [optim.momentum, optim.rmsprop, optim.adam, own_rule])
    def test_in_place_writes_over_large_ones_and_takes_the_same_steps(self, rule):
        held = train_and_hold(update_rule=fast.in_place(rule))
        assert any((array != then).any() for array, then in held)
        pure = quiet(Wide(), line(20), num_epochs=5, update_rule=rule)
        blocked = quiet(Wide(), line(20), num_epochs=5, update_rule=fast.in_place(rule))
        pure.train()
        blocked.train()
        for name, w in pure.model.params.items():
            np.testing.assert_array_equal(w, blocked.model.params[name])

    def test_in_place_does_not_reach_the_best_parameters(self):
        model, best = Wide(), {}
        shares = iter([0.1, 0.1, 0.5, 0.5, 0.9, 0.9, 0.3, 0.3, 0.2, 0.2])  # training, validation

        def accuracy(X, y):
            share = next(shares)
            if share == 0.9:
                best.update({name: w.copy() for name, w in model.params.items()})
            return share

        model.accuracy = accuracy
        quiet(model, line(20), num_epochs=4, update_rule=fast.in_place(optim.adam)).train()
        for name, w in best.items():
            np.testing.assert_array_equal(model.params[name], w)


class TestErrors:
    def test_missing_key(self):
        data = line()
        del data["y_val"]
        with pytest.raises(ValueError, match="data has no y_val.*got X_train, y_train, X_val"):
            Solver(Linear(), data)

    def test_different_lengths(self):
        data = line()
        data["y_train"] = data["y_train"][:-1]
        with pytest.raises(ValueError, match="X_train has 30 rows and y_train 29"):
            Solver(Linear(), data)

    def test_no_rows(self):
        data = {**line(), "X_val": np.zeros((0, 3)), "y_val": np.zeros(0)}
        with pytest.raises(ValueError, match="X_val has 0 rows"):
            Solver(Linear(), data)

    def test_unknown_rule(self):
        with pytest.raises(
            ValueError, match="'adagrad', expected one of sgd, momentum, rmsprop, adam"
        ):
            Solver(Linear(), line(), update_rule="adagrad")

    def test_unknown_hyperparameter(self):
        with pytest.raises(ValueError, match="sgd has no option 'momentum'; it has learning_rate"):
            Solver(Linear(), line(), optim_config={"momentum": 0.9})

    def test_unknown_option_of_solver(self):
        with pytest.raises(TypeError, match="epochs"):
            Solver(Linear(), line(), epochs=3)

    @pytest.mark.parametrize("options", [{"num_epochs": -1}, {"batch_size": 0}])
    def test_impossible_numbers(self, options):
        with pytest.raises(ValueError, match="num_epochs is"):
            Solver(Linear(), line(), **options)

    def test_a_model_without_the_protocol(self):
        with pytest.raises(ValueError, match="The model has no loss, accuracy"):
            Solver(type("Half", (), {"params": {}})(), line())

    def test_a_gradient_that_is_missing_or_has_another_shape(self):
        class Wrong(Linear):
            def loss(self, X, y):
                loss, grads = super().loss(X, y)
                return loss, {**grads, "w": grads["w"][:, None]}

        with pytest.raises(ValueError, match=r"gradient of w has shape \(3, 1\), expected \(3,\)"):
            quiet(Wrong(), line()).train()

        class Forgotten(Linear):
            def loss(self, X, y):
                loss, grads = super().loss(X, y)
                return loss, {"w": grads["w"]}

        with pytest.raises(ValueError, match="no gradient of b"):
            quiet(Forgotten(), line()).train()


def own_rule(w, dw, state=None, *, learning_rate=0.1, sign=True):
    """A rule of the learner's own, with a nested state."""
    count = 0 if state is None else state["count"]
    return w - learning_rate * (np.sign(dw) if sign else dw), {"count": count + 1, "last": [dw]}


class TestCheckpoints:
    @pytest.mark.parametrize("update_rule", [*optim.RULES, own_rule])
    @pytest.mark.parametrize(
        "make", [(Linear, line), (conv_net, pictures), (captioner, told_pictures)]
    )
    def test_resumed_training_is_identical(self, tmp_path, update_rule, make):
        model, data = make
        options = {
            "update_rule": update_rule, "batch_size": 4, "lr_decay": 0.9,
            "optim_config": {"learning_rate": 0.01},
        }  # fmt: skip
        whole = quiet(model(), data(), num_epochs=4, **options)
        whole.train()
        path = tmp_path / "run.npz"
        quiet(model(), data(), num_epochs=2, **options).train(checkpoint=path)
        resumed = quiet(model(), data(), num_epochs=4, rng=np.random.default_rng(77), **options)
        resumed.resume(path)
        assert resumed.epoch == 2
        resumed.train()
        assert resumed.loss_history == whole.loss_history
        assert resumed.train_acc_history == whole.train_acc_history
        assert resumed.val_acc_history == whole.val_acc_history
        assert resumed.best_val_acc == whole.best_val_acc
        for name, w in whole.model.params.items():
            np.testing.assert_array_equal(resumed.model.params[name], w)

    def test_a_failure_while_writing_leaves_the_old_file_and_no_litter(self, tmp_path, monkeypatch):
        path, solver = tmp_path / "run.npz", quiet(Linear(), line(), num_epochs=1)
        solver.train(checkpoint=path)
        old = path.read_bytes()

        def full_disk(file, *arrays, **named):
            file.write(b"half of it")
            raise OSError("no space left on device")

        monkeypatch.setattr(np, "savez", full_disk)
        with pytest.raises(OSError, match="no space"):
            solver.save(path)
        assert path.read_bytes() == old
        assert os.listdir(tmp_path) == ["run.npz"]

    @pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows has no SIGKILL")
    def test_killed_while_writing_the_old_file_is_whole(self, tmp_path):
        """A process of its own is killed in the middle of a save; the file before still loads."""
        path = tmp_path / "run.npz"
        code = f"""
import sys; sys.path[:0] = [{str(ROOT)!r}, {str(ROOT / "tests")!r}]
import numpy as np
from test_solver import Linear, line, quiet
solver = quiet(Linear(), line(), num_epochs=2)
solver.train(checkpoint={str(path)!r})
real = np.savez
def slow(file, *arrays, **named):
    file.write(b"half"); file.flush()
    print("writing", flush=True)
    import time; time.sleep(60)
np.savez = slow
solver.save({str(path)!r})
"""
        child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
        assert child.stdout.readline().strip() == "writing"
        time.sleep(0.05)
        child.kill()
        child.wait()
        child.stdout.close()
        solver = quiet(Linear(), line(), num_epochs=2)
        solver.resume(path)
        assert solver.epoch == 2
        assert len(solver.loss_history) == 2

    def test_a_checkpoint_of_another_model_is_refused(self, tmp_path):
        path = tmp_path / "run.npz"
        quiet(conv_net(), pictures(), num_epochs=1).train(checkpoint=path)
        other = quiet(ConvNet((1, 14, 14), 5, 6, 3, 20, 4), pictures())
        with pytest.raises(
            ValueError, match=r"W1 of shape \(4, 1, 3, 3\), the model's is \(5, 1, 3, 3\)"
        ):
            other.resume(path)
        with pytest.raises(ValueError, match="has no w"):
            quiet(Linear(), line()).resume(path)

    def test_a_file_that_is_not_there(self, tmp_path):
        with pytest.raises(FileNotFoundError):
            quiet(Linear(), line()).resume(tmp_path / "none.npz")


class TestEarlyStopping:
    @pytest.mark.parametrize(
        ("history", "patience", "expected"),
        [
            ([0.5], 1, False),
            ([0.5, 0.4], 1, True),
            ([0.5, 0.7, 0.6, 0.65], 2, True),
            ([0.5, 0.7, 0.6, 0.65], 3, False),
            ([0.5, 0.7, 0.7, 0.7], 2, True),  # equal is not better
            ([0.5, 0.4, 0.3, 0.6], 2, False),  # a new best starts the count anew
        ],
    )
    def test_by_hand(self, history, patience, expected):
        assert should_stop(history, patience) is expected

    def solver(self, accuracies, **options):
        """A solver whose model has these validation accuracies, one an evaluation."""
        model, told = Linear(), iter(np.repeat(accuracies, 2))
        model.accuracy = lambda X, y: next(told)
        return quiet(model, line(), num_epochs=6, **options)

    def test_the_training_ends_when_patience_does_and_keeps_the_best(self):
        solver = self.solver([0.1, 0.3, 0.5, 0.4, 0.45, 0.4, 0.9], patience=2)
        solver.train()
        assert solver.epoch == 4 and solver.best_val_acc == 0.5
        for name, w in solver.best_params.items():
            np.testing.assert_array_equal(solver.model.params[name], w)
        solver.train()  # has nothing left to do
        assert solver.epoch == 4

    def test_without_patience_all_epochs_are_run(self):
        solver = self.solver([0.1, 0.3, 0.5, 0.4, 0.45, 0.4, 0.9])
        solver.train()
        assert solver.epoch == 6 and solver.best_val_acc == 0.9

    @pytest.mark.parametrize("patience", [0, -1, 1.5, "3"])
    def test_an_impossible_patience_is_refused(self, patience):
        with pytest.raises(ValueError, match=r"patience is .*, expected None or a whole number"):
            quiet(Linear(), line(), patience=patience)


def test_both_examples_of_the_readme_run_as_written():
    """The two usage examples that the design fixes, on small data."""
    rng = np.random.default_rng(0)
    X_train, y_train = rng.random((128, 1, 28, 28)), rng.integers(0, 10, 128)
    X_val, y_val = X_train[:32], y_train[:32]
    features_train, captions_train = rng.normal(size=(64, 512)), told_pictures(64)["y_train"]
    features_val, captions_val = features_train[:8], captions_train[:8]
    word_to_idx = VOCABULARY
    names = {**locals()}
    exec(CNN_EXAMPLE, names)
    assert len(names["solver"].loss_history) == 20
    exec(RNN_EXAMPLE, names)
    assert len(names["solver"].loss_history) == 10


CNN_EXAMPLE = """
from scratch.cnn import ConvNet
from scratch.solver import Solver, should_stop
solver = Solver(ConvNet(), data={'X_train': X_train, 'y_train': y_train,
                                 'X_val': X_val, 'y_val': y_val},
                num_epochs=10, batch_size=64, optim_config={'learning_rate': 1e-3})
solver.train()
"""
RNN_EXAMPLE = """
from scratch.rnn import CaptioningRNN
solver = Solver(CaptioningRNN(word_to_idx),
                data={'X_train': features_train, 'y_train': captions_train,
                      'X_val': features_val, 'y_val': captions_val},
                num_epochs=5, batch_size=32, optim_config={'learning_rate': 1e-3})
solver.train()
"""
