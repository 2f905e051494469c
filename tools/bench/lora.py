"""The PyTorch side of tools/bench/lora.mjs: says what it is, then answers each line "lora" or "full" with the
milliseconds of a step.

    python3 lora.py resnet14|resnet18

The network is SmallResNet-14 (3x3 stem of stride 2, three stages of two basic blocks, widths 16, 32, 64), batch 32 at
28x28, or ResNet-18, batch 8 at 224x224; LoRA as the paper's authors have it, two convolutions beside the frozen
one's, in all convolutions but no head; and in the form of one convolution with the changed weight, whose gradient is
that of the full filter.
"""

import json
import os
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F


class LoraConv(nn.Module):
    """Two convolutions: the frozen one, and A to one channel followed by B, 1x1."""

    def __init__(self, conv):
        super().__init__()
        self.conv = conv.requires_grad_(False)
        self.a = nn.Conv2d(conv.in_channels, 1, conv.kernel_size, conv.stride, conv.padding, bias=False)
        self.b = nn.Conv2d(1, conv.out_channels, 1, bias=False)
        nn.init.zeros_(self.b.weight)

    def forward(self, x):
        return self.conv(x) + self.b(self.a(x))


class MergedLoraConv(nn.Module):
    """One convolution with the changed weight, which autograd differentiates: a full filter's gradient."""

    def __init__(self, conv):
        super().__init__()
        self.conv = conv.requires_grad_(False)
        self.a = nn.Parameter(torch.empty(1, conv.weight[0].numel()).uniform_(-0.1, 0.1))
        self.b = nn.Parameter(torch.zeros(conv.out_channels, 1))

    def forward(self, x):
        weight = self.conv.weight + (self.b @ self.a).view_as(self.conv.weight)
        return F.conv2d(x, weight, None, self.conv.stride, self.conv.padding)


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride, conv):
        super().__init__()
        self.conv1, self.bn1 = conv(nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)), nn.BatchNorm2d(outputs)
        self.conv2, self.bn2 = conv(nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)), nn.BatchNorm2d(outputs)
        self.down = None
        if stride != 1 or inputs != outputs:
            self.down = nn.Sequential(conv(nn.Conv2d(inputs, outputs, 1, stride, bias=False)), nn.BatchNorm2d(outputs))

    def forward(self, x):
        y = self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(x)))))
        return torch.relu(y + (x if self.down is None else self.down(x)))


NETWORKS = {
    "resnet14": {"input": (32, 1, 28, 28), "widths": [16, 32, 64], "stem": 3},
    "resnet18": {"input": (8, 3, 224, 224), "widths": [64, 128, 256, 512], "stem": 7},
}


def network(name, conv):
    channels, widths, stem = NETWORKS[name]["input"][1], NETWORKS[name]["widths"], NETWORKS[name]["stem"]
    layers = [
        conv(nn.Conv2d(channels, widths[0], stem, 2, stem // 2, bias=False)),
        nn.BatchNorm2d(widths[0]),
        nn.ReLU(),
    ]
    if stem == 7:
        layers.append(nn.MaxPool2d(3, 2, 1))
    for stage, (inputs, outputs) in enumerate(zip(widths[:1] + widths, widths)):
        layers += [Block(inputs, outputs, 2 if stage else 1, conv), Block(outputs, outputs, 1, conv)]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(widths[-1], 10)).train()


def step_of(name, net):
    parameters = [p for p in net.parameters() if p.requires_grad]
    optimizer = torch.optim.Adam(parameters, 1e-4)
    shape = NETWORKS[name]["input"]
    images, labels = torch.randn(shape), torch.arange(shape[0]) % 10

    def step():
        optimizer.zero_grad(set_to_none=True)
        loss = F.cross_entropy(net(images), labels)
        loss.backward()
        optimizer.step()
        loss.item()

    return step, sum(p.numel() for p in parameters)


def main():
    name = sys.argv[1]
    # As TensorFlow; PyTorch's own choice may be fewer.
    torch.set_num_threads(os.cpu_count())
    torch.manual_seed(0)

    def lora(kind):
        net = network(name, kind)
        for module in net.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.requires_grad_(False)
        return step_of(name, net)

    steps = {
        "lora": lora(LoraConv),
        "lora merged": lora(MergedLoraConv),
        "full": step_of(name, network(name, lambda conv: conv)),
    }
    print(
        json.dumps(
            {
                "torch": torch.__version__,
                "threads": torch.get_num_threads(),
                "parameters": {k: n for k, (_, n) in steps.items()},
            }
        ),
        flush=True,
    )
    for line in sys.stdin:
        begin = time.perf_counter()
        steps[line.strip()][0]()
        print((time.perf_counter() - begin) * 1000, flush=True)


if __name__ == "__main__":
    main()
