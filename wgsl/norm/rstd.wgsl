// 1 / √(variance + eps), infinite for 0, NaN for NaN.

//!include lib/numbers.wgsl

fn rstdOf(variance: f32, eps: f32) -> f32 {
  if (isNan(variance)) { return variance; }
  let v = max(variance, 0.0) + eps;
  if (v == 0.0) { return infinity(); }
  return 1.0 / sqrt(v);
}
