"""Cut the bundled set `fashion-mnist-sample` of @curvature-tuning/datasets.

Source:  the four files of Fashion-MNIST (Zalando Research, 2017) and data/fashion-mnist-splits.json, which
         cut_splits.py writes first.
Command: python3 tools/golden/datasets/cut_fashion_mnist.py FOLDER  (FOLDER holds the four .gz files, for example
         /usr/share/datasets/fashion-mnist of Debian's package dataset-fashion-mnist; takes seconds)
Writes:  packages/ct-datasets/data/fashion-mnist-sample-images-idx3-ubyte.gz   [4500, 28, 28]
         packages/ct-datasets/data/fashion-mnist-sample-labels-idx1-ubyte.gz   [4500]

In this order: the 2,000 train and the 500 validation images of seed 42, then the first 2,000 test images. The
test images are the first ones rather than a stratified draw, so that "the first n test images" means the same
here and in the full set.
"""

import gzip
import hashlib
import json
import sys
from pathlib import Path

import numpy as np

from idx_gz import write_idx_gz

DATA = Path(__file__).resolve().parents[3] / 'packages' / 'ct-datasets' / 'data'
TEST_IMAGES = 2000
# MD5 of the unpacked files.
CONTENTS = {
    'train-images-idx3-ubyte': 'f4a8712d7a061bf5bd6d2ca38dc4d50a',
    'train-labels-idx1-ubyte': '9018921c3c673c538a1fc5bad174d6f9',
    't10k-images-idx3-ubyte': '8181f5470baa50b63fa0f6fddb340f0a',
    't10k-labels-idx1-ubyte': '15d484375f8d13e6eb1aabb0c3f46965',
}


def read(folder: Path, name: str, header: int) -> np.ndarray:
    contents = gzip.decompress((folder / f'{name}.gz').read_bytes())
    found = hashlib.md5(contents).hexdigest()
    if found != CONTENTS[name]:
        sys.exit(f'cut_fashion_mnist: {name} has md5 {found}, expected {CONTENTS[name]}')
    return np.frombuffer(contents, np.uint8, offset=header)


def main(folder: Path) -> None:
    split = json.loads((DATA / 'fashion-mnist-splits.json').read_text())['seeds']['42']
    chosen = split['train'] + split['validation']
    images = read(folder, 'train-images-idx3-ubyte', 16).reshape(-1, 28, 28)[chosen]
    labels = read(folder, 'train-labels-idx1-ubyte', 8)[chosen]
    test_images = read(folder, 't10k-images-idx3-ubyte', 16).reshape(-1, 28, 28)[:TEST_IMAGES]
    test_labels = read(folder, 't10k-labels-idx1-ubyte', 8)[:TEST_IMAGES]
    write_idx_gz(DATA / 'fashion-mnist-sample-images-idx3-ubyte.gz', np.concatenate([images, test_images]))
    write_idx_gz(DATA / 'fashion-mnist-sample-labels-idx1-ubyte.gz', np.concatenate([labels, test_labels]))


if __name__ == '__main__':
    if len(sys.argv) != 2:
        sys.exit('usage: python3 tools/golden/datasets/cut_fashion_mnist.py FOLDER_WITH_FASHION_MNIST')
    main(Path(sys.argv[1]))
