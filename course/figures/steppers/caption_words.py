"""A caption sampled word by word."""

import numpy as np

from course.figures.panels import bars, panels_stepper, picture, words
from scratch.layers import softmax
from scratch.rnn import pick_words

CAPTION = (
    "Step through the caption. Where the bars are nearly level, the network could as well have "
    "gone on differently."
)


def caption_stepper(
    model, features, idx_to_word, *, image=None, truth=None, temperature=0.0, rng=None, top=5,
    max_length=20, caption=None,
):  # fmt: skip
    """A caption sampled word by word, with the ``top`` most probable words at each step.

    ``features`` (D,) belong to one picture, ``image`` (3, H, W) with values 0..1 is that picture.
    """
    steps = list(sampled(model, features, idx_to_word, temperature, rng, top, max_length))
    said = [word for word, _, _ in steps]
    frames = []
    for k, (word, p, best) in enumerate(steps):
        names = [name for name, _ in best]
        panels = [
            words(said, mark=[k], faint=range(k + 1, len(said)), title=truth and f"True: {truth}"),
            bars(
                [value for _, value in best], names=names, top=1.0, title="most probable words",
                mark=names.index(word) if word in names else None,
            ),
        ]  # fmt: skip
        if image is not None:
            panels.insert(0, picture(image, title="the picture to describe"))
        frames.append((sentence(said[:k], word, p), panels))
    alt = f"A caption sampled word by word, with probabilities: {' '.join(said)}"
    return panels_stepper(frames, alt=alt, caption=caption or CAPTION)


def sampled(model, features, idx_to_word, temperature, rng, top, max_length):
    """Each word with its probability and the ``top`` (word, probability), until ``<END>``."""
    word, (h, c) = np.array([model.start]), model.first_state(np.reshape(features, (1, -1)))
    rng = np.random.default_rng(0) if rng is None else rng
    for _ in range(max_length):
        scores, h, c = model.next_scores(word, h, c)
        p = softmax(scores.astype(float) / (temperature or 1.0))[0]
        word = pick_words(scores, temperature, rng)
        best = np.argsort(-p, kind="stable")[:top]
        yield idx_to_word[int(word[0])], p[word[0]], [(idx_to_word[int(k)], p[k]) for k in best]
        if word[0] == model.end:
            return


def sentence(before, word, p):
    """What is said at one step."""
    end = " The caption is complete." if word == "<END>" else ""
    read = " ".join(["<START>", *before][-4:])
    return f"After “{read}” the network says “{word}”, probability {p:.3f}.{end}"
