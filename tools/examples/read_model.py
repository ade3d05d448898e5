"""Predicts a CSV file with a model file, by h5py and NumPy: read_model.py model.h5 data.csv

For chains of dense, activation, batch_normalization and dropout layers over standard-scaled
numbers, truths and one-hot categories; prints each class's probability, or the number."""
import csv, json, sys
import h5py, numpy as np

file = h5py.File(sys.argv[1])
network, output, table = (json.loads(file[path][()]) for path in
                          ("model/network", "model/output", "preprocessing/schema"))
FUNCTIONS = {"relu": lambda x: np.maximum(x, 0), "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
             "softmax": lambda x: (p := np.exp(x - x.max(1, keepdims=True))) / p.sum(1)[:, None],
             "tanh": np.tanh, "identity": lambda x: x}
LAYERS = {"dense": lambda x, w, options: x @ w["kernel"] + w.get("bias", 0),
          "activation": lambda x, w, options: FUNCTIONS[options["function"]](x),
          "batch_normalization": lambda x, w, options: w.get("shift", 0) + w.get("scale", 1) * (
              x - w["running_mean"]) / np.sqrt(w["running_variance"] + options["epsilon"]),
          "dropout": lambda x, w, options: x}

def inputs(feature, texts):
    is_missing = np.isin(np.char.lower(texts), ["", "na", "n/a", "nan", "null", "none", "?", "-"])
    if feature["kind"] == "category":
        columns = [texts == name for name in feature["categories"]]
        has_other = feature["missing_count"] + feature["folded_count"] > 0
        return columns + [~np.any(columns, axis=0)] * has_other
    if feature["kind"] == "boolean":
        numbers = np.isin(np.char.lower(texts), ["true", "yes", "t", "y"])
        numbers = np.where(is_missing, feature["fill"], numbers)
    else:
        numbers = np.where(is_missing, str(feature["fill"]), texts).astype(float)
        numbers = (numbers - feature["statistics"]["mean"]) / feature["statistics"]["deviation"]
    return [numbers] + [is_missing] * feature["has_flag"]

rows = list(csv.DictReader(open(sys.argv[2], newline="")))
columns = [column for feature in table["features"] for column in
           inputs(feature, np.array([row[feature["name"]].strip() for row in rows]))]
values = {"features": np.stack(columns, axis=1).astype(np.float32)}
for node in network["nodes"]:
    weights = {name: data[()] for name, data in file["weights"].get(node["name"], {}).items()}
    values[node["name"]] = LAYERS[node["kind"]](
        values[node["inputs"][0]], weights, node["options"])
result, target = FUNCTIONS[output["link"]](values[network["outputs"][0]]), table["target"]
if target["kind"] == "number":
    result = result * target["statistics"]["deviation"] + target["statistics"]["mean"]
print(",".join(target.get("classes", [target["name"]])))
np.savetxt(sys.stdout, result, "%.9g", ",")
