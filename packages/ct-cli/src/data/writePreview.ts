/**
 * A contact sheet of a set, as a picture and as a page.
 */
import type { OpenedDataset } from '@curvature-tuning/datasets/node';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { replaceFile } from '@curvature-tuning/files/node';
import sharp from 'sharp';

const SIDE = 72;
const COLUMNS = 12;
const MOST = 96;

/** Writes preview.png and preview.html of the first images of the test split, spread over it; returns their paths. */
export async function writePreview(
  { test, name, title, classes }: Pick<OpenedDataset, 'test' | 'name' | 'title' | 'classes'>,
  output: string,
  signal: AbortSignal,
): Promise<string[]> {
  const count = Math.min(MOST, test.length);
  const tiles: { input: Buffer; left: number; top: number; label: number }[] = [];
  for (let i = 0; i < count; i++) {
    signal.throwIfAborted();
    const { pixels, label } = await test.example(Math.floor((i * test.length) / count));
    const [height, width, channels] = pixels.shape as [number, number, 1 | 3];
    const input = await sharp(pixels.values as Uint8Array, { raw: { height, width, channels } })
      .resize(SIDE, SIDE, { fit: 'contain', kernel: 'nearest' })
      .png()
      .toBuffer();
    tiles.push({ input, left: (i % COLUMNS) * SIDE, top: Math.floor(i / COLUMNS) * SIDE, label });
  }
  const height = Math.ceil(count / COLUMNS) * SIDE;
  const sheet = await sharp({ create: { width: COLUMNS * SIDE, height, channels: 3, background: 'white' } })
    .composite(tiles)
    .png()
    .toBuffer();
  const figures = tiles
    .map(({ input, label }) => {
      const text = escaped(classes[label]!);
      const source = `data:image/png;base64,${input.toString('base64')}`;
      const image = `<img src="${source}" alt="${text}" width="${SIDE}" height="${SIDE}">`;
      return `<figure>${image}<figcaption>${text}</figcaption></figure>`;
    })
    .join('\n');
  const page = `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>${escaped(name)}</title>
<style>body{font:14px sans-serif}main{display:flex;flex-wrap:wrap;gap:8px}figure{margin:0;width:${SIDE}px}
figcaption{font-size:11px;overflow-wrap:anywhere}</style>
<h1>${escaped(title)}</h1>
<p>${test.length} images to test with, ${classes.length} classes; ${count} of them:</p>
<main>${figures}</main></html>
`;
  await mkdir(output, { recursive: true });
  const paths = [join(output, 'preview.png'), join(output, 'preview.html')] as const;
  await replaceFile(paths[0], new Uint8Array(sheet));
  await replaceFile(paths[1], page);
  return [...paths];
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (mark) => `&#${mark.charCodeAt(0)};`);
}
