// All sets in small, behind an address, with a catalogue that has their sums: what `--data` names is then fetched as it
// is from the makers' servers.
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { ARCHIVE_CATALOG, catalog } from '@curvature-tuning/datasets';
import type { ArchiveEntry, ArchiveName, RemoteEntry, RemoteName } from '@curvature-tuning/datasets';
import { picture, serve, tinyNames, tinySet } from '@curvature-tuning/tiny-sets';

/** A catalogue of other files. */
export interface Served {
  /** For CT_DATA_MIRROR. */
  readonly mirror: string;
  /** Puts the sums into the catalogue of this process. */
  use(): void;
  /** For NODE_OPTIONS: does the same in another process. */
  preload(folder: string): string;
  close(): Promise<void>;
}

const REMOTE: readonly RemoteName[] = ['fashion-mnist', 'mnist'];
const md5 = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex');

/** Serves all sets that are fetched, those of `names` alone where told. */
export async function serveSets(names: readonly string[] = [...tinyNames, ...REMOTE]): Promise<Served> {
  const contents: Record<string, Uint8Array> = {};
  const archives: Record<string, ArchiveEntry> = {};
  const remote: Record<string, RemoteEntry> = {};
  for (const name of names) {
    if (name === 'mnist' || name === 'fashion-mnist') {
      const made = idxFiles(catalog[name]);
      remote[name] = { ...catalog[name], files: made.files };
      for (const [file, bytes] of Object.entries(made.contents)) contents[`${name}/${file}`] = bytes;
    } else {
      const made = await tinySet(ARCHIVE_CATALOG[name as ArchiveName]);
      archives[name] = { ...ARCHIVE_CATALOG[name as ArchiveName], files: made.files };
      for (const [file, bytes] of Object.entries(made.contents)) contents[`${name}/${file}`] = bytes;
    }
  }
  const server = await serve(contents);
  return {
    mirror: server.url,
    use: () => {
      Object.assign(ARCHIVE_CATALOG, archives);
      Object.assign(catalog, remote);
    },
    preload: (folder) => {
      const path = join(folder, 'catalogue.mjs');
      const entry = import.meta.resolve('@curvature-tuning/datasets');
      writeFileSync(
        path,
        `import { ARCHIVE_CATALOG, catalog } from ${JSON.stringify(entry)};
         Object.assign(ARCHIVE_CATALOG, ${JSON.stringify(archives)});
         Object.assign(catalog, ${JSON.stringify(remote)});`,
      );
      return `--import=${pathToFileURL(path).href}`;
    },
    close: () => server.close(),
  };
}

/** The four files of MNIST: as many images as it has, each of one grey by its class. */
function idxFiles({
  counts,
  files,
}: RemoteEntry): Pick<RemoteEntry, 'files'> & { contents: Record<string, Uint8Array> } {
  const contents: Record<string, Uint8Array> = {};
  const made = Object.entries(files).map(([kind, file]) => {
    const count = kind.startsWith('train') ? counts.train : counts.test;
    const sides = kind.endsWith('Images') ? [28, 28] : [];
    const each = sides.length === 0 ? 1 : 784;
    const bytes = new Uint8Array(8 + 4 * sides.length + count * each);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, 0x0800 + 1 + sides.length);
    [count, ...sides].forEach((side, i) => view.setUint32(4 + 4 * i, side));
    for (let i = 0, at = 8 + 4 * sides.length; i < count; i++, at += each)
      bytes.fill(each === 1 ? i % 10 : 20 * (i % 10), at, at + each);
    const packed = new Uint8Array(gzipSync(bytes, { level: 1 }));
    contents[file.name] = packed;
    const known = { bytes: packed.length, md5: md5(packed), contents: { bytes: bytes.length, md5: md5(bytes) } };
    return [kind, { name: file.name, ...known }];
  });
  return { files: Object.fromEntries(made) as RemoteEntry['files'], contents };
}

/** ImageNet, which is put by hand: five images of every class to train with and one to test, below `root`. */
export async function putImagenet(root: string): Promise<void> {
  const image = await picture(3);
  for (let label = 0; label < 1000; label++)
    for (const [split, each] of [
      ['train', 5],
      ['val', 1],
    ] as const) {
      const folder = join(root, 'imagenet', split, `n${String(label).padStart(8, '0')}`);
      mkdirSync(folder, { recursive: true });
      for (let i = 0; i < each; i++) writeFileSync(join(folder, `${i}.JPEG`), image);
    }
}
