/* A cell of the matrix, or a number of the table, tells which images it stands for. */

/** What a cell of the confusion matrix stands for. */
function saysOfCell({ true: own, taken, images }) {
  const what = images === 1 ? "1 image" : `${images.toLocaleString("en")} images`;
  return own === taken ? `${what} of ${own}, recognised` : `${what} of ${own} taken for ${taken}`;
}

/** Its column and row, counted from anywhere. */
function placeOfCell(cell) {
  const { left, top, width } = cell.getBoundingClientRect();
  return [Math.round(left / width), Math.round(top / width)];
}

section("confusion", (root, data, album) => {
  const place = root.querySelector(".images");
  const cells = [...root.querySelectorAll(".cell")];

  function picture(number) {
    const { width, height, name, predicted, probability } = album[number];
    const scale = 72 / Math.max(width, height);
    const size = { width: Math.round(scale * width), height: Math.round(scale * height) };
    const image = html("img", { ...size, alt: `image ${name}` });
    portray(image, number, album);
    const answer = html("strong", {}, `${predicted} (${probability.toFixed(3)})`);
    const about = [answer, html("br"), html("span", { class: "name" }, name)];
    return html("figure", { class: "shot" }, image, html("figcaption", {}, ...about));
  }

  function show(cell) {
    for (const each of cells) each.classList.toggle("chosen", each === cell);
    const found = data.cells[Number(cell.dataset.cell)];
    const { pictures, names, images } = found;
    const rest = images - pictures.length - names.length;
    const shown = html("div", { class: "row" }, ...pictures.map(picture));
    place.replaceChildren(html("h3", {}, saysOfCell(found)), shown);
    if (rest || names.length) {
      const more = rest ? [`${rest.toLocaleString("en")} more`] : [];
      const head = pictures.length ? "Others, without a picture here" : "The page has no picture of";
      place.append(html("p", { class: "note" }, `${head}: ${[...names, ...more].join(", ")}.`));
    }
    place.hidden = false;
  }

  /** The next cell in the direction of an arrow key. */
  function next(from, key) {
    const [x, y] = placeOfCell(from);
    const signs = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const [right, down] = signs[key];
    let best = null;
    let nearest = Infinity;
    for (const cell of cells) {
      const [across, along] = placeOfCell(cell);
      const ahead = right * (across - x) + down * (along - y);
      const aside = Math.abs(right ? along - y : across - x);
      if (ahead > 0 && ahead + 100 * aside < nearest) {
        nearest = ahead + 100 * aside;
        best = cell;
      }
    }
    return best;
  }

  const drawing = root.querySelector("svg");
  for (const cell of cells) {
    const found = data.cells[Number(cell.dataset.cell)];
    cell.setAttribute("aria-label", saysOfCell(found));
    if (!drawing.contains(cell)) {
      cell.addEventListener("click", () => show(cell));
      continue;
    }
    drawing.setAttribute("role", "group");
    pressable(cell, () => show(cell));
    tells(cell, saysOfCell(found));
    cell.setAttribute("tabindex", cell === cells[0] ? "0" : "-1");
    cell.addEventListener("focus", () => {
      for (const each of cells) each.setAttribute("tabindex", each === cell ? "0" : "-1");
    });
    cell.addEventListener("keydown", (event) => {
      if (!event.key.startsWith("Arrow")) return;
      event.preventDefault();
      next(cell, event.key)?.focus();
    });
  }
});
