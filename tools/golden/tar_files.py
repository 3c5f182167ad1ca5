"""Writes small tar archives with Python's tarfile and GNU tar, for the reader and the writer of packages/data.

apt-get install python3 tar                                               # Debian 12: Python 3.11, GNU tar 1.34
/usr/bin/python3 tools/golden/tar_files.py                                # writes packages/data/test/goldens/tar/

Every archive has owner 0 and time 0. Those of GNU tar are made of the files of a temporary folder.
"""

import io
import os
import subprocess
import tarfile
import tempfile

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "packages", "data", "test", "goldens", "tar")
os.makedirs(ROOT, exist_ok=True)

LONG = "a-folder-with-a-long-name/" * 4 + "a-file-with-a-long-name"
FILES = {
    "a/b.c.txt": b"two dots",
    "a/b.cls": b"7",
    "a/c.cls": b"-1",
    "a/c.txt": b"",
    "d.bin": bytes(range(256)) * 2,
    LONG + ".txt": b"a name of more than 100 bytes",
}
ODD = {"\u00fcber/\u96ea.txt": "\u96ea".encode(), "x" * 120 + ".txt": b"no slash to split at"}


def write(name, files, form, change=None):
    with tarfile.open(os.path.join(ROOT, name), "w", format=form) as archive:
        for path, data in files.items():
            entry = tarfile.TarInfo(path)
            entry.size = len(data)
            if change is not None:
                change(entry)
            archive.addfile(entry, io.BytesIO(data if entry.isreg() else b""))


def kind(letter, target=""):
    def change(entry):
        entry.type = letter
        entry.linkname = target
        entry.size = 0

    return change


write("ustar.tar", FILES, tarfile.USTAR_FORMAT)
write("pax.tar", {**FILES, **ODD}, tarfile.PAX_FORMAT)
write("gnu.tar", {**FILES, **ODD}, tarfile.GNU_FORMAT)
write("symlink.tar", {"a.txt": b""}, tarfile.USTAR_FORMAT, kind(tarfile.SYMTYPE, "/etc/passwd"))
write("hardlink.tar", {"a.txt": b""}, tarfile.USTAR_FORMAT, kind(tarfile.LNKTYPE, "b.txt"))
write("fifo.tar", {"a.txt": b""}, tarfile.USTAR_FORMAT, kind(tarfile.FIFOTYPE))
write("climbing.tar", {"../a.txt": b"x"}, tarfile.USTAR_FORMAT)
write("absolute.tar", {"/a.txt": b"x"}, tarfile.USTAR_FORMAT)

with tempfile.TemporaryDirectory() as folder:
    with open(os.path.join(folder, "hole.bin"), "wb") as file:
        file.truncate(1 << 16)
        file.seek(1 << 15)
        file.write(b"x" * 4096)
    os.makedirs(os.path.join(folder, "s"))
    for name, data in {"0.txt": b"zero", "0.cls": b"0", "1.txt": b"one", "1.cls": b"1"}.items():
        with open(os.path.join(folder, "s", name), "wb") as file:
            file.write(data)
    fixed = ["--owner=0", "--group=0", "--numeric-owner", "--mode=644", "--mtime=@0", "--sort=name", "-C", folder]
    run = lambda name, *arguments: subprocess.run(["tar", "-cf", os.path.join(ROOT, name), *fixed, *arguments], check=True)
    run("sparse-gnu.tar", "--format=gnu", "--sparse", "hole.bin")
    run("sparse-pax.tar", "--format=pax", "--sparse", "--pax-option=exthdr.name=%n,delete=atime,delete=ctime", "hole.bin")
    run("folder.tar", "--format=gnu", "--exclude=hole.bin", ".")
