"""Writes golden logits of networks with hash weights, for @curvature-tuning/models to agree with.

Weights and input follow the rule documented in packages/ct-models/src/hashWeights.ts; arithmetic is float64 on weights
rounded to float32. Steered: phi(x) = c x sigmoid(b x / s) + (1 - c) s softplus(x / s), s = 1 - b + 1e-6; relu6 becomes
phi(x) - phi(x - 6), also the one inside hard-swish, x relu6(x + 3) / 6; hard sigmoids stay.

versions  Python 3.11.2, PyTorch 1.13.1, torchvision 0.14.1 (CPU), efficientnet_lite_pytorch 0.1.0 of PyPI
Run: python3 tools/golden/reference/zoo.py --lite FOLDER, where the wheel efficientnet_lite_pytorch is unpacked
writes    zoo.json and vgg.json in packages/ct-models/test/golden
"""

import argparse
import json
import math
import platform
import sys
from pathlib import Path

import numpy as np
import torch
import torchvision
from torch import nn
from torchvision import models

PACKAGES = Path(__file__).resolve().parents[3] / "packages"
EPS = 1e-6


def uniform(start, count):
    """fmix32(i) / 2^32 for i = start, start + 1, ..."""
    i = np.arange(start, start + count, dtype=np.uint32)
    i ^= i >> np.uint32(16)
    i *= np.uint32(0x85EBCA6B)
    i ^= i >> np.uint32(13)
    i *= np.uint32(0xC2B2AE35)
    i ^= i >> np.uint32(16)
    return i.astype(np.float64) / 2**32


def fill(net, gain):
    """Loads hash weights; returns the entries, as [name, shape], and how many values they have."""
    entries, state, index = [], {}, 1
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
            value = (2 * u - 1) * math.sqrt(3) * math.sqrt(gain / old[0].numel())
        state[name] = torch.from_numpy(value.astype(np.float32)).reshape(old.shape)
        entries.append([name, list(old.shape)])
    net.load_state_dict(state, strict=False)
    net.double().eval()
    return entries, index - 1


def hash_input(shape):
    values = (2 * uniform(1_000_003, math.prod(shape)) - 1) * 1.5
    return torch.from_numpy(values.astype(np.float32).reshape(shape)).double()


def phi(x, beta, c):
    s = 1 - beta + EPS
    return c * x * torch.sigmoid(beta * x / s) + (1 - c) * s * nn.functional.softplus(x / s)


class Site(nn.Module):
    """An activation of a network, steered where a curvature is set."""

    def __init__(self, kind):
        super().__init__()
        self.kind, self.curvature, self.channels = kind, None, None

    def unit(self, x):
        if self.curvature is None:
            return torch.relu(x) if self.kind == "relu" else torch.clamp(x, 0, 6)
        return phi(x, *self.curvature) - (phi(x - 6, *self.curvature) if self.kind != "relu" else 0)

    def forward(self, x):
        self.channels = x.shape[1]
        if self.kind == "silu":
            return x * torch.sigmoid(x) if self.curvature is None else phi(x, *self.curvature)
        return x * self.unit(x + 3) / 6 if self.kind == "hardswish" else self.unit(x)


KINDS = {nn.ReLU: "relu", nn.ReLU6: "relu6", nn.SiLU: "silu", nn.Hardswish: "hardswish"}


def with_sites(net):
    """Puts a Site in place of every activation, one for each call; returns them in the order of calls."""
    order = []
    for module in list(net.modules()):
        for name, child in list(module.named_children()):
            kind = KINDS.get(type(child))
            if kind:
                setattr(module, name, Calls(kind, order))
    return order


class Calls(nn.Module):
    """An activation module that may be called several times in one pass: a Site for each call."""

    def __init__(self, kind, order):
        super().__init__()
        self.kind, self.order, self.sites, self.call = kind, order, [], 0

    def forward(self, x):
        if self.call == len(self.sites):
            site = Site(self.kind)
            object.__setattr__(self, "sites", [*self.sites, site])
            self.order.append((self, site))
        site = self.sites[self.call]
        self.call += 1
        return site(x)


