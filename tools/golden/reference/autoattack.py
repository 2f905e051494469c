# The AutoAttack original on the golden networks: what experiments/autoattackOriginal.mjs compares with.
#
#   git clone https://github.com/fra31/auto-attack
#   python3 tools/golden/reference/autoattack.py --original auto-attack --net nat --norm Linf --eps 0.05 \
#     --version standard
#
# Prints one JSON object: accuracy after each attack, seconds of each, flags per image. Needs PyTorch (CPU).
import argparse, json, struct, sys, time
from pathlib import Path
import numpy as np, torch
from torch import nn

p = argparse.ArgumentParser()
p.add_argument('--original', required=True, help='a clone of the original')
p.add_argument('--net', default='nat')
p.add_argument('--norm', default='Linf')
p.add_argument('--eps', type=float, default=0.05)
p.add_argument('--version', default='standard')
p.add_argument('--seed', type=int, default=0)
p.add_argument('--images', type=int, default=200)
p.add_argument('--beta', type=float, default=1.0, help='below 1: every ReLU becomes phi(x; beta, 0.5)')
a = p.parse_args()
sys.path.insert(0, a.original)
from autoattack import AutoAttack

golden = Path(__file__).parents[3] / 'packages/ct-robustbench/test/golden'


def load(name):
    raw = (golden / f'{name}.safetensors').read_bytes()
    n = struct.unpack('<Q', raw[:8])[0]
    dtypes = {'F32': np.float32, 'I32': np.int32, 'U8': np.uint8}
    out = {}
    for key, info in json.loads(raw[8 : 8 + n]).items():
        if key != '__metadata__':
            first, last = info['data_offsets']
            out[key] = torch.tensor(
                np.frombuffer(raw[8 + n + first : 8 + n + last], dtypes[info['dtype']]).reshape(info['shape']).copy()
            )
    return out


def activation(x):
    if a.beta == 1:
        return torch.relu(x)
    s = 1 - a.beta + 1e-6
    return 0.5 * x * torch.sigmoid(a.beta * x / s) + 0.5 * s * nn.functional.softplus(x / s)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.conv2, self.conv3 = (nn.Conv2d(i, o, 3, 2, 1) for i, o in ((1, 16), (16, 32), (32, 32)))
        self.fc1, self.fc = nn.Linear(512, 64), nn.Linear(64, 10)

    def forward(self, x):
        for conv in (self.conv1, self.conv2, self.conv3):
            x = activation(conv(x))
        return self.fc(activation(self.fc1(x.flatten(1))))


net = Net()
net.load_state_dict({k: v for k, v in load(f'aa_{a.net}').items() if not k.startswith('_')})
net.eval()
data = load('aa_fashion200')
x, y = data['images_u8'][: a.images].float().div(255)[:, None], data['labels'][: a.images].long()
attack = AutoAttack(net, norm=a.norm, eps=a.eps, seed=a.seed, version=a.version, device='cpu', verbose=False)
# One attack after another on the survivors, as run_standard_evaluation does, with a clock for each.
names = attack.attacks_to_run
robust = net(x).argmax(1) == y
after, seconds = {'clean': robust.float().mean().item()}, {}
begin = time.time()
adversarial = x.clone()
for name in names:
    t = time.time()
    left = robust.nonzero().flatten()
    if len(left):
        attack.attacks_to_run = [name]
        found = attack.run_standard_evaluation(x[left], y[left], bs=250)
        robust[left] &= net(found).argmax(1) == y[left]
        adversarial[left] = found
    after[name], seconds[name] = robust.float().mean().item(), time.time() - t
json.dump(
    {
        'accuracyAfter': after,
        'attackSeconds': seconds,
        'seconds': time.time() - begin,
        'robust': robust.int().tolist(),
        'torch': torch.__version__,
        'threads': torch.get_num_threads(),
    },
    sys.stdout,
)
