"""One row from a file to its code in a file, with ONNX Runtime.

    python encode_once_onnx.py ENCODER.onnx ROW.csv CODE.csv
"""

import sys

import numpy
import onnxruntime

encoder, source, target = sys.argv[1:]
session = onnxruntime.InferenceSession(encoder, providers=["CPUExecutionProvider"])
with open(source) as file:
    row = numpy.array([file.readline().split(",")], dtype=numpy.float32) / 255
code = session.run(None, {"rows": row})[0]
with open(target, "w") as file:
    file.write(",".join(map(str, code[0].tolist())) + "\n")
