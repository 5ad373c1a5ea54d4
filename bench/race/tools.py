"""What both sides need to run: built programs, a Python with PyTorch, data."""

import os
import subprocess
import sys
from pathlib import Path

from worker import Worker
from workloads import HERE, MNIST, ROOT

PACKAGES = ["torch", "numpy", "onnx", "onnxruntime"]


def run(*command):
    done = subprocess.run([str(part) for part in command], cwd=ROOT)
    if done.returncode:
        raise SystemExit(f"failed: {' '.join(map(str, command))}")


class Tools:
    def __init__(self, python, threads):
        self.threads = threads
        self.target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")).resolve()
        self.folder = self.target / "race"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.python = python or self.environment()
        self.build()

    def environment(self):
        """A Python environment with PyTorch, made where there is none yet."""
        folder = self.folder / "venv"
        python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
        done = folder / "whole"
        if not done.exists():
            run(sys.executable, "-m", "venv", "--clear", folder)
            run(python, "-m", "pip", "install", "--quiet", *PACKAGES)
            done.touch()
        return python

    def build(self):
        both = ["-p", "narrows", "-p", "narrows-cli", "--example", "race", "--bins"]
        run("cargo", "build", "--release", "--quiet", *both)
        ending = ".exe" if os.name == "nt" else ""
        self.race = self.target / f"release/examples/race{ending}"
        self.program = self.target / f"release/narrows{ending}"

    def scratch(self, name):
        return self.folder / name

    def narrows(self, *arguments):
        environment = {"NARROWS_THREADS": str(self.threads)}
        return Worker("narrows", [self.race, *arguments], environment)

    def torch(self, name, script, *arguments):
        command = [self.python, HERE / script, *arguments, "--threads", self.threads]
        return Worker(name, command, {"OMP_NUM_THREADS": str(self.threads)})

    def data(self, data):
        """The file of a workload's rows, generated where it is not there yet."""
        if data == MNIST:
            return MNIST
        kind, rows = data
        ending = ".csv" if kind == "mixed" else ".npy"
        path = self.folder / f"{kind}-{rows}{ending}"
        if not path.exists():
            part = path.with_suffix(f".part{ending}")
            source = [MNIST] if kind == "images" else []
            run(self.python, HERE / "make_rows.py", kind, rows, part, *source)
            part.rename(path)
        return path
