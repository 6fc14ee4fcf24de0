"""Files as people have them: archives unpacked anyhow, saved again, renamed, damaged inside."""

import bz2
import codecs
import gzip
import lzma
import os
import pickle
import re
import shutil
import subprocess
import sys
import tarfile
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest
from data_copies import (
    IMAGES,
    LABELS,
    cifar_batch,
    idx,
    jpeg,
    write_cifar,
    write_coco,
    write_flickr,
    write_mnist,
)

from scratch.data import load_cifar10, load_coco, load_fashion_mnist, load_flickr8k, load_mnist
from scratch.data.finding import MOST_FOLDERS, usual_name

ROOT = Path(__file__).resolve().parents[1]
LOADERS = {
    "mnist": (write_mnist, lambda root: load_mnist(root, num_val=2)),
    "cifar": (write_cifar, lambda root: load_cifar10(root, num_val=2, partial=True)),
    "flickr": (write_flickr, lambda root: load_flickr8k(root, size=8, min_count=1)),
    "coco": (write_coco, lambda root: load_coco(root, num_train=3, num_val=3)),
}
ALL = pytest.mark.parametrize("name", LOADERS)


@pytest.fixture
def copies(tmp_path):
    """A function: name of a data set -> (a folder with a copy, what is read from it, loader)."""

    def make(name):
        write, load = LOADERS[name]
        folder = tmp_path / "copy"
        folder.mkdir()
        return write(folder), load(folder), load

    return make


def assert_same(data, other):
    assert data.keys() == other.keys()
    for key, value in data.items():
        if isinstance(value, np.ndarray):
            np.testing.assert_array_equal(value, other[key], err_msg=key)
        elif key == "vocab":
            assert value.word_to_idx == other[key].word_to_idx
        else:
            assert value == other[key], key


def zip_folder(folder, archive, separator="/", prefix=""):
    """Pack all of ``folder`` as some systems do, with leftovers of macOS."""
    with zipfile.ZipFile(archive, "w") as file:
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            inside = prefix + path.relative_to(folder).as_posix()
            file.writestr(inside.replace("/", separator), path.read_bytes())
            file.writestr(f"__MACOSX/._{path.name}", b"not the file")
    return archive


def refusal(load, root, *parts):
    """The one sentence (and what to do) that ``load`` says, which holds all of ``parts``."""
    with pytest.raises((ValueError, FileNotFoundError)) as error:
        load(root)
    message = str(error.value)
    assert not isinstance(error.value, UnicodeError)
    assert "\n" not in message and message[-1] in ".?"
    for part in parts:
        assert part in message, message
    return message


