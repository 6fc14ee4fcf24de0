"""A caption sampled word by word."""

import numpy as np

from course.figures.element import Figure
from course.figures.numbers import compact, png
from scratch.layers import softmax
from scratch.rnn import pick_words


def caption_stepper(
    model, features, idx_to_word, *, image=None, truth=None, temperature=0.0, rng=None, top=5,
    max_length=20, caption=None,
):  # fmt: skip
    """A caption sampled word by word, with the ``top`` most probable words at each step.

    ``features`` (D,) belong to one picture, ``image`` (3, H, W) with values 0..1 is that picture.
    """
    word, (h, c) = np.array([model.start]), model.first_state(np.reshape(features, (1, -1)))
    rng = np.random.default_rng(0) if rng is None else rng
    frames = []
    while len(frames) < max_length and word[0] != model.end:
        scores, h, c = model.next_scores(word, h, c)
        p = softmax(scores.astype(float) / (temperature or 1.0))[0]
        word = pick_words(scores, temperature, rng)
        best = np.argsort(-p, kind="stable")[:top]
        frames.append({
            "word": idx_to_word[int(word[0])], "p": compact(p[word[0]]),
            "top": [[idx_to_word[int(k)], compact(p[k])] for k in best],
        })  # fmt: skip
    words = [frame["word"] for frame in frames]
    data = {
        "frames": frames, "truth": truth, "image": None if image is None else png(image),
        "caption": caption or "Step through the caption. Where the bars are nearly level, the "
        "network could as well have gone on differently.",
    }  # fmt: skip
    summary = f"A caption sampled word by word, with probabilities: {' '.join(words)}"
    return Figure("caption", data, summary)
