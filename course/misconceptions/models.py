"""Known mistakes in whole networks and in the training loop, as methods that override the right."""

from course.misconceptions.registry import known_methods

# ---------------------------------------------------------------- classifiers

SOFTMAX = "from scratch.layers import softmax, softmax_loss"
CLASSIFIER = (
    (
        "loss-of-probabilities",
        "loss",
        "The softmax was taken twice: `softmax_loss` wants scores, not probabilities.",
        "What does `softmax_loss` do first?",
        """
        def loss(self, X, y=None):
            if y is None:
                return super().loss(X)
            scores, caches = self.forward(X)
            loss, dscores = softmax_loss(softmax(scores), y)
            grads = self.backward(dscores, caches)
            return loss, grads[1] if isinstance(grads, tuple) else grads
        """,
    ),
    (
        "probabilities-not-scores",
        "scores",
        "Without labels, `loss` gave probabilities; scores are asked for.",
        "What comes out of the last fully connected layer?",
        """
        def loss(self, X, y=None):
            return softmax(super().loss(X)) if y is None else super().loss(X, y)
        """,
    ),
    (
        "gradient-of-sum",
        "gradient of b{last}",
        "The gradients are N times too large: the loss is a mean over the batch, and so is its "
        "gradient.",
        "Which factor does `softmax_loss` put into dscores?",
        """
        def loss(self, X, y=None):
            if y is None:
                return super().loss(X)
            loss, grads = super().loss(X, y)
            return loss, {name: g * len(X) for name, g in grads.items()}
        """,
    ),
    (
        "uphill",
        "gradient of b{last}",
        "All gradients have the wrong sign.",
        "Where does a minus come in between dscores and the gradients?",
        """
        def loss(self, X, y=None):
            if y is None:
                return super().loss(X)
            loss, grads = super().loss(X, y)
            return loss, {name: -g for name, g in grads.items()}
        """,
    ),
    (
        "accuracy-counted",
        "accuracy",
        "The accuracy is a count; a share between 0 and 1 is asked for.",
        "Out of how many?",
        """
        def accuracy(self, X, y):
            return super().accuracy(X, y) * len(X)
        """,
    ),
    (
        "accuracy-over-batch",
        "accuracy",
        "The best was looked for along the batch; each image has its best class.",
        "Which axis are the classes?",
        """
        def accuracy(self, X, y):
            best = self.loss(X).argmax(axis=0)
            return float((best[: len(y)] == y[: len(best)]).mean())
        """,
    ),
)


def for_network(last, mistakes):
    return [(a, about.format(last=last), *rest) for a, about, *rest in mistakes]


known_methods(
    "ConvNet",
    f"{SOFTMAX}\nfrom scratch.cnn import ConvNet as Right",
    *for_network(4, CLASSIFIER),
    (
        "features-before-relu",
        "features",
        "These are the hidden values before their ReLU; the features are taken after it.",
        "May a feature be negative?",
        """
        def features(self, X):
            return self.predict(X, self.layers[:-2])
        """,
    ),
    (
        "maps-before-pooling",
        "feature_maps",
        "These are the maps before the last pooling; the feature maps are taken after it.",
        "How large should the maps be?",
        """
        def feature_maps(self, X):
            return self.predict(X, self.layers[:5])
        """,
    ),
)

known_methods(
    "TwoLayerNet",
    f"{SOFTMAX}\nfrom scratch.mlp import TwoLayerNet as Right",
    *for_network(2, CLASSIFIER),
)

# ---------------------------------------------------------------- the captioner

