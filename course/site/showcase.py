"""What the first page shows: captions, filters and the answer of a check, all made by the course.

Nothing here is drawn or written by hand: the networks are those of ``course.trained``, and the
answer is what ``course.checks`` says to a known mistake.
"""

import html
from dataclasses import dataclass

import numpy as np

from course import trained
from course.blame import wrong_words
from course.checks import SPECS
from course.checks.judge import judge
from course.checks.mistakes import known
from course.checks.storeys import right_forward
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


def showcase():
    """Captions under pictures, the filters of the ConvNet, and a check that names a mistake."""
    return Showcase((captions(), filters(), slip()))


def column(title, *parts):
    return f'<section><p class="cs-title">{title}</p>{"".join(parts)}</section>'


def captions():
    """The first test pictures of one, two and three shapes with true captions, and a false one."""
    data, model = trained.captioned(), trained.captioner().model
    scenes, images = data["scenes_test"], data["X_test"] * data["std"] + data["mean"]
    written = data["vocab"].decode(model.sample(trained.features()["test"], max_length=20))
    true = np.array([caption_is_true(c, scene) for c, scene in zip(written, scenes)])
    shapes = np.array([len(scene.shapes) for scene in scenes])
    chosen = [int(np.flatnonzero(true & (shapes == n))[0]) for n in (1, 2, 3)]
    chosen.append(int(np.flatnonzero(~true)[0]))
    figures = [figure(images[i], written[i], scenes[i]) for i in chosen]
    note = f"<p>{true.mean():.0%} of {len(true):,} captions of new pictures are true, word by word."
    return column("You write a network that writes this", *figures, note + "</p>")


def figure(image, caption, scene):
    """A picture with its caption; the words to blame for a false one are underlined."""
    true, wrong = caption_is_true(caption, scene), set(wrong_words(caption, scene))
    sign, word = ("✓", "true") if true else ("✗", "false")
    words = [html.escape(w) for w in caption.split()]
    told = " ".join(f"<u>{w}</u>" if k in wrong else w for k, w in enumerate(words))
    alt = f"A picture of the test set; its caption is {word}"
    return (
        f'<figure><img class="dark-light" src="{png(image)}" alt="{alt}"><figcaption>'
        f'<span aria-label="{word}">{sign}</span> {told}</figcaption></figure>'
    )


def filters():
    """The first filters of the network that tells ten shapes apart."""
    solver = trained.convnet()
    W = solver.model.params["W1"]
    low, high = W.min(axis=(1, 2, 3), keepdims=True), W.max(axis=(1, 2, 3), keepdims=True)
    scaled = (W - low) / (high - low)
    images = "".join(f'<img class="dark-light" src="{png(f)}" alt="">' for f in scaled)
    share = f"{solver.best_val_acc:.0%}"
    note = f"<p>{len(W)} filters of a ConvNet that tells ten shapes apart: {share} are right."
    label = f"{len(W)} small filters: edges in several directions, and spots of color"
    grid = f'<div class="cs-filters" role="img" aria-label="{label}">{images}</div>'
    return column("and one that has learned to see", grid, note + "</p>")


def slip():
    """What a check says to one wrong line."""
    mistake = known()[SLIP]
    forward = right_forward(mistake.function, mistake.of)
    report = judge(SPECS[mistake.function], mistake.build(), forward)
    (_, diagnosis), *_ = report.diagnosis
    said = [f"<strong>✗ {mistake.function}: {report.verdict}</strong>"]
    said += [f"Asked: {html.escape(report.asked.split(':')[0])}"] if report.asked else []
    said += [f"<strong>Diagnosis:</strong> {inline(diagnosis)}"]
    said += [f"<strong>Hint:</strong> {inline(report.hints[0])}"]
    body = "".join(f"<p>{line}</p>" for line in said)
    return column("A check says what is wrong", f'<div class="cs-report">{body}</div>')
