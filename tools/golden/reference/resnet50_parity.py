"""Writes the logits of torchvision's ResNet-50 with hash weights, for @curvature-tuning/models to agree with.

Weights and input follow the rule documented in packages/ct-models/src/hashWeights.ts; arithmetic is float64 on
weights rounded to float32.

versions  Python 3.11.2, PyTorch 1.13.1, torchvision 0.14.1 (CPU), NumPy 1.24.2
Run: python3 tools/golden/reference/resnet50_parity.py
         the golden file of the tests, 2 x 64 x 64, 10 classes
     python3 tools/golden/reference/resnet50_parity.py --size 224 --classes 1000 --batch 1 --out FILE.json
     node tools/golden/reference/resnet50_parity.mjs [FILE.json]            compares, after the packages are built
result    wasm is off by 1.4e-6 of the largest |logit| at 64 pixels, by 1.6e-6 at 224 pixels and 1000 classes (bound
          5e-6)
"""

import argparse
import json
import math
import platform
from pathlib import Path

import numpy as np
import torch
import torchvision

GOLDEN = Path(__file__).resolve().parents[3] / "packages/ct-models/test/golden/resnet50.json"


def uniform(start, count):
    """fmix32(i) / 2^32 for i = start, start + 1, ..."""
    i = np.arange(start, start + count, dtype=np.uint32)
    i ^= i >> np.uint32(16)
    i *= np.uint32(0x85EBCA6B)
    i ^= i >> np.uint32(13)
    i *= np.uint32(0xC2B2AE35)
    i ^= i >> np.uint32(16)
    return i.astype(np.float64) / 2**32


def hash_state(net):
    state, index = {}, 1
    for name, old in net.state_dict().items():
        if name.endswith("num_batches_tracked"):
            continue
        u = uniform(index, old.numel())
        index += old.numel()
        if name.endswith("running_var"):
            value = 0.5 + u
        elif not name.endswith("weight"):
            value = (u - 0.5) * 0.2
        elif old.dim() == 1:
            value = 0.6 + 0.8 * u
        else:
            value = (2 * u - 1) * math.sqrt(3) * math.sqrt(2 / old[0].numel())
        state[name] = torch.from_numpy(value.astype(np.float32)).reshape(old.shape)
    return state, index - 1


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--batch", type=int, default=2)
    parser.add_argument("--size", type=int, default=64)
    parser.add_argument("--classes", type=int, default=10)
    parser.add_argument("--out", type=Path, default=GOLDEN)
    args = parser.parse_args()

    torch.set_num_threads(1)
    net = torchvision.models.resnet50(num_classes=args.classes)
    state, filled = hash_state(net)
    net.load_state_dict(state, strict=False)
    net.double().eval()
    shape = [args.batch, 3, args.size, args.size]
    image = ((2 * uniform(1_000_003, math.prod(shape)) - 1) * 1.5).astype(np.float32).reshape(shape)
    with torch.no_grad():
        logits = net(torch.from_numpy(image).double())
    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.write_text(
        json.dumps(
            {
                "note": "Logits of torchvision's resnet50 with hash weights, in float64; "
                "written by tools/golden/reference/resnet50_parity.py",
                "versions": {
                    "python": platform.python_version(),
                    "torch": torch.__version__,
                    "torchvision": torchvision.__version__,
                },
                "name": "resnet50",
                "input_shape_nchw": shape,
                "n_values_filled": filled,
                "logits": {"shape": list(logits.shape), "data": logits.flatten().tolist()},
            },
            separators=(",", ":"),
        )
        + "\n"
    )
    print(args.out, "largest |logit|", logits.abs().max().item())


if __name__ == "__main__":
    main()
