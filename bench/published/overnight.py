"""Trains a long config for some time, measures it, and goes on the next time:

    python3 bench/published/overnight.py variational_overnight --minutes 480

The run is stopped every so often as by Ctrl-C, made a model of (`--finish`) and
measured on the test images by importance samples; then it goes on from its last
step (`--resume`). Every measurement is a line of runs/published/NAME.jsonl.
"""

import argparse
import json
import signal
import subprocess
from pathlib import Path

OUT = Path("runs/published")
# The program's exit code of a training that was stopped.
STOPPED = 130


def train_for(words, minutes):
    """Whether training is over."""
    print("$ narrows", *words[1:], flush=True)
    running = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        _, errors = running.communicate(timeout=60.0 * minutes)
    except subprocess.TimeoutExpired:
        running.send_signal(signal.SIGINT)
        _, errors = running.communicate()
    if running.returncode not in (0, STOPPED):
        raise SystemExit(errors)
    return running.returncode == 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("config", help="a name in configs/published")
    parser.add_argument("--minutes", type=float, default=480.0, help="how long to train (default 480)")
    parser.add_argument("--every", type=float, default=60.0, help="minutes between measurements (default 60)")
    parser.add_argument("--samples", type=int, default=5000, help="importance samples (default 5000)")
    parser.add_argument("--narrows", default="target/release/narrows", help="the program")
    args = parser.parse_args()
    run = OUT / args.config
    curve = OUT / f"{args.config}.jsonl"
    left = args.minutes
    over = False
    while left > 0 and not over:
        begin = [f"configs/published/{args.config}.toml", "--name", args.config, "--out", OUT]
        words = [run, "--resume"] if run.exists() else begin
        part = min(left, args.every)
        over = train_for([args.narrows, "train", *map(str, words), "--quiet"], part)
        left -= part
        history = run / "history.jsonl"
        epochs = [json.loads(line) for line in history.read_text().splitlines()] if history.exists() else []
        before = [json.loads(line) for line in curve.read_text().splitlines()] if curve.exists() else []
        if not epochs or (before and before[-1]["epoch"] == epochs[-1]["epoch"]):
            print("no further epoch was ended: nothing new to measure", flush=True)
            continue
        if not over:
            subprocess.run([args.narrows, "train", run, "--finish", "--quiet"], check=True)
        measure = [args.narrows, "evaluate", run, "mnist:test", "--json"]
        measure += ["--importance-samples", str(args.samples)]
        found = json.loads(subprocess.run(measure, check=True, capture_output=True, text=True).stdout)
        point = {
            "epoch": epochs[-1]["epoch"],
            "minutes": round(sum(epoch["seconds"] for epoch in epochs) / 60.0, 1),
            "negative_log_likelihood": -found["measures"]["importance_bound"],
            "negative_elbo": -found["measures"]["elbo"],
        }
        print(point, flush=True)
        with curve.open("a") as file:
            file.write(json.dumps(point) + "\n")


if __name__ == "__main__":
    main()
