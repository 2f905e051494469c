"""The PyTorch side of tools/bench/loading/dataLoading.mjs: answers each line with the milliseconds of an epoch.

    python3 tools/bench/loading/dataLoading.py FOLDER

Batches of 32 JPEGs of an ImageFolder at 224 pixels, by torchvision's transforms for ImageNet, in two worker processes
that stay from epoch to epoch.
"""
import sys
import time

import torch
import torchvision
from torchvision import transforms

folder = torchvision.datasets.ImageFolder(
    sys.argv[1],
    transforms.Compose([transforms.Resize(256), transforms.CenterCrop(224), transforms.ToTensor()]),
)
loader = torch.utils.data.DataLoader(folder, batch_size=32, num_workers=2, persistent_workers=True)
print(f"torch {torch.__version__}, torchvision {torchvision.__version__}", flush=True)
for line in sys.stdin:
    start = time.perf_counter()
    images = sum(batch.shape[0] for batch, _ in loader)
    assert images == len(folder)
    print(1000 * (time.perf_counter() - start), flush=True)
