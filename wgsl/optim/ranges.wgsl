// Which part of an arena a workgroup takes. A call is a table of ranges, two in a vec4: (offset, length and decay in the top bit),
// and each range has workgroups of its own, one for every `size` elements, in the order of the table. Included by the kernels
// of this folder; a table holds 30 ranges, and longer lists are several dispatches.

struct Uniforms {
  count: u32,
  // Of the first workgroup and the first range of this table among those of the whole call.
  firstWorkgroup: u32,
  firstRange: u32,
  limit: f32,
  table: array<vec4<u32>, 15>,
}

struct Part {
  start: u32,
  end: u32,
  decay: bool,
  range: u32,
}

struct Entry {
  offset: u32,
  length: u32,
  decay: bool,
}

fn entryOf(range: u32) -> Entry {
  let pair = u.table[range / 2u];
  let words = select(pair.xy, pair.zw, (range & 1u) == 1u);
  return Entry(words.x, words.y & 0x7fffffffu, (words.y >> 31u) == 1u);
}

fn workgroupsOf(length: u32, size: u32) -> u32 {
  return (length + size - 1u) / size;
}

// The part of workgroup `number`, empty for one past the last.
fn partOf(number: u32, size: u32) -> Part {
  var rest = number;
  for (var range = 0u; range < u.count; range++) {
    let entry = entryOf(range);
    let workgroups = workgroupsOf(entry.length, size);
    if (rest < workgroups) {
      let start = entry.offset + rest * size;
      return Part(start, min(start + size, entry.offset + entry.length), entry.decay, range);
    }
    rest -= workgroups;
  }
  return Part(0u, 0u, false, 0u);
}