LOSS = """
def loss(self, features, captions):
    words, targets = captions[:, :-1], captions[:, 1:]
    scores, caches = self.forward(features, words)
    loss, dscores = temporal_softmax_loss(scores, targets, targets != self.null)
    return loss, self.backward(dscores, caches)[1]
"""
SAMPLE = """
def sample(self, features, max_length=30):
    p, N = self.params, len(features)
    h = features @ p["W_proj"] + p["b_proj"]
    word, going = np.full(N, self.start), np.ones(N, dtype=bool)
    captions = np.full((N, max_length), self.null)
    for t in range(max_length):
        x = p["W_embed"][word]
        next_h = np.tanh(x @ p["Wx"] + h @ p["Wh"] + p["b"])
        h = next_h
        word = (h @ p["W_vocab"] + p["b_vocab"]).argmax(axis=1)
        captions[going, t] = word[going]
        going &= word != self.end
    return captions
"""


def changed(method, *patches):
    for old, new in patches:
        if method.count(old) != 1:
            raise ValueError(f"{old!r} stands there {method.count(old)} times, not 1")
        method = method.replace(old, new)
    return method


known_methods(
    "CaptioningRNN",
    "from scratch.rnn import CaptioningRNN as Right\n"
    "from scratch.rnn_layers import temporal_softmax_loss",
    (
        "asked-for-same-word",
        "loss",
        "The network was asked for the word that it has just read, not for the next one.",
        "When it has read <START>, which word should it say?",
        changed(LOSS, ("captions[:, 1:]", "captions[:, :-1]")),
    ),
    (
        "words-and-targets-exchanged",
        "loss",
        "Words and targets are exchanged: the network reads the next word and has to say the one "
        "before.",
        "What does it read first: <START>, or the first word?",
        changed(LOSS, ("captions[:, :-1], captions[:, 1:]", "captions[:, 1:], captions[:, :-1]")),
    ),
    (
        "mask-of-words",
        "loss",
        "The mask was made from the words that are read; what counts is the word asked for.",
        "After <END> comes <NULL>. Should the network learn to say it?",
        changed(LOSS, ("targets != self.null", "words != self.null")),
    ),
    (
        "no-mask",
        "loss",
        "No position was masked: <NULL> counts like a word.",
        "What should happen after <END>?",
        changed(LOSS, ("targets != self.null", "np.ones_like(targets)")),
    ),
    (
        "end-masked",
        "loss",
        "<END> was masked as well: then the network never learns when to stop.",
        "Which words should the network learn to say?",
        changed(LOSS, ("targets != self.null", "targets > self.end")),
    ),
    (
        "features-ignored",
        "loss",
        "The features did not reach the network: the first state was the same for every picture.",
        "Where does the picture come in?",
        changed(LOSS, ("self.forward(features, words)", "self.forward(0 * features, words)")),
    ),
    (
        "sample-start-always",
        "greedy captions",
        "Every step read <START>; from the second step on, the network reads its own last word.",
        "What does the network read at step t?",
        changed(SAMPLE, ('p["W_embed"][word]', 'p["W_embed"][np.full(N, self.start)]')),
    ),
    (
        "sample-state-not-carried",
        "greedy captions",
        "The state was not carried on: every word was said from the first state.",
        "What does step t + 1 start from?",
        changed(
            SAMPLE,
            ("        h = next_h\n", ""),
            ('(h @ p["W_vocab"]', '(next_h @ p["W_vocab"]'),
        ),
    ),
    (
        "sample-goes-on-after-end",
        "greedy captions",
        "Words were written after <END>; the rest of a caption is <NULL>.",
        "What should a finished caption hold after its <END>?",
        changed(SAMPLE, ("        going &= word != self.end\n", "")),
    ),
    (
        "sample-end-left-out",
        "greedy captions",
        "<END> itself was not written; it belongs to the caption.",
        "Which comes first: writing the word, or stopping?",
        changed(
            SAMPLE,
            ("        captions[going, t] = word[going]\n", ""),
            (
                "        going &= word != self.end\n",
                "        going &= word != self.end\n        captions[going, t] = word[going]\n",
            ),
        ),
    ),
    (
        "sample-worst-word",
        "greedy captions",
        "The word with the *lowest* score was taken.",
        "Which score is the best?",
        changed(SAMPLE, ("argmax", "argmin")),
    ),
    (
        "accuracy-counts-null",
        "accuracy",
        "<NULL> positions count in the accuracy.",
        "Over which positions should the share be taken?",
        """
        def accuracy(self, features, captions):
            best = self.forward(features, captions[:, :-1])[0].argmax(axis=2)
            return float((best == captions[:, 1:]).mean())
        """,
    ),
)

