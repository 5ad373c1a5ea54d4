"""Whether the cell that was changed is named, and what it was.

    python3 bench/anomalies/repairs.py [FOLDER] [--seeds 3] [--set KEY=VALUE ...]

Two kinds of tables. The first is made: 5,000 flats with texts, a date, holes, and a
price that follows from the others; of 200 new rows each has one wrong cell (a country
of another city, a tax ten times too high, a size ten times too small, a date of 1900,
a city that nobody has seen). The others are six sets of FOLDER, as ADBench keeps them:
of 300 usual rows that were not trained on, each has one cell of another row (a swap),
or moved by three deviations (a shift). Prints how often the column is the first that
`narrows score` names, and how far the value that it gives is off. Needs numpy.
"""

import argparse
import csv
import datetime
import json
import statistics
import subprocess
import tempfile
from pathlib import Path

import numpy

ROOT = Path(__file__).resolve().parents[2]
SETS = ["27_PageBlocks", "28_pendigits", "2_annthyroid", "30_satellite", "41_Waveform", "6_cardio"]
CITIES = ["Arn", "Bel", "Cor", "Dun", "Elm", "Fox"]
COUNTRY = dict(zip(CITIES, ["X", "X", "Y", "Y", "Z", "Z"]))


def flats(count, random, first_id):
    """Rows as they are, and with holes."""
    rows = []
    for at in range(count):
        city = random.choice(CITIES)
        place = CITIES.index(city)
        price = numpy.exp(random.normal(6 + 0.3 * place, 0.3))
        rooms = 1 + random.poisson(3)
        built = datetime.date(1950, 1, 1) + datetime.timedelta(days=int(random.integers(0, 25_000)))
        row = {
            "id": f"F{first_id + at}",
            "city": city,
            "country": COUNTRY[city],
            "zip": f"{city}-{random.integers(1, 4)}",
            "price": round(price, 2),
            "tax": round(0.19 * price + random.normal(0, 2), 2),
            "rooms": rooms,
            "size": round(25 * rooms + random.normal(0, 6), 1),
            "built": built.isoformat(),
            "heating": bool(random.random() < (0.9 if built.year > 1985 else 0.3)),
            "note": " ".join(f"w{word}" for word in random.integers(0, 10_000, 6)),
        }
        for name in row:
            hidden = 0.08 * (2 if name == "price" and price > 600 else 1)
            if name not in ("id", "note") and random.random() < hidden:
                row[name] = ""
        rows.append(row)
    return rows


def planted(rows, random):
    """Changes one cell of each row; returns which, and what it was."""
    truth = []
    for at, row in enumerate(rows):
        column = ["country", "tax", "size", "built", "city"][at % 5]
        known = row[column]
        if known == "":
            truth.append(None)
            continue
        if column == "country":
            row[column] = random.choice([c for c in "XYZ" if c != known])
        elif column == "city":
            row[column] = "Nowhere"
        elif column == "built":
            row[column] = "1900-01-01"
        else:
            row[column] = round(known * (10 if column == "tax" else 0.1), 2)
        truth.append((column, known))
    return truth


def write(path, rows):
    with open(path, "w", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)


def scored(options, folder, seed, kinds=()):
    """The most unusual rows first, as `narrows score --top` has them."""
    changes = [part for change in [*kinds, *options.set] for part in ("--set", change)]
    train = [options.program, "train", "anomalies", "--data", "train.csv", "-q", "--force"]
    train += ["--name", "run", "--seed", str(100 * seed), *changes]
    subprocess.run(train, cwd=folder, check=True)
    score = [options.program, "score", "runs/run", "new.csv", "--top", "1000", "--json", "-q"]
    done = subprocess.run(score, cwd=folder, check=True, stdout=subprocess.PIPE)
    return json.loads(done.stdout)["top"]


def first_named(row):
    return row["surprises"][0]["column"].split(".")[0]


def measure_flats(options, seed):
    random = numpy.random.default_rng(seed)
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        write(folder / "train.csv", flats(5_000, random, 0))
        new = flats(200, random, 5_000)
        truth = planted(new, random)
        write(folder / "new.csv", new)
        found = scored(options, folder, seed)
    named, off = [], []
    for row in found:
        if (was := truth[row["row"] - 1]) is None:
            continue
        column, known = was
        named.append((column, first_named(row) == column))
        repair = row["repair"]
        if column in ("tax", "size") and repair and repair["column"] == column:
            off.append(abs(float(repair["value"]) / known - 1))
    share = statistics.mean(right for _, right in named)
    each = {
        column: round(100 * statistics.mean(right for c, right in named if c == column))
        for column in ["country", "tax", "size", "built", "city"]
    }
    return 100 * share, 100 * statistics.median(off), each


def measure_set(path, options, seed, way):
    random = numpy.random.default_rng(seed)
    with numpy.load(path) as file:
        rows = file["X"][file["y"].ravel() == 0].astype("float64")
    rows = rows[random.permutation(len(rows))[:1800]]
    train, new = rows[:-300], rows[-300:].copy()
    deviation = train.std(0)
    columns = numpy.flatnonzero(deviation > 0)
    truth = []
    for row in new:
        for _ in range(1000):
            column = random.choice(columns)
            known = row[column]
            if way == "shift":
                value = known + 3 * deviation[column] * random.choice([-1, 1])
            else:
                value = random.choice(train[:, column])
            if abs(value - known) > deviation[column]:
                break
        row[column] = value
        truth.append((column, known))
    names = [f"x{at}" for at in range(rows.shape[1])]
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        for name, part in [("train.csv", train), ("new.csv", new)]:
            write(folder / name, [dict(zip(names, row.astype("float32").tolist())) for row in part])
        kinds = [f"data.kinds.{name}=number" for name in names]
        found = scored(options, folder, seed, kinds)
    named, off = [], []
    for row in found:
        column, known = truth[row["row"] - 1]
        named.append(first_named(row) == names[column])
        repair = row["repair"]
        if repair and repair["column"] == names[column]:
            off.append(abs(float(repair["value"]) - known) / deviation[column])
    return 100 * statistics.mean(named), statistics.median(off)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--program", default=str(ROOT / "target/release/narrows"))
    options = parser.parse_args()
    seeds = range(1, options.seeds + 1)
    found = [measure_flats(options, seed) for seed in seeds]
    share, off = (statistics.mean(part) for part in list(zip(*found))[:2])
    print(f"flats: {share:.1f} % named first, numbers off by {off:.1f} % in the median", found[0][2])
    if not options.folder:
        return
    print("| set | swap, % | off, deviations | shift, % | off, deviations |\n|---|---:|---:|---:|---:|")
    all_found = []
    for name in SETS:
        of_ways = []
        for way in ("swap", "shift"):
            of_seeds = [measure_set(options.folder / f"{name}.npz", options, seed, way) for seed in seeds]
            of_ways += [statistics.mean(part) for part in zip(*of_seeds)]
        all_found.append(of_ways)
        print(f"| {name} |", " | ".join(f"{value:.2f}" for value in of_ways), "|", flush=True)
    means = (statistics.mean(part) for part in zip(*all_found))
    print("| mean |", " | ".join(f"{value:.2f}" for value in means), "|")


if __name__ == "__main__":
    main()
