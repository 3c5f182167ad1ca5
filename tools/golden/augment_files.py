"""Writes what torchvision makes of small pictures, for the augmentation of packages/tokenizers.

apt-get install python3-torchvision                                      # Debian 12: torch 1.13.0a0, torchvision 0.14.1
/usr/bin/python3 tools/golden/augment_files.py                           # writes packages/tokenizers/test/goldens/augment.json

Pictures are float32 on 0 to 1 in torchvision and bytes here, so the files hold 255 times its results, not rounded.
"""

import json
import os

import torch
import torchvision
import torchvision.transforms.functional as F

HEIGHT, WIDTH = 7, 9

# The tests repeat this rule: value i of a picture [height, width, channels].
def picture(channels):
    i = torch.arange(HEIGHT * WIDTH * channels, dtype=torch.float64)
    values = torch.floor((i * 37 + (i * i) % 91) % 256)
    return (values / 255).reshape(HEIGHT, WIDTH, channels).permute(2, 0, 1).contiguous()


def numbers(x):
    return [round(float(v) * 255, 4) for v in x.permute(1, 2, 0).reshape(-1)]


def main():
    rgb, grey = picture(3), picture(1)
    out = {
        "about": "torchvision.transforms.functional on value i = (37 i + i² mod 91) mod 256 of [7, 9, channels], times 255",
        "madeBy": f"torch {torch.__version__}, torchvision {torchvision.__version__}",
        # top, left, height, width
        "crop": {
            "box": [1, 2, 4, 5],
            "rgb": numbers(F.resized_crop(rgb, 1, 2, 4, 5, [HEIGHT, WIDTH], antialias=False)),
            "grey": numbers(F.resized_crop(grey, 1, 2, 4, 5, [HEIGHT, WIDTH], antialias=False)),
        },
        "brightness": {"factor": 1.3, "rgb": numbers(F.adjust_brightness(rgb, 1.3))},
        "contrast": {
            "factor": 0.6,
            "rgb": numbers(F.adjust_contrast(rgb, 0.6)),
            "grey": numbers(F.adjust_contrast(grey, 0.6)),
        },
        "saturation": {"factor": 1.7, "rgb": numbers(F.adjust_saturation(rgb, 1.7))},
        "hue": {"turn": 0.2, "rgb": numbers(F.adjust_hue(rgb, 0.2))},
        # degrees, about the middle; bilinear, black beyond the border
        "rotate": {
            "degrees": 30,
            "grey": numbers(F.rotate(grey, 30, interpolation=F.InterpolationMode.BILINEAR)),
        },
    }
    root = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
    path = os.path.join(root, "packages", "tokenizers", "test", "goldens", "augment.json")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        json.dump(out, file, ensure_ascii=False)
        file.write("\n")


main()
