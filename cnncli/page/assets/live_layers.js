/* The layers of a network, a function a kind, for one image. A layer `l` has what Python wrote of it
   and `l.out`, the volume that its function fills: a Float32Array in the order height, width,
   depth. Its inputs are layers too; `l.height`, `l.width` and `l.depth` are the sizes of its volume.
   Sums are in float64. */

const liveLayers = {
  ...livePlaces,
  INPUT() {},

  CONV(l, x) {
    const [F, FH] = l.F, [S, SH] = l.S, [gap, gapH] = l.dilation, [left, , top] = l.P;
    const [, , depth, K] = l.sizes.W;
    const groups = x.depth / depth, own = K / groups, n = F * FH * depth;
    if (depth === 1 && groups > 1) return liveDepthwise(l, x, own);
    l.rows ??= liveTurned(l.W, n, K);
    const patch = new Float64Array(n);
    for (let i = 0, at = 0; i < l.height; i++) {
      for (let j = 0; j < l.width; j++, at += K) {
        for (let g = 0; g < groups; g++) {
          livePatch(x, i * SH - top, j * S - left, F, FH, gap, gapH, g * depth, depth, patch);
          liveProducts(patch, n, l.rows, g * own * n, own, l.b, g * own, l.out, at + g * own);
        }
      }
    }
  },

  LOCAL(l, x) {
    const [F, FH] = l.F, [S, SH] = l.S, [left, , top] = l.P;
    const [, , n, K] = l.sizes.W;
    l.rows ??= liveTurnedParts(l.W, n, K);
    const patch = new Float64Array(n);
    for (let i = 0, place = 0; i < l.height; i++) {
      for (let j = 0; j < l.width; j++, place++) {
        livePatch(x, i * SH - top, j * S - left, F, FH, 1, 1, 0, x.depth, patch);
        liveProducts(patch, n, l.rows, place * n * K, K, l.b, place * K, l.out, place * K);
      }
    }
  },

  /* Each pixel adds its multiple of the filters to the windows of the output. */
  CONVT(l, x) {
    const [F, FH] = l.F, [S, SH] = l.S, [gap, gapH] = l.dilation, [left, , top] = l.P;
    const [, , own, depth] = l.sizes.W, K = l.depth, groups = K / own, each = depth / groups;
    l.rows ??= Float64Array.from(l.W);
    const sums = new Float64Array(l.out.length), pixel = new Float64Array(depth);
    for (let i = 0; i < sums.length; i++) sums[i] = l.b ? l.b[i % K] : 0;
    for (let i = 0, from = 0; i < x.height; i++) {
      for (let j = 0; j < x.width; j++, from += depth) {
        pixel.set(x.out.subarray(from, from + depth));
        for (let a = 0; a < FH; a++) {
          const row = i * SH - top + a * gapH;
          if (row < 0 || row >= l.height) continue;
          for (let b = 0; b < F; b++) {
            const column = j * S - left + b * gap;
            if (column < 0 || column >= l.width) continue;
            const to = (row * l.width + column) * K, of = (a * F + b) * own;
            for (let k = 0; k < K; k++) {
              const g = Math.floor(k / own), at = (of + (k % own)) * depth;
              for (let c = g * each; c < (g + 1) * each; c++) sums[to + k] += pixel[c] * l.rows[at + c];
            }
          }
        }
      }
    }
    l.out.set(sums);
  },

  FC(l, x) {
    const [n, K] = l.sizes.W;
    l.rows ??= liveTurned(l.W, n, K);
    liveProducts(Float64Array.from(x.out), n, l.rows, 0, K, l.b, 0, l.out, 0);
  },

  /* Padding is no pixel: windows are cut at the rim. An average may divide by some of it. */
  POOL(l, x) {
    const [F, FH] = l.F, [S, SH] = l.S, [left, , top] = l.P, [toLeft, toRight, above, below] = l.border;
    const along = (at, size, extent, before, after) => ({
      first: Math.max(at, 0),
      end: Math.min(at + extent, size),
      count: Math.min(at + extent, size + after) - Math.max(at, -before),
    });
    livePool(l, x, (i) => along(i * SH - top, x.height, FH, above, below),
      (j) => along(j * S - left, x.width, F, toLeft, toRight));
  },

  ADAPTIVEPOOL(l, x) {
    const along = (at, size, places) => {
      const first = Math.floor((at * size) / places), end = Math.ceil(((at + 1) * size) / places);
      return { first, end, count: end - first };
    };
    livePool(l, x, (i) => along(i, x.height, l.height), (j) => along(j, x.width, l.width));
  },

  PRELU(l, x) {
    for (let i = 0; i < l.out.length; i++) {
      const v = x.out[i];
      l.out[i] = v > 0 ? v : v * l.slope[i % l.slope.length];
    }
  },

  BATCHNORM(l, x) {
    const D = l.depth, scale = new Float64Array(D), shift = new Float64Array(D);
    for (let k = 0; k < D; k++) {
      scale[k] = (l.gamma ? l.gamma[k] : 1) / Math.sqrt(l.var[k] + l.eps);
      shift[k] = l.beta[k] - l.mean[k] * scale[k];
    }
    for (let i = 0; i < l.out.length; i++) l.out[i] = x.out[i] * scale[i % D] + shift[i % D];
  },

  LAYERNORM(l, x) {
    const n = l.over === "depth" ? l.depth : l.out.length;
    for (let first = 0; first < l.out.length; first += n) {
      let sum = 0, squares = 0;
      for (let i = first; i < first + n; i++) sum += x.out[i];
      const mean = sum / n;
      for (let i = first; i < first + n; i++) squares += (x.out[i] - mean) ** 2;
      const scale = 1 / Math.sqrt(squares / n + l.eps);
      for (let i = first; i < first + n; i++) {
        l.out[i] = (x.out[i] - mean) * scale * l.gamma[i % l.depth] + l.beta[i % l.depth];
      }
    }
  },

  GROUPNORM(l, x) {
    const D = l.depth, groups = l.groups ?? D, wide = D / groups, pixels = l.height * l.width;
    for (let g = 0; g < groups; g++) {
      let sum = 0, squares = 0;
      const each = (f) => {
        for (let p = 0; p < pixels; p++) for (let k = g * wide; k < (g + 1) * wide; k++) f(p * D + k, k);
      };
      each((i) => (sum += x.out[i]));
      const mean = sum / (pixels * wide);
      each((i) => (squares += (x.out[i] - mean) ** 2));
      const scale = 1 / Math.sqrt(squares / (pixels * wide) + l.eps);
      each((i, k) => (l.out[i] = (x.out[i] - mean) * scale * l.gamma[k] + l.beta[k]));
    }
  },

  INSTANCENORM: (l, x) => liveLayers.GROUPNORM(l, x),

  LRN(l, x) {
    const D = l.depth, below = Math.floor(l.n / 2), above = l.n - 1 - below;
    for (let at = 0; at < l.out.length; at += D) {
      for (let k = 0; k < D; k++) {
        let sum = 0;
        for (let c = Math.max(k - below, 0); c <= Math.min(k + above, D - 1); c++) {
          sum += x.out[at + c] ** 2;
        }
        l.out[at + k] = x.out[at + k] * (l.k + l.alpha * sum) ** -l.beta;
      }
    }
  },

  RELU: liveEach((v) => Math.max(v, 0)),
  LEAKYRELU: liveEach((v, l) => (v > 0 ? v : v * l.slope)),
  RELU6: liveEach((v) => Math.min(Math.max(v, 0), 6)),
  ELU: liveEach((v, l) => (v > 0 ? v : l.alpha * Math.expm1(v))),
  SOFTPLUS: liveEach(liveSoftplus),
  HARDSIGMOID: liveEach(liveHardSigmoid),
  HARDSWISH: liveEach((v) => v * liveHardSigmoid(v)),
  MISH: liveEach((v) => v * Math.tanh(liveSoftplus(v))),
  SIGMOID: liveEach((v) => 1 / (1 + Math.exp(-v))),
  TANH: liveEach((v) => Math.tanh(v)),
  SILU: liveEach((v) => v / (1 + Math.exp(-v))),
  GELU: liveEach((v) => Math.max(v, 0) - Math.abs(v) * liveTail(Math.abs(v))),
  DROPOUT: liveEach((v) => v),
  DROPPATH: liveEach((v) => v),
  FLATTEN: liveEach((v) => v),

  SOFTMAX(l, x) {
    l.out.set(liveSoftmax(x.out));
  },

  SCALE(l, x) {
    const D = l.depth;
    for (let i = 0; i < l.out.length; i++) {
      l.out[i] = x.out[i] * (l.gamma ? l.gamma[i % D] : l.by) + (l.beta ? l.beta[i % D] : 0);
    }
  },

  MUL(l, ...xs) {
    l.out.fill(1);
    for (const x of xs) {
      const isGate = x.out.length < l.out.length;
      for (let i = 0; i < l.out.length; i++) l.out[i] *= x.out[isGate ? i % l.depth : i];
    }
  },

  ADD(l, ...xs) {
    for (let i = 0; i < l.out.length; i++) {
      let sum = 0;
      for (const x of xs) sum += x.out[i];
      l.out[i] = sum;
    }
  },

  CONCAT(l, ...xs) {
    for (let place = 0; place < l.height * l.width; place++) {
      let to = place * l.depth;
      for (const x of xs) {
        l.out.set(x.out.subarray(place * x.depth, (place + 1) * x.depth), to);
        to += x.depth;
      }
    }
  },
};

