/**
 * The families that `createModel` builds of, and whose weights `loadPretrained` knows.
 */

import type { Family } from '../building/family.js';
import { cifarResnets } from './cifarResnet.js';
import { convnexts } from './convnext.js';
import { dmResnets } from './dmResnet.js';
import { preActResnets } from './preActResnet.js';
import { resnets } from './resnet.js';
import { swins } from './swin.js';
import { wideResnets } from './wideResnet.js';

/** All of them; a family that is not here is unknown to `createModel`. */
export const families: readonly Family[] = [
  resnets,
  cifarResnets,
  wideResnets,
  preActResnets,
  dmResnets,
  swins,
  convnexts,
];
