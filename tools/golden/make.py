"""Writes every golden file. Usage: /usr/bin/python3 tools/golden/make.py [folder instead of the repository's root]"""

import os
import sys

sys.dont_write_bytecode = True  # no __pycache__ in the working tree

import torch

import cross_attention
import encoder
import ops
import optimisers


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    total, count = 0, 0
    print(f"{'file':<77}{'bytes':>8}  worst own error (absolute, over the tensor's largest value)")
    for module in (encoder, cross_attention, optimisers, ops):
        for file in module.files():
            path, size, worst, error, relative = file.write(root)
            print(f"{path:<77}{size:>8}  {error:.1e} {relative:.1e}  {worst}")
            total, count = total + size, count + 1
    print(f"{count} files, {total} bytes")


if __name__ == "__main__":
    main()
