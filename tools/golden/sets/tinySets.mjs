// Every set that comes as archives, in small: the files of exactly the layout that the real ones have, made by the
// facts.
import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { TextEncoder } from 'node:util';
import sharp from 'sharp';
import { matOf, npyOf, parquetOf, tarOf, tgzOf, zipOf } from './archives.mjs';

/** @typedef {import('./index.mjs').Entry} Entry */
/** @typedef {readonly [path: string, content: Uint8Array | string | Promise<Uint8Array>]} Leaf */
/** @typedef {(entry: Entry) => Promise<Pick<import('./index.mjs').TinySet, 'contents' | 'counts'>>} Maker */

/**
 * The grey value of all pixels of a class: what tells in tests that an image is where it belongs.
 *
 * @param {number} label
 */
export const greyOf = (label) => 20 + (label % 200);
/** @type {Map<string, Promise<Uint8Array>>} */
const jpegs = new Map();

/**
 * An image of a class, all of one grey.
 *
 * @type {typeof import('./index.mjs').picture}
 */
export function picture(label, format = 'jpeg', [height, width] = [10, 12]) {
  const key = `${label}.${format}.${height}.${width}`;
  const known = jpegs.get(key);
  if (known) return known;
  const grey = greyOf(label);
  const made = sharp({
    create: { width: width, height: height, channels: 3, background: { r: grey, g: grey, b: grey } },
  })
    .toFormat(format)
    .toBuffer()
    .then((bytes) => new Uint8Array(bytes));
  jpegs.set(key, made);
  return made;
}
/**
 * `each` labels of every class, one class after the other.
 *
 * @param {Entry} entry
 * @param {number} each
 */
function labelsFor({ classCount }, each) {
  return Array.from({ length: each * classCount }, (_, i) => Math.floor(i / each));
}

/**
 * @param {readonly Leaf[]} entries
 * @returns {Promise<import('./index.mjs').Tree>}
 */
async function tree(entries) {
  return Object.fromEntries(await Promise.all(entries.map(async ([path, content]) => [path, await content])));
}

/** @type {(i: number, digits: number) => string} */
const numbered = (i, digits) => String(i).padStart(digits, '0');

/** @type {(first: 0 | 1) => Maker} */
const arabic = (first) => async (entry) => {
  /** @type {(each: number, split: string) => Promise<Uint8Array>} */
  const archive = async (each, split) =>
    zipOf(
      await tree(
        labelsFor(entry, each).map(
          (label, i) =>
            /** @type {Leaf} */ ([
              `${split} Images/id_${i + 1}_label_${label + first}.png`,
              picture(label, 'png', [32, 32]),
            ]),
        ),
      ),
      0,
    );
  const [train, test] = entry.files.map((file) => file.name);
  return {
    contents: { [train]: await archive(5, 'train'), [test]: await archive(2, 'test') },
    counts: { train: 5 * entry.classCount, test: 2 * entry.classCount },
  };
};

