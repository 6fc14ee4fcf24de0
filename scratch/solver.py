"""The training loop: draw a batch, ask for the loss and its gradients, step downhill."""

import numpy as np

from scratch.checkpoints import (
    check_params,
    check_place,
    check_run,
    read_checkpoint,
    write_atomically,
)
from scratch.inputs import as_data, as_rng, why_not_finite
from scratch.optim import with_weight_decay
from scratch.rules import check_rate, complete_config, find_rule, name_of


class Solver:
    """Trains any model that has ``params``, ``loss(X, y) -> (loss, grads)`` and ``accuracy(X, y)``.

    ``data`` holds ``X_train y_train X_val y_val``. ``update_rule`` is a name ("sgd", "momentum",
    "rmsprop", "adam") or a function like those in ``scratch.optim``; ``optim_config`` its
    hyperparameters. Each step puts new arrays into ``params``: arrays that you hold stay as they
    are. (The chapter on optimizers shows a rule that trades that for speed.)
    ``lr_decay`` multiplies the learning rate after each epoch; or ``schedule(done)``, such as
    ``scratch.optim.cosine``, gives a factor of it for each step, ``done`` going from 0 to 1.
    ``weight_decay`` shrinks every weight (not biases and other vectors) by that share of the
    learning rate at each step. ``augment(X, rng)`` changes each batch before it is learned from.
    ``patience`` stops the training when so many epochs have brought no better validation accuracy.
    ``print_every`` prints the loss every so many steps (None: never), ``verbose`` shows a progress
    bar and one line an epoch. ``rng`` None means seed 0, so that a run can be repeated. After
    ``train()`` the model holds the parameters (and the ``state``, if it has one) with the best
    validation accuracy; ``loss_history`` has the loss of every step, ``train_acc_history`` and
    ``val_acc_history`` one entry an epoch (and one from before training). ``watch(solver)``, an
    attribute, is called after each step.
    """

    watch = None

    def __init__(
        self, model, data, *, update_rule="sgd",
        optim_config={},  # noqa: B006 (read, never written)
        lr_decay=1.0, num_epochs=10, batch_size=100, print_every=None, verbose=True, rng=None,
        num_train_samples=1000, schedule=None, weight_decay=0.0, augment=None, patience=None,
    ):  # fmt: skip
        check_model(model)
        check_plan(num_epochs, batch_size, lr_decay, schedule, patience)
        self.model, self.data, self.augment = model, as_data(data), augment
        rule = find_rule(update_rule)
        self.rule = with_weight_decay(rule, weight_decay) if weight_decay else rule
        self.options = complete_config(self.rule, optim_config)
        changes = {"lr_decay": lr_decay != 1, "schedule": schedule, "weight_decay": weight_decay}
        check_rate(self.rule, self.options, changes)
        self.lr_decay, self.schedule, self.patience = lr_decay, schedule, patience
        self.num_epochs, self.batch_size, self.verbose = num_epochs, batch_size, verbose
        self.print_every, self.num_train_samples = print_every, num_train_samples
        self.rng = as_rng(rng)
        self.reset()

    def reset(self):
        """Forget all training: no epoch, no state of the rule, no history."""
        self.config = dict(self.options)  # of the next step
        self.states = dict.fromkeys(self.model.params)  # each parameter has a state of its own
        self.epoch, self.best_val_acc, self.best_params, self.best_state = 0, -1.0, {}, {}
        self.loss_history, self.train_acc_history, self.val_acc_history = [], [], []

    def train(self, checkpoint=None):
        """Train up to ``num_epochs``; with ``checkpoint`` (a path), save there after each epoch."""
        if checkpoint is not None:
            check_place(checkpoint)
        if not self.val_acc_history:
            self.evaluate()
        while self.epoch < self.num_epochs and not self.has_stalled():
            for batch in progress(self.batches(), self.epoch, self.num_epochs, self.verbose):
                self.follow_schedule()
                self.step(batch)
                if self.watch is not None:
                    self.watch(self)
            self.epoch += 1
            if self.lr_decay != 1:
                self.config["learning_rate"] *= self.lr_decay
            self.evaluate()
            if self.verbose:
                print(self.summary())
            if checkpoint is not None:
                self.save(checkpoint)
        self.model.params.update(copies(self.best_params))
        state_of(self.model).update(copies(self.best_state))

    def has_stalled(self):
        """Has ``patience`` run out, if there is one?"""
        return self.patience is not None and should_stop(self.val_acc_history, self.patience)

    def batches(self):
        """One epoch: every training row once, in random order, ``batch_size`` at a time."""
        order = self.rng.permutation(len(self.data["X_train"]))
        return [order[i : i + self.batch_size] for i in range(0, len(order), self.batch_size)]

    def rows(self, batch):
        """The training rows in ``batch``, ``X`` changed by ``augment`` if there is one: -> X, y."""
        X, y = self.data["X_train"][batch], self.data["y_train"][batch]
        return X if self.augment is None else self.augment(X, self.rng), y

    def step(self, batch):
        """One update of every parameter, from the training rows in ``batch``."""
        loss, grads = self.model.loss(*self.rows(batch))
        self.loss_history.append(loss)
        if not np.isfinite(loss):
            raise FloatingPointError(why_not_finite(loss, self))
        params = self.model.params
        check_gradients(params, grads)
        for name, w in params.items():
            params[name], self.states[name] = self.rule(
                w, grads[name], self.states[name], **self.config
            )
        if self.print_every and len(self.loss_history) % self.print_every == 0:
            print(f"step {len(self.loss_history)}: loss {loss:.4f}")

    def follow_schedule(self):
        """Set the learning rate of the next step, if there is a ``schedule``."""
        if self.schedule is not None:
            steps = self.num_epochs * -(-len(self.data["X_train"]) // self.batch_size)
            factor = self.schedule(len(self.loss_history) / steps)
            self.config["learning_rate"] = self.options["learning_rate"] * factor

    def evaluate(self):
        """Note both accuracies; keep a copy of the parameters when validation was never better."""
        data, k = self.data, self.num_train_samples
        self.train_acc_history.append(self.model.accuracy(data["X_train"][:k], data["y_train"][:k]))
        self.val_acc_history.append(self.model.accuracy(data["X_val"], data["y_val"]))
        if self.val_acc_history[-1] > self.best_val_acc:
            self.best_val_acc = self.val_acc_history[-1]
            self.best_params = copies(self.model.params)
            self.best_state = copies(state_of(self.model))

    def summary(self):
        """One line on the epoch that just ended."""
        return (
            f"epoch {self.epoch}/{self.num_epochs}: loss {self.loss_history[-1]:.3f}, "
            f"train accuracy "
            f"{self.train_acc_history[-1]:.3f}, validation {self.val_acc_history[-1]:.3f}"
        )

    def save(self, path):
        """Write all that training needs to go on; a crash meanwhile leaves the old file whole."""
        progress = {name: getattr(self, name) for name in SAVED}
        progress["rule_name"] = name_of(self.rule)
        model = {"params": self.model.params, "model_state": state_of(self.model)}
        rngs = {"rng": self.rng.bit_generator.state, "model_rng": rng_state_of(self.model)}
        write_atomically(path, {**progress, **model, **rngs})

    def resume(self, path):
        """Load what ``save`` wrote; ``train()`` then goes on as if it had never stopped.

        What was saved from another model, with another rule or other options of it, is refused.
        """
        saved = read_checkpoint(path, (*SAVED, *MODEL_SAVED))
        check_run(path, saved, name_of(self.rule), self.options)
        check_params(path, saved["params"], self.model.params)
        check_params(path, saved["model_state"], state_of(self.model))
        self.model.params.update(saved.pop("params"))
        state_of(self.model).update(saved.pop("model_state"))
        self.rng.bit_generator.state = saved.pop("rng")
        del saved["rule_name"]
        if (drawing := saved.pop("model_rng")) is not None:
            self.model.rng.bit_generator.state = drawing
        for name, value in saved.items():
            setattr(self, name, value)


SAVED = (
    *("epoch", "options", "config", "states", "best_params", "best_state", "best_val_acc"),
    *("loss_history", "train_acc_history", "val_acc_history"),
)
MODEL_SAVED = ("params", "model_state", "rng", "model_rng", "rule_name")


def copies(arrays):
    """A dict of copies."""
    return {name: array.copy() for name, array in arrays.items()}


def state_of(model):
    """What a model remembers beside its parameters, by name: running averages, or nothing."""
    return getattr(model, "state", {})


def rng_state_of(model):
    """Where the model's own random numbers are, if it draws any in training (dropout), or None."""
    return model.rng.bit_generator.state if hasattr(model, "rng") else None


def check_model(model):
    """Raise unless the model has what ``Solver`` calls."""
    missing = [name for name in ("params", "loss", "accuracy") if not hasattr(model, name)]
    if missing:
        raise ValueError(
            f"The model has no {', '.join(missing)}: Solver needs params, loss, accuracy."
        )


def should_stop(history, patience):
    """Has the best value of ``history`` not been beaten in ``patience`` entries? -> True or False.

    ``history`` lists one validation accuracy an epoch. One that only equals the best does not
    beat it. Prechelt, "Early stopping, but when?" (Neural Networks: Tricks of the Trade, 1998).
    """
    since = len(history) - 1 - np.argmax(history)  # argmax finds the first of equals
    return bool(since >= patience)


def check_plan(num_epochs, batch_size, lr_decay, schedule, patience=None):
    """Raise unless the numbers are possible and one thing at most sets the learning rate."""
    whole = all(isinstance(n, (int, np.integer)) for n in (num_epochs, batch_size))
    if not whole or num_epochs < 0 or batch_size < 1:
        raise ValueError(
            f"num_epochs is {num_epochs}, batch_size {batch_size}: expected whole numbers, at "
            "least 0 and 1."
        )
    if patience is not None and not (isinstance(patience, (int, np.integer)) and patience >= 1):
        raise ValueError(f"patience is {patience}, expected None or a whole number, at least 1.")
    if schedule is not None and lr_decay != 1:
        raise ValueError(f"lr_decay is {lr_decay} and there is a schedule: give one of the two.")


def check_gradients(params, grads):
    """Raise unless there is a gradient of the right shape for each parameter."""
    for name, w in params.items():
        if name not in grads:
            raise ValueError(f"The model's loss returned no gradient of {name}.")
        if np.shape(grads[name]) != w.shape:
            came = np.shape(grads[name])
            raise ValueError(f"The gradient of {name} has shape {came}, expected {w.shape}.")


def progress(batches, epoch, num_epochs, verbose):
    """The batches, with a progress bar where tqdm is installed and ``verbose`` is on."""
    try:
        from tqdm.auto import tqdm
    except ImportError:
        return batches
    return tqdm(batches, desc=f"epoch {epoch + 1}/{num_epochs}", disable=not verbose, leave=False)
