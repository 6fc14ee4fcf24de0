"""Wide plots are drawn a second time for phones, and the page picks the one that fits."""

import base64
import io
import json
from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import pytest
from docutils import nodes
from docutils.utils import new_document
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook
from PIL import Image

from course.figures import plots
from course.figures.narrow import MARK, WIDTH, narrow, narrow_html
from course.notebooks.outputs import execute
from course.site.build import page_kernels
from course.site.html_nodes import soup
from course.site.redrawn import Both, unpack


def pictures(n, rng):
    return rng.random((n, 3, 8, 8))


def curves(rng):
    return plots.training_curves(rng.random(60), np.linspace(0, 1, 4), np.linspace(0, 1, 4))


def captioned(rng):
    said = ["a large green circle to the right of two tiny crimson rings"] * 8
    return plots.captioned_images(pictures(8, rng), said, said, [True, False] * 4)


def named(rng):
    return plots.image_grid(pictures(6, rng), ["a crimson star above a ring"] * 6, title="Six")


def three(rng):
    fig, axes = plots.new_figure(1, 3, width=7.4, height=2.6, sharey=True)
    for axis in axes:
        axis.plot(rng.random(5))
        axis.set(title="Activation", xlabel="layer")
    return fig


def one(rng):
    fig, axis = plots.new_figure(width=7, height=3.2)
    axis.plot(rng.random(5), label="loss")
    axis.legend()
    return fig


def shown(rng):
    fig, axes = plots.new_figure(1, 4, width=9, height=2.5)
    for axis in axes:
        axis.imshow(rng.random((8, 8)))
        axis.set_title("left against right")
        axis.axis("off")
    return fig


def test_four_pictures_stand_two_in_a_row(rng):
    fig = narrow(shown(rng))
    assert {axis.get_subplotspec().colspan.start for axis in fig.axes} == {0, 1}


MAKERS = [shown, curves, captioned, named, three, one]


@pytest.fixture(autouse=True)
def no_windows():
    yield
    plt.close("all")


@pytest.mark.parametrize("make", MAKERS)
def test_a_narrow_figure_is_as_wide_as_a_phone_and_loses_no_panel(make, rng):
    fig = make(rng)
    before = [axis for axis in fig.axes if axis.get_visible()]
    narrow(fig)
    assert fig.get_size_inches()[0] == WIDTH
    assert [axis for axis in fig.axes if axis.get_visible()] == before


@pytest.mark.parametrize("make", MAKERS)
def test_panels_and_letters_lie_inside_and_do_not_overlap(make, rng):
    fig = narrow(make(rng))
    fig.canvas.draw()
    page = fig.bbox
    boxes = [axis.get_tightbbox() for axis in fig.axes if axis.get_visible()]
    for box in boxes:
        assert box.x0 > page.x0 - 1 and box.x1 < page.x1 + 1, "cut at a side"
        assert box.y0 > page.y0 - 1 and box.y1 < page.y1 + 1, "cut above or below"
        assert box.width > 80 and box.height > 60, "too small"
    for k, a in enumerate(boxes):
        for b in boxes[:k]:
            wide = min(a.x1, b.x1) - max(a.x0, b.x0)
            high = min(a.y1, b.y1) - max(a.y0, b.y0)
            assert wide < 4 or high < 4, "two panels overlap"


@pytest.mark.parametrize("make", MAKERS)
def test_letters_keep_their_size(make, rng):
    fig = make(rng)

    def sizes():
        return [t.get_size() for a in fig.axes for t in (a.title, a.xaxis.label, a.yaxis.label)]

    before = sizes()
    narrow(fig)
    assert sizes() == before


def test_the_wide_figure_stays_as_it_was(rng):
    fig = curves(rng)
    before = fig.get_size_inches().tolist(), [axis.get_position().bounds for axis in fig.axes]
    png = base64.b64decode(soup(narrow_html(fig)).find(MARK)["data"])
    assert before == (fig.get_size_inches().tolist(), [a.get_position().bounds for a in fig.axes])
    assert Image.open(io.BytesIO(png)).width == round(160 * WIDTH)


def test_a_figure_that_fits_is_not_drawn_again():
    assert narrow_html(plots.new_figure(width=3.8, height=4)[0]) is None


def test_rows_that_mean_something_stay_rows():
    fig, axes = plots.new_figure(3, 4, width=7.5, height=6)
    plots.bare(axes)
    rows = [axis.get_subplotspec().rowspan.start for axis in fig.axes]
    narrow(fig)
    assert rows == [axis.get_subplotspec().rowspan.start for axis in fig.axes]


