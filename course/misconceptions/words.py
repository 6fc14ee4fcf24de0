"""Known mistakes in turning sentences into numbers, and in looking for wrong gradients."""

from course.misconceptions.models import changed
from course.misconceptions.registry import known, known_methods

known(
    "tokenize",
    (
        "capitals-kept",
        "words",
        "Capitals were kept: `A` and `a` became two words.",
        "Should a word at the start of a sentence be another word?",
        ("sentence.lower()", "sentence"),
    ),
    (
        "split-at-spaces",
        "words",
        "You split at spaces, so full stops and commas stay in the words.",
        "Is `star.` a word?",
        ("WORD.findall(sentence.lower())", "sentence.lower().split()"),
    ),
    (
        "apostrophes-split",
        "words",
        "`dog's` fell apart at its apostrophe.",
        "Which pattern did the chapter give for a word?",
        ("WORD.findall(", 're.findall(r"[a-z0-9]+", '),
    ),
    (
        "each-word-once",
        "words",
        "Words that come twice are there only once; the order and every word should be kept.",
        "What does a set do to a list?",
        ("return WORD", "return list(dict.fromkeys(WORD"),
        ("sentence.lower())", "sentence.lower())))"),
    ),
    (
        "letters",
        "words",
        "These are letters, not words.",
        "What does `list` make of a string?",
        ("WORD.findall(sentence.lower())", 'list(sentence.lower().replace(" ", ""))'),
    ),
    (
        "numbers-dropped",
        "words",
        "Numbers were left out; `2` counts as a word.",
        "Which characters may a word be made of?",
        ("WORD.findall(", 're.findall(r"[a-z]+(?:\'[a-z]+)*", '),
    ),
)

ENCODE = """
def encode(self, sentences, length=None):
    words = [tokenize(sentence) for sentence in sentences]
    T = 2 + max(map(len, words)) if length is None else length
    indices = np.full((len(words), T), self.word_to_idx[NULL])
    for row, some in zip(indices, words):
        some = some[: T - 2]
        some = [START, *some, END]
        numbers = [self.word_to_idx.get(word, self.word_to_idx[UNK]) for word in some]
        row[: len(numbers)] = numbers
    return indices
"""
DECODE = """
def decode(self, indices):
    indices = np.asarray(indices)
    if indices.ndim == 2:
        return [self.decode(row) for row in indices]
    words = [self.idx_to_word[i] for i in indices]
    words = words[: words.index(END)] if END in words else words
    return " ".join(word for word in words if word not in (START, NULL))
"""

known_methods(
    "Vocabulary",
    "from scratch.text import END, NULL, START, UNK, tokenize\n"
    "from scratch.text import Vocabulary as Right",
    (
        "no-start",
        "encoded",
        "<START> is missing at the beginning.",
        "What does the network read before the first word?",
        changed(ENCODE, ("[START, *some, END]", "[*some, END]")),
    ),
    (
        "no-end",
        "encoded",
        "<END> is missing after the last word.",
        "How will the network learn to stop?",
        changed(ENCODE, ("[START, *some, END]", "[START, *some]")),
    ),
    (
        "end-cut-off",
        "encoded",
        "A sentence that is too long lost its <END>; it should lose its last words instead.",
        "Which comes first: cutting, or putting <END> behind?",
        changed(
            ENCODE,
            ("        some = some[: T - 2]\n", ""),
            ("[START, *some, END]", "[START, *some, END][:T]"),
        ),
    ),
    (
        "unknown-dropped",
        "encoded",
        "Words that are not in the vocabulary were left out; <UNK> stands for them.",
        "How long should the sentence stay?",
        changed(
            ENCODE,
            (
                "some = some[: T - 2]",
                "some = [word for word in some if word in self.word_to_idx][: T - 2]",
            ),
        ),
    ),
    (
        "padded-with-end",
        "encoded",
        "The rest was filled with <END>; it is filled with <NULL>.",
        "Which word stands for: nothing here?",
        changed(ENCODE, ("T), self.word_to_idx[NULL])", "T), self.word_to_idx[END])")),
    ),
    (
        "padded-in-front",
        "encoded",
        "The filling stands in front of the sentence; it belongs behind.",
        "At which column does every sentence start?",
        changed(ENCODE, ("row[: len(numbers)] = numbers", "row[T - len(numbers) :] = numbers")),
    ),
    (
        "length-ignored",
        "encoded",
        "`length` was not used.",
        "What is in the signature that your code never uses?",
        changed(ENCODE, ("2 + max(map(len, words)) if length is None else length",
                         "2 + max(map(len, words))")),
    ),
    (
        "decode-goes-on-after-end",
        "decoded",
        "Words after the first <END> were kept.",
        "Where does a caption end?",
        changed(
            DECODE,
            ("    words = words[: words.index(END)] if END in words else words\n", ""),
            ("(START, NULL)", "(START, NULL, END)"),
        ),
    ),
    (
        "decode-shows-special-words",
        "decoded",
        "<START> and <NULL> are part of the sentence; leave them out.",
        "Would you read <START> aloud?",
        changed(DECODE, (" if word not in (START, NULL)", "")),
    ),
    (
        "decode-needs-end",
        "decoded",
        "A sentence without <END> was not decoded: one that was cut off has none.",
        "What does `list.index` do when there is nothing to be found?",
        changed(DECODE, (" if END in words else words", "")),
    ),
)  # fmt: skip

known(
    "wrong_gradients",
    (
        "right-ones",
        "is_wrong",
        "These are the positions of the *right* gradients.",
        "Which ones are asked for?",
        ("> tolerance", "<= tolerance"),
    ),
    (
        "first-only",
        "is_wrong",
        "You looked at the gradient of the first input only.",
        "How many inputs does the layer have?",
        ("zip(inputs, grads)", "zip(inputs[:1], grads)"),
    ),
    (
        "without-dout",
        "is_wrong",
        "The numeric gradient was taken without the dout that backward was given.",
        "Which upstream gradient do both sides have to share?",
        (", x, dout)", ", x)"),
    ),
    (
        "mean-error",
        "is_wrong",
        "You looked at the mean error with a generous limit; one wrong element disappears in it.",
        "How many elements may be wrong?",
        (".max() > tolerance", ".mean() > 0.3"),
    ),
    (
        "all-inputs",
        "is_wrong",
        "If one gradient was wrong, you called all of them wrong.",
        "Which of the inputs does each error belong to?",
        ("    return wrong", "    return list(range(len(grads))) if wrong else []"),
    ),
    (
        "absolute-error",
        "is_wrong",
        "The errors were not measured by the size of the gradients.",
        "Is an error of 0.3 large?",
        ("relative_error(grad, numeric).max() > tolerance", "np.abs(grad - numeric).max() > 1.5"),
    ),
)
