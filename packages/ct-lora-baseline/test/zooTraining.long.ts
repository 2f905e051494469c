import { trainsOnWasm } from './zooTraining.js';

trainsOnWasm([
  ['resnet18', 32],
  ['vgg11', 32],
  ['ref_resnet18', 16],
  ['rb_resnet18', 16],
  ['wrn_16_4', 16],
  ['dm_preact18', 16],
  ['mobilenet_v2', 32],
  ['mobilenet_v3_large', 32],
  ['efficientnet_b0', 32],
  ['efficientnet_lite0', 32],
]);
