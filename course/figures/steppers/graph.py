"""A small computation graph, forward and backward."""

import ast

import numpy as np

from course.figures.element import Figure
from course.figures.numbers import compact

# An operation: its sign, its value, and its derivative by each input (given inputs and output).
OPERATIONS = {
    "Add": ("+", lambda a, b: a + b, lambda a, b, out: (1, 1)),
    "Sub": ("\u2212", lambda a, b: a - b, lambda a, b, out: (1, -1)),
    "Mult": ("\u00b7", lambda a, b: a * b, lambda a, b, out: (b, a)),
    "Div": ("/", lambda a, b: a / b, lambda a, b, out: (1 / b, -a / b**2)),
    "relu": ("relu", lambda a: max(a, 0.0), lambda a, out: (float(a > 0),)),
    "tanh": ("tanh", np.tanh, lambda a, out: (1 - out**2,)),
    "exp": ("exp", np.exp, lambda a, out: (out,)),
    "log": ("log", np.log, lambda a, out: (1 / a,)),
    "square": ("square", lambda a: a**2, lambda a, out: (2 * a,)),
    "sigmoid": ("\u03c3", lambda a: 1 / (1 + np.exp(-a)), lambda a, out: (out * (1 - out),)),
}


def graph_stepper(inputs, nodes, *, caption=None):
    """A small computation graph: values forward, node by node, then gradients backward.

    ``graph_stepper({"x": 2, "w": -3}, {"p": "x * w", "y": "tanh(p)"})``: one operation a node, the
    last node is the output. A value used twice collects two gradients.
    """
    graph = {name: parse_node(expression) for name, expression in nodes.items()}
    values = {name: float(value) for name, value in inputs.items()}
    for name, (kind, args) in graph.items():
        values[name] = float(OPERATIONS[kind][1](*(values[a] for a in args)))
    data = {
        "inputs": list(inputs), "values": {name: compact(v) for name, v in values.items()},
        "nodes": [[name, OPERATIONS[kind][0], args] for name, (kind, args) in graph.items()],
        "backward": graph_backward(graph, values),
        "caption": caption or "Go forward to the output, then backward: each node multiplies the "
        "gradient that arrives by its own slopes and hands it on. Where paths meet, gradients add.",
    }  # fmt: skip
    steps = "; ".join(f"{name} = {expression}" for name, expression in nodes.items())
    summary = f"A computation graph, values forward and gradients backward: {steps}"
    return Figure("graph", data, summary)


def parse_node(expression):
    """``"x * w"`` -> ("Mult", ["x", "w"]); ``"tanh(p)"`` -> ("tanh", ["p"])."""
    tree = ast.parse(expression, mode="eval").body
    if isinstance(tree, ast.BinOp):
        kind, args = type(tree.op).__name__, [tree.left, tree.right]
    elif isinstance(tree, ast.Call):
        kind, args = tree.func.id, tree.args
    else:
        kind, args = "", []
    if kind not in OPERATIONS or not all(isinstance(arg, ast.Name) for arg in args):
        raise ValueError(
            f"{expression!r}: expected one operation on names, as in 'x * w', 'tanh(p)'."
        )
    return kind, [arg.id for arg in args]


def graph_backward(graph, values):
    """For each node, last first: its gradient, and for each input [name, slope, share, total]."""
    gradients = dict.fromkeys(values, 0.0)
    gradients[list(graph)[-1]] = 1.0
    frames = []
    for name, (kind, args) in reversed(graph.items()):
        slopes = OPERATIONS[kind][2](*(values[a] for a in args), values[name])
        shares = []
        for arg, slope in zip(args, slopes):
            share = gradients[name] * slope
            gradients[arg] += share
            shares.append([arg, compact(slope), compact(share), compact(gradients[arg])])
        frames.append({"node": name, "gradient": compact(gradients[name]), "shares": shares})
    return frames
