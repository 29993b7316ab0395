/* Layers that take the same numbers to other places, or a part of them. */

const livePlaces = {
  PAD(l, x) {
    const [left, , top] = l.P, isZero = l.mode === "zero";
    for (let i = 0; i < l.height; i++) {
      for (let j = 0; j < l.width; j++) {
        const row = liveInside(i - top, x.height, l.mode), column = liveInside(j - left, x.width, l.mode);
        if (isZero && (row !== i - top || column !== j - left)) continue;
        const from = (row * x.width + column) * x.depth, to = (i * l.width + j) * l.depth + l.front;
        l.out.set(x.out.subarray(from, from + x.depth), to);
      }
    }
  },

  UPSAMPLE(l, x) {
    const [S, SH] = l.S;
    l.out.fill(0);
    for (let i = 0, to = 0; i < l.height; i++) {
      for (let j = 0; j < l.width; j++, to += l.depth) {
        for (const [row, down] of liveShares(i, SH, x.height, l.mode)) {
          for (const [column, across] of liveShares(j, S, x.width, l.mode)) {
            const from = (row * x.width + column) * l.depth;
            for (let k = 0; k < l.depth; k++) l.out[to + k] += down * across * x.out[from + k];
          }
        }
      }
    }
  },

  SHUFFLE(l, x) {
    const D = l.depth, each = D / l.groups;
    for (let i = 0; i < l.out.length; i++) {
      const k = i % D;
      l.out[i] = x.out[i - k + (k % l.groups) * each + Math.floor(k / l.groups)];
    }
  },

  DEPTHTOSPACE(l, x) {
    liveBlocks(l, l, x, (deep, wide) => (l.out[wide] = x.out[deep]));
  },

  SPACETODEPTH(l, x) {
    liveBlocks(l, x, l, (deep, wide) => (l.out[deep] = x.out[wide]));
  },

  SPLIT(l, x) {
    const first = l.channels ? l.channels[0] : (l.part[0] - 1) * l.depth;
    liveCut(l, x, 0, 0, first);
  },

  CROP(l, x) {
    const [left, top] = l.P
      ? [l.P[0], l.P[2]]
      : (l.offset ?? [Math.floor((x.width - l.width) / 2), Math.floor((x.height - l.height) / 2)]);
    liveCut(l, x, left, top, 0);
  },
};

/** The pixel that a place stands for which may lie beyond the rim: on it, or in its mirror. */
function liveInside(place, size, mode) {
  if (mode === "reflect" && place < 0) return -place;
  if (mode === "reflect" && place >= size) return 2 * (size - 1) - place;
  return Math.min(Math.max(place, 0), size - 1);
}

/** The pixels between which a place of a map S times as large lies, and their shares. */
function liveShares(place, S, size, mode) {
  if (mode === "nearest" || S === 1) return [[Math.floor(place / S), 1]];
  const middle = (place + 0.5) / S - 0.5, first = Math.floor(middle), share = middle - first;
  return [
    [liveInside(first, size, mode), 1 - share],
    [liveInside(first + 1, size, mode), share],
  ];
}

/** A part of a volume, from that column, row and channel on. */
function liveCut(l, x, left, top, first) {
  for (let i = 0, to = 0; i < l.height; i++) {
    for (let j = 0; j < l.width; j++, to += l.depth) {
      const from = ((i + top) * x.width + j + left) * x.depth + first;
      l.out.set(x.out.subarray(from, from + l.depth), to);
    }
  }
}

/** The numbers of a wide volume and those of a deep one that are the same, by their places. */
function liveBlocks(layer, wide, deep, take) {
  const [S, SH] = layer.S, D = wide.depth;
  for (let at = 0; at < wide.out.length; at++) {
    const k = at % D, place = (at - k) / D, j = place % wide.width, i = (place - j) / wide.width;
    const inside = (i % SH) * S + (j % S);
    const depth = layer.order === "places" ? inside * D + k : k * S * SH + inside;
    take((Math.floor(i / SH) * deep.width + Math.floor(j / S)) * deep.depth + depth, at);
  }
}
