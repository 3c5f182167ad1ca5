"""Writes small pictures and arrays with programs other than ours, for the readers of packages/data.

apt-get install python3-{numpy,scipy,pil,tifffile,h5py,pydicom,gdal,spectral,gdcm} dcmtk    # Debian 12
/usr/bin/python3 tools/golden/raster_files.py [format ...]               # writes packages/data/test/goldens/<format>/

Every value is computed here; no file comes from elsewhere.
"""

import io
import os
import struct
import subprocess
import sys
import zlib

sys.dont_write_bytecode = True

import gdcm
import h5py
import numpy as np
import pydicom
import pydicom.encaps
import spectral
import tifffile
from osgeo import gdal, osr
from PIL import Image
from scipy.io import loadmat, savemat
from scipy.sparse import coo_matrix

gdal.UseExceptions()

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "packages", "data", "test", "goldens")


def at(name):
    path = os.path.join(ROOT, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    return path


def ramp(shape, dtype, step=1, start=0):
    """start, start + step, ... in row-major order: the tests know every value."""
    return (start + step * np.arange(int(np.prod(shape)))).reshape(shape).astype(dtype)


def npy():
    for dtype in ("<i1", "<u1", "<i2", "<u2", "<i4", "<u4", "<i8", "<u8", "<f2", "<f4", "<f8", ">i2", ">u4", ">f8", ">i8"):
        name = dtype.replace("<", "le-").replace(">", "be-")
        np.save(at(f"npy/{name}.npy"), ramp((2, 3), dtype, 1, 1 if "u" in dtype else -2))
    np.save(at("npy/bool.npy"), np.array([True, False, True]))
    np.save(at("npy/scalar.npy"), np.float32(1.5))
    np.save(at("npy/empty.npy"), np.zeros((3, 0, 2), "<f4"))
    np.save(at("npy/fortran.npy"), np.asfortranarray(ramp((2, 3, 4), "<i4")))
    np.save(at("npy/nan.npy"), np.array([1, np.nan, np.inf], "<f4"))
    np.save(at("npy/object.npy"), np.array([{"a": 1}, None], dtype=object))
    np.save(at("npy/text.npy"), np.array(["ab", "c"]))
    np.save(at("npy/record.npy"), np.zeros(2, dtype=[("a", "<f4"), ("b", "<i4")]))
    np.save(at("npy/complex.npy"), np.zeros(2, "<c8"))
    np.save(at("npy/date.npy"), np.zeros(2, "<M8[s]"))
    with open(at("npy/version2.npy"), "wb") as file:
        np.lib.format.write_array(file, ramp((4,), "<u2"), version=(2, 0))
    np.savez(at("npy/stored.npz"), x=ramp((2, 3), "<f4"), y=ramp((3,), "<i8"))
    np.savez_compressed(at("npy/deflated.npz"), x=ramp((2, 3), "<f4"), depth=np.zeros((50, 40), "<u2"))


def texture(height, width, channels, peak):
    """Smooth with a little noise: what a picture looks like to a codec."""
    rng = np.random.default_rng(7)
    y, x, c = np.mgrid[0:height, 0:width, 0:channels]
    wave = 0.5 + 0.4 * np.sin(x / 3 + c) * np.cos(y / 4 - c) + rng.normal(0, 0.02, (height, width, channels))
    return np.clip(np.round(wave * peak), 0, peak)


def png_chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_adam7(values, bits, colour):
    """An interlaced PNG, which PIL reads but does not write. values [height, width, channels]; no filters."""
    height, width, _ = values.shape
    raw = b""
    for x0, y0, dx, dy in ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)):
        part = values[y0::dy, x0::dx]
        for row in part if part.size else ():
            if bits < 8:
                as_bits = (row[:, 0:1] >> np.arange(bits - 1, -1, -1)) & 1
                raw += b"\0" + np.packbits(as_bits.astype(np.uint8).ravel()).tobytes()
            else:
                raw += b"\0" + row.astype(">u2" if bits == 16 else "u1").tobytes()
    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 1)
    body = png_chunk(b"IHDR", header) + png_chunk(b"IDAT", zlib.compress(raw, 9)) + png_chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def png():
    """Each file has its values beside it, as PIL or NumPy knows them."""

    def save(name, image, values, **options):
        image.save(at(f"png/{name}.png"), **options)
        np.save(at(f"png/{name}.npy"), values)

    grey = texture(9, 13, 1, 255).astype(np.uint8)[..., 0]
    rgb = texture(9, 13, 3, 255).astype(np.uint8)
    rgba = texture(9, 13, 4, 255).astype(np.uint8)
    save("grey8", Image.fromarray(grey), grey)
    save("grey-alpha8", Image.fromarray(rgba[..., :2], "LA"), rgba[..., :2])
    save("rgb8", Image.fromarray(rgb), rgb)
    save("rgba8", Image.fromarray(rgba), rgba)
    grey16 = texture(9, 13, 1, 65535).astype(np.uint16)[..., 0]
    save("grey16", Image.fromarray(grey16), grey16)
    save("grey1", Image.fromarray(grey > 127), (grey > 127).astype(np.uint8))
    save("key8", Image.fromarray(rgb), np.dstack([rgb, np.where((rgb == rgb[4, 6]).all(-1), 0, 255).astype(np.uint8)]),
         transparency=tuple(int(v) for v in rgb[4, 6]))
    palette = Image.fromarray(rgb).quantize(11)
    save("palette4", palette, np.asarray(palette.convert("RGB")), bits=4)
    many = Image.fromarray(texture(16, 17, 3, 255).astype(np.uint8)).quantize(200)
    save("palette8", many, np.asarray(many.convert("RGB")))
    save("palette-alpha8", palette, with_alpha(palette), transparency=bytes([0, 128, 200]))
    # GDAL writes the 16-bit colour that PIL does not.
    rgb16 = texture(9, 13, 3, 65535).astype(np.uint16)
    gdal_write(at("png/rgb16.png"), "PNG", rgb16)
    np.save(at("png/rgb16.npy"), rgb16)
    rgba16 = texture(9, 13, 4, 65535).astype(np.uint16)
    gdal_write(at("png/rgba16.png"), "PNG", rgba16)
    np.save(at("png/rgba16.npy"), rgba16)
    for name, values, bits, colour in (("adam7-rgb8", rgb, 8, 2), ("adam7-grey16", grey16[..., None], 16, 0)):
        with open(at(f"png/{name}.png"), "wb") as file:
            file.write(png_adam7(values, bits, colour))
        read = np.asarray(Image.open(at(f"png/{name}.png")))
        assert (read == values.squeeze()).all()
        np.save(at(f"png/{name}.npy"), read.astype(values.dtype))
    with open(at("png/adam7-grey1.png"), "wb") as file:
        file.write(png_adam7((grey > 127).astype(np.uint8)[..., None], 1, 0))


