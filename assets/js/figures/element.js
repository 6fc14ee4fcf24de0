/* The element: <course-figure kind="..." data='{json}' summary="...">. */
((tools) => {
  "use strict";
  if (customElements.get("course-figure")) return; // a live notebook brings the scripts again
  const { Player, h } = tools;

  /** Where the reader stood, for figures that take the place of one another in a notebook. */
  const memories = {};

  class CourseFigure extends HTMLElement {
    connectedCallback() {
      if (this.ready) return;
      this.ready = true;
      const kind = this.getAttribute("kind");
      const data = JSON.parse(this.getAttribute("data"));
      const caption = data.caption ? h("p", { class: "cf-caption" }, data.caption) : "";
      const body = h("div", { class: "cf-body", "data-lm-suppress-shortcuts": "true" });
      this.replaceChildren(body);
      const summary = this.getAttribute("summary");
      this.setAttribute("role", "figure");
      this.setAttribute("aria-label", summary);
      if (tools.kinds[kind])
        this.player = new Player(body, tools.kinds[kind](data), summary, this.memory());
      else body.append(...tools.sliders[kind](data));
      body.append(caption);
    }

    memory() {
      const place = this.getAttribute("place");
      return place ? (memories[place] ??= {}) : {};
    }
  }
  customElements.define("course-figure", CourseFigure);
})(globalThis.courseFigures);
