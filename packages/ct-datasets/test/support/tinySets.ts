/**
 * Every set that comes as archives, in small: the files of exactly the layout that the real ones have, made by the
 * facts.
 */
import { createHash } from 'node:crypto';
import sharp from 'sharp';
import type { ArchiveName, SetFile } from '../../src/index.js';
import { ARCHIVE_CATALOG } from '../../src/index.js';
import { matOf, npyOf, parquetOf, tarOf, tgzOf, zipOf } from './archives.js';
import type { Tree } from './archives.js';

/** What is served in place of a set's files, and what is in it. */
export interface TinySet {
  readonly contents: Readonly<Record<string, Uint8Array>>;
  /** The files as a catalogue has them, with the sums of these. */
  readonly files: readonly SetFile[];
  /** Images of each split that the set itself has. */
  readonly counts: Readonly<Partial<Record<'train' | 'validation' | 'test', number>>>;
}

/** The grey value of all pixels of a class: what tells in tests that an image is where it belongs. */
export const greyOf = (label: number): number => 20 + (label % 200);

const jpegs = new Map<string, Promise<Uint8Array>>();

/** An image of a class, all of one grey. */
export function picture(
  label: number,
  format: 'jpeg' | 'png' = 'jpeg',
  [height, width] = [10, 12],
): Promise<Uint8Array> {
  const key = `${label}.${format}.${height}.${width}`;
  const known = jpegs.get(key);
  if (known) return known;
  const grey = greyOf(label);
  const made = sharp({
    create: { width: width!, height: height!, channels: 3, background: { r: grey, g: grey, b: grey } },
  })
    .toFormat(format)
    .toBuffer()
    .then((bytes) => new Uint8Array(bytes));
  jpegs.set(key, made);
  return made;
}

/** `each` labels of every class, one class after the other. */
function labelsFor(name: ArchiveName, each: number): number[] {
  const { classCount } = ARCHIVE_CATALOG[name];
  return Array.from({ length: each * classCount }, (_, i) => Math.floor(i / each));
}

async function tree(entries: readonly (readonly [string, Uint8Array | string | Promise<Uint8Array>])[]): Promise<Tree> {
  return Object.fromEntries(await Promise.all(entries.map(async ([path, content]) => [path, await content] as const)));
}

const numbered = (i: number, digits: number): string => String(i).padStart(digits, '0');

type Maker = (name: ArchiveName) => Promise<Pick<TinySet, 'contents' | 'counts'>>;

const arabic =
  (first: 0 | 1): Maker =>
  async (name) => {
    const archive = async (each: number, split: string): Promise<Uint8Array> =>
      zipOf(
        await tree(
          labelsFor(name, each).map(
            (label, i) =>
              [`${split} Images/id_${i + 1}_label_${label + first}.png`, picture(label, 'png', [32, 32])] as const,
          ),
        ),
        0,
      );
    const [train, test] = ARCHIVE_CATALOG[name].files.map((file) => file.name) as [string, string];
    return {
      contents: { [train]: await archive(5, 'train'), [test]: await archive(2, 'test') },
      counts: { train: 5 * ARCHIVE_CATALOG[name].classCount, test: 2 * ARCHIVE_CATALOG[name].classCount },
    };
  };

const beans: Maker = async (name) => {
  const split = async (each: number): Promise<Uint8Array> => {
    const labels = labelsFor(name, each);
    return parquetOf(await Promise.all(labels.map((label) => picture(label))), labels);
  };
  return {
    contents: {
      'train-00000-of-00001.parquet': await split(5),
      'validation-00000-of-00001.parquet': await split(2),
      'test-00000-of-00001.parquet': await split(3),
    },
    counts: { train: 15, validation: 6, test: 9 },
  };
};

