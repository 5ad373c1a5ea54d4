"""The literature's figures, each by one command:

    python3 bench/published/published.py deep
    python3 bench/published/published.py --seeds 42,43,44 linear logistic

A line that was measured with a seed is not measured again. `--table` prints what is there as Markdown.
"""

import argparse
import json
import statistics
import subprocess
import sys
from pathlib import Path

from lines import LINES
from program import Program


def measure(name, seed, args, results):
    """One line with one seed; its figures go into the file of results at the
    end, all or none."""
    run = Program(args.narrows, Path(args.out) / f"{name}_{seed}", seed, args.reduced)
    figures = []
    for figure in LINES[name](run):
        print(f"  {figure.name}: {figure.value:.4f}", flush=True)
        figures.append({**figure._asdict(), "seconds": round(run.took(), 1)})
    record = {"line": name, "seed": seed, "reduced": args.reduced, "figures": figures}
    with results.open("a") as file:
        file.write(json.dumps(record) + "\n")


def read(results, reduced):
    """The figures of each line and seed, the latest ones."""
    found = {}
    for text in results.read_text().splitlines() if results.exists() else []:
        record = json.loads(text)
        if record["reduced"] == reduced:
            found[(record["line"], record["seed"])] = record["figures"]
    return found


def is_met(figure, value):
    if figure["bar"] is None:
        return None
    return value <= figure["bar"] if figure["better"] == "below" else value >= figure["bar"]


def table(found):
    """Markdown: mean and spread over seeds; whether each bar is met."""
    rows = ["| line | figure | published | here | seeds | seconds | |", "|---|---|---|---|---|---|---|"]
    missed = []
    for name in LINES:
        seeds = sorted(seed for line, seed in found if line == name)
        for at, figure in enumerate(found[(name, seeds[0])] if seeds else []):
            values = [found[(name, seed)][at]["value"] for seed in seeds]
            mean = statistics.fmean(values)
            here = f"{mean:.5g}"
            if len(values) > 1:
                here += f" ± {statistics.stdev(values):.2g}"
            seconds = statistics.fmean(found[(name, seed)][at]["seconds"] for seed in seeds)
            met = is_met(figure, mean)
            if met is False:
                missed.append(f"{name}: {figure['name']}: {here}, asked {figure['bar']}")
            words = [name, figure["name"], figure["published"] or "", here, len(seeds), f"{seconds:.0f}"]
            words.append({True: "met", False: "missed", None: ""}[met])
            rows.append("| " + " | ".join(str(word) for word in words) + " |")
    return "\n".join(rows), missed


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("lines", nargs="*", metavar="LINE", help=", ".join(LINES))
    parser.add_argument("--seeds", default="42", help="such as 42,43,44 (default 42)")
    parser.add_argument("--narrows", default="target/release/narrows", help="the program")
    parser.add_argument("--out", default="runs/published", help="folder of runs and results")
    parser.add_argument("--reduced", action="store_true", help="forms of seconds that only a broken method fails")
    parser.add_argument("--again", action="store_true", help="measure what is measured already")
    parser.add_argument("--table", action="store_true", help="print what is there, measure nothing")
    args = parser.parse_args()
    unknown = [name for name in args.lines if name not in LINES]
    if unknown:
        parser.error(f"no line {unknown[0]}; there are {', '.join(LINES)}")
    if not Path(args.narrows).exists():
        parser.error(f"no {args.narrows}: cargo build --release makes it, or name another with --narrows")
    results = Path(args.out) / "results.jsonl"
    results.parent.mkdir(parents=True, exist_ok=True)
    if not args.table:
        for name in args.lines or LINES:
            for seed in [int(seed) for seed in args.seeds.split(",")]:
                if args.again or (name, seed) not in read(results, args.reduced):
                    print(f"{name}, seed {seed}: {LINES[name].__doc__}", flush=True)
                    measure(name, seed, args, results)
    text, missed = table(read(results, args.reduced))
    print(text)
    for line in missed:
        print("MISSED", line)
    # Whoever runs the reduced forms asks whether anything is broken.
    return 1 if args.reduced and missed else 0


if __name__ == "__main__":
    sys.exit(main())
