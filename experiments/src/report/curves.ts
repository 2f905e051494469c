/**
 * Accuracy over beta: lines with the band of one deviation over seeds.
 */
import * as Plot from '@observablehq/plot';
import { mean } from './numbers.js';

/** One accuracy at one beta, in a series. */
export interface CurvePoint {
  beta: number;
  accuracy: number;
  series: string;
  /** Of the facet; one where there is none. */
  facet?: string | undefined;
}

/** Marks and scales of accuracy over beta; several points of one series at one beta are seeds. */
export function overBeta(points: readonly CurvePoint[], series: readonly string[]): Plot.PlotOptions {
  const groups = new Map<string, CurvePoint[]>();
  for (const point of points) {
    const key = JSON.stringify([point.series, point.facet, point.beta]);
    groups.set(key, [...(groups.get(key) ?? []), point]);
  }
  const lines = [...groups.values()]
    .map((group) => {
      const values = group.map(({ accuracy }) => 100 * accuracy);
      const centre = mean(values);
      const deviation = Math.sqrt(mean(values.map((value) => (value - centre) ** 2)));
      return { ...group[0]!, centre, low: centre - deviation, high: centre + deviation };
    })
    .sort((a, b) => a.beta - b.beta);
  const facet = lines.some((line) => line.facet !== undefined) ? { fx: 'facet' } : {};
  return {
    x: { label: 'β', grid: true, ticks: 4 },
    y: { label: '% of test images', grid: true },
    fx: { label: null },
    color: { domain: [...series] },
    marks: [
      Plot.areaY(lines, { ...facet, x: 'beta', y1: 'low', y2: 'high', z: 'series', fill: 'series', fillOpacity: 0.18 }),
      Plot.lineY(lines, { ...facet, x: 'beta', y: 'centre', z: 'series', stroke: 'series', strokeWidth: 2 }),
      Plot.dot(lines, { ...facet, x: 'beta', y: 'centre', fill: 'series', r: 2.5 }),
    ],
  };
}
