"""What the first page shows: captions, filters and the answer of a check, all made by the course.

Nothing here is drawn or written by hand: the networks are those of ``course.trained``, and the
answer is what ``course.checks`` says to a known mistake.
"""

import html
from dataclasses import dataclass

import numpy as np

from course import trained
from course.checks import SPECS
from course.checks.judge import judge
from course.checks.mistakes import known
from course.figures.numbers import png
from course.markup import inline
from scratch.data.scene_captions import caption_is_true

SLIP = "conv-backward-dx-assigned"


@dataclass(frozen=True)
class Showcase:
    """HTML of three columns; as the last line of a cell it shows itself."""

    parts: tuple

    def _repr_html_(self):
        return f'<div class="course-showcase">{"".join(self.parts)}</div>'

    def __repr__(self):
        return "What the course's networks and checks say."


def showcase(pictures=4):
    """Captions under pictures, the filters of the ConvNet, and a check that names a mistake."""
    return Showcase((captions(pictures), filters(), slip()))


def column(title, *parts):
    return f'<section><p class="cs-title">{title}</p>{"".join(parts)}</section>'


def captions(count):
    """The first test pictures, and what the captioner writes under them, true or not."""
    data, model = trained.captioned(), trained.captioner().model
    scenes, images = data["scenes_test"], data["X_test"] * data["std"] + data["mean"]
    written = data["vocab"].decode(model.sample(trained.features()["test"], max_length=20))
    true = np.array([caption_is_true(c, scene) for c, scene in zip(written, scenes)])
    chosen = [*np.flatnonzero(true)[: count - 1], int(np.flatnonzero(~true)[0])]
    figures = [figure(images[i], written[i], bool(true[i])) for i in chosen]
    note = f"<p>{true.mean():.0%} of {len(true):,} captions of new pictures are true, word by word."
    return column("You write a network that writes this", *figures, note + "</p>")


def figure(image, caption, true):
    sign, word = ("✓", "true") if true else ("✗", "false")
    caption = html.escape(caption)
    return (
        f'<figure><img src="{png(image)}" alt="A picture of the test set; the caption says: '
        f'{caption}"><figcaption class="cs-{word}"><span aria-label="{word}">{sign}</span> '
        f"{caption}</figcaption></figure>"
    )


def filters():
    """The first filters of the network that tells ten shapes apart."""
    solver = trained.convnet()
    W = solver.model.params["W1"]
    low, high = W.min(axis=(1, 2, 3), keepdims=True), W.max(axis=(1, 2, 3), keepdims=True)
    images = "".join(f'<img src="{png(f)}" alt="">' for f in (W - low) / (high - low))
    share = f"{solver.best_val_acc:.0%}"
    note = f"<p>{len(W)} filters of a ConvNet that names {share} of ten shapes right."
    label = f"{len(W)} small filters: edges in several directions, and spots of color"
    grid = f'<div class="cs-filters" role="img" aria-label="{label}">{images}</div>'
    return column("and one that has learned to see", grid, note + "</p>")


def slip():
    """What a check says to one wrong line."""
    mistake = known()[SLIP]
    report = judge(SPECS[mistake.function], mistake.build())
    (_, diagnosis), *_ = report.diagnosis
    said = [f"<strong>✗ {mistake.function}: {report.verdict}</strong>"]
    said += [f"Asked: {html.escape(report.asked)}"] if report.asked else []
    said += [f"<strong>Diagnosis:</strong> {inline(diagnosis)}"]
    said += [f"<strong>Hint:</strong> {inline(report.hints[0])}"]
    body = "".join(f"<p>{line}</p>" for line in said)
    return column("A check says what is wrong", f'<div class="cs-report">{body}</div>')
