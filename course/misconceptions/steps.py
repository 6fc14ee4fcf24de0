"""Known mistakes in the small steps: softmax, the ladder of convolution, gradient checking."""

from course.misconceptions.registry import known

NO_MAX = (
    "no-max",
    "The largest score was not subtracted, so `exp` overflows for large scores.",
    "How large is exp(1000)? Which shift leaves all probabilities as they are?",
)

known(
    "softmax",
    (NO_MAX[0], "p", *NO_MAX[1:], ("scores - scores.max(axis=-1, keepdims=True)", "scores")),
    (
        "wrong-axis",
        "p",
        "The probabilities add up to 1 over the first axis; they should over the last.",
        "Which axis are the classes?",
        ("p.sum(axis=-1, keepdims=True)", "p.sum(axis=0, keepdims=True)"),
    ),
    (
        "one-max-for-all",
        "p",
        "You subtracted the maximum of all rows. Each row needs its own, else others underflow.",
        "Which axis are the classes?",
        ("scores.max(axis=-1, keepdims=True)", "scores.max()"),
    ),
    (
        "one-sum-for-all",
        "p",
        "You divided by the sum of everything. Each row should add up to 1 on its own.",
        "What should the probabilities of one row add up to?",
        ("p.sum(axis=-1, keepdims=True)", "p.sum()"),
    ),
    (
        "not-normalized",
        "p",
        "The exponentials were not divided by their sum.",
        "What should the probabilities of one row add up to?",
        ("return p / p.sum(axis=-1, keepdims=True)", "return p"),
    ),
    (
        "logarithm",
        "p",
        "These are log-probabilities.",
        "May a probability be negative?",
        (
            "return p / p.sum(axis=-1, keepdims=True)",
            "return np.log(p / p.sum(axis=-1)[..., None])",
        ),
    ),
)

known(
    "cross_entropy",
    (
        *(NO_MAX[0], "losses", *NO_MAX[1:]),
        ("scores - scores.max(axis=1, keepdims=True)", "scores + 0"),
    ),
    (
        "sign",
        "losses",
        "The losses are negative: a log-probability is, so the loss is its negative.",
        "Should a better prediction have a smaller or a larger loss?",
        ("-logp[rows, y]", "logp[rows, y]"),
    ),
    (
        "summed",
        "losses",
        "The losses were added up; one for each row is asked for, (K,).",
        "How many losses are there?",
        ("-logp[rows, y]", "-logp[rows, y].sum()"),
    ),
    (
        "mean",
        "dscores",
        "The gradient was divided by the number of rows; here each row stands for itself.",
        "Does the loss of one row have a factor 1/K?",
        ("dscores[rows, y] -= 1", "dscores[rows, y] -= 1\n    dscores /= len(rows)"),
    ),
    (
        "no-minus-one",
        "dscores",
        "The gradient is the probability alone: at the right class 1 has to be subtracted.",
        "Each row of the gradient should add up to 0. Does yours?",
        ("    dscores[rows, y] -= 1\n", ""),
    ),
    (
        "all-rows",
        "dscores",
        "`dscores[:, y] -= 1` subtracts in *every* row, in all columns that y names.",
        "How many elements should be changed in all, and how many does your line change?",
        ("dscores[rows, y] -= 1", "dscores[:, y] -= 1"),
    ),
    (
        "log-of-zero",
        "losses",
        "You took the log of a probability that has underflowed to 0. Take the log of the formula "
        "first: log p = shifted - log(sum of exp).",
        "What is the log of exp(s) / total, written without a division?",
        ("-logp[rows, y]", "-np.log(np.exp(logp[rows, y]))"),
    ),
)

