# Golden values of the corruptions without randomness, from numpy, SciPy and Pillow.
#
#   python3 tools/golden/reference/corruptions.py > packages/ct-robustbench/test/golden/corruptions.json
#
# The images are bytes from a formula, so that any language can make them. OpenCV's and scikit-image's parts (blurred
# disk, 2-D correlation, HSV) are written out here from their definitions. Written with Python 3, numpy, SciPy, Pillow;
# versions in the output.
import io, json, sys, colorsys
import numpy as np, scipy, PIL
from scipy import ndimage
from PIL import Image


def image(side, channels):
    y, x, c = np.meshgrid(np.arange(side), np.arange(side), np.arange(channels), indexing='ij')
    smooth = 127.5 + 90 * np.sin(x * 0.37 + c) * np.cos(y * 0.23 - 0.5 * c)
    rough = (x * 7919 + y * 104729 + c * 1299709) % 31 - 15
    return np.clip(smooth + rough, 0, 255).astype(np.uint8)


def disk(radius, edge):
    half = 8 if radius <= 8 else radius
    r = np.arange(-half, half + 1)
    X, Y = np.meshgrid(r, r)
    d = (X**2 + Y**2 <= radius**2).astype(np.float64)
    d /= d.sum()
    reach = 1 if radius <= 8 else 2
    k = np.exp(-(np.arange(-reach, reach + 1) ** 2) / (2 * edge**2))
    k /= k.sum()
    return ndimage.correlate(d, np.outer(k, k), mode='mirror')


def zoom(img, factor):
    h = img.shape[0]
    ch = int(np.ceil(h / factor))
    top = (h - ch) // 2
    z = ndimage.zoom(img[top : top + ch, top : top + ch], (factor, factor, 1), order=1)
    t = (z.shape[0] - h) // 2
    return z[t : t + h, t : t + h]


def defocus(x, c):
    return np.stack([ndimage.correlate(x[..., d], disk(*c), mode='mirror') for d in range(x.shape[2])], 2)


def zoom_blur(x, c):
    factors = np.arange(1, c[0], c[1])
    return (x + sum(zoom(x, f) for f in factors)) / (len(factors) + 1)


def brightness(x, c):
    if x.shape[2] == 1:
        return x + c[0]
    out = np.empty_like(x)
    for i in np.ndindex(x.shape[:2]):
        h, s, v = colorsys.rgb_to_hsv(*x[i])
        out[i] = colorsys.hsv_to_rgb(h, s, min(v + c[0], 1))
    return out


def contrast(x, c):
    m = x.mean((0, 1), keepdims=True)
    return (x - m) * c[0] + m


def pil(x):
    b = np.round(x * 255).astype(np.uint8)
    return Image.fromarray(b[..., 0] if b.shape[2] == 1 else b)


def back(i):
    a = np.array(i).astype(np.float64) / 255
    return a[..., None] if a.ndim == 2 else a


def jpeg(x, c):
    f = io.BytesIO()
    pil(x).save(f, 'JPEG', quality=c[0])
    return back(Image.open(f))


def pixelate(x, c):
    h, w = x.shape[:2]
    return back(pil(x).resize((int(w * c[0]), int(h * c[0])), Image.BOX).resize((w, h), Image.BOX))


cases = [
    ('defocus_blur', defocus, 'cifar', [(0.3, 0.4), (0.5, 0.6), (1.5, 0.1)]),
    ('defocus_blur', defocus, 'imagenet', [(3, 0.1), (10, 0.5)]),
    ('zoom_blur', zoom_blur, 'cifar', [(1.06, 0.01), (1.26, 0.01)]),
    ('zoom_blur', zoom_blur, 'imagenet', [(1.11, 0.01), (1.31, 0.03)]),
    ('brightness', brightness, 'cifar', [(0.05,), (0.3,)]),
    ('brightness', brightness, 'imagenet', [(0.1,), (0.5,)]),
    ('contrast', contrast, 'cifar', [(0.75,), (0.15,)]),
    ('contrast', contrast, 'imagenet', [(0.4,), (0.05,)]),
    ('pixelate', pixelate, 'cifar', [(0.95,), (0.65,)]),
    ('pixelate', pixelate, 'imagenet', [(0.6,), (0.25,)]),
    ('jpeg_compression', jpeg, 'cifar', [(80,), (40,)]),
    ('jpeg_compression', jpeg, 'imagenet', [(25,), (7,)]),
]
severities = {('defocus_blur', 'cifar'): [1, 3, 5]}
out = {
    'versions': {'numpy': np.__version__, 'scipy': scipy.__version__, 'pillow': PIL.__version__},
    'images': {},
    'cases': [],
}
for side, channels in ((32, 3), (29, 1)):
    out['images'][f'{side}x{channels}'] = image(side, channels).ravel().tolist()
    x = image(side, channels) / 255.0
    for name, f, variant, strengths in cases:
        for s, c in zip(severities.get((name, variant), [1, 5]), strengths):
            y = np.clip(f(x, c), 0, 1)
            out['cases'].append(
                {
                    'type': name,
                    'variant': variant,
                    'severity': s,
                    'side': side,
                    'channels': channels,
                    'data': [round(float(v), 6) for v in y.ravel()],
                }
            )
json.dump(out, sys.stdout)
