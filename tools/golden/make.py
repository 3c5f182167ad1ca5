"""Writes every golden file, or those whose path holds a word.

Usage: /usr/bin/python3 tools/golden/make.py [folder instead of the repository's root] [--only word]
"""

import os
import sys

sys.dont_write_bytecode = True  # no __pycache__ in the working tree

import torch

import cnn
import cross_attention
import decoder
import encoder
import multi_head_attention
import ops
import optimisers
import update_rules
import vision_transformer


def main():
    arguments = sys.argv[1:]
    only = ""
    if "--only" in arguments:
        at = arguments.index("--only")
        only = arguments[at + 1]
        del arguments[at : at + 2]
    root = arguments[0] if arguments else os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    total, count = 0, 0
    print(f"{'file':<77}{'bytes':>8}  worst own error (absolute, over the tensor's largest value)")
    for module in (cnn, encoder, cross_attention, decoder, multi_head_attention, optimisers, update_rules, vision_transformer, ops):
        for file in module.files():
            if only not in file.path:
                continue
            path, size, worst, error, relative = file.write(root)
            print(f"{path:<77}{size:>8}  {error:.1e} {relative:.1e}  {worst}")
            total, count = total + size, count + 1
    print(f"{count} files, {total} bytes")


if __name__ == "__main__":
    main()
