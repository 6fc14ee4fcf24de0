"""Known mistakes in the recurrent layers, the word embedding and the loss of a sequence."""

from course.misconceptions.registry import known

STEP = "np.tanh(x @ Wx + prev_h @ Wh + b)"

known(
    "rnn_step_forward",
    (
        "no-tanh",
        "next_h",
        "The tanh is missing.",
        "Between which bounds should a state lie?",
        (STEP, "x @ Wx + prev_h @ Wh + b"),
    ),
    (
        "relu",
        "next_h",
        "This is a ReLU; the state goes through tanh.",
        "May a state be negative?",
        (STEP, STEP.replace("np.tanh(", "np.maximum(0, ")),
    ),
    (
        "sigmoid",
        "next_h",
        "This is a sigmoid; the state goes through tanh.",
        "What should a sum of 0 become: 0 or one half?",
        (STEP, "1 / (1 + np.exp(-(x @ Wx + prev_h @ Wh + b)))"),
    ),
    (
        "wh-transposed",
        "next_h",
        "Wh is transposed. It is square, so no shape complains.",
        "Wh[j, k] leads from the old unit j to the new unit k.",
        ("prev_h @ Wh +", "prev_h @ Wh.T +"),
    ),
    (
        "no-bias",
        "next_h",
        "The bias was not added.",
        "What is in the signature that your code never uses?",
        (" + b)", ")"),
    ),
    (
        "state-ignored",
        "next_h",
        "The previous state was not used: a network like that has no memory.",
        "What is in the signature that your code never uses?",
        (" + prev_h @ Wh", ""),
    ),
    (
        "tanh-of-each",
        "next_h",
        "You took the tanh of both parts and then added; first add, then one tanh.",
        "How many tanh are there in the formula?",
        (STEP, "np.tanh(x @ Wx + b) + np.tanh(prev_h @ Wh)"),
    ),
    (
        "bias-outside",
        "next_h",
        "The bias was added after the tanh; it belongs inside.",
        "Where do the brackets of the tanh close?",
        (STEP, "np.tanh(x @ Wx + prev_h @ Wh) + b"),
    ),
    (
        "multiplied",
        "next_h",
        "The two parts were multiplied; they are added.",
        "How do input and memory come together in the formula?",
        (STEP, "np.tanh((x @ Wx) * (prev_h @ Wh) + b)"),
    ),
)

SLOPE = "(1 - next_h**2)"