const medmnist: Maker = (name) => {
  const [height, width, channels] = ARCHIVE_CATALOG[name].shape!;
  const counts = { train: 5, validation: 2, test: 3 };
  const arrays = Object.entries({ train: 5, val: 2, test: 3 }).flatMap(([split, each]) => {
    const labels = labelsFor(name, each);
    const size = height * width * channels;
    const pixels = Uint8Array.from({ length: labels.length * size }, (_, i) => greyOf(labels[Math.floor(i / size)]!));
    const shape = [labels.length, height, width, ...(channels === 1 ? [] : [channels])];
    return [
      [`${split}_images.npy`, npyOf('u1', shape, pixels)],
      [`${split}_labels.npy`, npyOf('u1', [labels.length, 1], labels)],
    ] as const;
  });
  const { classCount, files } = ARCHIVE_CATALOG[name];
  return Promise.resolve({
    contents: { [files[0]!.name]: zipOf(Object.fromEntries(arrays)) },
    counts: Object.fromEntries(Object.entries(counts).map(([split, each]) => [split, each * classCount])),
  });
};

const dsprites: Maker = (name) => {
  const labels = labelsFor(name, 20);
  const pixels = Uint8Array.from({ length: labels.length * 64 * 64 }, (_, i) => i % 2);
  const latents = labels.flatMap((label) => [0, label, 0, 0, 0, 0]);
  return Promise.resolve({
    contents: {
      [ARCHIVE_CATALOG[name].files[0]!.name]: zipOf({
        'imgs.npy': npyOf('u1', [labels.length, 64, 64], pixels),
        'latents_classes.npy': npyOf('i8', [labels.length, 6], latents),
      }),
    },
    counts: { train: labels.length },
  });
};

const cifar: Maker = async (name) => {
  const isFine = name === 'cifar100';
  const { classCount, files } = ARCHIVE_CATALOG[name];
  const records = (each: number): Uint8Array =>
    new Uint8Array(
      Buffer.concat(
        labelsFor(name, each).map((label) => {
          const pixels = new Uint8Array(3072).map((_, i) => (greyOf(label) + Math.floor(i / 1024)) % 256);
          return Uint8Array.of(...(isFine ? [0, label] : [label]), ...pixels);
        }),
      ),
    );
  const names = Array.from({ length: classCount }, (_, i) => `thing ${i}`).join('\n') + '\n';
  const folder = isFine ? 'cifar-100-binary' : 'cifar-10-batches-bin';
  const archive = await tgzOf(
    isFine
      ? {
          [`${folder}/train.bin`]: records(5),
          [`${folder}/test.bin`]: records(2),
          [`${folder}/fine_label_names.txt`]: names,
        }
      : {
          ...Object.fromEntries([1, 2, 3, 4, 5].map((part) => [`${folder}/data_batch_${part}.bin`, records(1)])),
          [`${folder}/test_batch.bin`]: records(2),
          [`${folder}/batches.meta.txt`]: names,
        },
  );
  return { contents: { [files[0]!.name]: archive }, counts: { train: 5 * classCount, test: 2 * classCount } };
};

const cifarC: Maker = async (name) => {
  const labels = labelsFor(name, 7);
  const all = Array.from({ length: 5 }, () => labels).flat();
  // The severity shows in the pixels.
  const pixels = Uint8Array.from({ length: all.length * 3072 }, (_, i) => {
    const image = Math.floor(i / 3072);
    return greyOf(all[image]!) + Math.floor(image / labels.length);
  });
  const folder = name === 'cifar10-c' ? 'CIFAR-10-C' : 'CIFAR-100-C';
  const archive = await tarOf({
    [`${folder}/fog.npy`]: npyOf('u1', [all.length, 32, 32, 3], pixels),
    [`${folder}/gaussian_noise.npy`]: npyOf('u1', [all.length, 32, 32, 3], pixels),
    [`${folder}/labels.npy`]: npyOf('u1', [all.length], all),
  });
  return { contents: { [ARCHIVE_CATALOG[name].files[0]!.name]: archive }, counts: { test: labels.length } };
};

