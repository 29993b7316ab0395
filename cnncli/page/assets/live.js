/* The network itself at work: an image that is drawn, dropped or chosen, the activation maps of
   every layer, and the class scores, sorted. */

const LIVE_SHOWN = 10;
const LIVE_QUIET = 800; // milliseconds without a change after which the scores are told

section("live", async (root, data, album) => {
  const part = (name) => root.querySelector(`.live-${name}`);
  const network = await liveNetwork(data.plan);
  const about = { ...data.about, image: data.plan.image };
  const columns = network.layers.slice(0, data.drawn).map(liveColumn);
  const rows = liveRows(part("scores"), data.classes);
  let name = "", waiting = 0, told = 0;

  function look() {
    waiting = 0;
    const began = performance.now();
    const scores = liveScores(network, paper.pixels), probabilities = liveSoftmax(scores);
    const time = performance.now() - began;
    const best = rows.show(scores, probabilities);
    for (const column of columns) column.draw();
    part("note").textContent = liveGround(paper.pixels, about);
    part("time").textContent = `One pass through the network took ${digits(time)} ms.`;
    Object.assign(root.dataset, {
      shown: name,
      milliseconds: time,
      scores: JSON.stringify([...scores]),
      probabilities: JSON.stringify([...probabilities]),
    });
    clearTimeout(told);
    told = setTimeout(() => {
      if (part("status").textContent !== best) part("status").textContent = best;
    }, LIVE_QUIET);
  }

  function changed(what) {
    name = what;
    waiting ||= requestAnimationFrame(look);
  }

  const paper = livePaper(part("paper"), about, changed, (text) => {
    part("cursor").textContent = text;
  });

  async function take(file) {
    if (!file) return;
    try {
      paper.set(await liveRead(file, about), file.name);
    } catch {
      part("note").textContent = `The browser cannot read ${file.name} as an image.`;
    }
  }

  part("columns").append(...columns.map((column) => column.element));
  part("clear").addEventListener("click", paper.clear);
  part("invert").addEventListener("click", paper.invert);
  part("eraser")?.addEventListener("click", (event) => {
    paper.erases = !paper.erases;
    event.currentTarget.setAttribute("aria-pressed", paper.erases);
  });
  part("file")?.addEventListener("change", (event) => take(event.target.files[0]));
  if (part("file")) {
    root.addEventListener("dragover", (event) => event.preventDefault());
    root.addEventListener("drop", (event) => {
      event.preventDefault();
      take(event.dataTransfer.files[0]);
    });
  }
  const pictures = liveImages(await liveInflate(data.pixels), paper.pixels.length);
  data.pictures.forEach((number, at) => {
    const { src, name: title, true: own } = album[number];
    const label = own === null ? title : `${title}, ${own}`;
    const image = html("img", { src, alt: label, width: 40, height: 40 });
    const choose = () => paper.set(pictures[at], label);
    part("pictures").append(html("button", { type: "button", title: label, click: choose }, image));
  });
  part("app").hidden = false;
  part("without").hidden = true;
  if (pictures.length) part("pictures").firstElementChild.click();
  else paper.clear();
});

/** Bytes as images of so many. */
function liveImages(bytes, size) {
  const images = [];
  for (let at = 0; at < bytes.length; at += size) images.push(bytes.subarray(at, at + size));
  return images;
}

