"""A picture of one's own: what is told of it, and one sentence where it cannot be read."""

import base64
import re

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient

import course
from course import photo_captions, residual_net
from course.env import ROOT, for_kernels
from course.figures import picture_on_page, your_picture
from scratch.data.cifar10 import CIFAR_CLASSES
from scratch.layers import softmax
from scratch.text import Vocabulary

Image = pytest.importorskip("PIL.Image")
SCALE = {"mean": np.full((1, 3, 1, 1), 0.5, np.float32), "std": np.ones((1, 3, 1, 1), np.float32)}


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A narrow network, nothing else; a picture twice as wide as high, red in the middle."""
    monkeypatch.setattr(residual_net, "KEPT", tmp_path / "photos.npz")
    monkeypatch.setattr(residual_net, "POCKET", tmp_path / "pocket.npz")
    monkeypatch.setattr(photo_captions, "KEPT", tmp_path / "captioner.npz")
    net = residual_net.network(3, residual_net.POCKET_WIDTH, seed=3)
    residual_net.keep_small(residual_net.in_bytes(net), SCALE)
    picture = np.zeros((60, 120, 3), np.uint8)
    picture[:, 30:90] = (255, 0, 0)
    Image.fromarray(picture).save(tmp_path / "mine.png")
    return tmp_path


def test_the_middle_square_is_what_the_network_gets(here):
    small = your_picture.pixels(your_picture.middle_square(here / "mine.png"), 32)
    np.testing.assert_array_equal(small[0, :, 5, 5], [1, 0, 0])
    np.testing.assert_array_equal(small[0, :, 31, 0], [1, 0, 0])


def test_a_picture_is_turned_as_it_was_taken(here):
    picture = Image.new("RGB", (40, 40))
    picture.paste((0, 255, 0), (0, 0, 40, 20))  # the upper half
    turned = Image.Exif()
    turned[0x0112] = 6  # "turn it to the right"
    picture.save(here / "turned.png", exif=turned)
    small = your_picture.pixels(your_picture.middle_square(here / "turned.png"), 4)[0]
    assert small[1, :, 3].min() == 1 and small[1, :, 0].max() == 0


def test_classes_maps_and_gradient(here, capsys):
    figure = your_picture.try_on(here / "mine.png")
    said = capsys.readouterr().out
    net, mean, std = residual_net.at_hand()
    small = your_picture.pixels(your_picture.middle_square(here / "mine.png"), 32)
    best = CIFAR_CLASSES[int(net.predict((small - mean) / std).argmax())]
    assert said.startswith(f"of the ten classes: {best} ") and "caption" not in said
    gradient = figure.axes[1].images[0].get_array()
    assert gradient.shape == (32, 32) and gradient.max() > 0
    assert sum(bar.get_width() for bar in figure.axes[3].patches) == pytest.approx(1, abs=1e-5)


def test_a_caption_where_captioner_and_eyes_are_at_hand(here, capsys):
    residual_net.keep(residual_net.network(seed=1), SCALE)
    D = 4 * residual_net.WIDTH
    data = {"middle": np.zeros(D, "f4"), "spread": np.ones(D, "f4"), "vocab": Vocabulary(["dog"])}
    net = photo_captions.captioner(data, "looking", 0)
    net.params["b_vocab"][data["vocab"].word_to_idx["dog"]] = 100
    photo_captions.keep(net, data)
    figure = your_picture.try_on(here / "mine.png")
    assert "caption: dog dog" in capsys.readouterr().out
    assert figure.get_suptitle().startswith("dog dog")


def test_a_notebook_shows_it_once(here):
    code = f"""
