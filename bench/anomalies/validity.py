"""How many usual rows are marked, with and without holes.

    python3 bench/anomalies/validity.py FOLDER [--seeds 3] [--set KEY=VALUE ...]

The usual rows of three sets of FOLDER, as ADBench keeps them, are split at random: one
half trains (of it 700 rows are held out), of the other so many cells are taken away at
random. Prints the share of rows with a p-value of at most .05, the mean over seeds and
the range, and the mean share of usual rows among the marks of `--fdr 10%` when 5 % of
1,000 rows are unusual. Needs numpy.
"""

import argparse
import csv
import statistics
import subprocess
import tempfile
from pathlib import Path

import numpy

ROOT = Path(__file__).resolve().parents[2]
SETS = ["2_annthyroid", "28_pendigits", "30_satellite"]


def write(path, rows):
    with open(path, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(f"x{at}" for at in range(rows.shape[1]))
        for row in rows.astype("float32"):
            writer.writerow("" if numpy.isnan(value) else value for value in row)


def scored(options, folder, name, *flags):
    score = [options.program, "score", "runs/run", name, "-o", "scores.csv", "--force", "-q"]
    subprocess.run([*score, *flags], cwd=folder, check=True)
    with open(folder / "scores.csv", newline="") as file:
        return list(csv.DictReader(file))


def measure(path, options, seed):
    random = numpy.random.default_rng(seed)
    with numpy.load(path) as file:
        rows, unusual = file["X"].astype("float64"), file["y"].ravel() == 1
    usual = rows[~unusual][random.permutation((~unusual).sum())]
    train, new = numpy.array_split(usual, 2)
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        write(folder / "train.csv", train)
        kinds = [f"data.kinds.x{at}=number" for at in range(rows.shape[1])]
        changes = [*kinds, "data.held_out=700", *options.set]
        train = [options.program, "train", "anomalies", "--data", "train.csv", "-q", "--name", "run"]
        train += ["--seed", str(100 * seed)]
        train += [part for change in changes for part in ("--set", change)]
        subprocess.run(train, cwd=folder, check=True)
        for share in (0, 0.1, 0.3):
            holed = new.copy()
            holed[random.random(new.shape) < share] = numpy.nan
            write(folder / "new.csv", holed)
            p = [float(row["p"]) for row in scored(options, folder, "new.csv") if row["p"]]
            found[share] = statistics.mean(value <= 0.05 for value in p)
        wrong = []
        for _ in range(5):
            some = rows[unusual][random.permutation(unusual.sum())[:50]]
            others = new[random.permutation(len(new))[: 1000 - len(some)]]
            write(folder / "new.csv", numpy.concatenate([some, others]))
            marked = scored(options, folder, "new.csv", "--fdr", "10%")
            marked = [at for at, row in enumerate(marked) if row["marked"] == "1"]
            wrong.append(sum(at >= len(some) for at in marked) / max(1, len(marked)))
        found["fdr"] = statistics.mean(wrong)
    return found


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--program", default=str(ROOT / "target/release/narrows"))
    options = parser.parse_args()
    print("| set | whole rows | 10 % missing | 30 % missing | usual among discoveries |\n|---|---|---|---|---|")
    for name in SETS:
        path = options.folder / f"{name}.npz"
        seeds = [measure(path, options, seed) for seed in range(1, options.seeds + 1)]
        cells = []
        for key in (0, 0.1, 0.3, "fdr"):
            of_seeds = [found[key] for found in seeds]
            mean, low, high = statistics.mean(of_seeds), min(of_seeds), max(of_seeds)
            cells.append(f"{mean:.3f} ({low:.3f} to {high:.3f})")
        print(f"| {name} |", " | ".join(cells), "|", flush=True)


if __name__ == "__main__":
    main()
