"""Known mistakes in the fully connected layer, the ReLU and the softmax loss."""

from course.misconceptions.registry import known

known(
    "fc_forward",
    (
        "no-bias",
        "out",
        "The bias was not added.",
        "What is in the signature that your code never uses?",
        ("x @ w + b", "x @ w"),
    ),
    (
        "transposed",
        "out",
        "The weights are transposed. That goes unnoticed while w is square.",
        "Which axis of w belongs to the inputs, which to the outputs?",
        ("x @ w + b", "x @ w.T + b"),
    ),
    (
        "bias-per-row",
        "out",
        "The bias was added along the batch: row n got b[n], but output m should get b[m].",
        "Each output has its own bias. Which axis of `out` are the outputs?",
        ("x @ w + b", "x @ w + b[:, None]"),
    ),
    (
        "averaged",
        "out",
        "The weighted sum was divided by the number of inputs D: it is a sum, not a mean.",
        "Work out one element on paper and compare.",
        ("x @ w + b", "x @ w / len(w) + b"),
    ),
    (
        "flattened",
        "out",
        "For a sequence (N, T, D) the time axis was flattened into the features. Only the last "
        "axis is summed over; all others are batch.",
        "Must T and D really be joined? Each time step is a row of its own.",
        ("x @ w + b", "x.reshape(len(x), -1) @ w + b"),
    ),
    (
        "float64",
        "out",
        "The numbers are right, but float32 came in and float64 went out: `np.zeros` makes "
        "float64 unless you tell it otherwise.",
        "Which line makes a new array, and of which dtype?",
        ("out = x @ w + b", "out = np.zeros((*x.shape[:-1], len(b)))\n    out[...] = x @ w + b"),
    ),
    (
        "relu",
        "out",
        "Negative outputs were set to 0. This layer is linear; the ReLU is a layer of its own.",
        "May an output of this layer be negative?",
        ("x @ w + b", "np.maximum(x @ w + b, 0)"),
    ),
)

known(
    "fc_backward",
    (
        "db-mean",
        "db",
        "db is the mean over the batch; it should be the sum. Any 1/N is in dout already.",
        "Is the loss averaged in this layer, or somewhere else?",
        ("drows.sum(axis=0)", "drows.mean(axis=0)"),
    ),
    (
        "db-wrong-axis",
        "db",
        "db was summed over the outputs instead of over the batch.",
        "b has one number for each output. Which axis has to stay?",
        ("drows.sum(axis=0)", "drows.sum(axis=1)"),
    ),
    (
        "db-not-summed",
        "db",
        "db still has the batch axis: the gradients of all rows have to be added up.",
        "One bias serves every row of the batch.",
        ("drows.sum(axis=0)", "dout"),
    ),
    (
        "db-time-left",
        "db",
        "For a sequence, db was summed over N only; T is a batch axis as well.",
        "How many axes does dout have here, and how many has b?",
        ("drows.sum(axis=0)", "dout.sum(axis=0)"),
    ),
    (
        "dw-mean",
        "dw",
        "dw was divided by the number of rows. If there is a 1/N, it is in dout already: you "
        "divide twice.",
        "Is the loss averaged in this layer, or somewhere else?",
        ("rows.T @ drows", "rows.T @ drows / len(rows)"),
    ),
    (
        "dw-transposed",
        "dw",
        "dw is transposed.",
        "A gradient has the shape of the array that it belongs to. (A square w hides this.)",
        ("rows.T @ drows", "drows.T @ rows"),
    ),
    (
        "dw-first-row",
        "dw",
        "dw comes from the first row of the batch only.",
        "One weight serves every row of the batch.",
        ("rows.T @ drows", "np.outer(rows[0], drows[0])"),
    ),
    (
        "dx-not-transposed",
        "dx",
        "dx was made with w instead of its transpose.",
        "Forward, w leads from D to M. Which way does the gradient go?",
        ("drows @ w.T", "drows @ w"),
    ),
    (
        "dx-dw-exchanged",
        "dx",
        "dx and dw came back in the wrong order.",
        "Gradients come in the order of the inputs: x, w, b.",
        ("return dx, dw, db", "return dw, dx, db"),
    ),
    (
        "dx-mean",
        "dx",
        "dx was divided by the number of rows. Rows do not mix: nothing has to be averaged.",
        "Does the output of one row depend on the x of another?",
        ("(drows @ w.T)", "(drows @ w.T / len(rows))"),
    ),
)

