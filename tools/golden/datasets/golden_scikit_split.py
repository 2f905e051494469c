"""Make the goldens of `scikitSplit` with scikit-learn's `StratifiedShuffleSplit`.

Command: python3 tools/golden/datasets/golden_scikit_split.py   (needs scikit-learn, 1.5.2 was used, and NumPy)
Writes:  packages/ct-data/test/golden/scikit-split.json

Labels are (i * i * 7919 + i * 104729) // 16 % classes for i < n, so that the test makes the same. Of long lists the
SHA-256 of the little-endian int32 indices is kept.
"""

import hashlib
import json
import random
from pathlib import Path

import numpy as np
import sklearn
from sklearn.model_selection import StratifiedShuffleSplit

TARGET = Path(__file__).resolve().parents[3] / 'packages' / 'ct-data' / 'test' / 'golden' / 'scikit-split.json'


def digest(indices: np.ndarray) -> str:
    return hashlib.sha256(indices.astype('<i4').tobytes()).hexdigest()


def main() -> None:
    generator = random.Random(20)
    cases = []
    while len(cases) < 60:
        n = generator.choice([20, 57, 300, 1797, 60000])
        classes = generator.choice([2, 3, 7, 10, 47])
        seed = generator.choice([0, 1, 42, 43, 44, 2**32 - 1])
        i = np.arange(n, dtype=np.int64)
        labels = (i * i * 7919 + i * 104729) // 16 % classes
        test = generator.choice([int(np.ceil(0.2 * n)), generator.randint(1, n - 1)])
        train = generator.choice([n - test, generator.randint(1, n - test)])
        split = StratifiedShuffleSplit(n_splits=1, train_size=train, test_size=test, random_state=seed)
        try:
            first, second = next(split.split(labels, labels))
        except ValueError:
            continue
        case = {'n': n, 'classes': classes, 'sizes': [train, test], 'seed': seed}
        cases.append({**case, 'train': digest(first), 'test': digest(second), 'begins': first[:3].tolist()})
    made = f'tools/golden/datasets/golden_scikit_split.py, scikit-learn {sklearn.__version__}, NumPy {np.__version__}'
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(json.dumps({'provenance': made, 'cases': cases}, separators=(',', ':')) + '\n')
    print(f'{TARGET.name}: {len(cases)} cases, {TARGET.stat().st_size} bytes')


if __name__ == '__main__':
    main()
