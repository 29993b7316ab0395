/* Curves: the values under the pointer, or at the place that the arrow keys choose. */

section("curves", (root, data) => {
  for (const [id, chart] of Object.entries(data.charts)) {
    readsAlong(document.getElementById(id), chart, data.epoch);
  }
});

/** Lets a chart tell its values; epoch: steps of one, if that is known. */
function readsAlong(figure, chart, epoch) {
  const drawing = figure.querySelector("svg");
  const every = new Set(chart.curves.flatMap((curve) => curve.x));
  const steps = [...every].toSorted((a, b) => a - b);
  const line = svg("path", { class: "ink", "stroke-dasharray": "2 2" });
  const dots = chart.curves.map((curve) => svg("circle", { r: 4, class: `fill-${curve.colour}` }));
  const cursor = svg("g", { class: "cursor", visibility: "hidden" }, line, ...dots);
  drawing.append(cursor);
  const hint = "Point at the chart, or move along it with the arrow keys, to read its values.";
  const said = html("output", { class: "values moves" }, hint);
  const slider = html("input", {
    type: "range", min: 0, max: steps.length - 1, step: 1, value: steps.length - 1,
    class: "along moves", "aria-label": `${chart.title}: step`, input: () => show(),
  });
  drawing.parentElement.after(slider, said);

  function show() {
    const step = steps[Number(slider.value)];
    const points = chart.curves.map((curve) => nearest(curve.x, step));
    const values = chart.curves.map((curve, at) => {
      const x = curve.x[points[at]];
      const other = x === step ? "" : ` (step ${x.toLocaleString("en")})`;
      return `${curve.name} ${digits(curve.y[points[at]])}${other}`;
    });
    const of = epoch ? `, epoch ${Math.max(1, Math.ceil(step / epoch))}` : "";
    const text = [`step ${step.toLocaleString("en")}${of}`, ...values].join("\n");
    line.setAttribute("d", `M${across(chart, step)},${chart.top}v${chart.height}`);
    dots.forEach((dot, at) => {
      dot.setAttribute("cx", across(chart, chart.curves[at].x[points[at]]));
      dot.setAttribute("cy", down(chart, chart.curves[at].y[points[at]]));
    });
    cursor.setAttribute("visibility", "visible");
    slider.setAttribute("aria-valuetext", text.replaceAll("\n", "; "));
    said.textContent = text;
    return text;
  }

  drawing.addEventListener("pointermove", (event) => {
    const place = drawing.getBoundingClientRect();
    const share = ((event.clientX - place.left) / place.width) * drawing.viewBox.baseVal.width;
    const [low, high] = chart.x;
    const step = low + ((share - chart.left) / chart.width) * (high - low);
    slider.value = nearest(steps, step);
    tip(show(), event.clientX, event.clientY);
  });
  drawing.addEventListener("pointerleave", () => tip(""));
}

/** The place of the number that is nearest to a value; of a few that are as near the last. */
function nearest(numbers, value) {
  let best = 0;
  numbers.forEach((number, at) => {
    if (Math.abs(number - value) <= Math.abs(numbers[best] - value)) best = at;
  });
  return best;
}

/** Where a step stands in the drawing. */
function across(chart, step) {
  const [low, high] = chart.x;
  return chart.left + ((step - low) / (high - low)) * chart.width;
}

/** Where a value stands in it. */
function down(chart, value) {
  const scale = chart.log ? Math.log10 : (number) => number;
  const [low, high] = chart.y.map(scale);
  return chart.top + chart.height - ((scale(value) - low) / (high - low)) * chart.height;
}
