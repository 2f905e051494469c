"""Writes packages/ct-datasets/test/golden/parquet: images as Hugging Face keeps them, in four forms of pages.

    pip install pyarrow==26.0.1
    python tools/golden/datasets/golden_parquet.py
"""
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

FOLDER = Path(__file__).resolve().parents[3] / "packages/ct-datasets/test/golden/parquet"
IMAGES = [{"bytes": bytes([i % 5] * (5 + i % 11)), "path": f"{i}.jpg"} for i in range(40)]
FORMS = {
    "snappy-v1": dict(compression="snappy"),
    "none-v1": dict(compression="none", row_group_size=16),
    "snappy-v2": dict(compression="snappy", data_page_version="2.0"),
    "plain-v2": dict(compression="snappy", data_page_version="2.0", use_dictionary=False, row_group_size=16),
}

image = pa.array(IMAGES, pa.struct([("bytes", pa.binary()), ("path", pa.string())]))
labels = pa.array([i % 3 for i in range(len(IMAGES))], pa.int64())
for name, options in FORMS.items():
    pq.write_table(pa.table({"image": image, "labels": labels}), FOLDER / f"{name}.parquet", **options)
