/**
 * A file on a disk as a source of bytes, which stays open while somebody may read it.
 */
import { close, fstatSync, openSync, read as readFd } from 'node:fs';
import { promisify } from 'node:util';
import type { ByteSource } from '../../formats/byteSource.js';
import { DamagedFileError } from '../../formats/damagedFile.js';

const readAt = promisify(readFd);

// A data set has no end that anybody is told of: the file is closed once the set is no longer reachable.
const closing = new FinalizationRegistry<number>((fd) => close(fd, () => undefined));

/**
 * Opens a file.
 *
 * @param name What it is called in errors; its path unless told.
 * @throws the error of the file system; later a DamagedFileError, where it has become shorter.
 */
export function fileSource(path: string, name: string = path): ByteSource {
  const fd = openSync(path, 'r');
  const { size } = fstatSync(fd);
  const source: ByteSource = {
    name,
    size,
    slice: async (start, end) => {
      const bytes = new Uint8Array(end - start);
      for (let at = 0; at < bytes.length;) {
        const { bytesRead } = await readAt(fd, bytes, at, bytes.length - at, start + at);
        if (bytesRead === 0)
          throw new DamagedFileError('loadDataset', {
            file: name,
            offset: start + at,
            fault: `it ends there, expected ${end} bytes`,
          });
        at += bytesRead;
      }
      return bytes;
    },
  };
  closing.register(source, fd);
  return source;
}