SIZE = "1 + (size + 2 * pad - window) // stride"
known(
    "output_size",
    (
        "without-one",
        "size",
        "It is one too small: the first window counts too.",
        "How many windows fit when the window is as large as the image?",
        (SIZE, SIZE.removeprefix("1 + ")),
    ),
    (
        "pad-counted-once",
        "size",
        "The padding was counted once, but there is some on both sides.",
        "How large is the image once it is padded?",
        (SIZE, SIZE.replace("2 * pad", "pad")),
    ),
    (
        "not-rounded-down",
        "size",
        "A window that does not fit whole was counted as part of one: round down with //.",
        "Can there be half a window?",
        (SIZE, SIZE.replace("//", "/")),
    ),
    (
        "rounded-up",
        "size",
        "You rounded up: a window that does not fit whole is left out.",
        "How many whole windows of 3 fit into 8 pixels in steps of 2?",
        (SIZE, "1 - (window - size - 2 * pad) // stride"),
    ),
    (
        "stride-ignored",
        "size",
        "The stride was not used.",
        "Where does the second window start?",
        (SIZE, SIZE.replace(" // stride", "")),
    ),
    (
        "pad-ignored",
        "size",
        "The padding was not used.",
        "How large is the image once it is padded?",
        (SIZE, SIZE.replace(" + 2 * pad", "")),
    ),
    (
        "accepts-anything",
        "size",
        "An impossible size was not refused: a window larger than the image, a stride of 0.",
        "What should happen when no window fits?",
        ('raise ValueError("no window fits")', "return 0"),
    ),
)

FLIPPED = (
    "The filter is flipped. In deep learning it is laid on the window as it stands.",
    "Which weight meets the top left pixel of a window?",
)
AVERAGED = (
    "The products were averaged over the window; they should be summed.",
    "Work out one output on paper and compare.",
)

known(
    "correlate",
    ("flipped", "out", *FLIPPED, ("* w)", "* w[::-1, ::-1])")),
    ("averaged", "out", *AVERAGED, (").sum()", ").mean()")),
    (
        "size-without-one",
        "out",
        "The output is one too small: the first window counts too.",
        "How many windows fit when the filter is as large as the image?",
        ("x.shape[0] - HH + 1, x.shape[1] - WW + 1", "x.shape[0] - HH, x.shape[1] - WW"),
    ),
    (
        "blocks",
        "out",
        "Windows were taken side by side; neighboring windows are 1 apart and overlap.",
        "Where does the second window start?",
        ("x[i : i + HH, j : j + WW]", "np.pad(x, 99)[99:, 99:][i * HH : , j * WW :][:HH, :WW]"),
    ),
    (
        "corner-only",
        "out",
        "Every output was made from the top left window.",
        "Where does (i, j) come into the window?",
        ("x[i : i + HH, j : j + WW]", "x[:HH, :WW]"),
    ),
    (
        "row-column-swapped",
        "out",
        "Row and column of the window are exchanged.",
        "i counts rows, j counts columns. Which comes first in x?",
        ("x[i : i + HH, j : j + WW]", "np.pad(x, ((0, 99), (0, 99)))[j : j + HH, i : i + WW]"),
    ),
)

STRIDES = "i * stride, j * stride"
known(
    "correlate_strided",
    ("flipped", "out", *FLIPPED, ("* w)", "* w[::-1, ::-1])")),
    ("averaged", "out", *AVERAGED, (").sum()", ").mean()")),
    (
        "windows-not-strided",
        "out",
        "The output has the right size, but neighboring windows are 1 apart instead of `stride`.",
        "At which row of the padded image does output row i start?",
        (STRIDES, "i, j"),
    ),
    (
        "stride-ignored",
        "out",
        "The stride was not used at all.",
        "Where does the second window start?",
        ("padded = np.pad(x, pad)", "padded, stride = np.pad(x, pad), 1"),
    ),
    (
        "pad-ignored",
        "out",
        "The padding was not used.",
        "How large is the image once it is padded?",
        ("padded = np.pad(x, pad)", "pad = 0\n    padded = x"),
    ),
    (
        "pad-one-side",
        "out",
        "All padding was put at the bottom and right; half of it belongs to the top and left.",
        "Which pixel of the padded image is x[0, 0]?",
        ("np.pad(x, pad)", "np.pad(x, (0, 2 * pad))"),
    ),
    (
        "pad-counted-once",
        "out",
        "In the output size the padding is counted once, but there is some on both sides.",
        "How high is the image once it is padded?",
        ("(H + 2 * pad - HH)", "(H + pad - HH)"),
        ("(W + 2 * pad - WW)", "(W + pad - WW)"),
    ),
)

