import { methods } from '@curvature-tuning/lora-baseline';
import type { MethodName } from '@curvature-tuning/lora-baseline';
import { expect, it } from 'vitest';
import { colourOf, style } from './style.js';

/** Relative luminance of WCAG 2.2. */
function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const value = parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}

it('has a colour for every method, light and dark, that stands out of its paper by 3 to 1', () => {
  const [light, dark] = style.split('prefers-color-scheme: dark') as [string, string];
  for (const name of Object.keys(methods) as MethodName[]) {
    expect(colourOf(name)).toBe(`var(--${name})`);
    for (const part of [light, dark]) {
      const [colour, paper] = [name, 'paper'].map((key) => new RegExp(`--${key}: (#[0-9a-f]{6});`).exec(part)![1]!);
      const [one, other] = [luminance(colour!), luminance(paper!)];
      expect((Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05), name).toBeGreaterThan(3);
    }
  }
});
