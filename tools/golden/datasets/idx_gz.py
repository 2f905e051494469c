"""Write a uint8 array as a gzipped IDX file: same array, same bytes, whoever runs it and whenever."""

import gzip
import struct
from pathlib import Path

import numpy as np

UINT8 = 0x08


def write_idx_gz(path: Path, array: np.ndarray) -> None:
    """IDX header (two zero bytes, type, rank, big-endian sizes), then the values row by row."""
    if array.dtype != np.uint8:
        raise TypeError(f'write_idx_gz: expected uint8 values, got {array.dtype}')
    header = struct.pack(f'>HBB{array.ndim}I', 0, UINT8, array.ndim, *array.shape)
    # mtime 0 and no file name in the header: the bytes depend on the array alone.
    path.write_bytes(gzip.compress(header + array.tobytes(), compresslevel=9, mtime=0))
    print(f'{path.name}: {list(array.shape)}, {path.stat().st_size} bytes')
