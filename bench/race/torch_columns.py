"""A table of numbers and categories with missing cells: its rows as the PyTorch
side takes them, and the loss of its columns.

A row is `[features, known]`: each number scaled, each category one-hot, 0 for a
missing cell; then 1 for each column whose cell is known, numbers first. The
encoder is given the features and which numbers are known.
"""

import csv
import math

import torch
from torch import nn

from torch_network import Network, first_weights

# The least nats of a column by itself that its error is divided by.
LEAST = 0.05


class Columns:
    """How many columns of each kind there are, and the factors of their errors."""

    def __init__(self, numbers, levels, number_factors, category_factors):
        self.numbers, self.levels = numbers, levels
        self.categories = len(category_factors)
        self.features = numbers + self.categories * levels
        self.number_factors = torch.tensor(number_factors)
        self.category_factors = torch.tensor(category_factors)


def training_rows(path, held_out):
    """The rows to train on, and their columns; the first columns are numbers."""
    with open(path, newline="") as file:
        names, *lines = csv.reader(file)
    keep = torch.randperm(len(lines))[held_out(len(lines)) :].sort().values
    lines = [lines[at] for at in keep]
    numbers, categories, known = [], [], []
    number_factors, category_factors = [], []
    for place, name in enumerate(names):
        cells = [line[place] for line in lines]
        is_known = torch.tensor([cell != "" for cell in cells])
        known.append(is_known.float())
        if name.startswith("n"):
            values = torch.tensor([float(cell or 0) for cell in cells], dtype=torch.float64)
            some = values[is_known]
            scaled = (values - some.mean()) / some.std(correction=0)
            numbers.append(torch.where(is_known, scaled, 0.0).float())
            number_factors.append(1.0)
        else:
            levels = sorted(set(cells) - {""})
            hot = torch.tensor([[float(cell == level) for level in levels] for cell in cells])
            categories.append(hot)
            shares = (hot.sum(0) / is_known.sum()).tolist()
            own = -sum(share * math.log(share) for share in shares)
            category_factors.append(0.5 / max(own, LEAST))
    widths = {hot.shape[1] for hot in categories}
    assert len(widths) == 1, "categories of as many levels each"
    columns = Columns(len(numbers), widths.pop(), number_factors, category_factors)
    rows = torch.cat([torch.stack(numbers, 1), *categories, torch.stack(known, 1)], 1)
    return rows, columns


class MixedNetwork(Network):
    """A network whose outputs are compared column by column."""

    def __init__(self, config, columns):
        super().__init__(config, columns.features)
        self.columns = columns
        inputs = columns.features + columns.numbers
        outputs = self.encoder[0].out_features
        self.encoder[0] = first_weights(nn.Linear(inputs, outputs), "he", inputs, outputs)
        self.register_buffer("number_factors", columns.number_factors / 2)
        self.register_buffer("category_factors", columns.category_factors)

    def loss(self, rows):
        """Of a batch: half the squared error of known numbers and the
        cross-entropy of known categories, each times its factor."""
        columns = self.columns
        given = columns.features + columns.numbers
        sums = self.decoder(self.encoder(rows[:, :given]))
        errors = sums[:, : columns.numbers] - rows[:, : columns.numbers]
        of_numbers = errors.square() * rows[:, columns.features : given] * self.number_factors
        shape = (-1, columns.categories, columns.levels)
        sums = sums[:, columns.numbers :].view(shape)
        targets = rows[:, columns.numbers : columns.features].reshape(shape)
        # The targets of a missing cell are all 0.
        nats = sums.logsumexp(2) * rows[:, given:] - (sums * targets).sum(2)
        of_categories = nats * self.category_factors
        return (of_numbers.sum() + of_categories.sum()) / len(rows)
