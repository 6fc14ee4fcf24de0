"""Right, but written differently: the training loop and of a first network."""

import numpy as np

from course.checks.variants import variant
from scratch import layers, mlp, solver


@variant("TwoLayerNet", "TwoLayerByHand")
class TwoLayerByHand(mlp.TwoLayerNet):
    def loss(self, X, y=None):
        p = self.params
        rows = np.reshape(X, (len(X), -1))
        a = rows @ p["W1"] + p["b1"]
        h = a * (a > 0)
        scores = h @ p["W2"] + p["b2"]
        if y is None:
            return scores
        loss, ds = layers.softmax_loss(scores, y)
        da = (ds @ p["W2"].T) * (a > 0)
        return loss, {"W2": h.T @ ds, "b2": ds.sum(0), "W1": rows.T @ da, "b1": da.sum(0)}


@variant("TwoLayerNet", "TwoLayerByRow")
class TwoLayerByRow(mlp.TwoLayerNet):
    def loss(self, X, y=None):
        if y is None:
            return np.concatenate(
                [super(TwoLayerByRow, self).loss(X[k : k + 1]) for k in range(len(X))]
            )
        parts = [super(TwoLayerByRow, self).loss(X[k : k + 1], y[k : k + 1]) for k in range(len(X))]
        grads = {k: sum(g[k] for _, g in parts) / len(X) for k in self.params}
        return sum(loss for loss, _ in parts) / len(X), grads


@variant("TwoLayerNet", "TwoLayerOtherAccuracy")
class TwoLayerOtherAccuracy(mlp.TwoLayerNet):
    def accuracy(self, X, y):
        return np.mean(np.argmax(self.loss(X), axis=1) == y)


@variant("Solver", "SolverGradientsFirst")
class SolverGradientsFirst(solver.Solver):
    def step(self, batch):
        X, y = self.data["X_train"][batch], self.data["y_train"][batch]
        loss, grads = self.model.loss(X, y)
        self.loss_history += [loss]
        if loss - loss != 0:
            raise FloatingPointError("the loss is no number")
        new = {k: self.rule(w, grads[k], self.states[k], **self.config)
               for k, w in self.model.params.items()}  # fmt: skip
        for name, (w, state) in new.items():
            self.model.params[name], self.states[name] = w, state


@variant("Solver", "SolverShuffled")
class SolverShuffled(solver.Solver):
    def batches(self):
        order = np.arange(len(self.data["X_train"]))
        self.rng.shuffle(order)
        return np.split(order, range(self.batch_size, len(order), self.batch_size))


@variant("Solver", "SolverLists")
class SolverLists(solver.Solver):
    def batches(self):
        order, batches = list(self.rng.permutation(len(self.data["y_train"]))), []
        while order:
            batches.append(np.array(order[: self.batch_size]))
            order = order[self.batch_size :]
        return batches
