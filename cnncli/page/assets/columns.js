/* Figure 5: the pictures to choose from, a map enlarged with its numbers, and what a neuron sees. */

section("columns", (root, data, album) => {
  const drawing = root.querySelector("figure svg");
  const sheets = [...drawing.querySelectorAll("[data-column][href]")];
  data.pictures[0].sheets.forEach((sheet, column) => {
    sheet[0] = sheets[column].getAttribute("href");
  });
  let chosen = 0;

  const choices = data.pictures.map((picture, place) =>
    html(
      "button",
      { class: "choice", type: "button", click: () => choose(place) },
      html("img", { src: album[picture.number].src, alt: "" }),
      picture.verdict,
    ),
  );
  root.querySelector(".row").append(...choices);

  function choose(place) {
    chosen = place;
    const picture = data.pictures[place];
    choices.forEach((button, each) => button.setAttribute("aria-pressed", each === place));
    drawing.querySelector(".picture").setAttribute("href", album[picture.number].src);
    sheets.forEach((sheet, column) => sheet.setAttribute("href", picture.sheets[column][0]));
    picture.scores.forEach((score, row) => showScore(score, row));
    drawing.setAttribute(
      "aria-label",
      `What each layer makes of the image ${album[picture.number].name}, and its class scores`,
    );
    detail.refresh();
    document.dispatchEvent(new CustomEvent("picture", { detail: place }));
  }

  function showScore([name, probability, score, isTrue], row) {
    const part = (key) => drawing.querySelector(`[data-${key}="${row}"]`);
    const short = name.length > 15 ? `${name.slice(0, 14)}…` : name;
    part("label").textContent = (isTrue ? "✓ " : "") + short;
    part("bar").setAttribute("class", isTrue ? "fill-green" : "fill-blue");
    part("bar").setAttribute("width", 100 * probability);
    part("share").textContent = probability.toFixed(3);
    part("score").textContent = score.toFixed(2);
  }

  const detail = enlargedMap(data, album, () => data.pictures[chosen]);
  root.querySelector("figure").after(detail.element);
  const columns = data.layers.map((_, column) => [
    ...drawing.querySelectorAll(`.map[data-column="${column}"]`),
  ]);
  roam(drawing, columns, (column, row, map) => {
    for (const each of columns.flat()) each.setAttribute("aria-pressed", each === map);
    detail.show(column, row);
  });
  choose(0);
});