def with_alpha(palette):
    rgb = np.asarray(palette.convert("RGB"))
    alpha = np.array([0, 128, 200] + [255] * 253, np.uint8)[np.asarray(palette)]
    return np.dstack([rgb, alpha])


def gdal_write(path, driver, values, options=(), place=None):
    """values [height, width, bands]"""
    types = {"uint8": gdal.GDT_Byte, "uint16": gdal.GDT_UInt16, "int16": gdal.GDT_Int16, "int32": gdal.GDT_Int32,
             "uint32": gdal.GDT_UInt32, "float32": gdal.GDT_Float32, "float64": gdal.GDT_Float64}
    height, width, bands = values.shape
    memory = gdal.GetDriverByName("MEM").Create("", width, height, bands, types[values.dtype.name])
    for band in range(bands):
        memory.GetRasterBand(band + 1).WriteArray(values[..., band])
    if place is not None:
        place(memory)
    gdal.GetDriverByName(driver).CreateCopy(path, memory, options=list(options))
    if os.path.exists(path + ".aux.xml"):
        os.remove(path + ".aux.xml")


def jpeg():
    """The values are what libjpeg (PIL) decodes them to: other decoders may differ by a step or two."""

    def save(name, image, **options):
        image.save(at(f"jpeg/{name}.jpg"), **options)
        if name not in ("cmyk", "rotated"):
            np.save(at(f"jpeg/{name}.npy"), np.asarray(Image.open(at(f"jpeg/{name}.jpg"))))

    rgb = Image.fromarray(texture(21, 35, 3, 255).astype(np.uint8))
    save("grey", rgb.convert("L"), quality=90)
    save("rgb444", rgb, quality=90, subsampling=0)
    save("rgb420", rgb, quality=90, subsampling=2)
    save("progressive", rgb, quality=90, progressive=True, subsampling=2)
    save("cmyk", rgb.convert("CMYK"), quality=90)
    exif = Image.Exif()
    exif[0x0112] = 6
    save("rotated", rgb, quality=90, exif=exif)


