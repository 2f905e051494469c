/**
 * The unit's arithmetic in GLSL: value and derivatives of any form. Formulas: math.ts.
 */
import { env } from '@tensorflow/tfjs-core';
import { EPSILON } from '../../math.js';
import type { UnitForm } from '../../unitForm.js';

/** `unit`: y of a form. Clipped by the even parts of phi, phi(x) − max(x, 0), which do not cancel where x is large. */
export function forwardSnippet({ maxValue, alpha }: UnitForm): string {
  const m = float(maxValue);
  const clipped = `
      float finite = clamp(x, -FLOAT32_MAX, FLOAT32_MAX);
      float u = clamp(finite, 0.0, ${m}) + (even(finite, b, c) - even(finite - ${m}, b, c));`;
  return `
    ${commonSnippet()}
    float even(float x, float b, float c) {
      float s = temperature(b);
      float u = quotient(x, s);
      float e = decay(b, u, restOfQuotient(x, b, s, u));
      return (1.0 - c) * s * log1pSmall(exp(-u)) - c * abs(x) * (e / (1.0 + e));
    }
    float phi(float x, float b, float c) {
      if (isInfinite(x)) return x > 0.0 || (b == 0.0 && c > 0.0) ? x : 0.0;
      return max(x, 0.0) + even(x, b, c);
    }
    float unit(float x, float b, float c) {
      float sum = x + b + c;
      if (isNaN(sum)) return sum;
      ${maxValue === Infinity ? 'float u = phi(x, b, c);' : clipped}
      return ${alpha === 0 ? 'u' : `${float(alpha)} * x + ${float(1 - alpha)} * u`};
    }
  `;
}

/** `dUnit`: the derivatives of a form in x, beta and coeff. */
export function backwardSnippet({ maxValue, alpha }: UnitForm): string {
  return `
    ${commonSnippet()}
    vec3 dPhi(float x, float b, float c) {
      float sum = x + b + c;
      if (isNaN(sum)) return vec3(sum);
      float s = temperature(b);
      float rounded = quotient(x, s);
      float rest = restOfQuotient(x, b, s, rounded);
      float u = rounded + rest;
      float v = b * u;
      float ev = decay(b, rounded, rest);
      float eu = exp(-u);
      float rv = 1.0 / (1.0 + ev);
      float p = ev * rv;
      float q = eu / (1.0 + eu);
      float even = c * (p - v * p * rv) + (1.0 - c) * q;
      float log1pExp = log1pSmall(eu);
      // In this order u² overflows only where the product does.
      float silu = (c * ${1 + EPSILON} * (u * p)) * (u * rv);
      float softplus = (1.0 - c) * (u * q + log1pExp);
      float line = p == 0.0 ? 0.0 : abs(x) * p;
      return vec3(x > 0.0 ? 1.0 - even : even, silu - softplus, -(line + s * log1pExp));
    }
    vec3 dUnit(float x, float b, float c) {
      vec3 u = dPhi(x, b, c);
      ${maxValue === Infinity ? '' : `u -= dPhi(x - ${float(maxValue)}, b, c);`}
      return ${alpha === 0 ? 'u' : `vec3(${float(alpha)}, 0.0, 0.0) + ${float(1 - alpha)} * u`};
    }
  `;
}

/** What forward and backward share; GLSL compilers may take for granted that there is no NaN, hence the bit tests. */
function commonSnippet(): string {
  const bitTests = `
    bool isNaN(float v) { return (floatBitsToUint(v) & 0x7fffffffu) > 0x7f800000u; }
    bool isInfinite(float v) { return (floatBitsToUint(v) & 0x7fffffffu) == 0x7f800000u; }
    // a with the upper half of its digits.
    float upper(float a) { return uintBitsToFloat(floatBitsToUint(a) & 0xfffff000u); }
    float powerOfTwo(float n) { return intBitsToFloat((127 + int(n)) << 23); }`;
  const withoutBits = `
    bool isNaN(float v) { return isnan(v); }
    bool isInfinite(float v) { return isinf(v); }
    // No rests of products then.
    float upper(float a) { return a; }
    float powerOfTwo(float n) { return exp2(n); }`;
  return `
    ${env().getNumber('WEBGL_VERSION') === 2 ? bitTests : withoutBits}
    const float FLOAT32_MAX = 3.4028234e38;

    // For e in [0, 1]: 2 artanh(e / (e + 2)), the series cut where float32 ends.
    float log1pSmall(float e) {
      float z = e / (e + 2.0);
      float w = z * z;
      return 2.0 * z + z * w * (0.66666667 + w * (0.39999701 + w * (0.2859258 + w * (0.21703358 + w * 0.23238877))));
    }

    // Near b = 1 the difference is exact and EPSILON survives; max keeps compilers from folding 1 + EPSILON.
    float temperature(float b) { return max(1.0 - b, -FLOAT32_MAX) + ${EPSILON}; }

    // Finite, so that it never turns a zero factor into NaN.
    float quotient(float x, float s) { return min(abs(x) / s, FLOAT32_MAX); }

    // a * b - p for a p near the product, exactly: the products of halves are exact, contracted with additions or not.
    float restOfProduct(float a, float b, float p) {
      float ah = upper(a);
      float bh = upper(b);
      return ((ah * bh - p) + ah * (b - bh) + (a - ah) * bh) + (a - ah) * (b - bh);
    }

    // What rounding, and a division that is good to a few ulp, took from u = |x| / s; 0 where products might overflow.
    float restOfQuotient(float x, float b, float s, float u) {
      if (u >= 1e37) return 0.0;
      float d = max(1.0 - b, -FLOAT32_MAX);
      float restOfS = ((1.0 - d) - b) + ((d - s) + ${EPSILON});
      return -(restOfProduct(u, s, abs(x)) + u * restOfS) / s;
    }

    // exp(-v) for v = b * (u + rest). What rounding takes from v shows v times as large in it, and cards' own
    // exponentials round once more. exp of the fraction is its Taylor polynomial.
    float decay(float b, float u, float rest) {
      float v = b * u;
      if (v > 87.6) return 0.0;
      float n = floor(v * 1.44269504 + 0.5);
      // ln 2 in two parts, whose first has so few digits that its product with n is exact.
      float f = -((v - n * 0.693359375) + n * 2.12194440e-4 + (restOfProduct(b, u, v) + b * rest));
      float high = 1.0 / 6.0 + f * (1.0 / 24.0 + f * (1.0 / 120.0 + f * (1.0 / 720.0 + f * (1.0 / 5040.0))));
      return (1.0 + f * (1.0 + f * (0.5 + f * high))) * powerOfTwo(-n);
    }
  `;
}

/** A number as GLSL writes it. */
const float = (value: number): string => {
  const text = String(Math.fround(value));
  return /[.e]/.test(text) ? text : `${text}.0`;
};
