"""Writes the parts of tiny published datasets that take another program: JPEG pictures, a MATLAB 7.3 file; BMP pictures; and
resized pictures.

apt-get install python3-{numpy,pil,h5py}             # Debian 12
/usr/bin/python3 tools/golden/published_files.py     # writes packages/data/test/goldens/{published,bmp,fit}/

Every value is computed here; no file comes from elsewhere.
"""

import os

import h5py
import numpy as np
from PIL import Image

ROOT = os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "..", "..", "packages", "data", "test", "goldens", "published"
)
BMP = os.path.join(ROOT, "..", "bmp")
os.makedirs(ROOT, exist_ok=True)
os.makedirs(BMP, exist_ok=True)


def jpeg(name, pixels):
    # At quality 100 a block of one grey is stored without loss.
    Image.fromarray(pixels).save(os.path.join(ROOT, name), quality=100, subsampling=0)


for level in range(20, 221, 40):
    jpeg(f"level-{level}.jpg", np.full((16, 24, 3), level, "u1"))
jpeg("one-channel.jpg", np.full((16, 24), 90, "u1"))
# Block k of 6 x 8, from the left and down, has the level 5 k.
blocks = np.kron(np.arange(48).reshape(6, 8) * 5, np.ones((8, 8))).astype("u1")
jpeg("blocks.jpg", np.stack([blocks] * 3, axis=-1))

# Odd widths, so that rows are padded.
y, x = np.mgrid[0:5, 0:7]
rgb = np.stack([20 * y + x, 30 * x, 250 - 10 * y], axis=-1).astype("u1")
for name, picture in {
    "grey": Image.fromarray(rgb[..., 0]),
    "colour": Image.fromarray(rgb),
    "alpha": Image.fromarray(np.dstack([rgb, rgb[..., :1]])),
    "palette": Image.fromarray((y % 3).astype("u1")).convert("P"),
    "one-bit": Image.fromarray((x % 2 * 255).astype("u1")).convert("1"),
}.items():
    if name == "palette":
        picture.putpalette([10, 20, 30, 40, 50, 60, 70, 80, 90])
    picture.save(os.path.join(BMP, f"{name}.bmp"))

# Noise, which shows every weight: [height, width, 3] bytes and [height, width] floats, and what Pillow makes of them.
FIT = os.path.join(ROOT, "..", "fit")
os.makedirs(FIT, exist_ok=True)
draw = np.random.default_rng(7)
colours = draw.integers(0, 256, (23, 31, 3), "u1")
heat = draw.normal(size=(23, 31)).astype("f4")
ids = draw.integers(0, 9, (23, 31)).astype("i4")
arrays = {"colours": colours, "heat": heat, "ids": ids}
for width, height in [(9, 7), (40, 30), (31, 10), (12, 23)]:
    size = f"{height}x{width}"
    arrays[f"colours-{size}"] = np.array(Image.fromarray(colours).resize((width, height), Image.BILINEAR))
    arrays[f"heat-{size}"] = np.array(Image.fromarray(heat).resize((width, height), Image.BILINEAR))
    arrays[f"ids-{size}"] = np.array(Image.fromarray(ids).resize((width, height), Image.NEAREST))
np.savez(os.path.join(FIT, "pillow.npz"), **arrays)

# As MATLAB writes nyu_depth_v2_labeled.mat: 512 bytes of its own, axes the other way round, cells as references.
frames, height, width = 5, 12, 16
path = os.path.join(ROOT, "nyu.mat")
with h5py.File(path, "w", userblock_size=512) as file:
    f, y, x, c = np.meshgrid(np.arange(frames), np.arange(height), np.arange(width), np.arange(3), indexing="ij")
    images = (40 * f + 3 * y + x + 50 * c).astype("u1")
    f, y, x = f[..., 0], y[..., 0], x[..., 0]
    depths = (f + 1 + y / 8 + x / 64).astype("f4")
    labels = ((f + y) % 7).astype("u2")

    def array(name, data, kind):
        chunks = (1,) + data.shape[1:]
        file.create_dataset(name, data=data, chunks=chunks, compression="gzip").attrs["MATLAB_class"] = np.bytes_(kind)

    array("images", images.transpose(0, 3, 2, 1), "uint8")
    array("depths", depths.transpose(0, 2, 1), "single")
    array("labels", labels.transpose(0, 2, 1), "uint16")
    cells = file.create_dataset("sceneTypes", (1, frames), dtype=h5py.ref_dtype)
    cells.attrs["MATLAB_class"] = np.bytes_("cell")
    for k, scene in enumerate(["kitchen", "bedroom", "cafe", "office", "kitchen"]):
        text = file.create_dataset(f"#refs#/{k}", data=np.array([[ord(letter)] for letter in scene], "u2"))
        text.attrs["MATLAB_class"] = np.bytes_("char")
        cells[0, k] = text.ref
with open(path, "r+b") as file:
    file.write(b"MATLAB 7.3 MAT-file, by h5py".ljust(124) + b"\x00\x02IM")