def tiff():
    """By Pillow, tifffile and GDAL; the values of every file are in values.npz."""
    values = {}
    grey = texture(9, 17, 1, 255).astype(np.uint8)
    rgb = texture(9, 17, 3, 255).astype(np.uint8)
    wide = texture(9, 17, 3, 65535).astype(np.uint16)
    signed = (texture(9, 17, 1, 60000) - 30000).astype(np.int16)
    floats = texture(9, 17, 2, 1000).astype(np.float32) / np.float32(7)

    def pil(name, image, expected, **options):
        image.save(at(f"tiff/{name}.tif"), **options)
        values[name] = expected

    pil("grey1-pil", Image.fromarray(grey[..., 0] > 127), (grey > 127).astype(np.uint8))
    pil("rgb-lzw-pil", Image.fromarray(rgb), rgb, compression="tiff_lzw")
    pil("rgb-packbits-pil", Image.fromarray(rgb), rgb, compression="packbits")
    pil("rgb-predictor-pil", Image.fromarray(rgb), rgb, compression="tiff_lzw", tiffinfo={317: 2})
    palette = Image.fromarray(rgb).quantize(11)
    pil("palette-pil", palette, np.asarray(palette.convert("RGB")))

    def by_tifffile(name, expected, **options):
        tifffile.imwrite(at(f"tiff/{name}.tif"), expected, **options)
        values[name] = expected

    by_tifffile("grey16-big-endian", wide[..., 0], byteorder=">", rowsperstrip=5)
    by_tifffile("white-is-zero", grey[..., 0], photometric="miniswhite")
    values["white-is-zero"] = 255 - grey[..., 0]
    by_tifffile("planes", np.moveaxis(wide, -1, 0), planarconfig="separate", photometric="rgb")
    values["planes"] = wide
    by_tifffile("pages", np.stack([wide[..., 0], wide[..., 1], wide[..., 2]]), photometric="minisblack")

    def by_gdal(name, expected, *options):
        gdal_write(at(f"tiff/{name}.tif"), "GTiff", expected, options)
        values[name] = expected

    by_gdal("signed16", signed)
    by_gdal("signed32-deflate", signed.astype(np.int32) * 70000, "COMPRESS=DEFLATE")
    by_gdal("unsigned32", wide.astype(np.uint32) * 65000)
    by_gdal("rgb-tiles-deflate", rgb, "COMPRESS=DEFLATE", "TILED=YES", "BLOCKXSIZE=16", "BLOCKYSIZE=16", "PHOTOMETRIC=RGB")
    by_gdal("rgb16-tiles-predictor-planes", wide, "COMPRESS=LZW", "PREDICTOR=2", "TILED=YES", "BLOCKXSIZE=16",
            "BLOCKYSIZE=32", "INTERLEAVE=BAND")
    by_gdal("float-predictor3", floats, "COMPRESS=DEFLATE", "PREDICTOR=3")
    # Not big-endian with predictor 3: GDAL 3.6.2 cannot read back what it writes.
    by_gdal("float-predictor2", floats, "COMPRESS=DEFLATE", "PREDICTOR=2")
    by_gdal("float64-big-endian", floats.astype(np.float64), "ENDIANNESS=BIG")
    by_gdal("nbits4", (grey >> 4), "NBITS=4")
    # A long strip lets the LZW table fill and clear.
    rng = np.random.default_rng(3)
    by_gdal("lzw-long", rng.integers(0, 40, (24, 300, 1)).astype(np.uint8), "COMPRESS=LZW", "BLOCKYSIZE=24")
    by_gdal("jpeg-refused", grey, "COMPRESS=JPEG")
    by_gdal("big-refused", grey, "BIGTIFF=YES")
    np.savez_compressed(at("tiff/values.npz"), **values)


