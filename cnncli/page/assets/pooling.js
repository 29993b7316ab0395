/* A pooling over an example, as figures/window_steps.py draws its first step. */

section("pooling", (root, data) => {
  const { cut, mapUntil, numeral, signedSum, times, total, walk } = numberWalk;

  const pooled = (values, mode) => (mode === "max" ? Math.max(...values) : total(values) / values.length);

  const line = ({ places }, mode, name, values, result) => {
    const many = values.length > data.written;
    const end = numeral(result, places);
    if (mode === "max") {
      const text = many ? `${values.length} numbers` : values.map((each) => numeral(each, places)).join(", ");
      return `${name} = max(${text}) = ${end}`;
    }
    const text = many ? `sum of ${values.length} numbers` : signedSum(values, places);
    return `${name} = (${text})/${values.length} = ${end}`;
  };

  const plan = (example, { F, S, mode }) => {
    const [x] = example.x;
    const input = (window) => ({ title: "X", plane: x, colour: "blue", window });

    const over = (across, down) => {
      const at = (place) => ({ x: (place % across) * S, y: Math.floor(place / across) * S, W: F, H: F });
      const outputs = times(across * down, (place) => pooled(cut(x, at(place)).flat(), mode));
      return (step) => {
        const [i, j] = [step % across, Math.floor(step / across)];
        const plane = cut(x, at(step));
        const map = mapUntil(outputs, step, across, down);
        return {
          columns: [
            [input(at(step))],
            [{ title: "window", plane, colour: "purple" }],
            [{ title: "V", plane: map, colour: "green", window: { x: i, y: j, W: 1, H: 1 }, first: 0 }],
          ],
          lines: [line(example, mode, `V[${i},${j}]`, plane.flat(), outputs[step])],
        };
      };
    };

    return {
      size: { W: x[0].length, H: x.length },
      F: { W: F, H: F },
      steps: (across, down) => across * down,
      over,
      misfit: (window) => ({ columns: [[input(window)]], lines: ["The window has no place here."] }),
    };
  };

  walk(root, data, plan, ["F", "S"], ["max", "average"]);
});
