/* A window that walks over numbers: what convolution.js and pooling.js have in common. Drawings are
   those of figures/number_grids.py, and messages those of layers/windows.py. */

const numberWalk = (() => {
  const ROW = 24;
  const HEAD = 22;
  const GAP = 28;
  const REMEDY = [
    "A library may refuse this, leave out what remains, or add zeros:",
    "cnn refuses, unless a configuration says fit: crop or fit: pad.",
  ];
  const LETTERS = { F: "F, extent of a window", S: "S, stride", P: "P, zero padding" };

  /** A number with at most so many decimal places, of two as near the larger one. */
  function numeral(value, places) {
    const power = 10 ** places;
    return String(Math.floor(value * power + 0.5 + 1e-9) / power + 0);
  }

  /** `1 - 2 + 0.5`. */
  function signedSum(values, places) {
    const [first, ...others] = values.map((value) => numeral(value, places));
    const signed = others.map((text) => (text.startsWith("-") ? ` - ${text.slice(1)}` : ` + ${text}`));
    return first + signed.join("");
  }

  /** What `make` gives for 0, 1, ... */
  function times(count, make) {
    return Array.from({ length: count }, (_, place) => make(place));
  }

  /** The sum from left to right. */
  function total(values) {
    return values.reduce((sum, value) => sum + value, 0);
  }

  /** The cells of a plane that a window covers. */
  function cut(plane, { x, y, W, H }) {
    return plane.slice(y, y + H).map((row) => row.slice(x, x + W));
  }

  /** A map of W columns and H rows with numbers up to a step, and none after it. */
  function mapUntil(values, last, W, H) {
    const value = (place) => (place <= last ? values[place] : null);
    return times(H, (row) => times(W, (column) => value(row * W + column)));
  }

  /** How many places a window has along an axis of a map, and what is to be said of it. */
  function axis(name, size, F, S, P) {
    const room = size - F + 2 * P;
    const value = String(Math.round((room / S + 1) * 1000) / 1000);
    const arithmetic = `(${size} - ${F} + 2*${P})/${S} + 1 = ${value}`;
    return { name, size, S, room, arithmetic, places: Math.floor(room / S) + 1 };
  }

  /** Where the windows lie: {across, down}, the size rule, and the problem where they do not fit. */
  function sizeRule(size, F, S, P) {
    const across = axis("width", size.W, F.W, S, P);
    const down = axis("height", size.H, F.H, S, P);
    const rule =
      across.arithmetic === down.arithmetic
        ? `(W - F + 2P)/S + 1 = ${across.arithmetic} across and down`
        : `across: (W - F + 2P)/S + 1 = ${across.arithmetic}, down: (H - F + 2P)/S + 1 = ${down.arithmetic}`;
    return { across, down, rule, problem: sizeProblem([across, down], F, S, P) };
  }

  function sizeProblem(axes, F, S, P) {
    const odd = axes.filter((each) => each.room % S);
    if (!odd.length) return "";
    const window = `F=${F.W === F.H ? F.W : `${F.W}x${F.H}`}, S=${S}, P=${P}`;
    const where = odd.map((each) => `${each.name} ${each.size}`).join(" and ");
    const lines = new Set(odd.map((each) => `${each.arithmetic} is not a whole number.`));
    return [`${window} do not fit ${where}:`, ...lines, ...REMEDY].join("\n");
  }

  /** The first place of the window at which it reaches over the edge of a padded map. */
  function overEdge({ across, down }, F) {
    const [x, y] = [across, down].map((each) => (each.room % each.S ? each.places * each.S : 0));
    return { x, y, W: F.W, H: F.H };
  }

  function box(x, y, width, height, style) {
    return svg("rect", { x, y, width, height, class: style });
  }

  function drawGrid(grid, x, y, cell, places) {
    const { plane, pad = 0, window = null, first = null } = grid;
    const rows = plane.length;
    const across = plane[0].length;
    const found = svg("g", { transform: `translate(${x} ${y})` }, svg("text", { y: -6 }, grid.title));
    const mark = (style) => box(cell * window.x, ROW * window.y, cell * window.W, ROW * window.H, style);
    if (window) found.append(mark("fill-mark"));
    let lines = "";
    for (let row = 1; row < rows; row += 1) lines += `M0 ${ROW * row}H${cell * across}`;
    for (let column = 1; column < across; column += 1) lines += `M${cell * column} 0V${ROW * rows}`;
    if (lines) found.append(svg("path", { class: "grid", d: lines }));
    found.append(box(0, 0, cell * across, ROW * rows, `plain ${grid.colour}`));
    plane.forEach((values, row) =>
      values.forEach((value, column) => {
        const inside = row >= pad && row < rows - pad && column >= pad && column < across - pad;
        if (value !== null) {
          const style = inside ? "number middle" : "number middle faint";
          const place = { x: cell * column + cell / 2, y: ROW * row + 16, class: style, "font-size": 11 };
          found.append(svg("text", place, numeral(value, places)));
        }
        if (first !== null) {
          const place = box(cell * column, ROW * row, cell, ROW, "place");
          place.setAttribute("data-step", first + row * across + column);
          found.append(place);
        }
      }),
    );
    if (window) found.append(mark("plain ink"));
    return found;
  }

  /** Columns of a grid, those of a window that lies beyond included. */
  function columnsOf({ plane, window }) {
    return Math.max(plane[0].length, window ? window.x + window.W : 0);
  }

  /** Rows in the same way. */
  function rowsOf({ plane, window }) {
    return Math.max(plane.length, window ? window.y + window.H : 0);
  }

  /** Draws columns of grids from left to right, and the lines below, in the place of what is there. */
  function drawGrids(drawing, { columns, lines }, places, cell) {
    const rows = [];
    for (const column of columns) {
      for (const [number, grid] of column.entries()) {
        rows[number] = Math.max(rows[number] ?? 0, HEAD + 8 + ROW * rowsOf(grid));
      }
    }
    const parts = [];
    let x = 1;
    for (const column of columns) {
      for (const [number, grid] of column.entries()) {
        parts.push(drawGrid(grid, x, total(rows.slice(0, number)) + HEAD, cell, places));
      }
      x += GAP + Math.max(...column.map((grid) => Math.max(cell * columnsOf(grid), 7 * grid.title.length)));
    }
    const bottom = total(rows);
    for (const [number, line] of lines.entries()) {
      parts.push(svg("text", { x: 1, y: bottom + 20 + ROW * number, class: "number" }, line));
    }
    const width = Math.max(x - GAP + 2, ...lines.map((line) => 8 * line.length));
    const height = bottom + ROW * lines.length + 8;
    drawing.replaceChildren(...parts);
    drawing.setAttribute("viewBox", `0 0 ${width} ${height}`);
    drawing.setAttribute("width", width);
    drawing.setAttribute("height", height);
  }

  /** Moves a part. `plan(example, settings)` gives {size, F, count, state(step), misfit(window)};
      letters: those of F, S and P that may be set; modes: of pooling. */
  function walk(root, data, plan, letters, modes = []) {
    const own = (name) => root.querySelector(`[data-part="${name}"]`);
    const frame = root.querySelector(".scroll");
    const drawing = frame.querySelector("svg");
    const still = matchMedia("(prefers-reduced-motion: reduce)");
    const now = { chosen: 0, settings: {}, step: 0, timer: null, plan: null };
    const problem = html("pre", { class: "warning", role: "alert", hidden: true });
    const count = html("span");
    const said = html("p", { class: "spoken", role: "status" });
    const button = (text, press) => html("button", { type: "button", click: press }, text);
    const first = button("First", () => go(0));
    const back = button("Back", () => go(now.step - 1));
    const play = button("Play", toggle);
    const forward = button("Forward", () => go(now.step + 1));
    const speed = html("input", { type: "range", min: 1, max: 10, value: 2 });
    const speedRow = html("label", {}, "Steps a second ", speed);
    const pick = (label, names, change) => {
      const list = html("select", { change: () => change(list.selectedIndex) });
      list.append(...names.map((name) => html("option", {}, name)));
      return [list, html("label", {}, `${label} `, list)];
    };
    const [, exampleRow] = pick("Example", data.examples.map((each) => each.label), choose);
    const [modeList, modeRow] = pick("Take", modes, (index) => set("mode", modes[index]));
    const sliders = letters.map((letter) => {
      const value = html("span", { class: "number" });
      const range = html("input", {
        type: "range", min: letter === "P" ? 0 : 1, "aria-label": LETTERS[letter],
        input: () => set(letter, Number(range.value)),
      });
      return { letter, range, value, row: html("label", {}, `${letter} `, range, " ", value) };
    });

    /** Shows a step; what plays stops. */
    function go(step) {
      pause();
      show(step);
    }

    function show(step) {
      const { example, count: most, where, state, misfit } = now.plan;
      now.step = Math.max(0, Math.min(step, most - 1));
      const seen = where.problem ? misfit(overEdge(where, now.plan.F)) : state(now.step);
      drawGrids(drawing, seen, example.places, data.widths[example.places]);
      count.textContent = most ? `step ${now.step + 1} of ${most}` : "no step";
      said.textContent = now.timer === null ? seen.lines.at(-1) ?? "" : "";
      for (const each of [first, back]) each.disabled = !most || now.step === 0;
      forward.disabled = !most || now.step === most - 1;
      play.disabled = !most;
    }

    /** Plays from here, or from the beginning where this is the end; or stops. */
    function toggle() {
      if (now.timer !== null) {
        pause();
      } else if (!still.matches && now.plan.count) {
        play.textContent = "Pause";
        if (now.step === now.plan.count - 1) now.step = -1;
        wait();
      }
    }

    function wait() {
      now.timer = setTimeout(() => {
        show(now.step + 1);
        if (now.step === now.plan.count - 1) go(now.step);
        else wait();
      }, 1000 / Number(speed.value));
    }

    function pause() {
      clearTimeout(now.timer);
      now.timer = null;
      play.textContent = "Play";
    }

    /** Takes a setting, and begins in the middle of the first map. */
    function set(name, value) {
      pause();
      if (name) now.settings[name] = value;
      const example = data.examples[now.chosen];
      const { F, size, ...found } = plan(example, now.settings);
      const where = sizeRule(size, F, now.settings.S, now.settings.P ?? 0);
      const { across, down } = where;
      const steps = where.problem ? 0 : found.steps(across.places, down.places);
      const state = steps ? found.over(across.places, down.places) : null;
      now.plan = { ...found, example, F, where, count: steps, state };
      own("rule").textContent = where.rule;
      problem.textContent = where.problem;
      problem.hidden = !where.problem;
      for (const each of sliders) each.value.textContent = now.settings[each.letter];
      show(steps ? Math.floor(down.places / 2) * across.places + Math.floor(across.places / 2) : 0);
    }

    function choose(index) {
      const example = data.examples[index];
      now.chosen = index;
      now.settings = { ...example.start, mode: example.mode };
      own("note").textContent = example.note;
      const where = root.querySelector("[data-where]");
      if (where) where.hidden = index !== 0;
      for (const { letter, range } of sliders) {
        range.max = example.most[letter];
        range.value = example.start[letter];
      }
      modeList.selectedIndex = modes.indexOf(example.mode);
      set();
    }

    function respect() {
      pause();
      for (const each of [play, speedRow]) each.hidden = still.matches;
      hint.textContent = still.matches
        ? "Your system asks for less motion: the window moves only step by step. ← and → step, Home goes to the first place."
        : "← and → step, Home goes to the first place, the space bar plays and pauses; or click a number of the output.";
    }

    const keys = {
      ArrowLeft: () => go(now.step - 1),
      ArrowRight: () => go(now.step + 1),
      Home: () => go(0),
      " ": toggle,
    };
    const hint = html("p", { class: "note moves" });
    const buttons = html("div", { class: "row controls moves" }, first, back, play, forward, count, speedRow);
    for (const place of [frame, buttons]) {
      place.addEventListener("keydown", (event) => {
        const isOfButton = event.target !== frame && (event.key === " " || event.target === speed);
        if (!(event.key in keys) || isOfButton) return;
        event.preventDefault();
        keys[event.key]();
      });
    }
    drawing.addEventListener("click", (event) => {
      const place = event.target.closest("[data-step]");
      if (place && !now.plan.where.problem) go(Number(place.dataset.step));
    });
    still.addEventListener("change", respect);
    const settings = html("div", { class: "row controls moves" }, exampleRow, modes.length ? modeRow : null);
    settings.append(...sliders.map((each) => each.row));
    own("note").before(settings);
    own("rule").after(problem);
    frame.parentNode.before(buttons, hint);
    frame.parentNode.after(said);
    respect();
    choose(0);
  }

  return { cut, mapUntil, numeral, signedSum, times, total, walk };
})();
