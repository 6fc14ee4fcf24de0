"""Known wrong implementations: each with a name, a sentence for the learner, and hints.

    from course.misconceptions import KNOWN, of
    [m.id for m in of("conv_backward")]
    KNOWN["conv-backward-dx-assigned"].source()    # a whole answer cell that makes this mistake
    KNOWN["conv-backward-dx-assigned"].build()     # the function

A mistake is a small patch of the plain implementation in ``plain.py``. To add one, write another
entry in the module of its function; the tests then ask for the check to catch it and to name it.
"""

from course.misconceptions import cnn, layers, models, optim, rnn, steps, words  # noqa: F401
from course.misconceptions.registry import KNOWN, Misconception, of, plain_forward

__all__ = ["KNOWN", "Misconception", "of", "plain_forward"]
