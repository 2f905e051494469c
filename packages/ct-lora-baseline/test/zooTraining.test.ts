// One network of each kind of surgery; zooTraining.long.ts has one of every other family.
import { trainsOnWasm } from './zooTraining.js';

trainsOnWasm([
  ['rb_preactresnet18', 16],
  ['dm_wrn_16_2', 16],
  ['mobilenet_v3_small', 32],
]);