def geotiff():
    values = texture(12, 10, 4, 4000).astype(np.int16)

    def place(memory):
        memory.SetGeoTransform([399960, 20, 0, 4700040, 0, -20])
        system = osr.SpatialReference()
        system.ImportFromEPSG(32633)
        memory.SetProjection(system.ExportToWkt())
        memory.GetRasterBand(1).SetNoDataValue(-9999)

    gdal_write(at("geotiff/utm33.tif"), "GTiff", values, ["COMPRESS=DEFLATE", "PREDICTOR=2"], place)

    def turn(memory):
        memory.SetGeoTransform([10, 0.5, 0.1, 50, 0.1, -0.5])
        system = osr.SpatialReference()
        system.ImportFromEPSG(4326)
        memory.SetProjection(system.ExportToWkt())
        memory.GetRasterBand(1).SetNoDataValue(float("nan"))

    holes = values[..., :1].astype(np.float32)
    holes[2, 3] = np.nan
    gdal_write(at("geotiff/turned.tif"), "GTiff", holes, [], turn)
    # A cloud-optimised file has overviews behind the picture.
    gdal_write(at("geotiff/cloud.tif"), "COG", values.astype(np.uint16), ["COMPRESS=LZW", "BLOCKSIZE=128"], place)
    np.savez_compressed(at("geotiff/values.npz"), values=values, holes=holes)


def save_matlab(name, contents, **options):
    """By SciPy, without the hour in its header."""
    savemat(at(f"matlab/{name}.mat"), contents, **options)
    with open(at(f"matlab/{name}.mat"), "r+b") as file:
        file.write(b"MATLAB 5.0 MAT-file, by SciPy".ljust(116))


def matlab_element(order, kind, data):
    if 0 < len(data) <= 4:
        return struct.pack(order + "I", len(data) << 16 | kind) + data.ljust(4, b"\0")
    return struct.pack(order + "II", kind, len(data)) + data + bytes(-len(data) % 8)


def matlab_array(order, name, klass, value):
    """In the manner of MATLAB: doubles that are small whole numbers are stored as bytes, text as UTF-8 or, of old, UTF-16."""
    shape = (1, 1)
    if klass == 1:
        shape = (1, len(value))
        content = b"".join(matlab_array(order, "", *item) for item in value)
    elif klass == 2:
        length = 1 + max(len(field) for field, _, _ in value)
        names = b"".join(field.encode().ljust(length, b"\0") for field, _, _ in value)
        content = matlab_element(order, 5, struct.pack(order + "i", length)) + matlab_element(order, 1, names)
        content += b"".join(matlab_array(order, "", *item) for _, *item in value)
    elif klass == 4:
        shape = (len(value), len(value[0])) if value else (0, 0)
        text = "".join("".join(column) for column in zip(*value))
        kind, coding = (16, "utf-8") if order == "<" else (4, "utf-16-be")
        content = matlab_element(order, kind, text.encode(coding))
    elif klass == 16:
        content = matlab_array(order, "", 2, value)
    else:
        shape = value.shape
        small = (value == value.astype("u1")).all()
        content = matlab_element(order, 2 if small else 9, value.astype("u1" if small else order + "f8").tobytes("F"))
    flags = struct.pack(order + "II", klass | (0x200 if klass == 9 else 0), 0)
    sizes = struct.pack(f"{order}{len(shape)}i", *shape)
    head = matlab_element(order, 6, flags) + matlab_element(order, 5, sizes) + matlab_element(order, 1, name.encode())
    return matlab_element(order, 14, head + content)