class TestWhereFilesLie:
    @ALL
    def test_deeper_below_the_folder(self, copies, tmp_path, name):
        folder, data, load = copies(name)
        (tmp_path / "data" / "sets").mkdir(parents=True)
        shutil.move(folder, tmp_path / "data" / "sets" / "this one")
        assert_same(data, load(tmp_path / "data"))

    @ALL
    def test_a_zip_in_the_folder_or_as_root(self, copies, tmp_path, name):
        folder, data, load = copies(name)
        (tmp_path / "zipped").mkdir()
        archive = zip_folder(folder, tmp_path / "zipped" / "archive.zip")
        assert_same(data, load(tmp_path / "zipped"))
        assert_same(data, load(str(archive)))

    @ALL
    def test_a_zip_that_old_windows_tools_wrote(self, copies, tmp_path, name):
        folder, data, load = copies(name)
        archive = zip_folder(folder, tmp_path / "a.zip", separator="\\", prefix="set/")
        assert_same(data, load(archive))

    @ALL
    def test_leftovers_of_systems_beside_the_files(self, copies, name):
        folder, data, load = copies(name)
        for path in [p for p in folder.rglob("*") if p.is_file()]:
            path.with_name(f"._{path.name}").write_bytes(b"Mac OS X")
            (path.parent / ".ipynb_checkpoints").mkdir(exist_ok=True)
            (path.parent / ".ipynb_checkpoints" / path.name).write_bytes(b"older")
        assert_same(data, load(folder))

    @ALL
    def test_saved_twice_under_two_names(self, copies, name):
        folder, data, load = copies(name)
        for path in [p for p in folder.rglob("*") if p.is_file()]:
            stem, dot, rest = path.name.partition(".")
            shutil.copy(path, path.with_name(f"{stem} (1){dot}{rest}"))
            path.rename(path.with_name(f"{stem} - Copy{dot}{rest}"))
        assert_same(data, load(folder))

    @ALL
    def test_a_whole_file_beside_a_damaged_one_of_its_name(self, copies, name):
        folder, data, load = copies(name)
        for path in [p for p in folder.rglob("*") if p.is_file()]:
            path.with_name(f"{path.stem} (2){path.suffix}").write_bytes(b"")
        assert_same(data, load(folder))

    @ALL
    def test_a_linked_folder(self, copies, tmp_path, name):
        folder, data, load = copies(name)
        (tmp_path / "root").mkdir()
        try:
            (tmp_path / "root" / "link").symlink_to(folder, target_is_directory=True)
        except OSError:
            pytest.skip("no links here")
        assert_same(data, load(tmp_path / "root"))

    def test_one_of_the_files_as_root_and_a_tilde(self, copies, tmp_path, monkeypatch):
        folder, data, load = copies("mnist")
        assert_same(data, load(folder / IMAGES.format("train")))
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.setenv("USERPROFILE", str(tmp_path))
        assert_same(data, load("~/copy"))

    def test_two_copies_that_differ(self, copies):
        folder, _, load = copies("mnist")
        for place in ("a", "b"):
            (folder / place).mkdir()
        for path in folder.glob("*.gz"):
            shutil.copy(path, folder / "a")
            path.rename(folder / "b" / path.name)
        image = folder / "b" / IMAGES.format("t10k")
        image.write_bytes(gzip.compress(idx(np.ones((5, 28, 28)))))
        refusal(load, folder, "t10k-images", "there twice", str(folder / "a"), str(folder / "b"))

    def test_too_many_folders(self, tmp_path):
        for i in range(MOST_FOLDERS + 1):
            (tmp_path / str(i)).mkdir()
        refusal(load_mnist, tmp_path, f"more than {MOST_FOLDERS} folders", "MNIST")

    def test_an_unfinished_download(self, copies):
        folder, _, load = copies("mnist")
        path = folder / IMAGES.format("train")
        path.rename(f"{path}.crdownload")
        refusal(load, folder, f"{path.name}.crdownload", "unfinished download")

    def test_what_is_there_instead_is_told_though_there_are_many_pictures(self, copies):
        folder, _, load = copies("flickr")
        shutil.rmtree(folder / "Flickr8k_text")
        (folder / "captions.txt").write_text("image,caption")
        for i in range(20):
            (folder / "Flicker8k_Dataset" / f"0{i}.jpg").write_bytes(jpeg(i))
        refusal(load, folder, "lacks Flickr8k.token.txt", "found captions.txt, 0.jpg", "...")

    @ALL
    def test_nothing_there(self, tmp_path, name):
        refusal(LOADERS[name][1], tmp_path, str(tmp_path), "found nothing", "load_scenes")
        refusal(LOADERS[name][1], tmp_path / "no", "There is no", str(tmp_path / "no"))


