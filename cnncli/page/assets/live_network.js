/* A network in the page: its arrays are unpacked, and it computes the scores of an image. */

/** The network of a plan, each of its layers with room for its volume. */
async function liveNetwork(plan) {
  const numbers = liveFloats(await liveInflate(plan.numbers));
  const layers = plan.layers.map((each) => {
    const [height, width, depth] = each.shape;
    const layer = { ...each, height, width, depth, sizes: {} };
    layer.out = new Float32Array(height * width * depth);
    for (const [name, [first, ...sizes]] of Object.entries(each.arrays)) {
      layer[name] = numbers.subarray(first, first + sizes.reduce((a, b) => a * b, 1));
      layer.sizes[name] = sizes;
    }
    return layer;
  });
  for (const layer of layers) layer.inputs = layer.inputs.map((place) => layers[place]);
  return { ...plan, layers };
}

/** The class scores of an image: the mean over the views. The layers keep what they made of the
    first view, which is the image as it is. */
function liveScores(network, pixels) {
  const scores = new Float64Array(network.layers[network.scores].out.length);
  for (const view of network.views.toReversed()) {
    const input = network.layers[0], seen = liveSeen(pixels, input, view);
    for (let i = 0; i < seen.length; i++) {
      const c = i % input.depth;
      input.out[i] = Math.fround(seen[i] * network.scale[c]) + network.shift[c];
    }
    for (const layer of network.layers) liveLayers[layer.kind](layer, ...layer.inputs);
    const found = network.layers[network.scores].out;
    for (let k = 0; k < scores.length; k++) scores[k] += view[0] * found[k];
  }
  return scores;
}

/** The pixels of an image in one view: moved, with zeros or a mirror at its border, and mirrored
    left to right. */
function liveSeen(pixels, { height, width, depth }, [, mirrored, down, across, reflects]) {
  if (!mirrored && !down && !across) return pixels;
  const seen = new Uint8Array(pixels.length);
  const inside = (place, size) => {
    if (!reflects) return place >= 0 && place < size ? place : null;
    return place < 0 ? -place : place < size ? place : 2 * (size - 1) - place;
  };
  for (let i = 0; i < height; i++) {
    for (let j = 0; j < width; j++) {
      const row = inside(i - down, height);
      const column = inside((mirrored ? width - 1 - j : j) - across, width);
      if (row === null || column === null) continue;
      const from = (row * width + column) * depth;
      seen.set(pixels.subarray(from, from + depth), (i * width + j) * depth);
    }
  }
  return seen;
}

/** The bytes of a base64 text of zlib. */
async function liveInflate(text) {
  const packed = new Blob([bytesOf(text)]).stream();
  const stream = packed.pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** Numbers whose first bytes stand before all second ones, and so on. */
function liveFloats(planes) {
  const count = planes.length / 4, bytes = new Uint8Array(planes.length);
  for (let plane = 0, from = 0; plane < 4; plane++) {
    for (let i = 0; i < count; i++) bytes[4 * i + plane] = planes[from++];
  }
  return new Float32Array(bytes.buffer);
}
