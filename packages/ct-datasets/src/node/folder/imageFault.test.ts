import { expect, it } from 'vitest';
import { DamagedFileError } from '../../formats/damagedFile.js';
import { checkPixels, damagedImage, imageFault } from './imageFault.js';

it('names file, byte, reason and cure, the names of files made printable', () => {
  const fault = damagedImage('a\u001b.png', 'it is empty', Uint8Array.of(0x89, 0x50, 0x4e, 0x47));
  expect(fault).toBeInstanceOf(DamagedFileError);
  expect(fault.message).toBe('imageFolder: "a\\u001b.png" is damaged at byte 4: it is empty; remove or repair it');
  expect([fault.file, fault.offset]).toEqual(['a\u001b.png', 4]);
});

it('takes the last that a decoder says, a fault of the disk for one, and an error of ours as it is', () => {
  const cause = new Error('a.jpg: first\nVipsJpeg: premature end');
  expect(imageFault('a.jpg', cause).message).toMatch(/a\.jpg is damaged: VipsJpeg: premature end; remove/);
  const missing = Object.assign(new Error('ENOENT'), { code: 'ENOENT', syscall: 'open' });
  expect(imageFault('a.jpg', missing).message).toMatch(/^imageFolder: cannot read a\.jpg \(it is missing/);
  const own = new Error('imageFolder: known');
  expect(imageFault('a.jpg', own)).toBe(own);
});

it('lets pass an image of as many pixels as are allowed', () => {
  expect(() => checkPixels('a', { width: 2, height: 3 }, 6)).not.toThrow();
  expect(() => checkPixels('a', { width: 2, height: 3 }, 5)).toThrow('its 2 x 3 = 6 pixels are more than the 5');
});