known(
    "rnn_step_backward",
    (
        "no-tanh",
        "dx",
        "The derivative of tanh is missing: dnext_h was used as it came.",
        "What was the last thing that happened to the state in the forward pass?",
        (f"dnext_h * {SLOPE}", "dnext_h"),
    ),
    (
        "tanh-of-tanh",
        "dx",
        "The derivative of tanh was taken at the wrong argument: next_h is tanh(a) already, so "
        "1 - tanh(next_h)^2 applies tanh twice.",
        "Is next_h the value before the tanh, or after it?",
        (SLOPE, "(1 - np.tanh(next_h) ** 2)"),
    ),
    (
        "no-square",
        "dx",
        "The derivative of tanh is 1 - tanh^2; the square is missing.",
        "What is the slope of tanh where tanh is -1?",
        (SLOPE, "(1 - next_h)"),
    ),
    (
        "plus-square",
        "dx",
        "The derivative of tanh is 1 - tanh^2, with a minus.",
        "Is tanh steeper in the middle or at the ends?",
        (SLOPE, "(1 + next_h**2)"),
    ),
    (
        "sigmoid-slope",
        "dx",
        "h (1 - h) is the derivative of the sigmoid; that of tanh is 1 - h^2.",
        "What is the slope of tanh at 0?",
        (SLOPE, "(next_h * (1 - next_h))"),
    ),
    (
        "slope-of-previous",
        "dx",
        "The derivative of tanh was taken at prev_h; it belongs to next_h.",
        "Which state came out of the tanh of this step?",
        (SLOPE, "(1 - prev_h**2)"),
    ),
    (
        "dprev-h-not-transposed",
        "dprev_h",
        "dprev_h was made with Wh instead of its transpose. It is square, so no shape complains.",
        "Forward, Wh[j, k] leads from j to k. Which way does the gradient go?",
        ("da @ Wh.T", "da @ Wh"),
    ),
    (
        "dwh-transposed",
        "dWh",
        "dWh is transposed. It is square, so no shape complains.",
        "dWh[j, k] belongs to the weight from the old unit j to the new unit k.",
        ("prev_h.T @ da", "da.T @ prev_h"),
    ),
    (
        "dwh-from-next-h",
        "dWh",
        "dWh was made with the new state; Wh was multiplied with the old one.",
        "Which state stood beside Wh in the forward pass?",
        ("prev_h.T @ da", "next_h.T @ da"),
    ),
    (
        "dwx-before-tanh",
        "dWx",
        "dWx was made with dnext_h; it has to go through the tanh first.",
        "Is Wx used inside the tanh or outside?",
        ("x.T @ da", "x.T @ dnext_h"),
    ),
    (
        "dx-before-tanh",
        "dx",
        "dx was made with dnext_h; it has to go through the tanh first.",
        "Is x used inside the tanh or outside?",
        ("da @ Wx.T", "dnext_h @ Wx.T"),
    ),
    (
        "db-before-tanh",
        "db",
        "db was made with dnext_h; it has to go through the tanh first.",
        "Is b used inside the tanh or outside?",
        ("da.sum(axis=0)", "dnext_h.sum(axis=0)"),
    ),
    (
        "db-mean",
        "db",
        "db is the mean over the batch; it should be the sum.",
        "One bias serves every row of the batch.",
        ("da.sum(axis=0)", "da.mean(axis=0)"),
    ),
    (
        "db-not-summed",
        "db",
        "db still has the batch axis: the gradients of all rows have to be added up.",
        "One bias serves every row of the batch.",
        ("da.sum(axis=0)", "da"),
    ),
    (
        "weights-mean",
        "dWx",
        "dWx and dWh were divided by N. If there is a 1/N, it is in dnext_h already: you divide "
        "twice.",
        "Is the loss averaged in this layer, or somewhere else?",
        ("x.T @ da", "x.T @ da / len(x)"),
        ("prev_h.T @ da", "prev_h.T @ da / len(x)"),
    ),
    (
        "in-place",
        "dx",
        "You multiplied dnext_h in place (`dnext_h *= ...`).",
        "Whose array is dnext_h?",
        (f"da = dnext_h * {SLOPE}", f"dnext_h *= {SLOPE}\n    da = dnext_h"),
    ),
)

AT_T = "np.tanh(x[:, t] @ Wx + prev_h @ Wh + b)"

known(
    "rnn_forward",
    (
        "h0-ignored",
        "h",
        "The first step started from zeros instead of h0.",
        "Where does the very first state come from?",
        ("prev_h = h0", "prev_h = np.zeros_like(h0)"),
    ),
    (
        "state-not-carried",
        "h",
        "Every step started from h0: the state was not carried on.",
        "What should step 1 start from?",
        ("        prev_h = next_h\n", ""),
    ),
    (
        "time-reversed",
        "h",
        "You ran from the last step to the first.",
        "In which order are the words read?",
        ("for t in range(T)", "for t in reversed(range(T))"),
    ),
    (
        "first-input-always",
        "h",
        "Every step read x[:, 0]; step t reads x[:, t].",
        "Where does t come into the input?",
        ("x[:, t] @ Wx", "x[:, 0] @ Wx"),
    ),
    (
        "time-first",
        "h",
        "The states came back as (T, N, H): here the batch axis is the first.",
        "Which axis does `np.stack` or `np.array` put the time in?",
        ("return h, (", "return h.transpose(1, 0, 2), ("),
    ),
    (
        "last-only",
        "h",
        "Only the last state came back; all of them are asked for, (N, T, H).",
        "How many states are there in all?",
        ("return h, (", "return h[:, -1], ("),
    ),
    (
        "one-late",
        "h",
        "The states are one step late: h0 came first and the last state is missing.",
        "h[:, 0] should be the state *after* the first word.",
        ("h[:, t] = next_h", "h[:, t] = prev_h"),
    ),
    (
        "wh-transposed",
        "h",
        "Wh is transposed. It is square, so no shape complains.",
        "Wh[j, k] leads from the old unit j to the new unit k.",
        ("prev_h @ Wh +", "prev_h @ Wh.T +"),
    ),
    (
        "no-bias",
        "h",
        "The bias was not added.",
        "What is in the signature that your code never uses?",
        (AT_T, AT_T.replace(" + b", "")),
    ),
    (
        "no-tanh",
        "h",
        "The tanh is missing.",
        "Between which bounds should a state lie?",
        (AT_T, AT_T.removeprefix("np.tanh")),
    ),
    (
        "h0-in-place",
        "h",
        "You wrote the new state into h0 itself (`prev_h[:] = ...` while prev_h is h0).",
        "Which array do `h0` and `prev_h` name at the first step?",
        ("        prev_h = next_h\n", "        prev_h[:] = next_h\n"),
    ),
    (
        "float64",
        "h",
        "The numbers are right, but float32 came in and float64 went out: `np.zeros` makes "
        "float64 unless you tell it otherwise.",
        "Which line makes a new array, and of which dtype?",
        ("(N, T, len(b)), x.dtype", "(N, T, len(b))"),
    ),
)

