"""Unusual rows found by narrows, beside scikit-learn's ways, on labelled sets.

    python3 bench/anomalies/anomalies.py FOLDER [--seeds 3] [--contaminated 0.05]
        [--only NAME ...] [--set KEY=VALUE ...]

FOLDER holds sets as ADBench keeps them (Han et al. 2022): `.npz` files with `X`
`[rows, features]` and `y`, 1 for an unusual row. The protocol is that of Livernoche
et al. (2024), semi-supervised: the first half of the usual rows, in the file's order,
trains; the other half and all unusual rows are scored. Prints the area under the ROC
curve in percent, for narrows the mean over seeds and the deviation of the seeds' means
over all sets. With --contaminated, all rows train and are scored, of which at most that share
is unusual (drawn with a fixed seed). Needs numpy and scikit-learn.
"""

import argparse
import csv
import json
import statistics
import subprocess
import tempfile
from pathlib import Path

import numpy
from sklearn.decomposition import PCA
from sklearn.ensemble import IsolationForest
from sklearn.metrics import roc_auc_score
from sklearn.neighbors import LocalOutlierFactor, NearestNeighbors
from sklearn.preprocessing import StandardScaler

ROOT = Path(__file__).resolve().parents[2]


def split(path, contaminated):
    """Rows to train on, rows to score, and which of those are unusual."""
    with numpy.load(path) as file:
        rows, unusual = file["X"].astype("float64"), file["y"].ravel() == 1
    usual = numpy.flatnonzero(~unusual)
    if contaminated:
        most = int(contaminated / (1 - contaminated) * len(usual))
        drawn = numpy.random.default_rng(0).permutation(numpy.flatnonzero(unusual))[:most]
        all_rows = numpy.sort(numpy.concatenate([usual, drawn]))
        return rows[all_rows], rows[all_rows], unusual[all_rows]
    half = len(usual) // 2
    scored = numpy.concatenate([usual[half:], numpy.flatnonzero(unusual)])
    return rows[usual[:half]], rows[scored], unusual[scored]


def neighbours(train, new):
    return NearestNeighbors(n_neighbors=5).fit(train).kneighbors(new)[0][:, -1]


def factor(train, new):
    return -LocalOutlierFactor(n_neighbors=20, novelty=True).fit(train).score_samples(new)


def forest(train, new):
    return -IsolationForest(random_state=0).fit(train).score_samples(new)


def components(train, new):
    """Distances along all axes, each over its variance."""
    pca = PCA(whiten=True).fit(train)
    return (pca.transform(new) ** 2).sum(1)


OTHERS = {"kNN": neighbours, "LOF": factor, "IForest": forest, "PCA": components}


def write(path, rows):
    with open(path, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(f"x{at}" for at in range(rows.shape[1]))
        writer.writerows(rows.astype("float32").tolist())


def narrows(options, folder, seed):
    """Scores of the rows in `new.csv` by a model trained on those in `train.csv`."""
    train = [options.program, "train", options.config, "--data", "train.csv", "-q"]
    # What a training would ask of a person: every column is a number.
    kinds = [f"data.kinds.x{at}=number" for at in range(options.columns)]
    changes = [part for change in [*kinds, *options.set] for part in ("--set", change)]
    # Far enough apart for the seeds of each model's networks.
    named = ["--name", "run", "--force", "--seed", str(100 * seed)]
    subprocess.run([*train, *named, *changes], cwd=folder, check=True)
    score = [options.program, "score", "runs/run", "new.csv", "-o", "scores.csv", "--force", "-q"]
    subprocess.run(score, cwd=folder, check=True)
    with open(folder / "scores.csv", newline="") as file:
        return [float(row["score"]) for row in csv.DictReader(file)]


def measure(path, options):
    train, new, unusual = split(path, options.contaminated)
    scaler = StandardScaler().fit(train)
    found = {}
    for name, way in OTHERS.items():
        scores = way(scaler.transform(train), scaler.transform(new))
        found[name] = [100 * roc_auc_score(unusual, scores)]
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        write(folder / "train.csv", train)
        write(folder / "new.csv", new)
        options.columns = train.shape[1]
        scores = [narrows(options, folder, seed) for seed in range(1, options.seeds + 1)]
    found["narrows"] = [100 * roc_auc_score(unusual, of_seed) for of_seed in scores]
    return found


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--contaminated", type=float, metavar="SHARE")
    parser.add_argument("--only", nargs="+", metavar="NAME")
    parser.add_argument("--config", default="anomalies")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--program", default=str(ROOT / "target/release/narrows"))
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    sets = sorted(options.folder.glob("*.npz"))
    if options.only:
        sets = [path for path in sets if any(name in path.stem for name in options.only)]
    names = [*OTHERS, "narrows"]
    print("| set |", " | ".join(names), "|\n|---|" + "---:|" * len(names))
    all_found = {}
    for path in sets:
        found = all_found[path.stem] = measure(path, options)
        cells = [f"{statistics.mean(found[name]):.1f}" for name in names]
        print(f"| {path.stem} |", " | ".join(cells), "|", flush=True)
    means = [statistics.mean(statistics.mean(of[name]) for of in all_found.values()) for name in names]
    print("| mean |", " | ".join(f"{mean:.2f}" for mean in means), "|")
    of_seeds = [
        statistics.mean(of["narrows"][seed] for of in all_found.values())
        for seed in range(options.seeds)
    ]
    if len(of_seeds) > 1:
        print(f"\nThe seeds' means over all sets deviate by {statistics.stdev(of_seeds):.2f}.")
    if options.json:
        options.json.write_text(json.dumps(all_found, indent=1))


if __name__ == "__main__":
    main()
