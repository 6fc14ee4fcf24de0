"""Figures for chapters and notebooks: those that move, and pictures by matplotlib.

from course import figures

figures.conv_stepper(x, w)          # any of the steppers, by its name
from course.figures.live import live            # the same under controls, where a kernel runs
from course.figures import panels, plots        # frames of one's own; training curves, filters
"""

from course.figures.element import Figure
from course.figures.steppers.caption_words import caption_stepper
from course.figures.steppers.convolution import conv_stepper, im2col_stepper
from course.figures.steppers.differences import slope_stepper
from course.figures.steppers.fully_connected import fc_stepper
from course.figures.steppers.graph import graph_stepper
from course.figures.steppers.pooling import max_pool_stepper
from course.figures.steppers.race import optimizer_race
from course.figures.steppers.recurrence import gradient_norm_figure, rnn_stepper
from course.figures.steppers.scores import softmax_slider

__all__ = [
    "Figure",
    "caption_stepper",
    "conv_stepper",
    "fc_stepper",
    "gradient_norm_figure",
    "graph_stepper",
    "im2col_stepper",
    "max_pool_stepper",
    "optimizer_race",
    "rnn_stepper",
    "slope_stepper",
    "softmax_slider",
]
