"""A stepper made of panels: numbers, bars, pictures, curves and words, frame by frame.

Python computes every frame and the page needs no kernel to show them. The frames of one figure hold
the same panels in the same order, so only what is in them changes, and nothing jumps. A frame is
stored as what differs from the frame before, a picture once for the whole figure.

    from course.figures import panels

    frames = []
    for t in range(T):
        state, guess = panels.grid(h[t], title="h"), panels.bars(p[t], names=V, top=1)
        text = f"It reads `{read[t]}`, and `h` changes."
        frames.append((text, [panels.words(read, mark=[t]), state, guess]))
    panels.panels_stepper(frames, alt="A network reads words: its state and guesses, word by word.")

Several lists of frames, as a dict, stand behind tabs: ``{"SGD": [...], "Adam": [...]}``.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from course.figures.element import Figure
from course.figures.numbers import compact, png, ticks

CAPTION = "Step with the arrow keys, or press Play."


@dataclass(frozen=True)
class Panel:
    """One panel in one frame. ``shape`` is what must stay the same from frame to frame."""

    kind: str
    shape: tuple
    fields: dict


def panels_stepper(frames, *, alt, caption=None):
    """Step through ``frames``, a list of (text, [panel, panel, ...]), or a dict of such lists.

    ``text`` is a sentence or two shown with its frame, and may hold `` `code` ``. ``alt`` says what
    the figure shows to those who cannot see it. The lists of a dict become tabs named by its keys.
    """
    tabs = dict(frames) if isinstance(frames, dict) else {"Steps": frames}
    tabs = {str(tab): [(text, list(panels)) for text, panels in some] for tab, some in tabs.items()}
    every = [frame for some in tabs.values() for frame in some]
    if not all(tabs.values()):
        raise ValueError("A stepper takes at least one frame, and at least one in each tab.")
    check_alike(every)
    columns = [same_range(column) for column in zip(*(panels for _, panels in every))]
    data = {
        "kinds": [panel.kind for panel in every[0][1]],
        "pictures": store_pictures(columns),
        "modes": list(modes_of(tabs, columns)),
        "caption": caption or CAPTION,
    }
    return Figure("panels", data, alt)


def modes_of(tabs, columns):
    """For each tab its label, its texts, and its frames as what changes from one to the next."""
    start = 0
    for label, frames in tabs.items():
        own = [column[start : start + len(frames)] for column in columns]
        start += len(frames)
        yield {
            "label": label,
            "texts": [text for text, _ in frames],
            "frames": [list(changes) for changes in zip(*map(changes_of, own))],
        }


def check_alike(frames):
    """Refuse frames that differ in number, kind or shape of their panels."""
    if not frames or not frames[0][1]:
        raise ValueError("A stepper takes at least one frame with at least one panel.")
    kinds = [panel.kind for panel in frames[0][1]]
    for k, (_, panels) in enumerate(frames):
        found = [panel.kind for panel in panels]
        if found != kinds:
            raise ValueError(f"Frame {k} has the panels {found}, frame 0 has {kinds}.")
        for panel, first in zip(panels, frames[0][1]):
            if panel.shape != first.shape:
                raise ValueError(
                    f"A panel ({panel.kind}) has the shape {panel.shape} in frame {k} and "
                    f"{first.shape} in frame 0: keep it, so that nothing jumps."
                )


def same_range(column):
    """The fields of a panel in each frame, with colors and axes that mean the same in all."""
    fields = [panel.fields for panel in column]
    shared = RANGES[column[0].kind](fields) if column[0].kind in RANGES else {}
    return [{**one, **shared} for one in fields]


def store_pictures(columns):
    """Put a number in place of each picture: its index in the list returned."""
    places = {}
    for fields in (fields for column in columns for fields in column if fields.get("picture")):
        fields["picture"] = places.setdefault(fields["picture"], len(places))
    return list(places)


def changes_of(column):
    """For each frame, the fields that differ from the frame before."""
    before = [{}, *column[:-1]]
    return [
        {name: value for name, value in now.items() if name not in old or value != old[name]}
        for old, now in zip(before, column)
    ]


# ---- grid


def grid(
    array, *, title=None, rows=None, cols=None, mark=(), faint=(), decimals=2, scale=None
):  # fmt: skip
    """An array (n,) or (n, m) of numbers or strings as cells; None and NaN are empty cells.

    Blue is positive, orange negative, at full strength where a number reaches ``scale``: by default
    the largest in any frame; 0 leaves the colors out. ``rows`` and ``cols`` are labels. ``mark``
    holds the cells (i, j) to outline, ``faint`` those not reached yet; for (n,) plain indices.
    """
    array = np.array(array, dtype=object)
    if array.ndim not in (1, 2) or any(isinstance(v, (list, tuple)) for v in array.flat):
        raise ValueError(f"A grid takes an array (n,) or (n, m), not {array.shape}.")
    n, m = shape = np.atleast_2d(array).shape
    fields = {
        "title": title,
        "cells": [cell(value, decimals) for value in array.flat],
        "cols": m,
        "rowNames": labels(rows, n, "rows"),
        "colNames": labels(cols, m, "cols"),
        "mark": flat_indices(mark, shape),
        "faint": flat_indices(faint, shape),
        "scale": scale,
    }
    return Panel("grid", shape, fields)


def cell(value, decimals):
    """What JSON can hold of a cell: rounded number, text, or None where it is empty."""
    if value is None or isinstance(value, str):
        return value if value is None else visible(value)
    value = float(value)
    if not np.isfinite(value):
        return None if np.isnan(value) else "\u2212\u221e" if value < 0 else "\u221e"
    value = round(value, decimals)
    return int(value) if value.is_integer() else value


def visible(text):
    """A space or a line break alone could not be seen: show a sign for it."""
    return {" ": "\u2423", "\n": "\u21b5", "\t": "\u21e5"}.get(str(text), str(text))


def labels(names, count, what):
    """``count`` labels as text, or None."""
    if names is None:
        return None
    names = [visible(name) for name in names]
    if len(names) != count:
        raise ValueError(f"{what} has {len(names)} names for {count} places.")
    return names


def flat_indices(cells, shape):
    """Cells (i, j), or j alone in a single row, as indices in reading order."""
    found = []
    for at in cells:
        i, j = at if isinstance(at, Iterable) else (0, at)
        if not isinstance(at, Iterable) and shape[0] > 1:
            raise ValueError(f"{at} is no cell of a grid {shape}: give (i, j).")
        if not (0 <= i < shape[0] and 0 <= j < shape[1]):
            raise ValueError(f"The cell {int(i), int(j)} is outside of a grid {shape}.")
        found.append(int(i) * shape[1] + int(j))
    return found


def same_scale(fields):
    """The number that gets the full color: as given, or the largest of all frames."""
    numbers = [abs(v) for one in fields for v in one["cells"] if isinstance(v, (int, float))]
    given = fields[0]["scale"]
    return {"scale": max(numbers, default=0) if given is None else compact(given)}


# ---- bars


def bars(values, *, names, title=None, mark=None, top=None):
    """Horizontal bars with their values; ``mark`` is the index of one in the accent color.

    A bar of length ``top`` is as long as the panel; by default the largest of all frames.
    """
    values = compact(np.asarray(values, dtype=float))
    fields = {
        "title": title,
        "values": values,
        "names": labels(names, len(values), "names"),
        "mark": None if mark is None else int(mark),
        "top": None if top is None else compact(top),
    }
    return Panel("bars", (len(values),), fields)


def same_reach(fields):
    """Where bars end, on the right and, when a value is negative, on the left of zero."""
    numbers = [value for one in fields for value in one["values"]]
    given = fields[0]["top"]
    return {"top": max(0, *numbers) if given is None else given, "low": min(0, *numbers)}


# ---- picture


def picture(image, *, title=None, box=None, size=160):
    """An image (H, W) or (3, H, W) with values 0..1, its pixels enlarged to about ``size``.

    ``box`` = (top, left, height, width), in pixels of the image, is outlined.
    """
    image = np.asarray(image, dtype=float)
    image = image[None] if image.ndim == 2 else image
    if image.ndim != 3 or len(image) not in (1, 3):
        raise ValueError(f"A picture is (H, W) or (3, H, W), not {image.shape}.")
    _, H, W = image.shape
    fields = {
        "title": title,
        "picture": png(image),
        "size": [H, W],
        "zoom": max(1, int(size // max(H, W))),
        "box": None if box is None else compact(box),
    }
    return Panel("picture", (H, W), fields)


# ---- curve


def curve(
    lines, *, title=None, x=None, at=None, xlabel=None, ylabel=None, log=False,
    marked=None, dashed=(), dots=(), ylim=None,
):  # fmt: skip
    """Lines over ``x``, a dict of name -> values; ``at`` is the index in ``x`` that has the dots.

    A line shorter than ``x`` ends early; NaN leaves a gap. ``log`` makes the vertical axis
    logarithmic, and leaves out what is not positive. ``marked`` names the one line to stress,
    ``dashed`` the lines to dash; ``dots`` are points (x, y) by themselves. Lines end at ``ylim``.
    """
    lines = {str(name): np.asarray(line, dtype=float) for name, line in lines.items()}
    longest = max((len(line) for line in lines.values()), default=0)
    x = np.arange(longest) if x is None else np.asarray(x, dtype=float)
    if longest == 0 or longest > len(x):
        raise ValueError(f"The longest line has {longest} points, x has {len(x)}.")
    if at is not None and not 0 <= at < len(x):
        raise ValueError(f"at={at} is no index of x, which has {len(x)} points.")
    for name in (*dashed, *([] if marked is None else [marked])):
        if name not in lines:
            raise ValueError(f"There is no line {name!r}; there are {', '.join(lines)}.")
    fields = {
        "title": title,
        "x": compact(x),
        "names": list(lines),
        "lines": [[point(v, log) for v in line] for line in lines.values()],
        "at": None if at is None else int(at),
        "xName": xlabel or "",
        "yName": ylabel or "",
        "log": bool(log),
        "marked": None if marked is None else list(lines).index(marked),
        "dashed": [list(lines).index(name) for name in dashed],
        "dots": np.round(np.reshape(dots, (-1, 2)).astype(float), 4).tolist(),
        "range": None if ylim is None else compact(ylim),
    }
    return Panel("curve", (tuple(lines), len(fields["dots"])), fields)


def point(value, log):
    """A height that can be drawn, or None."""
    drawable = np.isfinite(value) and (value > 0 or not log)
    return compact(value) if drawable else None


def same_axes(fields):
    """Ranges and ticks that hold all points of all frames."""
    log = fields[0]["log"]
    heights = np.array(
        [v for one in fields for line in one["lines"] for v in line if v is not None]
    )
    if not len(heights):
        raise ValueError("A curve has no point that can be drawn.")
    limits = fields[0]["range"]
    x_range = wide([v for one in fields for v in one["x"]])
    heights, margin = (heights, 0.05) if limits is None else (np.array(limits, float), 0.0)
    y_range = wide(np.log10(heights) if log else heights, margin)
    y_ticks = log_ticks(*y_range) if log else compact(ticks(y_range))
    return {
        "range": compact([x_range, y_range]),
        "xTicks": compact(ticks(x_range)),
        "yTicks": y_ticks,
    }


def wide(values, margin=0.0):
    """[lowest, highest], with a margin, and some room where all values are one."""
    low, high = float(np.min(values)), float(np.max(values))
    room = margin * (high - low) if high > low else 0.5
    return [low - room, high + room]


def log_ticks(low, high):
    """Round numbers from 10**low to 10**high: powers of ten, or 1, 2, 5 within a short range."""
    steps = (1,) if high - low >= 2 else (1, 2, 5)
    powers = range(int(np.floor(low)), int(np.ceil(high)) + 1)
    found = [k * 10.0**e for e in powers for k in steps if low <= e + np.log10(k) <= high]
    return compact(found[:: -(-len(found) // 6) or 1])


# ---- plane


def plane(
    dots, *, lines=None, contours=(), sticks=(), shade=None, x_range=None, y_range=None,
    title=None, xlabel=None, ylabel=None, square=False,
):  # fmt: skip
    """Dots in a plane, a dict of name -> places (n, 2), each group with a mark of its own.

    ``lines``, a dict of name -> (m, 2), are drawn as named lines with a dot at their end,
    ``contours`` [(m, 2), ...] as thin gray ones; ``sticks`` (k, 2, 2) join two places each.
    ``shade``, an image (3, H, W), lies below all. ``square``: both axes are equally long.
    """
    lines = {} if lines is None else lines
    x_range, y_range = (compact(r) if r is not None else None for r in (x_range, y_range))
    fields = {
        "title": title,
        "names": list(dots),
        "dots": [places(of, name) for name, of in dots.items()],
        "lineNames": list(lines),
        "lines": [places(of, name) for name, of in lines.items()],
        "contours": [places(of, "contours") for of in contours],
        "sticks": compact(np.asarray(sticks, dtype=float).reshape(-1, 4)),
        "range": [x_range, y_range],
        "xName": xlabel or "",
        "yName": ylabel or "",
        "square": bool(square),
        "picture": None if shade is None else png(np.asarray(shade, dtype=float)),
    }
    return Panel("plane", (*dots, *lines, shade is not None), fields)


def places(array, name):
    """(n, 2) places, rounded."""
    array = np.asarray(array, dtype=float)
    if array.ndim != 2 or array.shape[1] != 2:
        raise ValueError(f"{name} has shape {array.shape}, expected (n, 2): one place a row.")
    return compact(array)


def same_plane(fields):
    """Ranges and ticks that hold everything in all frames, unless a range is given."""
    ranges = []
    for axis in (0, 1):
        given = fields[0]["range"][axis]
        found = [at[axis] for one in fields for of in one["dots"] + one["lines"] for at in of]
        ranges.append(wide(found, margin=0.05) if given is None else given)
    return {"range": compact(ranges), "xTicks": compact(ticks(ranges[0])),
            "yTicks": compact(ticks(ranges[1]))}  # fmt: skip


# ---- words


def words(tokens, *, title=None, mark=(), wrong=(), faint=(), notes=None):
    """Tokens in a row that wraps: ``mark`` holds the indices of those to stress, ``wrong`` those
    that are errors, ``faint`` those not reached yet; ``notes`` is a small text under each.
    """
    tokens = [visible(token) for token in tokens]
    fields = {
        "title": title,
        "tokens": tokens,
        "notes": labels(notes, len(tokens), "notes"),
        **{
            style: flat_indices(indices, (1, len(tokens)))
            for style, indices in (("mark", mark), ("wrong", wrong), ("faint", faint))
        },
    }
    return Panel("words", (), fields)


RANGES = {"grid": same_scale, "bars": same_reach, "curve": same_axes, "plane": same_plane}
