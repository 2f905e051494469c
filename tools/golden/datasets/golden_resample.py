"""Make the goldens of `resample` with Pillow's `Image.resize`.

Command: python3 tools/golden/datasets/golden_resample.py   (needs Pillow 9 to 12.0 and numpy; takes seconds)
Writes:  packages/ct-datasets/test/golden/resample.json

Byte i of an input image is (i * i * 7919 + i * 104729) // 16 % 256, so that the test makes the same image. Of each
result the SHA-256 of its bytes is kept; the shapes, sizes and boxes of the cases are drawn with seed 15.
"""

import hashlib
import json
import random
from pathlib import Path

import numpy as np
import PIL
from PIL import Image

TARGET = Path(__file__).resolve().parents[3] / 'packages' / 'ct-datasets' / 'test' / 'golden' / 'resample.json'
FILTERS = {'bilinear': Image.Resampling.BILINEAR, 'bicubic': Image.Resampling.BICUBIC}


def image_of(shape: list[int]) -> Image.Image:
    i = np.arange(np.prod(shape), dtype=np.int64)
    pixels = ((i * i * 7919 + i * 104729) // 16 % 256).astype(np.uint8).reshape(shape)
    return Image.fromarray(pixels[..., 0] if shape[2] == 1 else pixels)


def draw(random: random.Random) -> dict:
    side = lambda: random.choice([1, 2, 3, random.randint(1, 20), random.randint(1, 300)])
    case = {
        'shape': [side(), side(), random.choice([1, 3])],
        'size': [side(), side()],
        'filter': random.choice([*FILTERS]),
    }
    height, width, _ = case['shape']
    kind = random.randrange(3)
    if kind > 0:
        # Eighths, which float32 holds exactly as float64 does: Pillow reads boxes as float32.
        unit = 1 if kind == 1 else 8
        left, upper = random.randrange(width * unit), random.randrange(height * unit)
        right, lower = random.randint(left + 1, width * unit), random.randint(upper + 1, height * unit)
        case['box'] = [left / unit, upper / unit, right / unit, lower / unit]
    return case


def main() -> None:
    generator = random.Random(15)
    cases = [draw(generator) for _ in range(300)]
    for case in cases:
        height, width = case['size']
        result = image_of(case['shape']).resize((width, height), FILTERS[case['filter']], case.get('box'))
        case['sha256'] = hashlib.sha256(np.array(result).tobytes()).hexdigest()
    made = f'tools/golden/datasets/golden_resample.py, Pillow {PIL.__version__}, seed 15'
    TARGET.write_text(json.dumps({'provenance': made, 'cases': cases}, separators=(',', ':')) + '\n')
    print(f'{TARGET.name}: {len(cases)} cases, {TARGET.stat().st_size} bytes')


if __name__ == '__main__':
    main()