DA = "(dh[:, t] + dprev_h) * slope"

known(
    "rnn_backward",
    (
        "dh-not-accumulated",
        "dx",
        "What comes back from step t + 1 was not added to dh[:, t]: nothing flows through time.",
        "By whom is a state read, besides its own output?",
        (DA, "dh[:, t] * slope"),
    ),
    (
        "added-after-tanh",
        "dx",
        "The gradient from step t + 1 was added after the tanh; it has to go through it as well.",
        "The later step read h[:, t], which is the value *after* the tanh.",
        (DA, "dh[:, t] * slope + dprev_h"),
    ),
    (
        "last-output-only",
        "dx",
        "Only dh of the last step was used; every step has a gradient of its own coming in.",
        "Where does dh[:, t] enter for t < T - 1?",
        (DA, "((dh[:, t] if t == T - 1 else 0) + dprev_h) * slope"),
    ),
    (
        "wrong-order",
        "dx",
        "You went forward in time; the gradient flows from the last step to the first.",
        "What has to be known before step t can be undone?",
        ("for t in reversed(range(T))", "for t in range(T)"),
    ),
    (
        "weights-assigned",
        "dWx",
        "`=` where it should be `+=`: dWx, dWh and db hold what one step said, not the sum.",
        "How often are the weights used?",
        ("dWx += ", "dWx = "),
        ("dWh += ", "dWh = "),
        ("db += ", "db = "),
    ),
    (
        "dwx-assigned",
        "dWx",
        "`=` where it should be `+=`: dWx holds what one step said, not the sum.",
        "How often is Wx used?",
        ("dWx += ", "dWx = "),
    ),
    (
        "dwh-assigned",
        "dWh",
        "`=` where it should be `+=`: dWh holds what one step said, not the sum.",
        "How often is Wh used?",
        ("dWh += ", "dWh = "),
    ),
    (
        "db-assigned",
        "db",
        "`=` where it should be `+=`: db holds what one step said, not the sum.",
        "How often is b used?",
        ("db += ", "db = "),
    ),
    (
        "weights-of-last-step",
        "dWx",
        "dWx, dWh and db come from the last step only; the same weights were used at every step.",
        "How often are the weights used?",
        ("dWx += ", "dWx += (t == T - 1) * "),
        ("dWh += ", "dWh += (t == T - 1) * "),
        ("db += ", "db += (t == T - 1) * "),
    ),
    (
        "wraps-around",
        "dWh",
        "At t = 0 you read h[:, -1], which in Python is the *last* state; the first step started "
        "from h0.",
        "What is h[:, t - 1] when t is 0?",
        ("h[:, t - 1] if t > 0 else h0", "h[:, t - 1]"),
    ),
    (
        "dwh-from-current",
        "dWh",
        "dWh was made with h[:, t]; step t multiplied Wh with the state before.",
        "Which state stood beside Wh in the forward pass?",
        ("h[:, t - 1] if t > 0 else h0", "h[:, t]"),
    ),
    (
        "dwh-from-h0",
        "dWh",
        "dWh was made with h0 at every step; step t multiplied Wh with the state before.",
        "Which state stood beside Wh in the forward pass?",
        ("h[:, t - 1] if t > 0 else h0", "h0"),
    ),
    (
        "slope-of-previous",
        "dx",
        "The derivative of tanh was taken at the state before; it belongs to h[:, t].",
        "Which state came out of the tanh of step t?",
        ("slope = 1 - h[:, t] ** 2", "slope = 1 - prev_h ** 2"),
    ),
    (
        "tanh-of-tanh",
        "dx",
        "The derivative of tanh was taken at the wrong argument: h is tanh(a) already.",
        "Is h the value before the tanh, or after it?",
        ("slope = 1 - h[:, t] ** 2", "slope = 1 - np.tanh(h[:, t]) ** 2"),
    ),
    (
        "no-tanh",
        "dx",
        "The derivative of tanh is missing.",
        "What was the last thing that happened to a state in the forward pass?",
        ("slope = 1 - h[:, t] ** 2", "slope = 1"),
    ),
    (
        "wh-not-transposed",
        "dx",
        "The gradient went back through Wh instead of its transpose. It is square, so no shape "
        "complains.",
        "Forward, Wh[j, k] leads from j to k. Which way does the gradient go?",
        ("da @ Wh.T", "da @ Wh"),
    ),
    (
        "dwh-transposed",
        "dWh",
        "dWh is transposed. It is square, so no shape complains.",
        "dWh[j, k] belongs to the weight from the old unit j to the new unit k.",
        ("prev_h.T @ da", "da.T @ prev_h"),
    ),
    (
        "dh0-zero",
        "dh0",
        "dh0 is 0: the first step, too, hands a gradient back.",
        "What did step 0 start from?",
        ("dh0 = dprev_h", "dh0 = np.zeros_like(h0)"),
    ),
    (
        "dh0-before-wh",
        "dh0",
        "dh0 stops before Wh: it is the gradient of the sum inside tanh, not yet that of h0.",
        "What lies between h0 and that sum?",
        ("dh0 = dprev_h", "dh0 = da"),
    ),
    (
        "divided-by-t",
        "dWx",
        "dWx, dWh and db were divided by T; the uses of a weight are added up, not averaged.",
        "Is the loss averaged in this layer, or somewhere else?",
        ("    dh0 = dprev_h", "    dWx, dWh, db = dWx / T, dWh / T, db / T\n    dh0 = dprev_h"),
    ),
    (
        "dx-reversed",
        "dx",
        "dx came back in the order in which you made it, last step first.",
        "Which step's gradient does the first one in your list belong to?",
        ("return dx,", "return dx[:, ::-1],"),
    ),
    (
        "in-place",
        "dx",
        "You added to dh in place (`dh[:, t] += ...`).",
        "Whose array is dh?",
        (f"da = {DA}", "dh[:, t] += dprev_h\n        da = dh[:, t] * slope"),
    ),
)

