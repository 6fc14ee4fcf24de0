"""Where the files of the real data sets stand, and how each is known: the one place for that."""

from typing import NamedTuple


class Origin(NamedTuple):
    """Addresses that end in a slash, tried in turn, and the hash of each file found there."""

    bases: tuple[str, ...]
    files: dict[str, str]


ORIGINS = {
    "mnist": Origin(
        (  # two mirrors of the files that stood on yann.lecun.com
            "https://storage.googleapis.com/cvdf-datasets/mnist/",
            "https://ossci-datasets.s3.amazonaws.com/mnist/",
        ),
        {  # the four official files
            "train-images-idx3-ubyte.gz": "sha256:"
            "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
            "train-labels-idx1-ubyte.gz": "sha256:"
            "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
            "t10k-images-idx3-ubyte.gz": "sha256:"
            "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
            "t10k-labels-idx1-ubyte.gz": "sha256:"
            "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
        },
    ),
    "fashion-mnist": Origin(
        (
            "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
            "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
        ),
        {  # as in torchvision; not checked on the files here
            "train-images-idx3-ubyte.gz": "md5:8d4fb7e6c68d591d4c3dfef9ec88bf0d",
            "train-labels-idx1-ubyte.gz": "md5:25c81989df183df01b3e8a0aad5dffbe",
            "t10k-images-idx3-ubyte.gz": "md5:bef4ecab320f06d8554ea6380940ec79",
            "t10k-labels-idx1-ubyte.gz": "md5:bb300cfdad3c16e7a12a480ee83cd310",
        },
    ),
    "cifar10": Origin(
        ("https://www.cs.toronto.edu/~kriz/",),
        {  # as in torchvision; not checked on the file here
            "cifar-10-python.tar.gz": "md5:c58f30108f718f92721af3b95e74349a",
        },
    ),
    "flickr8k": Origin(
        ("https://github.com/jbrownlee/Datasets/releases/download/Flickr8k/",),
        {  # as in the R package torchdatasets; not checked on the files here
            "Flickr8k_text.zip": "md5:bf6c1abcb8e4a833b7f922104de18627",
            "Flickr8k_Dataset.zip": "md5:f18a1e2920de5bd84dae7cf08ec78978",
        },
    ),
}
