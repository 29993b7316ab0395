/* The image that a network in the page looks at: drawn by hand, read from a file, or chosen. */

/** Lets a canvas show an image and be drawn on, with the pointer and with keys.

    `about` says which values the pixels have: `ground`, `ink` and `white`. `changed(name)` is called
    after every change, `moved(text)` with the place of the keys' cursor. */
function livePaper(canvas, about, changed, moved) {
  const [height, width, depth] = about.image;
  const pixels = new Uint8Array(height * width * depth).fill(about.ground);
  const small = html("canvas", { width, height }), scale = Math.max(1, 280 / Math.max(width, height));
  const cursor = { x: width >> 1, y: height >> 1, shown: false };
  const paper = { pixels, erases: false, set, clear, invert, show };
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);

  function set(values, name) {
    pixels.set(values);
    show();
    changed(name);
  }

  function clear() {
    set(new Uint8Array(pixels.length).fill(about.ground), "a blank image");
  }

  function invert() {
    set(pixels.map((value) => Math.max(0, about.white - value)), "an image, inverted");
  }

  function show() {
    const image = new ImageData(width, height);
    for (let place = 0; place < width * height; place++) {
      const own = pixels.subarray(place * depth, (place + 1) * depth);
      const mean = own.reduce((a, b) => a + b, 0) / depth;
      for (let c = 0; c < 3; c++) {
        image.data[4 * place + c] = ((depth === 3 ? own[c] : mean) * 255) / about.white;
      }
      image.data[4 * place + 3] = 255;
    }
    small.getContext("2d").putImageData(image, 0, 0);
    const context = canvas.getContext("2d");
    context.imageSmoothingEnabled = false;
    context.drawImage(small, 0, 0, canvas.width, canvas.height);
    if (!cursor.shown) return;
    const place = [cursor.x * scale, cursor.y * scale, scale, scale];
    for (const [style, line] of [["#000000", 4], ["#ffd33d", 2]]) {
      context.strokeStyle = style;
      context.lineWidth = line;
      context.strokeRect(...place);
    }
  }

  /* Paints a line between two points, in pixels; what is at its rim is painted in part. */
  function stroke(from, to) {
    const radius = Math.max(0.8, Math.max(width, height) / 20);
    const [colour, other] = paper.erases ? [about.ground, about.ink] : [about.ink, about.ground];
    const [dx, dy] = [to.x - from.x, to.y - from.y], length = dx * dx + dy * dy;
    for (let i = 0; i < height; i++) {
      for (let j = 0; j < width; j++) {
        const share = length ? ((j - from.x) * dx + (i - from.y) * dy) / length : 0;
        const t = Math.min(1, Math.max(0, share));
        const far = Math.hypot(j - from.x - t * dx, i - from.y - t * dy);
        const cover = Math.min(1, Math.max(0, radius + 0.5 - far));
        if (cover) mix(i, j, Math.round(other + (colour - other) * cover), colour > other);
      }
    }
    show();
    changed("a drawing");
  }

  function mix(i, j, value, isLighter) {
    for (let c = 0, at = (i * width + j) * depth; c < depth; c++, at++) {
      pixels[at] = isLighter ? Math.max(pixels[at], value) : Math.min(pixels[at], value);
    }
  }

  let last = null;
  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    return {
      x: ((event.clientX - box.left) / box.width) * width - 0.5,
      y: ((event.clientY - box.top) / box.height) * height - 0.5,
    };
  };
  const keys = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

  function press(event) {
    if (event.key === " ") {
      stroke(cursor, cursor);
    } else if (event.key in keys) {
      const [dx, dy] = keys[event.key];
      cursor.x = Math.min(width - 1, Math.max(0, cursor.x + dx));
      cursor.y = Math.min(height - 1, Math.max(0, cursor.y + dy));
      cursor.shown = true;
      show();
      moved(`column ${cursor.x + 1}, row ${cursor.y + 1}`);
    } else {
      return;
    }
    event.preventDefault();
  }

  if (about.paints) {
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      last = place(event);
      stroke(last, last);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!last) return;
      const now = place(event);
      stroke(last, now);
      last = now;
    });
    for (const end of ["pointerup", "pointercancel"]) {
      canvas.addEventListener(end, () => {
        last = null;
      });
    }
    canvas.addEventListener("keydown", press);
    canvas.addEventListener("blur", () => {
      cursor.shown = false;
      show();
    });
  }
  return paper;
}

/** The pixels of an image file as the network takes them. Raises where the browser reads none. */
async function liveRead(file, about) {
  const [height, width, depth] = about.image;
  const how = { colorSpaceConversion: "none", premultiplyAlpha: "none" };
  const bitmap = await createImageBitmap(file, how);
  const canvas = html("canvas", { width, height });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  for (const colour of ["white", about.background]) {
    context.fillStyle = colour; // one that the browser does not know is left out
    context.fillRect(0, 0, width, height);
  }
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, ...livePlace(bitmap, width, height, about.resize));
  const { data } = context.getImageData(0, 0, width, height);
  const pixels = new Uint8Array(height * width * depth);
  for (let place = 0; place < width * height; place++) {
    const [red, green, blue] = data.subarray(4 * place, 4 * place + 3);
    const grey = (red * 19595 + green * 38470 + blue * 7471 + 32768) >> 16;
    const own = depth === 1 ? [grey] : [red, green, blue];
    own.forEach((value, c) => {
      pixels[place * depth + c] = Math.round((value * about.white) / 255);
    });
  }
  return pixels;
}

/** Which part of an image goes where: it is stretched, cropped to the proportions, or padded. */
function livePlace(image, width, height, resize) {
  const { width: w, height: h } = image;
  if (resize === "crop") {
    const scale = Math.min(w / width, h / height), own = [scale * width, scale * height];
    return [(w - own[0]) / 2, (h - own[1]) / 2, ...own, 0, 0, width, height];
  }
  if (resize === "pad") {
    const scale = Math.min(width / w, height / h);
    const inner = [w, h].map((size) => Math.max(1, Math.round(size * scale)));
    const left = Math.floor((width - inner[0]) / 2), top = Math.floor((height - inner[1]) / 2);
    return [0, 0, w, h, left, top, ...inner];
  }
  return [0, 0, w, h, 0, 0, width, height];
}

/** Words about a grey image on another ground than those that the network learned from. */
function liveGround(pixels, about) {
  const [height, width, depth] = about.image;
  if (depth !== 1 || !about.learned) return "";
  let sum = 0, count = 0;
  pixels.forEach((value, place) => {
    const row = Math.floor(place / width), column = place % width;
    if (row === 0 || row === height - 1 || column === 0 || column === width - 1) {
      sum += value;
      count += 1;
    }
  });
  const share = sum / count / about.white;
  const ground = share > 0.6 ? "light" : share < 0.4 ? "dark" : about.learned;
  const figure = { light: "dark on light", dark: "light on dark" };
  if (ground === about.learned) return "";
  return `This image is ${figure[ground]}, and those that the network learned from are ` +
    `${figure[about.learned]}: press Invert.`;
}