def matlab_file(order, arrays, deflate):
    head = b"MATLAB 5.0 MAT-file, in the manner of MATLAB".ljust(116) + bytes(8) + struct.pack(order + "H", 0x100)
    if deflate:
        packed = [zlib.compress(array) for array in arrays]
        arrays = [struct.pack(order + "II", 15, len(array)) + array for array in packed]
    return head + (b"IM" if order == "<" else b"MI") + b"".join(arrays)


def matlab_manner():
    """Variables as name, class (1 cell, 2 struct, 4 text, 6 double, 9 byte or logical) and value."""
    one = {n: (6, np.array([[n]])) for n in range(1, 6)}
    return [
        ("angles", 6, np.arange(9.0)[None] * np.pi / 4),
        ("cube", 6, (np.arange(24).reshape(2, 3, 4) * 7 + 3) % 256),
        ("flags", 9, np.array([[1], [0]])),
        ("lines", 4, ["one  ", "two  ", "three"]),
        ("nest", 2, [("one", *one[1]), ("two", 2, [("three", 4, ["number 3"])])]),
        ("cells", 1, [one[1], (1, [one[2], one[3], (1, [one[4], one[5]])])]),
    ]


def matlab():
    """By SciPy; and what MATLAB writes and SciPy does not, packed here after its "MAT-File Format" and read back by SciPy."""
    grid = ramp((2, 3), "<f8", 1.5, -1)
    contents = {
        "grid": grid,
        "whole": ramp((2, 3), "<f8"),
        "single": grid.astype("<f4"),
        "cube": ramp((2, 3, 4), "<i2", 3, -5),
        "bytes": ramp((1, 5), "u1"),
        "wide": np.array([[-(2**62) - 1, 2**62 + 1]], "<i8"),
        "mask": np.array([[True, False], [True, True]]),
        "word": "na\u00efve",
        "lines": np.array(["ab", "cd"]),
        "none": np.zeros((0, 0)),
        "record": {"name": "x", "size": grid, "inner": {"deep": 7.0}},
        "list": np.array([np.arange(3.0), "t"], dtype=object),
        "records": np.array([(1.0, "a"), (2.0, "b")], dtype=[("n", "O"), ("s", "O")]).reshape(1, 2),
    }
    save_matlab("plain", contents)
    save_matlab("deflated", contents, do_compression=True)
    for name, value in (("complex", np.array([1j])), ("sparse", coo_matrix(np.eye(2))), ("nan", np.array([np.nan]))):
        save_matlab(name, {"fine": 1.0, "x": value})
    manner = matlab_manner()
    for name, order, deflate in (("manner-little", "<", True), ("manner-big", ">", False)):
        with open(at(f"matlab/{name}.mat"), "wb") as file:
            file.write(matlab_file(order, [matlab_array(order, *variable) for variable in manner], deflate))
    little, big = (loadmat(at(f"matlab/{name}.mat"), mat_dtype=True) for name in ("manner-little", "manner-big"))
    for read in (little, big):
        # The tests repeat the values of these; those of the others lie in values.npz.
        assert read["lines"].tolist() == ["one  ", "two  ", "three"]
        assert read["nest"]["one"][0, 0] == 1 and read["nest"]["two"][0, 0]["three"][0, 0].tolist() == ["number 3"]
        first, (second, third, pair) = read["cells"][0, 0], read["cells"][0, 1][0]
        assert (first, second, third, pair.ravel().tolist()) == (1, 2, 3, [4, 5])
        assert read["flags"].tolist() == [[True], [False]] and read["flags"].dtype == bool
        assert (read["cube"] == little["cube"]).all() and (read["angles"] == little["angles"]).all()
    np.savez_compressed(at("matlab/values.npz"), angles=little["angles"], cube=little["cube"])

    handle = [("function", 4, ["sin"]), ("type", 4, ["simple"]), ("file", 4, [])]
    with open(at("matlab/function.mat"), "wb") as file:
        file.write(matlab_file("<", [matlab_array("<", "f", 16, handle)], True))
    assert type(loadmat(at("matlab/function.mat"))["f"]).__name__ == "MatlabFunction"
    damaged = bytearray(matlab_file("<", [matlab_array("<", *manner[0])], True))
    damaged[-1] ^= 0x55
    with open(at("matlab/damaged.mat"), "wb") as file:
        file.write(damaged)
    try:
        loadmat(at("matlab/damaged.mat"))
        raise AssertionError("SciPy reads the damaged file")
    except zlib.error as error:
        assert "incorrect data check" in str(error)
    angles = little["angles"]
    savemat(at("matlab/version4.mat"), {"angles": angles}, format="4")
    with open(at("matlab/version4-big.mat"), "wb") as file:
        file.write(struct.pack(">5i", 1000, 1, 9, 0, 7) + b"angles\0" + angles.astype(">f8").tobytes())
    assert (loadmat(at("matlab/version4-big.mat"))["angles"] == angles).all()


