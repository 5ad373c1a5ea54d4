"""Runs the program, and times what it does."""

import json
import subprocess
import time
from pathlib import Path


class Program:
    """One line's runs with one seed, in a folder of their own."""

    def __init__(self, narrows, folder, seed, reduced):
        self.narrows = narrows
        self.folder = Path(folder)
        self.seed = seed
        self.reduced = reduced
        self.seconds = 0.0

    def pick(self, full, reduced):
        """The setting of the published protocol, or its reduced form's."""
        return reduced if self.reduced else full

    def call(self, *words):
        words = [str(word) for word in words]
        print("$ narrows", *words, flush=True)
        started = time.monotonic()
        done = subprocess.run([self.narrows, *words], capture_output=True, text=True)
        self.seconds += time.monotonic() - started
        if done.returncode != 0:
            raise SystemExit(f"exit code {done.returncode}\n{done.stderr[-2000:]}")
        return done.stdout

    def json(self, *words):
        return json.loads(self.call(*words, "--json"))

    def train(self, config, name=None, **changes):
        """Trains a config; the run folder. Keys are `table__key`."""
        name = name or Path(config).stem
        sets = {"seed": self.seed, **changes}
        words = ["train", config, "--name", name, "--force", "--out", self.folder, "--quiet"]
        for key, value in sets.items():
            words += ["--set", f"{key.replace('__', '.')}={value}"]
        self.call(*words)
        return self.folder / name

    def evaluate(self, run, rows, *flags):
        return self.json("evaluate", run, rows, *flags)

    def classify(self, run, rows, test, name, **flags):
        """Trains a classifier on a run's encoder; its test error in percent."""
        file = self.folder / f"{name}.safetensors"
        words = ["classify", "train", run, rows, "-o", file, "--force", "--quiet"]
        flags = {"seed": self.seed, "held_out": 0, **flags}
        for key, value in flags.items():
            words += [f"--{key.replace('_', '-')}"] + ([] if value is True else [value])
        self.call(*words)
        found = self.json("classify", "evaluate", file, test)
        return 100.0 * (1.0 - found["accuracy"])

    def trained_for(self, run):
        """Seconds of a run's epochs, without what comes before and after."""
        epochs = (run / "history.jsonl").read_text().splitlines()
        return sum(json.loads(epoch)["seconds"] for epoch in epochs)

    def took(self):
        """Seconds since this was asked last."""
        seconds, self.seconds = self.seconds, 0.0
        return seconds