/** The map that was pressed, large, with the number under a cursor, and the image beside it. */
function enlargedMap(data, album, picture) {
  const heading = html("h3", {}, "");
  const sheet = svg("image", { preserveAspectRatio: "none" });
  const cursor = svg("rect", { class: "cursor", width: 1, height: 1 });
  const map = svg("svg", { tabindex: 0, role: "application" }, sheet, cursor);
  const image = svg("image", { preserveAspectRatio: "none" });
  const field = svg("rect", { class: "field" });
  const [W, H] = data.image;
  const whole = svg("svg", { viewBox: `0 0 ${W} ${H}`, role: "img" }, image, field);
  const number = html("p", { class: "number", "aria-live": "polite" });
  const scale = html("p", { class: "note" });
  const greys = svg("svg", { class: "greys", viewBox: "0 0 256 36", "aria-hidden": "true" });
  const sees = html("p", { "aria-live": "polite" });
  const parts = html(
    "div",
    { class: "row" },
    html("figure", {}, map, html("figcaption", {}, "The map: move over it, or use the arrow keys.")),
    html("figure", {}, whole, html("figcaption", {}, "What that neuron sees of the image.")),
    html("div", { class: "told" }, number, sees, greys, scale),
  );
  const element = html("div", { class: "detail moves", hidden: true }, heading, parts);
  const state = { column: -1, row: 0, x: 0, y: 0, pixels: null };

  async function refresh() {
    if (state.column < 0) return;
    const layer = data.layers[state.column];
    const [src, low, high] = picture().sheets[state.column];
    const [w, h] = layer.shown;
    heading.textContent = `${layer.name}, map ${layer.maps[state.row]}`;
    map.setAttribute("viewBox", `0 ${state.row * h} ${w} ${h}`);
    map.setAttribute("aria-label", `${heading.textContent}: the arrow keys move the cursor`);
    putAt(sheet, 0, 0, w, h * layer.maps.length);
    sheet.setAttribute("href", src);
    putAt(image, 0, 0, W, H);
    image.setAttribute("href", album[picture().number].src);
    scale.textContent =
      `The numbers are read from 256 greys, to within ${digits((high - low) / 510)}.` +
      (layer.block > 1 ? ` Each is the mean over ${layer.block}x${layer.block} neurons.` : "");
    greys.replaceChildren(...scaleOf(low, high));
    state.x = Math.min(state.x, w - 1);
    state.y = Math.min(state.y, h - 1);
    state.pixels = null;
    point();
    const loaded = new Image();
    loaded.src = src;
    await loaded.decode();
    if (picture().sheets[state.column][0] !== src) return;
    state.pixels = pixelsOf(loaded);
    point();
  }

  function point() {
    const { column, row, x, y, pixels } = state;
    const layer = data.layers[column];
    const [, low, high] = picture().sheets[column];
    const [w, h] = layer.shown;
    putAt(cursor, x, row * h + y, 1, 1);
    const grey = pixels ? pixels.data[4 * ((row * h + y) * w + x)] : null;
    number.textContent =
      `x ${x}, y ${y}: ` + (grey === null ? "" : digits(low + (grey / 255) * (high - low)));
    const seen = seenBy(layer, x, y);
    const clipped = seen.map(([first, last], axis) => [
      Math.max(first, 0),
      Math.min(last, data.image[axis]),
    ]);
    const [[left, right], [top, bottom]] = clipped;
    putAt(field, left, top, Math.max(0, right - left), Math.max(0, bottom - top));
    const text = sightOf(seen, clipped);
    sees.textContent = text;
    whole.setAttribute("aria-label", text);
  }

  function move(x, y) {
    const [w, h] = data.layers[state.column].shown;
    state.x = Math.max(0, Math.min(x, w - 1));
    state.y = Math.max(0, Math.min(y, h - 1));
    point();
  }
  map.addEventListener("pointermove", (event) => {
    const box = map.getBoundingClientRect();
    const [w, h] = data.layers[state.column].shown;
    move(
      Math.floor(((event.clientX - box.left) / box.width) * w),
      Math.floor(((event.clientY - box.top) / box.height) * h),
    );
  });
  const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  map.addEventListener("keydown", (event) => {
    if (!(event.key in steps)) return;
    event.preventDefault();
    move(state.x + steps[event.key][0], state.y + steps[event.key][1]);
  });

  function show(column, row) {
    const [w, h] = data.layers[column].shown;
    Object.assign(state, { column, row, x: Math.floor(w / 2), y: Math.floor(h / 2) });
    element.hidden = false;
    refresh();
  }
  return { element, show, refresh };
}

/** The greys from black to white with their numbers, and a mark at 0. */
function scaleOf(low, high) {
  const stops = ["#000000", "#ffffff"].map((colour, offset) =>
    svg("stop", { offset, "stop-color": colour }),
  );
  const zero = high > low ? (-256 * low) / (high - low) : 0;
  const words = [[0, low, ""], [256, high, "end"]];
  if (zero > 40 && zero < 216) words.push([zero, 0, "middle"]);
  return [
    svg("defs", {}, svg("linearGradient", { id: "columns-greys" }, ...stops)),
    svg("rect", { width: 256, height: 14, fill: "url(#columns-greys)" }),
    svg("path", { d: `M${zero} 0V18`, class: "orange" }),
    ...words.map(([x, value, kind]) => svg("text", { x, y: 32, class: kind }, digits(value))),
  ];
}

function putAt(element, x, y, width, height) {
  for (const [name, value] of Object.entries({ x, y, width, height })) {
    element.setAttribute(name, value);
  }
}

/** The pixels, from the first to the one after the last, across and down, that a place sees. */
function seenBy(layer, x, y) {
  return [x, y].map((at, axis) => {
    const first = at * layer.block;
    const last = Math.min(first + layer.block, layer.size[axis]) - 1;
        return [
      Math.floor(layer.start[axis] + layer.jump[axis] * first),
      Math.ceil(layer.start[axis] + layer.jump[axis] * last + layer.field[axis]),
    ];
  });
}

function lengthOf([first, last]) {
  return Math.max(0, last - first);
}

/** What is seen in words, and how much of it is padding. */
function sightOf(seen, clipped) {
  const [W, H] = seen.map(lengthOf);
  const [w, h] = clipped.map(lengthOf);
  const padding = W * H - w * h;
  const [[left, right], [top, bottom]] = clipped;
  return (
    `It sees ${W}x${H} pixels: x ${left} to ${right - 1}, y ${top} to ${bottom - 1} of the image` +
    (padding ? `; ${padding} of ${W * H} lie outside, in the padding.` : ".")
  );
}