def envi():
    """By GDAL and, in the other byte order, by Spectral Python. Values: band + 10 column + 100 row - 50."""
    row, column, band = np.mgrid[0:3, 0:4, 0:5]
    values = band + 10 * column + 100 * row - 50
    positive = values + 50
    for dtype in ("uint8", "int16", "int32", "float32", "float64", "uint16", "uint32"):
        data = (positive if dtype[0] == "u" else values).astype(dtype)
        if dtype == "uint8":
            data = (positive % 251).astype(dtype)
        interleave = {"uint8": "BIP", "int16": "BSQ", "int32": "BIL", "float32": "BIP", "float64": "BSQ"}.get(dtype, "BIL")
        gdal_write(at(f"envi/{dtype}-{interleave.lower()}.img"), "ENVI", data, [f"INTERLEAVE={interleave}"])
    for dtype, interleave in (("int16", "bil"), ("float64", "bip"), ("int64", "bsq"), ("uint64", "bil")):
        data = (positive if dtype[0] == "u" else values).astype(dtype)
        metadata = {"wavelength": [400.5, 500, 600, 700, 800], "wavelength units": "nm", "band names": list("abcde"),
                    "data ignore value": -9999}
        spectral.envi.save_image(at(f"envi/{dtype}-{interleave}-big.hdr"), data, dtype=dtype, interleave=interleave,
                                 byteorder=1, metadata=metadata, ext="img", force=True)


