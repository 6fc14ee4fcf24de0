"""Known mistakes in convolution and max-pooling."""

from course.misconceptions.registry import known

PAD = "np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))"

known(
    "conv_forward",
    (
        "flipped",
        "out",
        "The filter is flipped. In deep learning it is laid on the window as it stands.",
        "Which weight meets the top left pixel of a window?",
        ("np.tensordot(window, w,", "np.tensordot(window, w[:, :, ::-1, ::-1],"),
    ),
    (
        "filter-transposed",
        "out",
        "Rows and columns of the filter are exchanged. A filter that is not square shows it.",
        "Which axis of w is its height?",
        ("np.tensordot(window, w,", "np.tensordot(window, w.transpose(0, 1, 3, 2),"),
    ),
    (
        "stride-ignored",
        "out",
        "The stride was not used at all.",
        "Where does the second window start?",
        ("    N, C, H, W = x.shape", "    stride = 1\n    N, C, H, W = x.shape"),
    ),
    (
        "windows-not-strided",
        "out",
        "The output has the right size, but neighboring windows are 1 apart instead of `stride`.",
        "At which row of the padded image does output row i start?",
        ("i * stride, j * stride", "i, j"),
    ),
    (
        "stride-one-direction",
        "out",
        "The stride was used for the rows but not for the columns.",
        "At which column of the padded image does output column j start?",
        ("i * stride, j * stride", "i * stride, j"),
    ),
    (
        "pad-ignored",
        "out",
        "The padding was not used.",
        "How large is the image once it is padded?",
        ("    N, C, H, W = x.shape", "    pad = 0\n    N, C, H, W = x.shape"),
    ),
    (
        "pad-one-side",
        "out",
        "All padding was put at the bottom and right; half of it belongs to the top and left.",
        "Which pixel of the padded image is x[..., 0, 0]?",
        ("(pad, pad), (pad, pad)", "(0, 2 * pad), (0, 2 * pad)"),
    ),
    (
        "pad-with-edge",
        "out",
        "The image was padded with copies of its border; it should be padded with zeros.",
        "What does `np.pad` fill in?",
        (PAD, PAD[:-1] + ', mode="edge")'),
    ),
    (
        "pad-counted-once",
        "out",
        "In the output size the padding is counted once, but there is some on both sides.",
        "How high is the image once it is padded?",
        ("(H + 2 * pad - HH)", "(H + pad - HH)"),
        ("(W + 2 * pad - WW)", "(W + pad - WW)"),
    ),
    (
        "size-without-one",
        "out",
        "The output is one too small: the first window counts too.",
        "How many windows fit when the filter is as large as the image?",
        ("1 + (H + 2 * pad - HH) // stride", "(H + 2 * pad - HH) // stride"),
        ("1 + (W + 2 * pad - WW) // stride", "(W + 2 * pad - WW) // stride"),
    ),
    (
        "height-width-swapped",
        "out",
        "Height and width are exchanged. Square images hide it.",
        "The shape is (N, C, H, W): which comes first?",
        ("N, C, H, W = x.shape", "N, C, W, H = x.shape"),
    ),
    (
        "no-bias",
        "out",
        "The bias was not added.",
        "What happens in your code when b is not None?",
        ("    if b is not None:\n        out += b[:, None, None]\n", ""),
    ),
    (
        "bias-per-channel",
        "out",
        "The bias was added once for every input channel; each output gets it once.",
        "Is the bias inside a loop or a sum?",
        ("out += b[:, None, None]", "out += C * b[:, None, None]"),
    ),
    (
        "first-channel-only",
        "out",
        "Only the first input channel was used; a filter covers all of them.",
        "What is the shape of one filter?",
        ("np.tensordot(window, w,", "np.tensordot(window[:, :1], w[:, :1],"),
    ),
    (
        "averaged",
        "out",
        "The products were averaged over the window; they should be summed.",
        "Work out one output on paper and compare.",
        ("([1, 2, 3], [1, 2, 3]))", "([1, 2, 3], [1, 2, 3])) / w[0].size"),
    ),
    (
        "float64",
        "out",
        "The numbers are right, but float32 came in and float64 went out: `np.zeros` makes "
        "float64 unless you tell it otherwise.",
        "Which line makes a new array, and of which dtype?",
        ("(N, F, H_out, W_out), x.dtype", "(N, F, H_out, W_out)"),
    ),
)

ADD_TO_DX = "dpadded[:, :, top : top + HH, left : left + WW] += np.tensordot(g, w, 1)"

