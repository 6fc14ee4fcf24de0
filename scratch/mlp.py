"""A small fully connected classifier: the network of Part I, and the baseline of Part II."""

import numpy as np

from scratch import fast as default_backend
from scratch.metrics import accuracy
from scratch.network import Layer, flatten_forward


class TwoLayerNet:
    """fc - relu - fc - softmax, on rows (N, D) or on images, which are flattened first.

    ``params`` holds ``W1`` (D, M), ``b1``, ``W2`` (M, num_classes) and ``b2``; weights start
    uniform in ±1/sqrt(fan-in), biases at 0. ``rng`` None means seed 0, so that a run can be
    repeated. ``backend`` holds the layer functions: a module like ``scratch.plain``, or any other
    object.
    """

    def __init__(
        self,
        input_dim,
        hidden_dim=100,
        num_classes=10,
        dtype=np.float32,
        rng=None,
        backend=default_backend,
    ):
        rng = np.random.default_rng(0) if rng is None else rng
        self.dtype, self.params = dtype, {}
        for layer, (D, M) in enumerate([(input_dim, hidden_dim), (hidden_dim, num_classes)], 1):
            self.params[f"W{layer}"] = (rng.uniform(-1, 1, (D, M)) / np.sqrt(D)).astype(dtype)
            self.params[f"b{layer}"] = np.zeros(M, dtype)
        self.fc = Layer(backend.fc_forward, backend.fc_backward)
        self.relu = Layer(backend.relu_forward, backend.relu_backward)
        self.softmax_loss = backend.softmax_loss

    def forward(self, X):
        """Scores (N, num_classes) and the caches of the three layers."""
        p, (rows, _) = self.params, flatten_forward(np.asarray(X, self.dtype))  # (N, D)
        a, first = self.fc.forward(rows, p["W1"], p["b1"])
        h, relu = self.relu.forward(a)  # (N, M)
        scores, second = self.fc.forward(h, p["W2"], p["b2"])
        return scores, (first, relu, second)

    def backward(self, dscores, caches):
        """The gradient of each parameter by name."""
        first, relu, second = caches
        dh, dW2, db2 = self.fc.backward(dscores, second)
        _, dW1, db1 = self.fc.backward(self.relu.backward(dh, relu), first)
        return {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2}

    def loss(self, X, y=None):
        """Scores (N, num_classes); with labels ``y`` (N,), the mean loss and every gradient."""
        scores, caches = self.forward(X)
        if y is None:
            return scores
        loss, dscores = self.softmax_loss(scores, y)
        return loss, self.backward(dscores, caches)

    def accuracy(self, X, y):
        """Share of rows whose highest score is the right class."""
        return accuracy(self.loss(X).argmax(axis=1), y)
