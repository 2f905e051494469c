"""Writes golden logits of networks with hash weights, for @curvature-tuning/models to agree with.

Weights and input follow the rule documented in packages/ct-models/src/hashWeights.ts; arithmetic is float64 on weights
rounded to float32. Steered: phi(x) = c x sigmoid(b x / s) + (1 - c) s softplus(x / s), s = 1 - b + 1e-6; relu6 becomes
phi(x) - phi(x - 6), also the one inside hard-swish, x relu6(x + 3) / 6; hard sigmoids stay. Every activation that is
called counts as a site, functional ones too.

versions  Python 3.11.2, PyTorch 1.13.1, torchvision 0.14.1 (CPU), efficientnet_lite_pytorch 0.1.0 of PyPI
          RobustBench 78fcc9e, github.com/Leon-Leyang/curvature-tuning 86e689d
Run: python3 tools/golden/reference/zoo.py --lite WHEEL --robustbench CHECKOUT --reference CHECKOUT
          WHEEL is where efficientnet_lite_pytorch is unpacked
writes    zoo.json and vgg.json in packages/ct-models/test/golden
"""

import argparse
import importlib.util
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
        if not old.is_floating_point():
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


class Sites:
    """The activations of a network in the order of its calls, steered where a curvature is set.

    They are caught where modules and functions meet, in torch.nn.functional, so that functional ones count as well.
    """

    KINDS = {"relu": "relu", "hardtanh": "relu6", "silu": "silu", "gelu": "gelu", "hardswish": "relu6"}

    def __init__(self, axis, once=()):
        self.axis, self.curvature, self.kinds, self.channels = axis, None, [], []
        self.counts, self.hooks = True, [m.register_forward_pre_hook(self.enter(set())) for m in once]

    def enter(self, seen):
        """A hook that has a module's first call counted alone."""

        def hook(*_):
            self.counts = not seen
            seen.add(True)

        return hook

    def __enter__(self):
        self.originals = {name: getattr(nn.functional, name) for name in self.KINDS}
        for name in self.KINDS:
            setattr(nn.functional, name, lambda x, *args, name=name, **options: self.call(name, x, options))
        return self

    def __exit__(self, *_):
        for name, function in self.originals.items():
            setattr(nn.functional, name, function)
        for hook in self.hooks:
            hook.remove()

    def call(self, name, x, options):
        if self.counts:
            self.kinds.append(self.KINDS[name])
            self.channels.append(x.shape[self.axis if x.dim() == 4 else 1])
        self.counts = True
        if name == "hardswish":
            return x * self.unit("relu6", x + 3) / 6
        return self.unit(self.KINDS[name], x)

    def unit(self, kind, x):
        if self.curvature is not None:
            return phi(x, *self.curvature) - (phi(x - 6, *self.curvature) if kind == "relu6" else 0)
        if kind == "silu":
            return x * torch.sigmoid(x)
        if kind == "gelu":
            return x * (1 + torch.erf(x / math.sqrt(2))) / 2
        return torch.clamp(x, 0, 6 if kind == "relu6" else math.inf)


def golden(name, net, head, gain, size, betas, axis=1, once=(), float32=False, **special):
    """What packages/ct-lora-baseline/test/zoo.ts reads of a network.

    size is a side or height and width; once are the modules that count as one site however often they are called, as
    the ReLU of torchvision's basic blocks, of which the reference's surgery makes one unit; float32 adds how far
    PyTorch is off in float32, as a part of the largest logit; special has what differs from a network of 10 classes
    built by its name alone: classes, options of createModel, and the label that tells it from others of the name.
    """
    entries, filled = fill(net, gain)
    shape = [2, 3, *(size if isinstance(size, tuple) else (size, size))]
    x = hash_input(shape)

    def logits(curvature, x=x):
        with Sites(axis, once) as sites, torch.no_grad():
            sites.curvature = curvature
            return [float(f"{v:.9g}") for v in net(x).flatten().tolist()], sites

    plain, sites = logits(None)
    values = {"plain": plain, **{key: logits(curvature)[0] for key, curvature in betas.items()}}
    layers = [m for key, m in net.named_modules() if isinstance(m, (nn.Conv2d, nn.Linear)) and key != head]
    if float32:
        net.float()
        special["float32_error"] = {
            key: float(f"{relative(logits(betas.get(key), x.float())[0], value):.2g}") for key, value in values.items()
        }
    print(name, "largest |logit|", {key: max(map(abs, value)) for key, value in values.items()}, flush=True)
    return {
        "name": name,
        **special,
        "input_shape_nchw": shape,
        "gain": gain,
        "n_values_filled": filled,
        "head": head,
        "sites": {"kinds": sites.kinds, "channels": sites.channels},
        "t_ct_parameters": 2 * sum(sites.channels),
        "lora_r1_parameters": sum(m.weight.shape[0] + m.weight[0].numel() for m in layers),
        "entries": entries,
        "betas": betas,
        "logits": values,
    }


