"""Loaders: the scenes, real files where there are copies, and every way a file can be wrong."""

import gzip
import pickle
import tarfile
import zipfile

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

from scratch.data import (
    caption_task,
    load_cifar10,
    load_coco,
    load_fashion_mnist,
    load_flickr8k,
    load_mnist,
    load_scene_captions,
    load_scenes,
    split,
)
from scratch.data.addresses import ORIGINS
from scratch.data.scene_captions import caption_is_true
from scratch.data.scene_looks import LOOKS, NUM_LOOKS, look_data, look_features, looks, quarters
from scratch.data.scenes import KINDS, Scene, Shape

SIZES = {"num_train": 60, "num_val": 20, "num_test": 30}


def assert_standardized(X):
    np.testing.assert_allclose(X.mean(axis=(0, 2, 3)), 0, atol=1e-3)
    np.testing.assert_allclose(X.std(axis=(0, 2, 3)), 1, atol=1e-3)


class TestScenes:
    def test_keys_shapes_and_dtypes(self):
        data = load_scenes(**SIZES)
        for part, N in (("train", 60), ("val", 20), ("test", 30)):
            assert data[f"X_{part}"].shape == (N, 3, 32, 32)
            assert data[f"X_{part}"].dtype == np.float32
            assert data[f"y_{part}"].shape == (N,) and data[f"y_{part}"].dtype == np.int64
        assert data["class_names"] == list(KINDS) and set(data["y_train"]) <= set(range(10))
        assert_standardized(data["X_train"])

    def test_mean_and_std_undo_the_scaling(self):
        data = load_scenes(**SIZES)
        brightness = data["X_test"] * data["std"] + data["mean"]
        assert brightness.min() >= -1e-6 and brightness.max() <= 1 + 1e-6

    def test_seeds_and_parts_do_not_mix(self):
        data, more = load_scenes(**SIZES), load_scenes(**{**SIZES, "num_train": 70})
        np.testing.assert_array_equal(data["y_test"], more["y_test"])
        np.testing.assert_array_equal(data["y_train"], more["y_train"][:60])
        np.testing.assert_array_equal(data["X_train"], load_scenes(**SIZES)["X_train"])
        assert (data["y_train"] != load_scenes(**SIZES, seed=1)["y_train"]).any()

    def test_no_pictures_asked_for(self):
        with pytest.raises(ValueError, match="num_val is 0, expected at least 1"):
            load_scenes(num_val=0)


class TestSceneCaptions:
    def test_keys_shapes_and_truth(self):
        data = load_scene_captions(**SIZES, num_captions=3, min_count=2)
        vocab, T = data["vocab"], data["y_train"].shape[1]
        assert [vocab.idx_to_word[i] for i in range(4)] == ["<NULL>", "<START>", "<END>", "<UNK>"]
        for part, N in (("train", 60), ("val", 20), ("test", 30)):
            assert data[f"X_{part}"].shape == (N, 3, 32, 32)
            assert data[f"y_{part}"].shape == (N, T) and data[f"y_{part}"].dtype == np.int64
            for captions, scene in zip(data[f"captions_{part}"], data[f"scenes_{part}"]):
                assert len(captions) == 3 and all(caption_is_true(c, scene) for c in captions)

    def test_rare_words_become_unknown_and_short_captions_are_padded(self):
        data = load_scene_captions(num_train=2000, num_val=10, num_test=10, num_captions=2)
        assert (data["y_train"] == 3).any() and (data["y_train"] == 0).any()
        assert "crimson" not in data["vocab"].word_to_idx
        assert {"red", "little", "above", "diamonds"} <= set(data["vocab"].word_to_idx)
        known = data["vocab"].decode(data["y_train"][0])
        assert known == data["captions_train"][0][0]

    def test_one_training_row_for_each_caption(self):
        data = load_scene_captions(**SIZES, num_captions=3, min_count=1)
        task = caption_task(data, {"train": np.arange(60)[:, None], "val": np.zeros((20, 1))})
        assert task["X_train"][:4, 0].tolist() == [0, 0, 0, 1] and len(task["y_train"]) == 180
        assert data["vocab"].decode(task["y_train"][:3]) == data["captions_train"][0]
        assert task["y_val"] is data["y_val"]

    def test_parts_do_not_mix(self):
        data = load_scene_captions(**SIZES)
        more = load_scene_captions(**{**SIZES, "num_train": 70})
        assert data["captions_test"] == more["captions_test"]
        assert data["scenes_train"] == more["scenes_train"][:60]


