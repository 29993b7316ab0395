/* What all parts of the page use. A part calls `section(name, setup)`; `setup(root, data, album)`
   gets its element, what Python wrote for it, and the pictures that several parts show. */

const setups = [];

/** Registers what moves the part of that name. */
function section(name, setup) {
  setups.push([name, setup]);
}

/** An element of HTML with attributes and children; texts are texts, never markup. */
function html(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** The same of SVG. */
function svg(tag, attributes = {}, ...children) {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") {
      element.addEventListener(name, value);
    } else if (value !== null && value !== undefined && value !== false) {
      element.setAttribute(name, value === true ? "" : String(value));
    }
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** A number as the tables show it: four digits. */
function digits(value) {
  const size = Math.abs(value);
  if (value === 0) return "0";
  return size >= 1e5 || size < 1e-3 ? value.toExponential(3) : String(Number(value.toPrecision(4)));
}

/** The bytes of a base64 text. */
function bytesOf(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

/** The pixels of an image element whose picture is in the page: bytes of red, green, blue, alpha. */
function pixelsOf(image) {
  const canvas = document.createElement("canvas");
  canvas.width = image.naturalWidth;
  canvas.height = image.naturalHeight;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(image, 0, 0);
  return context.getImageData(0, 0, canvas.width, canvas.height);
}

/** Lets an image element show a picture of the album; all are brighter if they use few shades. */
function portray(image, number, album) {
  const brightest = Math.max(1, ...album.map((picture) => picture.brightest));
  image.src = album[number].src;
  if (brightest < 128) image.style.filter = `brightness(${255 / brightest})`;
}

/** Shows a text beside the pointer, or beside an element that has the focus; "" hides it. */
const tip = (() => {
  const box = html("div", { class: "tip", hidden: true, "aria-hidden": "true" });
  document.body.append(box);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") box.hidden = true;
  });
  return (text, x, y) => {
    box.hidden = !text;
    if (!text) return;
    box.textContent = text;
    box.style.left = `${Math.max(4, Math.min(x + 12, window.innerWidth - box.offsetWidth - 4))}px`;
    const below = y + 16 + box.offsetHeight < window.innerHeight;
    box.style.top = `${Math.max(4, below ? y + 16 : y - box.offsetHeight - 8)}px`;
  };
})();

/** Lets an element tell a text while the pointer is over it or it has the focus. */
function tells(element, text) {
  const say = typeof text === "function" ? text : () => text;
  element.addEventListener("pointermove", (event) => tip(say(event), event.clientX, event.clientY));
  element.addEventListener("pointerleave", () => tip(""));
  element.addEventListener("focus", (event) => {
    const place = element.getBoundingClientRect();
    tip(say(event), place.left, place.bottom - 16);
  });
  element.addEventListener("blur", () => tip(""));
}

/** Lets an element be pressed with the pointer, and with Enter or the space bar. */
function pressable(element, press) {
  element.setAttribute("tabindex", "0");
  element.setAttribute("role", "button");
  element.addEventListener("click", press);
  element.addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      press(event);
    }
  });
}

/** Begins: every part gets its element and its data. One that fails does not stop the others. */
function start() {
  const data = JSON.parse(document.getElementById("data").textContent);
  for (const [name, setup] of setups) {
    const root = document.getElementById(name);
    if (!root || !(name in data.sections)) continue;
    try {
      setup(root, data.sections[name], data.album);
    } catch (error) {
      console.error(name, error);
    }
  }
  document.documentElement.dataset.ready = "true";
}
