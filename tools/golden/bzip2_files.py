"""Writes small bzip2 files with Python's bz2 (libbzip2), for the reader of packages/data.

apt-get install python3                                                   # Debian 12: Python 3.11
/usr/bin/python3 tools/golden/bzip2_files.py                              # writes packages/data/test/goldens/bzip2/

lines.bz2: a stream of blocks of 100 kB, a stream of one block that shrinks from 3 MB of equal bytes, an empty stream.
dump: a Wikipedia dump of 300 articles, each stream a hundred of them, as in a multistream dump, blocks of 100 kB.
"""

import bz2
import os

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "packages", "data", "test", "goldens", "bzip2")
os.makedirs(ROOT, exist_ok=True)


def write(name, streams):
    data = b"".join(bz2.compress(text.encode(), level) for text, level in streams)
    with open(os.path.join(ROOT, name), "wb") as file:
        file.write(data)
    print(name, len(data))


lines = "".join(f"line {i % 97} of the book, page {i % 13}\n" for i in range(12000))
write("lines.bz2", [(lines, 1), ("a" * 3_000_000, 9), ("", 9)])


def page(i):
    text = f"'''Town {i}''' is a [[town]].{{{{Infobox|{i}}}}} " + f"It has {i % 7} streets. " * 60
    return (
        f"  <page>\n    <title>Town {i}</title>\n    <ns>0</ns>\n    <id>{i + 1}</id>\n    <revision>\n      <id>{9000 + i}</id>\n"
        f'      <text bytes="{len(text)}" xml:space="preserve">{text}</text>\n    </revision>\n  </page>\n'
    )


head = '<mediawiki xmlns="http://www.mediawiki.org/xml/export-0.10/" version="0.10" xml:lang="en">\n'
parts = ["".join(page(i) for i in range(start, start + 100)) for start in (0, 100, 200)]
write(
    "townwiki-20260101-pages-articles-multistream.xml.bz2",
    [(head, 1), *((part, 1) for part in parts), ("</mediawiki>\n", 1)],
)
