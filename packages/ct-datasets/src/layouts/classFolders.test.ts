import { describe, expect, it } from 'vitest';
import type { ArchiveEntry } from '../catalog/archives/setEntry.js';
import { ARCHIVE_CATALOG } from '../catalog/archives/archiveCatalog.js';
import { parquetSplits, trainAndVal } from './classFolders.js';
import type { SetFiles } from './layout.js';

const filesOf = (paths: string[]): SetFiles => ({
  place: 'here',
  paths,
  open: () => Promise.reject(new Error('nothing is read')),
});
const entry: ArchiveEntry = { ...ARCHIVE_CATALOG.imagenet, classCount: 2 };

describe('trainAndVal', () => {
  it('finds classes below train and val at any depth, and passes over what is no image', async () => {
    const paths = [
      'x/train/cat/1.JPEG',
      'x/train/dog/2.png',
      'x/train/dog/notes.txt',
      'x/val/dog/3.jpg',
      'x/other/y/z.jpg',
    ];
    expect(await trainAndVal(filesOf(paths), entry, {})).toEqual({
      classes: ['cat', 'dog'],
      splits: {
        train: { labels: [0, 1], images: ['x/train/cat/1.JPEG', 'x/train/dog/2.png'] },
        test: { labels: [1], images: ['x/val/dog/3.jpg'] },
      },
    });
  });

  it('refuses a set of which a class is missing', () => {
    expect(() => trainAndVal(filesOf(['train/cat/1.jpg']), entry, {})).toThrow(
      /here is damaged: it holds 1 classes, expected 2/,
    );
  });
});

describe('parquetSplits', () => {
  it('has labels in the order of numbers', async () => {
    const paths = ['10', '2', '9'].map((label) => `train-0/${label}/1.jpg`);
    const { splits } = await parquetSplits(filesOf(paths), { ...entry, classCount: 3 }, {});
    expect(splits.train).toMatchObject({ labels: [2, 0, 1] });
  });
});
