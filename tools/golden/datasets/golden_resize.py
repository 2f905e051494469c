"""Make the golden images of `resizeToCover` with torchvision's transforms on Pillow images.

Command: python3 tools/golden/datasets/golden_resize.py   (needs torch, torchvision and Pillow; takes seconds)
Writes:  packages/ct-datasets/test/golden/resize.json

Byte i of an input image is (i * i * 7919 + i * 104729) // 16 % 256, so that the test makes the same image.
Square sizes go through `Resize(s)` and `CenterCrop(s)`. Others, which `Resize` takes as they are, go through
`Resize` to the covering size with torchvision's truncation and then `CenterCrop`.
"""

import json
from pathlib import Path

import numpy as np
import PIL
import torchvision
from PIL import Image
from torchvision.transforms import CenterCrop, Resize

TARGET = Path(__file__).resolve().parents[3] / 'packages' / 'ct-datasets' / 'test' / 'golden' / 'resize.json'
CASES = [
    # shape [height, width, channels], size [height, width]
    ([23, 37, 3], [8, 8]),
    ([37, 23, 3], [9, 9]),
    ([9, 5, 1], [16, 16]),
    ([6, 6, 1], [6, 6]),
    ([100, 41, 1], [7, 7]),
    ([3, 40, 1], [3, 3]),
    ([31, 17, 3], [12, 5]),
    ([17, 31, 1], [5, 12]),
    ([20, 30, 1], [4, 9]),
    ([1, 1, 3], [2, 3]),
]


def image_of(shape: list[int]) -> Image.Image:
    i = np.arange(np.prod(shape), dtype=np.int64)
    pixels = ((i * i * 7919 + i * 104729) // 16 % 256).astype(np.uint8).reshape(shape)
    return Image.fromarray(pixels[..., 0] if shape[2] == 1 else pixels)


def resize(image: Image.Image, height: int, width: int) -> Image.Image:
    if height == width:
        return CenterCrop(height)(Resize(height)(image))
    if height * image.width >= width * image.height:
        covering = (height, int(height * image.width / image.height))
    else:
        covering = (int(width * image.height / image.width), width)
    return CenterCrop((height, width))(Resize(covering)(image))


def main() -> None:
    cases = [
        {'shape': shape, 'size': size, 'pixels': np.array(resize(image_of(shape), *size)).ravel().tolist()}
        for shape, size in CASES
    ]
    made = f'tools/golden/datasets/golden_resize.py, torchvision {torchvision.__version__}, Pillow {PIL.__version__}'
    TARGET.write_text(json.dumps({'provenance': made, 'cases': cases}, separators=(',', ':')) + '\n')
    print(f'{TARGET.name}: {len(cases)} cases, {TARGET.stat().st_size} bytes')


if __name__ == '__main__':
    main()
