/* A panel: an image with its pixels enlarged. */
((tools) => {
  "use strict";
  const { h, span } = tools;

  /** An image with its pixels enlarged, and perhaps a box around some of them. */
  function picturePart(frames, d) {
    const [H, W] = frames[0].size;
    const img = h("img", { class: "cf-pixels", draggable: "false" });
    const box = h("span", { class: "cf-box" });
    const style = `width:${W * frames[0].zoom}px;aspect-ratio:${W}/${H}`;
    const node = h("div", { class: "cf-frame-box", style }, img, box);

    function draw(frame) {
      const src = d.pictures[frame.picture];
      if (img.getAttribute("src") !== src) img.setAttribute("src", src);
      const [top, left, height, width] = frame.box ?? [0, 0, 0, 0];
      box.hidden = !frame.box;
      box.style.inset = [top / H, 1 - (left + width) / W, 1 - (top + height) / H, left / W]
        .map((part) => `${100 * part}%`)
        .join(" ");
      const where = `, rows ${span(top, height)}, columns ${span(left, width)} outlined`;
      img.setAttribute("alt", (frame.title || "picture") + (frame.box ? where : ""));
    }
    return { node, draw };
  }

  tools.parts.picture = picturePart;
})(globalThis.courseFigures);
