"""A slope, measured by nudging: forward and central differences."""

import numpy as np

from course.figures.element import Figure
from course.figures.numbers import compact, ticks


def slope_stepper(f=None, at=2.0, *, name="x³", slope=12.0, nudges=None, caption=None):
    """Forward and central differences of a function at one point, as the nudge gets smaller."""
    f = f or (lambda x: x**3)
    nudges = [1.0, 0.8, 0.6, 0.4, 0.2, 0.1, 0.05, 0.01] if nudges is None else nudges
    line = np.linspace(at - 1.4, at + 1.4, 57)
    data = {
        "name": name, "at": compact([at, f(at)]), "slope": compact(slope),
        "curve": compact([line, f(line)]), "ticks": [compact(ticks(v)) for v in (line, f(line))],
        "modes": [
            {"label": label, "frames": [slope_frame(f, at, h, slope, sides) for h in nudges]}
            for label, sides in (("Forward difference", 1), ("Central difference", 2))
        ],
        "caption": caption or "The dashed line is the tangent. Make the nudge smaller, and "
        "compare how fast the two kinds of difference come close to it.",
    }  # fmt: skip
    summary = (
        f"The curve {name} with a line through two of its points around x = {at:g}, for nudges "
        f"from {nudges[0]:g} to {nudges[-1]:g}: forward differences, then central differences."
    )
    return Figure("slope", data, summary)


def slope_frame(f, at, h, slope, sides):
    """One nudge: the two points that a line is laid through, its slope, and how far that is off."""
    low, high = (at - h if sides == 2 else at), at + h
    measured = (f(high) - f(low)) / (high - low)
    ends = np.array([[low, f(low)], [high, f(high)]]).round(4).tolist()
    return {
        "h": h,
        "ends": ends,
        "slope": round(measured, 6),
        "error": compact(abs(measured - slope)),
    }
