"""Data sets as dicts of arrays: ``X_train y_train X_val y_val X_test y_test`` and more.

Images are float32 (N, C, H, W), each channel with mean 0 and standard deviation 1 over the training
part. ``mean`` and ``std`` (1, C, 1, 1) undo that: ``images * std + mean`` is brightness, 0 to 1.
"""

import json
from pathlib import Path

import numpy as np

from scratch.data_files import (
    GO_ON,
    check_labels,
    data_folder,
    download,
    find_file,
    open_pictures,
    read_cifar_batch,
    read_idx,
    read_members,
    read_picture,
)
from scratch.scene_captions import write_captions
from scratch.scene_pictures import draw_scenes
from scratch.scenes import KINDS, random_scene, random_single
from scratch.text import SPECIAL_WORDS, Vocabulary

PARTS = ("train", "val", "test")


def normalize(data):
    """Scale all ``X_...`` of ``data`` in place, by mean and deviation of each channel of training.

    Images may be brightness from 0 to 1 (float32) or bytes from 0 to 255.
    """
    for part in PARTS:
        if data[f"X_{part}"].dtype == np.uint8:
            data[f"X_{part}"] = np.divide(data[f"X_{part}"], 255, dtype=np.float32)
    X_train = data["X_train"]
    mean = X_train.mean(axis=(0, 2, 3), keepdims=True, dtype=np.float64).astype(np.float32)
    std = np.maximum(X_train.std(axis=(0, 2, 3), keepdims=True, dtype=np.float64), 1e-6)
    data["mean"], data["std"] = mean, std.astype(np.float32)
    for part in PARTS:
        data[f"X_{part}"] -= data["mean"]
        data[f"X_{part}"] /= data["std"]
    return data


def load_scenes(*, num_train=8000, num_val=1000, num_test=1000, seed=0):
    """Pictures of one shape to sort by kind: a dict of arrays, ``class_names`` has the ten kinds.

    The three parts come from streams of their own: asking for more of one leaves the others alone.
    """
    data = {"class_names": list(KINDS)}
    for part, rng, N in parts(seed, num_train, num_val, num_test):
        scenes = [random_single(rng) for _ in range(N)]
        data[f"X_{part}"] = draw_scenes(scenes, rng)
        data[f"y_{part}"] = np.array(
            [KINDS.index(s.shapes[0].kind) for s in scenes], dtype=np.int64
        )
    return normalize(data)


