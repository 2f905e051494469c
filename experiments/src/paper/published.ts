/**
 * Table A2 of the paper: test accuracy in %, mean of three seeds, of probe, S-CT, LoRA and T-CT.
 */

/** One network on one set. */
export type PublishedRow = readonly [probe: number, sct: number, lora: number, tct: number];

/** By set, then ResNet-18, -50 and -152. */
const ROWS: Readonly<Record<string, readonly number[]>> = {
  'arabic-characters': [81.91, 87.65, 93.37, 93.76, 80.65, 83.66, 94.21, 95.67, 79.86, 79.21, 95.96, 96.47],
  'arabic-digits': [97.93, 98.77, 99.08, 99.03, 98.33, 98.37, 99.08, 99.16, 98.07, 98.15, 99.15, 99.1],
  beans: [87.76, 90.36, 93.23, 94.01, 89.58, 91.93, 94.79, 95.57, 87.5, 87.5, 93.75, 96.35],
  cub200: [62.84, 63.18, 54.83, 64.3, 65.23, 64.62, 66.17, 71.03, 67.68, 68.15, 70.59, 73.04],
  dtd: [62.8, 62.66, 54.36, 63.62, 67.34, 66.91, 64.7, 65.07, 66.97, 66.99, 66.63, 63.39],
  'fashion-mnist': [88.63, 88.7, 91.65, 91.07, 90.05, 90.34, 92.19, 92.78, 90.44, 90.51, 92.77, 93.39],
  'fgvc-aircraft': [36.8, 38.68, 29.19, 46.44, 38.03, 41.16, 41.99, 55.7, 38.74, 38.51, 48.84, 58.16],
  flowers102: [80.86, 81.97, 67.53, 86.55, 84, 83.84, 82.58, 87.62, 82.98, 83.28, 84.4, 83.43],
  food101: [61.41, 62.27, 64.4, 66.04, 68.06, 68.02, 71.42, 73.6, 71.11, 71.13, 74.66, 76.08],
  dermamnist: [74.83, 75.05, 74.21, 77.66, 75.94, 75.89, 75.73, 78.02, 75.68, 76.23, 76.91, 77.94],
  octmnist: [65.03, 67.27, 74.27, 69.53, 67.53, 68, 75.9, 74.13, 69.27, 69.1, 76.43, 75.17],
  pathmnist: [86.77, 87.51, 87.62, 87.17, 90.08, 90.26, 85.43, 87.33, 89.91, 89.82, 84.94, 83.6],
};
const NETWORKS = ['resnet18.tv_in1k', 'resnet50.tv_in1k', 'resnet152.tv_in1k'];

/** What the paper has of a network on a set; undefined where it is not in the table. */
export function publishedRow(network: string, data: string): PublishedRow | undefined {
  const at = 4 * NETWORKS.indexOf(network);
  return at < 0 ? undefined : (ROWS[data]?.slice(at, at + 4) as PublishedRow | undefined);
}
