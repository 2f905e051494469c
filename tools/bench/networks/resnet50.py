"""The PyTorch side of tools/bench/networks/resnet50.mjs: says what it is, then answers each line with the milliseconds
of a forward pass of torchvision's ResNet-50, batch 8 at 224x224, in evaluation mode, without gradients.

    python3 resnet50.py
"""

import json
import os
import sys
import time

import torch
import torchvision


def main():
    # As TensorFlow; PyTorch's own choice may be fewer.
    torch.set_num_threads(os.cpu_count())
    torch.manual_seed(0)
    net = torchvision.models.resnet50().eval()
    images = torch.randn(8, 3, 224, 224)
    versions = {"torch": torch.__version__, "torchvision": torchvision.__version__}
    print(json.dumps({**versions, "threads": torch.get_num_threads()}), flush=True)
    for _ in sys.stdin:
        begin = time.perf_counter()
        with torch.inference_mode():
            net(images).sum().item()
        print((time.perf_counter() - begin) * 1000, flush=True)


if __name__ == "__main__":
    main()
