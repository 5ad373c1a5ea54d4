"""The PyTorch side of a training: one epoch for each line `epoch`."""

import argparse
import json
import sys
import time

import torch

import torch_columns
import torch_config
import torch_data
import torch_weights
from torch_network import Network
from torch_steps import steps


class Training:
    def __init__(self, arguments):
        self.config = torch_config.read(arguments.config, arguments.changes)
        torch.manual_seed(self.config["seed"])
        torch.set_num_threads(arguments.threads)
        rows, self.network = rows_and_network(arguments.data, self.config)
        # Floats are faster than bytes made floats batch by batch, but large
        # data would take four times the memory.
        self.bytes = rows.dtype == torch.uint8 and arguments.keep == "bytes"
        if rows.dtype == torch.uint8 and not self.bytes:
            rows = rows.float().div_(255)
        self.rows = rows
        self.batch = self.config["train"]["batch"]
        if arguments.weights:
            torch_weights.put_into(self.network, torch_weights.read(arguments.weights))
        self.steps = steps(arguments.way, self.network, self.config, arguments.compile_mode)
        self.epochs_done = self.steps_done = 0

    def batches(self):
        """The rows in a new order, a batch at a time."""
        for places in torch.randperm(len(self.rows)).split(self.batch):
            batch = self.rows.index_select(0, places)
            yield batch.float().div_(255) if self.bytes else batch

    def calls(self):
        """Batches of the usual size, as many as one call takes; the last alone."""
        together = []
        for batch in self.batches():
            together.append(batch)
            if len(together) == self.steps.steps_a_call:
                yield together
                together = []
        yield from ([batch] for batch in together)

    def epoch(self):
        started, before = time.perf_counter(), time.process_time()
        a_pass = -(-len(self.rows) // self.batch)
        total = torch.zeros(())
        for batches in self.calls():
            places = range(self.steps_done, self.steps_done + len(batches))
            rates = [self.rate(place, a_pass) for place in places]
            self.steps.make(batches, rates, total)
            self.steps_done += len(batches)
        loss = total.item() / len(self.rows)
        self.epochs_done += 1
        return {
            "epoch": self.epochs_done,
            "rows": len(self.rows),
            "seconds": time.perf_counter() - started,
            "processor_seconds": time.process_time() - before,
            "loss": loss,
        }

    def rate(self, step, a_pass):
        epochs = self.config["train"]["epochs"]
        return torch_config.rate_at(self.config["optimizer"], step, a_pass, epochs)


def rows_and_network(path, config):
    """The rows to train on, and the network for them."""
    if config["loss"]["reconstruction"] == "columns":
        rows, columns = torch_columns.training_rows(path, config)
        return rows, torch_columns.MixedNetwork(config, columns)
    rows = torch_data.training_rows(path, config)
    return rows, Network(config, rows.shape[1])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("way")
    parser.add_argument("config")
    parser.add_argument("data")
    parser.add_argument("changes", nargs="*")
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--weights", help="a file of narrows with the first weights")
    parser.add_argument("--compile-mode", default="default")
    parser.add_argument("--keep", choices=["floats", "bytes"], default="floats")
    training = Training(parser.parse_args())
    weights = sum(p.numel() for p in training.network.parameters())
    print(json.dumps({"rows": len(training.rows), "weights": weights}), flush=True)
    for line in sys.stdin:
        assert line.strip() == "epoch", line
        print(json.dumps(training.epoch()), flush=True)


if __name__ == "__main__":
    main()
