/* A convolution over an example, as figures/window_steps.py draws its first step. */

section("convolution", (root, data) => {
  const { cut, mapUntil, numeral, signedSum, times, total, walk } = numberWalk;

  const middle = (plane, F) => {
    const H = Math.min(F, plane.length);
    const W = Math.min(F, plane[0].length);
    const [y, x] = [(plane.length - H) >> 1, (plane[0].length - W) >> 1];
    return cut(plane, { x, y, W, H });
  };

  const padded = (plane, P) => {
    const edge = () => times(P, () => times(plane[0].length + 2 * P, () => 0));
    const sides = plane.map((row) => [...times(P, () => 0), ...row, ...times(P, () => 0)]);
    return [...edge(), ...sides, ...edge()];
  };

  const sums = (planes) => planes.map((plane) => total(plane.flat()));

  const sumLines = ({ places }, name, k, at, products, bias) => {
    const found = sums(products);
    const lines = products.map((plane, d) => {
      const values = plane.flat();
      const text = values.length > data.written ? `sum of ${values.length} products` : signedSum(values, places);
      return `slice ${d}: ${text} = ${numeral(found[d], places)}`;
    });
    const window = `X[${at.x}:${at.x + at.W},${at.y}:${at.y + at.H},:]`;
    const all = numeral(total(found) + bias, places);
    return [
      `${name} = sum(${window} * W${k}) + b${k}`,
      ...lines,
      `${name} = ${signedSum([...found, bias], places)} = ${all}`,
    ];
  };

  const plan = (example, { F, S, P }) => {
    const filters = example.weights.map((each) => each.map((plane) => middle(plane, F)));
    const x = example.x.map((plane) => padded(plane, P));
    const [H, W] = [filters[0][0].length, filters[0][0][0].length];
    const inputs = (window) => x.map((plane, d) => ({ title: `X[:,:,${d}]`, plane, colour: "blue", pad: P, window }));
    const weights = (k) =>
      filters[k].map((plane, d) => ({ title: `W${k}[:,:,${d}]`, plane, colour: "red" }));

    /** The step's drawing, where the window has so many places across and down. */
    const over = (across, down) => {
      const size = across * down;
      const at = (place) => ({ x: (place % across) * S, y: Math.floor(place / across) * S, W, H });
      const products = (k, place) =>
        x.map((plane, d) =>
          cut(plane, at(place)).map((row, y) => row.map((value, i) => value * filters[k][d][y][i])),
        );
      const outputs = filters.map((_, k) =>
        times(size, (place) => total(sums(products(k, place))) + example.biases[k]),
      );
      return (step) => {
        const k = Math.floor(step / size);
        const place = step % size;
        const [i, j] = [place % across, Math.floor(place / across)];
        const here = products(k, place);
        const window = at(place);
        const maps = outputs.map((values, number) => ({
          title: `V[:,:,${number}]`,
          plane: mapUntil(values, step - number * size, across, down),
          colour: "green",
          window: number === k ? { x: i, y: j, W: 1, H: 1 } : null,
          first: number * size,
        }));
        const names = here.map((plane, d) => ({ title: `X * W${k}, ${d}`, plane, colour: "purple" }));
        const lines = sumLines(example, `V[${i},${j},${k}]`, k, window, here, example.biases[k]);
        const bias = { title: `b${k}`, plane: [[example.biases[k]]], colour: "red" };
        return { columns: [inputs(window), weights(k), names, [bias], maps], lines };
      };
    };

    return {
      size: { W: example.x[0][0].length, H: example.x[0].length },
      F: { W, H },
      steps: (across, down) => across * down * filters.length,
      over,
      misfit: (window) => ({
        columns: [inputs(window), weights(0)],
        lines: ["The window has no place here."],
      }),
    };
  };

  walk(root, data, plan, ["F", "S", "P"]);
});
