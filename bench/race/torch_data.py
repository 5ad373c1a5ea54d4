"""Rows for the PyTorch side, scaled as narrows scales them."""

import gzip

import numpy
import torch


def read(path):
    """`[rows, features]` from MNIST's own format or `.npy`."""
    if path.endswith(".npy"):
        values = numpy.load(path)
    else:
        with gzip.open(path) as file:
            head = numpy.frombuffer(file.read(16), dtype=">u4")
            values = numpy.frombuffer(file.read(), dtype=numpy.uint8)
        values = values.reshape(head[1], -1).copy()
    return torch.from_numpy(values.reshape(len(values), -1))


def trained(config, rows):
    """The places of the rows to train on, in order; the others are held out."""
    held_out = config["data"].get("held_out", min(5000, rows // 10))
    return torch.randperm(rows)[held_out:].sort().values


def training_rows(path, config):
    """The rows to train on: bytes as they are, numbers to mean 0 and deviation 1."""
    rows = read(path)
    rows = rows[trained(config, len(rows))]
    if rows.dtype != torch.uint8:
        # In parts: a copy of ten million rows in f64 would not fit.
        parts = rows.split(100_000)
        mean = sum(part.double().sum(0) for part in parts) / len(rows)
        squares = sum((part.double() - mean).square().sum(0) for part in parts)
        rows.sub_(mean.float()).div_((squares / len(rows)).sqrt().float())
    return rows
