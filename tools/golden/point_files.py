"""Writes small point clouds and meshes with programs other than ours, for the readers of packages/data.

apt-get install python3-meshio python3-numpy pcl-tools                   # Debian 12: meshio 5.0.0, PCL 1.13.0
/usr/bin/python3 tools/golden/point_files.py                              # writes packages/data/test/goldens/points/

OFF, OBJ and PLY come from meshio, PCD from the Point Cloud Library. Nothing in Debian writes LAS: those files are packed
here after the tables of the specification (ASPRS LAS 1.4 R15).
"""

import os
import re
import struct
import subprocess

import meshio
import numpy as np

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "packages", "data", "test", "goldens", "points")
os.makedirs(ROOT, exist_ok=True)


def at(name):
    return os.path.join(ROOT, name)


# An open box: 8 corners, 2 triangles, 4 quads. The tests repeat these numbers.
CORNERS = np.array([[x, y, z] for z in (0, 1.5) for y in (-0.25, 2) for x in (0, 0.1)], "<f8")
TRIANGLES = np.array([[0, 1, 3], [0, 3, 2]])
QUADS = np.array([[0, 1, 5, 4], [1, 3, 7, 5], [3, 2, 6, 7], [2, 0, 4, 6]])


def meshes():
    triangles = np.vstack([TRIANGLES, QUADS[:, [0, 1, 2]], QUADS[:, [0, 2, 3]]])
    meshio.write(at("box.off"), meshio.Mesh(CORNERS, [("triangle", triangles)]))
    both = [("triangle", TRIANGLES), ("quad", QUADS)]
    meshio.write(at("box.obj"), meshio.Mesh(CORNERS, both))
    data = {
        "label": np.array([0, 1, 2, 3, 16777217, 5, 6, 2**31 - 1], "<i4"),
        "red": np.arange(8, dtype="u1") * 36,
        "depth": np.array([-32768, 32767, 0, 1, 2, 3, 4, 5], "<i2"),
        "weight": np.arange(8) / 7,
    }
    mesh = meshio.Mesh(CORNERS.astype("<f4"), both, point_data=data)
    meshio.write(at("box-ascii.ply"), mesh, binary=False)
    meshio.write(at("box-le.ply"), mesh, binary=True)
    for name in ("box.obj", "box-ascii.ply", "box-le.ply"):
        with open(at(name), "rb") as file:
            content = file.read()
        with open(at(name), "wb") as file:
            file.write(re.sub(rb"(Created by meshio)[^\n]*", rb"\1", content))  # without the hour
    # meshio writes the byte order of the machine; the other one is the same bytes turned round, value by value.
    with open(at("box-le.ply"), "rb") as file:
        head, body = file.read().split(b"end_header\n", 1)
    vertex = np.dtype([("x", "f4"), ("y", "f4"), ("z", "f4"), ("a", "i4"), ("b", "u1"), ("c", "i2"), ("d", "f8")])
    out = np.frombuffer(body, vertex, 8).astype(vertex.newbyteorder(">")).tobytes()
    rest = body[8 * vertex.itemsize :]
    for corners, count in ((3, 2), (4, 4)):
        face = np.dtype([("n", "u1"), ("at", "i4", corners)])
        out += np.frombuffer(rest, face, count).astype(face.newbyteorder(">")).tobytes()
        rest = rest[count * face.itemsize :]
    assert rest == b"", rest
    with open(at("box-be.ply"), "wb") as file:
        file.write(head.replace(b"little", b"big") + b"end_header\n" + out)


def pcd():
    source = at("cloud-source.pcd")
    rows = [
        f"{i * 0.25} {-i} {i % 3} {np.array([(i << 16) | (2 * i << 8) | 255], '<u4').view('<f4')[0]:.9g} {i * 1000} 0 0 1"
        for i in range(40)
    ]
    with open(source, "w") as file:
        file.write("# .PCD v0.7 - Point Cloud Data file format\nVERSION 0.7\nFIELDS x y z rgb label normal\n")
        file.write("SIZE 4 4 4 4 4 4\nTYPE F F F F U F\nCOUNT 1 1 1 1 1 3\nWIDTH 20\nHEIGHT 2\n")
        file.write("VIEWPOINT 0 0 0 1 0 0 0\nPOINTS 40\nDATA ascii\n" + "\n".join(rows) + "\n")
    for kind, name in enumerate(("ascii", "binary", "compressed")):
        run = ["pcl_convert_pcd_ascii_binary", source, at(f"cloud-{name}.pcd"), str(kind)]
        subprocess.run(run, check=True, capture_output=True)
    os.remove(source)


def las():
    for minor, formats in ((2, (0, 1, 2, 3)), (4, (6, 7, 8))):
        for kind in formats:
            points = b""
            for i in range(3):
                place = struct.pack("<iiiH", 1000 * i - 5, 250000 + i, -7 * i, 65535 - i)
                if kind < 6:
                    bits = (i + 1) | 3 << 3 | (i & 1) << 6 | (i >> 1) << 7
                    point = place + struct.pack("<BBbBH", bits, (i + 2) | 5 << 5, -90 + i, 200 + i, 1000 + i)
                else:
                    flags = 0b1010 | i << 4 | (i & 1) << 6 | (i >> 1) << 7
                    point = place + struct.pack("<BBBBhH", (i + 1) | 15 << 4, flags, 64 + i, 200 + i, -15000 + i, 1000 + i)
                if kind in (1, 3, 6, 7, 8):
                    point += struct.pack("<d", 1e9 + i / 8)
                if kind in (2, 3, 7, 8):
                    point += struct.pack("<HHH", 65535, 256 * i, i)
                if kind == 8:
                    point += struct.pack("<H", 40000 + i)
                points += point + b"\xab" * (2 if kind == 3 else 0)  # extra bytes
            stride = len(points) // 3
            size = 375 if minor == 4 else 227
            head = struct.pack("<4sHHIHH8sBB32s32sHHHIIBHI", b"LASF", 0, 0, 0, 0, 0, b"", 1, minor, b"", b"", 1, 2026,
                               size, size, 0, kind, stride, 0 if minor == 4 else 3)
            head += struct.pack("<5I", 3, 0, 0, 0, 0)
            head += struct.pack("<6d", 0.001, 0.001, 0.01, 500000, 4000000, 100) + struct.pack("<6d", *[0] * 6)
            if minor == 4:
                head += struct.pack("<QQIQ15Q", 0, 0, 0, 3, *[0] * 15)
            assert len(head) == size
            with open(at(f"format{kind}.las"), "wb") as file:
                file.write(head + points)


meshes()
pcd()
las()
