"""The shapes that a layer takes and gives, as a picture: read from the function, drawn as SVG.

Inputs come from the ``check_shapes`` lines of the function, outputs from the first line of its
docstring. What a function does not say, the one of its name in ``scratch`` says for it.
"""

import ast
import html
import inspect
import re
import textwrap
from dataclasses import dataclass

from scratch import cnn_layers, layers, rnn_layers
from scratch.shapes import check_shapes, factors, parse

# Color (Okabe and Ito's, lightened until black letters are readable on them) and length in pixels.
# Letters that meet in no layer share a color: D and C come in, M and F go out.
LETTERS = {
    "N": ("#999999", 44), "C": ("#E69F00", 40), "H": ("#3B8FD1", 56), "W": ("#7FCDEE", 64),
    "F": ("#1BA97F", 72), "HH": ("#E06A10", 38), "WW": ("#D583B0", 44), "D": ("#E69F00", 52),
    "M": ("#1BA97F", 76), "T": ("#E06A10", 64), "V": ("#D583B0", 88),
}  # fmt: skip
OTHER = ("#B5A642", 50)
MONO = "font-family:var(--pst-font-family-monospace,monospace);font-size:13px"
FLEX = "display:flex;flex-wrap:wrap;align-items:center;gap:12px 20px"
SHEET = 7  # pixels from one sheet of a stack to the next


@dataclass(frozen=True)
class ShapeDiagram:
    """Named shapes that go in and come out, with the sizes of the letters that are known."""

    name: str
    inputs: tuple
    outputs: tuple
    sizes: dict

    def __repr__(self):
        return f"{self.name}: {self.sentence()}"

    def _repr_html_(self):
        before = "".join(array_html(*one, self.sizes) for one in self.inputs)
        after = "".join(array_html(*one, self.sizes) for one in self.outputs)
        arrow = (
            f'<span style="{MONO};text-align:center">{html.escape(self.name)}<br/>'
            '<span style="font-size:28px;line-height:1">→</span></span>'
        )
        return (
            f'<div role="img" class="course-shapes" style="{FLEX};padding:8px 0" '
            f'aria-label="{html.escape(self.sentence())}">{before}'
            f'<span style="{FLEX}">{arrow}{after}</span></div>'  # wraps as one where it can
        )

    def sentence(self):
        """What the picture shows, for those who cannot see it."""
        go = "go" if len(self.inputs) > 1 else "goes"
        come = "come" if len(self.outputs) > 1 else "comes"
        before, after = (", ".join(labeled(*one) for one in s) for s in (self.inputs, self.outputs))
        known = ", ".join(f"{letter} = {size}" for letter, size in self.sizes.items())
        return f"{before} {go} in, {after} {come} out" + f"; {known}" * bool(known)


def draw_shapes(function, *arrays):
    """A diagram of the arrays that ``function`` takes and gives, read from the function itself.

    ``draw_shapes(fc_forward)`` has letters only. ``draw_shapes(fc_forward, x, w, b)`` also has the
    sizes, and raises what ``check_shapes`` raises when the arrays do not fit.
    """
    inputs, outputs = shapes_of(function)
    if len(arrays) > len(inputs):
        names = ", ".join(name for name, _ in inputs)
        raise ValueError(f"{function.__name__} takes {names}: {len(arrays)} arrays are too many.")
    missing = [one for one, array in zip(inputs, arrays) if array is None]  # an input left out
    inputs = [one for one in inputs if one not in missing]
    given = [array for array in arrays if array is not None]
    pairs = [(one, array) for one, array in zip(inputs, given) if "+" not in "".join(one[1])]
    known, given = (
        [one for one, _ in pairs],
        [array for _, array in pairs],
    )  # D + A declares no size
    declaration = ", ".join(f"{name} ({', '.join(axes)})" for name, axes in known)
    axes = [axis for _, axes in known for axis in axes if axis != "..."]
    letters = dict.fromkeys(letter for _, letter in map(factors, axes) if letter)
    sizes = dict(zip(letters, check_shapes(declaration, *given)))
    return ShapeDiagram(function.__name__, tuple(inputs), tuple(outputs), sizes)


# ---- reading a function


def shapes_of(function):
    """What goes in and what comes out of a layer: two lists of (name, axes)."""
    name = getattr(function, "__name__", str(function))
    if "_backward" in name:
        return backward_shapes(function, name)
    versions = [function, *references(name)]
    found = [input_shapes(version) for version in versions]
    merged = {arg: axes for shapes in reversed(found) for arg, axes in shapes.items()}
    order = next((arguments(one) for one, shapes in zip(versions, found) if shapes), [])
    inputs = [(arg, merged[arg]) for arg in order if arg in merged]
    if not inputs:
        raise ValueError(
            f"{name} declares no shapes: write check_shapes('x (N, D)', x) in it, "
            "or '(N, D) -> (N, M)' into the first line of its docstring."
        )
    outputs = next(filter(None, (output_shapes(one, inputs) for one in versions)), None)
    if not outputs:
        raise ValueError(
            f"{name} does not say what comes out: write '-> (N, M)' into the first line of its "
            "docstring."
        )
    return inputs, outputs


