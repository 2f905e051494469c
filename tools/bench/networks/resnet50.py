"""The PyTorch side of tools/bench/networks/resnet50.mjs: says what it is, then answers each line with the milliseconds
of a forward pass of torchvision's ResNet-50, batch 8 at 224x224, in evaluation mode, without gradients: `wall` by the
clock, `processor` in time of the processor; with `channels_last` behind it, of images and weights in that form.

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
    images = torch.randn(8, 3, 224, 224)
    net = torchvision.models.resnet50().eval()
    last = torchvision.models.resnet50().eval().to(memory_format=torch.channels_last)
    forms = {"": (net, images), "channels_last": (last, images.to(memory_format=torch.channels_last))}
    versions = {"torch": torch.__version__, "torchvision": torchvision.__version__}
    print(json.dumps({**versions, "threads": torch.get_num_threads()}), flush=True)
    for line in sys.stdin:
        clock, _, form = line.strip().partition(" ")
        model, x = forms[form]
        now = time.perf_counter if clock == "wall" else time.process_time
        begin = now()
        with torch.inference_mode():
            model(x).sum().item()
        print((now() - begin) * 1000, flush=True)


if __name__ == "__main__":
    main()
