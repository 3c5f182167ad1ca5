"""Writes small videos that need no decoder, and their frames as RGB, for packages/data.

apt-get install python3-numpy python3-pil                                 # Debian 12: NumPy 1.24.2, Pillow 9.4.0
/usr/bin/python3 tools/golden/video_files.py                              # writes packages/data/test/goldens/video/

Y4M files are packed here after the description of the format; their colours are turned to RGB by the matrix of ITU-R BT.601 in
float64. Frames as pictures, and frames of other sizes, come from Pillow.
"""

import os

import numpy as np
from PIL import Image

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "packages", "data", "test", "goldens", "video")
os.makedirs(ROOT, exist_ok=True)

random = np.random.RandomState(20240607)
HEIGHT, WIDTH, FRAMES = 11, 13, 5


def rgb(luma, u, v, full):
    """The columns of the inverse of BT.601's matrix, from its two constants."""
    kr, kb = 0.299, 0.114
    kg = 1 - kr - kb
    y = luma / 255 if full else (luma - 16.0) / 219
    cb, cr = ((u - 128.0) / 255, (v - 128.0) / 255) if full else ((u - 128.0) / 224, (v - 128.0) / 224)
    red = y + 2 * (1 - kr) * cr
    blue = y + 2 * (1 - kb) * cb
    green = (y - kr * red - kb * blue) / kg
    return np.clip(np.rint(255 * np.stack([red, green, blue], -1)), 0, 255).astype(np.uint8)


def y4m(name, layout, across, down, extra="", full=False, header=True):
    frames = []
    with open(os.path.join(ROOT, name + ".y4m"), "wb") as file:
        file.write(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F10:1 Ip A1:1{f' C{layout}' if header else ''}{extra}\n".encode())
        for number in range(FRAMES):
            columns, rows = np.arange(WIDTH), np.arange(HEIGHT)
            luma = np.clip(40 * number + 6 * columns + 5 * rows[:, None] + random.randint(-20, 20, (HEIGHT, WIDTH)), 0, 255)
            file.write(b"FRAME" + (b" Xnote" if number == 2 else b"") + b"\n" + luma.astype(np.uint8).tobytes())
            u = v = np.full((HEIGHT, WIDTH), 128)
            if across:
                size = (-(-HEIGHT // down), -(-WIDTH // across))
                planes = [random.randint(60, 200, size) for _ in range(2)]
                file.write(b"".join(plane.astype(np.uint8).tobytes() for plane in planes))
                u, v = [p.repeat(down, 0)[:HEIGHT].repeat(across, 1)[:, :WIDTH] for p in planes]
            frames.append(rgb(luma, u, v, full))
    np.save(os.path.join(ROOT, name + ".npy"), np.stack(frames))
    return np.stack(frames)


frames = y4m("420", "420jpeg", 2, 2, header=False)
y4m("422", "422", 2, 1)
y4m("444", "444", 1, 1, extra=" XCOLORRANGE=FULL", full=True)
y4m("mono", "mono", 0, 0)

os.makedirs(os.path.join(ROOT, "png"), exist_ok=True)
os.makedirs(os.path.join(ROOT, "jpeg"), exist_ok=True)
decoded = []
for number, frame in enumerate(frames):
    picture = Image.fromarray(frame)
    picture.save(os.path.join(ROOT, "png", f"frame-{number + 1:03}.png"))
    path = os.path.join(ROOT, "jpeg", f"clip 7 {2 * number}.jpg")
    picture.save(path, quality=90)
    decoded.append(np.asarray(Image.open(path)))
np.save(os.path.join(ROOT, "jpeg.npy"), np.stack(decoded))
small = [np.asarray(Image.fromarray(frame).resize((6, 5), Image.BILINEAR)) for frame in frames]
np.save(os.path.join(ROOT, "420-5x6.npy"), np.stack(small))
