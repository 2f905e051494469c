/**
 * What becomes of images, in words: the first lines of a command.
 */
import type { Preprocessing } from '@curvature-tuning/data';
import type { ImageSources } from '@curvature-tuning/datasets/node';

/** An image of more than so many times the network's side loses much. */
const MUCH = 4;

/** `180 images of 3 classes, 64×64 to 3000×2000, resized to 224×224 RGB, values in [0, 1]`; width before height. */
export function imageText(
  counts: { images: number; classes?: number | undefined },
  sources: ImageSources,
  preprocessing: Preprocessing,
): string {
  const { smallest, largest } = sources;
  const sizes = smallest.join() === largest.join() ? [smallest] : [smallest, largest];
  const classes = counts.classes === undefined ? '' : ` of ${counts.classes} classes`;
  return (
    `${counts.images} images${classes}, ${sizes.map((size) => size.join('×')).join(' to ')}, ` +
    preprocessingText(preprocessing)
  );
}

/** `resized to 224×224 RGB, values in [0, 1]`. */
export function preprocessingText(preprocessing: Preprocessing): string {
  const { inputSize, range: [low, high] = [0, 1], mean, std, cropMode, cropPct, channelOrder } = preprocessing;
  const [height, width, channels] = inputSize;
  const colours = channels === 1 ? 'grey' : (channelOrder ?? 'rgb').toUpperCase();
  const crop =
    cropMode === 'squash' ? ' whatever their proportions' : cropPct === undefined ? '' : ` of ${cropPct} of their side`;
  const shown = (values: readonly number[]): string => values.map((value) => Number(value.toFixed(3))).join(', ');
  const normalized = [
    ...(mean === undefined ? [] : [`less ${shown(mean)}`]),
    ...(std === undefined ? [] : [`over ${shown(std)}`]),
  ].join(', ');
  return (
    `resized to ${width}×${height} ${colours}${crop}, values in [${low}, ${high}]` +
    (normalized === '' ? '' : `, ${normalized}`)
  );
}

/** What images lose by it, where that is much. */
export function losses({ largest, coloured }: ImageSources, { inputSize }: Preprocessing): string[] {
  const [height, width, channels] = inputSize;
  const factor = Math.min(largest[0] / width, largest[1] / height);
  return [
    ...(factor > MUCH
      ? [
          `images of up to ${largest.join('×')} become ${width}×${height}, ${factor.toFixed(0)} times smaller: ` +
            'what is small in them is lost',
        ]
      : []),
    ...(channels === 1 && coloured > 0 ? [`${coloured} coloured images become grey`] : []),
  ];
}
