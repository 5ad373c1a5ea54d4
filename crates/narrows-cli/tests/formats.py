"""Writes files with pandas, PyArrow, NumPy, SciPy and Pillow, and compares what
`narrows inspect --json` says of each with what those libraries read.

    python formats.py PROGRAM FOLDER
"""

import json
import math
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.feather as pf
import pyarrow.parquet as pq
import scipy.sparse
from PIL import Image, ImageOps

program, folder = sys.argv[1], Path(sys.argv[2])
rng = np.random.default_rng(7)
failed = []


def run(source):
    done = subprocess.run(
        [program, "inspect", str(source), "--json"], capture_output=True, text=True
    )
    return done.returncode, done.stdout, done.stderr


def inspect(source):
    code, out, err = run(source)
    assert code == 0, f"{source}: {err}"
    return json.loads(out)


def same(what, found, expected):
    if isinstance(expected, float) and isinstance(found, (int, float)):
        if math.isclose(found, expected, rel_tol=1e-5, abs_tol=1e-6):
            return
    elif found == expected:
        return
    failed.append(f"{what}: {found!r}, expected {expected!r}")


def columns(source, frame):
    """Compares the columns of numbers with those of a data frame."""
    found = inspect(source)
    same(f"{source}: rows", found["rows"], len(frame))
    by_name = {column["name"]: column for column in found["columns"]}
    for name in frame.columns:
        column = by_name.get(name)
        if column is None:
            failed.append(f"{source}: no column {name}")
            continue
        values = frame[name].astype("float64")
        values = values.where(np.isfinite(values))
        same(f"{source}: {name}: missing", column["missing"], int(values.isna().sum()))
        for key in ["min", "mean", "max"]:
            same(f"{source}: {name}: {key}", column[key], float(getattr(values, key)()))
    return found


def picture(source, pixels, depth):
    """Compares pictures with their pixels, [height, width] or with channels."""
    image = inspect(source)["image"]
    channels = pixels.shape[2] if pixels.ndim == 3 else 1
    for key, value in [
        ("height", pixels.shape[0]),
        ("width", pixels.shape[1]),
        ("channels", channels),
        ("depth", depth),
        ("min", float(pixels.min())),
        ("max", float(pixels.max())),
        ("mean", float(pixels.astype("float64").mean())),
    ]:
        same(f"{source}: {key}", image[key], value)


