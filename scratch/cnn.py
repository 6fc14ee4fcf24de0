"""A LeNet-style classifier, written as a list of layers."""

import numpy as np

from scratch import fast as default_backend
from scratch.cnn_layers import output_size
from scratch.metrics import accuracy
from scratch.network import Layer, flatten_backward, flatten_forward, uniform_fan_in
from scratch.shapes import check_rows, check_shapes


class ConvNet:
    """conv - relu - pool - conv - relu - pool - fc - relu - fc - softmax, for (N, C, H, W) images.

    ``params`` holds the filters ``W1`` (F1, C, K, K) and ``W2`` (F2, F1, K, K), without bias, and
    the fully connected ``W3 b3 W4 b4``. ``rng`` None means seed 0, so that a run can be repeated.
    ``backend`` holds the layer functions: a module like ``scratch.plain``, or any other object.
    After LeNet-5: LeCun et al., "Gradient-based learning applied to document recognition" (1998).
    """

    def __init__(
        self,
        input_dim=(1, 28, 28),
        num_filters_1=6,
        num_filters_2=16,
        filter_size=5,
        hidden_dim=100,
        num_classes=10,
        dtype=np.float32,
        rng=None,
        backend=default_backend,
    ):
        rng = np.random.default_rng(0) if rng is None else rng
        sizes = num_filters_1, num_filters_2, filter_size, hidden_dim, num_classes
        shapes = self.shapes(input_dim, *sizes)
        self.input_dim, self.dtype = tuple(input_dim), dtype
        self.params = {k: uniform_fan_in(shape, rng).astype(dtype) for k, shape in shapes.items()}
        self.layers, self.softmax_loss = self.stack(backend), backend.softmax_loss

    @staticmethod
    def shapes(input_dim, F1, F2, K, hidden_dim, num_classes):
        """The shape of each parameter by name."""
        C, H, W = input_dim
        for _ in range(2):  # two convolutions without padding, each followed by 2 x 2 pooling
            H, W = (output_size(output_size(s, K), 2, 2) for s in (H, W))
        return {
            "W1": (F1, C, K, K),
            "W2": (F2, F1, K, K),
            "W3": (F2 * H * W, hidden_dim),
            "b3": (hidden_dim,),
            "W4": (hidden_dim, num_classes),
            "b4": (num_classes,),
        }

    @staticmethod
    def stack(f):
        """The layers, first to last, made of the functions of a backend ``f``."""
        relu = Layer(f.relu_forward, f.relu_backward)
        pool = Layer(f.max_pool_forward, f.max_pool_backward)
        return [
            *(Layer(f.conv_forward, f.conv_backward, ("W1",)), relu, pool),
            *(Layer(f.conv_forward, f.conv_backward, ("W2",)), relu, pool),
            Layer(flatten_forward, flatten_backward),
            *(Layer(f.fc_forward, f.fc_backward, ("W3", "b3")), relu),
            Layer(f.fc_forward, f.fc_backward, ("W4", "b4")),
        ]

    def forward(self, X, layers=None):
        """Run ``layers`` (all by default) and keep the cache of each: -> (out, caches)."""
        C, H, W = self.input_dim
        check_shapes(f"X (N, {C}, {H}, {W})", X)
        out, caches = np.asarray(X, self.dtype), []
        for layer in self.layers if layers is None else layers:
            out, cache = layer.forward(out, *(self.params[name] for name in layer.params))
            caches.append(cache)
        return out, caches

    def backward(self, dout, caches):
        """Undo ``forward``, last layer first: -> (dX, gradient of each parameter by name)."""
        grads = {}
        for layer, cache in zip(self.layers[: len(caches)][::-1], caches[::-1]):
            gradients = layer.backward(dout, cache)
            dout, *dparams = gradients if layer.params else (gradients,)
            grads.update(zip(layer.params, dparams))
        return dout, grads

    def loss(self, X, y=None):
        """Scores (N, num_classes); with labels ``y`` (N,), the mean loss and every gradient."""
        if y is None:
            return self.predict(X)
        scores, caches = self.forward(X)
        loss, dscores = self.softmax_loss(scores, y)
        return loss, self.backward(dscores, caches)[1]

    def predict(self, X, layers=None, block=250):
        """The output of ``layers`` (all by default) without caches, in blocks that bound memory."""
        check_rows("X", X)
        starts = range(0, len(X), block)
        return np.concatenate([self.forward(X[i : i + block], layers)[0] for i in starts])

    def feature_maps(self, X):
        """The pooled maps of the second convolution: (N, F2, H'', W''). They keep place."""
        return self.predict(X, self.layers[:6])

    def features(self, X):
        """The hidden layer after its ReLU: (N, hidden_dim)."""
        return self.predict(X, self.layers[:-1])

    def accuracy(self, X, y):
        """Share of images whose highest score is the right class."""
        return accuracy(self.predict(X).argmax(axis=1), y)