def hdf5():
    """By h5py, and a MATLAB 7.3 file made in the manner of MATLAB."""
    with h5py.File(at("hdf5/plain.h5"), "w") as file:
        file["grid"] = ramp((2, 3), "<f8", 1.5, -1)
        file["big"] = ramp((3, 2), ">i4", 1, -2)
        file["wide"] = np.array([2**60 + 1], "<i8")
        file["flags"] = np.array([True, False])
        file["scalar"] = np.float32(1.5)
        file["none"] = np.zeros((0, 3), "<f4")
        file["word"] = "na\u00efve"
        file["words"] = np.array([b"ab", b"c"])
        file["train/deep/depth"] = ramp((2, 2), "u1")
        file["again"] = h5py.SoftLink("/grid")
        file["loop"] = h5py.SoftLink("/")
        file["away"] = h5py.ExternalLink("/etc/passwd", "/x")
        file.create_dataset("packed", data=ramp((20, 30), "<u2"), chunks=(7, 11), compression="gzip", shuffle=True,
                            fletcher32=True)
    with h5py.File(at("hdf5/others.h5"), "w") as file:
        file["fine"] = np.arange(3)
        file["half"] = ramp((4,), "<f2")
        file["record"] = np.zeros(2, dtype=[("a", "<f4"), ("b", "<i4")])
        file["nothing"] = h5py.Empty("<f4")
        file["nan"] = np.array([1, np.nan])
        file.create_dataset("lzf", data=np.zeros((9, 9)), compression="lzf")
        file.create_dataset("huge", shape=(1 << 20, 1 << 20), dtype="<f8", chunks=(64, 64))
    # What a chunk inflates to is not what the file says.
    with h5py.File(at("hdf5/bomb.h5"), "w", libver=("earliest", "v108")) as file:
        data = file.create_dataset("x", shape=(100,), dtype="u1", chunks=(100,), compression="gzip")
        data.id.write_direct_chunk((0,), zlib.compress(bytes(4 << 20), 9))
    values = np.arange(6.0).reshape(2, 3)
    with h5py.File(at("hdf5/matlab73.mat"), "w", userblock_size=512) as file:
        for name, klass, stored in (("grid", "double", values.T), ("mask", "logical", (values > 2).astype("u1").T),
                                    ("word", "char", np.frombuffer("h\u00e9".encode("utf-16-le"), "<u2").reshape(2, 1)),
                                    ("none", "double", np.array([0, 0], "<u8"))):
            file[name] = stored
            file[name].attrs["MATLAB_class"] = np.bytes_(klass)
        file["none"].attrs["MATLAB_empty"] = np.uint8(1)
    with open(at("hdf5/matlab73.mat"), "r+b") as file:
        file.write(b"MATLAB 7.3 MAT-file, in the manner of MATLAB".ljust(124) + b"\0\2IM")