/** The rows of the best classes, which change places. `show` returns the best three in words. */
function liveRows(list, classes) {
  const rows = new Map(), count = Math.min(LIVE_SHOWN, classes.length);
  const row = (k) => {
    if (!rows.has(k)) {
      const bar = html("span", { class: "live-bar" }), value = html("span", { class: "number" });
      const score = html("span", { class: "number" });
      const name = html("span", { class: "live-name", title: classes[k] }, classes[k]);
      const element = html("li", {}, name, html("span", { class: "live-track" }, bar), value,
        score);
      list.append(element);
      rows.set(k, { element, bar, value, score });
    }
    return rows.get(k);
  };
  list.style.height = `${28 * count}px`;
  return {
    show(scores, probabilities) {
      const order = [...scores.keys()].toSorted((a, b) => scores[b] - scores[a]).slice(0, count);
      for (const { element } of rows.values()) element.hidden = true;
      const share = (k) => `${(100 * probabilities[k]).toFixed(1)} %`;
      order.forEach((k, rank) => {
        const { element, bar, value, score } = row(k);
        element.hidden = false;
        element.style.transform = `translateY(${28 * rank}px)`;
        bar.style.width = `${100 * probabilities[k]}%`;
        value.textContent = share(k);
        score.textContent = digits(scores[k]);
      });
      return order.slice(0, 3).map((k) => `${classes[k]} ${share(k)}`).join(", ");
    },
  };
}

const LIVE_MAPS = 16;
const LIVE_NEURONS = 256;
const LIVE_PIXELS = 32; // of a map across and down; of a larger one some are left out
const LIVE_SIDE = 48;
const LIVE_SQUARE = 10;

/** A layer as a column of maps, or its neurons as squares; black is its least number, white its
    largest. */
function liveColumn(layer) {
  const { height, width, depth, out } = layer, isVector = height * width === 1;
  const count = Math.min(depth, isVector ? LIVE_NEURONS : LIVE_MAPS);
  const step = Math.ceil(Math.max(height, width) / LIVE_PIXELS);
  const [high, wide] = [height, width].map((size) => Math.ceil(size / step));
  const down = Math.min(count, isVector ? 16 : 8), across = Math.ceil(count / down);
  const zoom = isVector ? LIVE_SQUARE : LIVE_SIDE / Math.max(high, wide), gap = isVector ? 1 : 4;
  const side = [wide * zoom + gap, high * zoom + gap];
  const canvas = html("canvas", {
    width: Math.ceil(across * side[0]), height: Math.ceil(down * side[1]), role: "img",
  });
  const small = html("canvas", { width: wide, height: high });
  const volume = `${width}x${height}x${depth}`;
  const unit = isVector ? "neurons" : "maps";
  const more = count < depth ? `${count} of ${depth} ${unit}` : null;
  canvas.setAttribute("aria-label", `${layer.name}: ${count} of ${depth} ${unit}`);
  const lines = [layer.name, layer.kind, volume, more].filter(Boolean);
  const element = html(
    "div", { class: "live-layer" }, canvas, ...lines.map((line) => html("span", {}, line)),
  );

  function draw() {
    let least = Infinity, most = -Infinity;
    for (const value of out) {
      least = Math.min(least, value);
      most = Math.max(most, value);
    }
    const context = canvas.getContext("2d"), scale = most > least ? 255 / (most - least) : 0;
    const image = new ImageData(wide, high);
    context.imageSmoothingEnabled = false;
    for (let map = 0; map < count; map++) {
      for (let i = 0, to = 0; i < height; i += step) {
        for (let j = 0; j < width; j += step, to += 4) {
          const grey = (out[(i * width + j) * depth + map] - least) * scale;
          image.data[to] = image.data[to + 1] = image.data[to + 2] = grey;
          image.data[to + 3] = 255;
        }
      }
      small.getContext("2d").putImageData(image, 0, 0);
      const place = [Math.floor(map / down) * side[0], (map % down) * side[1]];
      context.drawImage(small, ...place, wide * zoom, high * zoom);
    }
  }

  tells(canvas, (event) => {
    const box = canvas.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    const map = Math.floor(x / side[0]) * down + Math.floor(y / side[1]);
    const [i, j] = [y % side[1], x % side[0]].map((length) => Math.floor(length / zoom) * step);
    if (map >= count || i >= height || j >= width) return "";
    const value = digits(out[(i * width + j) * depth + map]);
    return isVector ? `neuron ${map + 1}: ${value}` :
      `map ${map + 1}, row ${i + 1}, column ${j + 1}: ${value}`;
  });
  return { element, draw };
}
