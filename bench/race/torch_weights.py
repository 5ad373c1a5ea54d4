"""Weights from a file of narrows, which is a safetensors file, into a network
of PyTorch's."""

import json

import numpy
import torch
from torch import nn


def read(path):
    """Every tensor by its name, in f32."""
    with open(path, "rb") as file:
        length = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(length))
        body = file.read()
    tensors = {}
    for name, about in header.items():
        if name != "__metadata__" and about["dtype"] == "F32":
            start, end = about["data_offsets"]
            values = numpy.frombuffer(body[start:end], dtype="<f4").copy()
            tensors[name] = torch.from_numpy(values.reshape(about["shape"]))
    return tensors


def put_into(network, tensors):
    """narrows has `[inputs, outputs]`, and for a kernel
    `[maps in * height * width, maps out]`."""
    for part in ("encoder", "decoder"):
        layers = [layer for layer in getattr(network, part) if hasattr(layer, "weight")]
        for place, layer in enumerate(layers):
            weight, bias = (tensors[f"{part}.{place}.{name}"] for name in ("weight", "bias"))
            with torch.no_grad():
                layer.weight.copy_(as_in_torch(weight, layer))
                layer.bias.copy_(bias.flatten())


def as_in_torch(weight, layer):
    shape = layer.weight.shape
    if isinstance(layer, nn.ConvTranspose2d):
        inputs, outputs, height, width = shape
        return weight.reshape(inputs, height, width, outputs).permute(0, 3, 1, 2)
    return weight.T.reshape(shape)