def relative(got, exact):
    return max(abs(a - b) for a, b in zip(got, exact)) / max(map(abs, exact))


STEERED = {"sct_b0.7": [0.7, 0.5], "sct_b0.99": [0.99, 0.5]}
SILU = {"silu_start": [0.5, 1.0]}
GELU = {"gelu_start_best_max": [0.639372, 1.0]}


def torchvision_networks():
    def of(name, head, gain, size, betas, axis=1, classes=10, **special):
        net = getattr(models, name)(num_classes=classes)
        if classes != 10:
            special = {"classes": classes, "label": f"{name} of {classes} classes", **special}
        return golden(name, net, head, gain, size, betas, axis, **special)

    yield of("mobilenet_v3_small", "classifier.3", 2.0, 64, STEERED)
    yield of("mobilenet_v3_large", "classifier.3", 1.8, 64, STEERED)
    yield of("mobilenet_v2", "classifier.1", 1.5, (70, 45), STEERED, classes=7)
    yield of("efficientnet_b1", "classifier.1", 2.1, 64, SILU)
    yield of("efficientnet_b2", "classifier.1", 2.1, (48, 80), SILU)
    yield of("efficientnet_b4", "classifier.1", 1.8, 33, SILU, classes=3)
    yield of("efficientnet_b5", "classifier.1", 1.6, 32, SILU)
    # Where gain makes each layer's error that of all the following, PyTorch itself is off by more than 5e-6.
    special = {"float32": True, "label": "efficientnet_b4 of gain 2.1"}
    yield of("efficientnet_b4", "classifier.1", 2.1, 33, SILU, classes=3, **special)
    yield of("efficientnet_b3", "classifier.1", 2.1, 64, SILU, float32=True)
    resnet34 = models.resnet34(num_classes=10)
    relus = [module for module in resnet34.modules() if isinstance(module, nn.ReLU)]
    yield golden("resnet34", resnet34, "fc", 1.0, 64, STEERED, once=relus)
    yield of("resnet152", "fc", 1.0, 64, STEERED)
    yield of("resnet101", "fc", 1.0, (33, 50), STEERED)
    yield of("swin_s", "head", 2.0, 64, GELU, axis=-1)
    yield of("swin_t", "head", 2.0, (100, 61), GELU, axis=-1, classes=3)
    swin = models.swin_s(num_classes=10)
    for parent in list(swin.modules()):
        for key, child in parent.named_children():
            if isinstance(child, nn.GELU):
                setattr(parent, key, nn.ReLU())
    yield golden("swin_s_relu", swin, "head", 2.0, 64, STEERED, axis=-1)
    yield of("convnext_tiny", "classifier.2", 2.0, (77, 45), GELU, axis=-1, classes=5)
    yield of("convnext_small", "classifier.2", 2.0, 64, GELU, axis=-1)


def lite_networks(folder):
    sys.path.insert(0, str(folder))
    from efficientnet_lite_pytorch import EfficientNet

    for number in range(5):
        net = EfficientNet.from_name(f"efficientnet-lite{number}", image_size=64, num_classes=10)
        yield golden(f"efficientnet_lite{number}", net, "_fc", 1.5, 64, STEERED)


