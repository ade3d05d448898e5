"""Runs the proofs of the formats that are named, or of all: run.py [keras] [onnx] [pytorch].

Each is a module of this folder with `proofs()`, which yields a name, the largest error found and what
is allowed. Ends with exit code 1 when one is larger.
"""

import importlib
import pathlib
import sys

# Torch after ONNX Runtime: each brings its own OpenMP.
ORDER = ["onnx", "onnx_writing", "keras", "keras_writing", "pytorch"]
HERE = pathlib.Path(__file__).parent


def main():
    present = [name for name in ORDER if (HERE / f"{name}_proofs.py").exists()]
    wanted = sys.argv[1:] or present
    for name in wanted:
        if name not in present:
            sys.exit(f"run.py: unknown format {name!r}; there are: {', '.join(present)}")
    failures = 0
    for name in wanted:
        for subject, error, allowed in importlib.import_module(f"{name}_proofs").proofs():
            verdict = "ok" if error <= allowed else "TOO LARGE"
            failures += error > allowed
            print(f"{name:8} {subject:56} {error:9.2e} of {allowed:7.0e}  {verdict}", flush=True)
    if failures:
        sys.exit(f"{failures} error(s) larger than allowed")


if __name__ == "__main__":
    main()
