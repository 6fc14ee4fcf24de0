"""Flickr8k: photographs with five captions each."""

from pathlib import Path

import numpy as np

from scratch.data.arrays import PARTS, normalize
from scratch.data.captions import with_vocabulary
from scratch.data.download import data_folder, download
from scratch.data.files import GO_ON, find_file, open_pictures, read_picture

FLICKR_URLS = ("https://github.com/jbrownlee/Datasets/releases/download/Flickr8k/",)
FLICKR_HASHES = {  # as in the R package torchdatasets; not checked on the files here
    "Flickr8k_text.zip": "md5:bf6c1abcb8e4a833b7f922104de18627",
    "Flickr8k_Dataset.zip": "md5:f18a1e2920de5bd84dae7cf08ec78978",
}


def load_flickr8k(root=None, *, size=32, num_train=None, min_count=5, max_length=20):
    """Photographs with five captions each: 6,000 to train, 1,000 to validate, 1,000 to test.

    ``X_train`` (N, 3, size, size) has the middle square of each picture; ``captions_train`` its
    five sentences, ``y_train`` the first of them as word indices, ``names_train`` the file names;
    ``vocab`` as in ``load_scene_captions``. ``root``: a folder with ``Flickr8k_text`` and
    ``Flicker8k_Dataset`` (spelled so in the original), unpacked or .zip; None downloads 1 GB once.
    Hodosh, Young and Hockenmaier, "Framing image description as a ranking task" (JAIR 2013).
    """
    text, pictures = (open_pictures(path) for path in flickr_paths(root))
    captions = read_flickr_captions(read_text(text, "Flickr8k.token.txt"))
    data = {}
    for part, name in zip(PARTS, ("trainImages", "devImages", "testImages")):
        names = read_text(text, f"Flickr_8k.{name}.txt").split()
        names = names[:num_train] if part == "train" else names
        data[f"names_{part}"] = names
        data[f"captions_{part}"] = [captions_of(name, captions) for name in names]
        data[f"X_{part}"] = np.stack([flickr_picture(pictures, name, size) for name in names])
    return normalize(with_vocabulary(data, min_count, max_length))


def flickr_paths(root):
    """Where the texts and the pictures are: two folders or .zip files."""
    if root is None:
        folder = data_folder() / "flickr8k"
        return [
            download(name, [FLICKR_URLS[0] + name], known_hash, folder)
            for name, known_hash in FLICKR_HASHES.items()
        ]
    texts = ("Flickr8k_text", "Flickr8k_text.zip")
    packed = sorted(path.name for path in Path(root).glob("Flick*8k_Dataset*.zip"))
    pictures = ("Flicker8k_Dataset", "Flickr8k_Dataset", *packed, "Flickr8k_Dataset.zip")
    return [
        find_file(root, texts, "the texts of Flickr8k"),
        find_file(root, pictures, "the pictures of Flickr8k"),
    ]


def read_text(open_file, name):
    """The content of a text file of Flickr8k."""
    content = open_file(name)
    if content is None:
        raise FileNotFoundError(f"Flickr8k_text lacks {name}. {GO_ON}")
    return content.decode()


def read_flickr_captions(text):
    """Lines ``picture.jpg#0<tab>caption`` -> {"picture.jpg": [captions]}."""
    captions = {}
    for number, line in enumerate(text.splitlines(), start=1):
        key, tab, caption = line.partition("\t")
        name, mark, _ = key.rpartition("#")
        if not (tab and mark):
            raise ValueError(
                f"Line {number} of Flickr8k.token.txt is {line[:60]!r}, "
                "expected picture.jpg#number, a tab and a caption: the file is damaged."
            )
        captions.setdefault(name, []).append(caption)
    return captions


def captions_of(name, captions):
    """The five captions of a picture."""
    if len(captions.get(name, ())) != 5:
        raise ValueError(
            f"Flickr8k.token.txt has {len(captions.get(name, ()))} captions of {name}, expected 5: "
            "the file is short."
        )
    return captions[name]


def flickr_picture(pictures, name, size):
    """The picture ``name``, (3, size, size) uint8."""
    content = pictures(name)
    if content is None:
        raise FileNotFoundError(f"The pictures of Flickr8k lack {name}: unpack them again. {GO_ON}")
    return read_picture(content, name, size)
