"""Update rules: each takes one parameter one step downhill.

``rule(w, dw, state, *, hyperparameters) -> (next_w, next_state)``, with ``state`` None at the first
step. Rules are pure: arrays that come in are left as they are, and each parameter has a state of
its own.
"""

from functools import wraps

import numpy as np


def sgd(w, dw, state=None, *, learning_rate=1e-2):
    """Stochastic gradient descent: downhill by ``learning_rate`` times ``dw``. It has no state."""
    return w - learning_rate * dw, None


def momentum(w, dw, state=None, *, learning_rate=1e-2, mu=0.9):
    """Gradient descent with a velocity: each step keeps the share ``mu`` of the step before.

    The state is the velocity, the last step. Polyak, "Some methods of speeding up the convergence
    of iteration methods" (USSR Comput. Math. Math. Phys. 1964).
    """
    v = -learning_rate * dw if state is None else mu * state - learning_rate * dw
    return w + v, v


def rmsprop(w, dw, state=None, *, learning_rate=1e-2, decay=0.99, epsilon=1e-8):
    """Divide each step by the running root mean square of its own gradient.

    The state is the running mean of ``dw²``. Tieleman and Hinton, Lecture 6.5 of "Neural Networks
    for Machine Learning" (Coursera 2012).
    """
    epsilon = max(epsilon, np.finfo(np.result_type(dw, 0.0)).tiny)  # 1e-8 is 0 in float16
    square = (1 - decay) * dw**2 + (0 if state is None else decay * state)
    return w - learning_rate * dw / (np.sqrt(square) + epsilon), square


def adam(w, dw, state=None, *, learning_rate=1e-3, beta1=0.9, beta2=0.999, epsilon=1e-8):
    """Momentum and RMSProp together, with the bias of the first steps corrected.

    The state is ``(m, v, t)``: running means of ``dw`` and ``dw²`` and the number of steps taken.
    Kingma and Ba, "Adam: a method for stochastic optimization" (ICLR 2015), Algorithm 1.
    """
    epsilon = max(epsilon, np.finfo(np.result_type(dw, 0.0)).tiny)  # 1e-8 is 0 in float16
    m, v, t = (np.zeros_like(w), np.zeros_like(w), 0) if state is None else state
    t += 1
    m = beta1 * m + (1 - beta1) * dw
    v = beta2 * v + (1 - beta2) * dw**2
    m_hat = m / (1 - beta1**t)
    v_hat = v / (1 - beta2**t)
    return w - learning_rate * m_hat / (np.sqrt(v_hat) + epsilon), (m, v, t)


def with_weight_decay(rule, weight_decay):
    """The same rule, which first shrinks each weight by ``learning_rate`` times ``weight_decay``.

    Vectors, such as biases, are left alone. The shrinking is no part of the gradient, as in AdamW:
    Loshchilov and Hutter, "Decoupled weight decay regularization" (ICLR 2019).
    """

    @wraps(rule)
    def decayed(w, dw, state=None, *, learning_rate, **options):
        if w.ndim > 1:
            w = w * w.dtype.type(1 - learning_rate * weight_decay)
        return rule(w, dw, state, learning_rate=learning_rate, **options)

    return decayed


def cosine(done, *, warmup=0.05):
    """A factor of the learning rate: up in a straight line, then down along a cosine to 0.

    ``done`` says how much of the training is done, from 0 to 1; the first ``warmup`` of it goes up.
    Loshchilov and Hutter, "SGDR: stochastic gradient descent with warm restarts" (ICLR 2017), with
    one period.
    """
    if done < warmup:
        return (done + 1e-3) / (warmup + 1e-3)
    return (1 + np.cos(np.pi * (done - warmup) / (1 - warmup))) / 2


def clip_gradients(grads, max_norm):
    """Scale all gradients (a dict) together so that their joint norm is at most ``max_norm``.

    Pascanu, Mikolov and Bengio, "On the difficulty of training recurrent neural networks" (ICML
    2013).
    """
    norm = float(np.sqrt(sum(np.square(g, dtype=np.float64).sum() for g in grads.values())))
    scale = min(1.0, max_norm / max(norm, 1e-12))
    return {name: g * g.dtype.type(scale) for name, g in grads.items()}, norm


RULES = {"sgd": sgd, "momentum": momentum, "rmsprop": rmsprop, "adam": adam}