known(
    "conv_backward",
    (
        "dx-assigned",
        "dx",
        "`=` where it should be `+=`: windows overlap, and each adds its part to dx.",
        "What happens in your code to a pixel that lies in two windows?",
        (ADD_TO_DX, ADD_TO_DX.replace("+=", "=")),
    ),
    (
        "dx-assigned-per-filter",
        "dx",
        "`=` where it should be `+=`: windows overlap, and filters too read the same pixels; only "
        "the last of each is left.",
        "What happens in your code to a pixel that lies in two windows, or that two filters read?",
        (ADD_TO_DX, ADD_TO_DX.replace("+= np.tensordot(g, w", "= np.tensordot(g[:, -1:], w[-1:]")),
    ),
    (
        "dx-assigned-per-tap",
        "dx",
        "`=` where it should be `+=`: a pixel is read at several places of the filter, and each "
        "adds its part to dx.",
        "What happens in your code to a pixel that lies in two windows?",
        ("range(dout.shape[2])", "reversed(range(dout.shape[2]))"),
        ("range(dout.shape[3])", "reversed(range(dout.shape[3]))"),
        (ADD_TO_DX, ADD_TO_DX.replace("+=", "=")),
    ),
    (
        "dw-assigned",
        "dw",
        "`=` where it should be `+=`: dw holds only what the last window said.",
        "How many windows use the same weight?",
        ("dw += np.tensordot", "dw = np.tensordot"),
    ),
    (
        "dw-assigned-per-image",
        "dw",
        "`=` where it should be `+=`: dw holds only what the last window of the last image said.",
        "How many windows, of how many images, use the same weight?",
        (
            "dw += np.tensordot(g, window, ([0], [0]))",
            "dw = np.tensordot(g[-1:], window[-1:], ([0], [0]))",
        ),
    ),
    (
        "dw-mean",
        "dw",
        "dw was divided by N. If there is a 1/N, it is in dout already: you divide twice.",
        "Is the loss averaged in this layer, or somewhere else?",
        ("([0], [0]))", "([0], [0])) / N"),
    ),
    (
        "dw-first-image",
        "dw",
        "dw comes from the first image of the batch only.",
        "The same weights look at every image.",
        ("np.tensordot(g, window, ([0], [0]))", "np.tensordot(g[:1], window[:1], ([0], [0]))"),
    ),
    (
        "dw-flipped",
        "dw",
        "dw is flipped. The forward pass does not flip the filter, so nothing flips here.",
        "Which pixel of the window met w[f, c, 0, 0]?",
        ("    dx = dpadded", "    dw = dw[:, :, ::-1, ::-1]\n    dx = dpadded"),
    ),
    (
        "dw-unpadded",
        "dw",
        "dw was made from the image without its padding: the windows are off by `pad`.",
        "Which array did the forward pass cut its windows from?",
        (
            "window = padded[:, :, top : top + HH, left : left + WW]",
            "window = np.pad(x, ((0, 0), (0, 0), (0, 2 * pad), (0, 2 * pad)))"
            "[:, :, top : top + HH, left : left + WW]",
        ),
    ),
    (
        "dx-flipped",
        "dx",
        "The filter is flipped in dx. If you wrote dx as a convolution of dout, the flip is right "
        "only there; here each window gets the filter as it stands.",
        "Which weight did the top left pixel of the window meet in the forward pass?",
        ("+= np.tensordot(g, w, 1)", "+= np.tensordot(g, w[:, :, ::-1, ::-1], 1)"),
    ),
    (
        "dx-mean",
        "dx",
        "dx was divided by N. Images do not mix: nothing has to be averaged.",
        "Does the output of one image depend on the pixels of another?",
        ("np.tensordot(g, w, 1)", "np.tensordot(g, w, 1) / N"),
    ),
    (
        "dx-first-filter",
        "dx",
        "dx takes in only the first filter; every filter has read the pixel.",
        "Which axis of dout has to be summed over for dx?",
        ("np.tensordot(g, w, 1)", "np.tensordot(g[:, :1], w[:1], 1)"),
    ),
    (
        "dx-not-cropped",
        "dx",
        "The padding was not cut off: dx has the shape of the padded image.",
        "A gradient has the shape of the array that it belongs to.",
        ("dpadded[:, :, pad : pad + H, pad : pad + W]", "dpadded"),
    ),
    (
        "dx-cropped-to-nothing",
        "dx",
        "Without padding nothing was kept: `pad:-pad` is then `0:-0`, and -0 is 0.",
        "What does `x[0:-0]` hold? Say where the picture ends in another way.",
        ("dpadded[:, :, pad : pad + H, pad : pad + W]", "dpadded[:, :, pad:-pad, pad:-pad]"),
    ),
    (
        "dx-cropped-at-corner",
        "dx",
        "The padding was cut off at the bottom and right only; half of it is at the top and left.",
        "Which element of the padded image is x[..., 0, 0]?",
        ("dpadded[:, :, pad : pad + H, pad : pad + W]", "dpadded[:, :, :H, :W]"),
    ),
    (
        "height-width-swapped",
        "dx",
        "Height and width are exchanged. Square images hide it.",
        "The shape is (N, C, H, W): which comes first?",
        ("N, C, H, W = x.shape", "N, C, W, H = x.shape"),
    ),
    (
        "stride-ignored",
        "dx",
        "The stride was not used: the gradients went to windows that are 1 apart.",
        "Where did the window of output (i, j) start in the forward pass?",
        ("i * stride, j * stride", "i, j"),
    ),
    (
        "db-mean",
        "db",
        "db is a mean; the gradient of a bias that is added everywhere is a sum.",
        "How does out change when b[f] grows by a little?",
        ("dout.sum(axis=(0, 2, 3))", "dout.mean(axis=(0, 2, 3))"),
    ),
    (
        "db-divided-by-n",
        "db",
        "db was divided by N. If there is a 1/N, it is in dout already: you divide twice.",
        "Is the loss averaged in this layer, or somewhere else?",
        ("dout.sum(axis=(0, 2, 3))", "dout.sum(axis=(0, 2, 3)) / N"),
    ),
    (
        "db-batch-not-summed",
        "db",
        "db was summed over the pixels but not over the batch.",
        "One bias serves every image of the batch.",
        ("dout.sum(axis=(0, 2, 3))", "dout.sum(axis=(2, 3))"),
    ),
    (
        "db-batch-only",
        "db",
        "db was summed over the batch but not over the pixels.",
        "One bias is added at every place.",
        ("dout.sum(axis=(0, 2, 3))", "dout.sum(axis=0)"),
    ),
    (
        "db-always",
        "db",
        "There was no bias (b was None), but you returned a gradient for it.",
        "What did the forward pass get as b in this case?",
        ("None if b is None else ", ""),
    ),
    (
        "order",
        "dx",
        "The gradients came back in the wrong order.",
        "Gradients come in the order of the inputs: x, w, b.",
        ("return dx, dw, db", "return dw, dx, db"),
    ),
)

