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
    picture.scores.forEach((score, row) => showScore(score, row, picture.labels[row]));
    const { name } = album[picture.number];
    drawing.setAttribute("aria-label", `What each layer makes of the image ${name}, and its class scores`);
    detail.refresh();
    document.dispatchEvent(new CustomEvent("picture", { detail: place }));
  }

  function showScore([, probability, score, isTrue], row, label) {
    const part = (key) => drawing.querySelector(`[data-${key}="${row}"]`);
    part("label").textContent = label;
    part("bar").setAttribute("class", isTrue ? "fill-green" : "fill-blue");
    part("bar").setAttribute("width", data.bar * probability);
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
  const field = svg("rect", { class: "sight" });
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
    const [reached, seen] = [0, 1].map((which) => [
      layer.sees[0][x][which],
      layer.sees[1][y][which],
    ]);
    const [left, top] = seen.map((span) => (span ? span[0] : 0));
    putAt(field, left, top, ...seen.map(lengthOf));
    const text = sightOf(reached, seen);
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

/** How many pixels there are from the first to the last; without any, null stands for them. */
function lengthOf(span) {
  return span ? span[1] - span[0] + 1 : 0;
}

/** What is seen in words, and how much of it is padding. */
function sightOf(reached, seen) {
  const [W, H] = reached.map(lengthOf);
  const [w, h] = seen.map(lengthOf);
  if (!w || !h) return "It sees no pixel of the image.";
  const padding = W * H - w * h;
  const [[left, right], [top, bottom]] = seen;
  return (
    `It sees ${W}x${H} pixels: x ${left} to ${right}, y ${top} to ${bottom} of the image` +
    (padding ? `; ${padding} of ${W * H} lie outside, in the padding.` : ".")
  );
}
