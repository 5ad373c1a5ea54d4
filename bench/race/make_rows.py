"""Generated data, the same for the same seed: a table near a plane of few
dimensions, MNIST's images over and over, or numbers and categories with missing
cells that follow from the same few dimensions.

    python make_rows.py table ROWS OUT.npy
    python make_rows.py images ROWS OUT.npy SOURCE
    python make_rows.py mixed ROWS OUT.csv
"""

import csv
import sys

import numpy

import torch_data

FEATURES, DIMENSIONS, NOISE = 30, 6, 0.3
NUMBERS, CATEGORIES, LEVELS, MISSING = 10, 10, 8, 0.05


def table(rows):
    draws = numpy.random.default_rng(42)
    axes = draws.standard_normal((DIMENSIONS, FEATURES), dtype=numpy.float32)
    axes /= DIMENSIONS**0.5
    values = numpy.empty((rows, FEATURES), dtype=numpy.float32)
    for start in range(0, rows, 100_000):
        part = values[start : start + 100_000]
        inner = draws.standard_normal((len(part), DIMENSIONS), dtype=numpy.float32)
        noise = draws.standard_normal((len(part), FEATURES), dtype=numpy.float32)
        # Bent, so that the network has more to find than a plane.
        part[:] = numpy.tanh(inner @ axes) + NOISE * noise
    return values


def images(rows, source):
    digits = torch_data.read(source).numpy()
    return digits[numpy.arange(rows) % len(digits)].reshape(rows, 28, 28)


def mixed(rows, out):
    """Writes a table of both kinds of columns."""
    draws = numpy.random.default_rng(42)
    inner = draws.standard_normal((rows, DIMENSIONS))
    axes = draws.standard_normal((DIMENSIONS, NUMBERS)) / DIMENSIONS**0.5
    numbers = numpy.tanh(inner @ axes) + NOISE * draws.standard_normal((rows, NUMBERS))
    logits = inner @ draws.standard_normal((CATEGORIES, DIMENSIONS, LEVELS))
    levels = (logits + draws.gumbel(size=logits.shape)).argmax(2)
    missing = draws.random((rows, NUMBERS + CATEGORIES)) < MISSING
    names = [f"n{at}" for at in range(NUMBERS)] + [f"c{at}" for at in range(CATEGORIES)]
    with open(out, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(names)
        for row in range(rows):
            cells = [f"{number:.5f}" for number in numbers[row]]
            cells += [f"level {level}" for level in levels[:, row]]
            writer.writerow("" if gone else cell for cell, gone in zip(cells, missing[row]))


def main():
    kind, rows, out, *source = sys.argv[1:]
    if kind == "mixed":
        mixed(int(rows), out)
    else:
        make = {"table": table, "images": images}[kind]
        numpy.save(out, make(int(rows), *source))


if __name__ == "__main__":
    main()