const cub200: Maker = async (name) => {
  const labels = labelsFor(name, 7);
  const folder = (label: number): string => `${numbered(label + 1, 3)}.Bird_${label}`;
  const path = (label: number, i: number): string => `${folder(label)}/Bird_${i}.jpg`;
  const classes = Array.from({ length: 200 }, (_, label) => `${label + 1} ${folder(label)}`);
  const lines = (line: (label: number, i: number) => string): string =>
    labels.map((label, i) => line(label, i) + '\n').join('');
  const archive = await tgzOf(
    await tree([
      ['CUB_200_2011/classes.txt', classes.join('\n')],
      ['CUB_200_2011/images.txt', lines((label, i) => `${i + 1} ${path(label, i)}`)],
      ['CUB_200_2011/image_class_labels.txt', lines((label, i) => `${i + 1} ${label + 1}`)],
      ['CUB_200_2011/train_test_split.txt', lines((_, i) => `${i + 1} ${i % 7 < 5 ? 1 : 0}`)],
      ...labels.map((label, i) => [`CUB_200_2011/images/${path(label, i)}`, picture(label)] as const),
    ]),
  );
  return { contents: { 'CUB_200_2011.tgz': archive }, counts: { train: 1000, test: 400 } };
};

const dtd: Maker = async (name) => {
  const labels = labelsFor(name, 3);
  const path = (label: number, i: number): string => `texture${numbered(label, 2)}/texture_${numbered(i, 4)}.jpg`;
  const list = (part: number): string =>
    labels.flatMap((label, i) => (i % 3 === part ? [path(label, i) + '\n'] : [])).join('');
  const archive = await tgzOf(
    await tree([
      ...['train', 'val', 'test'].map((split, part) => [`dtd/labels/${split}1.txt`, list(part)] as const),
      ...labels.map((label, i) => [`dtd/images/${path(label, i)}`, picture(label)] as const),
    ]),
  );
  return { contents: { 'dtd-r1.0.1.tar.gz': archive }, counts: { train: 47, validation: 47, test: 47 } };
};

const aircraft: Maker = async (name) => {
  const labels = labelsFor(name, 3);
  const variant = (label: number): string => (label === 0 ? 'Boeing 737 - 200' : `A${numbered(label, 3)}`);
  const list = (part: number): string =>
    labels.flatMap((label, i) => (i % 3 === part ? [`${numbered(i, 7)} ${variant(label)}\n`] : [])).join('');
  const data = 'fgvc-aircraft-2013b/data';
  const archive = await tgzOf(
    await tree([
      [`${data}/variants.txt`, Array.from({ length: 100 }, (_, label) => variant(label) + '\n').join('')],
      ...['train', 'val', 'test'].map((split, part) => [`${data}/images_variant_${split}.txt`, list(part)] as const),
      ...labels.map((label, i) => [`${data}/images/${numbered(i, 7)}.jpg`, picture(label, 'jpeg', [40, 24])] as const),
    ]),
  );
  return { contents: { 'fgvc-aircraft-2013b.tar.gz': archive }, counts: { train: 100, validation: 100, test: 100 } };
};

const flowers: Maker = async (name) => {
  const labels = labelsFor(name, 3);
  const ids = (part: number): number[] => labels.flatMap((_, i) => (i % 3 === part ? [i + 1] : []));
  return {
    contents: {
      '102flowers.tgz': await tgzOf(
        await tree(labels.map((label, i) => [`jpg/image_${numbered(i + 1, 5)}.jpg`, picture(label)] as const)),
      ),
      'imagelabels.mat': matOf({ labels: labels.map((label) => label + 1) }, true),
      'setid.mat': matOf({ trnid: ids(0), valid: ids(1), tstid: ids(2) }, false),
    },
    counts: { train: 102, validation: 102, test: 102 },
  };
};

const food101: Maker = async (name) => {
  const labels = labelsFor(name, 7);
  const dish = (label: number): string => `dish_${numbered(label, 3)}`;
  const list = (isTrain: boolean): string =>
    labels.flatMap((label, i) => (i % 7 < 5 === isTrain ? [`${dish(label)}/${i}\n`] : [])).join('');
  const archive = await tgzOf(
    await tree([
      ['food-101/meta/classes.txt', Array.from({ length: 101 }, (_, label) => dish(label) + '\n').join('')],
      ['food-101/meta/train.txt', list(true)],
      ['food-101/meta/test.txt', list(false)],
      ...labels.map((label, i) => [`food-101/images/${dish(label)}/${i}.jpg`, picture(label)] as const),
    ]),
  );
  return { contents: { 'food-101.tar.gz': archive }, counts: { train: 505, test: 202 } };
};