def dicom():
    """Written by pydicom, compressed by DCMTK, GDCM and pydicom; values as pydicom (GDCM) and Pillow decode them."""
    values = {}
    uids = pydicom.uid

    def write(name, pixels, syntax=uids.ExplicitVRLittleEndian, **fields):
        """pixels [..., rows, columns], or [rows, columns, 3]"""
        meta = pydicom.dataset.FileMetaDataset()
        meta.TransferSyntaxUID = syntax
        meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.7"
        meta.MediaStorageSOPInstanceUID = "1.2.3"
        file = pydicom.dataset.FileDataset(None, {}, file_meta=meta, preamble=bytes(128))
        file.is_little_endian, file.is_implicit_VR = syntax.is_little_endian, syntax.is_implicit_VR
        file.SOPClassUID, file.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
        file.StudyInstanceUID, file.SeriesInstanceUID = "1.2.4", "1.2.5"
        file.Modality = "DX"
        bits = {"BitsAllocated": 16, "BitsStored": 12, "HighBit": 11}
        if pixels.itemsize == 1:
            bits = {"BitsAllocated": 8, "BitsStored": 8, "HighBit": 7}
        rows, columns = pixels.shape[:2] if fields.get("PlanarConfiguration") == 0 else pixels.shape[-2:]
        defaults = {"SamplesPerPixel": 1, "PixelRepresentation": 0, "PhotometricInterpretation": "MONOCHROME2", **bits,
                    "Rows": rows, "Columns": columns}
        for field, value in {**defaults, **fields}.items():
            setattr(file, field, value)
        stored = pixels if syntax.is_little_endian else pixels.byteswap()
        file.PixelData = stored.tobytes() + b"\0" * (pixels.nbytes % 2)
        file["PixelData"].VR = "OW"
        file.save_as(at(f"dicom/{name}.dcm"), write_like_original=False)
        return file

    def read(name, key, pixels):
        decoded = pydicom.dcmread(at(f"dicom/{name}.dcm")).pixel_array
        assert (decoded == pixels).all(), name
        values[key] = decoded

    def dcmtk(program, source, name, *options):
        subprocess.run([program, "+un", *options, at(f"dicom/{source}.dcm"), at(f"dicom/{name}.dcm")], check=True)

    # Signed 16 bits, an odd count of pixels: one picture in every syntax.
    grey = (texture(21, 15, 1, 60000) - 30000).astype("<i2")[..., 0]
    shown = {"Modality": "MR", "PixelRepresentation": 1, "WindowCenter": "600", "WindowWidth": "1600", "BitsStored": 16,
             "HighBit": 15}
    write("grey-explicit", grey, **shown)
    write("grey-implicit", grey, uids.ImplicitVRLittleEndian, **shown)
    write("grey-big-endian", grey, uids.ExplicitVRBigEndian, **shown)
    dcmtk("dcmcrle", "grey-explicit", "grey-rle")
    dcmtk("dcmcjpls", "grey-explicit", "grey-jpeg-ls")
    gdcm_jpeg2000(at("dicom/grey-explicit.dcm"), at("dicom/grey-jpeg-2000.dcm"))
    for syntax in ("explicit", "implicit", "big-endian", "rle", "jpeg-ls", "jpeg-2000"):
        read(f"grey-{syntax}", "grey", grey)

    # Odd sizes: the last byte is padding.
    rgb = texture(19, 23, 3, 255).astype("u1")
    colour = {"SamplesPerPixel": 3, "PhotometricInterpretation": "RGB", "PlanarConfiguration": 0}
    write("rgb-odd", rgb, **colour)
    read("rgb-odd", "rgb", rgb)
    packed = pydicom.dcmread(at("dicom/rgb-odd.dcm"))
    packed.compress(uids.RLELossless, encoding_plugin="pydicom", generate_instance_uid=False)
    packed.save_as(at("dicom/rgb-rle.dcm"))
    read("rgb-rle", "rgb", rgb)
    dcmtk("dcmcjpeg", "rgb-odd", "rgb-jpeg", "+eb")
    frames = pydicom.encaps.generate_pixel_data_frame(pydicom.dcmread(at("dicom/rgb-jpeg.dcm")).PixelData)
    values["rgb-jpeg"] = np.asarray(Image.open(io.BytesIO(next(frames))))

    # 12 bits of which the upper 4 hold rubbish; signed 12 bits; two frames; planes of colour.
    twelve = ramp((3, 4), "<u2", 341)
    write("twelve", twelve | 0xA000, PhotometricInterpretation="MONOCHROME1", RescaleSlope="2", RescaleIntercept="-100",
          WindowCenter=["1000", "500"], WindowWidth=["2000", "100"], PixelSpacing=["0.2", "0.3"])
    write("signed", (ramp((2, 3, 4), "<i2", 100, -1200) & 0x0FFF).astype("<u2"), PixelRepresentation=1, NumberOfFrames="2")
    planes = ramp((3, 3, 4), "u1", 7)
    write("planes", planes, SamplesPerPixel=3, PhotometricInterpretation="RGB", PlanarConfiguration=1)
    np.savez_compressed(at("dicom/values.npz"), **values)


def gdcm_jpeg2000(source, target):
    reader = gdcm.ImageReader()
    reader.SetFileName(source)
    assert reader.Read()
    change = gdcm.ImageChangeTransferSyntax()
    change.SetTransferSyntax(gdcm.TransferSyntax(gdcm.TransferSyntax.JPEG2000Lossless))
    change.SetInput(reader.GetImage())
    assert change.Change()
    writer = gdcm.ImageWriter()
    writer.SetFileName(target)
    writer.SetFile(reader.GetFile())
    writer.SetImage(change.GetOutput())
    assert writer.Write()
    # GDCM adds the hour and a UID of its own: only its pixels stay.
    file = pydicom.dcmread(source)
    file.PixelData = pydicom.dcmread(target).PixelData
    file["PixelData"].VR, file["PixelData"].is_undefined_length = "OB", True
    file.file_meta.TransferSyntaxUID = pydicom.uid.JPEG2000Lossless
    file.save_as(target)


if __name__ == "__main__":
    formats = {"npy": npy, "png": png, "jpeg": jpeg, "tiff": tiff, "geotiff": geotiff, "matlab": matlab, "envi": envi, "hdf5": hdf5, "dicom": dicom}
    for name in sys.argv[1:] or formats:
        formats[name]()