class TestMnist:
    def test_as_kaggle_unpacks_it(self, copies, tmp_path):
        """A folder around each file, with the name of the file, beside its twin with a dot."""
        folder, data, load = copies("mnist")
        for path in list(folder.glob("*.gz")):
            raw, name = gzip.decompress(path.read_bytes()), path.stem
            path.unlink()
            (folder / name).mkdir()
            (folder / name / name).write_bytes(raw)
            (folder / name.replace("-idx", ".idx")).write_bytes(raw)
        assert_same(data, load(folder))
        for path in folder.glob("*.idx*"):
            path.unlink()
        assert_same(data, load(folder))

    def test_as_torchvision_keeps_it_beside_fashion_mnist(self, copies, tmp_path):
        folder, data, load = copies("mnist")
        root = tmp_path / "data"
        for name, seed in (("MNIST", 0), ("FashionMNIST", 1), ("KMNIST", 2)):
            raw = root / name / "raw"
            raw.mkdir(parents=True)
            for path in write_mnist(raw, seed).glob("*.gz"):
                path.with_suffix("").write_bytes(gzip.decompress(path.read_bytes()))
        assert_same(data, load(root))
        fashion = load_fashion_mnist(root, num_val=2)
        assert_same(fashion, load_fashion_mnist(root / "FashionMNIST" / "raw", num_val=2))
        assert (fashion["X_train"] != data["X_train"]).any()
        shutil.rmtree(root / "MNIST")
        refusal(load, root, "lacks train-images-idx3-ubyte.gz of MNIST")

    @pytest.mark.parametrize(
        "pack",
        [
            *(gzip.decompress, gzip.compress),  # the browser unpacked it; a server packed it again
            *(lambda c: bz2.compress(gzip.decompress(c)), lambda c: lzma.compress(c)),
        ],
    )
    def test_packed_otherwise_than_the_name_says(self, copies, pack):
        folder, data, load = copies("mnist")
        for path in folder.glob("*.gz"):
            path.write_bytes(pack(path.read_bytes()))
        assert_same(data, load(folder))

    def test_in_a_tar(self, copies, tmp_path):
        folder, data, load = copies("mnist")
        with tarfile.open(tmp_path / "mnist.tar.gz", "w:gz") as tar:
            tar.add(folder, "./mnist")
        shutil.rmtree(folder)
        assert_same(data, load(tmp_path))

    @pytest.mark.parametrize(
        "content, said",
        [
            (b"", "is empty"),
            (b"\0\0", "got only 2 bytes"),
            (bytes([0, 0, 8, 1, 0]), "cut off in its header"),
            (bytes([0, 0, 8, 3, 0]), "got magic number 2051, images"),
            (bytes([0, 0, 13, 1, 0, 0, 0, 1, 0, 0, 0, 0]), "got magic number 3329"),
            (idx(np.arange(0)), "holds no label at all"),
            (idx(np.full(5, 10)), "labels outside 0..9"),
            (b"  \n<!DOCTYPE html><html>", "is a web page"),
            (b"version https://git-lfs.github.com/spec/v1\noid", "git lfs pull"),
        ],
    )
    @pytest.mark.parametrize("pack", [bytes, gzip.compress])
    def test_a_label_file_that_is_none(self, copies, content, said, pack):
        folder, _, load = copies("mnist")
        (folder / LABELS.format("t10k")).write_bytes(pack(content))
        refusal(load, folder, LABELS.format("t10k"), said)

    def test_a_size_beyond_every_memory(self, copies):
        folder, _, load = copies("mnist")
        header = bytes([0, 0, 8, 3]) + b"\xff" * 12
        (folder / IMAGES.format("train")).write_bytes(header)
        refusal(load, folder, "promises (4294967295, 4294967295, 4294967295)", "0 are there")

    def test_train_and_test_of_other_sizes(self, copies):
        folder, _, load = copies("mnist")
        (folder / IMAGES.format("t10k")).write_bytes(gzip.compress(idx(np.ones((5, 20, 20)))))
        refusal(load, folder, "(5, 1, 20, 20)", "(12, 1, 28, 28)")


ROWS = np.arange(4 * 3072).astype(np.uint8).reshape(4, 3072)
BATCH = {b"batch_label": b"training batch 1 of 5", b"labels": [0, 1, 2, 3], b"data": ROWS}
TEXT_KEYS = {k.decode(): v.decode() if isinstance(v, bytes) else v for k, v in BATCH.items()}


