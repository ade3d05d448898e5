"""From CSV to CSV with polars and ONNX Runtime: polars_onnx.py MODEL INPUT OUTPUT THREADS.

The fastest way of several that Python has (pandas, pyarrow and NumPy take longer). With
`make MODEL` in place of that it writes the model: 20-128-64-4, relu, softmax, random weights.
"""

import os
import sys


def make(path):
    import numpy as np
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    random = np.random.default_rng(0)
    sizes = [20, 128, 64, 4]
    nodes, weights, value = [], [], "inputs"
    for layer, (rows, columns) in enumerate(zip(sizes, sizes[1:])):
        kernel = random.standard_normal((rows, columns), np.float32) / rows**0.5
        weights.append(numpy_helper.from_array(kernel, f"kernel{layer}"))
        weights.append(numpy_helper.from_array(np.zeros(columns, np.float32), f"bias{layer}"))
        last = layer == len(sizes) - 2
        nodes.append(helper.make_node(
            "Gemm", [value, f"kernel{layer}", f"bias{layer}"], [f"sum{layer}"]))
        value = "outputs" if last else f"value{layer}"
        nodes.append(helper.make_node("Softmax" if last else "Relu", [f"sum{layer}"], [value]))
    floats = lambda name, count: helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", count])
    graph = helper.make_graph(nodes, "network", [floats("inputs", 20)], [floats("outputs", 4)],
                              weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, path)


def predict(model, source, target, threads):
    os.environ["POLARS_MAX_THREADS"] = threads
    import numpy as np
    import onnxruntime
    import polars

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = int(threads)
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    rows = polars.read_csv(source).to_numpy().astype(np.float32)
    parts = [session.run(None, {"inputs": rows[i:i + 4096]})[0] for i in range(0, len(rows), 4096)]
    names = ["p0", "p1", "p2", "p3"]
    polars.DataFrame(np.concatenate(parts), schema=names).write_csv(target)


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(sys.argv[2])
    else:
        predict(*sys.argv[1:])
