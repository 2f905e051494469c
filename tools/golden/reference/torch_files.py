# Files of torch.save in every form that ct-torch-file reads, and what they hold. Run with Debian's python3-torch 1.13:
#   /usr/bin/python3 tools/golden/reference/torch_files.py
# Writes *.pth and expected.json into packages/ct-torch-file/test/golden; numbers are from torch.manual_seed(0).
import argparse
import io
import json
import zipfile
from collections import OrderedDict
from pathlib import Path

import torch
from torch import nn

golden = Path(__file__).parents[3] / 'packages/ct-torch-file/test/golden'
torch.manual_seed(0)
net = nn.Sequential(OrderedDict(conv=nn.Conv2d(2, 3, 3), bn=nn.BatchNorm2d(3), fc=nn.Linear(3, 2)))
state = net.state_dict()
row = torch.arange(24, dtype=torch.float32)
dtypes = [torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.int64, torch.int32, torch.int16,
          torch.int8, torch.uint8, torch.bool, torch.complex64]

views = OrderedDict(
    whole=row.view(2, 3, 4),
    transposed=row.view(4, 6).t(),
    every_third=row[1::3],
    expanded=row[5:6].expand(2, 3),
    channels_last=torch.randn(2, 3, 2, 2).contiguous(memory_format=torch.channels_last),
    tail=row[20:],
    scalar=row[7],
    empty=row[:0].view(0, 4),
)
of_dtypes = OrderedDict((str(dtype)[6:], torch.tensor([0, 1, -2.5, 100]).to(dtype).view(2, 2)) for dtype in dtypes)
optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
checkpoint = {
    'epoch': 3,
    'arch': 'tiny',
    'state_dict': OrderedDict((f'module.{name}', nn.Parameter(t) if t.is_floating_point() else t)
                              for name, t in state.items()),
    'best': 0.93,
    'optimizer': optimizer.state_dict(),
}
files = {
    'zip': (state, {}),
    'legacy': (state, {'_use_new_zipfile_serialization': False}),
    'protocol4': (state, {'pickle_protocol': 4}),
    'dtypes': (of_dtypes, {}),
    'dtypes_legacy': (of_dtypes, {'_use_new_zipfile_serialization': False}),
    'views': (views, {}),
    'views_legacy': (views, {'_use_new_zipfile_serialization': False}),
    'checkpoint': (checkpoint, {}),
    'quantised': (OrderedDict(a=torch.quantize_per_tensor(row[:4], 0.5, 0, torch.qint8), b=row[:2].clone()), {}),
    'with_class': ({'model': OrderedDict(a=row[:2].clone()), 'args': argparse.Namespace(lr=0.1)}, {}),
    'module': (net, {}),
}


def told(t):
    if t.is_complex():
        t = torch.view_as_real(t)
    # As float64, in which every value of these types is exact.
    return t.to(torch.float64).flatten().tolist()


expected = {}
for name, (value, options) in files.items():
    path = golden / f'{name}.pth'
    torch.save(value, path, **options)
    entries = value if name not in ('checkpoint', 'with_class') else value.get('state_dict', value.get('model'))
    if name != 'module':
        expected[name] = {key: {'dtype': str(t.dtype)[6:], 'shape': list(t.shape), 'values': told(t)}
                          for key, t in entries.items() if not t.is_quantized}

# The same archive, packed anew as a zip tool would.
packed = io.BytesIO()
with zipfile.ZipFile(golden / 'zip.pth') as source, zipfile.ZipFile(packed, 'w', zipfile.ZIP_DEFLATED) as target:
    for entry in source.infolist():
        target.writestr(zipfile.ZipInfo(entry.filename), source.read(entry), zipfile.ZIP_DEFLATED)
(golden / 'deflated.pth').write_bytes(packed.getvalue())
expected['deflated'] = expected['zip']

text = json.dumps({'torch': torch.__version__, 'files': expected})
(golden / 'expected.json').write_text(text + '\n')