known(
    "correlate_channels",
    (
        "no-bias",
        "out",
        "The bias was not added.",
        "What is in the signature that your code never uses?",
        (" + b[f]", ""),
    ),
    (
        "bias-per-channel",
        "out",
        "The bias was added once for every input channel; each output gets it once.",
        "Is the bias inside a loop or a sum?",
        (" + b[f]", " + C * b[f]"),
    ),
    (
        "first-channel-only",
        "out",
        "Only the first input channel was used; a filter covers all of them.",
        "What is the shape of one filter?",
        (
            "padded[:, top : top + HH, left : left + WW] * w[f]",
            "padded[0, top : top + HH, left : left + WW] * w[f, 0]",
        ),
    ),
    (
        "last-channel-only",
        "out",
        "Only the last channel is left: each one replaced those before instead of being added.",
        "`=` or `+=`?",
        (
            "padded[:, top : top + HH, left : left + WW] * w[f]",
            "padded[-1, top : top + HH, left : left + WW] * w[f, -1]",
        ),
    ),
    (
        "channels-averaged",
        "out",
        "The channels were averaged; they are added up.",
        "Work out one output on paper and compare.",
        (".sum() + b[f]", ".sum() / C + b[f]"),
    ),
    (
        "first-filter-only",
        "out",
        "Every map was made with the first filter.",
        "Where does f come into the sum?",
        ("* w[f]", "* w[0]"),
    ),
)

TWICE = "Is the loss averaged in this layer, or somewhere else?"
known(
    "conv_db",
    (
        "mean",
        "db",
        "db is a mean; the gradient of a bias that is added everywhere is a sum.",
        "How does out change when b[f] grows by a little?",
        (".sum(", ".mean("),
    ),
    (
        "divided-by-n",
        "db",
        "db was divided by N. If there is a 1/N, it is in dout already: you divide twice.",
        TWICE,
        ("(axis=(0, 2, 3))", "(axis=(0, 2, 3)) / len(dout)"),
    ),
    (
        "batch-not-summed",
        "db",
        "db was summed over the pixels but not over the batch.",
        "One bias serves every image of the batch.",
        ("(0, 2, 3)", "(2, 3)"),
    ),
    (
        "batch-only",
        "db",
        "db was summed over the batch but not over the pixels.",
        "One bias is added at every place.",
        ("(0, 2, 3)", "0"),
    ),
    (
        "wrong-axes",
        "db",
        "db was summed over the filters; there is one bias for each of them.",
        "Which axis has to stay?",
        ("(0, 2, 3)", "(1, 2, 3)"),
    ),
    (
        "everything",
        "db",
        "Everything was added up into one number; there is one bias for each filter.",
        "Which axis has to stay?",
        ("axis=(0, 2, 3)", ""),
    ),
)

known(
    "conv_dw",
    (
        "assigned",
        "dw",
        "`=` where it should be `+=`: dw holds only what the last window said.",
        "How many windows use the same weight?",
        ("* window", "* window * ((i, j) == (dout.shape[2] - 1, dout.shape[3] - 1))"),
    ),
    (
        "assigned-per-image",
        "dw",
        "`=` where it should be `+=`: dw holds only what the last window of the last image said.",
        "How many windows, of how many images, use the same weight?",
        ("dw[f] += ", "dw[f] = "),
    ),
    (
        "mean",
        "dw",
        "dw was divided by N. If there is a 1/N, it is in dout already: you divide twice.",
        TWICE,
        ("* window", "* window / len(x)"),
    ),
    (
        "flipped",
        "dw",
        "dw is flipped. The forward pass does not flip the filter, so nothing flips here.",
        "Which pixel of the window met w[f, c, 0, 0]?",
        ("* window", "* window[:, ::-1, ::-1]"),
    ),
    (
        "first-image",
        "dw",
        "dw comes from the first image of the batch only.",
        "The same weights look at every image.",
        ("* window", "* window * (n == 0)"),
    ),
    (
        "unpadded",
        "dw",
        "dw was made from the image without its padding: the windows are off by `pad`.",
        "Which array did the forward pass cut its windows from?",
        ("(pad, pad), (pad, pad)", "(0, 2 * pad), (0, 2 * pad)"),
    ),
    (
        "stride-ignored",
        "dw",
        "The stride was not used: windows were taken 1 apart.",
        "Where did the window of output (i, j) start in the forward pass?",
        (STRIDES, "i, j"),
    ),
    (
        "without-dout",
        "dw",
        "The windows were added up without dout.",
        "What does the chain rule multiply with?",
        ("dout[n, f, i, j] * window", "window"),
    ),
)