class TestCifar10:
    @pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
    @pytest.mark.parametrize(
        "batch",
        [
            BATCH,
            TEXT_KEYS,
            {**BATCH, b"labels": list(np.arange(4))},
            {**BATCH, b"labels": np.arange(4)},
            {**BATCH, b"labels": (0, 1, 2, 3)},
            {**BATCH, b"labels": np.arange(4, dtype=np.uint8)[:, None]},
            {**BATCH, b"data": ROWS.reshape(4, 3, 32, 32)},
            {**BATCH, b"data": ROWS.reshape(4, 3, 32, 32).transpose(0, 2, 3, 1)},
            {**BATCH, b"data": np.asfortranarray(ROWS)},
            {**BATCH, b"data": ROWS.astype(np.int64)},
            {**BATCH, b"data": ROWS.tolist()},
            {k: v for k, v in BATCH.items() if k != b"batch_label"},
        ],
    )
    def test_a_batch_that_somebody_pickled_again(self, copies, batch, protocol):
        folder, data, load = copies("cifar")
        path = folder / "cifar-10-batches-py" / "data_batch_1"
        path.write_bytes(pickle.dumps(batch, protocol=protocol))
        assert_same(data, load(folder))

    @pytest.mark.parametrize(
        "change, said",
        [
            ({b"data": ROWS / 255}, "holds float64, expected uint8"),
            ({b"data": ROWS.astype(int) - 1}, "integers from 0 to 255"),
            ({b"data": ROWS.astype(int) + 1}, "integers from 0 to 255"),
            ({b"data": ROWS.reshape(4, 32, 96)}, "holds data (4, 32, 96) for 4 labels"),
            ({b"labels": np.eye(10)[:4]}, "labels of shape (4, 10)"),
            ({b"labels": ["cat"] * 4}, "labels outside 0..9"),
            ({b"labels": [0.0, 1.0, 2.0, 3.0]}, "labels outside 0..9"),
            ({b"batch_label": b"testing batch 1 of 1"}, "calls itself 'testing batch 1 of 1'"),
        ],
    )
    def test_a_batch_that_is_none(self, copies, change, said):
        folder, _, load = copies("cifar")
        path = folder / "cifar-10-batches-py" / "data_batch_1"
        path.write_bytes(pickle.dumps({**BATCH, **change}))
        refusal(load, folder, str(path), said)

    def test_a_batch_with_a_title_of_somebodys_own(self, copies):
        folder, data, load = copies("cifar")
        path = folder / "cifar-10-batches-py" / "data_batch_1"
        path.write_bytes(pickle.dumps({**BATCH, b"batch_label": b"my smaller one"}))
        assert_same(data, load(folder))

    def test_a_batch_of_cifar_100(self, copies):
        folder, _, load = copies("cifar")
        batch = {b"fine_labels": [1], b"coarse_labels": [1], b"data": ROWS[:1]}
        (folder / "cifar-10-batches-py" / "data_batch_1").write_bytes(pickle.dumps(batch))
        refusal(load, folder, "data_batch_1", "it has no 'labels'")

    def test_the_binary_version(self, copies, tmp_path):
        folder, data, load = copies("cifar")
        binary = tmp_path / "cifar-10-batches-bin"
        binary.mkdir()
        for path in (folder / "cifar-10-batches-py").iterdir():
            batch = pickle.loads(path.read_bytes(), encoding="bytes")
            labels = np.array(batch[b"labels"], np.uint8)[:, None]
            content = np.hstack([labels, batch[b"data"]]).tobytes()
            (binary / f"{path.name}.bin").write_bytes(content)
        assert_same(data, load(tmp_path))  # the pickled ones go before
        shutil.rmtree(folder)
        assert_same(data, load(tmp_path))
        (binary / "test_batch.bin").write_bytes(content[:-1])
        refusal(load, tmp_path, "test_batch.bin", "no multiple of 3073")

    @pytest.mark.parametrize(
        "name", ["cifar-10-python.tar.gz", "cifar-10-python.tar", "cifar-10-python (1).tar.gz",
                 "cifar-10-python.tar (2).gz", "cifar-10-python.gz", "CIFAR-10.tgz"],
    )  # fmt: skip
    @pytest.mark.parametrize("mode", ["w:gz", "w", "w:xz"])
    def test_the_archive_under_other_names(self, copies, tmp_path, name, mode):
        folder, data, load = copies("cifar")
        with tarfile.open(tmp_path / name, mode) as tar:
            tar.add(folder / "cifar-10-batches-py", "cifar-10-batches-py")
        shutil.rmtree(folder)
        assert_same(data, load(tmp_path))

    def test_the_archive_in_an_archive(self, copies, tmp_path):
        folder, data, load = copies("cifar")
        (tmp_path / "inner").mkdir()
        with tarfile.open(tmp_path / "inner" / "cifar-10-python.tar.gz", "w:gz") as tar:
            tar.add(folder / "cifar-10-batches-py", "cifar-10-batches-py")
        zip_folder(tmp_path / "inner", tmp_path / "archive.zip")
        shutil.rmtree(folder), shutil.rmtree(tmp_path / "inner")
        assert_same(data, load(tmp_path))

    def test_a_batch_left_out_on_purpose_is_not_taken_from_the_archive(self, copies):
        folder, _, load = copies("cifar")
        batches = folder / "cifar-10-batches-py"
        with tarfile.open(folder / "cifar-10-python.tar.gz", "w:gz") as tar:
            tar.add(batches, "cifar-10-batches-py")
        (batches / "data_batch_3").unlink()
        data = load(folder)
        assert len(data["X_train"]) + len(data["X_val"]) == 16


