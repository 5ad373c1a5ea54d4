"""Makes a series in the shape of NAB's machine temperature, with known faults.

    python3 bench/anomalies/machine.py machine.csv

22,695 rows, five minutes apart: the temperature of a machine that warms up and cools
down by the day and drifts by the week, a load that it follows with a lag, one gap of
six hours, and four faults: two short spells of heat, a sensor that stands still, and a
temperature that no longer follows the load. `fault` is 1 in their rows; the first is
at 60 % of the series.
"""

import argparse
import csv
import datetime
import math
import random

ROWS = 22_695
FAULTS = [(13_700, 140, "heat"), (16_200, 200, "still"), (18_900, 220, "loose"), (21_300, 90, "heat")]
GAP = 9_000


def rows(seed):
    draw = random.Random(seed)
    when = datetime.datetime(2013, 12, 2, 21, 15)
    load, temperature, drift, still = 50.0, 85.0, 0.0, None
    for row in range(ROWS):
        when += datetime.timedelta(minutes=5 if row != GAP else 360)
        day = (when.hour + when.minute / 60) / 24
        target = 50 + 18 * math.sin(2 * math.pi * (day - 0.3)) - 12 * (when.weekday() >= 5)
        load += 0.15 * (target - load) + draw.gauss(0, 2.2)
        drift += draw.gauss(0, 0.02) - 0.0005 * drift
        fault = next((kind for at, length, kind in FAULTS if at <= row < at + length), None)
        pull = 60 if fault == "loose" else 60 + 0.5 * load
        temperature += 0.08 * (pull + drift - temperature) + draw.gauss(0, 0.35)
        shown = temperature + draw.gauss(0, 0.15)
        if fault == "heat":
            shown += 4.5
        if fault == "still":
            still = shown if still is None else still
            shown = still
        yield when, shown, load, int(fault is not None)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("target")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    with open(args.target, "w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["timestamp", "temperature", "load", "fault"])
        for when, temperature, load, fault in rows(args.seed):
            table.writerow([when.isoformat(" "), f"{temperature:.2f}", f"{load:.1f}", fault])


if __name__ == "__main__":
    main()
