"""narrows and PyTorch, training the same networks on the same data in turns.

    python3 bench/race/race.py
"""

import argparse
import dataclasses
import json
import os
import sys

import encoding
import machine
import tables
import workloads
from tools import Tools
from training import train

WAYS = ["eager", "fused", "compiled", "whole"]


def arguments():
    names = [*workloads.TRAININGS, *workloads.OTHERS]
    listed = lambda text: text.split(",")  # noqa: E731
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--threads", type=int, default=machine.cores(), help="of both sides (default: all cores)")
    add("--rounds", type=int, default=5, help="the first is not counted (default 5)")
    add("--workloads", type=listed, default=names, help=f"some of {','.join(names)}")
    add("--curve", choices=["rows", "width"], help="time a row instead, over rows or widths")
    add("--ways", type=listed, default=WAYS, help=f"of PyTorch, some of {','.join(WAYS)}")
    add("--compile-mode", default="default", help="of torch.compile (default: default)")
    add("--json", metavar="FILE", help="write every measured number")
    add("--markdown", metavar="FILE", help="write what is printed")
    add("--python", metavar="FILE", help="a Python with torch, numpy, onnx and onnxruntime")
    add("--patience", type=float, default=30, help="seconds to wait before a turn until no other program computes (default 30)")
    add("--clock", choices=["wall", "processor"], default="wall", help="processor: by processor time, for one thread on a machine with other work")
    options = parser.parse_args()
    for chosen, known in ((options.workloads, names), (options.ways, WAYS)):
        for name in chosen:
            if name not in known:
                parser.error(f"no '{name}': there are {', '.join(known)}")
    if options.rounds < 2:
        parser.error("--rounds must be 2 or more: the first is not counted")
    if options.clock == "processor" and options.threads > 1:
        parser.error("--clock processor needs --threads 1: waiting threads compute too")
    return options


class Page:
    """What is printed, and kept for a file."""

    def __init__(self):
        self.parts = []

    def say(self, text):
        print(f"{text}\n", flush=True)
        self.parts.append(text)

    def write(self, path):
        with open(path, "w") as file:
            file.write("\n\n".join(self.parts) + "\n")


def plain(value):
    """What JSON can hold."""
    if dataclasses.is_dataclass(value):
        return dataclasses.asdict(value)
    return value.__dict__ if hasattr(value, "__dict__") else str(value)


def main():
    options = arguments()
    clock = {"wall": "seconds", "processor": "processor_seconds"}[options.clock]
    tools = Tools(options.python, options.threads)
    page, kept = Page(), {"options": vars(options)}
    with tools.narrows("machine") as worker:
        can = worker.ready
    kept["machine"] = can | {"processor": machine.name(), "cores": machine.cores()}
    page.say(
        f"{machine.name()}, {machine.cores()} cores, {options.threads} threads: at most "
        f"{can['gigaflops']:.0f} GFLOP/s of fused multiply-adds, "
        f"{can['gigabytes_a_second']:.0f} GB/s of memory (triad)."
    )
    race(options, clock, tools, page, kept, can["gigaflops"])
    if options.markdown:
        page.write(options.markdown)


def race(options, clock, tools, page, kept, gigaflops):
    if options.curve:
        points = {"rows": workloads.row_curve, "width": workloads.width_curve}[options.curve]()
        trained("curve", points, lambda found: tables.curve(found, clock), tools, page, kept, options)
        return
    chosen = [workloads.TRAININGS[n] for n in options.workloads if n in workloads.TRAININGS]
    if chosen:
        show = lambda found: tables.trainings(found, clock, gigaflops)  # noqa: E731
        trained("trainings", chosen, show, tools, page, kept, options)
    if "encode" in options.workloads:
        kept["encode"] = encoding.encode(tools, options)
        keep(options, kept)
        page.say(tables.encodings(kept["encode"], clock))
    if "program" in options.workloads:
        kept["program"] = encoding.program(tools, options)
        keep(options, kept)
        page.say(tables.programs(kept["program"]))


def trained(name, chosen, show, tools, page, kept, options):
    """One after the other; of a long race that is cut off, --json keeps what
    was measured, and the lines so far stand on standard error."""
    found = kept[name] = []
    for workload in chosen:
        print(f"{workload.name} …", file=sys.stderr, flush=True)
        found.append(train(workload, tools, options))
        keep(options, kept)
        print(show(found[-1:]), file=sys.stderr, flush=True)
    page.say(show(found))


def keep(options, kept):
    if options.json:
        part = f"{options.json}.part"
        with open(part, "w") as file:
            json.dump(kept, file, default=plain, indent=1)
        os.replace(part, options.json)


if __name__ == "__main__":
    if sys.version_info < (3, 11):
        sys.exit("bench/race needs Python 3.11 or newer")
    main()