def backward_shapes(function, name):
    """The forward layer turned around: upstream gradients go in, gradients of inputs come out."""
    forward_name = name.replace("_backward", "_forward")
    own = getattr(function, "__globals__", {}).get(forward_name)
    forward = own or next(iter(references(forward_name)), None)
    if forward is None:
        raise ValueError(f"{name} has no {forward_name} beside it to read its shapes from.")
    inputs, outputs = shapes_of(forward)
    upstream = [arg for arg in arguments(function) if arg != "cache"]
    said = [first_line(one) for one in [function, *references(name)]]
    named = [re.findall(r"\bd\w+", "".join(re.findall("``.*?``", line))) for line in said]
    named = next(filter(None, named), [])
    gradients = [(f"d{arg}", axes) for arg, axes in inputs]
    wanted = [one for one in gradients if one[0] in named] or gradients
    return [(arg, axes) for arg, (_, axes) in zip(upstream, outputs)], wanted


def references(name):
    """Functions of ``scratch`` that know the shapes of a function of this name."""
    modules = (layers, cnn_layers, rnn_layers)
    return [vars(m)[name] for m in modules if name in vars(m)]


def input_shapes(function):
    """Shapes of the array arguments, as far as the function itself tells them."""
    names, doc = arguments(function), (inspect.getdoc(function) or "").replace("``", "")
    told = re.findall(r"(\w+)(?: and (\w+))? (?:is|are) \(([^()]*)\)", doc)
    shapes = {name: axes_of(axes) for *both, axes in told for name in both}
    shapes |= declarations(function)
    before, _ = both_sides(function)
    left = [axes_of(axes) for axes in re.findall(r"\(([^()]*)\)", before)]
    left = left or [("...",)] * ("any shape" in before)
    for axes in shapes.values():  # what is declared already is not said of another argument
        if axes in left:
            left.remove(axes)
    shapes |= zip((name for name in names if name not in shapes), left)
    return {name: shapes[name] for name in names if name in shapes}


def declarations(function):
    """Name -> axes, from all the ``check_shapes`` lines of a function."""
    found = {}
    for call in nodes(function, ast.Call):
        called = getattr(call.func, "id", getattr(call.func, "attr", ""))
        line = getattr(call.args[0], "value", None) if call.args else None
        if called != "check_shapes" or not isinstance(line, str):
            continue  # an f-string checks a size that no letter stands for
        count, starred = len(call.args) - 1, any(isinstance(a, ast.Starred) for a in call.args)
        if len(parse(line)) != count and not starred:
            raise ValueError(
                f"{function.__name__} declares {line!r} for {count} arrays: each needs its name "
                "and its shape."
            )
        for name, axes in parse(line):
            if found.setdefault(name, axes) != axes:
                both = f"{labeled(name, found[name])} and also {labeled(name, axes)}"
                raise ValueError(f"{function.__name__} declares {both}.")
    return found


def output_shapes(function, inputs):
    """(name, axes) of what comes out, from ``-> ...`` in the first line of the docstring."""
    _, after = both_sides(function)
    if "same shape" in after:
        return [("out", inputs[0][1])]
    last = [one.value for one in nodes(function, ast.Return)][-1:]
    parts = [getattr(part, "id", "out") for one in last for part in getattr(one, "elts", [one])]
    outputs = [("loss", ())] if "(loss," in after else []
    for words, axes in re.findall(r"([\w ]*)\(([^()]*)\)", after):
        returned = "".join(parts[len(outputs) : len(outputs) + 1]) or "out"
        outputs.append((words.strip() if len(words.split()) == 1 else returned, axes_of(axes)))
    return outputs


def nodes(function, kind):
    """The parts of one kind in the source of a function, from top to bottom; none without it."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, TypeError, SyntaxError):
        return []
    found = [node for node in ast.walk(tree) if isinstance(node, kind)]
    return sorted(found, key=lambda node: node.lineno)


def first_line(function):
    """The first sentence of the docstring, as far as it stands in the first line."""
    return (inspect.getdoc(function) or "").partition("\n")[0].partition(". ")[0]


def both_sides(function):
    """What stands before and after ``->`` in the first line, without the code in it."""
    before, arrow, after = re.sub("``.*?``", "", first_line(function)).partition("->")
    return (before if arrow else ""), after


def arguments(function):
    """The names of the positional arguments; options stand behind the star and have no shape."""
    if not inspect.isfunction(function):
        return []
    parameters = inspect.signature(function).parameters.values()
    return [one.name for one in parameters if one.kind is one.POSITIONAL_OR_KEYWORD]


def axes_of(text):
    """``"N, H'"`` -> ``("N", "H'")``."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def labeled(name, axes):
    """``x (N, D)``, as a reader writes it."""
    if axes in ((), ("...",)):
        return f"{name} (any shape)" if axes else f"{name} (one number)"
    return f"{name} ({', '.join(axes)}{',' * (len(axes) == 1)})"


# ---- drawing


