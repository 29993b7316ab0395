/* Layers that take the same numbers to other places, or a part of them. */

const livePlaces = {
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
