/* The drawing and the table of the layers: each shows where the other's layer is, and its formulas. */

section("network", (root, data) => {
  const formulas = root.querySelector(".formulas");
  const kinds = [
    { all: [...root.querySelectorAll("svg .layer")], keys: ["ArrowLeft", "ArrowRight"] },
    { all: [...root.querySelectorAll("tbody [data-layer]")], keys: ["ArrowUp", "ArrowDown"] },
  ];
  const lists = kinds.map(({ all }) => {
    const found = [];
    for (const each of all) found[Number(each.dataset.layer)] = each;
    return found;
  });
  const [shapes, rows] = lists;
  let chosen = -1;

  /** Marks a layer in both places; within its box the table scrolls to it. */
  function choose(i) {
    for (const list of lists) {
      list[chosen]?.classList.remove("chosen");
      list[i].classList.add("chosen");
      list[chosen]?.setAttribute("tabindex", "-1");
      list[i].setAttribute("tabindex", "0");
    }
    chosen = i;
    formulas.textContent = data.texts[i];
    formulas.hidden = false;
    formulas.scrollTop = 0;
  }

  function reveal(element) {
    const box = element.closest(".scroll");
    const [own, outer] = [element.getBoundingClientRect(), box.getBoundingClientRect()];
    if (own.top < outer.top + 40) box.scrollTop -= outer.top + 40 - own.top;
    if (own.bottom > outer.bottom) box.scrollTop += own.bottom - outer.bottom;
    if (own.left < outer.left) box.scrollLeft -= outer.left - own.left;
    if (own.right > outer.right && box === shapes[0].closest(".scroll")) {
      box.scrollLeft += own.right - outer.right;
    }
  }

  function step(event, list, [before, after], i) {
    const last = list.length - 1;
    const places = { [before]: i - 1, [after]: i + 1, Home: 0, End: last };
    if (!(event.key in places)) return;
    event.preventDefault();
    const to = Math.min(Math.max(places[event.key], 0), last);
    list[to].focus({ preventScroll: true });
    reveal(list[to]);
  }

  lists.forEach((list, k) => {
    const partners = lists[1 - k];
    list.forEach((each, i) => {
      const see = () => {
        choose(i);
        reveal(partners[i]);
      };
      each.addEventListener("pointerenter", see);
      each.addEventListener("focus", see);
      each.addEventListener("keydown", (event) => step(event, list, kinds[k].keys, i));
    });
  });

  root.addEventListener("keydown", (event) => {
    if (event.key === "Escape") formulas.hidden = true;
  });

  const group = root.querySelector("svg");
  group.setAttribute("role", "group");
  shapes.forEach((shape, i) => {
    const cells = [...rows[i].cells].map((cell) => cell.textContent).filter(Boolean);
    shape.setAttribute("aria-label", cells.join(", "));
    shape.setAttribute("aria-describedby", formulas.id);
    pressable(shape, () => {
      rows[i].focus({ preventScroll: true });
      rows[i].scrollIntoView({ block: "center" });
    });
    const back = () => {
      shape.focus({ preventScroll: true });
      shape.scrollIntoView({ block: "center", inline: "center" });
    };
    rows[i].addEventListener("click", back);
    rows[i].addEventListener("keydown", (event) => event.key === "Enter" && back());
    for (const list of lists) list[i].setAttribute("tabindex", i ? "-1" : "0");
  });
});
