"""A table of numbers and categories with missing cells: its rows as the PyTorch
side takes them, and the loss of its columns.

A row is `[features, known]`: each number scaled, each category one-hot, 0 for a
missing cell; then 1 for each column whose cell is known, numbers first. The
encoder is given the features and which numbers are known.
"""

import csv
from dataclasses import dataclass

import numpy
import torch
from torch import nn

import torch_data
from torch_network import Network, first_weights

# The least nats of a category by itself that its error is divided by.
LEAST = 0.05


@dataclass
class Columns:
    """How many there are of each kind, and the factors of the categories' errors."""

    numbers: int
    categories: int
    levels: int
    factors: torch.Tensor

    @property
    def features(self):
        return self.numbers + self.categories * self.levels


def training_rows(path, config):
    """The rows to train on, and their columns: first numbers, whose names begin
    with n, then categories of as many levels each."""
    with open(path, newline="") as file:
        names, *lines = csv.reader(file)
    cells = numpy.array(lines)[torch_data.trained(config, len(lines)).numpy()]
    known = torch.from_numpy(cells != "")
    count = sum(name.startswith("n") for name in names)
    numbers = [scaled(cells[:, at], known[:, at]) for at in range(count)]
    hot = [one_hot(cells[:, at]) for at in range(count, len(names))]
    rows = torch.cat([torch.stack(numbers, 1), *hot, known.float()], 1)
    factors = torch.tensor([factor(of_levels) for of_levels in hot])
    return rows, Columns(count, len(hot), hot[0].shape[1], factors)


def scaled(cells, known):
    """Known numbers to mean 0 and deviation 1."""
    values = torch.from_numpy(numpy.where(cells == "", "0", cells).astype(float))
    some = values[known]
    values = (values - some.mean()) / some.std(correction=0)
    return torch.where(known, values, 0.0).float()


def one_hot(cells):
    levels = sorted(set(cells) - {""})
    return torch.from_numpy(cells[:, None] == numpy.array(levels)).float()


def factor(hot):
    """What makes the error of a category 1/2 by its own shares."""
    shares = hot.sum(0) / hot.sum()
    own = torch.special.entr(shares).sum().item()
    return 0.5 / max(own, LEAST)


class MixedNetwork(Network):
    """A network whose outputs are compared column by column."""

    def __init__(self, config, columns):
        super().__init__(config, columns.features)
        self.columns = columns
        inputs = columns.features + columns.numbers
        outputs = self.encoder[0].out_features
        self.encoder[0] = first_weights(nn.Linear(inputs, outputs), "he", inputs, outputs)
        self.register_buffer("factors", columns.factors)

    def loss(self, rows):
        """Of a batch: half the squared error of known numbers, whose variance is
        1, and the cross-entropy of known categories times its factor."""
        numbers, features = self.columns.numbers, self.columns.features
        given = features + numbers
        sums = self.decoder(self.encoder(rows[:, :given]))
        errors = sums[:, :numbers] - rows[:, :numbers]
        squares = errors.square() * rows[:, features:given]
        shape = (-1, self.columns.categories, self.columns.levels)
        sums = sums[:, numbers:].view(shape)
        targets = rows[:, numbers:features].reshape(shape)
        # The targets of a missing cell are all 0. In separate operations this is
        # faster than log_softmax, which writes a value for each level.
        nats = sums.logsumexp(2) * rows[:, given:] - (sums * targets).sum(2)
        return (0.5 * squares.sum() + (nats * self.factors).sum()) / len(rows)