known(
    "word_embedding_forward",
    (
        "off-by-one",
        "out",
        "Every word got the vector of the word before: indices start at 0.",
        "Which row is that of word 0?",
        ("W[x]", "W[x - 1]"),
    ),
    (
        "columns",
        "out",
        "You looked up columns of W; each word has a row.",
        "W is (V, D). Which axis are the words?",
        ("W[x]", "W.T[x % W.shape[1]]"),
    ),
    (
        "summed",
        "out",
        "The vectors of a sentence were added up; one vector a word is asked for, (N, T, D).",
        "How many vectors should come out?",
        ("W[x]", "W[x].sum(axis=1)"),
    ),
    (
        "flattened",
        "out",
        "The vectors of a sentence were joined into one long row; keep the time axis, (N, T, D).",
        "How many axes should come out?",
        ("W[x]", "W[x].reshape(len(x), -1)"),
    ),
    (
        "time-first",
        "out",
        "Time and batch are exchanged: (T, N, D) came out, (N, T, D) is asked for.",
        "Which axis is the batch, everywhere in this course?",
        ("W[x]", "W[x].transpose(1, 0, 2)"),
    ),
    (
        "null-zeroed",
        "out",
        "Word 0 got a vector of zeros. The mask of the loss takes care of <NULL>; here every word "
        "has its row of W.",
        "Does the formula treat any word in a special way?",
        ("W[x]", "W[x] * (x > 0)[:, :, None]"),
    ),
    (
        "float64",
        "out",
        "The numbers are right, but float32 came in and float64 went out.",
        "Which line makes a new array, and of which dtype?",
        ("W[x]", "np.eye(len(W))[x] @ W"),
    ),
)

