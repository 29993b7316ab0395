/* Products of windows with weights, in float64: what takes the time of a network. */

/** A convolution whose filters see a channel each, `own` of them the same: along all channels of a
    pixel, which lie in one piece. */
function liveDepthwise(l, x, own) {
  const [F, FH] = l.F, [S, SH] = l.S, [gap, gapH] = l.dilation, [left, , top] = l.P;
  const K = l.depth, sums = new Float64Array(K), none = new Float64Array(K);
  l.rows ??= Float64Array.from(l.W);
  const rows = l.rows, biases = l.b ? Float64Array.from(l.b) : none, values = x.out;
  const channels = Int32Array.from(none, (_, k) => Math.floor(k / own));
  for (let i = 0, at = 0; i < l.height; i++) {
    for (let j = 0; j < l.width; j++, at += K) {
      sums.set(biases);
      for (let a = 0; a < FH; a++) {
        const row = i * SH - top + a * gapH;
        if (row < 0 || row >= x.height) continue;
        for (let b = 0; b < F; b++) {
          const column = j * S - left + b * gap;
          if (column < 0 || column >= x.width) continue;
          const from = (row * x.width + column) * x.depth, weights = (a * F + b) * K;
          for (let k = 0; k < K; k++) sums[k] += values[from + channels[k]] * rows[weights + k];
        }
      }
      l.out.set(sums, at);
    }
  }
}

/** The numbers of a window of F x FH pixels, from some channels; 0 where it lies beyond the map. */
function livePatch(x, row, column, F, FH, gap, gapH, channel, depth, patch) {
  let to = 0;
  for (let a = 0; a < FH; a++) {
    const i = row + a * gapH;
    for (let b = 0; b < F; b++, to += depth) {
      const j = column + b * gap;
      if (i < 0 || i >= x.height || j < 0 || j >= x.width) {
        for (let c = 0; c < depth; c++) patch[to + c] = 0;
      } else {
        const from = (i * x.width + j) * x.depth + channel;
        for (let c = 0; c < depth; c++) patch[to + c] = x.out[from + c];
      }
    }
  }
}

/** Products of a patch of n numbers with K rows of weights, plus biases; four rows at a time, so
    that a number of the patch is read once for them. */
function liveProducts(patch, n, rows, first, K, biases, bias, out, at) {
  let k = 0;
  for (; k + 4 <= K; k += 4) {
    let p = first + k * n, q = p + n, r = q + n, s = r + n, a = 0, b = 0, c = 0, d = 0;
    for (let i = 0; i < n; i++) {
      const x = patch[i];
      a += x * rows[p++];
      b += x * rows[q++];
      c += x * rows[r++];
      d += x * rows[s++];
    }
    out[at + k] = a;
    out[at + k + 1] = b;
    out[at + k + 2] = c;
    out[at + k + 3] = d;
  }
  for (; k < K; k++) {
    let sum = 0;
    for (let i = 0, p = first + k * n; i < n; i++) sum += patch[i] * rows[p++];
    out[at + k] = sum;
  }
  if (biases) for (k = 0; k < K; k++) out[at + k] += biases[bias + k];
}

/** Weights (n, K) as K rows of n. */
function liveTurned(weights, n, K) {
  const rows = new Float64Array(weights.length);
  for (let i = 0, at = 0; i < n; i++) for (let k = 0; k < K; k++) rows[k * n + i] = weights[at++];
  return rows;
}

/** The same of weights (places, n, K). */
function liveTurnedParts(weights, n, K) {
  const rows = new Float64Array(weights.length);
  for (let at = 0; at < rows.length; at += n * K) {
    rows.set(liveTurned(weights.subarray(at, at + n * K), n, K), at);
  }
  return rows;
}