class TestLooks:
    SCENE = Scene((Shape("ring", "red", "small", 5, 25), Shape("bar", "blue", "large", 20, 8)))

    def test_quarters_in_reading_order(self):
        images = np.arange(2 * 3 * 4 * 6).reshape(2, 3, 4, 6)
        cut = quarters(images)
        assert cut.shape == (8, 3, 2, 3)
        np.testing.assert_array_equal(cut[1], images[0, :, :2, 3:])
        np.testing.assert_array_equal(cut[6], images[1, :, 2:, :3])

    def test_looks_name_what_stands_there(self):
        classes = looks([self.SCENE])
        assert classes.dtype == np.int64 and classes[0] == classes[3] == NUM_LOOKS - 1
        assert LOOKS[classes[1]] == ("ring", "red", "small")
        assert LOOKS[classes[2]] == ("bar", "blue", "large")

    def test_features_of_a_perfect_convnet(self):
        class Perfect:
            def predict(self, X):
                return 100 * np.eye(NUM_LOOKS, dtype=np.float32)[looks([TestLooks.SCENE])]

        features = look_features(Perfect(), np.zeros((1, 3, 32, 32), np.float32))
        assert features.shape == (1, 80) and features.dtype == np.float32
        ring, red, small = 20 + KINDS.index("ring"), 20 + 10, 20 + 18
        assert set(np.flatnonzero(features[0] > 3.9)) >= {ring, red, small}
        assert (features > 0.1).sum() == 6

    def test_look_data_matches_pictures_and_labels(self):
        task = look_data(load_scene_captions(**SIZES))
        assert task["X_train"].shape == (240, 3, 16, 16) and task["y_train"].shape == (240,)


@pytest.fixture
def mnist(tmp_path):
    return write_mnist(tmp_path)


class TestMnist:
    def test_reads_its_own_format(self, mnist):
        data = load_mnist(mnist, num_val=2)
        assert data["X_train"].shape == (10, 1, 28, 28) and data["X_train"].dtype == np.float32
        assert data["y_val"].tolist() == [0, 1] and data["y_test"].tolist() == [0, 1, 2, 3, 4]
        assert_standardized(data["X_train"])
        assert load_fashion_mnist(mnist, num_val=2)["class_names"][0] == "t-shirt"

    def test_unpacked_files_and_a_dot_in_the_name(self, mnist):
        packed = mnist / IMAGES.format("train")
        (mnist / "train-images.idx3-ubyte").write_bytes(gzip.decompress(packed.read_bytes()))
        packed.unlink()
        assert len(load_mnist(mnist, num_val=2)["X_train"]) == 10

    def test_fewer_rows(self, mnist):
        data = load_mnist(mnist, num_train=3, num_val=2)
        assert len(data["X_train"]) == 3 and data["y_val"].tolist() == [0, 1]
        with pytest.raises(ValueError, match="num_train is 11 and num_val 2.*12 together"):
            load_mnist(mnist, num_train=11, num_val=2)

    def test_a_missing_file(self, mnist):
        (mnist / LABELS.format("t10k")).unlink()
        with pytest.raises(FileNotFoundError, match="lacks .*t10k-labels.*found.*load_scenes"):
            load_mnist(mnist, num_val=2)

    def test_no_such_folder(self, tmp_path):
        with pytest.raises(
            FileNotFoundError, match="There is no .*nowhere: expected a folder with the four files"
        ):
            load_mnist(tmp_path / "nowhere")

    def test_a_file_cut_off_in_download(self, mnist):
        path = mnist / IMAGES.format("train")
        path.write_bytes(path.read_bytes()[:-100])
        with pytest.raises(ValueError, match="train-images.*is damaged.*download it again"):
            load_mnist(mnist, num_val=2)

    def test_a_web_page_in_place_of_a_file(self, mnist):
        (mnist / IMAGES.format("train")).write_bytes(b"<html>404</html>")
        with pytest.raises(ValueError, match="train-images.*is a web page.*download it again"):
            load_mnist(mnist, num_val=2)

    def test_a_flipped_bit(self, mnist):
        path = mnist / IMAGES.format("train")
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 64
        path.write_bytes(content)
        with pytest.raises(ValueError, match="train-images.*is damaged"):
            load_mnist(mnist, num_val=2)

    @pytest.mark.parametrize("change", [-1, 1])
    def test_a_short_or_long_content(self, mnist, change):
        path = mnist / IMAGES.format("train")
        content = gzip.decompress(path.read_bytes())
        path.write_bytes(gzip.compress(content[:change] if change < 0 else content + b"0"))
        with pytest.raises(ValueError, match=r"promises \(12, 28, 28\) = 9408 bytes, 940[79] are"):
            load_mnist(mnist, num_val=2)

    def test_labels_in_place_of_images(self, mnist):
        labels = (mnist / LABELS.format("train")).read_bytes()
        (mnist / IMAGES.format("train")).write_bytes(labels)
        with pytest.raises(ValueError, match="holds no images: .* 2051, got .* 2049, labels"):
            load_mnist(mnist, num_val=2)

    def test_files_that_do_not_belong_together(self, mnist):
        (mnist / LABELS.format("train")).write_bytes((mnist / LABELS.format("t10k")).read_bytes())
        with pytest.raises(ValueError, match="has 12 images and .* 5 labels"):
            load_mnist(mnist, num_val=2)

    def test_train_and_test_swapped(self, mnist):
        for name in (IMAGES, LABELS):
            a, b = (mnist / name.format(part) for part in ("train", "t10k"))
            first, second = a.read_bytes(), b.read_bytes()
            a.write_bytes(second), b.write_bytes(first)
        with pytest.raises(ValueError, match="swapped"):
            load_mnist(mnist, num_val=2)

    def test_a_label_that_is_no_digit(self, mnist):
        (mnist / LABELS.format("train")).write_bytes(gzip.compress(idx(np.arange(12))))
        with pytest.raises(ValueError, match=r"labels outside 0\.\.9"):
            load_mnist(mnist, num_val=2)


