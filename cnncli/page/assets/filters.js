/* Figure 9: a filter that is pressed shows itself large, its map, and what excites it most. */

section("filters", (root, data) => {
  let picture = 0;
  const details = data.map((layer) => {
    const figure = root.querySelector(`figure[data-layer="${CSS.escape(layer.name)}"]`);
    const drawing = figure.querySelector("svg");
    const filters = [...drawing.querySelectorAll(".filter")];
    const detail = filterDetail(layer, drawing, () => picture);
    figure.after(detail.element);
    const across = layer.channels.length ? 1 : layer.across;
    const columns = Array.from({ length: across }, (_none, x) =>
      filters.filter((_filter, place) => place % across === x),
    );
    roam(drawing, columns, (x, y, pressed) => {
      for (const each of filters) each.setAttribute("aria-pressed", each === pressed);
      detail.show(y * across + x);
    });
    filters.forEach((filter, place) => {
      const text = `${layer.names[place]}: norm ${digits(layer.norms[place])}`;
      filter.querySelector("title").remove();
      filter.setAttribute("aria-label", `${layer.name}, ${text}`);
      tells(filter, (event) => sliceText(layer, place, text, filter, event));
    });
    return detail;
  });
  document.addEventListener("picture", (event) => {
    picture = event.detail;
    for (const each of details) each.refresh();
  });
});

/** What is under the pointer: the filter, and of slices the channel that they read. */
function sliceText(layer, place, text, filter, event) {
  if (!layer.channels.length || event.clientX === undefined) return text;
  const box = filter.getBoundingClientRect();
  const slice = Math.floor(((event.clientX - box.left) / box.width) * layer.across);
  const channel = layer.channels[place][Math.max(0, Math.min(slice, layer.across - 1))];
  return `${text}\nslice for channel ${channel} of its input`;
}

/** A part of a sheet as a picture of its own: the one at (x, y) of those with size (w, h). */
function cutOut(src, sheet, x, y, [w, h], label) {
  return svg(
    "svg",
    { viewBox: `${x * w} ${y * h} ${w} ${h}`, role: "img", "aria-label": label },
    svg("image", { href: src, width: sheet[0] * w, height: sheet[1] * h, preserveAspectRatio: "none" }),
  );
}

function filterDetail(layer, drawing, picture) {
  const heading = html("h3");
  const parts = html("div", { class: "row" });
  const element = html("div", { class: "detail moves", hidden: true }, heading, parts);
  let place = -1;

  function weights(name) {
    const src = drawing.querySelector("image").getAttribute("href");
    const rows = Math.ceil(layer.filters.length / layer.across);
    if (!layer.channels.length) {
      const [x, y] = [place % layer.across, Math.floor(place / layer.across)];
      return cutOut(src, [layer.across, rows], x, y, layer.size, `The weights of ${name}`);
    }
    const slices = layer.channels[place].map((channel, x) => {
      const label = `Slice of ${name} for channel ${channel}`;
      return cutOut(src, [layer.across, layer.filters.length], x, place, layer.size, label);
    });
    return html("div", { class: "slices" }, ...slices);
  }

  function patch(number) {
    const { src, size, of } = layer.patches;
    const [name, image, x, y, value] = of[place][number];
    const label = `Patch ${number + 1}: test image ${image}, ${name}, at x ${x}, y ${y}`;
    const shown = cutOut(src, [of[place].length, of.length], number, place, size, label);
    return html("figure", {}, shown, html("figcaption", {}, `${digits(value)} ${name}`));
  }

  function refresh() {
    if (place < 0) return;
    const name = `${layer.name}, ${layer.names[place]}`;
    heading.textContent = name;
    const shown = [withCaption(weights(name), `Its weights, of norm ${digits(layer.norms[place])}.`)];
    const sheet = layer.maps.sheets[picture()];
    if (sheet) {
      const [src, low, high] = sheet;
      const map = cutOut(src, [1, layer.filters.length], 0, place, layer.maps.size, `Map of ${name}`);
      const scale = `black ${digits(low)}, white ${digits(high)}`;
      shown.push(withCaption(map, `Its map for the image chosen above: ${scale}.`));
    }
    if (layer.patches) {
      const patches = layer.patches.of[place].map((_patch, number) => patch(number));
      const words = `Patches of ${layer.field.join("x")} pixels that excite it most, with its answer.`;
      shown.push(html("div", {}, html("div", { class: "patches" }, ...patches),
        html("p", { class: "note" }, words)));
    }
    parts.replaceChildren(...shown);
  }

  function show(chosen) {
    place = chosen;
    element.hidden = false;
    refresh();
  }
  return { element, show, refresh };
}

function withCaption(picture, text) {
  return html("figure", {}, picture, html("figcaption", {}, text));
}