MAX = "window.max(axis=(2, 3))"
STRIDE = "stride = size if stride is None else stride"

known(
    "max_pool_forward",
    (
        "mean",
        "out",
        "This is the mean of each window; it should be the largest value.",
        "Which pooling is this?",
        (MAX, "window.mean(axis=(2, 3))"),
    ),
    (
        "starts-at-zero",
        "out",
        "You compare with 0 first, so a window of negative values gives 0.",
        "With what does your search for the largest value begin?",
        (MAX, "np.maximum(window.max(axis=(2, 3)), 0)"),
    ),
    (
        "largest-magnitude",
        "out",
        "You took the largest magnitude; a large negative value is not a maximum.",
        "What is the maximum of -3 and 2?",
        (MAX, "np.abs(window).max(axis=(2, 3))"),
    ),
    (
        "minimum",
        "out",
        "This is the smallest value of each window.",
        "Which pooling is this?",
        (MAX, "window.min(axis=(2, 3))"),
    ),
    (
        "across-channels",
        "out",
        "The maximum was taken over the channels as well; each channel is pooled on its own.",
        "Which axes does a window have, and which of them should remain?",
        (MAX, "window.max(axis=(1, 2, 3))[:, None]"),
    ),
    (
        "stride-ignored",
        "out",
        "The stride that was given is not used; windows are `size` apart.",
        "Where does the second window start when size is 3 and stride is 2?",
        (STRIDE, "stride = size"),
    ),
    (
        "stride-default-one",
        "out",
        "Without a stride, windows should be `size` apart; yours are 1 apart.",
        "What should happen when stride is None?",
        (STRIDE, "stride = 1 if stride is None else stride"),
    ),
    (
        "size-two-always",
        "out",
        "Your windows are 2 x 2 whatever `size` says.",
        "What is in the signature that your code never uses?",
        ("    N, C, H, W = x.shape", "    HH = WW = 2\n    N, C, H, W = x.shape"),
    ),
    (
        "rest-kept",
        "out",
        "Rows and columns that fill no whole window were pooled as well; they are left out.",
        "How many whole windows of 2 fit into 5 pixels?",
        ("1 + (H - HH) // down", "1 - (HH - H) // down"),
        ("1 + (W - WW) // right", "1 - (WW - W) // right"),
    ),
    (
        "size-divided",
        "out",
        "The output size is H // stride; that is right only when size and stride are equal.",
        "How many windows of 3 at stride 1 fit into 4 pixels?",
        ("1 + (H - HH) // down", "H // down"),
        ("1 + (W - WW) // right", "W // right"),
    ),
    (
        "height-width-swapped",
        "out",
        "Height and width are exchanged. Square images hide it.",
        "The shape is (N, C, H, W): which comes first?",
        ("N, C, H, W = x.shape", "N, C, W, H = x.shape"),
    ),
    (
        "float64",
        "out",
        "The numbers are right, but float32 came in and float64 went out: `np.zeros` makes "
        "float64 unless you tell it otherwise.",
        "Which line makes a new array, and of which dtype?",
        ("(N, C, H_out, W_out), x.dtype", "(N, C, H_out, W_out)"),
    ),
)

