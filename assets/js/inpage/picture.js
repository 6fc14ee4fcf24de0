/* A picture of the reader's, shown to the network that comes with the course. */
import { button, element } from "./dom.js";
import { Output } from "./output.js";
import { Page } from "./page.js";

const SIDE = 32;
const FURTHEST = 16; // pixels that a picture can be moved
const MOVES = [["←", "left", -1, 0], ["↑", "up", 0, -1], ["↓", "down", 0, 1], ["→", "right", 1, 0]];
const KEYS = { ArrowLeft: 0, ArrowUp: 1, ArrowDown: 2, ArrowRight: 3 };

/** The middle square of an image, 32 by 32 pixels, transparent parts white: -> ImageData. */
function small(image) {
  const width = image.naturalWidth ?? image.width, height = image.naturalHeight ?? image.height;
  let size = Math.min(width, height);
  const left = (width - size) / 2, top = (height - size) / 2;
  let from = image, corner = [left, top];
  while (size > SIDE) { // by halves, so that every pixel counts
    const next = Math.max(SIDE, Math.ceil(size / 2));
    from = drawn(from, corner, size, next);
    [size, corner] = [next, [0, 0]];
  }
  if (from === image) from = drawn(image, corner, size, SIDE);
  return from.getContext("2d").getImageData(0, 0, SIDE, SIDE);
}

function drawn(from, [left, top], size, side) {
  const canvas = element("canvas", { width: side, height: side });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.fillStyle = "white";
  context.fillRect(0, 0, side, side);
  context.imageSmoothingQuality = "high";
  context.drawImage(from, left, top, size, size, 0, 0, side, side);
  return canvas;
}

/** The same pixels, moved; what comes in at the edge is the edge once more. */
function moved(pixels, [right, down]) {
  const inside = (k) => Math.min(SIDE - 1, Math.max(0, k));
  const result = new ImageData(SIDE, SIDE);
  for (let y = 0; y < SIDE; y += 1) {
    for (let x = 0; x < SIDE; x += 1) {
      const at = 4 * (SIDE * inside(y - down) + inside(x - right));
      result.data.set(pixels.data.subarray(at, at + 4), 4 * (SIDE * y + x));
    }
  }
  return result;
}

/** Base64 of the bytes of a picture: red, green, blue of each pixel. */
function bytes(pixels) {
  const kept = pixels.data.filter((_, k) => k % 4 !== 3);
  return btoa(String.fromCharCode(...kept));
}

class PicturePage extends Page {
  constructor(parts) {
    super({ ...parts, say: (text) => { parts.say.textContent = text; } });
    parts.button.remove();
    this.python.advice = "Press again to retry. Or run course.try_on on your own machine, after “make lab”.";
    this.box = parts.box;
    this.build();
    if (document.activeElement === document.body) { // the button that is gone had the focus
      this.picks[0].parentElement.focus({ preventScroll: true });
    }
    this.cells = [this.cell()];
    window.addEventListener("pagehide", () => this.python.end(""));
  }

  build() {
    this.said = this.box.querySelector(".course-picture-text");
    this.said.textContent = "Pick one, choose or drop one of yours. It stays in your browser. "
      + "The network sees its middle square, 32 by 32 pixels.";
    this.picks = [...this.box.querySelectorAll(".course-picture-picks img")];
    for (const image of this.picks) this.pickable(image);
    this.canvas = element("canvas", { width: SIDE, height: SIDE, className: "course-picture-seen" });
    this.canvas.setAttribute("role", "img");
    this.moves = element("div", { className: "course-picture-moves", role: "group", "aria-label": "Move the picture" });
    this.moves.append(...MOVES.map(([sign, name], k) => button(sign, () => this.move(k), { "aria-label": `Move it ${name}` })));
    this.moves.addEventListener("keydown", (event) => {
      if (event.altKey || event.ctrlKey || event.metaKey) return; // the browser's own
      if (event.key in KEYS) { event.preventDefault(); this.move(KEYS[event.key]); }
    });
    this.now = element("div", { className: "course-picture-now", hidden: true }, this.canvas, this.moves);
    this.box.append(this.chooser(), this.now);
    this.output = new Output(this.box, this.site, "What the network says");
    this.takeDrops();
  }

  pickable(image) {
    const pick = button("", () => this.take(image, image.alt), { className: "course-picture-pick", "aria-pressed": "false" });
    image.replaceWith(pick);
    pick.append(image);
  }

  chooser() {
    const input = element("input", { type: "file", accept: "image/*", className: "visually-hidden" });
    input.onchange = () => { this.open(input.files[0]); input.value = ""; };
    return element("label", { className: "inpage-button course-picture-choose" }, "Choose a picture", input);
  }

  takeDrops() {
    const over = (on) => (event) => {
      event.preventDefault();
      this.box.classList.toggle("course-picture-over", on);
    };
    this.box.addEventListener("dragover", over(true));
    this.box.addEventListener("dragleave", over(false));
    this.box.addEventListener("drop", (event) => { over(false)(event); this.open(event.dataTransfer.files[0]); });
  }

  async open(file) {
    if (!file) return;
    try {
      this.take(await createImageBitmap(file, { imageOrientation: "from-image" }), file.name);
    } catch {
      this.output.say(`${file.name} cannot be read as a picture here: choose JPEG, PNG or another format that your browser shows.`);
    }
  }

  take(image, name) {
    for (const pick of this.picks) pick.parentElement.setAttribute("aria-pressed", String(pick === image));
    [this.pixels, this.name, this.at] = [small(image), name, [0, 0]];
    this.now.hidden = false;
    this.ask();
  }

  move(k) {
    const [, , right, down] = MOVES[k];
    const limit = (value) => Math.min(FURTHEST, Math.max(-FURTHEST, value));
    this.at = [limit(this.at[0] + 2 * right), limit(this.at[1] + 2 * down)];
    this.ask();
  }

  /** Show what the network gets, and let it look; while it does, only the newest wish is kept. */
  async ask() {
    const pixels = moved(this.pixels, this.at);
    this.canvas.getContext("2d").putImageData(pixels, 0, 0);
    const [right, down] = this.at;
    this.canvas.setAttribute("aria-label", `What the network gets: ${this.name}, moved by ${right} to the right and ${down} down`);
    this.cells[0].code = `from course.figures.picture_on_page import look\nlook("${bytes(pixels)}")`;
    if (this.running) { this.again = true; return; }
    do {
      this.again = false;
      await this.run(this.cells[0], this.cells[0]);
    } while (this.again);
  }

  cell() {
    const { output } = this;
    let anew = false; // the old answer stands until the new one is there
    const receive = (kind, content) => {
      if (kind === "begin") anew = true;
      else if (kind === "end") output.rest();
      else {
        if (anew) output.clear();
        anew = false;
        output[kind]?.(content);
      }
    };
    const busy = (now) => this.box.setAttribute("aria-busy", String(now));
    return { id: "picture", kind: "code", label: "the picture", code: "", output, receive, runs: () => busy(true),
      rests: () => busy(false) };
  }
}

export async function picture(parts) {
  return new PicturePage(parts);
}
