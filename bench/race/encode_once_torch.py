"""One row from a file to its code in a file, with PyTorch.

    python encode_once_torch.py ENCODER.pt ROW.csv CODE.csv
"""

import sys

import torch
from torch.nn.functional import elu, linear

encoder, source, target = sys.argv[1:]
weights = list(torch.load(encoder, weights_only=True).values())
with open(source) as file, torch.inference_mode():
    code = torch.tensor([[float(value) / 255 for value in file.readline().split(",")]])
    for weight, bias in zip(weights[::2], weights[1::2]):
        code = elu(linear(code, weight, bias))
with open(target, "w") as file:
    file.write(",".join(map(str, code[0].tolist())) + "\n")