/** A layer that is a function of single numbers. */
function liveEach(f) {
  return (l, x) => {
    const from = x.out, to = l.out;
    for (let i = 0; i < to.length; i++) to[i] = f(from[i], l);
  };
}

/** Pooling by windows: `rows` and `columns` give the pixels under a place, and how many count. */
function livePool(l, x, rows, columns) {
  const D = l.depth, isMax = l.mode === "max", isNorm = l.mode === "L2";
  const found = new Float64Array(D);
  for (let i = 0, at = 0; i < l.height; i++) {
    const down = rows(i);
    for (let j = 0; j < l.width; j++, at += D) {
      const across = columns(j);
      found.fill(isMax ? -Infinity : 0);
      for (let row = down.first; row < down.end; row++) {
        for (let column = across.first; column < across.end; column++) {
          const from = (row * x.width + column) * D;
          for (let k = 0; k < D; k++) {
            const value = x.out[from + k];
            if (isMax) found[k] = Math.max(found[k], value);
            else found[k] += isNorm ? value * value : value;
          }
        }
      }
      const pixels = down.count * across.count;
      for (let k = 0; k < D; k++) {
        l.out[at + k] = isMax ? found[k] : isNorm ? Math.sqrt(found[k]) : found[k] / pixels;
      }
    }
  }
}

function liveSoftplus(v) {
  return Math.max(v, 0) + Math.log1p(Math.exp(-Math.abs(v)));
}

function liveHardSigmoid(v) {
  return Math.min(Math.max(v + 3, 0), 6) / 6;
}

/** What a standard normal number exceeds with that probability, from 0 on; error below 1.2e-7 of
    the value (W. H. Press et al. 1992, Numerical Recipes, section 6.2, erfcc). */
function liveTail(a) {
  const z = a / Math.SQRT2, t = 1 / (1 + z / 2);
  let sum = 0;
  for (const term of liveTailTerms) sum = sum * t + term;
  return (t * Math.exp(sum - z * z)) / 2;
}

const liveTailTerms = [0.17087277, -0.82215223, 1.48851587, -1.13520398, 0.27886807, -0.18628806,
  0.09678418, 0.37409196, 1.00002368, -1.26551223];

/** Probabilities of scores. */
function liveSoftmax(scores) {
  const most = scores.reduce((a, b) => Math.max(a, b), -Infinity);
  const powers = Float64Array.from(scores, (score) => Math.exp(score - most));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
}
