"""The formula in PyTorch on a card, in the way and at the sizes of ctu-gpu-check:

    python3 besidePytorch.py [--rounds 15] RECORD.json

Needs torch with CUDA; times eager mode and torch.compile beside a copy on the card.
"""
import argparse
import json
import statistics

import torch

EPSILON = 1e-6
WARM_UPS = 3
# Of one sample: several runs where one is shorter.
SAMPLE_MILLISECONDS = 0.5


def phi(x, beta, c):
    s = 1 - beta + EPSILON
    return c * torch.sigmoid(beta * x / s) * x + (1 - c) * s * torch.nn.functional.softplus(x / s)


def normalized(x, beta, c):
    """phi behind batch normalisation in training, without gradients of scale and offset."""
    images = x.permute(0, 3, 1, 2)
    ones, zeros = torch.ones_like(beta), torch.zeros_like(beta)
    z = torch.nn.functional.batch_norm(images, None, None, ones, zeros, training=True, eps=1e-3)
    return phi(z.permute(0, 2, 3, 1), beta, c)


def clipped(x, beta, c):
    return phi(x, beta, c) - phi(x - 6, beta, c)


def both(function, x, beta, c, dy):
    return torch.autograd.grad(function(x, beta, c), (x, beta, c), dy)


def measure(runs, rounds):
    samples, repeats = {name: [] for name in runs}, {name: 1 for name in runs}
    begin, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
    for round in range(-WARM_UPS, rounds):
        for name, run in runs.items():
            begin.record()
            for _ in range(repeats[name]):
                run()
            end.record()
            end.synchronize()
            elapsed = begin.elapsed_time(end) / repeats[name]
            if round >= 0:
                samples[name].append(elapsed)
            else:
                repeats[name] = max(1, int(SAMPLE_MILLISECONDS / elapsed))
    return {name: [statistics.median(of), *quartiles(of)] for name, of in samples.items()}


def quartiles(samples):
    low, _, high = statistics.quantiles(samples, n=4)
    return low, high


def times(images, scalar, rounds):
    # Channels last in memory, as in TensorFlow.
    shape = [images, 56, 56, 64]
    x = torch.randn(shape, device="cuda", requires_grad=True)
    dy = torch.randn(shape, device="cuda")
    y = torch.empty(shape, device="cuda")
    beta = torch.full([] if scalar else [64], 0.9, device="cuda", requires_grad=True)
    c = torch.full([] if scalar else [64], 0.5, device="cuda", requires_grad=True)
    compiled = torch.compile(phi, dynamic=False)
    frozen = [of.detach() for of in (x, beta, c)]
    runs = {
        "copy": lambda: y.copy_(frozen[0]),
        "eager forward": lambda: phi(*frozen),
        "eager forward + backward in all": lambda: both(phi, x, beta, c, dy),
        "torch.compile forward": lambda: compiled(*frozen),
        "torch.compile forward + backward in all": lambda: both(compiled, x, beta, c, dy),
    }
    if not scalar:
        compiled_clipped, compiled_normalized = (torch.compile(f, dynamic=False) for f in (clipped, normalized))
        runs |= {
            "torch.compile clipped forward + backward in all": lambda: both(compiled_clipped, x, beta, c, dy),
            "eager normalize + unit forward + backward in all": lambda: both(normalized, x, beta, c, dy),
            "torch.compile normalize + unit forward + backward in all": lambda: both(compiled_normalized, x, beta, c, dy),
        }
    return {"shape": shape, "parameters": "scalar" if scalar else "per channel", **measure(runs, rounds)}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("record")
    options = parser.parse_args()
    result = {"device": torch.cuda.get_device_name(), "torch": torch.__version__, "times": []}
    for images in (32, 1344):
        for scalar in (False, True):
            torch.compiler.reset()
            result["times"].append(times(images, scalar, options.rounds))
            torch.cuda.empty_cache()
            with open(options.record, "w") as file:
                json.dump(result, file, indent=1)


main()
