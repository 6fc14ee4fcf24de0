"""Write captions of scenes, and judge captions: does *every* statement hold?

The grammar, with ``[...]`` for what may be left out:

    caption   [opener] group                         there is a small red circle
            | [opener] group and group [and group]   two stars and a blue ring
            | [opener] group relation group          the picture shows a ring to the left of a star
    group     a | an | one | two | three   [size] [color] noun

"a red circle" says that there is one at least; "one", "two" and "three" count exactly. Groups speak
of different shapes. A relation holds for every pair of shapes in the two groups.
"""

from itertools import product
from typing import NamedTuple

from scratch.data.scenes import COLORS, KINDS, PICTURE_SIZE, SIZES

HALF = PICTURE_SIZE // 2
CLEARLY = 7  # "above" means that the center is at least 7 pixels higher; so for below, left, right

PARAPHRASES = {"small": ("little",), "large": ("big",)}  # as frequent as the plain word
RARE_WORDS = {  # so rare that a vocabulary with a minimum count turns them into <UNK>
    "circle": ("disc",), "square": ("box",), "cross": ("plus",), "diamond": ("rhombus",),
    "ring": ("hoop",), "moon": ("crescent",), "bar": ("stick",), "red": ("crimson", "scarlet"),
    "orange": ("amber",), "yellow": ("golden",), "green": ("emerald",), "cyan": ("turquoise",),
    "blue": ("azure",), "purple": ("violet",), "white": ("snowy",), "small": ("tiny",),
    "large": ("huge",),
}  # fmt: skip
RARE_SHARE = 0.01  # of the words that have a rare synonym

OPENERS = ("the picture shows", "i see", "there is", "there are")  # the last two agree in number
RELATIONS = {
    "above": ("above", "over"),
    "below": ("below", "under"),
    "left": ("to the left of", "left of"),
    "right": ("to the right of", "right of"),
}
COUNTS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3}


def synonyms(word):
    """All words that mean the same: ``small -> (small, little, tiny)``."""
    return (word, *PARAPHRASES.get(word, ()), *RARE_WORDS.get(word, ()))


def plural(noun):
    """``circle -> circles``, ``cross -> crosses``."""
    return noun + ("es" if noun.endswith(("s", "x")) else "s")


SIZE_OF = {word: size for size in SIZES for word in synonyms(size)}
COLOR_OF = {word: color for color in COLORS for word in synonyms(color)}
KIND_OF = {word: kind for kind in KINDS for word in synonyms(kind)} | {"shape": None}
KIND_OF_PLURAL = {plural(word): kind for word, kind in KIND_OF.items()}


class Group(NamedTuple):
    """What "two small red circles" says: None where it says nothing."""

    determiner: str
    size: str | None
    color: str | None
    kind: str | None

    @property
    def count(self):
        return COUNTS[self.determiner]

    def matches(self, shape):
        """Is ``shape`` one of the kind this group speaks of?"""
        said = (self.size, self.color, self.kind)
        return all(s in (None, is_) for s, is_ in zip(said, (shape.size, shape.color, shape.kind)))

    def words(self, say=lambda word: word):
        """The group in words; ``say`` may replace a word by one that means the same."""
        noun = say(self.kind or "shape")
        words = [say(word) for word in (self.size, self.color) if word]
        words.append(noun if self.count == 1 else plural(noun))
        determiner = self.determiner
        if determiner == "a" and words[0][0] in "aeiou":
            determiner = "an"
        return " ".join([determiner, *words])


def write_caption(scene, rng):
    """One true caption of ``scene``, drawn from the grammar."""
    groups, relation = choose_statement(scene.shapes, rng)
    texts = [group.words(lambda word: choose_word(word, rng)) for group in groups]
    if relation is None:
        text = " and ".join(texts)
    else:
        text = f" {pick(RELATIONS[relation], rng)} ".join(texts)
    if len(text.split()) <= 9 and rng.random() < 0.3:  # a long sentence does without
        openers = [o for o in OPENERS if o != ("there are" if groups[0].count == 1 else "there is")]
        text = f"{pick(openers, rng)} {text}"
    return text


def write_captions(scenes, rng, num_captions=5):
    """``num_captions`` true captions for each scene: a list of lists of sentences."""
    return [[write_caption(scene, rng) for _ in range(num_captions)] for scene in scenes]


def choose_statement(shapes, rng):
    """What to say of the scene: -> (groups, relation or None)."""
    several = look_alikes(shapes)
    if several and rng.random() < 0.6:
        rest = [s for s in shapes if not several.matches(s)]
        others = [tell(s, shapes, rng) for s in rest if rng.random() < 0.7]
        return [several, *others], None
    if len(shapes) == 1 or rng.random() < 0.1:
        return [tell(reading_order(shapes)[0], shapes, rng)], None
    if rng.random() < (0.3 if len(shapes) == 2 else 0.15):
        size_share = 0.5 if len(shapes) == 2 else 0  # three groups are long enough without sizes
        return [tell(s, shapes, rng, size_share) for s in reading_order(shapes)], None
    first, *_, second = reading_order(shapes)
    if rng.random() < 0.05:
        first, second = second, first
    relations = [name for name in RELATIONS if stands(first, name, second)]
    return [tell(s, shapes, rng) for s in (first, second)], pick(relations, rng)


