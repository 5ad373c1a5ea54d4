"""Whether other programs use the processor; only Linux tells."""

import os
import time

# Above this share of all cores a turn does not count.
MUCH = 0.05


def ticks():
    """Ticks in which some program ran, and all ticks, of all cores together."""
    try:
        with open("/proc/stat") as stat:
            fields = [int(field) for field in stat.readline().split()[1:9]]
    except OSError:
        return None
    idle = fields[3] + fields[4]
    return sum(fields) - idle, sum(fields)


def ticks_of(process):
    with open(f"/proc/{process}/stat") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return int(fields[11]) + int(fields[12])


class Watch:
    """What share of the processor others had since it was made."""

    def __init__(self, process=None):
        self.process = process
        self.start = self.now()

    def now(self):
        all_ticks = ticks()
        if all_ticks is None:
            return None
        busy, total = all_ticks
        return busy - (ticks_of(self.process) if self.process else 0), total

    def others(self):
        if self.start is None:
            return 0.0
        busy, total = (now - then for now, then in zip(self.now(), self.start))
        # A turn of a few ticks says nothing.
        return busy / total if total >= 20 * (os.cpu_count() or 1) else 0.0


def wait(patience):
    """Until others leave the processor alone, but no longer than `patience`
    seconds."""
    until = time.monotonic() + patience
    while time.monotonic() < until:
        watch = Watch()
        time.sleep(0.4)
        if watch.others() < MUCH:
            return
