"""The literature's figures, each by one command:

    python3 bench/published/published.py deep
    python3 bench/published/published.py --seeds 42,43,44 linear logistic

A line that was measured with a seed is not measured again. `--table` prints what is there as Markdown;
with `--into PAGE` it takes the place of the table on a page. What docs/results.md shows:

    python3 bench/published/published.py --table --results bench/published/measured.jsonl --into docs/results.md
"""

import argparse
import json
import os
import platform
import statistics
import sys
from pathlib import Path

from lines import LINES
from program import Program


def machine():
    """Cores and vectors, which seconds depend on most."""
    info = Path("/proc/cpuinfo")
    flags = info.read_text() if info.exists() else ""
    known = {"avx512f": "AVX-512", "avx2": "AVX2"}
    vectors = next((name for flag, name in known.items() if flag in flags), platform.machine())
    return f"{os.cpu_count()} cores, {vectors}"


def measure(name, seed, args, results):
    """One line with one seed; its figures go into the file of results at the
    end, all or none."""
    run = Program(args.narrows, Path(args.out) / f"{name}_{seed}", seed, args.reduced)
    figures = []
    for figure in LINES[name](run):
        print(f"  {figure.name}: {figure.value:.4f}", flush=True)
        figures.append({**figure._asdict(), "seconds": round(run.took(), 1)})
    record = {"line": name, "seed": seed, "reduced": args.reduced, "machine": machine(), "figures": figures}
    with results.open("a") as file:
        file.write(json.dumps(record) + "\n")


def read(results, reduced):
    """The record of each line and seed, the latest one."""
    found = {}
    for text in results.read_text().splitlines() if results.exists() else []:
        record = json.loads(text)
        if record["reduced"] == reduced:
            found[(record["line"], record["seed"])] = record
    return found


def is_met(figure, value):
    if figure["bar"] is None:
        return None
    return value <= figure["bar"] if figure["better"] == "below" else value >= figure["bar"]


def asked(figure):
    if figure["bar"] is None:
        return ""
    return f"{'≤' if figure['better'] == 'below' else '≥'} {figure['bar']:g}"


def table(found):
    """Markdown: mean and spread over seeds; whether each bar is met."""
    rows = ["| line | figure | published | asked | here | seeds | seconds | on | |", "|" + "---|" * 9]
    missed = []
    for name in LINES:
        records = [record for (line, _), record in sorted(found.items()) if line == name]
        machines = "; ".join(sorted({record["machine"] for record in records}))
        names = [[figure["name"] for figure in record["figures"]] for record in records]
        if any(of_one != names[0] for of_one in names):
            raise SystemExit(f"{name}: seeds have different figures; measure all with --again")
        for at, figure in enumerate(records[-1]["figures"] if records else []):
            values = [record["figures"][at]["value"] for record in records]
            mean = statistics.fmean(values)
            here = f"{mean:.5g}"
            if len(values) > 1:
                # Equal values differ by the rounding of 100 (1 - accuracy).
                here += f" ± {round(statistics.stdev(values), 9):.2g}"
            seconds = statistics.fmean(record["figures"][at]["seconds"] for record in records)
            met = is_met(figure, mean)
            if met is False:
                missed.append(f"{name}: {figure['name']}: {here}, asked {figure['bar']}")
            words = [name, figure["name"], figure["published"] or "", asked(figure)]
            words += [here, len(values), f"{seconds:.0f}"]
            words += [machines, {True: "met", False: "missed", None: ""}[met]]
            rows.append("| " + " | ".join(str(word) for word in words) + " |")
    return "\n".join(rows), missed


def replaced(page, text):
    """A page with another table in the place of its first one."""
    lines = page.splitlines()
    rows = [at for at, line in enumerate(lines) if line.startswith("|")]
    if not rows:
        raise SystemExit("the page has no table to be replaced")
    first = after = rows[0]
    while after in rows:
        after += 1
    return "\n".join([*lines[:first], text, *lines[after:]]) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("lines", nargs="*", metavar="LINE", help=", ".join(LINES))
    parser.add_argument("--seeds", default="42", help="such as 42,43,44 (default 42)")
    parser.add_argument("--narrows", default="target/release/narrows", help="the program (default %(default)s)")
    parser.add_argument("--out", default="runs/published", help="folder of runs (default %(default)s)")
    parser.add_argument("--results", type=Path, help="file of figures (default OUT/results.jsonl)")
    parser.add_argument("--into", type=Path, metavar="PAGE", help="Markdown that the table goes into")
    parser.add_argument("--reduced", action="store_true", help="short forms, whose bars only a broken method misses")
    parser.add_argument("--again", action="store_true", help="measure what is measured already")
    parser.add_argument("--table", action="store_true", help="print what is there, measure nothing")
    args = parser.parse_args()
    unknown = [name for name in args.lines if name not in LINES]
    if unknown:
        parser.error(f"no line {unknown[0]}; there are {', '.join(LINES)}")
    if not args.table and not Path(args.narrows).exists():
        parser.error(f"no {args.narrows}: cargo build --release makes it, or name another with --narrows")
    results = args.results or Path(args.out) / "results.jsonl"
    results.parent.mkdir(parents=True, exist_ok=True)
    if not args.table:
        for name in args.lines or LINES:
            for seed in [int(seed) for seed in args.seeds.split(",")]:
                if args.again or (name, seed) not in read(results, args.reduced):
                    print(f"{name}, seed {seed}: {LINES[name].__doc__}", flush=True)
                    measure(name, seed, args, results)
    found = read(results, args.reduced)
    if not found:
        raise SystemExit(f"nothing is measured in {results}; --results names another file")
    text, missed = table(found)
    if args.into:
        args.into.write_text(replaced(args.into.read_text(), text))
    else:
        print(text)
    for line in missed:
        print("MISSED", line)
    # Whoever runs the reduced forms asks whether anything is broken.
    return 1 if args.reduced and missed else 0


if __name__ == "__main__":
    sys.exit(main())