def pictures():
    grey = rng.integers(0, 256, (9, 13), dtype="uint8")
    colour = rng.integers(0, 256, (9, 13, 3), dtype="uint8")
    for name, pixels in [("grey", grey), ("colour", colour)]:
        for ending in ["png", "bmp", "jpg"]:
            path = folder / f"{name}.{ending}"
            Image.fromarray(pixels).save(path)
            read = np.asarray(Image.open(path))
            if ending == "bmp" and read.ndim == 2:
                # BMP has no grey, only palettes.
                read = np.repeat(read[:, :, None], 3, axis=2)
            if ending == "jpg":
                # Decoders differ by a little.
                image = inspect(path)["image"]
                same(f"{path}: height", image["height"], read.shape[0])
                close = abs(image["mean"] - read.astype(float).mean()) < 1
                same(f"{path}: mean is near", close, True)
            else:
                picture(path, read, 8)
    words = rng.integers(0, 65_536, (9, 13), dtype="uint16")
    Image.fromarray(words).save(folder / "words.png")
    picture(folder / "words.png", words, 16)
    for mode in ["1", "P"]:
        path = folder / f"mode_{mode}.png"
        Image.fromarray(colour).convert(mode).save(path)
        read = Image.open(path).convert("L" if mode == "1" else "RGB")
        picture(path, np.asarray(read), 8)

    alpha = rng.integers(0, 256, (9, 13, 4), dtype="uint8")
    alpha[0, 0, 3] = 0
    path = folder / "alpha.png"
    Image.fromarray(alpha).save(path)
    share = alpha[:, :, 3:].astype("float64") / 255
    on_white = np.round(alpha[:, :, :3] * share + 255 * (1 - share))
    picture(path, on_white, 8)
    told = inspect(path)["notes"]
    same("alpha is told", any("white" in note for note in told), True)
    path = folder / "clear_palette.png"
    Image.fromarray(colour).convert("P").save(path, transparency=0)
    read = np.asarray(Image.open(path).convert("RGBA")).astype("float64")
    share = read[:, :, 3:] / 255
    picture(path, read[:, :, :3] * share + 255 * (1 - share), 8)

    exif = Image.Exif()
    for orientation in range(1, 9):
        exif[0x112] = orientation
        for ending in ["jpg", "png"]:
            path = folder / f"turned_{orientation}.{ending}"
            Image.fromarray(colour).save(path, exif=exif)
            upright = ImageOps.exif_transpose(Image.open(path))
            image = inspect(path)["image"]
            same(f"{path}: size", (image["width"], image["height"]), upright.size)
    smooth = Image.fromarray(colour).resize((64, 48))
    for name, options in [
        ("plain", {}),
        ("progressive", {"progressive": True}),
        ("fine", {"subsampling": 0, "optimize": True}),
        ("restarts", {"restart_marker_blocks": 3}),
    ]:
        path = folder / f"{name}.jpg"
        smooth.save(path, **options)
        same(f"{path}: read", run(path)[0], 0)
        whole = path.read_bytes()
        for end in [len(whole) // 2, len(whole) - 40, len(whole) - 2]:
            cut = folder / f"cut_{name}.jpg"
            cut.write_bytes(whole[:end])
            same(f"{cut} at {end}: refused", run(cut)[0], 1)


def arrays():
    values = rng.normal(0, 50, (7, 3))
    values[2, 1] = np.nan
    for kind in ["f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "?"]:
        for order in "<>":
            array = np.nan_to_num(np.abs(values)) if kind[0] in "iu?" else values
            array = array.astype(np.dtype(kind).newbyteorder(order))
            named = [f"x{at}" for at in range(1, 4)]
            frame = pd.DataFrame(array.astype("float64"), columns=named)
            for fortran in [False, True]:
                path = folder / "array.npy"
                np.save(path, np.asfortranarray(array) if fortran else array)
                columns(path, frame)
                np.savez_compressed(folder / "array.npz", first=array, second=array * 2)
                columns(f"{folder / 'array.npz'}:first", frame)
    infinite = np.array([[1.0, 2.0], [np.inf, 3.0], [4.0, -np.inf]])
    np.save(folder / "infinite.npy", infinite)
    found = columns(folder / "infinite.npy", pd.DataFrame(infinite, columns=["x1", "x2"]))
    told = any("2 cells are infinite" in note for note in found["notes"])
    same("infinite cells are told", told, True)

    dense = np.array([[0.0, 1.0, 0.0], [2.0, 0.0, 3.0]])
    for kind in ["csr", "csc", "coo", "bsr", "dia"]:
        path = folder / f"{kind}.npz"
        scipy.sparse.save_npz(path, getattr(scipy.sparse, f"{kind}_matrix")(dense))
        code, _, err = run(path)
        same(f"{path}: refused", (code, kind in err, ".toarray()" in err), (1, True, True))
    train, test = rng.normal(size=(5, 2)), rng.normal(size=(4, 2))
    path = folder / "keras.npz"
    np.savez(path, x_train=train, y_train=np.arange(5), x_test=test)
    same("a member is asked for", f"{path}:x_train" in run(path)[2], True)
    columns(f"{path}:x_test", pd.DataFrame(test, columns=["x1", "x2"]))
    for kind in ["U", "S", "O"]:
        np.save(folder / "texts.npy", np.array(["a", "b"]).astype(kind))
        same(f"{kind}: a way is shown", "to_csv" in run(folder / "texts.npy")[2], True)


def parquet():
    count = 200
    half = rng.normal(size=count).astype("float16")
    holes = rng.normal(size=count)
    holes[::7] = np.nan
    whole = rng.integers(-(2**40), 2**40, count)
    table = pa.table(
        {
            "half": pa.array(half),
            "single": pa.array(rng.normal(size=count).astype("float32")),
            "holes": pa.array(holes, mask=np.isnan(holes)),
            "whole": pa.array(whole),
            "small": pa.array(rng.integers(0, 200, count).astype("uint8")),
            "flag": pa.array(rng.integers(0, 2, count).astype(bool)),
            "money": pa.array(np.round(holes, 2), mask=np.isnan(holes)).cast(pa.decimal128(12, 2)),
            "day": pa.array(np.arange(count), pa.int32()).cast(pa.date32()),
            "time": pa.array(np.arange(count), pa.int32()).cast(pa.time32("s")),
            "moment": pa.array(np.arange(count), pa.int64()).cast(pa.timestamp("us", "UTC")),
            "list": pa.array([[1, 2]] * count),
            "struct": pa.array([{"a": 1}] * count),
            "map": pa.array([[("a", 1)]] * count, pa.map_(pa.string(), pa.int64())),
            "text": pa.array(["red", "blue"] * (count // 2)),
        }
    )
    numbers = ["half", "single", "holes", "whole", "small", "flag", "money"]
    frame = table.select(numbers).to_pandas()
    for options in [
        {},
        {"compression": "zstd", "row_group_size": 64},
        {"use_dictionary": False, "data_page_version": "2.0"},
    ]:
        path = folder / "table.parquet"
        pq.write_table(table, path, **options)
        found = columns(path, frame)
        kinds = {column["name"]: column["kind"] for column in found["columns"]}
        for name, kind in [
            ("day", "text"),
            ("time", "text"),
            ("moment", "text"),
            ("list", "lists"),
            ("struct", "structs"),
            ("map", "maps"),
            ("text", "text"),
        ]:
            same(f"{path}: {name}", kinds.get(name), kind)
    # A training makes times of the texts, and leaves out what it cannot read.
    kinds = {column["name"]: column["kind"] for column in inspect(path)["kinds"]}
    for name in ["day", "time", "moment"]:
        same(f"{path}: kind of {name}", kinds.get(name), "time")


def parquet_names():
    frame = pd.DataFrame({"x": rng.normal(size=9)}, index=pd.Index([7, 1, 4, 9, 2, 5, 3, 8, 6], name="key"))
    frame.to_parquet(folder / "index.parquet")
    found = inspect(folder / "index.parquet")
    same("index.parquet: id", found["id"], "key")
    same("index.parquet: columns", [c["name"] for c in found["columns"]], ["x"])
    twice = pa.table([[1, 2, 3], [3, 4, 6], [5, 6, 1]], names=["a", "a", ""])
    pq.write_table(twice, folder / "twice.parquet")
    found = inspect(folder / "twice.parquet")
    same("twice.parquet", [c["name"] for c in found["columns"]], ["a", "a_2", "x3"])
    same("twice.parquet: notes", len(found["notes"]), 2)
    wide = pa.table(
        {
            "g": pa.array([Decimal(1), Decimal(-2), Decimal(3)], pa.decimal256(50, 5)),
            "b": pa.array([b"x", b"\xff", None]),
        }
    )
    pq.write_table(wide, folder / "wide.parquet")
    found = inspect(folder / "wide.parquet")["columns"]
    same("wide.parquet: g", [found[0]["min"], found[0]["max"]], [-2.0, 3.0])
    same("wide.parquet: b", [found[1]["levels"], found[1]["missing"]], [2, 1])


def csv():
    frame = pd.DataFrame(
        {"a": rng.normal(size=50), "b": rng.integers(0, 9, 50), "c": rng.normal(1e6, 1, 50)}
    )
    frame.loc[3, "a"] = np.nan
    path = folder / "table.csv"
    for options in [{}, {"sep": "\t"}, {"sep": ";"}, {"na_rep": "NaN"}, {"lineterminator": "\r\n"}]:
        frame.to_csv(path, index=False, **options)
        columns(path, pd.read_csv(path, sep=options.get("sep", ",")))
    frame.to_csv(folder / "table.csv.gz", index=False)
    columns(folder / "table.csv.gz", frame)


def arrow():
    count = 300
    holes = rng.normal(size=count)
    holes[::7] = np.nan
    table = pa.table(
        {
            "single": pa.array(rng.normal(size=count).astype("float32")),
            "holes": pa.array(holes, mask=np.isnan(holes)),
            "whole": pa.array(rng.integers(-(2**40), 2**40, count)),
            "flag": pa.array(rng.integers(0, 2, count).astype(bool)),
            "money": pa.array(np.round(holes, 2), mask=np.isnan(holes)).cast(pa.decimal128(12, 2)),
            "day": pa.array(np.arange(count), pa.int32()).cast(pa.date32()),
            "list": pa.array([[1, 2]] * count),
            "text": pa.array(["red", "blue", None] * (count // 3)),
            "word": pa.array(["red", "blue", None] * (count // 3)).dictionary_encode(),
        }
    )
    frame = table.select(["single", "holes", "whole", "flag", "money"]).to_pandas()
    for compression in ["uncompressed", "lz4", "zstd"]:
        path = folder / "table.feather"
        pf.write_feather(table, path, compression=compression, chunksize=64)
        found = {column["name"]: column for column in columns(path, frame)["columns"]}
        for name, kind in [("day", "text"), ("list", "lists"), ("text", "text"), ("word", "text")]:
            same(f"{path}: {name}", found[name]["kind"], kind)
        for name in ["text", "word"]:
            same(f"{path}: {name}", [found[name]["levels"], found[name]["missing"]], [2, 100])
    for opened, name in [(pa.ipc.new_stream, "table.arrows"), (pa.ipc.new_file, "table.arrow")]:
        with opened(folder / name, table.schema) as writer:
            writer.write_table(table, max_chunksize=100)
        columns(folder / name, frame)


def json_lines():
    frame = pd.DataFrame(
        {"a": rng.normal(size=50), "b": rng.integers(0, 9, 50), "c": rng.integers(0, 2, 50) > 0}
    )
    frame.loc[3, "a"] = np.nan
    path = folder / "table.jsonl"
    frame.to_json(path, orient="records", lines=True, double_precision=15)
    columns(path, frame)


for part in [pictures, arrays, parquet, parquet_names, arrow, json_lines, csv]:
    part()
print("\n".join(failed[:40]))
sys.exit(1 if failed else 0)
