"""Generated data, the same for the same seed: a table near a plane of few
dimensions, or MNIST's images over and over.

    python make_rows.py table ROWS OUT.npy
    python make_rows.py images ROWS OUT.npy SOURCE
"""

import sys

import numpy

import torch_data

FEATURES, DIMENSIONS, NOISE = 30, 6, 0.3


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


def main():
    kind, rows, out, *source = sys.argv[1:]
    make = {"table": table, "images": images}[kind]
    numpy.save(out, make(int(rows), *source))


if __name__ == "__main__":
    main()
