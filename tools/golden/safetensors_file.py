"""Writes one .safetensors file. Not a reader, and only the three dtypes that the goldens need."""

import json
import os

import numpy as np

DTYPES = {"float64": "F64", "float32": "F32", "int32": "I32"}


def write_safetensors(path, tensors, metadata):
    """tensors: {name: array of float64 | float32 | int32}; metadata: {key: str}. Returns the file's size in bytes.

    Layout: uint64 header length (little-endian), JSON header padded with spaces to a multiple of 8, raw data.
    Wide dtypes come first, then names in order, so that every tensor starts at a multiple of its element size
    and a typed array can be laid over the file without a copy.
    """
    for key, value in metadata.items():
        assert isinstance(value, str), f"metadata {key!r} is not a string"
    header, chunks, offset = {"__metadata__": dict(sorted(metadata.items()))}, [], 0
    for name in sorted(tensors, key=lambda n: (-tensors[n].dtype.itemsize, n)):
        array = tensors[name]
        little = np.asarray(array, dtype=array.dtype.newbyteorder("<"), order="C")
        data = little.tobytes()
        header[name] = {
            "dtype": DTYPES[array.dtype.name],
            "shape": list(array.shape),
            "data_offsets": [offset, offset + len(data)],
        }
        chunks.append(data)
        offset += len(data)
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=True).encode("ascii")
    text += b" " * (-len(text) % 8)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text + b"".join(chunks))
    return 8 + len(text) + offset