def golden(name, net, head, options):
    """What packages/ct-lora-baseline/test/zoo.ts reads of a network."""
    gain, size, betas = options["gain"], options["size"], options["betas"]
    order = with_sites(net)
    entries, filled = fill(net, gain)
    x = hash_input([2, 3, size, size])

    def logits(curvature):
        for calls, site in order:
            calls.call, site.curvature = 0, curvature
        with torch.no_grad():
            return [float(f"{v:.9g}") for v in net(x).flatten().tolist()]

    values = {"plain": logits(None)}
    values.update({key: logits(curvature) for key, curvature in betas.items()})
    channels = [site.channels for _, site in order]
    kinds = ["relu6" if site.kind == "hardswish" else site.kind for _, site in order]
    layers = [m for key, m in net.named_modules() if isinstance(m, (nn.Conv2d, nn.Linear)) and key != head]
    print(name, "largest |logit|", max(map(abs, values["plain"])))
    return {
        "name": name,
        "input_shape_nchw": [2, 3, size, size],
        "gain": gain,
        "n_values_filled": filled,
        "head": head,
        "sites": {"kinds": kinds, "channels": channels},
        "t_ct_parameters": 2 * sum(channels),
        "lora_r1_parameters": sum(m.weight.shape[0] + m.weight[0].numel() for m in layers),
        "entries": entries,
        "betas": betas,
        "logits": values,
    }


STEERED = {"sct_b0.7": [0.7, 0.5], "sct_b0.99": [0.99, 0.5]}
SILU = {"silu_start": [0.5, 1.0]}


def zoo(lite):
    sys.path.insert(0, str(lite))
    from efficientnet_lite_pytorch import EfficientNet

    yield golden("mobilenet_v3_small", models.mobilenet_v3_small(num_classes=10), "classifier.3",
                 {"gain": 2.0, "size": 64, "betas": STEERED})
    yield golden("mobilenet_v3_large", models.mobilenet_v3_large(num_classes=10), "classifier.3",
                 {"gain": 1.8, "size": 64, "betas": STEERED})
    yield golden("efficientnet_b1", models.efficientnet_b1(num_classes=10), "classifier.1",
                 {"gain": 2.1, "size": 64, "betas": SILU})
    for name in ["lite0", "lite2"]:
        net = EfficientNet.from_name(f"efficientnet-{name}", image_size=64, num_classes=10)
        yield golden(f"efficientnet_{name}", net, "_fc", {"gain": 1.5, "size": 64, "betas": STEERED})


def vgg(name, size):
    """Output of the convolutions, of 32 channels, and the adaptive pool of the first: without the large head."""
    net = getattr(models, name)(num_classes=10, init_weights=False)
    features = nn.Sequential()
    features.add_module("features", net.features)
    entries, filled = fill(features, 2.0)
    with torch.no_grad():
        y = features(hash_input([2, 3, size, size]))
        pooled = nn.functional.adaptive_avg_pool2d(y, 7)
    print(name, "largest", y.abs().max().item())
    rounded = lambda t: [float(f"{v:.9g}") for v in t.flatten().tolist()]
    return {
        "name": name,
        "input_shape_nchw": [2, 3, size, size],
        "entries": entries,
        "n_values_filled": filled,
        "largest": y.abs().max().item(),
        "conv_output": {"shape": list(y[:, :32].shape), "data": rounded(y[:, :32])},
        "pooled": {"shape": [7, 7], "data": rounded(pooled[0, 0])},
    }


def write(path, networks):
    note = "hash-weight networks in float64, 9 significant digits; written by tools/golden/reference/zoo.py"
    versions = {"python": platform.python_version(), "torch": torch.__version__, "torchvision": torchvision.__version__}
    path.write_text(json.dumps({"note": note, "versions": versions, "models": networks}, separators=(",", ":")) + "\n")
    print(path)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lite", type=Path, required=True)
    args = parser.parse_args()
    torch.set_num_threads(1)
    write(PACKAGES / "ct-models/test/golden/zoo.json", list(zoo(args.lite)))
    sizes = {"vgg11": 64, "vgg11_bn": 96, "vgg16": 32, "vgg19_bn": 32}
    write(PACKAGES / "ct-models/test/golden/vgg.json", [vgg(name, size) for name, size in sizes.items()])


if __name__ == "__main__":
    main()
