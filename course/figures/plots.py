"""Figures that chapters and notebooks share: training curves, filters, pictures with captions.

Colors are those of Okabe and Ito, which readers with any kind of color vision can tell apart; right
and wrong differ by a mark as well. Every function takes plain arrays and returns the figure.
"""

import textwrap

import matplotlib.pyplot as plt
import numpy as np

BLUE, ORANGE, GREEN, VERMILION = "#0072B2", "#E69F00", "#009E73", "#D55E00"
GRAY = "#595959"
DIVERGING = "PuOr_r"  # purple - white - orange, readable with any color vision
MARKS = {True: ("✓", BLUE), False: ("✗", "#A84300"), None: ("", "black")}  # dark enough for text


def new_figure(rows=1, cols=1, *, width, height, **options):
    """A figure in the course's look: thin axes, no upper and right spine, quiet grid lines."""
    look = {
        "figure.dpi": 100,
        "font.size": 10,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.edgecolor": GRAY,
        "figure.facecolor": "white",  # also on a dark page
    }
    with plt.rc_context(look):
        return plt.subplots(rows, cols, figsize=(width, height), layout="constrained", **options)


def running_mean(values, window):
    """Mean over the last ``window`` values at each place (fewer at the start)."""
    sums = np.cumsum(np.concatenate([[0.0], values]))
    ends = np.arange(1, len(sums))
    starts = np.maximum(ends - window, 0)
    return (sums[ends] - sums[starts]) / (ends - starts)


