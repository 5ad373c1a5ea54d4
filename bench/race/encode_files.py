"""Writes what the programs of `program.py` read: the encoder for PyTorch and
for ONNX Runtime, and one row as CSV.

    python encode_files.py MODEL DATA FOLDER
"""

import sys

import torch

import encode_network
import torch_data

model, data, folder = sys.argv[1:]
torch.save(encode_network.from_model(model).state_dict(), f"{folder}/encoder.pt")
encode_network.write_onnx(model, f"{folder}/encoder.onnx")
with open(f"{folder}/row.csv", "w") as file:
    row = torch_data.read(data)[0]
    file.write(",".join(str(value) for value in row.tolist()) + "\n")
