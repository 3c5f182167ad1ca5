// How tiles of C are shared out among workgroups.

// Workgroups take tiles of C in strips of this many rows of tiles, for the caches.
const STRIP = 8u;

// What a workgroup is to do.
struct Work {
  base: Bases,
  tileRow: u32,
  tileColumn: u32,
  k: u32,
  end: u32,
}

fn workOf(number: u32) -> Work {
  let tiles = u.tilesM * u.tilesN;
  let tile = number % tiles;
  let split = (number / tiles) % u.splits;
  var base = basesOf(number / (tiles * u.splits));
  base.c += split * u.cSplit;
  let inStrip = STRIP * u.tilesN;
  let first = (tile / inStrip) * STRIP;
  let rows = min(STRIP, u.tilesM - first);
  let rest = tile % inStrip;
  let k = split * u.depth;
  return Work(base, first + rest % rows, rest / rows, k, min(u.k, k + u.depth));
}
