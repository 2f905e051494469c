"""Make image files of the kinds that decoders disagree about, with the pixels that Pillow has of them.

Command: /usr/bin/python3 tools/golden/datasets/golden_photos.py   (needs Pillow, 9.4.0 was used, and numpy; seconds)
Writes:  packages/ct-datasets/test/golden/photos/, the files and photos.json

All are drawn from one formula, so that nobody has rights in them. Pixels are those of
`ImageOps.exif_transpose(Image.open(file)).convert('RGB')`, of an animation those of its first frame. Pillow clips the
values of a 16-bit grey file to 255 instead of scaling them: there its 16-bit values are kept, divided by 257.
"""

import json
import struct
import zlib
from pathlib import Path

import numpy as np
import PIL
from PIL import Image, ImageOps

TARGET = Path(__file__).resolve().parents[3] / 'packages' / 'ct-datasets' / 'test' / 'golden' / 'photos'
WIDTH, HEIGHT = 20, 14


def drawn(channels: int, phase: float = 0) -> np.ndarray:
    """Slow waves, another in each channel: JPEG keeps them."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    waves = [127.5 + 110 * np.sin(x / (3 + c) + phase + c) * np.cos(y / (4 + c) - c) for c in range(channels)]
    return np.stack(waves, axis=-1).round().astype(np.uint8)


def png(path: Path, header: bytes, rows: np.ndarray) -> None:
    """A PNG file of 16 bits, which Pillow does not write in colour."""
    raw = b''.join(b'\0' + row.astype('>u2').tobytes() for row in rows)
    chunks = [(b'IHDR', header), (b'IDAT', zlib.compress(raw, 9)), (b'IEND', b'')]
    path.write_bytes(
        b'\x89PNG\r\n\x1a\n'
        + b''.join(
            struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))
            for kind, data in chunks
        )
    )


def write_files() -> list[str]:
    colour = Image.fromarray(drawn(3))
    frames = [Image.fromarray(drawn(3, phase)) for phase in (0, 1, 2)]
    rest = {'save_all': True, 'append_images': frames[1:], 'duration': 50}
    colour.convert('CMYK').save(TARGET / 'cmyk.jpg', quality=95)
    inks = np.concatenate([drawn(3), drawn(4)[..., 3:] // 3], axis=-1)
    Image.fromarray(inks, 'CMYK').save(TARGET / 'cmyk-inks.jpg', quality=95)
    Image.fromarray(inks, 'CMYK').save(TARGET / 'cmyk.tif', compression='tiff_lzw')
    deep = drawn(3).astype(np.uint16) * 257 + 40
    for orientation in (2, 3, 5, 6, 8):
        exif = Image.Exif()
        exif[0x0112] = orientation
        colour.save(TARGET / f'turned-{orientation}.jpg', quality=95, exif=exif)
    png(TARGET / 'deep-grey.png', struct.pack('>IIBBBBB', WIDTH, HEIGHT, 16, 0, 0, 0, 0), deep[..., 0])
    png(TARGET / 'deep-colour.png', struct.pack('>IIBBBBB', WIDTH, HEIGHT, 16, 2, 0, 0, 0), deep.reshape(HEIGHT, -1))
    frames[0].save(TARGET / 'moving.gif', **rest)
    frames[0].save(TARGET / 'moving.webp', lossless=True, **rest)
    frames[0].save(TARGET / 'moving.png', **rest)
    indexed = colour.quantize(16)
    indexed.save(TARGET / 'palette.png', transparency=3)
    indexed.save(TARGET / 'palette-levels.png', transparency=bytes(range(0, 256, 16)))
    Image.fromarray(drawn(4), 'RGBA').save(TARGET / 'clear.png')
    Image.fromarray(drawn(2), 'LA').save(TARGET / 'clear-grey.png')
    Image.fromarray(drawn(1)[..., 0]).convert('1').save(TARGET / 'bits.png')
    Image.fromarray(drawn(1)[..., 0]).save(TARGET / 'grey.jpg', quality=95)
    colour.save(TARGET / 'progressive.jpg', quality=90, progressive=True, subsampling='4:2:0')
    return sorted(path.name for path in TARGET.iterdir() if path.suffix != '.json')


def pixels_of(name: str) -> np.ndarray:
    image = Image.open(TARGET / name)
    if name == 'deep-grey.png':
        return np.repeat((np.array(image) // 257)[..., None], 3, axis=-1).astype(np.uint8)
    return np.array(ImageOps.exif_transpose(image).convert('RGB'))


def main() -> None:
    TARGET.mkdir(parents=True, exist_ok=True)
    for path in TARGET.iterdir():
        path.unlink()
    names = write_files()
    cases = [
        {'file': name, 'shape': list(pixels.shape), 'pixels': pixels.ravel().tolist()}
        for name in names
        for pixels in [pixels_of(name)]
    ]
    made = f'tools/golden/datasets/golden_photos.py, Pillow {PIL.__version__}'
    (TARGET / 'photos.json').write_text(
        json.dumps({'provenance': made, 'cases': cases}, separators=(',', ':')) + '\n'
    )
    print(f'{len(cases)} files, {sum(path.stat().st_size for path in TARGET.iterdir())} bytes')


if __name__ == '__main__':
    main()