known(
    "relu_forward",
    (
        "minimum",
        "out",
        "You kept the negative numbers instead of the positive ones.",
        "What should happen to 2, and what to -2?",
        ("np.maximum(x, 0)", "np.minimum(x, 0)"),
    ),
    (
        "leaky",
        "out",
        "Negative numbers leak through, times 0.01: that is the leaky ReLU.",
        "What should happen to -2?",
        ("np.maximum(x, 0)", "np.where(x > 0, x, 0.01 * x)"),
    ),
    (
        "absolute",
        "out",
        "This is the absolute value: negative numbers should become 0.",
        "What should happen to -2?",
        ("np.maximum(x, 0)", "np.abs(x)"),
    ),
    (
        "in-place",
        "out",
        "You set the negative elements of x itself to 0 (`x[x < 0] = 0`).",
        "Whose array is x? And what will the backward pass want to know about it?",
        ("out = np.maximum(x, 0)", "x[x < 0] = 0\n    out = x"),
    ),
    (
        "max-over-axis",
        "out",
        "`np.max(x, 0)` is the maximum *over axis 0*. The elementwise one is `np.maximum(x, 0)`.",
        "Look up the difference between `np.max` and `np.maximum`.",
        ("np.maximum(x, 0)", "np.max(x, 0)"),
    ),
    (
        "step",
        "out",
        "You returned only whether x is positive (0 or 1), not its value.",
        "What should happen to 2?",
        ("np.maximum(x, 0)", "(x > 0).astype(x.dtype)"),
    ),
    (
        "capped",
        "out",
        "Positive numbers are capped at 1; a ReLU has no upper end.",
        "What should happen to 2?",
        ("np.maximum(x, 0)", "np.clip(x, 0, 1)"),
    ),
    (
        "float64",
        "out",
        "The numbers are right, but float32 came in and float64 went out.",
        "Which line makes a new array, and of which dtype?",
        ("np.maximum(x, 0)", "np.maximum(x, np.zeros(x.shape))"),
    ),
)

known(
    "relu_backward",
    (
        "mask-of-dout",
        "dx",
        "You asked where dout is positive. What counts is where x was.",
        "Which of the two went through the ReLU?",
        ("(x > 0)", "(dout > 0)"),
    ),
    (
        "one-at-zero",
        "dx",
        "At exactly 0 the gradient is passed on; here it is defined to be 0 there.",
        "`>` or `>=`?",
        ("(x > 0)", "(x >= 0)"),
    ),
    (
        "mask-only",
        "dx",
        "You returned the slope of the ReLU alone. By the chain rule it is multiplied by dout.",
        "What has dout to do with dx?",
        ("dout * (x > 0)", "(x > 0).astype(dout.dtype)"),
    ),
    (
        "passes-all",
        "dx",
        "dout was passed on unchanged: where x was negative, nothing may pass.",
        "What was the output where x was negative, and what if x had been a little larger?",
        ("dout * (x > 0)", "dout * 1"),
    ),
    (
        "inverted",
        "dx",
        "The gradient passes exactly where it should not.",
        "Where did x get through?",
        ("(x > 0)", "(x < 0)"),
    ),
    (
        "times-x",
        "dx",
        "dout was multiplied by max(x, 0) itself instead of by its slope, which is 1 or 0.",
        "How fast does max(x, 0) grow at x = 5?",
        ("(x > 0)", "np.maximum(x, 0)"),
    ),
    (
        "in-place",
        "dx",
        "You set elements of dout itself to 0 (`dout[x <= 0] = 0`).",
        "Whose array is dout?",
        ("dx = dout * (x > 0)", "dout[x <= 0] = 0\n    dx = dout"),
    ),
)

