"""Writes a LoRA adapter as Hugging Face's PEFT lays it out, and what the adapted network says, for
@curvature-tuning/lora-baseline.

versions  Python 3.11.2, PyTorch 1.13.1, NumPy 1.24.2; PEFT itself is not needed: keys, shapes and fields are those of
          its LoraModel
          (a `lora_A` of the layer's own kind to r channels, a 1x1 `lora_B`; `base_model.model.` before every key)
seed      0
Run: python3 tools/golden/reference/peft_adapter.py
It writes packages/ct-lora-baseline/test/golden/peft/: adapter_model.safetensors, adapter_config.json, and
network.json with the base
network's weights, an input and the outputs with and without the adapter.
"""

import json
import struct
from pathlib import Path

import torch
from torch import nn

OUT = Path(__file__).resolve().parents[3] / "packages/ct-lora-baseline/test/golden/peft"
RANKS, ALPHA = {"features.conv": 2, "proj": 3, "fc": 2}, 4


class Lora(nn.Module):
    """PEFT's forward: the layer, and scaling * B(A(x)) beside it."""

    def __init__(self, layer, rank):
        super().__init__()
        self.layer, self.scaling = layer, ALPHA / rank
        if isinstance(layer, nn.Conv2d):
            self.lora_A = nn.Conv2d(layer.in_channels, rank, layer.kernel_size, layer.stride, layer.padding, bias=False)
            self.lora_B = nn.Conv2d(rank, layer.out_channels, 1, bias=False)
        else:
            self.lora_A, self.lora_B = (
                nn.Linear(layer.in_features, rank, bias=False),
                nn.Linear(rank, layer.out_features, bias=False),
            )
        nn.init.normal_(self.lora_A.weight, std=0.3)
        nn.init.normal_(self.lora_B.weight, std=0.3)

    def forward(self, x):
        return self.layer(x) + self.scaling * self.lora_B(self.lora_A(x))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential()
        self.features.add_module("conv", nn.Conv2d(3, 6, 3, 2, 1, bias=False))
        self.features.add_module("bn", nn.BatchNorm2d(6))
        self.proj = nn.Conv2d(6, 4, 1)
        self.fc = nn.Linear(4, 5)

    def forward(self, x):
        return self.fc(torch.relu(self.proj(torch.relu(self.features(x)))).mean((2, 3)))


def save(path, tensors):
    """The format by hand: header length, JSON header, data, names ascending."""
    header, data = {"__metadata__": {"format": "pt"}}, b""
    for name in sorted(tensors):
        raw = tensors[name].detach().numpy().astype("<f4").tobytes()
        header[name] = {
            "dtype": "F32",
            "shape": list(tensors[name].shape),
            "data_offsets": [len(data), len(data) + len(raw)],
        }
        data += raw
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def flat(tensor):
    return {"shape": list(tensor.shape), "data": [float(f"{v:.9g}") for v in tensor.detach().flatten().tolist()]}


def main():
    torch.manual_seed(0)
    net = Net().eval()
    base = {name: flat(value) for name, value in net.state_dict().items() if "num_batches" not in name}
    x = torch.randn(2, 3, 8, 8)
    plain = flat(net(x))
    # The run that made the adapter moved the statistics of the normalisation.
    bn = net.features.bn
    bn.running_mean.normal_(std=0.2)
    bn.running_var.uniform_(0.5, 1.5)
    for name, rank in RANKS.items():
        owner = net.get_submodule(name.rpartition(".")[0]) if "." in name else net
        setattr(owner, name.rpartition(".")[2], Lora(net.get_submodule(name), rank))
    tensors = {}
    for name in RANKS:
        module = net.get_submodule(name)
        tensors[f"base_model.model.{name}.lora_A.weight"] = module.lora_A.weight
        tensors[f"base_model.model.{name}.lora_B.weight"] = module.lora_B.weight
    for name in ["weight", "bias", "running_mean", "running_var"]:
        tensors[f"base_model.model.features.bn.{name}"] = getattr(bn, name)
    config = {
        "peft_type": "LORA",
        "r": 2,
        "lora_alpha": ALPHA,
        "lora_dropout": 0.0,
        "target_modules": list(RANKS),
        "rank_pattern": {"proj": 3},
        "alpha_pattern": {},
        "modules_to_save": ["features.bn"],
        "bias": "none",
        "fan_in_fan_out": False,
        "use_rslora": False,
        "use_dora": False,
        "init_lora_weights": True,
        "inference_mode": True,
        "task_type": None,
        "base_model_name_or_path": None,
    }
    OUT.mkdir(parents=True, exist_ok=True)
    save(OUT / "adapter_model.safetensors", tensors)
    (OUT / "adapter_config.json").write_text(json.dumps(config, indent=2) + "\n")
    (OUT / "network.json").write_text(
        json.dumps({"base": base, "x": flat(x), "plain": plain, "adapted": flat(net(x))}) + "\n"
    )
    print(OUT, [p.name for p in sorted(OUT.iterdir())])


if __name__ == "__main__":
    main()
