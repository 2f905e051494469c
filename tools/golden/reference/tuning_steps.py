"""Times training steps in PyTorch, eager, float32: JSON of milliseconds, three steps a method.

    python3 tools/golden/reference/tuning_steps.py resnet14|resnet18 BATCH THREADS

The networks are those of tools/bench/tuning.mjs: torchvision's ResNet-18 at 224 x 224, and the small ResNet-14 at
28 x 28. T-CT is the formula of the paper in PyTorch's own operations, one pair per channel and ReLU module.
"""

import json
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn
from torchvision.models import resnet18
from torchvision.models.resnet import BasicBlock, ResNet

torch.manual_seed(1)
NAME, BATCH, THREADS = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
torch.set_num_threads(THREADS)


class TrainableCTU(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.raw_beta = nn.Parameter(torch.full((1, channels, 1, 1), 1.386))
        self.raw_coeff = nn.Parameter(torch.zeros(1, channels, 1, 1))

    def forward(self, x):
        beta, c = torch.sigmoid(self.raw_beta), torch.sigmoid(self.raw_coeff)
        s = 1 - beta + 1e-6
        return c * x * torch.sigmoid(beta * x / s) + (1 - c) * s * F.softplus(x / s)


def small_resnet14():
    net = ResNet(BasicBlock, [2, 2, 2, 1], num_classes=10)
    net.inplanes = 16
    net.conv1 = nn.Conv2d(1, 16, 3, stride=2, padding=1, bias=False)
    net.bn1 = nn.BatchNorm2d(16)
    net.maxpool = nn.Identity()
    net.layer1 = net._make_layer(BasicBlock, 16, 2)
    net.layer2 = net._make_layer(BasicBlock, 32, 2, stride=2)
    net.layer3 = net._make_layer(BasicBlock, 64, 2, stride=2)
    net.layer4 = nn.Identity()
    net.fc = nn.Linear(64, 10)
    return net


def build():
    if NAME == "resnet14":
        return small_resnet14(), (1, 28, 28)
    return resnet18(num_classes=10), (3, 224, 224)


def curve(net):
    """Replaces every ReLU module by a trainable unit; its channels are found by one run."""
    channels = {}
    hooks = [
        m.register_forward_hook(lambda m, _, y: channels.__setitem__(m, y.shape[1]))
        for m in net.modules()
        if isinstance(m, nn.ReLU)
    ]
    with torch.no_grad():
        net.eval()(torch.zeros(1, *build()[1]))
    for hook in hooks:
        hook.remove()
    for parent in list(net.modules()):
        for child_name, child in list(parent.named_children()):
            if child in channels:
                setattr(parent, child_name, TrainableCTU(channels[child]))
    return net


def steps(method):
    net, shape = build()
    if method != "full fine-tuning":
        net.requires_grad_(False)
    if method == "T-CT":
        curve(net)
    net.fc.requires_grad_(True)
    net.train()
    optimizer = torch.optim.Adam([p for p in net.parameters() if p.requires_grad], lr=1e-3)
    x, y = torch.randn(BATCH, *shape), torch.arange(BATCH) % 10
    times = []
    for _ in range(4):
        begin = time.perf_counter()
        optimizer.zero_grad()
        loss = F.cross_entropy(net(x), y)
        loss.backward()
        optimizer.step()
        loss.item()
        times.append((time.perf_counter() - begin) * 1000)
    return times[1:]


print(json.dumps({method: steps(method) for method in ("T-CT", "full fine-tuning", "head, batch norm adapts")}))
