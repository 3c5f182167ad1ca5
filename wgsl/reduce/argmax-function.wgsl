// What reduce/rows-body.wgsl and reduce/columns-body.wgsl do with elements for argmax: the index of the first maximum, NaN above
// all. Values are compared by keys, integers in the order of the floats (-0 and 0 alike, any NaN the highest). A part's result
// goes to scratch as key and index, for reduce/argmax-parts.wgsl.

//!include lib/workgroup-reduce.wgsl
//!include reduce/argmax-lanes.wgsl

@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<u32>;

fn nothingYet() -> Partial {
  return vec2(0u);
}

// Below the key of -infinity.
fn identity() -> f32 {
  return -infinity();
}

fn take(partial: Partial, value: f32, index: u32) -> Partial {
  return better(partial, vec2(keyOf(value), index));
}

fn storeResult(at: u32, partial: Partial, divisor: f32) {
  out[at] = partial.y;
}

fn storePartial(at: u32, partial: Partial) {
  out[2u * at] = partial.x;
  out[2u * at + 1u] = partial.y;
}