def load_scene_captions(
    *, num_train=14000, num_val=500, num_test=1000, num_captions=4, min_count=None, seed=0
):
    """Pictures of one to three shapes with ``num_captions`` true captions each, as a dict.

    For each part: images ``X_train``, ``captions_train`` (a list of sentences for each picture),
    ``y_train`` (N, T), the first of them as word indices, and ``scenes_train``, what the picture
    shows. ``vocab`` has the words seen ``min_count`` times or more in the training captions
    (None: in one caption of 200), so that rare words become ``<UNK>``.
    """
    data = {}
    for part, rng, N in parts(seed, num_train, num_val, num_test):
        data[f"scenes_{part}"] = scenes = [random_scene(rng) for _ in range(N)]
        data[f"captions_{part}"] = write_captions(scenes, rng, num_captions)
        data[f"X_{part}"] = draw_scenes(scenes, rng)
    min_count = max(2, num_train * num_captions // 200) if min_count is None else min_count
    return normalize(with_vocabulary(data, min_count))


def with_vocabulary(data, min_count, max_length=None):
    """Add ``vocab``, from the training captions, and ``y_...``, the first captions as indices."""
    sentences = [caption for captions in data["captions_train"] for caption in captions]
    data["vocab"] = Vocabulary.from_sentences(sentences, min_count)
    if max_length is None:
        max_length = data["vocab"].encode(sentences).shape[1]
    for part in PARTS:
        first = [captions[0] for captions in data[f"captions_{part}"]]
        data[f"y_{part}"] = data["vocab"].encode(first, max_length)
    return data


def caption_task(data, features):
    """What ``Solver`` needs to train a captioner: one training row for each caption of a picture.

    ``data`` comes from ``load_scene_captions`` (or ``load_flickr8k``), ``features`` holds an array
    (N, D) for each part. Validation has one caption a picture.
    """
    sentences = [caption for captions in data["captions_train"] for caption in captions]
    several = len(data["captions_train"][0])
    return {
        "X_train": features["train"].repeat(several, axis=0),
        "y_train": data["vocab"].encode(sentences, data["y_train"].shape[1]),
        "X_val": features["val"],
        "y_val": data["y_val"],
    }


def parts(seed, num_train, num_val, num_test):
    """The name, the random stream and the number of pictures of each part."""
    sizes = (num_train, num_val, num_test)
    for i, (part, N) in enumerate(zip(PARTS, sizes)):
        if N < 1:
            raise ValueError(f"num_{part} is {N}, expected at least 1.")
        yield part, np.random.default_rng([seed, i]), N


DIGITS = [str(digit) for digit in range(10)]
CLOTHES = [
    "t-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "boot",
]  # fmt: skip
CIFAR_CLASSES = [
    "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
]  # fmt: skip

MNIST_URLS = (  # two mirrors of the files that stood on yann.lecun.com
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
)
MNIST_HASHES = {  # SHA-256 of the four official files
    "train-images-idx3-ubyte.gz": "sha256:"
    "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
    "train-labels-idx1-ubyte.gz": "sha256:"
    "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
    "t10k-images-idx3-ubyte.gz": "sha256:"
    "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
    "t10k-labels-idx1-ubyte.gz": "sha256:"
    "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
}
FASHION_URLS = (
    "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
    "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
)
FASHION_HASHES = {  # as in torchvision; not checked on the files here
    "train-images-idx3-ubyte.gz": "md5:8d4fb7e6c68d591d4c3dfef9ec88bf0d",
    "train-labels-idx1-ubyte.gz": "md5:25c81989df183df01b3e8a0aad5dffbe",
    "t10k-images-idx3-ubyte.gz": "md5:bef4ecab320f06d8554ea6380940ec79",
    "t10k-labels-idx1-ubyte.gz": "md5:bb300cfdad3c16e7a12a480ee83cd310",
}
CIFAR_URLS = ("https://www.cs.toronto.edu/~kriz/",)
CIFAR_HASH = "md5:c58f30108f718f92721af3b95e74349a"  # as in torchvision; not checked here
FLICKR_URLS = ("https://github.com/jbrownlee/Datasets/releases/download/Flickr8k/",)
FLICKR_HASHES = {  # as in the R package torchdatasets; not checked on the files here
    "Flickr8k_text.zip": "md5:bf6c1abcb8e4a833b7f922104de18627",
    "Flickr8k_Dataset.zip": "md5:f18a1e2920de5bd84dae7cf08ec78978",
}


def split(X, y, num_train, num_val):
    """Training and validation part: the last ``num_val`` rows validate, the first train."""
    available = len(X) - num_val
    num_train = available if num_train is None else num_train
    if num_val < 1 or num_train < 1 or num_train > available:
        raise ValueError(
            f"num_train is {num_train} and num_val {num_val}: expected at least 1 each and "
            f"{len(X)} together at most."
        )
    rows = slice(num_train), slice(len(X) - num_val, None)
    return {f"{name}_{part}": array[row] for part, row in zip(PARTS, rows)
            for name, array in (("X", X), ("y", y))}  # fmt: skip


def load_mnist(root=None, *, num_train=None, num_val=1000):
    """Handwritten digits, (N, 1, 28, 28): 60,000 to train and validate, 10,000 to test.

    ``root``: a folder with the four original files, packed (.gz) or not; None downloads them once.
    LeCun, Cortes and Burges, "The MNIST database of handwritten digits" (1998).
    """
    return load_idx_set("mnist", root, MNIST_URLS, MNIST_HASHES, DIGITS, num_train, num_val)


def load_fashion_mnist(root=None, *, num_train=None, num_val=1000):
    """Ten kinds of clothes in the format of MNIST, (N, 1, 28, 28); see ``load_mnist``.

    Xiao, Rasul and Vollgraf, "Fashion-MNIST" (arXiv:1708.07747, 2017).
    """
    return load_idx_set(
        "fashion-mnist", root, FASHION_URLS, FASHION_HASHES, CLOTHES, num_train, num_val
    )


def load_idx_set(dataset, root, urls, hashes, class_names, num_train, num_val):
    """A data set of four IDX files, named like those of MNIST."""
    X_all, y_all = read_idx_pair(dataset, root, urls, hashes, "train")
    X_test, y_test = read_idx_pair(dataset, root, urls, hashes, "t10k")
    if len(X_test) > len(X_all):
        raise ValueError(
            f"The t10k files have {len(X_test)} images, the train files {len(X_all)}: "
            "expected more to train than to test. Are the file names swapped?"
        )
    data = split(X_all, y_all, num_train, num_val)
    return normalize({**data, "X_test": X_test, "y_test": y_test, "class_names": class_names})


def read_idx_pair(dataset, root, urls, hashes, part):
    """Images (N, 1, H, W) uint8 and labels (N,) int64 of ``part``, "train" or "t10k"."""
    paths = []
    for name in (f"{part}-images-idx3-ubyte.gz", f"{part}-labels-idx1-ubyte.gz"):
        if root is None:
            addresses = [url + name for url in urls]
            paths.append(download(name, addresses, hashes[name], data_folder() / dataset))
        else:
            plain = name.removesuffix(".gz")
            names = (name, plain, plain.replace("-idx", ".idx"))  # some unpackers write a dot
            paths.append(find_file(root, names, f"the {part} files of {dataset}"))
    images, labels = read_idx(paths[0], 3), read_idx(paths[1], 1)
    if len(images) != len(labels):
        raise ValueError(
            f"{paths[0]} has {len(images)} images and {paths[1].name} {len(labels)} labels: "
            "expected as many. Do the two files belong together?"
        )
    check_labels(str(paths[1]), labels)
    return images[:, None], labels.astype(np.int64)


def load_cifar10(root=None, *, num_train=None, num_val=1000, partial=False):
    """Small color photographs of ten classes, (N, 3, 32, 32): 50,000 and 10,000 to test.

    ``root``: a folder with ``cifar-10-python.tar.gz`` or ``cifar-10-batches-py``, or that folder;
    None downloads it once. ``partial`` takes batches that are missing or shorter than 10,000 rows
    as they are. Krizhevsky, "Learning multiple layers of features from tiny images" (2009).
    """
    archive = "cifar-10-python.tar.gz"
    if root is None:
        path = download(archive, [CIFAR_URLS[0] + archive], CIFAR_HASH, data_folder() / "cifar10")
    elif (Path(root) / "test_batch").is_file():
        path = Path(root)
    else:
        path = find_file(root, ("cifar-10-batches-py", archive), "the data set CIFAR-10")
    names = [f"data_batch_{i}" for i in range(1, 6)]
    batches = read_members(path, [*names, "test_batch"])
    X_test, y_test = read_cifar_part(path, batches, ["test_batch"], "testing batch", partial)
    X, y = read_cifar_part(path, batches, names, "training batch", partial)
    data = split(X, y, num_train, num_val)
    return normalize({**data, "X_test": X_test, "y_test": y_test, "class_names": CIFAR_CLASSES})


def read_cifar_part(path, batches, names, title, partial):
    """All images and labels of the batches ``names``, whose titles must begin with ``title``."""
    images, labels = [], []
    for name in names:
        if name not in batches and not partial:
            raise FileNotFoundError(f"{path} lacks {name}: expected all six batches. {GO_ON}")
        if name not in batches:
            continue
        X, y, came = read_cifar_batch(batches[name], f"{path}/{name}")
        if not came.startswith(title):
            raise ValueError(f"{path}/{name} calls itself {came!r}, expected a {title!r}: renamed?")
        if len(X) != 10000 and not partial:
            raise ValueError(
                f"{path}/{name} has {len(X)} images, expected 10000: it is short. Download it "
                "again, or pass partial=True to use it as it is."
            )
        images.append(X)
        labels.append(y)
    if not images:
        raise FileNotFoundError(f"{path} has none of {', '.join(names)}. {GO_ON}")
    return np.concatenate(images), np.concatenate(labels)


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


def load_coco(root=None, *, pca_features=True, num_train=10000, num_val=1000, seed=0):
    """COCO captions with ready-made VGG-16 features, in the layout of CS231n; needs ``h5py``.

    ``X_train`` (N, 512; without ``pca_features`` 4096) are the features of the picture that each
    row of ``y_train`` (N, 17) tells of. There are 400,135 training captions: ``num_train`` of them
    are drawn, None takes all. ``urls_train`` says where the pictures are. ``root``: the folder
    ``coco_captioning``. It publishes no hash, so it is not downloaded from here.
    Lin et al., "Microsoft COCO" (ECCV 2014).
    """
    if root is None:
        raise FileNotFoundError(
            "load_coco needs root: download https://cs231n.stanford.edu/coco_captioning.zip "
            f"(1 GB), unpack it and pass the folder coco_captioning as root. {GO_ON}"
        )
    data = {"vocab": read_coco_vocabulary(find_file(root, ("coco2014_vocab.json",), "COCO"))}
    rng = np.random.default_rng(seed)
    for part, N in (("train", num_train), ("val", num_val)):
        y, images, features = read_coco_part(root, part, pca_features, len(data["vocab"]))
        rows = np.arange(len(y)) if N is None else rng.permutation(len(y))[:N]
        data[f"X_{part}"] = features[images[rows]].astype(np.float32, copy=False)
        data[f"y_{part}"] = y[rows].astype(np.int64)
        path = find_file(root, (f"{part}2014_urls.txt",), "COCO")
        urls = path.read_text(encoding="utf-8").split()
        data[f"urls_{part}"] = [urls[i] for i in images[rows]]
    return data


def read_coco_part(root, part, pca_features, V):
    """Captions (M, T), the picture number of each (M,), and features of the pictures (K, D)."""
    captions = find_file(root, ("coco2014_captions.h5",), "COCO")
    y, images = read_h5(captions, f"{part}_captions"), read_h5(captions, f"{part}_image_idxs")
    name = f"{part}2014_vgg16_fc7{'_pca' if pca_features else ''}.h5"
    features = read_h5(find_file(root, (name,), "COCO"), "features")
    check_coco(part, y, images, features, V)
    return y, images, features


def read_coco_vocabulary(path):
    """``coco2014_vocab.json`` as a Vocabulary."""
    try:
        words = json.loads(path.read_text(encoding="utf-8"))["idx_to_word"]
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{path} is damaged ({type(error).__name__}: {error}).") from None
    if tuple(words[:4]) != SPECIAL_WORDS:
        raise ValueError(f"{path} begins with {words[:4]}, expected {list(SPECIAL_WORDS)}.")
    return Vocabulary(words[4:])


def read_h5(path, key):
    """One array of an HDF5 file."""
    try:
        import h5py
    except ImportError:
        raise ImportError("load_coco needs h5py: `pip install h5py`.") from None
    try:
        with h5py.File(path, "r") as file:
            return file[key][()]
    except (OSError, KeyError) as error:
        raise ValueError(f"{path} is damaged or has no {key!r} ({error}).") from None


def check_coco(part, captions, images, features, V):
    """Raise unless captions, their pictures and the features fit together."""
    if len(captions) != len(images) or images.min() < 0 or images.max() >= len(features):
        raise ValueError(
            f"The {part} files of COCO do not fit together: {len(captions)} captions, "
            f"{len(images)} picture numbers up to {images.max()}, {len(features)} features."
        )
    if captions.min() < 0 or captions.max() >= V:
        raise ValueError(f"The {part} captions of COCO have words outside 0..{V - 1}: damaged.")
