"""Rows of any number on standard output, to see how files larger than memory
go through: python3 bench/large.py npy --gigabytes 10 --features 100 > ten.npy
"""

import argparse
import array
import random
import struct
import sys

# Rows of the block that is written again and again.
BLOCK = 1000


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("format", choices=["npy", "csv"])
    parser.add_argument("--gigabytes", type=float, default=1.0)
    parser.add_argument("--features", type=int, default=100)
    args = parser.parse_args()
    random.seed(1)
    values = [random.gauss(0, 1) for _ in range(BLOCK * args.features)]
    out = sys.stdout.buffer
    if args.format == "npy":
        block = array.array("f", values).tobytes()
        head = None
    else:
        rows = (values[at : at + args.features] for at in range(0, len(values), args.features))
        block = "".join(",".join(f"{value:.5f}" for value in row) + "\n" for row in rows).encode()
        head = ",".join(f"f{at}" for at in range(args.features)).encode() + b"\n"
    blocks = max(1, int(args.gigabytes * 1e9 / len(block)))
    if head is None:
        shape = (blocks * BLOCK, args.features)
        text = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}"
        text = text.ljust(64 * (len(text) // 64 + 2) - 11) + "\n"
        head = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode()
    out.write(head)
    for _ in range(blocks):
        out.write(block)


if __name__ == "__main__":
    main()