known(
    "conv_dx",
    (
        "assigned",
        "dx",
        "`=` where it should be `+=`: windows overlap, and each adds its part to dx.",
        "What happens in your code to a pixel that lies in two windows?",
        ("+= dout[n, f, i, j] * w[f]", "= np.tensordot(dout[n, :, i, j], w, 1)"),
    ),
    (
        "assigned-per-filter",
        "dx",
        "`=` where it should be `+=`: windows overlap, and filters too read the same pixels; only "
        "the last of each is left.",
        "What happens in your code to a pixel that lies in two windows, or that two filters read?",
        ("+= dout", "= dout"),
    ),
    (
        "assigned-per-tap",
        "dx",
        "`=` where it should be `+=`: a pixel is read at several places of the filter, and each "
        "adds its part to dx.",
        "What happens in your code to a pixel that lies in two windows?",
        ("np.ndindex(dout.shape)", "reversed(list(np.ndindex(dout.shape)))"),
        ("+= dout[n, f, i, j] * w[f]", "= np.tensordot(dout[n, :, i, j], w, 1)"),
    ),
    (
        "mean",
        "dx",
        "dx was divided by N. Images do not mix: nothing has to be averaged.",
        "Does the output of one image depend on the pixels of another?",
        ("* w[f]", "* w[f] / N"),
    ),
    (
        "flipped",
        "dx",
        "The filter is flipped in dx. If you wrote dx as a convolution of dout, the flip is right "
        "only there; here each window gets the filter as it stands.",
        "Which weight did the top left pixel of the window meet in the forward pass?",
        ("* w[f]", "* w[f][:, ::-1, ::-1]"),
    ),
    (
        "not-cropped",
        "dx",
        "The padding was not cut off: dx has the shape of the padded image.",
        "A gradient has the shape of the array that it belongs to.",
        ("dpadded[:, :, pad : pad + H, pad : pad + W]", "dpadded"),
    ),
    (
        "cropped-to-nothing",
        "dx",
        "Without padding nothing was kept: `pad:-pad` is then `0:-0`, and -0 is 0.",
        "What does `x[0:-0]` hold? Say where the picture ends in another way.",
        ("dpadded[:, :, pad : pad + H, pad : pad + W]", "dpadded[:, :, pad:-pad, pad:-pad]"),
    ),
    (
        "cropped-at-corner",
        "dx",
        "The padding was cut off at the bottom and right only; half of it is at the top and left.",
        "Which element of the padded image is x[..., 0, 0]?",
        ("dpadded[:, :, pad : pad + H, pad : pad + W]", "dpadded[:, :, :H, :W]"),
    ),
    (
        "stride-ignored",
        "dx",
        "The stride was not used: the gradients went to windows that are 1 apart.",
        "Where did the window of output (i, j) start in the forward pass?",
        (STRIDES, "i, j"),
    ),
    (
        "first-filter",
        "dx",
        "dx takes in only the first filter; every filter has read the pixel.",
        "Which axis of dout has to be summed over for dx?",
        ("* w[f]", "* w[f] * (f == 0)"),
    ),
)

known(
    "gradient_norms",
    (
        "no-slope",
        "norms",
        "The derivative of tanh is missing on the way back.",
        "What lies between one state and the next, besides Wh?",
        (" * (1 - h[t] ** 2)", ""),
    ),
    (
        "wh-transposed",
        "norms",
        "Wh is the wrong way round: going back, a column of gradients is multiplied with Wh, a "
        "row with its transpose.",
        "Forward it is `h @ Wh`. What does the gradient of h look like?",
        ("Wh @ ", "Wh.T @ "),
    ),
    (
        "not-rooted",
        "norms",
        "These are squared norms; the root is missing.",
        "How long is the vector (3, 4)?",
        ("np.sqrt((dh**2).sum())", "(dh**2).sum()"),
    ),
    (
        "one-step-late",
        "norms",
        "You took one step back before noting the norm: the last entry should be that of dlast.",
        "Which comes first: noting, or going back?",
        (
            "norms[t] = np.sqrt((dh**2).sum())\n        dh = Wh @ (dh * (1 - h[t] ** 2))",
            "dh = Wh @ (dh * (1 - h[t] ** 2))\n        norms[t] = np.sqrt((dh**2).sum())",
        ),
    ),
    (
        "reversed",
        "norms",
        "The norms came back last step first; norms[t] belongs to state t.",
        "At which place of the result does the norm of step t belong?",
        ("return norms", "return norms[::-1]"),
    ),
    (
        "slope-after-wh",
        "norms",
        "The derivative of tanh was applied after Wh; going back, the tanh of step t comes first.",
        "In which order are tanh and Wh undone?",
        ("Wh @ (dh * (1 - h[t] ** 2))", "(Wh @ dh) * (1 - h[t] ** 2)"),
    ),
)