def token_file(folder):
    return folder / "Flickr8k_text" / "Flickr8k.token.txt"


def quoted(text):
    """Each caption as a spreadsheet writes it."""
    return re.sub(r"\t(.*)", lambda m: '\t"' + m[1].replace('"', '""') + '"', text)


SAVED = [  # how editors and spreadsheets leave a text
    lambda text: (text + "\n").encode(),
    lambda text: (text + "\n\n \n").encode(),
    lambda text: codecs.BOM_UTF8 + text.encode(),
    lambda text: text.replace("\n", "\r\n").encode(),
    lambda text: text.replace("\n", "\r").encode(),
    lambda text: text.encode("utf-16"),
    lambda text: text.encode("utf-16-le"),
    lambda text: codecs.BOM_UTF16_BE + text.encode("utf-16-be"),
    lambda text: text.encode("utf-16-be"),
    lambda text: "\n".join(f'"{line}"' for line in text.splitlines()).encode(),
    lambda text: text.replace("\n", "\t\t\n").encode(),
    lambda text: (text + "\n\x1a").encode(),
    lambda text: gzip.compress(text.encode()),
]


class TestFlickr8k:
    @pytest.mark.parametrize(
        "save",
        [
            *SAVED,
            lambda text: quoted(text).encode(),
            lambda text: text.replace("\t", "    ").encode(),
            lambda text: text.replace("\t", ",").encode(),
            lambda text: (text + "\n" + text).encode(),
            lambda text: "\n".join(sorted(text.splitlines(), reverse=True)).encode(),
        ],
    )
    def test_texts_saved_again(self, copies, save):
        folder, data, load = copies("flickr")
        token_file(folder).write_bytes(save(token_file(folder).read_text()))
        assert_same(data, load(folder))

    @pytest.mark.parametrize("save", SAVED)
    def test_lists_saved_again(self, copies, save):
        folder, data, load = copies("flickr")
        for path in folder.glob("Flickr8k_text/*Images.txt"):
            path.write_bytes(save(path.read_text()))
        assert_same(data, load(folder))

    def test_quotes_and_separators_inside_a_caption_stay(self, copies):
        folder, _, load = copies("flickr")
        path = token_file(folder)
        said = 'A sign , "stop" ; \u2028 number 3'
        text = path.read_text().replace("3.jpg#0\tA gray picture number 3 .", f"3.jpg#0\t{said}")
        for change in (str, quoted):
            path.write_text(change(text), encoding="utf-8")
            assert load(folder)["captions_test"][0][0] == said

    @pytest.mark.parametrize(
        "change, said",
        [
            (lambda c: c.replace(b"gray", b"gr\xe4y", 1), "is not UTF-8 in line 1"),
            (lambda c: c.replace(b"2 .", b"\x80 .", 6), "is not UTF-8 in line 11"),
            (lambda c: c.decode().encode("utf-16")[:-1], "is not UTF-16"),
            (lambda c: c.replace(b"3.jpg#4\tA", b"3.jpg#3\tOne"), "another caption 3 of 3.jpg"),
            (lambda c: c[: c.rindex(b"\n")], "has 4 captions of 3.jpg, expected 5"),
            (lambda c: c.replace(b"\t", b""), "Line 1 of"),
            (lambda c: c + b"\n3.jpg#5\tone more", "has 6 captions of 3.jpg, expected 5"),
            (lambda c: b"", "is empty"),
            (lambda c: b"<html>login</html>", "is a web page"),
        ],
    )
    def test_a_damaged_token_file(self, copies, change, said):
        folder, _, load = copies("flickr")
        path = token_file(folder)
        path.write_bytes(change(path.read_bytes()))
        refusal(load, folder, "Flickr8k.token.txt", said)

    @pytest.mark.parametrize("content", ["0.jpg\n0.jpg\n", "\n\n", '""'])
    def test_a_list_of_pictures_that_is_none(self, copies, content):
        folder, _, load = copies("flickr")
        (folder / "Flickr8k_text" / "Flickr_8k.devImages.txt").write_text(content)
        refusal(load, folder)

    def test_pictures_in_a_folder_of_another_name_and_with_another_extension_of_texts(self, copies):
        folder, data, load = copies("flickr")
        (folder / "Flicker8k_Dataset").rename(folder / "Images")
        token_file(folder).rename(folder / "Flickr8k.token.txt.txt")
        assert_same(data, load(folder))

    @pytest.mark.parametrize("content", [b"", jpeg(9)[:300], b"<html></html>", b"GIF89a" * 9])
    def test_a_damaged_picture_in_a_zip_is_named(self, copies, tmp_path, content):
        folder, _, load = copies("flickr")
        (folder / "Flicker8k_Dataset" / "2.jpg").write_bytes(content)
        archive = zip_folder(folder, tmp_path / "archive.zip")
        refusal(load, archive, f"{archive}/Flicker8k_Dataset/2.jpg")

    def test_a_number_of_pictures_that_is_none(self, copies):
        folder, _, _ = copies("flickr")
        refusal(lambda root: load_flickr8k(root, num_train=0), folder, "num_train is 0")


