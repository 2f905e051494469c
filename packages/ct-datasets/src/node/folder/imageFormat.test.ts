import { describe, expect, it } from 'vitest';
import sharp from 'sharp';
import { imageFormat } from './imageFormat.js';

const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');

describe('imageFormat', () => {
  it.each([
    ['jpeg', 'JPEG'],
    ['png', 'PNG'],
    ['webp', 'WebP'],
    ['gif', 'GIF'],
    ['tiff', 'TIFF'],
    ['avif', 'AVIF'],
  ] as const)('knows a real %s by its bytes alone', async (format, name) => {
    const image = await sharp({ create: { width: 3, height: 2, channels: 3, background: 'red' } })
      .toFormat(format)
      .toBuffer();
    expect(imageFormat(image)).toEqual({ name, isRead: true });
    expect(imageFormat(image, '.txt')).toEqual({ name, isRead: true });
  });

  // Beginnings as the formats' own descriptions give them.
  it.each([
    ['BMP', 'BM\x36\x03\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0'],
    ['HEIC', '\0\0\0\x18ftypheic\0\0\0\0mif1heic'],
    ['HEIC', '\0\0\0\x18ftypmif1\0\0\0\0mif1heic'],
    ['JPEG XL', '\0\0\0\x0cJXL \r\n\x87\n'],
    ['JPEG 2000', '\0\0\0\x0cjP  \r\n\x87\n'],
    ['Netpbm', 'P6\n3 2\n255\n'],
    ['Netpbm', 'P5 # a comment\n3 2'],
    ['icon', '\0\0\x01\0\x01\0\x10\x10\0\0\x01\0\x20\0\x68\x04\0\0\x16\0\0\0'],
    ['Photoshop', '8BPS\0\x01'],
    ['SVG', '<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg">'],
    ['SVG', '<svg width="3">'],
    ['DICOM', `${'\0'.repeat(128)}DICM`],
    ['camera file', 'II*\0\x10\0\0\0CR\x02\0'],
    ['OpenEXR', 'v/1\x01\x02'],
  ])('knows %s, and that it is not read', (name, head) => {
    expect(imageFormat(bytes(head))).toEqual({ name, isRead: false });
  });

  it('tells camera files from TIFFs by their names', () => {
    expect(imageFormat(bytes('MM\0*\0\0\0\x08'), '.NEF')).toEqual({ name: 'camera file', isRead: false });
    expect(imageFormat(bytes('MM\0*\0\0\0\x08'), '.tif')).toEqual({ name: 'TIFF', isRead: true });
  });

  it('takes nothing else for an image', () => {
    const others = [
      '',
      'BMW, Audi\nand others of this kind',
      'P1 was first',
      'text',
      '\0\0\0\x20ftypisom\0\0\x02\0isomiso2avc1mp41',
      '\x1f\x8b\x08',
      'PK\x03\x04',
      '\0\0\x08\x03\0\0',
      '<?xml version="1.0"?><annotation>',
      '<!doctype html><svg>',
      '\xff\xd8',
      'RIFF\0\0\0\0WAVE',
      '%PDF-1.7',
      '\xd0\xcf\x11\xe0',
    ];
    for (const head of others) expect([head, imageFormat(bytes(head))]).toEqual([head, undefined]);
  });
});