@pytest.fixture
def cifar(tmp_path):
    return write_cifar(tmp_path)


class TestCifar10:
    def test_folder_inner_folder_and_archive_agree(self, cifar):
        options = {"num_val": 5, "partial": True}
        data = load_cifar10(cifar, **options)
        assert data["X_train"].shape == (15, 3, 32, 32) and data["X_test"].shape == (3, 3, 32, 32)
        inner = load_cifar10(cifar / "cifar-10-batches-py", **options)
        archive = cifar / "elsewhere" / "cifar-10-python.tar.gz"
        archive.parent.mkdir()
        with tarfile.open(archive, "w:gz") as tar:
            tar.add(cifar / "cifar-10-batches-py", "cifar-10-batches-py")
        packed = load_cifar10(archive.parent, **options)
        for other in (inner, packed):
            np.testing.assert_array_equal(data["X_train"], other["X_train"])
            np.testing.assert_array_equal(data["y_test"], other["y_test"])

    def test_a_short_batch(self, cifar):
        with pytest.raises(ValueError, match="test_batch has 3 images, expected 10000.*partial"):
            load_cifar10(cifar)

    def test_a_missing_batch(self, cifar):
        for name in ("test_batch", "data_batch_3"):
            (cifar / "cifar-10-batches-py" / name).unlink()
        with pytest.raises(
            FileNotFoundError, match="lacks test_batch of CIFAR-10: expected cifar-10-python"
        ):
            load_cifar10(cifar)
        with pytest.raises(FileNotFoundError, match="lacks test_batch"):
            load_cifar10(cifar, partial=True)

    def test_an_empty_folder(self, tmp_path):
        with pytest.raises(
            FileNotFoundError, match="cifar-10-python.tar.gz or what it holds, found nothing"
        ):
            load_cifar10(tmp_path)

    def test_a_damaged_archive(self, tmp_path):
        (tmp_path / "cifar-10-python.tar.gz").write_bytes(gzip.compress(b"x" * 2000)[:-9])
        with pytest.raises(ValueError, match="cifar-10-python.tar.gz is damaged"):
            load_cifar10(tmp_path)

    @pytest.mark.parametrize(
        "content, message",
        [
            (cifar_batch(4, "training batch 1 of 5")[:-50], "damaged"),
            (b"", "damaged"),
            (b"<html>", "damaged"),
            (pickle.dumps({b"data": 1}), "damaged"),
            (cifar_batch(4, "t", data=np.zeros((4, 100), np.uint8)), r"\(4, 100\)"),
            (cifar_batch(4, "t", data=np.zeros((4, 3072))), "expected uint8"),
            (cifar_batch(4, "t", labels=[0, 1, 2]), "for 3 labels"),
            (cifar_batch(4, "t", labels=[0, 1, 2, 10]), r"labels outside 0\.\.9"),
            (cifar_batch(4, "testing batch 1 of 1"), "calls itself 'testing batch 1 of 1'"),
        ],
    )
    def test_a_damaged_batch(self, cifar, content, message):
        (cifar / "cifar-10-batches-py" / "data_batch_1").write_bytes(content)
        with pytest.raises(ValueError, match=message):
            load_cifar10(cifar, partial=True)

    def test_a_pickle_that_would_run_code_does_not(self, cifar):
        class Bad:
            def __reduce__(self):
                return print, ("this must not be printed",)

        (cifar / "cifar-10-batches-py" / "test_batch").write_bytes(pickle.dumps(Bad()))
        with pytest.raises(ValueError, match="damaged or no CIFAR-10 batch.*it asks for"):
            load_cifar10(cifar, partial=True)


