/**
 * Type and shape of what each op of a graph makes, as tfjs runs it. An op that is not here, or inputs of which too
 * little is known, say nothing.
 */
import { elementwiseRules } from './elementwiseRules.js';
import { flowRules } from './flowRules.js';
import { layoutRules } from './layoutRules.js';
import { partRules } from './partRules.js';
import type { ShapeRule } from './shapeRule.js';
import { sumRules } from './sumRules.js';
import { windowRules } from './windowRules.js';

/** By op. */
export const shapeRules: ReadonlyMap<string, ShapeRule> = new Map([
  ...elementwiseRules,
  ...windowRules,
  ...sumRules,
  ...layoutRules,
  ...partRules,
  ...flowRules,
]);
