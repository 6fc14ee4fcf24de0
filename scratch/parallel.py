"""Data parallelism: one batch, split over threads.

NumPy's matrix products use all cores, the rest of a step uses one. Split the batch, let each thread
take a part from the first layer to the last, and the rest uses all cores too.
"""

from concurrent.futures import ThreadPoolExecutor


class DataParallel:
    """A model whose batches are split over ``workers`` threads, for ``Solver`` like any other.

    ``params`` are those of ``model``; ``loss`` and its gradients are what ``model`` would give for
    the whole batch, but for rounding. That holds for a loss that is a mean over the rows of the
    batch, each of which goes its own way through the network. A model with ``state``, as batch
    normalization keeps, is refused: it would see each part alone. With dropout the loss is sound,
    but a seed no longer repeats it, since the threads draw from one generator.

    While the threads work, the library behind NumPy's matrix products is held to one thread, so
    that they do not fight for the cores. It pays for large convolutions; see "Making convolution
    fast". Needs ``threadpoolctl``.
    """

    def __init__(self, model, workers=2):
        if workers < 1:
            raise ValueError(f"workers is {workers}, expected at least 1.")
        if state := getattr(model, "state", None):
            raise ValueError(
                f"The model keeps {', '.join(state)} of whole batches; split over threads, each "
                "part would go by its own. Train it without DataParallel."
            )
        self.model, self.workers = model, workers
        self.libraries = find_libraries()
        self.pool = ThreadPoolExecutor(workers)

    @property
    def params(self):
        """The parameters of the model, by name."""
        return self.model.params

    def loss(self, X, y=None):
        """What ``model.loss`` says of the whole batch: ``(loss, grads)``, or scores without y."""
        if y is None:
            return self.model.loss(X)
        parts = split(len(X), self.workers)
        with self.libraries.limit(limits=1, user_api="blas"):
            results = list(self.pool.map(lambda part: self.model.loss(X[part], y[part]), parts))
        return join(results, [(part.stop - part.start) / len(X) for part in parts])

    def accuracy(self, X, y):
        """The model's own: it may weigh rows in another way than the loss."""
        return self.model.accuracy(X, y)


def split(N, workers):
    """N rows as slices of nearly equal length, none of them empty (unless N is 0)."""
    count = max(1, min(workers, N))
    edges = [N * k // count for k in range(count + 1)]
    return [slice(start, end) for start, end in zip(edges, edges[1:])]


def join(results, shares):
    """The loss and the gradients of a batch from those of its parts, each weighed by its share.

    A mean over N rows is the sum over the parts of n/N times the mean over the n rows of the part,
    and so is its gradient.
    """
    loss = sum(share * part_loss for share, (part_loss, _) in zip(shares, results))
    grads = {}
    for name in results[0][1]:
        parts = [g[name] * g[name].dtype.type(share) for share, (_, g) in zip(shares, results)]
        grads[name] = sum(parts[1:], start=parts[0])
    return loss, grads


def find_libraries():
    """What can hold the matrix libraries to one thread."""
    try:
        from threadpoolctl import ThreadpoolController
    except ImportError:
        raise ImportError(
            "DataParallel needs the package threadpoolctl, to hold the matrix library to one "
            "thread for each of its own: pip install threadpoolctl"
        ) from None
    return ThreadpoolController()
