"""Flickr8k: photographs with five captions each."""

import io
import re

import numpy as np

from scratch.data.archives import AGAIN
from scratch.data.arrays import PARTS, normalize
from scratch.data.captions import with_vocabulary
from scratch.data.download import folder_of
from scratch.data.finding import Files
from scratch.data.text_files import decode_text, text_lines, unquoted

TOKENS = "Flickr8k.token.txt"
LINE = re.compile(r"(?P<name>[^#\s]+)#(?P<number>\d+)(?:\t|[,;]|\s+)\s*(?P<caption>.+)")


def load_flickr8k(root=None, *, size=32, num_train=None, min_count=5, max_length=20):
    """Photographs with five captions each: 6,000 to train, 1,000 to validate, 1,000 to test.

    ``X_train`` (N, 3, size, size) has the middle square of each picture; ``captions_train`` its
    five sentences, ``y_train`` the first of them as word indices, ``names_train`` the file names;
    ``vocab`` as in ``load_scene_captions``. ``root``: a folder with ``Flickr8k_text`` and
    ``Flicker8k_Dataset`` (spelled so in the original), unpacked or .zip; None downloads 1 GB once.
    Hodosh, Young and Hockenmaier, "Framing image description as a ranking task" (JAIR 2013).
    """
    if num_train is not None and num_train < 1:
        raise ValueError(f"num_train is {num_train}, expected at least 1, or None for all.")
    files = Files(
        folder_of("flickr8k") if root is None else root,
        "Flickr8k",
        offer="Flickr8k_text.zip and Flickr8k_Dataset.zip or what they hold",
        archives=r"flick.*\.(zip|tar|tgz|tar\.gz)$",
        others="flickr30k",
    )
    captions = files.read(TOKENS, parse=read_captions)
    data = {}
    for part, name in zip(PARTS, ("trainImages", "devImages", "testImages")):
        names = files.read(f"Flickr_8k.{name}.txt", parse=read_names)
        names = names[:num_train] if part == "train" else names
        data[f"names_{part}"] = names
        data[f"captions_{part}"] = [captions_of(name, captions) for name in names]
        data[f"X_{part}"] = np.stack([flickr_picture(files, name, size) for name in names])
    return normalize(with_vocabulary(data, min_count, max_length))


def read_names(content, place):
    """A list of pictures, one a line -> their names."""
    lines = text_lines(decode_text(content, place))
    names = [unquoted(line.rstrip(" \t,;")) for _, line in lines]
    if len(set(names)) < len(names) or not names:
        raise ValueError(
            f"{place} names {len(names)} pictures, {len(set(names))} different ones: expected each "
            f"once, and one at least. {AGAIN}"
        )
    return names


def read_captions(content, place):
    """Lines ``picture.jpg#0<tab>caption`` -> {"picture.jpg": {0: caption}}.

    A comma or spaces may stand for the tab, and a spreadsheet may have put quotes around.
    """
    captions = {}
    for number, line in text_lines(decode_text(content, place)):
        match = LINE.fullmatch(unquoted(line))
        if match is None:
            raise ValueError(
                f"Line {number} of {place} is {line[:60]!r}, expected picture.jpg#number, a tab "
                f"and a caption: the file is damaged. {AGAIN}"
            )
        caption, several = unquoted(match["caption"]), captions.setdefault(match["name"], {})
        if several.setdefault(int(match["number"]), caption) != caption:
            raise ValueError(
                f"Line {number} of {place} is another caption {match['number']} of {match['name']} "
                f"than before: the file is damaged. {AGAIN}"
            )
    return captions


def captions_of(name, captions):
    """The five captions of a picture, in the order of their numbers."""
    several = captions.get(name, {})
    if len(several) != 5:
        raise ValueError(
            f"{TOKENS} has {len(several)} captions of {name}, expected 5: lines are missing or "
            f"too many. {AGAIN}"
        )
    return [several[number] for number in sorted(several)]


def flickr_picture(files, name, size):
    """The picture ``name``, (3, size, size) uint8."""
    return files.read(name, parse=lambda content, place: read_picture(content, place, size))


def read_picture(content, place, size):
    """A JPEG (bytes), its middle square scaled to ``size``: (3, size, size) uint8."""
    try:
        from PIL import Image, ImageOps
    except ImportError:
        raise ImportError("Reading pictures needs Pillow: `pip install pillow`.") from None
    try:
        with Image.open(io.BytesIO(content)) as picture:
            square = ImageOps.fit(picture.convert("RGB"), (size, size))
    except Exception as error:  # damaged pictures fail in every way there is
        raise ValueError(f"The picture {place} is damaged ({error}). {AGAIN}") from None
    return np.asarray(square).transpose(2, 0, 1)