def module_of(path):
    """A file as a module, without the package it lies in."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def reference_networks(checkout):
    reference = module_of(checkout / "utils/model.py")
    for depth, gain in [(34, 1.0), (101, 1.0)]:
        net = getattr(reference, f"resnet{depth}")(num_classes=10)
        yield golden(f"ref_resnet{depth}", net, "fc", gain, 32, STEERED)
    yield golden("ref_resnet18", reference.resnet18(num_classes=100), "fc", 2.0, (20, 36), STEERED, classes=100,
                 label="ref_resnet18 of 100 classes")


def robustbench_networks(checkout):
    folder = checkout / "robustbench/model_zoo/architectures"
    resnet, wide, dm = [module_of(folder / f"{name}.py") for name in ("resnet", "wide_resnet", "dm_wide_resnet")]
    yield golden("rb_resnet34", resnet.ResNet34(), "linear", 1.0, 32, STEERED)
    yield golden("rb_resnet50", resnet.ResNet50(), "linear", 1.0, 32, STEERED)
    basic = lambda block, blocks, **options: resnet.PreActResNet(block, blocks, **options)
    yield golden("rb_preactresnet18", basic(resnet.PreActBlock, [2, 2, 2, 2], bn_before_fc=True), "linear", 1.0, 32,
                 STEERED, options={"bnBeforeFc": True}, label="rb_preactresnet18 with bnBeforeFc")
    yield golden("rb_preactresnet18", basic(resnet.PreActBlockV2, [2, 2, 2, 2]), "linear", 1.0, 32,
                 STEERED, options={"outShortcut": True}, label="rb_preactresnet18 with outShortcut")
    yield golden("rb_preactresnet34", basic(resnet.PreActBlock, [3, 4, 6, 3]), "linear", 1.0, 32, STEERED)
    yield golden("wrn_40_2", wide.WideResNet(40, 10, 2), "fc", 1.0, 32, STEERED)
    yield golden("wrn_22_2", wide.WideResNet(22, 100, 2), "fc", 2.0, 32, STEERED, classes=100)
    yield golden("wrn_10_1", wide.WideResNet(10, 10, 1), "fc", 2.0, 32, STEERED)
    of = lambda **options: dm.DMWideResNet(**options)
    yield golden("dm_wrn_22_1", of(depth=22, width=1, activation_fn=nn.SiLU), "logits", 1.0, 32, SILU)
    yield golden("dm_wrn_28_4", of(depth=28, width=4, activation_fn=nn.SiLU), "logits", 1.0, 32, SILU)
    yield golden("dm_wrn_16_2_relu", of(depth=16, width=2), "logits", 2.0, 32, STEERED)
    other = {"mean": list(dm.CIFAR100_MEAN), "std": list(dm.CIFAR100_STD)}
    yield golden("dm_wrn_10_2", of(num_classes=100, depth=10, width=2, activation_fn=nn.SiLU, **other), "logits", 1.0,
                 32, SILU, classes=100, options=other, label="dm_wrn_10_2 of 100 classes")
    yield golden("dm_preact18_relu", dm.DMPreActResNet(depth=18), "logits", 1.0, 32, STEERED)
    yield golden("dm_preact34", dm.DMPreActResNet(depth=34, activation_fn=nn.SiLU), "logits", 1.0, 32, SILU)


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
    for name in ["lite", "robustbench", "reference"]:
        parser.add_argument(f"--{name}", type=Path, required=True)
    args = parser.parse_args()
    torch.set_num_threads(1)
    networks = [
        *torchvision_networks(),
        *lite_networks(args.lite),
        *reference_networks(args.reference),
        *robustbench_networks(args.robustbench),
    ]
    write(PACKAGES / "ct-models/test/golden/zoo.json", networks)
    sizes = {"vgg11": 64, "vgg11_bn": 96, "vgg16": 32, "vgg19_bn": 32}
    write(PACKAGES / "ct-models/test/golden/vgg.json", [vgg(name, size) for name, size in sizes.items()])


if __name__ == "__main__":
    main()