def training_curves(
    loss_history, train_acc_history, val_acc_history, *, accuracy="accuracy", step="step"
):
    """Loss of every step on the left; training and validation accuracy by epoch on the right.

    ``step`` says what a point of the loss stands for.
    """
    fig, (left, right) = new_figure(1, 2, width=9, height=3.2)
    steps = np.arange(1, len(loss_history) + 1)
    left.plot(steps, loss_history, color=BLUE, alpha=0.25, linewidth=0.8, label=f"each {step}")
    window = max(len(loss_history) // 50, 1)
    smooth = running_mean(np.asarray(loss_history, float), window)
    left.plot(steps, smooth, color=BLUE, linewidth=1.8, label=f"mean of {window} {step}s")
    left.set(xlabel=step, ylabel="training loss", ylim=(0, None))
    epochs = np.arange(len(val_acc_history))
    for history, color, marker, label in (
        (train_acc_history, ORANGE, "o", "training"),
        (val_acc_history, BLUE, "s", "validation"),
    ):
        right.plot(epochs, history, color=color, marker=marker, markersize=4, label=label)
    right.set(xlabel="epoch", ylabel=accuracy, ylim=(0, 1.02))
    right.xaxis.get_major_locator().set_params(integer=True)
    for axes in (left, right):
        axes.grid(axis="y", color="#DDDDDD", linewidth=0.6)
        axes.set_axisbelow(True)
        axes.legend(frameon=False)
    return fig


def filter_grid(W, *, title="", max_inputs=8):
    """Filters ``W`` (F, C, HH, WW) as a grid: in color when C is 3, else one column an input map.

    In color each filter is stretched to its own range. Otherwise each row is one filter on a scale
    of its own: purple is negative, white zero, orange positive.
    """
    F, C = W.shape[:2]
    if C == 3:
        cols = min(F, 8)
        fig, axes = new_figure(-(-F // cols), cols, width=cols, height=1.1 * -(-F // cols) + 0.3)
        axes = np.atleast_1d(axes).ravel()
        for f, filt in enumerate(W):
            low, high = filt.min(), filt.max()
            axes[f].imshow(((filt - low) / (high - low + 1e-12)).transpose(1, 2, 0))
            axes[f].set_title(str(f), fontsize=8)
        fig.flows = True
    else:
        rows, cols = (F, min(C, max_inputs)) if C > 1 else (-(-F // 8), min(F, 8))
        fig, axes = new_figure(rows, cols, width=0.62 * cols + 0.6, height=0.62 * rows + 0.4)
        axes = np.atleast_1d(axes).ravel()
        limits = np.abs(W).max(axis=(1, 2, 3)).repeat(min(C, cols))  # one scale for each filter
        for axis, filt, limit in zip(axes, W[:, :cols].reshape(-1, *W.shape[2:]), limits):
            axis.imshow(filt, cmap=DIVERGING, vmin=-limit, vmax=limit)
        if C > 1:
            for f in range(F):
                axes[f * cols].set_ylabel(str(f), rotation=0, labelpad=8, va="center", fontsize=8)
    bare(axes)
    fig.suptitle(title, fontsize=11)
    return fig


def image_grid(images, titles=None, *, right=None, cols=6, title="", wrap=20, size=1.5):
    """Pictures (N, C, H, W) in a grid, each with its text; ``right[n]`` adds a ✓ or a ✗."""
    N = len(images)
    cols = min(cols, N)
    rows = -(-N // cols)
    texts = [
        textwrap.fill(str(text), wrap) for text in (titles if titles is not None else [""] * N)
    ]
    lines = max(text.count("\n") + 1 for text in texts) if any(texts) else 0
    height = rows * (size + 0.17 * lines) + (0.35 if title else 0.05)
    fig, axes = new_figure(rows, cols, width=max(size, wrap * 0.078) * cols, height=height)
    axes = np.atleast_1d(axes).ravel()
    marks = [None] * N if right is None else [bool(r) for r in right]
    for axis, image, text, ok in zip(axes, images, texts, marks):
        show(axis, image)
        mark, color = MARKS[ok]
        axis.set_xlabel(f"{mark} {text}".strip(), fontsize=8, color=color)
    bare(axes)
    for axis in axes[N:]:
        axis.set_visible(False)
    fig.suptitle(title, fontsize=11)
    fig.flows = True  # on a phone into fewer columns
    return fig


def captioned_images(images, written, truth, right, *, cols=4, wrap=33):
    """Pictures with the caption that the model wrote (✓ or ✗) above and the true one below."""
    N = len(images)
    cols = min(cols, N)
    rows = -(-N // cols)
    fig, axes = new_figure(rows, cols, width=2.6 * cols, height=2.75 * rows)
    axes = np.atleast_1d(axes).ravel()
    for axis, image, mine, true, ok in zip(axes, images, written, truth, right):
        show(axis, image)
        mark, color = MARKS[bool(ok)]
        axis.set_title(textwrap.fill(f"{mark} {mine}", wrap), fontsize=8, color=color)
        axis.set_xlabel(textwrap.fill(true, wrap), fontsize=8, color=GRAY)
    bare(axes)
    for axis in axes[N:]:
        axis.set_visible(False)
    fig.flows = True
    return fig


def confusion_grid(counts, names):
    """Confusion matrix (C, C): rows are the true classes, columns what was predicted."""
    fig, axis = new_figure(width=5.2, height=4.6)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    axis.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for (row, col), count in np.ndenumerate(counts):
        if count:
            color = "white" if shares[row, col] > 0.5 else "black"
            axis.text(col, row, str(count), ha="center", va="center", fontsize=7, color=color)
    axis.set_xticks(range(len(names)), names, rotation=45, ha="right")
    axis.set_yticks(range(len(names)), names)
    axis.set(xlabel="predicted", ylabel="true")
    axis.spines[:].set_visible(False)
    return fig


def show(axis, image):
    """Draw one picture (C, H, W): in color when C is 3, else in gray."""
    if len(image) == 3:
        axis.imshow(np.clip(image.transpose(1, 2, 0), 0, 1))
    else:
        axis.imshow(image[0], cmap="gray")


def bare(axes):
    """Take ticks and frames away, keep the labels."""
    for axis in np.ravel(axes):
        axis.set(xticks=[], yticks=[])
        axis.spines[:].set_visible(False)


def box(axis, x, y, text, color="white", size=10):
    """A rounded box with text, around a place in a drawing."""
    style = {"boxstyle": "round,pad=0.35", "facecolor": color, "edgecolor": GRAY}
    axis.text(x, y, text, ha="center", va="center", fontsize=size, bbox=style)


def arrow(axis, start, end, *, color=GRAY, text="", shift=(0, 0.1), bend=0.0):
    """An arrow from place to place, perhaps bent, with a text beside its middle."""
    shape = {"arrowstyle": "->", "color": color, "linewidth": 1.4}
    shape["connectionstyle"] = f"arc3,rad={bend}"
    axis.annotate("", end, start, arrowprops=shape)
    middle = [(a + b) / 2 + s for a, b, s in zip(start, end, shift)]
    axis.text(*middle, text, ha="center", va="center", fontsize=9, color=color)