const imagenette: Maker = async (name) => {
  const wnids = [
    'n01440764 n02102040 n02979186 n03000684 n03028079 n03394916 n03417042 n03425413 n03445777 n03888257',
  ][0]!.split(' ');
  const files = (split: string, each: number): [string, Promise<Uint8Array>][] =>
    labelsFor(name, each).map((label, i) => [`imagenette2/${split}/${wnids[label]}/${i}.JPEG`, picture(label)]);
  return {
    contents: { 'imagenette2.tgz': await tgzOf(await tree([...files('train', 5), ...files('val', 2)])) },
    counts: { train: 50, test: 20 },
  };
};

const imagenetC: Maker = async (name) => {
  const labels = labelsFor(name, 7);
  const entries = labels.map(
    (label, i) => [`gaussian_noise/5/n${numbered(label, 8)}/${i}.JPEG`, picture(label)] as const,
  );
  const empty = async (kind: string): Promise<Uint8Array> =>
    tarOf({ [`${kind}/1/n00000000/x.JPEG`]: await picture(0) });
  return {
    contents: {
      'blur.tar': await empty('defocus_blur'),
      'digital.tar': await empty('contrast'),
      'extra.tar': await empty('spatter'),
      'noise.tar': await tarOf(await tree(entries)),
      'weather.tar': await empty('fog'),
    },
    counts: { test: labels.length },
  };
};

const celebA: Maker = async (name) => {
  const attributes = ARCHIVE_CATALOG[name].variants!;
  const labels = labelsFor(name, 6);
  const image = (i: number): string => `${numbered(i + 1, 6)}.jpg`;
  const row = (label: number, i: number): string =>
    `${image(i)}  ${attributes.map((attribute) => (attribute === 'Smiling' && label === 1 ? '1' : '-1')).join(' ')}`;
  return {
    contents: {
      'img_align_celeba.zip': zipOf(
        await tree(labels.map((label, i) => [`img_align_celeba/${image(i)}`, picture(label)] as const)),
        0,
      ),
      'list_attr_celeba.txt': new TextEncoder().encode(
        `${labels.length}\n${attributes.join(' ')} \n${labels.map(row).join('\n')}\n`,
      ),
      'list_eval_partition.txt': new TextEncoder().encode(labels.map((_, i) => `${image(i)} ${i % 3}\n`).join('')),
    },
    counts: { train: 4, validation: 4, test: 4 },
  };
};

const makers: Readonly<Record<Exclude<ArchiveName, 'imagenet'>, Maker>> = {
  'arabic-characters': arabic(1),
  'arabic-digits': arabic(0),
  beans,
  'celeb-a': celebA,
  cifar10: cifar,
  'cifar10-c': cifarC,
  cifar100: cifar,
  'cifar100-c': cifarC,
  cub200,
  dermamnist: medmnist,
  dsprites,
  dtd,
  'fgvc-aircraft': aircraft,
  flowers102: flowers,
  food101,
  'imagenet-c': imagenetC,
  imagenette,
  octmnist: medmnist,
  pathmnist: medmnist,
};

/** Sets that can be made in small and served; ImageNet is a folder put there by hand. */
export const tinyNames = Object.keys(makers) as (keyof typeof makers)[];

/** The files of a set in small. */
export async function tinySet(name: keyof typeof makers): Promise<TinySet> {
  const { contents, counts } = await makers[name](name);
  const files = ARCHIVE_CATALOG[name].files.map((file): SetFile => {
    const bytes = contents[file.name]!;
    const known = { name: file.name, urls: file.urls, sum: file.sum };
    if (file.sum === 'first download') return known;
    return { ...known, bytes: bytes.length, md5: createHash('md5').update(bytes).digest('hex') };
  });
  return { contents, files, counts };
}
