"""Cut the bundled set `digits` of @curvature-tuning/datasets.

Source:  scikit-learn's `load_digits` (1.2.1 was used): the 1,797 test images of "Optical Recognition of
         Handwritten Digits" (UCI, E. Alpaydin and C. Kaynak, 1998), 8x8 pixels of 0-16.
Command: python3 tools/golden/datasets/cut_digits.py        (needs scikit-learn and numpy; takes seconds)
Writes:  packages/ct-datasets/data/digits-images-idx3-ubyte.gz   [1797, 28, 28]
         packages/ct-datasets/data/digits-labels-idx1-ubyte.gz   [1797]

Every image is divided by 16, enlarged to 20x20 by bilinear interpolation with half-pixel centres and clamped
edges and without antialiasing (what PyTorch calls `interpolate(mode='bilinear', align_corners=False)`), framed
by four zero pixels on each side, and rounded to 0-255, halves to even. The order is that of `load_digits`.
All of it is integer arithmetic: many values lie exactly half-way, where floating point would round by accident
(PyTorch, in float32 as in float64, differs from these images by 1 in about 1,500 of the 1.4 million values).
"""

from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

from idx_gz import write_idx_gz

DATA = Path(__file__).resolve().parents[3] / 'packages' / 'ct-datasets' / 'data'


def tenths() -> np.ndarray:
    """Bilinear weights from 8 to 20 pixels in tenths [20, 8]: output pixel i lies at 0.4 i - 0.3 of the input."""
    matrix = np.zeros((20, 8), dtype=np.int64)
    for i in range(20):
        centre = min(max(4 * i - 3, 0), 70)
        low, weight = divmod(centre, 10)
        matrix[i, low] += 10 - weight
        if weight:
            matrix[i, low + 1] += weight
    return matrix


def round_half_even(numerator: np.ndarray, denominator: int) -> np.ndarray:
    quotient, remainder = np.divmod(numerator, denominator)
    up = (2 * remainder > denominator) | ((2 * remainder == denominator) & (quotient % 2 == 1))
    return quotient + up


def main() -> None:
    digits = load_digits()
    enlarge = tenths()
    # 100 times the enlarged image of 0-16 values.
    enlarged = enlarge @ digits.images.astype(np.int64) @ enlarge.T
    framed = np.pad(round_half_even(255 * enlarged, 1600), ((0, 0), (4, 4), (4, 4)))
    write_idx_gz(DATA / 'digits-images-idx3-ubyte.gz', framed.astype(np.uint8))
    write_idx_gz(DATA / 'digits-labels-idx1-ubyte.gz', digits.target.astype(np.uint8))


if __name__ == '__main__':
    main()
