"""A process that works for one line and answers with one line of JSON."""

import json
import os
import subprocess
import tempfile


class Worker:
    """Started at once and told to go on as often as wanted; it waits between."""

    def __init__(self, name, command, environment):
        self.name = name
        self.log = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.log,
            env=os.environ | environment,
            text=True,
        )
        self.ready = self.answer()

    def ask(self, line):
        try:
            self.process.stdin.write(line + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            # It has stopped; why is for `answer` to say.
            pass
        return self.answer()

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            self.log.seek(0)
            status = self.process.wait()
            raise SystemExit(f"{self.name} stopped, status {status}:\n{self.log.read()[-3000:]}")
        return json.loads(line)

    def peak_memory(self):
        """The most bytes that it has had in memory; only Linux tells."""
        try:
            with open(f"/proc/{self.process.pid}/status") as status:
                return next(int(line.split()[1]) * 1024 for line in status if "VmHWM" in line)
        except OSError:
            return None

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
