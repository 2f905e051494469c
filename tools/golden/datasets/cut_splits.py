"""Draw the published splits of @curvature-tuning/datasets.

Source:  scikit-learn's `train_test_split` (1.2.1 with NumPy 1.24.2 was used), the labels of `load_digits` and the
         60,000 training labels of Fashion-MNIST.
Command: python3 tools/golden/datasets/cut_splits.py FOLDER  (FOLDER holds train-labels-idx1-ubyte.gz, for example
         /usr/share/datasets/fashion-mnist of Debian's package dataset-fashion-mnist; takes seconds)
Writes:  packages/ct-datasets/data/digits-splits.json
         packages/ct-datasets/data/fashion-mnist-splits.json

The lists are shipped because scikit-learn's permutations are not reproducible outside Python. Digits: 1,000 of
1,797 images stratified with random_state 0, the other 797 are the test set of every seed; of the 1,000 a
stratified 800 by seed. Fashion-MNIST: a stratified 2,500 of the 60,000 by seed. Either way 80 % of these are
train and 20 % validation, stratified by the same seed.
"""

import gzip
import json
import sys
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

DATA = Path(__file__).resolve().parents[3] / 'packages' / 'ct-datasets' / 'data'
SEEDS = (42, 43, 44)


def draw(pool: np.ndarray, labels: np.ndarray, size: int, seed: int) -> dict[str, list[int]]:
    """A stratified `size` of `pool`, 80 % of it train and 20 % validation."""
    chosen, _ = train_test_split(pool, train_size=size, stratify=labels[pool], random_state=seed)
    train, validation = train_test_split(chosen, test_size=0.2, stratify=labels[chosen], random_state=seed)
    return {'train': train.tolist(), 'validation': validation.tolist()}


def write(name: str, content: dict[str, object]) -> None:
    path = DATA / name
    path.write_text(json.dumps(content, separators=(',', ':')) + '\n')
    print(f'{path.name}: {path.stat().st_size} bytes')


def main(fashion: Path) -> None:
    labels = load_digits().target
    pool, test = train_test_split(np.arange(len(labels)), train_size=1000, stratify=labels, random_state=0)
    write(
        'digits-splits.json',
        {
            'provenance': 'tools/golden/datasets/cut_splits.py; indices into the order of load_digits',
            'test': test.tolist(),
            'seeds': {str(seed): draw(pool, labels, 800, seed) for seed in SEEDS},
        },
    )

    labels = np.frombuffer(gzip.decompress((fashion / 'train-labels-idx1-ubyte.gz').read_bytes()), np.uint8, offset=8)
    write(
        'fashion-mnist-splits.json',
        {
            'provenance': 'tools/golden/datasets/cut_splits.py; indices into the 60,000 training images',
            'seeds': {str(seed): draw(np.arange(len(labels)), labels, 2500, seed) for seed in SEEDS},
        },
    )


if __name__ == '__main__':
    if len(sys.argv) != 2:
        sys.exit('usage: python3 tools/golden/datasets/cut_splits.py FOLDER_WITH_FASHION_MNIST')
    main(Path(sys.argv[1]))
