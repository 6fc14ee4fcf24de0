"""A small assignment for the tests of grading: four functions, a network of them, and training."""

import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
NAME = "90_small"

TEMPLATE = '''\
---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
kernelspec:
  display_name: Python 3
  language: python
  name: python3
---

# A small network

Write four functions.

```{code-cell} ipython3
import sys

sys.path.insert(0, "..")

import matplotlib.pyplot as plt
import numpy as np

from course.checks import check
from scratch.layers import relu_backward
from scratch.shapes import check_indices, check_shapes
```

```{code-cell} ipython3
# weave: layers.fc_forward
```

```{code-cell} ipython3
:tags: [check]
:points: 2

check(fc_forward)
```

```{code-cell} ipython3
# weave: layers.fc_backward
```

```{code-cell} ipython3
:tags: [check]
:points: 3

check(fc_backward)
```

```{code-cell} ipython3
# weave: layers.relu_forward
```

```{code-cell} ipython3
:tags: [check]

check(relu_forward)
```

```{code-cell} ipython3
# weave: layers.cross_entropy
```

```{code-cell} ipython3
:tags: [check]
:points: 3

check(cross_entropy)
```

A network of your functions:

```{code-cell} ipython3
class Net:
    """fc - relu - fc - softmax."""

    def __init__(self, D, H, C, rng):
        self.params = {"w1": rng.normal(size=(D, H)) / D**0.5, "b1": np.zeros(H)}
        self.params |= {"w2": rng.normal(size=(H, C)) / H**0.5, "b2": np.zeros(C)}

    def loss(self, X, y):
        p = self.params
        a, cache1 = fc_forward(X, p["w1"], p["b1"])
        h, cache2 = relu_forward(a)
        scores, cache3 = fc_forward(h, p["w2"], p["b2"])
        losses, dscores = cross_entropy(scores, y)
        loss, dscores = losses.mean(), dscores / len(y)
        dh, dw2, db2 = fc_backward(dscores, cache3)
        _, dw1, db1 = fc_backward(relu_backward(dh, cache2), cache1)
        return loss, {"w1": dw1, "b1": db1, "w2": dw2, "b2": db2}
```

```{code-cell} ipython3
net = Net(4, 8, 3, np.random.default_rng(0))
loss, _ = net.loss(np.random.default_rng(1).normal(size=(6, 4)), np.array([0, 1, 2, 0, 1, 2]))
print("loss at first:", round(loss, 3))
```
'''

RUBRIC = """\
withhold: [layers.softmax, layers.log_softmax, layers.softmax_loss]
forgive: ["*-float64", relu-forward-in-place]
items:
  - id: fc-forward
    answers: fc_forward
    inputs: |
      x, w, b = normal(3, 5), normal(5, 4), normal(4)
    run: |
      out, _ = fc_forward(x, w, b)
    points: {out: 2}

  - id: fc-forward-axes
    answers: fc_forward
    hidden: true
    inputs: |
      x, w, b = normal(2, 3, 5), normal(5, 4), normal(4)
    run: |
      out, _ = fc_forward(x, w, b)
    points: {out: 1}

  - id: fc-backward
    answers: fc_backward
    inputs: |
      x, w, b, dout = normal(3, 5), normal(5, 4), normal(4), normal(3, 4)
    cache: fc_forward(x, w, b)
    run: |
      dx, dw, db = fc_backward(dout, cache)
    points: {dx: 1, dw: 1, db: 1}

  - id: relu-forward
    answers: relu_forward
    inputs: |
      x = normal(4, 5)
    run: |
      out, _ = relu_forward(x)
    points: {out: 1}

  - id: cross-entropy
    answers: cross_entropy
    inputs: |
      scores, y = normal(4, 3), integers(3, 4)
    run: |
      losses, dscores = cross_entropy(scores, y)
    points: {losses: 1, dscores: 1}

  - id: cross-entropy-large
    answers: cross_entropy
    title: cross-entropy of large scores
    hidden: true
    inputs: |
      scores, y = 1000 * normal(4, 3), integers(3, 4)
    run: |
      losses, dscores = cross_entropy(scores, y)
    points: {losses: 1}

  - id: training
    answers: [fc_forward, fc_backward, relu_forward, cross_entropy]
    training: true
    rtol: 0.01
    inputs: |
      seed, X = int(integers(1000)), normal(60, 4)
      y = (X[:, 0] > 0) + (X[:, 1] > 0).astype(int)
    run: |
      net, losses = Net(4, 8, 3, np.random.default_rng(seed)), []
      for _ in range(20):
          loss, grads = net.loss(X, y)
          losses.append(loss)
          for name in net.params:
              net.params[name] -= 0.5 * grads[name]
    points: {losses: 2}
"""


def make_root(folder):
    """A folder like the repository's, with the small assignment in it."""
    (folder / "book" / "exercises").mkdir(parents=True)
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "scratch", folder / "scratch", ignore=ignore)
    (folder / "book" / "exercises" / f"{NAME}.md").write_text(TEMPLATE)
    (folder / "book" / "exercises" / f"{NAME}.rubric.yml").write_text(RUBRIC)
    return folder