def array_html(name, axes, sizes):
    """One array with its name and its shape below."""
    label = html.escape(labeled(name, axes))
    return (
        '<span style="display:inline-flex;flex-direction:column;align-items:center;gap:4px">'
        f'{array_svg(axes, sizes)}<span style="{MONO}">{label}</span></span>'
    )


def array_svg(axes, sizes):
    """A strip, a rectangle, a stack of sheets, or a row of stacks: the last axis goes across."""
    *many, sheets, rows, cols = [None] * (3 - len(axes)) + list(axes)
    width, height, back = length(cols), length(rows), 2 * SHEET * bool(sheets)
    beside = max((chip_width(axis, sizes) + 8 for axis in (rows, sheets) if axis), default=0)
    below = chip_width(cols, sizes) if cols else 0
    left = max(beside, below / 2 - width / 2) + 4
    top = back + 10 + 26 * bool(many)
    bottom, right = top + height, left + width
    apart = width + back + 10  # from one stack to the next
    end = right + back + (apart + 24) * bool(many)
    total, tall = max(end, right + below / 2 - width / 2) + 4, bottom + (26 if cols else 4)
    parts = [sheets_of(left + k * apart, top, width, height, back) for k in range(1 + bool(many))]
    if cols:
        parts.append(axis_line(cols, left, bottom, right, bottom))
        parts.append(chip(cols, left + width / 2, bottom + 15, sizes))
    if rows:
        parts.append(axis_line(rows, left, top, left, bottom))
        x = left - 5 - chip_width(rows, sizes) / 2
        parts.append(chip(rows, x, top + height / 2 + back / 2, sizes))
    if sheets:
        parts.append(axis_line(sheets, left, top, left + back, top - back))
        parts.append(chip(sheets, left - 5 - chip_width(sheets, sizes) / 2, top - back + 3, sizes))
    if many:
        letters = " ".join(many)
        parts.append(axis_line(letters, left, 19, end, 19))
        parts.append(chip(letters, (left + end) / 2, 10, sizes))
        parts.append(words("⋯", end - 8, top + height / 2))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{total:g}" height="{tall:g}" '
        f'viewBox="0 0 {total:g} {tall:g}" aria-hidden="true">{"".join(parts)}</svg>'
    )


def sheets_of(x, y, width, height, back):
    """A sheet with a faint grid, and the edges of the sheets behind it."""
    behind = [
        f"M{x + k:g} {y - k + SHEET:g}v{-SHEET}h{width}v{height}h{-SHEET}"
        for k in range(SHEET, back + 1, SHEET)
    ]
    grid = [f"M{x + k:g} {y:g}v{height}" for k in range(12, width - 4, 12)]
    grid += [f"M{x:g} {y + k:g}h{width}" for k in range(12, height - 4, 12)]
    return (
        f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" fill="currentColor" '
        'fill-opacity="0.06" stroke="currentColor"/>'
        f'<path d="{"".join(grid)}" stroke="currentColor" stroke-opacity="0.2" fill="none"/>'
        f'<path d="{"".join(behind)}" stroke="currentColor" fill="none"/>'
    )


def axis_line(axis, x1, y1, x2, y2):
    """The edge along which a letter counts; what is primed is dashed."""
    dashed = ' stroke-dasharray="5 3"' if axis.endswith("'") else ""
    return (
        f'<line x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}" stroke="{color(axis)}" '
        f'stroke-width="4"{dashed}/>'
    )


def chip(axis, x, y, sizes):
    """A letter on its color, with its size where that is known."""
    width = chip_width(axis, sizes)
    edge = ' stroke="currentColor" stroke-dasharray="3 2"' if axis.endswith("'") else ""
    return (
        f'<rect x="{x - width / 2:g}" y="{y - 8.5:g}" width="{width:g}" height="17" rx="4" '
        f'fill="{color(axis)}"{edge}/>' + words(chip_text(axis, sizes), x, y, "#111")
    )


def words(text, x, y, fill="currentColor"):
    return (
        f'<text x="{x:g}" y="{y + 4:g}" font-size="12" font-weight="600" text-anchor="middle" '
        f'font-family="monospace" fill="{fill}">{html.escape(text)}</text>'
    )


def chip_text(axis, sizes):
    times, letter = factors(axis) if axis[:1] != "." and " " not in axis else (1, axis)
    size = f" = {times * sizes[letter]}" if letter in sizes else ""
    return axis.replace("...", "…").replace("'", "′") + size


def chip_width(axis, sizes):
    return 7.3 * len(chip_text(axis, sizes)) + 8


def color(axis):
    """The color of a letter; H' and 4H have that of H."""
    return LETTERS.get(axis.strip("'0123456789"), OTHER)[0]


def length(axis):
    """Pixels along an axis, the same for the same letter, less when primed, more when multiplied.

    A cell for none.
    """
    if axis is None:
        return 14
    full = LETTERS.get(axis.strip("'0123456789"), OTHER)[1]
    full = round(full * (1 + (factors(axis)[0] - 1) / 3)) if axis[0].isdigit() else full
    return round(full * 0.8) if axis.endswith("'") else full
