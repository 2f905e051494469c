"""Which modules PEFT's configurations mean, by PEFT's own functions, for the tests of @curvature-tuning/lora-baseline.

versions  Python 3.11.7, peft 0.17 and later (functions of src/peft at 5d602fdbf)
Run: python3 tools/golden/reference/peft_rules.py PEFT_CHECKOUT
It writes packages/ct-lora-baseline/test/golden/peft/rules.json: for each configuration and module name whether PEFT
puts LoRA there
(`check_target_module_exists`), and for each pattern and name which key it takes (`get_pattern_key`). The two
functions are taken out of
the checkout's source, so that torch is not needed.
"""

import ast
import json
import re
import sys
from pathlib import Path
from types import SimpleNamespace

OUT = Path(__file__).resolve().parents[3] / "packages/ct-lora-baseline/test/golden/peft/rules.json"
NAMES = [
    "fc",
    "layer1",
    "layer10",
    "mylayer1",
    "enc.layer1",
    "enc.layer1.conv",
    "model.layers.0.q_proj",
    "model.layers.1.q_proj",
    "model.layers.1.k_proj",
    "model.layers.11.q_proj",
    "model.layers.1.experts.0.q_proj",
    "h.2.q_proj",
    "layer+1",
]
TARGETS = [
    {"target_modules": targets, **rest}
    for targets, rest in [
        (["layer1"], {}),
        (["fc", "q_proj"], {}),
        (["layers.1.q_proj"], {}),
        ([], {}),
        (["model.layers.0.q_proj"], {}),
        ("layer1", {}),
        ("layer.*", {}),
        (r".*\.q_proj", {}),
        (r"model\.layers\.(0|11)\..*", {}),
        ("(?i)LAYER1|FC", {}),
        (r".*layer\d", {}),
        (["q_proj"], {"exclude_modules": ["layers.1.q_proj"]}),
        (["q_proj"], {"exclude_modules": r".*\.0\..*"}),
        (["layer1"], {"exclude_modules": ["layer1"]}),
        (["layer1"], {"exclude_modules": "enc.*"}),
        (["layer1"], {"exclude_modules": []}),
        (["q_proj"], {"layers_to_transform": 1}),
        (["q_proj"], {"layers_to_transform": [0, 2]}),
        (["q_proj"], {"layers_to_transform": []}),
        (["q_proj"], {"layers_to_transform": [1], "layers_pattern": "layers"}),
        (["q_proj"], {"layers_to_transform": [2], "layers_pattern": ["layers", "h"]}),
        (["q_proj"], {"layers_to_transform": [0], "layers_pattern": "experts"}),
        (["q_proj"], {"layers_to_transform": [1, 11], "layers_pattern": []}),
        (["q_proj", "model.layers.11.q_proj"], {"layers_to_transform": [0]}),
    ]
]
PATTERNS = [
    {"layer1": 1},
    {"layer[0-9]+": 1},
    {"ayer1": 1},
    {"^layer1": 1},
    {"^enc.layer1$": 1},
    {"layer": 1},
    {"layer.*": 1},
    {".*": 1},
    {"layers.1.q_proj": 1},
    {r"layers\.(0|1)\.[qk]_proj": 1},
    {"q_proj": 1, "k_proj": 2},
    {"model.*": 1, "q_proj": 2},
    {"q_proj": 1, "model.*": 2},
    {"fc|layer1": 1},
    {"layer+1": 1},
    {r"(?P<stage>layer)\d\d?": 1},
    {r"\w+1": 1},
    {"enc": 1},
    {},
    {"": 1},
    {"q_proj$": 1},
    {r".*\.experts\..*": 1, ".*": 2},
]


def functions(checkout):
    scope = {"re": re, "_ExcludedModule": lambda: False}
    for path, names in [
        ("utils/other.py", ["match_target_against_key", "get_pattern_key"]),
        ("tuners/tuners_utils.py", ["check_target_module_exists"]),
    ]:
        source = (Path(checkout) / "src/peft" / path).read_text()
        for node in ast.parse(source).body:
            if isinstance(node, ast.FunctionDef) and node.name in names:
                code = ast.get_source_segment(source, node)
                exec("from __future__ import annotations\n" + code, scope)
    return scope


def main():
    peft = functions(sys.argv[1])
    targets = []
    for config in TARGETS:
        defaults = {
            "exclude_modules": None,
            "layers_to_transform": None,
            "layers_pattern": None,
            "modules_to_save": None,
        }
        full = SimpleNamespace(**{**defaults, **config})
        targets.append(
            {"config": config, "targeted": [name for name in NAMES if peft["check_target_module_exists"](full, name)]}
        )
    patterns = []
    for pattern in PATTERNS:
        values = {name: pattern.get(peft["get_pattern_key"](pattern.keys(), name)) for name in NAMES}
        patterns.append(
            {"pattern": pattern, "values": {name: value for name, value in values.items() if value is not None}}
        )
    OUT.write_text(json.dumps({"names": NAMES, "targets": targets, "patterns": patterns}, indent=1) + "\n")
    print(OUT, len(targets), "configurations,", len(patterns), "patterns")


if __name__ == "__main__":
    main()