class TestCoco:
    def test_texts_saved_again(self, copies):
        folder, data, load = copies("coco")
        vocabulary, urls = folder / "coco2014_vocab.json", folder / "val2014_urls.txt"
        vocabulary.write_bytes(codecs.BOM_UTF8 + vocabulary.read_bytes())
        urls.write_bytes(urls.read_text().replace("\n", "\r\n").encode("utf-16"))
        assert_same(data, load(folder))

    @pytest.mark.parametrize(
        "name, content, said",
        [
            ("coco2014_vocab.json", b'{"idx_to_word": ["<NULL>"]}', "begins with"),
            ("coco2014_vocab.json", b"[1, 2]", "is damaged"),
            ("coco2014_vocab.json", b'{"idx_to_word": ', "is damaged"),
            ("val2014_urls.txt", b"http://a/0.jpg", "1 addresses"),
            ("val2014_urls.txt", b"caf\xe9", "not UTF-8"),
            ("coco2014_captions.h5", b"\x89HDF\r\n\x1a\n", "damaged"),
            ("coco2014_captions.h5", b"<html>", "is a web page"),
            ("val2014_vgg16_fc7_pca.h5", b"", "is empty"),
        ],
    )
    def test_a_damaged_file_is_named(self, copies, name, content, said):
        folder, _, load = copies("coco")
        (folder / name).write_bytes(content)
        refusal(load, folder, "val files" if "urls" in name and b"http" in content else name, said)

    @pytest.mark.parametrize(
        "key, value, said",
        [
            ("val_captions", np.ones((0, 4), int), "0 captions"),
            ("val_captions", np.ones((3, 4)), "float64 (3, 4)"),
            ("val_captions", np.full((3, 4), 6), "words outside 0..5"),
            ("val_image_idxs", np.ones((3, 1), int), "(3, 1)"),
            ("val_image_idxs", np.array([0, 1, -1]), "do not fit together"),
            ("val_image_idxs", np.array([0, 1]), "do not fit together"),
        ],
    )
    def test_arrays_that_do_not_fit(self, copies, key, value, said):
        import h5py

        folder, _, load = copies("coco")
        with h5py.File(folder / "coco2014_captions.h5", "a") as file:
            del file[key]
            file[key] = value
        refusal(load, folder, "val files" if "outside" not in said else "val captions", said)

    def test_more_rows_than_there_are(self, copies):
        folder, _, _ = copies("coco")
        refusal(lambda root: load_coco(root, num_train=4, num_val=1), folder, "expected 1 to 3")