def reading_order(shapes):
    """Upper shapes before lower ones, then from left to right."""
    return sorted(shapes, key=lambda s: (s.row // HALF, s.col))


def look_alikes(shapes):
    """The group of two or three shapes of one kind, with the color if they share it; or None."""
    for kind in KINDS:
        same = [shape for shape in shapes if shape.kind == kind]
        if len(same) > 1:
            colors = {shape.color for shape in same}
            color = same[0].color if len(colors) == 1 else None
            return Group("two" if len(same) == 2 else "three", None, color, kind)
    return None


def tell(shape, shapes, rng, size_share=0.5):
    """A group for one shape: its kind, mostly its color, half the time its size."""
    size = shape.size if rng.random() < size_share else None
    color = shape.color if rng.random() < 0.95 else None
    group = Group("one", size, color, shape.kind)
    alone = sum(map(group.matches, shapes)) == 1
    return group if alone and rng.random() < 0.05 else group._replace(determiner="a")


def choose_word(word, rng):
    """The word itself or a synonym, now and then a rare one."""
    if word in RARE_WORDS and rng.random() < RARE_SHARE:
        return pick(RARE_WORDS[word], rng)
    return pick((word, *PARAPHRASES.get(word, ())), rng)


def pick(options, rng):
    """One of ``options``, each as likely."""
    return options[rng.integers(len(options))]


def stands(shape, relation, other):
    """Does ``shape`` stand clearly above, below, left or right of ``other``?"""
    down, right = shape.row - other.row, shape.col - other.col
    return {"above": -down, "below": down, "left": -right, "right": right}[relation] >= CLEARLY


def caption_is_true(caption, scene):
    """Whether every statement of ``caption`` (a sentence or its words) holds in ``scene``."""
    return judge_caption(caption, scene)[0]


def all_there(what, caption, scene):
    """Does ``caption`` name a ``what`` ("kind", "color", "size"), and only such as ``scene`` has?

    Less than being true: "a red star" names what is there in a picture of a blue star and a red
    ring. A caption that does not follow the grammar names nothing.
    """
    words = caption.split() if isinstance(caption, str) else list(caption)
    try:
        groups, _ = parse_caption(words)
    except ValueError:
        return False
    named = {getattr(group, what) for group in groups} - {None}
    return bool(named) and named <= {getattr(shape, what) for shape in scene.shapes}


def judge_caption(caption, scene):
    """``(True, "every statement holds")``, or False and a sentence on the first that does not.

    ``caption`` is a sentence or a list of words. One that does not follow the grammar is false.
    """
    words = caption.split() if isinstance(caption, str) else list(caption)
    try:
        groups, relation = parse_caption(words)
    except ValueError as error:
        return False, str(error)
    choices = []
    for group in groups:
        fitting = [shape for shape in scene.shapes if group.matches(shape)]
        choices.append(possible_meanings(group, fitting))
        if not choices[-1]:
            return False, f'it says "{group.words()}", but there are {len(fitting)} of that look'
    told = [meaning for meaning in product(*choices) if all_different(meaning)]
    if not told:
        return False, f"it speaks of {sum(g.count for g in groups)} different shapes; too many"
    if relation and not any(all_stand(*meaning, relation) for meaning in told):
        here, there = (group.words() for group in groups)
        return False, f'"{here}" is not {RELATIONS[relation][0]} "{there}"'
    return True, "every statement holds"


def possible_meanings(group, fitting):
    """Which shapes ``group`` may speak of: any one for "a", all and exactly as many for "two"."""
    if group.determiner == "a":
        return [(shape,) for shape in fitting]
    return [tuple(fitting)] if len(fitting) == group.count else []


def all_different(meaning):
    """No shape stands in two groups."""
    shapes = [shape for group in meaning for shape in group]
    return len(set(shapes)) == len(shapes)


def all_stand(these, those, relation):
    """Whether the relation holds for each of ``these`` to each of ``those``."""
    return all(stands(a, relation, b) for a, b in product(these, those))


def parse_caption(words):
    """Words -> (groups, relation or None); a ``ValueError`` says what is wrong with the grammar."""
    opener, rest = read_one_of(OPENERS, words)
    group, rest = read_group(rest)
    if opener == ("there are" if group.count == 1 else "there is"):
        raise ValueError(f'"{opener}" does not agree with "{group.words()}"')
    groups, relation = [group], None
    phrases = {phrase: name for name, phrases in RELATIONS.items() for phrase in phrases}
    while rest:
        link, rest = read_one_of(("and", *phrases), rest)
        if link is None or (link != "and" and len(groups) > 1) or relation or len(groups) == 3:
            raise ValueError(f'"{" ".join(words)}" does not follow the grammar')
        relation = phrases.get(link)
        group, rest = read_group(rest)
        groups.append(group)
    return groups, relation


def read_one_of(phrases, words):
    """Take one of ``phrases`` off the front: -> (phrase or None, the words after it)."""
    for phrase in phrases:
        length = len(phrase.split())
        if " ".join(words[:length]) == phrase:
            return phrase, words[length:]
    return None, words


def read_group(words):
    """Take a group such as "two small red circles" off the front: -> (Group, the words after)."""
    determiner, rest = read_one_of(COUNTS, words)
    if determiner is None:
        raise ValueError(f'expected "a" or a number at "{" ".join(words) or "the end"}"')
    size, rest = read_one_of(SIZE_OF, rest)
    color, rest = read_one_of(COLOR_OF, rest)
    nouns = KIND_OF if COUNTS[determiner] == 1 else KIND_OF_PLURAL
    noun, rest = read_one_of(nouns, rest)
    if noun is None:
        raise ValueError(f'expected a noun after "{" ".join(words[: len(words) - len(rest)])}"')
    if determiner in ("a", "an") and (determiner == "an") != (words[1][0] in "aeiou"):
        raise ValueError(f'"{determiner} {words[1]}" is not English')
    determiner = "a" if determiner == "an" else determiner
    return Group(determiner, SIZE_OF.get(size), COLOR_OF.get(color), nouns[noun]), rest
