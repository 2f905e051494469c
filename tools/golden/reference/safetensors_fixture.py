"""Writes a file of the dtypes that the reference writer knows in Python (all but F6), for the tests of
@curvature-tuning/safetensors.

versions  Python 3.11.7, NumPy 2.4.6, safetensors 0.8.0
Run: python3 tools/golden/reference/safetensors_fixture.py
It writes packages/ct-safetensors/test/golden/all_dtypes.safetensors: of each dtype a tensor `<DTYPE>.matrix` of
shape [2, 3] (of F4 [2, 6], two to a byte) and `<DTYPE>.empty` of shape [0, 4] ([0, 8]), a BOOL scalar, and names that
must
be escaped or sorted with care.
Byte i of a tensor is (37 i + 11) mod 256; those of BOOL alternate between 0 and 1.
"""

from pathlib import Path

import numpy as np
from safetensors import TensorSpec, serialize

OUT = Path(__file__).resolve().parents[3] / "packages/ct-safetensors/test/golden/all_dtypes.safetensors"
DTYPES = {
    "BOOL": ("bool", 1),
    "F4": ("float4_e2m1fn_x2", 1),
    "U8": ("uint8", 1),
    "I8": ("int8", 1),
    "F8_E5M2": ("float8_e5m2", 1),
    "F8_E4M3": ("float8_e4m3fn", 1),
    "F8_E8M0": ("float8_e8m0fnu", 1),
    "F8_E4M3FNUZ": ("float8_e4m3fnuz", 1),
    "F8_E5M2FNUZ": ("float8_e5m2fnuz", 1),
    "I16": ("int16", 2),
    "U16": ("uint16", 2),
    "F16": ("float16", 2),
    "BF16": ("bfloat16", 2),
    "I32": ("int32", 4),
    "U32": ("uint32", 4),
    "F32": ("float32", 4),
    "C64": ("complex64", 8),
    "F64": ("float64", 8),
    "I64": ("int64", 8),
    "U64": ("uint64", 8),
}


def pattern(dtype, count):
    return np.array([i % 2 if dtype == "BOOL" else (37 * i + 11) % 256 for i in range(count)], np.uint8)


def main():
    buffers, tensors = [], {}

    def add(name, dtype, shape, data):
        buffers.append(data)  # a TensorSpec holds an address, not the array
        tensors[name] = TensorSpec(dtype=dtype, shape=shape, data_ptr=data.ctypes.data, data_len=data.nbytes)

    for name, (dtype, width) in DTYPES.items():
        add(f"{name}.matrix", dtype, [2, 3], pattern(name, 6 * width))
        add(f"{name}.empty", dtype, [0, 4], pattern(name, 0))
    for name in ["scalar", "quote\" slash\\ tab\t bell\x07 del\x7f", "\uffff", "\U00010000", "e\u0301", ""]:
        add(name, "bool", [], pattern("BOOL", 1))
    OUT.parent.mkdir(parents=True, exist_ok=True)
    # One key only: the reference writer's order of metadata keys is random.
    OUT.write_bytes(serialize(tensors, {"written by": "safetensors 0.8.0 \u2028"}))
    print(OUT, OUT.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
