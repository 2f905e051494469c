/**
 * The families that `createModel` builds of, and whose weights `loadPretrained` knows beside those of `robustBench.ts`,
 * which are for networks of several families.
 */

import type { Family } from '../building/family.js';
import { cifarResnets } from './cifarResnet.js';
import { convnexts } from './convnext.js';
import { dmResnets } from './dmResnet.js';
import { efficientnets } from './efficientnet.js';
import { mobilenetsV2 } from './mobilenetV2.js';
import { mobilenetsV3 } from './mobilenetV3.js';
import { preActResnets } from './preActResnet.js';
import { resnets } from './resnet.js';
import { swins } from './swin.js';
import { vggs } from './vgg.js';
import { wideResnets } from './wideResnet.js';

/** All of them; a family that is not here is unknown to `createModel`. */
export const families: readonly Family[] = [
  resnets,
  vggs,
  mobilenetsV2,
  mobilenetsV3,
  efficientnets,
  cifarResnets,
  wideResnets,
  preActResnets,
  dmResnets,
  swins,
  convnexts,
];
