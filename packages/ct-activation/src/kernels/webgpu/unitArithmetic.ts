/**
 * The unit's arithmetic in WGSL: value and derivatives of any form. Formulas: math.ts.
 */
import { EPSILON } from '../../math.js';
import type { UnitForm } from '../../unitForm.js';

/** What shader keys have of a form. */
export const nameOf = ({ maxValue, alpha }: UnitForm): string => `${maxValue}_${alpha}`;

/** `unit`: y of a form. Clipped by the even parts of phi, phi(x) − max(x, 0), which do not cancel where x is large. */
export const forwardOf = ({ maxValue, alpha }: UnitForm): string => `
  ${COMMON}
  fn even(x : f32, b : f32, c : f32) -> f32 {
    let s = temperature(b);
    let u = quotient(x, s);
    let e = decay(b, u, restOfQuotient(x, b, s, u));
    return (1.0 - c) * s * log1pSmall(exp(-u)) - c * abs(x) * (e / (1.0 + e));
  }
  fn phi(x : f32, b : f32, c : f32) -> f32 {
    if (isInfinite(x)) { return select(0.0, x, x > 0.0 || (b == 0.0 && c > 0.0)); }
    return max(x, 0.0) + even(x, b, c);
  }
  fn unit(x : f32, b : f32, c : f32) -> f32 {
    let sum = x + b + c;
    if (isNaN(sum)) { return sum; }
    ${
      maxValue === Infinity
        ? 'let u = phi(x, b, c);'
        : `
    let finite = clamp(x, -FLOAT32_MAX, FLOAT32_MAX);
    let u = clamp(finite, 0.0, ${f32(maxValue)}) + (even(finite, b, c) - even(finite - ${f32(maxValue)}, b, c));`
    }
    return ${alpha === 0 ? 'u' : `${f32(alpha)} * x + ${f32(1 - alpha)} * u`};
  }
`;

/** `dUnit`: the derivatives of a form in x, beta and coeff. */
export const backwardOf = ({ maxValue, alpha }: UnitForm): string => `
  ${COMMON}
  fn dPhi(x : f32, b : f32, c : f32) -> vec3<f32> {
    let sum = x + b + c;
    if (isNaN(sum)) { return vec3<f32>(sum); }
    let s = temperature(b);
    let rounded = quotient(x, s);
    let rest = restOfQuotient(x, b, s, rounded);
    let u = rounded + rest;
    let v = b * u;
    let ev = decay(b, rounded, rest);
    let eu = exp(-u);
    let rv = 1.0 / (1.0 + ev);
    let p = ev * rv;
    let q = eu / (1.0 + eu);
    let even = c * (p - v * p * rv) + (1.0 - c) * q;
    let log1pExp = log1pSmall(eu);
    // In this order u² overflows only where the product does.
    let silu = (c * ${1 + EPSILON} * (u * p)) * (u * rv);
    let softplus = (1.0 - c) * (u * q + log1pExp);
    // Infinity · 0 where p underflows.
    let line = select(abs(x) * p, 0.0, p == 0.0);
    return vec3<f32>(select(even, 1.0 - even, x > 0.0), silu - softplus, -(line + s * log1pExp));
  }
  fn dUnit(x : f32, b : f32, c : f32) -> vec3<f32> {
    var u = dPhi(x, b, c);
    ${maxValue === Infinity ? '' : `u -= dPhi(x - ${f32(maxValue)}, b, c);`}
    return ${alpha === 0 ? 'u' : `vec3<f32>(${f32(alpha)}, 0.0, 0.0) + ${f32(1 - alpha)} * u`};
  }
`;

/** What forward and backward share; WGSL compilers may take for granted that there is no NaN, hence the bit tests. */
const COMMON = `
  const FLOAT32_MAX = 0x1.fffffep+127f;

  fn isNaN(v : f32) -> bool { return (bitcast<u32>(v) & 0x7fffffffu) > 0x7f800000u; }
  fn isInfinite(v : f32) -> bool { return (bitcast<u32>(v) & 0x7fffffffu) == 0x7f800000u; }

  // For e in [0, 1]: 2 artanh(e / (e + 2)), the series cut where float32 ends.
  fn log1pSmall(e : f32) -> f32 {
    let z = e / (e + 2.0);
    let w = z * z;
    return 2.0 * z + z * w * (0.66666667 + w * (0.39999701 + w * (0.2859258 + w * (0.21703358 + w * 0.23238877))));
  }

  // Near b = 1 the difference is exact and EPSILON survives; max keeps compilers from folding 1 + EPSILON.
  fn temperature(b : f32) -> f32 { return max(1.0 - b, -FLOAT32_MAX) + ${EPSILON}; }

  // Finite, so that it never turns a zero factor into NaN.
  fn quotient(x : f32, s : f32) -> f32 { return min(abs(x) / s, FLOAT32_MAX); }

  // a with the upper half of its digits.
  fn upper(a : f32) -> f32 { return bitcast<f32>(bitcast<u32>(a) & 0xfffff000u); }

  // a * b - p for a p near the product, exactly: products of halves are exact, contracted with additions or not.
  fn restOfProduct(a : f32, b : f32, p : f32) -> f32 {
    let ah = upper(a);
    let bh = upper(b);
    return ((ah * bh - p) + ah * (b - bh) + (a - ah) * bh) + (a - ah) * (b - bh);
  }

  // What rounding, and a division that is good to a few ulp, took from u = |x| / s; 0 where products might overflow.
  fn restOfQuotient(x : f32, b : f32, s : f32, u : f32) -> f32 {
    let d = max(1.0 - b, -FLOAT32_MAX);
    let restOfS = ((1.0 - d) - b) + ((d - s) + ${EPSILON});
    return select(0.0, -(restOfProduct(u, s, abs(x)) + u * restOfS) / s, u < 1e37);
  }

  // exp(-v) for v = b * (u + rest). What rounding takes from v shows v times as large in it, and cards' own
  // exponentials round once more. exp of the fraction is its Taylor polynomial.
  fn decay(b : f32, u : f32, rest : f32) -> f32 {
    let v = b * u;
    if (v > 87.6) { return 0.0; }
    let n = round(v * 1.44269504);
    // ln 2 in two parts, whose first has so few digits that its product with n is exact.
    let f = -((v - n * 0.693359375) + n * 2.12194440e-4 + (restOfProduct(b, u, v) + b * rest));
    let high = 1.0 / 6.0 + f * (1.0 / 24.0 + f * (1.0 / 120.0 + f * (1.0 / 720.0 + f * (1.0 / 5040.0))));
    return (1.0 + f * (1.0 + f * (0.5 + f * high))) * bitcast<f32>(u32(127 - i32(n)) << 23u);
  }
`;

/** A number as WGSL writes it. */
const f32 = (value: number): string => `f32(${Math.fround(value)})`;
