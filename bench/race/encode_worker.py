"""The Python side of encoding from memory: `encode ROWS SECONDS` encodes the
first rows of the data again and again.

narrows is given numbers in the data's own units and scales them each time; here
the rows are floats that
were scaled before, which is the most that can be done for the Python side.
"""

import argparse
import json
import sys
import time

import torch

import encode_network
import torch_data


def eager(arguments):
    return encode_network.from_model(arguments.model)


def compiled(arguments):
    from torch._inductor import config

    # Weights are constants, so that they can be laid out for the product.
    config.freezing = True
    encoder = encode_network.from_model(arguments.model)
    return torch.compile(encoder, mode=arguments.compile_mode, dynamic=False)


def onnx(arguments):
    import onnxruntime

    path = f"{arguments.model}.onnx"
    encode_network.write_onnx(arguments.model, path)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = arguments.threads
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    return lambda rows: session.run(None, {"rows": rows})[0]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("way", choices=["eager", "compiled", "onnx"])
    parser.add_argument("model")
    parser.add_argument("data")
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--compile-mode", default="default")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    data = torch_data.read(arguments.data)
    encode = {"eager": eager, "compiled": compiled, "onnx": onnx}[arguments.way](arguments)
    print(json.dumps({"rows": len(data)}), flush=True)
    with torch.inference_mode():
        for line in sys.stdin:
            _, count, seconds = line.split()
            rows = data[: int(count)].float().div_(255)
            if arguments.way == "onnx":
                rows = rows.numpy()
            print(json.dumps(encode_for(encode, rows, float(seconds))), flush=True)


def encode_for(encode, rows, seconds):
    codes, calls = encode(rows), 0
    started, before = time.perf_counter(), time.process_time()
    while not calls or time.perf_counter() - started < seconds:
        codes = encode(rows)
        calls += 1
    return {
        "rows": calls * len(rows),
        "seconds": time.perf_counter() - started,
        "processor_seconds": time.process_time() - before,
        "check": float(codes[-1].sum()),
    }


if __name__ == "__main__":
    main()