known(
    "numeric_gradient",
    (
        "one-sided",
        "grad",
        "Only one side was moved: f(x + eps) - f(x). Moving both ways is far more exact.",
        "Which error is left of the order eps, and which cancels by symmetry?",
        ("x[index] = middle - eps", "x[index] = middle"),
        ("/ (2 * eps)", "/ eps"),
    ),
    (
        "divided-by-eps",
        "grad",
        "The difference was divided by eps, but the two points are 2 eps apart.",
        "How far is x + eps from x - eps?",
        ("/ (2 * eps)", "/ eps"),
    ),
    (
        "without-dout",
        "grad",
        "dout was not used: each output counts with its own upstream gradient.",
        "What is in the signature that your code never uses?",
        ("dout * (up - down)", "up - down"),
    ),
    (
        "not-restored",
        "grad",
        "The element was not put back after it was moved, so the next ones are measured elsewhere.",
        "What is x when the loop has ended?",
        ("        x[index] = middle\n", ""),
    ),
    (
        "same-array",
        "grad",
        "f may hand back x itself: then `up` and `down` are one array. Keep a copy of each.",
        "What does `up` hold after x has been moved again?",
        ("up = np.array(f(x))", "up = f(x)"),
        ("down = np.array(f(x))", "down = f(x)"),
    ),
    (
        "averaged",
        "grad",
        "The outputs were averaged; their parts add up.",
        "What does the chain rule do with several outputs?",
        ("np.sum(", "np.mean("),
    ),
    (
        "sign",
        "grad",
        "The difference is the wrong way round: down minus up.",
        "If f grows with x, should the slope be positive?",
        ("(up - down)", "(down - up)"),
    ),
    (
        "whole-numbers",
        "grad",
        "x holds whole numbers, so adding eps was rounded away: make it float64 first.",
        "What is 3 + 0.000001 in an array of integers?",
        ("np.array(x, dtype=np.float64)", "np.array(x)"),
    ),
)

known(
    "relative_error",
    (
        "absolute",
        "error",
        "This is the absolute difference; it has to be measured by the size of the numbers.",
        "Is 0.01 a large error for a gradient of 1000? For one of 0.01?",
        (" / np.maximum(size, floor)", ""),
    ),
    (
        "one-number",
        "error",
        "Only the largest error came back; one for each element is asked for.",
        "How would you find out *which* element is wrong?",
        (
            "np.abs(a - b) / np.maximum(size, floor)",
            "(np.abs(a - b) / np.maximum(size, floor)).max()",
        ),
    ),
    (
        "no-floor",
        "error",
        "The floor is missing: 1e-12 beside 0 counts as all wrong, and 0 beside 0 is 0/0.",
        "What is the error of 1e-12 where 0 is right?",
        ("np.maximum(size, floor)", "size"),
    ),
    (
        "floor-fixed",
        "error",
        "The floor does not follow the size of the array: 1e-3 of its largest |a| + |b|.",
        "Is 1e-9 small? Compared with what?",
        ("max(1e-3 * size.max(), 1e-9)", "1e-9"),
    ),
    (
        "signed",
        "error",
        "The errors have signs: take the magnitude.",
        "Can an error of -5 be smaller than a tolerance?",
        ("np.abs(a - b)", "(a - b)"),
    ),
    (
        "largest-of-both",
        "error",
        "You divided by the larger of the two; here by their sum |a| + |b|.",
        "What is the error when b = -a?",
        ("size = np.abs(a) + np.abs(b)", "size = np.maximum(np.abs(a), np.abs(b))"),
    ),
)