known(
    "softmax_loss",
    (
        "no-max",
        "loss",
        "The largest score was not subtracted, so `exp` overflows for large scores.",
        "How large is exp(1000)? Which shift leaves all probabilities as they are?",
        ("scores - scores.max(axis=1, keepdims=True)", "scores + 0"),
    ),
    (
        "one-max-for-all",
        "loss",
        "You subtracted the maximum of the whole batch. Each row needs its own, else the other "
        "rows underflow to log 0.",
        "Which axis are the classes?",
        ("scores.max(axis=1, keepdims=True)", "scores.max()"),
    ),
    (
        "log-of-zero",
        "loss",
        "You took the log of a probability that has underflowed to 0. Take the log of the formula "
        "first: log p = shifted - log(sum of exp).",
        "What is the log of exp(s) / total, written without a division?",
        ("loss = -logp[rows, y].sum()", "loss = -np.log(np.exp(logp))[rows, y].sum()"),
    ),
    (
        "log-epsilon",
        "loss",
        "A small number was added inside the log. It hides the overflow and bends the loss; "
        "log p = shifted - log(sum of exp) needs none.",
        "What is the log of exp(s) / total, written without a division?",
        ("loss = -logp[rows, y].sum()", "loss = -np.log(np.exp(logp) + 1e-8)[rows, y].sum()"),
    ),
    (
        "sum-not-mean",
        "loss",
        "The loss is the sum over the batch; it should be the mean.",
        "Would the loss stay the same if you doubled the batch by repeating it?",
        ("logp[rows, y].sum() / N", "logp[rows, y].sum()"),
    ),
    (
        "gradient-not-divided",
        "dscores",
        "The gradient was not divided by N, but the loss is a mean over N rows.",
        "The loss has a factor 1/N. What has its gradient?",
        ("    dscores /= N\n", ""),
    ),
    (
        "gradient-divided-twice",
        "dscores",
        "The gradient was divided by N twice.",
        "Count the factors 1/N: there is one in the loss.",
        ("dscores /= N", "dscores /= N * N"),
    ),
    (
        "all-rows",
        "dscores",
        "`dscores[:, y] -= 1` subtracts in *every* row, in all columns that y names. Each row has "
        "its own column: pair rows and columns up.",
        "How many elements should be changed in all, and how many does your line change?",
        ("dscores[rows, y] -= 1", "np.subtract.at(dscores, (slice(None), y), 1)"),
    ),
    (
        "all-rows-once",
        "dscores",
        "`dscores[:, y] -= 1` subtracts in *every* row, in all columns that y names. Each row has "
        "its own column: pair rows and columns up.",
        "How many elements should be changed in all, and how many does your line change?",
        ("dscores[rows, y] -= 1", "dscores[:, y] -= 1"),
    ),
    (
        "no-minus-one",
        "dscores",
        "The gradient is the probability alone: at the right class 1 has to be subtracted.",
        "Each row of the gradient should add up to 0. Does yours?",
        ("    dscores[rows, y] -= 1\n", ""),
    ),
    (
        "plus-one",
        "dscores",
        "At the right class you added 1 instead of subtracting it.",
        "Each row of the gradient should add up to 0. Does yours?",
        ("dscores[rows, y] -= 1", "dscores[rows, y] += 1"),
    ),
    (
        "sign",
        "loss",
        "The loss is negative: a log-probability is, so the loss is its negative.",
        "Should a better prediction have a smaller or a larger loss?",
        ("loss = -logp", "loss = logp"),
    ),
    (
        "wrong-axis",
        "loss",
        "The softmax runs over the batch: each column adds up to 1, but each row should.",
        "Which axis are the classes?",
        ("np.exp(shifted).sum(axis=1, keepdims=True)", "np.exp(shifted).sum(axis=0)"),
    ),
    (
        "log2",
        "loss",
        "The loss is in bits (log base 2); it should be in nats (natural logarithm).",
        "Which logarithm belongs to exp?",
        ("loss = -logp", "loss = -1 / np.log(2) * logp"),
    ),
    (
        "all-classes",
        "loss",
        "The loss takes in the log-probabilities of all classes; only the right one counts.",
        "Where does y come into your loss?",
        ("-logp[rows, y].sum() / N", "-logp.sum() / N"),
    ),
    (
        "in-place",
        "loss",
        "You subtracted the maximum from the scores in place (`scores -= ...`).",
        "Whose array is `scores`?",
        (
            "    shifted = scores - ",
            "    scores -= scores.max(axis=1, keepdims=True)\n    shifted = scores - ",
        ),
    ),
    (
        "float64",
        "dscores",
        "The numbers are right, but float32 came in and a float64 gradient went out.",
        "Which line makes a new array, and of which dtype?",
        ("dscores = np.exp(logp)", "dscores = np.exp(logp).astype(np.float64)"),
    ),
)
