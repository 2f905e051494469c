/**
 * The conformance table of the activation: what any backend's kernels, ours or a third party's, must get right.
 *
 *     for (const testCase of [...conformanceCases(), ...drawnCases()])
 *       it(testCase.name, async () => {
 *         for (const { quantity, error } of await measureConformance(testCase))
 *           expect(error, quantity).toBeLessThan(2e-6);
 *       });
 *     it('holds its tensors', () => {
 *       const { before, after } = holdings(1000);
 *       expect(after).toEqual(before);
 *     });
 *
 * Cases run through `ctu` and its gradient on the current tfjs backend; the truth is math.ts in float64.
 */
export { conformanceCases, drawnCases } from './conformance/conformanceCases.js';
export type { ConformanceCase, Values } from './conformance/conformanceCases.js';
export { holdings } from './conformance/holdings.js';
export type { Holdings } from './conformance/holdings.js';
export { measureConformance, measureGrid } from './conformance/measureConformance.js';
export type { ConformanceError, ConformanceGrid } from './conformance/measureConformance.js';
export { measureSums } from './conformance/measureSums.js';
export { measureNormalize, normalizeCases } from './conformance/normalizeCases.js';
export type { NormalizeCase, NormalizeError } from './conformance/normalizeCases.js';
export { withoutElements } from './conformance/withoutElements.js';
export type { EmptyResults } from './conformance/withoutElements.js';
export type { UnitForm } from './unitForm.js';