WINNER = "p, q = np.unravel_index(window.argmax(), window.shape)"
PAY = "dx[n, c, top + p, left + q] += g"
WINDOW = "dx[n, c, top : top + HH, left : left + WW]"

known(
    "max_pool_backward",
    (
        "ties-multiplied",
        "dx",
        "On a tie, every maximum got the whole gradient; only the first one should, so that the "
        "gradient is neither multiplied nor lost.",
        "How much gradient comes in for one window, and how much do you hand out?",
        (f"    {WINNER}\n        {PAY}", f"    {WINDOW} += (window == window.max()) * g"),
    ),
    (
        "ties-shared",
        "dx",
        "On a tie, you shared the gradient among the maxima; here it goes to the first one.",
        "Which of several equal pixels does `argmax` name?",
        (
            f"    {WINNER}\n        {PAY}",
            f"    best = window == window.max()\n        {WINDOW} += best / best.sum() * g",
        ),
    ),
    (
        "last-on-tie",
        "dx",
        "On a tie, the last maximum got the gradient; here the first one does.",
        "`>` or `>=`? In which order do you look through a window?",
        ("window.argmax()", "window.size - 1 - window[::-1, ::-1].argmax()"),
    ),
    (
        "assigned",
        "dx",
        "`=` where it should be `+=`: where windows overlap, one pixel can win several times.",
        "What happens in your code to a pixel that wins in two windows?",
        (PAY, PAY.replace("+=", "=")),
    ),
    (
        "spread",
        "dx",
        "The gradient was spread evenly over the window: that belongs to *average* pooling.",
        "Which pixels of the window could change the output?",
        (PAY, f"{WINDOW} += g / window.size"),
    ),
    (
        "whole-window",
        "dx",
        "Every pixel of the window got the gradient; only the largest should.",
        "Which pixels of the window could change the output?",
        (PAY, f"{WINDOW} += g"),
    ),
    (
        "place-in-window",
        "dx",
        "The winner's place inside its window was used as its place in the image: add where the "
        "window starts.",
        "`argmax` of a window counts from the window's own corner.",
        ("top + p, left + q", "p, q"),
    ),
    (
        "row-column-swapped",
        "dx",
        "Row and column of the winner are exchanged.",
        "`np.unravel_index` gives the row first.",
        ("top + p, left + q", "min(top + q, len(x[n, c]) - 1), min(left + p, x.shape[3] - 1)"),
    ),
    (
        "stride-ignored",
        "dx",
        "The stride was not used: windows were taken 1 apart.",
        "Where did the window of output (i, j) start in the forward pass?",
        ("i * down, j * right", "i, j"),
    ),
    (
        "without-dout",
        "dx",
        "The winners got 1 instead of dout.",
        "What does the chain rule multiply with?",
        (PAY, "dx[n, c, top + p, left + q] += 1"),
    ),
    (
        "times-value",
        "dx",
        "The gradient was multiplied by the winning value. The slope of a maximum is 1.",
        "How fast does the output grow when the winner grows?",
        (PAY, "dx[n, c, top + p, left + q] += g * window.max()"),
    ),
    (
        "largest-magnitude",
        "dx",
        "The pixel with the largest magnitude got the gradient, not the largest one.",
        "What is the maximum of -3 and 2?",
        ("window.argmax()", "np.abs(window).argmax()"),
    ),
)