ADD = "np.add.at(dW, x, dout)"

known(
    "word_embedding_backward",
    (
        "assigned",
        "dW",
        "Of equal words only the last one counts. `dW[x] = dout` and `dW[x] += dout` both keep "
        "one; `np.add.at` adds all of them.",
        "What happens in your code when a word stands at two places?",
        (ADD, "dW[x] += dout"),
    ),
    (
        "one-per-sentence",
        "dW",
        "Of equal words in one sentence only the last one counts: `dW[x[n]] += dout[n]` writes "
        "each row once.",
        "What happens in your code when a word stands twice in one sentence?",
        (ADD, "for n in range(len(x)):\n        dW[x[n]] += dout[n]"),
    ),
    (
        "one-per-place",
        "dW",
        "Of equal words at one place in different sentences only the last one counts: "
        "`dW[x[:, t]] += dout[:, t]` writes each row once.",
        "What happens in your code when two sentences begin with the same word?",
        (ADD, "for t in range(x.shape[1]):\n        dW[x[:, t]] += dout[:, t]"),
    ),
    (
        "averaged",
        "dW",
        "The gradients of equal words were averaged; they are added up.",
        "If a word is used twice, does its vector matter more or as much as if used once?",
        (
            ADD,
            ADD + "\n    dW /= np.maximum(np.bincount(x.ravel(), minlength=len(W)), 1)[:, None]",
        ),
    ),
    (
        "divided-by-n",
        "dW",
        "dW was divided by N. If there is a 1/N, it is in dout already: you divide twice.",
        "Is the loss averaged in this layer, or somewhere else?",
        (ADD, ADD + "\n    dW /= len(x)"),
    ),
    (
        "null-skipped",
        "dW",
        "Word 0 got no gradient. <NULL> is up to the loss's mask; here every word counts.",
        "Does the forward pass treat any word in a special way?",
        (ADD, ADD + "\n    dW[0] = 0"),
    ),
    (
        "seen-words-only",
        "dW",
        "dW has rows for the words that were seen only; it has the shape of W.",
        "A gradient has the shape of the array that it belongs to.",
        (ADD, ADD + "\n    dW = dW[np.unique(x)]"),
    ),
    (
        "not-gathered",
        "dW",
        "dout came back as it was; it has to be gathered by word.",
        "A gradient has the shape of the array that it belongs to.",
        (ADD, "dW = dout * 1"),
    ),
    (
        "counted",
        "dW",
        "dW counts how often each word was read; it should add up what dout says.",
        "What has dout to do with dW?",
        (ADD, "np.add.at(dW, x, 1)"),
    ),
    (
        "float64",
        "dW",
        "The numbers are right, but float32 came in and float64 went out: `np.zeros` makes "
        "float64 unless you tell it otherwise.",
        "Which line makes a new array, and of which dtype?",
        ("W.shape, dout.dtype", "W.shape"),
    ),
)

MASK_LOSS = "    losses = losses * mask\n"
MASK_GRADIENT = "    dscores[mask == 0] = 0\n"