@pytest.fixture
def flickr(tmp_path):
    return write_flickr(tmp_path)


class TestFlickr8k:
    def test_reads_its_own_format(self, flickr):
        data = load_flickr8k(flickr, size=16, min_count=2, max_length=9)
        assert data["X_train"].shape == (2, 3, 16, 16) and data["names_val"] == ["2.jpg"]
        assert data["captions_test"] == [["A gray picture number 3 ."] * 5]
        assert data["vocab"].decode(data["y_train"][1]) == "a gray picture number 1"
        assert data["y_train"].shape == (2, 9)

    def test_zipped_pictures_and_texts(self, flickr):
        for name in ("Flicker8k_Dataset", "Flickr8k_text"):
            archive = flickr / "packed" / f"{name.replace('cker', 'ckr')}.zip"
            archive.parent.mkdir(exist_ok=True)
            with zipfile.ZipFile(archive, "w") as file:
                for path in (flickr / name).iterdir():
                    file.write(path, f"{name}/{path.name}")
        a, b = load_flickr8k(flickr, size=8), load_flickr8k(flickr / "packed", size=8)
        np.testing.assert_array_equal(a["X_train"], b["X_train"])

    def test_a_missing_picture(self, flickr):
        (flickr / "Flicker8k_Dataset" / "2.jpg").unlink()
        with pytest.raises(FileNotFoundError, match="lacks 2.jpg"):
            load_flickr8k(flickr)

    def test_a_damaged_picture(self, flickr):
        (flickr / "Flicker8k_Dataset" / "2.jpg").write_bytes(jpeg(0)[:200])
        with pytest.raises(ValueError, match="picture .*2.jpg is damaged"):
            load_flickr8k(flickr)

    def test_a_short_caption_file(self, flickr):
        path = flickr / "Flickr8k_text" / "Flickr8k.token.txt"
        path.write_text("\n".join(path.read_text().splitlines()[:-1]))
        with pytest.raises(ValueError, match="has 4 captions of 3.jpg, expected 5"):
            load_flickr8k(flickr)

    def test_a_damaged_caption_file(self, flickr):
        (flickr / "Flickr8k_text" / "Flickr8k.token.txt").write_text("no tab here")
        with pytest.raises(ValueError, match="Line 1 of .*Flickr8k.token.txt is 'no tab here'"):
            load_flickr8k(flickr)

    def test_a_missing_list_and_a_missing_folder(self, flickr):
        (flickr / "Flickr8k_text" / "Flickr_8k.devImages.txt").unlink()
        with pytest.raises(FileNotFoundError, match="lacks Flickr_8k.devImages.txt"):
            load_flickr8k(flickr)
        with pytest.raises(
            FileNotFoundError,
            match="lacks Flickr8k.token.txt of Flickr8k: expected Flickr8k_text.zip",
        ):
            load_flickr8k(flickr / "Flicker8k_Dataset")

    def test_a_damaged_archive(self, tmp_path):
        (tmp_path / "Flickr8k_text").mkdir()
        (tmp_path / "Flickr8k_Dataset.zip").write_bytes(b"PK, but not really")
        with pytest.raises(ValueError, match="Dataset.zip is damaged"):
            load_flickr8k(tmp_path)


