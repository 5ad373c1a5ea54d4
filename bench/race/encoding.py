"""Encoding with a trained model: rows in memory, and one row by a program."""

import statistics
import subprocess
import time
from contextlib import ExitStack

from turns import take_turns
from workloads import MNIST, ROOT

ROWS = [1, 8, 32, 256, 1024, 10_000]
# Of the Python side.
WAYS = ["eager", "compiled", "onnx"]
# Of codes, from the same weights in another order of sums.
TOLERANCE = 1e-3
SECONDS_A_TURN = 0.5
# Starting a program is measured so many times a round.
STARTS = 5


def model(tools):
    """The stacked autoencoder after one epoch."""
    path = tools.scratch("encode.safetensors")
    with tools.narrows("train", ROOT / "configs/stacked.toml", MNIST) as worker:
        worker.ask("epoch")
        worker.ask(f"model {path}")
    return path


def encode(tools, options):
    """Results for each number of rows."""
    found = {}
    path = model(tools)
    with ExitStack() as stack:
        workers = [tools.narrows("encode", path, MNIST)]
        for way in WAYS:
            arguments = [way, path, MNIST, "--compile-mode", options.compile_mode]
            workers.append(tools.torch(way, "encode_worker.py", *arguments))
        for worker in workers:
            stack.enter_context(worker)
        for rows in ROWS:
            command = f"encode {rows} {SECONDS_A_TURN}"
            found[rows] = take_turns(workers, command, options.rounds, options.patience)
            checks = [answers[-1]["check"] for answers in found[rows].answers.values()]
            if max(checks) - min(checks) > TOLERANCE * max(1.0, abs(checks[0])):
                raise SystemExit(f"the codes of {rows} rows differ: {checks}")
    return found


def program(tools, options):
    """Milliseconds from the start of a program to its end, for one row."""
    path, folder = model(tools), tools.scratch("program")
    folder.mkdir(exist_ok=True)
    python = [tools.python, ROOT / "bench/race/encode_files.py"]
    subprocess.run([str(part) for part in [*python, path, MNIST, folder]], check=True)
    row, threads = folder / "row.csv", str(tools.threads)

    def script(name, encoder):
        program = [tools.python, ROOT / f"bench/race/{name}.py", folder / encoder]
        return [*program, row, folder / f"{name}.csv"]

    narrows = [tools.program, "--quiet", "--threads", threads, "encode", path, row]
    commands = {
        "narrows": [*narrows, "-o", folder / "narrows.csv", "--force"],
        "PyTorch": script("encode_once_torch", "encoder.pt"),
        "ONNX Runtime": script("encode_once_onnx", "encoder.onnx"),
    }
    times = {name: [] for name in commands}
    for _ in range(options.rounds * STARTS):
        for name, command in commands.items():
            started = time.perf_counter()
            subprocess.run([str(part) for part in command], check=True)
            times[name].append(1000 * (time.perf_counter() - started))
    # The first start reads the files from the disk.
    return {name: statistics.median(found[1:]) for name, found in times.items()}