# ---------------------------------------------------------------- training

STEP = """
def step(self, batch):
    loss, grads = self.model.loss(self.data["X_train"][batch], self.data["y_train"][batch])
    self.loss_history.append(loss)
    params = self.model.params
    for name, w in params.items():
        state = self.states[name]
        params[name], state = self.rule(w, grads[name], state, **self.config)
        self.states[name] = state
"""
BATCHES = """
def batches(self):
    N, size = len(self.data["X_train"]), self.batch_size
    order = self.rng.permutation(N)
    return [order[i : i + size] for i in range(0, N, size)]
"""
known_methods(
    "Solver",
    "from scratch.solver import Solver as Right",
    (
        "state-shared",
        "w",
        "All parameters share one state; each needs a state of its own.",
        "Whose velocity does the second parameter find?",
        changed(
            STEP,
            ("self.states[name]\n", "getattr(self, 'shared', None)\n"),
            ("self.states[name] = state", "self.shared = 0 if state is None else state.mean()"),
        ),
    ),
    (
        "state-forgotten",
        "w",
        "The state was not kept for the next step: every step was like the first.",
        "Where does the new state go?",
        changed(STEP, ("        self.states[name] = state\n", "")),
    ),
    (
        "whole-data",
        "loss_history",
        "Each step used all of the data; it should use the rows of its batch only.",
        "What is `batch` for?",
        changed(STEP, ('["X_train"][batch]', '["X_train"]'), ('["y_train"][batch]', '["y_train"]')),
    ),
    (
        "no-update",
        "w",
        "The parameters did not change: the new values were not put back into `params`.",
        "Where does the rule's result go?",
        changed(STEP, ("params[name], state =", "w, state =")),
    ),
    (
        "loss-not-noted",
        "loss_history",
        "The losses were not noted in `loss_history`.",
        "Which list should grow by one at each step?",
        changed(STEP, ("    self.loss_history.append(loss)\n", "")),
    ),
    (
        "settings-ignored",
        "w",
        "The hyperparameters in `config` were not handed to the rule.",
        "Where does the rule get its learning rate from?",
        changed(STEP, (", **self.config", "")),
    ),
    (
        "gradient-after-update",
        "b",
        "The gradient was asked for anew after a parameter had changed; all of them belong to one "
        "point.",
        "How often should `model.loss` be called in one step?",
        changed(
            STEP,
            (
                "        state = self.states[name]\n",
                "        state = self.states[name]\n        grads = self.model.loss("
                'self.data["X_train"][batch], self.data["y_train"][batch])[1]\n',
            ),
        ),
    ),
    (
        "not-shuffled",
        "unshuffled",
        "The rows came in the order of the data; each epoch draws a new order.",
        "What if the data were sorted by class?",
        changed(BATCHES, ("self.rng.permutation(N)", "np.arange(N)")),
    ),
    (
        "with-replacement",
        "rows_of_one_epoch_sorted",
        "Rows were drawn with replacement: some come twice in an epoch, others never.",
        "How often should each row come in one epoch?",
        changed(BATCHES, ("self.rng.permutation(N)", "self.rng.integers(0, N, size=N)")),
    ),
    (
        "rest-dropped",
        "batch_sizes",
        "The rows that fill no whole batch were left out.",
        "What happens to the last rows when the batch size does not divide N?",
        changed(BATCHES, ("range(0, N, size)", "range(0, N - size + 1, size)")),
    ),
)
