"""Which words of a false caption are to blame: the fewest that must be left open for it to hold."""

from itertools import combinations

from scratch.data.scene_captions import (
    COLOR_OF,
    COUNTS,
    KIND_OF,
    KIND_OF_PLURAL,
    RELATIONS,
    SIZE_OF,
    Group,
    caption_is_true,
    parse_caption,
)

PARTS = {
    "determiner": COUNTS,
    "size": SIZE_OF,
    "color": COLOR_OF,
    "kind": KIND_OF | KIND_OF_PLURAL,
}
LEFT_OPEN = Group("a", None, None, None)


def is_english(caption):
    """Does ``caption`` follow the grammar?"""
    try:
        return bool(parse_caption(caption.split()))
    except ValueError:
        return False


def wrong_words(caption, scene):
    """The indices of the words to blame: none of a true caption, all of what is no English."""
    words = caption.split()
    if not is_english(caption):
        return list(range(len(words)))
    groups, relation = parse_caption(words)
    parts = parts_of(words)
    choices = dict.fromkeys(part for part in parts if part[0] >= 0)
    for count in range(len(choices) + 1):
        for opened in combinations(choices, count):
            if caption_is_true(with_open(groups, relation, opened), scene):
                return [i for i, part in enumerate(parts) if part in opened]
    last = parts.index((len(groups) - 1, "determiner")) - 1  # a shape too many: blame the last one
    return [*wrong_words(" ".join(words[:last]), scene), *range(last, len(words))]


def parts_of(words):
    """For each word: which group it belongs to (-1 before the first), and as which part."""
    parts, k = [], -1
    for word in words:
        k += word in COUNTS
        parts.append((k, next((part for part in PARTS if word in PARTS[part]), "link")))
    return parts


def with_open(groups, relation, opened):
    """The caption with some parts left open: "a star" for "two red stars"."""
    texts = [
        Group(
            *(getattr(LEFT_OPEN if (k, part) in opened else group, part) for part in PARTS)
        ).words()
        for k, group in enumerate(groups)
    ]
    link = RELATIONS[relation][0] if relation and (0, "link") not in opened else "and"
    return f" {link} ".join(texts)