class TestDamagedAnywhere:
    """Whatever happens to a file, a loader reads it right or says in a sentence which it is."""

    @ALL
    @pytest.mark.parametrize("archive", [False, True])
    def test_cut_off(self, copies, tmp_path, name, archive):
        folder, data, load = copies(name)
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            if path.suffix == ".txt":  # a text may end anywhere
                continue
            whole = path.read_bytes()
            for length in np.random.default_rng(0).integers(len(whole), size=4).tolist():
                path.write_bytes(whole[:length])
                root = zip_folder(folder, tmp_path / "archive.zip") if archive else folder
                refusal(load, root, path.name)
            path.write_bytes(whole)
        assert_same(data, load(folder))

    @ALL
    def test_a_cut_off_archive(self, copies, tmp_path, name):
        folder, _, load = copies(name)
        whole = zip_folder(folder, tmp_path / "archive.zip").read_bytes()
        for length in np.linspace(1, len(whole) - 1, 9).astype(int):
            (tmp_path / "archive.zip").write_bytes(whole[:length])
            refusal(load, tmp_path / "archive.zip", "archive.zip", "download it again")

    @ALL
    def test_flipped_bits_in_an_archive(self, copies, tmp_path, name):
        """A .zip keeps a checksum of each file, so no changed byte can pass as data."""
        folder, data, load = copies(name)
        whole = zip_folder(folder, tmp_path / "archive.zip").read_bytes()
        rng, refused = np.random.default_rng(0), 0
        for place in rng.integers(len(whole), size=60).tolist():
            content = bytearray(whole)
            content[place] ^= 1 << rng.integers(8)
            (tmp_path / "archive.zip").write_bytes(content)
            try:
                assert_same(data, load(tmp_path / "archive.zip"))
            except (ValueError, FileNotFoundError) as error:
                assert "\n" not in str(error) and "archive.zip" in str(error)
                refused += 1
        assert refused > 5

    @ALL
    def test_an_encrypted_archive(self, copies, tmp_path, name):
        folder, _, load = copies(name)
        content = bytearray(zip_folder(folder, tmp_path / "archive.zip").read_bytes())
        for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
            for match in re.finditer(re.escape(signature), bytes(content)):
                content[match.start() + flags] |= 1
        (tmp_path / "archive.zip").write_bytes(content)
        refusal(load, tmp_path / "archive.zip", "archive.zip/", "encrypted")

    @ALL
    def test_noise_in_place_of_a_file(self, copies, name):
        folder, _, load = copies(name)
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            whole = path.read_bytes()
            for seed in range(3):
                path.write_bytes(np.random.default_rng(seed).bytes(400))
                refusal(load, folder, *([] if "urls" in path.name else [path.name]))
            path.write_bytes(whole)

    @pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads all")
    def test_a_file_that_may_not_be_read(self, copies):
        folder, _, load = copies("mnist")
        (folder / IMAGES.format("train")).chmod(0)
        refusal(load, folder, IMAGES.format("train"), "permissions")


