"""Times what peers do with checkpoint files: checkpoints.py FORMAT SUBJECT TASK FOLDER [ROUNDS]

FORMAT: safetensors, torch, h5py or raw (one plain file: what the machine itself allows).
SUBJECT: large (64 tensors of 16 MiB) or many (1,000 of 1 KiB), as nnmodel benchmark-file.
TASK: save (with a sync of file and folder), open (names, shapes and types), read (open and the sum
of all numbers, where they are mapped if the format can), loaded (open and copy into memory).
Prints the median and the least of the rounds as JSON.
"""

import json
import os
import sys
import time

import numpy as np

SUBJECTS = {"large": (64, 2048), "many": (1000, 16)}


def synced(path):
    for name, flags in [(path, os.O_RDWR), (os.path.dirname(path), os.O_RDONLY)]:
        descriptor = os.open(name, flags)
        os.fsync(descriptor)
        os.close(descriptor)


def tensors(subject):
    count, width = SUBJECTS[subject]
    random = np.random.default_rng(1)
    return {f"dense_{index + 1}.kernel": random.standard_normal((width, width), dtype=np.float32)
            for index in range(count)}


def safetensors_tasks(subject, path):
    import safetensors
    import safetensors.numpy
    import safetensors.torch

    def listed():
        with safetensors.safe_open(path, "numpy") as file:
            return [(key, (part := file.get_slice(key)).get_shape(), part.get_dtype())
                    for key in file.keys()]

    def saved(values):
        safetensors.numpy.save_file(values, path)
        synced(path)

    return {"save": saved, "open": listed,
            "read": lambda: sum(float(value.sum())
                                for value in safetensors.torch.load_file(path).values()),
            "loaded": lambda: safetensors.numpy.load_file(path)}


def torch_tasks(subject, path):
    import torch
    torch.set_num_threads(2)

    def saved(values):
        torch.save({name: torch.from_numpy(value) for name, value in values.items()}, path)
        synced(path)

    def opened(mapped):
        return torch.load(path, mmap=mapped, weights_only=True)

    return {"save": saved, "open": lambda: [(k, v.shape, v.dtype) for k, v in opened(True).items()],
            "read": lambda: sum(float(value.sum()) for value in opened(True).values()),
            "loaded": lambda: opened(False)}


def h5py_tasks(subject, path):
    import h5py

    def saved(values):
        with h5py.File(path, "w") as file:
            for name, value in values.items():
                file.create_dataset(name, data=value)
        synced(path)

    def listed():
        with h5py.File(path) as file:
            return [(name, data.shape, data.dtype) for name, data in file.items()]

    def loaded():
        with h5py.File(path) as file:
            return {name: data[()] for name, data in file.items()}

    return {"save": saved, "open": listed,
            "read": lambda: sum(float(value.sum()) for value in loaded().values()),
            "loaded": loaded}


def raw_tasks(subject, path):
    def saved(values):
        with open(path, "wb", buffering=0) as file:
            for value in values.values():
                file.write(value.data)
        synced(path)

    mapped = lambda: np.memmap(path, np.float32, "r")
    return {"save": saved, "open": mapped, "read": lambda: float(mapped().sum()),
            "loaded": lambda: np.fromfile(path, np.float32)}


def main():
    kind, subject, task, folder = sys.argv[1:5]
    rounds = int(sys.argv[5]) if len(sys.argv) > 5 else 5
    path = os.path.join(os.path.abspath(folder), f"{kind}-{subject}.bin")
    makers = {"safetensors": safetensors_tasks, "torch": torch_tasks, "h5py": h5py_tasks,
              "raw": raw_tasks}
    tasks = makers[kind](subject, path)
    values = tensors(subject) if task == "save" or not os.path.exists(path) else None
    if task != "save" and values is not None:
        tasks["save"](values)
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        result = tasks["save"](values) if task == "save" else tasks[task]()
        times.append(time.perf_counter() - start)
        del result
    times.sort()
    print(json.dumps({"median_s": times[len(times) // 2], "min_s": times[0]}))


if __name__ == "__main__":
    main()