@pytest.fixture
def coco(tmp_path):
    return write_coco(tmp_path)


class TestCoco:
    def test_reads_its_own_format(self, coco):
        data = load_coco(coco, num_train=None, num_val=2)
        assert data["X_train"].shape == (3, 6) and data["y_val"].shape == (2, 4)
        assert data["X_train"][:, 0].tolist() == [0, 1, 1]
        assert data["vocab"].decode(data["y_train"]) == ["cat", "dog", "cat dog"]
        assert data["urls_train"][2] == "http://a/1.jpg"

    def test_no_root(self):
        with pytest.raises(FileNotFoundError, match="coco_captioning.zip.*load_scene_captions"):
            load_coco()

    def test_missing_and_damaged_files(self, coco):
        (coco / "train2014_vgg16_fc7_pca.h5").write_bytes(b"not HDF5")
        with pytest.raises(ValueError, match="fc7_pca.h5 is damaged"):
            load_coco(coco)
        with pytest.raises(FileNotFoundError, match="train2014_vgg16_fc7.h5"):
            load_coco(coco, pca_features=False)
        (coco / "coco2014_vocab.json").write_text('{"idx_to_word": ["a"]}')
        with pytest.raises(ValueError, match="begins with"):
            load_coco(coco)

    def test_files_that_do_not_belong_together(self, coco):
        import h5py

        with h5py.File(coco / "coco2014_captions.h5", "a") as file:
            file["train_image_idxs"][2] = 2
        with pytest.raises(ValueError, match="train files of COCO do not fit together"):
            load_coco(coco)


def test_split_keeps_the_last_rows_for_validation():
    data = split(np.arange(10), np.arange(10), 6, 3)
    assert data["X_train"].tolist() == [0, 1, 2, 3, 4, 5] and data["y_val"].tolist() == [7, 8, 9]


@pytest.mark.parametrize("counts", [(3.5, 2), (None, 2.0), (None, 10), (2, 11), ("3", 2)])
def test_parts_that_cannot_be(counts):
    with pytest.raises(ValueError, match="expected whole numbers, 10 together at most"):
        split(np.arange(10), np.arange(10), *counts)


@pytest.mark.data
class TestRealFiles:
    def test_mnist(self, real_data):
        data = load_mnist(real_data / "mnist", num_train=2000)
        assert data["X_train"].shape == (2000, 1, 28, 28)
        assert len(data["X_val"]) == 1000 and len(data["X_test"]) == 10000
        assert data["y_train"][:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
        assert np.bincount(data["y_test"]).tolist() == [
            *(980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009)
        ]

    def test_the_official_hashes(self, real_data):
        pooch = pytest.importorskip("pooch")
        for name, known in ORIGINS["mnist"].files.items():
            assert "sha256:" + pooch.file_hash(real_data / "mnist" / name) == known

    def test_cifar10_original_pixels(self, real_data):
        root = real_data / "cifar10-lossless-subset"
        with pytest.raises(ValueError, match="test_batch has 1000 images, expected 10000"):
            load_cifar10(root)
        data = load_cifar10(root, num_val=500, partial=True)
        assert data["X_train"].shape == (3500, 3, 32, 32) and len(data["X_test"]) == 1000
        assert data["y_train"][:5].tolist() == [6, 9, 9, 4, 1]  # frog truck truck deer automobile
        assert data["y_test"][:5].tolist() == [3, 8, 8, 0, 6]  # cat ship ship airplane frog

    def test_flickr8k(self, real_data):
        data = load_flickr8k(real_data / "flickr8k", num_train=50, size=16, min_count=1)
        assert len(data["names_val"]) == len(data["X_test"]) == 1000
        assert data["X_train"].shape == (50, 3, 16, 16)
        assert data["names_train"][0] == "2513260012_03d33305cf.jpg"
        assert len(data["captions_train"][0]) == 5
