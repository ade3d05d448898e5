"""Predicts a CSV file with a model file, by h5py and NumPy: read_model.py model.h5 data.csv

For chains of dense, activation, batch_normalization and dropout layers over standard-scaled numbers,
truths and one-hot categories; prints the probability of each class, or the number."""
import csv, json, sys
import h5py, numpy as np

file = h5py.File(sys.argv[1])
network, output, table = (json.loads(file[path][()]) for path in
                          ("model/network", "model/output", "preprocessing/schema"))
ACTIVATIONS = {"relu": lambda x: np.maximum(x, 0), "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
               "softmax": lambda x: np.exp(x) / np.exp(x).sum(1, keepdims=True),
               "tanh": np.tanh, "identity": lambda x: x}
LAYERS = {"dense": lambda x, w, o: x @ w["kernel"] + w.get("bias", 0), "dropout": lambda x, w, o: x,
          "activation": lambda x, w, o: ACTIVATIONS[o["function"]](x),
          "batch_normalization": lambda x, w, o: w.get("shift", 0) + w.get("scale", 1) * (
              x - w["running_mean"]) / np.sqrt(w["running_variance"] + o["epsilon"])}

def inputs(feature, texts):
    missing = np.isin(np.char.lower(texts), ["", "na", "n/a", "nan", "null", "none", "?", "-"])
    if feature["kind"] == "category":
        columns = [texts == name for name in feature["categories"]]
        return columns + [~np.any(columns, 0)] * (feature["missing_count"] + feature["folded_count"] > 0)
    truth = feature["kind"] == "boolean"
    known = np.isin(np.char.lower(texts), ["true", "yes", "t", "y"]) if truth else np.where(missing, "0", texts)
    mean, deviation = (0, 1) if truth else (feature["statistics"][key] for key in ("mean", "deviation"))
    return [(np.where(missing, feature["fill"], known.astype(float)) - mean) / deviation] + [missing] * feature["has_flag"]

rows = list(csv.DictReader(open(sys.argv[2], newline="")))
values = {"features": np.stack([column for feature in table["features"] for column in inputs(
    feature, np.array([row[feature["name"]].strip() for row in rows]))], 1).astype(np.float32)}
for node in network["nodes"]:
    weights = {name: data[()] for name, data in file["weights"].get(node["name"], {}).items()}
    values[node["name"]] = LAYERS[node["kind"]](values[node["inputs"][0]], weights, node["options"])
result, target = ACTIVATIONS[output["link"]](values[network["outputs"][0]]), table["target"]
if target["kind"] == "number":
    result = result * target["statistics"]["deviation"] + target["statistics"]["mean"]
print(",".join(target.get("classes", [target["name"]])))
np.savetxt(sys.stdout, result, "%.9g", ",")
