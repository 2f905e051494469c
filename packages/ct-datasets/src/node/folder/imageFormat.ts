/**
 * Tells what an image file is by its first bytes; names lie, and often say nothing.
 */

/** How many bytes {@link imageFormat} looks at. */
export const HEAD_LENGTH = 512;

/** A format of images, and whether it is read here. */
export interface ImageFormat {
  readonly name: string;
  readonly isRead: boolean;
}

const read = (name: string): ImageFormat => ({ name, isRead: true });
const unread = (name: string): ImageFormat => ({ name, isRead: false });

/** The formats that are read, for messages. */
export const READ_FORMATS = 'JPEG, PNG, WebP, GIF, TIFF and AVIF';

// Camera files are TIFFs by their first bytes; what can be read of them is a thumbnail.
const CAMERA_NAMES = new Set([
  '.dng',
  '.nef',
  '.nrw',
  '.cr2',
  '.arw',
  '.srf',
  '.sr2',
  '.pef',
  '.srw',
  '.3fr',
  '.iiq',
  '.kdc',
  '.dcr',
  '.erf',
  '.mef',
  '.mos',
  '.raw',
  '.rwl',
]);

const READ_NAMES = new Set([
  '.jpg',
  '.jpeg',
  '.jpe',
  '.jfif',
  '.jfi',
  '.jif',
  '.pjpeg',
  '.pjp',
  '.mpo',
  '.png',
  '.apng',
  '.webp',
  '.gif',
  '.tif',
  '.tiff',
  '.avif',
]);
const UNREAD_NAMES = new Set([
  ...CAMERA_NAMES,
  '.bmp',
  '.dib',
  '.heic',
  '.heif',
  '.hif',
  '.pbm',
  '.pgm',
  '.ppm',
  '.pnm',
  '.pam',
  '.pfm',
  '.svg',
  '.svgz',
  '.jp2',
  '.j2k',
  '.jpx',
  '.jxl',
  '.jxr',
  '.ico',
  '.cur',
  '.psd',
  '.xcf',
  '.dcm',
  '.cr3',
  '.orf',
  '.raf',
  '.rw2',
  '.tga',
  '.exr',
  '.hdr',
  '.qoi',
  '.dds',
  '.pcx',
  '.fits',
  '.nii',
]);

/** What a name promises: an image that is read, one that is not, or no image. */
export function promiseOf(extension: string): 'read' | 'unread' | undefined {
  const known = extension.toLowerCase();
  return READ_NAMES.has(known) ? 'read' : UNREAD_NAMES.has(known) ? 'unread' : undefined;
}

/**
 * The format of an image of which `head` are the first bytes, {@link HEAD_LENGTH} of them or the whole file;
 * undefined when they are not those of an image.
 */
export function imageFormat(head: Uint8Array, extension = ''): ImageFormat | undefined {
  const text = Buffer.from(head.buffer, head.byteOffset, head.byteLength).toString('latin1');
  const at = (position: number, wanted: string): boolean => text.startsWith(wanted, position);
  const u16 = (position: number): number => (head[position] ?? 0) + 256 * (head[position + 1] ?? 0);

  if (at(0, '\xff\xd8\xff')) return read('JPEG');
  if (at(0, '\x89PNG\r\n\x1a\n')) return read('PNG');
  if (at(0, 'RIFF') && at(8, 'WEBP')) return read('WebP');
  if (at(0, 'GIF87a') || at(0, 'GIF89a')) return read('GIF');
  if (at(0, 'IIU\0') || at(0, 'IIRO') || at(0, 'IIRS') || at(0, 'MMOR') || at(0, 'FUJIFILMCCD-RAW'))
    return unread('camera file');
  if (['II*\0', 'MM\0*', 'II+\0', 'MM\0+'].some((magic) => at(0, magic))) {
    return CAMERA_NAMES.has(extension.toLowerCase()) || at(8, 'CR\x02') ? unread('camera file') : read('TIFF');
  }
  if (at(4, 'ftyp')) return isobmff(text);
  if (at(0, '\0\0\0\x0cJXL \r\n\x87\n') || (at(0, '\xff\x0a') && extension.toLowerCase() === '.jxl'))
    return unread('JPEG XL');
  if (at(0, '\0\0\0\x0cjP  \r\n\x87\n') || at(0, '\xff\x4f\xff\x51')) return unread('JPEG 2000');
  if (at(0, 'II\xbc\x01')) return unread('JPEG XR');
  // Two letters are too few to go by: the header that follows has one of few lengths.
  if (at(0, 'BM') && [12, 16, 40, 52, 56, 64, 108, 124].includes(u16(14)) && u16(16) === 0) return unread('BMP');
  if ((at(0, '\0\0\x01\0') || at(0, '\0\0\x02\0')) && u16(4) > 0 && u16(4) < 256 && head[9] === 0 && head.length >= 22)
    return unread('icon');
  if (/^P[1-6][ \t\r\n]+(#|\d+[ \t\r\n])|^P7\n|^P[fF]\n\d/.test(text)) return unread('Netpbm');
  if (at(0, '8BPS')) return unread('Photoshop');
  if (at(0, 'gimp xcf')) return unread('GIMP');
  if (at(0, 'v/1\x01')) return unread('OpenEXR');
  if (at(0, '#?RADIANCE') || at(0, '#?RGBE')) return unread('Radiance HDR');
  if (at(0, 'qoif')) return unread('QOI');
  if (at(0, 'DDS ')) return unread('DDS');
  if (at(0, 'SIMPLE  =')) return unread('FITS');
  if (at(128, 'DICM')) return unread('DICOM');
  if (
    /^(\xef\xbb\xbf)?\s*(<\?xml[^>]*>|<!--|<!DOCTYPE svg|<svg[\s>])/.test(text) &&
    /<svg[\s>]|<!DOCTYPE svg/.test(text)
  )
    return unread('SVG');
  return undefined;
}

/** Of the family of MP4, whose brands tell AVIF from HEIC and both from films. */
function isobmff(text: string): ImageFormat | undefined {
  const size = [0, 1, 2, 3].reduce((sum, i) => sum * 256 + text.charCodeAt(i), 0);
  const brands = text.slice(8, Math.min(size, text.length)).match(/[^]{4}/g) ?? [];
  if (brands.some((brand) => brand === 'avif' || brand === 'avis')) return read('AVIF');
  if (brands.some((brand) => /^(he[iv][cmsx]|mif[12]|msf1|jpeg)$/.test(brand))) return unread('HEIC');
  return brands[0] === 'crx ' ? unread('camera file') : undefined;
}
