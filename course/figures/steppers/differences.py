"""A slope, measured by nudging: forward and central differences."""

import numpy as np

from course.figures.panels import curve, panels_stepper

CAPTION = (
    "The dashed line is the tangent. Make the nudge smaller, and compare how fast the two kinds of "
    "difference come close to it."
)


def slope_stepper(f=None, at=2.0, *, name="x³", slope=12.0, nudges=None, caption=None):
    """Forward and central differences of a function at one point, as the nudge gets smaller."""
    f = f or (lambda x: x**3)
    nudges = [1.0, 0.8, 0.6, 0.4, 0.2, 0.1, 0.05, 0.01] if nudges is None else nudges
    frames = {
        label: [slope_frame(f, at, h, slope, sides, name) for h in nudges]
        for label, sides in (("Forward difference", 1), ("Central difference", 2))
    }
    alt = (
        f"The curve {name} with a line through two of its points around x = {at:g}, for nudges "
        f"from {nudges[0]:g} to {nudges[-1]:g}: forward differences, then central differences."
    )
    return panels_stepper(frames, alt=alt, caption=caption or CAPTION)


def slope_frame(f, at, h, slope, sides, name):
    """One nudge: a line through two points of the curve, its slope, and how far that is off."""
    low, high, measured = difference(f, at, h, sides)
    x = np.linspace(at - 1.4, at + 1.4, 29)
    lines = {
        name: f(x),
        "tangent": f(at) + slope * (x - at),
        "difference": f(low) + measured * (x - low),
    }
    panel = curve(
        lines, x=x, xlabel="x", ylabel="f(x)", dashed=["tangent"],
        dots=[(low, f(low)), (high, f(high))], ylim=(f(x).min(), f(x).max()),
    )  # fmt: skip
    text = (
        f"h = {h:g}: (f({high:g}) − f({low:g})) / {high - low:.4g} = {measured:.6g}. The slope is "
        f"{slope:g}, so it is off by {abs(measured - slope):.2g}."
    )
    return text, [panel]


def difference(f, at, h, sides):
    """The two places that a nudge compares, and the slope between them."""
    low, high = (at - h if sides == 2 else at), at + h
    return low, high, (f(high) - f(low)) / (high - low)
