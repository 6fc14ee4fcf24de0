/* Softmax, its loss and its gradient under sliders. */
((tools) => {
  "use strict";
  const { bar, h, num, sum } = tools;

  /** What scratch.layers.softmax_loss computes, for one example. */
  function softmaxLoss(scores, y) {
    const top = Math.max(...scores);
    const total = sum(scores.map((s) => Math.exp(s - top)));
    const p = scores.map((s) => Math.exp(s - top) / total);
    return { p, loss: Math.log(total) - (scores[y] - top), grad: p.map((v, k) => v - (k === y)) };
  }

  function softmaxSlider(d) {
    const scores = [...d.scores];
    let y = d.y;
    const status = h("p", { class: "cf-status", role: "status", "aria-live": "polite" });
    const group = `cf-right-${Math.random().toString(36).slice(2)}`;
    const rows = d.names.map((name, k) => {
      const row = { p: bar(), grad: bar(), score: h("span", { class: "cf-bar-value" }) };
      row.slider = h("input", {
        type: "range",
        min: -6,
        max: 6,
        step: 0.1,
        "aria-label": `score of ${name}`,
        oninput: () => {
          scores[k] = Number(row.slider.value);
          draw();
        },
      });
      row.slider.value = scores[k];
      row.radio = h("input", {
        type: "radio",
        name: group,
        "aria-label": `${name} is right`,
        onchange: () => {
          y = k;
          draw();
        },
      });
      row.radio.checked = k === y;
      row.node = h(
        "div",
        { class: "cf-softmax-row" },
        h("label", { class: "cf-class" }, row.radio, name),
        h("span", { class: "cf-score" }, row.slider, row.score),
        h("span", { class: "cf-pair cf-output" }, row.p.node, row.p.value),
        h("span", { class: "cf-pair cf-grad cf-signed" }, row.grad.node, row.grad.value),
      );
      return row;
    });

    function draw() {
      const now = softmaxLoss(scores, y);
      rows.forEach((row, k) => {
        row.score.textContent = num(scores[k], 1);
        row.p.set(0, now.p[k]);
        row.grad.set(Math.min(0.5, 0.5 + now.grad[k] / 2), Math.abs(now.grad[k]) / 2);
        row.p.value.textContent = now.p[k].toFixed(3);
        row.grad.value.textContent = num(now.grad[k], 3);
      });
      status.textContent =
        `Loss = \u2212log p[${d.names[y]}] = \u2212log ${now.p[y].toFixed(3)} = ` +
        `${now.loss.toFixed(3)}. Gradient of the right score: p \u2212 1 = ` +
        `${num(now.grad[y], 3)}; of every other score: its p.`;
    }

    const head = h(
      "div",
      { class: "cf-softmax-row cf-softmax-head", "aria-hidden": "true" },
      ...["right class", "score", "probability p", "gradient of the score"].map((name) =>
        h("span", {}, name),
      ),
    );
    draw();
    return [head, ...rows.map((row) => row.node), status];
  }

  tools.sliders.softmax = softmaxSlider;

  Object.assign(tools, { softmaxLoss });
})(globalThis.courseFigures);