def test_a_drawing_of_boxes_is_turned():
    fig, axis = plots.new_figure(width=8, height=3)
    plots.box(axis, 0, 1, "first")
    plots.box(axis, 4, 1, "last")
    plots.arrow(axis, (0.5, 1), (3.5, 1))
    axis.set(xlim=(-1, 5), ylim=(0, 2))
    axis.axis("off")
    narrow(fig)
    places = {text.get_text(): text.get_position() for text in axis.texts if text.get_text()}
    assert places == {"first": (1, 0), "last": (1, -4)}
    (arrow,) = [text for text in axis.texts if hasattr(text, "xy")]
    assert arrow.xy == (1, -3.5) and arrow.get_position() == (1, -0.5)
    assert axis.get_xlim() == (0, 2) and axis.get_ylim() == (-5, 1)
    fig.canvas.draw()
    boxes = [text.get_bbox_patch() for text in axis.texts if text.get_bbox_patch()]
    assert len(boxes) == 2
    for box in boxes:
        assert box.get_window_extent().x0 > 0 and box.get_window_extent().x1 < fig.bbox.x1


def test_a_drawing_may_bring_another_one_for_phones():
    fig, _ = plots.new_figure(width=8, height=3)
    fig.on_phone, _ = plots.new_figure(width=3.5, height=6)
    png = base64.b64decode(soup(narrow_html(fig)).find(MARK)["data"])
    assert Image.open(io.BytesIO(png)).height == 6 * 160


def test_the_kernel_of_a_page_shows_a_wide_plot_twice(tmp_path):
    """In a kernel as the build starts it, with the pictures that a real one makes."""
    plot = "fig, axis = plt.subplots(figsize=({}, 3))\nplt.show()"
    cells = ["import matplotlib.pyplot as plt", plot.format(8), plot.format(8), plot.format(4)]
    notebook = new_notebook(cells=[new_code_cell(cell) for cell in cells])
    environment = page_kernels(tmp_path)
    kernel = {"kernel_name": "python3", "resources": {"metadata": {"path": str(tmp_path)}}}
    client = NotebookClient(notebook, **kernel)
    with client.setup_kernel(env=environment):
        for number, cell in enumerate(notebook.cells):
            client.execute_cell(cell, number)
    _, first, second, small = [[set(o.data) for o in cell.outputs] for cell in notebook.cells]
    assert first == second == [{"text/plain", "text/html", "image/png"}]
    assert small == [{"text/plain", "image/png"}]


def test_a_page_picks_one_of_the_two(tmp_path):
    wide = nodes.image(uri="wide.png", alt="Two curves.")
    data = base64.b64encode(b"png").decode()
    mark = nodes.raw("", f'<{MARK} data="{data}"></{MARK}>', format="html")
    bundle = nodes.container("", nb_element="mime_bundle")
    bundle += nodes.container("", mark, mime_type="text/html")
    bundle += nodes.container("", wide, mime_type="image/png")
    document = new_document("page")
    document += bundle
    builder = SimpleNamespace(imagedir="_images", get_target_uri=lambda name: f"{name}.html")
    app = SimpleNamespace(outdir=tmp_path, builder=builder)
    document.settings.env = SimpleNamespace(app=app, docname="book/softmax")
    Both(document).run()
    begin, image, end = document.children
    assert image["alt"] == "Two curves." and end.astext() == "</picture>"
    (written,) = (tmp_path / "_images").glob("*.png")
    assert written.read_bytes() == b"png"
    source = f'<source media="(max-width: 600px)" srcset="../_images/{written.name}" />'
    assert begin.astext() == f"<picture>{source}"


def test_a_stored_notebook_carries_the_narrow_plot_where_no_comparison_looks(tmp_path):
    """Outputs of a solution are not computed anew for the book; its source brings both plots."""
    plot = "import matplotlib.pyplot as plt\nplt.figure(figsize=({}, 2)).gca()\nplt.show()"
    notebook = new_notebook(cells=[new_code_cell(plot.format(width)) for width in (8, 3)])
    execute(notebook, tmp_path)
    wide, small = (cell.outputs for cell in notebook.cells)
    assert [set(o.data) for o in wide + small] == 2 * [{"text/plain", "image/png"}]
    assert set(wide[0].metadata["image/png"]) == {MARK} and not small[0].metadata
    png = base64.b64decode(wide[0].metadata["image/png"][MARK])
    assert Image.open(io.BytesIO(png)).width == round(WIDTH * 160)
    source = [json.dumps(notebook)]
    unpack(None, "solutions/00", source)
    shown = [cell["outputs"][0] for cell in json.loads(source[0])["cells"]]
    drawn = soup(shown[0]["data"]["text/html"]).find(MARK)["data"]
    assert base64.b64decode(drawn) == png and not shown[0]["metadata"]["image/png"]
    assert "text/html" not in shown[1]["data"]