/** @type {Maker} */
const beans = async (entry) => {
  /** @type {(each: number) => Promise<Uint8Array>} */
  const split = async (each) => {
    const labels = labelsFor(entry, each);
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

/** @type {Maker} */
const medmnist = (entry) => {
  const [height, width, channels] = /** @type {NonNullable<Entry['shape']>} */ (entry.shape);
  const counts = { train: 5, validation: 2, test: 3 };
  const arrays = Object.entries({ train: 5, val: 2, test: 3 }).flatMap(([split, each]) => {
    const labels = labelsFor(entry, each);
    const size = height * width * channels;
    const pixels = Uint8Array.from({ length: labels.length * size }, (_, i) => greyOf(labels[Math.floor(i / size)]));
    const shape = [labels.length, height, width, ...(channels === 1 ? [] : [channels])];
    return [
      [`${split}_images.npy`, npyOf('u1', shape, pixels)],
      [`${split}_labels.npy`, npyOf('u1', [labels.length, 1], labels)],
    ];
  });
  const { classCount, files } = entry;
  return Promise.resolve({
    contents: { [files[0].name]: zipOf(Object.fromEntries(arrays)) },
    counts: Object.fromEntries(Object.entries(counts).map(([split, each]) => [split, each * classCount])),
  });
};

/** @type {Maker} */
const dsprites = (entry) => {
  const labels = labelsFor(entry, 20);
  const pixels = Uint8Array.from({ length: labels.length * 64 * 64 }, (_, i) => i % 2);
  const latents = labels.flatMap((label) => [0, label, 0, 0, 0, 0]);
  return Promise.resolve({
    contents: {
      [entry.files[0].name]: zipOf({
        'imgs.npy': npyOf('u1', [labels.length, 64, 64], pixels),
        'latents_classes.npy': npyOf('i8', [labels.length, 6], latents),
      }),
    },
    counts: { train: labels.length },
  });
};

/** @type {Maker} */
const cifar = async (entry) => {
  const isFine = entry.name === 'cifar100';
  const { classCount, files } = entry;
  /** @type {(each: number) => Uint8Array} */
  const records = (each) =>
    new Uint8Array(
      Buffer.concat(
        labelsFor(entry, each).map((label) => {
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
  return { contents: { [files[0].name]: archive }, counts: { train: 5 * classCount, test: 2 * classCount } };
};

/** @type {Maker} */
const cifarC = async (entry) => {
  const labels = labelsFor(entry, 7);
  const all = Array.from({ length: 5 }, () => labels).flat();
  // The severity shows in the pixels.
  const pixels = Uint8Array.from({ length: all.length * 3072 }, (_, i) => {
    const image = Math.floor(i / 3072);
    return greyOf(all[image]) + Math.floor(image / labels.length);
  });
  const folder = entry.name === 'cifar10-c' ? 'CIFAR-10-C' : 'CIFAR-100-C';
  const archive = await tarOf({
    [`${folder}/fog.npy`]: npyOf('u1', [all.length, 32, 32, 3], pixels),
    [`${folder}/gaussian_noise.npy`]: npyOf('u1', [all.length, 32, 32, 3], pixels),
    [`${folder}/labels.npy`]: npyOf('u1', [all.length], all),
  });
  return { contents: { [entry.files[0].name]: archive }, counts: { test: labels.length } };
};

/** @type {Maker} */
const cub200 = async (entry) => {
  const labels = labelsFor(entry, 7);
  /** @type {(label: number) => string} */
  const folder = (label) => `${numbered(label + 1, 3)}.Bird_${label}`;
  /** @type {(label: number, i: number) => string} */
  const path = (label, i) => `${folder(label)}/Bird_${i}.jpg`;
  const classes = Array.from({ length: 200 }, (_, label) => `${label + 1} ${folder(label)}`);
  /** @type {(line: (label: number, i: number) => string) => string} */
  const lines = (line) => labels.map((label, i) => line(label, i) + '\n').join('');
  const archive = await tgzOf(
    await tree([
      ['CUB_200_2011/classes.txt', classes.join('\n')],
      ['CUB_200_2011/images.txt', lines((label, i) => `${i + 1} ${path(label, i)}`)],
      ['CUB_200_2011/image_class_labels.txt', lines((label, i) => `${i + 1} ${label + 1}`)],
      ['CUB_200_2011/train_test_split.txt', lines((_, i) => `${i + 1} ${i % 7 < 5 ? 1 : 0}`)],
      ...labels.map((label, i) => /** @type {Leaf} */ ([`CUB_200_2011/images/${path(label, i)}`, picture(label)])),
    ]),
  );
  return { contents: { 'CUB_200_2011.tgz': archive }, counts: { train: 1000, test: 400 } };
};

/** @type {Maker} */
const dtd = async (entry) => {
  const labels = labelsFor(entry, 3);
  /** @type {(label: number, i: number) => string} */
  const path = (label, i) => `texture${numbered(label, 2)}/texture_${numbered(i, 4)}.jpg`;
  /** @type {(part: number) => string} */
  const list = (part) => labels.flatMap((label, i) => (i % 3 === part ? [path(label, i) + '\n'] : [])).join('');
  const archive = await tgzOf(
    await tree([
      ...['train', 'val', 'test'].map((split, part) => /** @type {Leaf} */ ([`dtd/labels/${split}1.txt`, list(part)])),
      ...labels.map((label, i) => /** @type {Leaf} */ ([`dtd/images/${path(label, i)}`, picture(label)])),
    ]),
  );
  return { contents: { 'dtd-r1.0.1.tar.gz': archive }, counts: { train: 47, validation: 47, test: 47 } };
};

/** @type {Maker} */
const aircraft = async (entry) => {
  const labels = labelsFor(entry, 3);
  /** @type {(label: number) => string} */
  const variant = (label) => (label === 0 ? 'Boeing 737 - 200' : `A${numbered(label, 3)}`);
  /** @type {(part: number) => string} */
  const list = (part) =>
    labels.flatMap((label, i) => (i % 3 === part ? [`${numbered(i, 7)} ${variant(label)}\n`] : [])).join('');
  const data = 'fgvc-aircraft-2013b/data';
  const archive = await tgzOf(
    await tree([
      [`${data}/variants.txt`, Array.from({ length: 100 }, (_, label) => variant(label) + '\n').join('')],
      ...['train', 'val', 'test'].map(
        (split, part) => /** @type {Leaf} */ ([`${data}/images_variant_${split}.txt`, list(part)]),
      ),
      ...labels.map(
        (label, i) => /** @type {Leaf} */ ([`${data}/images/${numbered(i, 7)}.jpg`, picture(label, 'jpeg', [40, 24])]),
      ),
    ]),
  );
  return { contents: { 'fgvc-aircraft-2013b.tar.gz': archive }, counts: { train: 100, validation: 100, test: 100 } };
};

/** @type {Maker} */
const flowers = async (entry) => {
  const labels = labelsFor(entry, 3);
  /** @type {(part: number) => number[]} */
  const ids = (part) => labels.flatMap((_, i) => (i % 3 === part ? [i + 1] : []));
  return {
    contents: {
      '102flowers.tgz': await tgzOf(
        await tree(
          labels.map((label, i) => /** @type {Leaf} */ ([`jpg/image_${numbered(i + 1, 5)}.jpg`, picture(label)])),
        ),
      ),
      'imagelabels.mat': matOf({ labels: labels.map((label) => label + 1) }, true),
      'setid.mat': matOf({ trnid: ids(0), valid: ids(1), tstid: ids(2) }, false),
    },
    counts: { train: 102, validation: 102, test: 102 },
  };
};

/** @type {Maker} */
const food101 = async (entry) => {
  const labels = labelsFor(entry, 7);
  /** @type {(label: number) => string} */
  const dish = (label) => `dish_${numbered(label, 3)}`;
  /** @type {(isTrain: boolean) => string} */
  const list = (isTrain) =>
    labels.flatMap((label, i) => (i % 7 < 5 === isTrain ? [`${dish(label)}/${i}\n`] : [])).join('');
  const archive = await tgzOf(
    await tree([
      ['food-101/meta/classes.txt', Array.from({ length: 101 }, (_, label) => dish(label) + '\n').join('')],
      ['food-101/meta/train.txt', list(true)],
      ['food-101/meta/test.txt', list(false)],
      ...labels.map((label, i) => /** @type {Leaf} */ ([`food-101/images/${dish(label)}/${i}.jpg`, picture(label)])),
    ]),
  );
  return { contents: { 'food-101.tar.gz': archive }, counts: { train: 505, test: 202 } };
};

/** @type {Maker} */
const imagenette = async (entry) => {
  const wnids = [
    'n01440764 n02102040 n02979186 n03000684 n03028079 n03394916 n03417042 n03425413 n03445777 n03888257',
  ][0].split(' ');
  /** @type {(split: string, each: number) => Leaf[]} */
  const files = (split, each) =>
    labelsFor(entry, each).map(
      (label, i) => /** @type {Leaf} */ ([`imagenette2/${split}/${wnids[label]}/${i}.JPEG`, picture(label)]),
    );
  return {
    contents: { 'imagenette2.tgz': await tgzOf(await tree([...files('train', 5), ...files('val', 2)])) },
    counts: { train: 50, test: 20 },
  };
};

/** @type {Maker} */
const imagenetC = async (entry) => {
  const labels = labelsFor(entry, 7);
  const entries = labels.map(
    (label, i) => /** @type {Leaf} */ ([`gaussian_noise/5/n${numbered(label, 8)}/${i}.JPEG`, picture(label)]),
  );
  /** @type {(kind: string) => Promise<Uint8Array>} */
  const empty = async (kind) => tarOf({ [`${kind}/1/n00000000/x.JPEG`]: await picture(0) });
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

/** @type {Maker} */
const celebA = async (entry) => {
  const attributes = /** @type {readonly string[]} */ (entry.variants);
  const labels = labelsFor(entry, 6);
  /** @type {(i: number) => string} */
  const image = (i) => `${numbered(i + 1, 6)}.jpg`;
  /** @type {(label: number, i: number) => string} */
  const row = (label, i) =>
    `${image(i)}  ${attributes.map((attribute) => (attribute === 'Smiling' && label === 1 ? '1' : '-1')).join(' ')}`;
  return {
    contents: {
      'img_align_celeba.zip': zipOf(
        await tree(labels.map((label, i) => /** @type {Leaf} */ ([`img_align_celeba/${image(i)}`, picture(label)]))),
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

/** @type {Readonly<Record<string, Maker>>} */
const makers = {
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
export const tinyNames = Object.keys(makers);

/**
 * The files of a set in small.
 *
 * @type {typeof import('./index.mjs').tinySet}
 */
export async function tinySet(entry) {
  const { contents, counts } = await makers[entry.name](entry);
  const files = entry.files.map(({ name, urls, sum }) => {
    const bytes = contents[name];
    if (sum === 'first download') return { name, urls, sum };
    return { name, urls, sum, bytes: bytes.length, md5: createHash('md5').update(bytes).digest('hex') };
  });
  return { contents, files, counts };
}