@pytest.mark.parametrize(
    "saved, name",
    [
        ("A/b/Train-Images.gz", "train-images.gz"),
        ("a\\cifar-10-python.tar (1).gz", "cifar-10-python.tar.gz"),
        ("x (12).tar.gz", "x.tar.gz"),
        ("x - Copy (2).txt", "x.txt"),
        ("x copy 2.txt", "x.txt"),
        ("x copy", "x"),
        ("x(1).txt.txt", "x.txt"),
        ("2258277193_586949ec62.jpg.1", "2258277193_586949ec62.jpg.1"),
        ("t10k-images.idx3-ubyte", "t10k-images.idx3-ubyte"),
        ("copying.txt", "copying.txt"),
        ("1(2)3.jpg", "1(2)3.jpg"),
    ],
)
def test_the_name_before_it_was_saved_again(saved, name):
    assert usual_name(saved) == name


def test_a_python_without_some_unpackers(tmp_path):
    """Such as the browser's: everything loads, and a file that needs one says so."""
    write_mnist(tmp_path)
    path = tmp_path / IMAGES.format("train")
    path.write_bytes(lzma.compress(path.read_bytes()))
    code = f"""
import sys
for name in ("lzma", "bz2"):
    sys.modules[name] = None
from scratch.data import load_mnist, load_scenes
load_scenes(num_train=2, num_val=2, num_test=2)
try:
    load_mnist({str(tmp_path)!r}, num_val=2)
except ValueError as error:
    print(error)
"""
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert f"{path} cannot be unpacked by this Python" in run.stdout


def test_a_picture_under_the_wrong_extension_and_of_every_mode(tmp_path):
    Image = pytest.importorskip("PIL.Image")
    folder = write_flickr(tmp_path)
    for i, mode in enumerate(("P", "L", "RGBA", "1")):
        Image.new(mode, (30, 40)).save(Path(folder, "Flicker8k_Dataset", f"{i}.jpg"), "PNG")
    data = load_flickr8k(folder, size=8, min_count=1)
    assert data["X_train"].shape == (2, 3, 8, 8)


def test_a_pickle_of_a_batch_can_run_nothing(tmp_path):
    class Bad:
        def __reduce__(self):
            return os.system, ("touch " + str(tmp_path / "harm"),)

    write_cifar(tmp_path)
    batch = tmp_path / "cifar-10-batches-py" / "test_batch"
    for content in (Bad(), {**BATCH, b"x": Bad()}, [Bad()]):
        batch.write_bytes(pickle.dumps(content))
        refusal(LOADERS["cifar"][1], tmp_path, "test_batch", "it asks for")
    assert not (tmp_path / "harm").exists()
    batch.write_bytes(cifar_batch(3, "testing batch 1 of 1"))
    LOADERS["cifar"][1](tmp_path)


def test_memory_stays_bounded_by_the_member_not_by_the_archive(tmp_path):
    """A .zip on disk is not read whole: its pictures are a gigabyte in the original."""
    write_flickr(tmp_path)
    archive = zip_folder(tmp_path, tmp_path / "x.zip")
    with zipfile.ZipFile(archive, "a") as file:
        file.writestr("big.bin", b"\0" * 30_000_000)
    for name in ("Flickr8k_text", "Flicker8k_Dataset"):
        shutil.rmtree(tmp_path / name)
    tracemalloc.start()
    load_flickr8k(tmp_path, size=8, min_count=1)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 15_000_000
