"""Make the goldens of `rotate` with Pillow's `Image.rotate`, which torchvision's RandomRotation calls.

Command: python3 tools/golden/datasets/golden_rotate.py   (needs Pillow, 9.4.0 was used, and numpy; takes seconds)
Writes:  packages/ct-datasets/test/golden/rotate.json

Byte i of an input image is (i * i * 7919 + i * 104729) // 16 % 256; of each result the SHA-256 is kept; seed 21.
"""

import hashlib
import json
import random
from pathlib import Path

import numpy as np
import PIL
from PIL import Image

TARGET = Path(__file__).resolve().parents[3] / 'packages' / 'ct-datasets' / 'test' / 'golden' / 'rotate.json'


def main() -> None:
    generator = random.Random(21)
    cases = []
    for _ in range(100):
        shape = [generator.randint(1, 64), generator.randint(1, 64), generator.choice([1, 3])]
        degrees = generator.uniform(-15, 15) if len(cases) < 80 else generator.uniform(-180, 180)
        i = np.arange(np.prod(shape), dtype=np.int64)
        pixels = ((i * i * 7919 + i * 104729) // 16 % 256).astype(np.uint8).reshape(shape)
        image = Image.fromarray(pixels[..., 0] if shape[2] == 1 else pixels).rotate(degrees)
        digest = hashlib.sha256(np.array(image).tobytes()).hexdigest()
        cases.append({'shape': shape, 'degrees': degrees, 'sha256': digest})
    made = f'tools/golden/datasets/golden_rotate.py, Pillow {PIL.__version__}, seed 21'
    TARGET.write_text(json.dumps({'provenance': made, 'cases': cases}, separators=(',', ':')) + '\n')
    print(f'{TARGET.name}: {len(cases)} cases, {TARGET.stat().st_size} bytes')


if __name__ == '__main__':
    main()
