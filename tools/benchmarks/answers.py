"""Times answers of a network: answers.py NETWORK THREADS SECONDS BATCH torch|onnxruntime.

Prints {"median_us": ..., "min_us": ...}. The networks are those of torch_step.py; ONNX Runtime gets
what PyTorch exports.
"""

import json
import pathlib
import statistics
import sys
import time

NAME, THREADS, SECONDS, BATCH, PEER = sys.argv[1:]
# torch_step.py reads its own arguments from the same place.
sys.argv = [sys.argv[0], NAME, THREADS, SECONDS, "eager"]

import torch
from torch_step import NETWORKS


def answer():
    make, shape, _ = NETWORKS[NAME]
    network = make().eval()
    inputs = torch.randn(int(BATCH), *shape[1:])
    if PEER == "torch":
        torch.set_num_threads(int(THREADS))

        def run():
            with torch.inference_mode():
                network(inputs)

        return run
    import onnxruntime

    folder = pathlib.Path(__file__).parents[2] / "bench-data"
    folder.mkdir(exist_ok=True)
    path = folder / f"answers-{NAME}.onnx"
    if not path.exists():
        # Some exporters keep a batch of one in what they fold away.
        example = torch.randn(2, *shape[1:])
        torch.onnx.export(network, (example,), path, input_names=["x"], output_names=["y"],
                          dynamic_axes={"x": {0: "n"}, "y": {0: "n"}}, dynamo=False)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = int(THREADS)
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    values = inputs.numpy()
    return lambda: session.run(None, {"x": values})


def main():
    torch.manual_seed(0)
    run = answer()
    for _ in range(10):
        run()
    times = []
    end = time.perf_counter() + float(SECONDS)
    while (start := time.perf_counter()) < end:
        run()
        times.append(1e6 * (time.perf_counter() - start))
    print(json.dumps({"median_us": statistics.median(times), "min_us": min(times)}))


if __name__ == "__main__":
    main()
