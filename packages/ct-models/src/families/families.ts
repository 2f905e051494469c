/**
 * The families that `createModel` builds of, and whose weights `loadPretrained` knows.
 */

import type { Family } from '../building/family.js';
import { resnets } from './resnet.js';

/** All of them; a family that is not here is unknown to `createModel`. */
export const families: readonly Family[] = [resnets];