known(
    "temporal_softmax_loss",
    (
        "mask-missing-in-loss",
        "loss",
        "The mask was not applied to the loss: <NULL> positions count.",
        "Which positions should add nothing to the loss?",
        (MASK_LOSS, ""),
    ),
    (
        "mask-missing-in-gradient",
        "dscores",
        "The mask was not applied to the gradient: <NULL> positions push the scores.",
        "Can a position that does not count in the loss have a gradient?",
        (MASK_GRADIENT, ""),
    ),
    (
        "mask-missing",
        "loss",
        "The mask was not used at all, neither in the loss nor in the gradient.",
        "What is in the signature that your code never uses?",
        (MASK_LOSS, ""),
        (MASK_GRADIENT, ""),
    ),
    (
        "mask-inverted",
        "loss",
        "The mask is the wrong way round: it is 1 where a position counts.",
        "What is the mask at a <NULL>?",
        ("losses * mask", "losses * (1 - mask)"),
        ("mask == 0", "mask != 0"),
    ),
    (
        "divided-by-nt",
        "loss",
        "You divided by N T. The loss is summed over time and averaged over the sentences only.",
        "Should a long sentence count as much as a short one, or each word as much as any other?",
        ("loss = losses.sum() / N", "loss = losses.sum() / (N * T)"),
        ("dscores /= N", "dscores /= N * T"),
    ),
    (
        "divided-by-count",
        "loss",
        "You divided by the number of words that count. Here the loss is summed over time and "
        "averaged over the sentences.",
        "What is N: sentences or words?",
        ("loss = losses.sum() / N", "loss = losses.sum() / mask.sum()"),
        ("dscores /= N", "dscores /= mask.sum()"),
    ),
    (
        "loss-not-divided",
        "loss",
        "The loss was not divided by N: it is a mean over the sentences.",
        "Would the loss stay the same if you doubled the batch by repeating it?",
        ("loss = losses.sum() / N", "loss = losses.sum()"),
    ),
    (
        "gradient-not-divided",
        "dscores",
        "The gradient was not divided by N, but the loss is a mean over N sentences.",
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
        "no-max",
        "loss",
        "The largest score was not subtracted, so `exp` overflows for large scores.",
        "How large is exp(1000)? Which shift leaves all probabilities as they are?",
        ("scores - scores.max(axis=2, keepdims=True)", "scores + 0"),
    ),
    (
        "one-max-for-all",
        "loss",
        "You subtracted the maximum of all scores. Each position needs its own, else others "
        "underflow to log 0.",
        "Which axis are the words of the vocabulary?",
        ("scores.max(axis=2, keepdims=True)", "scores.max()"),
    ),
    (
        "log-of-zero",
        "loss",
        "You took the log of a probability that has underflowed to 0. Take the log of the formula "
        "first: log p = shifted - log(sum of exp).",
        "What is the log of exp(s) / total, written without a division?",
        ("losses = -logp[n, t, y]", "losses = -np.log(np.exp(logp))[n, t, y]"),
    ),
    (
        "wrong-axis",
        "loss",
        "The softmax runs over time; it runs over the vocabulary.",
        "At each position, which numbers should add up to 1?",
        ("np.exp(shifted).sum(axis=2, keep", "np.exp(shifted).sum(axis=1, keep"),
    ),
    (
        "no-minus-one",
        "dscores",
        "The gradient is the probability alone: at the right word 1 has to be subtracted.",
        "At each position the gradient should add up to 0. Does it?",
        ("    dscores[n, t, y] -= 1\n", ""),
    ),
    (
        "sign",
        "loss",
        "The loss is negative: a log-probability is, so the loss is its negative.",
        "Should a better prediction have a smaller or a larger loss?",
        ("losses = -logp", "losses = logp"),
    ),
    (
        "scores-masked",
        "loss",
        "The mask multiplied the scores. A position with scores of 0 still has a loss, log V: "
        "mask the losses.",
        "What is the softmax of a row of zeros?",
        (
            "shifted = scores - scores",
            "scores = scores * mask[:, :, None]\n    shifted = scores - scores",
        ),
        (MASK_LOSS, ""),
        (MASK_GRADIENT, ""),
    ),
    (
        "float64",
        "dscores",
        "The numbers are right, but float32 came in and a float64 gradient went out.",
        "Which line makes a new array, and of which dtype?",
        ("dscores = np.exp(logp)", "dscores = np.exp(logp).astype(np.float64)"),
    ),
)
