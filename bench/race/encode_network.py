"""The encoder of a model of narrows, as PyTorch and as ONNX have it. Its
activation is ELU after every layer, as in the stacked autoencoder."""

import torch
from torch import nn

import torch_weights


def layers(model):
    """Weights `[inputs, outputs]` and biases, outermost first."""
    tensors = torch_weights.read(model)
    place = 0
    while f"encoder.{place}.weight" in tensors:
        weight, bias = (tensors[f"encoder.{place}.{name}"] for name in ("weight", "bias"))
        yield weight, bias.flatten()
        place += 1


def in_torch(shapes):
    """An encoder whose layers have these `(inputs, outputs)`."""
    parts = []
    for inputs, outputs in shapes:
        parts += [nn.Linear(inputs, outputs), nn.ELU()]
    return nn.Sequential(*parts)


def from_model(model):
    found = list(layers(model))
    encoder = in_torch([weight.shape for weight, _ in found])
    with torch.no_grad():
        for layer, (weight, bias) in zip(encoder[::2], found):
            layer.weight.copy_(weight.T)
            layer.bias.copy_(bias)
    return encoder.eval()


def write_onnx(model, path):
    import onnx
    from onnx import helper, numpy_helper

    nodes, weights, value = [], [], "rows"
    for place, (weight, bias) in enumerate(layers(model)):
        sums, outputs = f"sums{place}", f"outputs{place}"
        weights += [
            numpy_helper.from_array(weight.numpy(), f"weight{place}"),
            numpy_helper.from_array(bias.numpy(), f"bias{place}"),
        ]
        nodes += [
            helper.make_node("Gemm", [value, f"weight{place}", f"bias{place}"], [sums]),
            helper.make_node("Elu", [sums], [outputs]),
        ]
        value = outputs
    def shaped(name, width):
        return helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, ["count", width])

    inputs = shaped("rows", weights[0].dims[0])
    outputs = shaped(value, weights[-1].dims[0])
    graph = helper.make_graph(nodes, "encoder", [inputs], [outputs], weights)
    opset = [helper.make_opsetid("", 17)]
    onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=9), path)
