"""Moving figures as still pictures: the frames that tell it, drawn by a browser as on the page.

A figure with many steps is told by its first frame, the one in the middle that has the most to say,
and its last. Each is a small PDF, so lines and letters stay sharp on paper.
"""

import json
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path

from course.env import ROOT
from course.figures.element import assets
from course.files import write_whole
from course.site.browser import chromium

WIDTH = 620  # pixels of a line on paper, at 96 to an inch
HEIGHT = 900  # pixels of the screen on which a figure is laid out
FEW = 4  # so many frames are all shown
SHEET = """<!doctype html><html data-theme="light"><head><meta charset="utf-8">{assets}<style>
html, body {{ margin: 0; background: white; color: black; }}
body {{ font: 15px/1.5 "DejaVu Sans", sans-serif; }}
:root {{ --pst-font-family-monospace: "DejaVu Sans Mono", monospace; }}
#hold {{ position: absolute; width: {width}px; }}
.cf-tabs, .cf-controls, .cf-stage + .cf-stack, .cf-caption {{ display: none; }}
course-figure, .cf-body, .cf-stage, .cf-stage:focus {{
  border: 0; outline: 0; background: none; padding: 0;
}}
.cf-scene.cf-off {{ display: none !important; }}
{book}</style></head><body><div id="hold">{body}</div></body></html>"""

MODES = """() => {
  const player = document.querySelector("course-figure")?.player;
  if (!player) return null;
  player.drawEnds = () => {};
  const steps = (mode) => [...Array(mode.steps).keys()];
  return player.modes.map((mode) => ({
    label: mode.label, texts: steps(mode).map((step) => mode.say(step, null)),
  }));
}"""
TURN = "([mode, step]) => document.querySelector('course-figure').player.turn({ mode, step })"
# The box around all that is seen, moved to the corner of the sheet; the rest is cut off. An inner
# svg, what a chart holds, is cut off at its frame, however far its parts reach.
CROP = """() => {
  const hold = document.querySelector("#hold");
  Object.assign(hold.style, { left: 0, top: 0 });
  Object.assign(document.body.style, { width: "", height: "", overflow: "" });
  const painted = (style) => style.backgroundColor !== "rgba(0, 0, 0, 0)"
    || parseFloat(style.borderTopWidth) || parseFloat(style.borderLeftWidth);
  const seen = (node) => {
    const style = getComputedStyle(node);
    const own = node.textContent.trim() || node.closest("svg, img, canvas") || painted(style);
    return own && !node.children.length && style.visibility !== "hidden" && style.opacity !== "0";
  };
  const boxes = [...hold.querySelectorAll("*")]
    .filter((node) => node.tagName !== "svg" && !node.closest(".cf-ghost, svg svg") && seen(node))
    .map((node) => node.getBoundingClientRect())
    .filter((box) => box.width && box.height);
  const left = Math.max(0, Math.min(...boxes.map((box) => box.left)) - 2);
  const top = Math.max(0, Math.min(...boxes.map((box) => box.top)) - 2);
  const width = Math.ceil(Math.max(...boxes.map((box) => box.right)) - left + 2);
  const height = Math.ceil(Math.max(...boxes.map((box) => box.bottom)) - top + 2);
  Object.assign(hold.style, { left: `${-left}px`, top: `${-top}px` });
  Object.assign(document.body.style, {
    position: "relative", overflow: "hidden", width: `${width}px`, height: `${height}px`,
  });
  return [width, height];
}"""


@dataclass(frozen=True)
class Still:
    """One frame: its tab (or ""), its place as (step, of how many), its text, its picture."""

    tab: str
    place: tuple
    text: str
    file: str
    width: int  # pixels: its corner of the sheet, which is as large as a screen
    height: int
    sheet: tuple


def telling(texts):
    """Which frames of a sequence to show, by the texts that belong to them."""
    if len(texts) <= FEW:
        return list(range(len(texts)))
    last = len(texts) - 1
    middle = range(last // 4 + 1, last - last // 4)
    return [0, max(middle, key=lambda k: len(texts[k])), last]


def chosen(modes):
    """Which frames of which tab to show: -> pairs of their numbers.

    Where there are many tabs, only the first is told from its beginning.
    """
    for m, mode in enumerate(modes):
        steps = telling(mode["texts"])
        for step in steps[-1:] if m and len(modes) > FEW else steps:
            yield m, step


class Camera:
    """Takes stills of pieces of HTML into a folder, each piece once."""

    def __init__(self, page, folder):
        self.page, self.folder = page, Path(folder)

    def sheet(self, body, width):
        book = (ROOT / "assets/css/book.css").read_text(encoding="utf-8")
        return SHEET.format(assets=assets(), width=width, book=book, body=body)

    def stills(self, markup, width=WIDTH):
        """The telling frames of a figure; of anything else, one picture of all of it.

        It is laid out on a sheet so many pixels wide, as on a screen of that width.
        """
        sheet, self.width = self.sheet(markup, width), width
        name = sha256((sheet + Path(__file__).read_text("utf-8")).encode()).hexdigest()[:16]
        note = self.folder / f"{name}.json"
        if not note.exists():
            self.page.set_viewport_size({"width": width, "height": HEIGHT})
            self.page.set_content(sheet)
            write_whole(note, json.dumps(list(self.take(name))))
        return [
            Still(**{**one, "place": tuple(one["place"]), "sheet": tuple(one["sheet"])})
            for one in json.loads(note.read_text("utf-8"))
        ]

    def take(self, name):
        modes = self.page.evaluate(MODES)
        if modes is None:
            yield self.shoot(name, "", (1, 1), "")
            return
        for m, step in chosen(modes):
            tab, texts = modes[m]["label"] if len(modes) > 1 else "", modes[m]["texts"]
            self.page.evaluate(TURN, [m, step])
            yield self.shoot(f"{name}-{m}-{step}", tab, (step + 1, len(texts)), texts[step])

    def shoot(self, name, tab, place, text):
        width, height = self.page.evaluate(CROP)
        sheet = (self.width, max(HEIGHT, height))  # sizes may hang on that of the screen
        self.folder.mkdir(parents=True, exist_ok=True)
        self.page.pdf(
            path=self.folder / f"{name}.pdf", width=f"{sheet[0]}px", height=f"{sheet[1]}px",
            print_background=True, page_ranges="1",
        )  # fmt: skip
        return asdict(Still(tab, place, text, f"{name}.pdf", min(width, sheet[0]), height, sheet))


@contextmanager
def camera(folder):
    """A camera with a browser of its own."""
    with chromium() as browser:
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light")
        page.emulate_media(media="screen", reduced_motion="reduce")
        yield Camera(page, folder)