import course
from course import photo_captions, residual_net
from pathlib import Path
residual_net.KEPT = photo_captions.KEPT = Path("nowhere")
course.try_on({str(here / "mine.png")!r})"""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
    kernel = {"kernel_name": "python3", "resources": {"metadata": {"path": str(ROOT)}}}
    NotebookClient(notebook, **kernel).execute(env=for_kernels())
    images = [o for o in notebook.cells[0].outputs if "image/png" in o.get("data", {})]
    assert len(images) == 1


def test_sixteen_bits_and_what_is_transparent(here):
    gray = np.full((8, 8), 2**15, np.uint16)
    Image.fromarray(gray).save(here / "deep.png")
    assert (
        abs(your_picture.pixels(your_picture.middle_square(here / "deep.png"), 4).mean() - 0.5)
        < 0.01
    )
    Image.new("RGBA", (8, 8), (0, 0, 0, 0)).save(here / "clear.png")
    assert your_picture.pixels(your_picture.middle_square(here / "clear.png"), 4).min() == 1


def test_a_network_of_another_shape_is_refused(here):
    residual_net.keep(residual_net.network(width=8), SCALE)
    with pytest.raises(ValueError, match="photos.npz has 0.W of shape"):
        residual_net.at_hand()
    residual_net.KEPT.unlink()
    residual_net.keep_small(residual_net.in_bytes(residual_net.network(width=12)), SCALE)
    with pytest.raises(ValueError, match="pocket.npz was made from another network"):
        residual_net.at_hand()
    residual_net.POCKET.unlink()
    with pytest.raises(FileNotFoundError, match="pocket.npz is not there. It comes with"):
        residual_net.at_hand()


def test_a_path_is_asked_for(here):
    with pytest.raises(TypeError, match="takes the path of a picture, as text; what came is a int"):
        course.try_on(3)


@pytest.mark.parametrize("name, content, said", [
    ("not there.jpg", None, "There is no file .*not there.jpg: expected the path of a picture"),
    ("text.jpg", b"hello", "text.jpg cannot be read as a picture .* expected JPEG, PNG"),
])  # fmt: skip
def test_what_is_no_picture_gets_one_sentence(here, name, content, said):
    if content is not None:
        (here / name).write_bytes(content)
    with pytest.raises((FileNotFoundError, ValueError), match=said):
        course.try_on(here / name)


# ---------------------------------------------------------------- on the page


def test_what_a_page_is_told_is_what_the_network_says():
    shape = picture_on_page.a_shape()
    sent = np.round(255 * shape.transpose(1, 2, 0)).astype(np.uint8)
    html = picture_on_page.look(base64.b64encode(sent.tobytes()).decode())._repr_html_()
    net, mean, std = residual_net.pocket()
    image = ((sent.transpose(2, 0, 1) / 255 - mean[0]) / std[0]).astype(np.float32)
    chances = softmax(net.predict(image[None]))[0]
    names = re.findall(r'<th scope="row">(\w+)</th>', html)
    assert names == [CIFAR_CLASSES[k] for k in np.argsort(-chances)]
    assert f"<strong>{names[0]}, {chances.max():.0%}</strong>" in html
    assert all(re.search(r'alt="[^"]{20,}"', figure) for figure in html.split("<figure>")[1:])


def test_bytes_of_another_size_are_refused():
    with pytest.raises(ValueError, match="has 5 bytes, expected 3072"):
        picture_on_page.look(base64.b64encode(b"12345"))


@pytest.mark.parametrize("place, words", [
    ((2, 30), "at the top right"), ((16, 15), "in the middle"), ((30, 15), "at the bottom center"),
])  # fmt: skip
def test_where_the_gradient_is_largest_is_told_in_words(place, words):
    size = np.zeros((32, 32))
    size[place] = 1
    assert picture_on_page.regions(size) == words


def test_what_a_page_holds_can_be_picked_and_is_told_in_words():
    html = picture_on_page.picture_place(np.zeros((2, 3, 32, 32)), ["a <cat>", "a dog"]).html
    assert re.findall('alt="([^"]+)"', html) == [
        "a &lt;cat&gt;", "a dog", "a red disk on gray, to move",
    ]  # fmt: skip
    assert picture_on_page.NO_SCRIPT in html
