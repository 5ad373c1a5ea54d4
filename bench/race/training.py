"""One workload: the same network trained on both sides, in turns."""

from contextlib import ExitStack
from dataclasses import dataclass

from turns import Results, take_turns
from worker import Worker
from workloads import MNIST, Workload, operations_a_row, settings

NARROWS = "narrows"
# After as many epochs from the same first weights the losses of both sides
# may differ by this much: rows come in another order, and draws differ.
TOLERANCE = 0.03
# Larger data stays bytes in PyTorch, since floats would not fit four times.
MOST_FLOATS = 1 << 30


@dataclass
class Training:
    workload: Workload
    rows: int
    weights: int
    ways: list[str]
    results: Results
    # After the same number of epochs.
    losses: dict[str, float]
    epochs: int
    memory: dict[str, int | None]
    operations: int

    def agrees(self):
        """Whether the losses are alike on both sides."""
        mine = self.losses[NARROWS]
        return all(abs(loss / mine - 1) <= TOLERANCE for loss in self.losses.values())


def train(workload, tools, options):
    """Both sides' workers wait for their turns at the same time, so that none
    has the machine in another state than the others."""
    data = tools.data(workload.data)
    changes = [*workload.changes, f"train.epochs={epochs(workload, options.rounds)}"]
    names = [NARROWS, *options.ways]
    first = tools.scratch("first.safetensors")
    with ExitStack() as stack:
        narrows = tools.narrows("train", workload.config, data, *changes)
        workers = [stack.enter_context(narrows)]
        narrows.ask(f"checkpoint {first}")
        for way in options.ways:
            torch = tools.torch(
                way,
                "torch_worker.py",
                *[way, workload.config, data, *changes, "--weights", first],
                *["--keep", keep(workload), "--compile-mode", options.compile_mode],
            )
            workers.append(stack.enter_context(torch))
        losses = [Losses(worker) for worker in workers]
        results = take_turns(losses, "epoch", options.rounds, options.patience)
        common = min(len(worker.losses) for worker in losses)
        ready = [worker.ready for worker in workers]
        for key in ("rows", "weights"):
            if len({each[key] for each in ready}) > 1:
                raise SystemExit(f"{workload.name}: the sides differ in {key}: {ready}")
        return Training(
            workload=workload,
            rows=ready[0]["rows"],
            weights=ready[0]["weights"],
            ways=options.ways,
            results=results,
            losses={worker.name: worker.losses[common - 1] for worker in losses},
            epochs=common,
            memory=dict(zip(names, (worker.peak_memory() for worker in workers))),
            operations=operations_a_row(workload),
        )


class Losses:
    """A worker whose losses are kept, those of turns made again included."""

    def __init__(self, worker):
        self.name, self.process, self.worker = worker.name, worker.process, worker
        self.losses = []

    def ask(self, command):
        answer = self.worker.ask(command)
        self.losses.append(answer["loss"])
        return answer


def epochs(workload, rounds):
    """As many as the config has, or enough for turns made again."""
    return max(settings(workload).get("train", {}).get("epochs", 5), 4 * rounds)


def keep(workload):
    large = workload.data != MNIST and workload.data[0] == "images"
    return "bytes" if large and workload.data[1] * 784 * 4 > MOST_FLOATS else "floats"
