"""Compares nnmodel with its peers: run.py [--rounds N] [--seconds S] [WHAT...], where WHAT is
step, answer, primitives, loops, csv, start, inspect or files.

Prints for every contestant its figures, and how many times ours each of them is. The data are
made in bench-data and kept there.
"""

import argparse
import os
import pathlib
import subprocess
import sys

from contest import Contestant, contest, printed, process

ROOT = pathlib.Path(__file__).parents[2]
HERE = ROOT / "tools" / "benchmarks"
DATA = ROOT / "bench-data"
NNMODEL = str(ROOT / ".build" / "release" / "nnmodel")
THREADS = ["1", "2"]


def python(script, *arguments):
    return [sys.executable, str(HERE / script), *map(str, arguments)]


def keras(script, *arguments):
    # TensorFlow wants other versions of packages than the others do.
    return [str(ROOT / "tools" / "python"), "keras", str(HERE / script), *map(str, arguments)]


def nnmodel(*arguments):
    return [NNMODEL, *map(str, arguments)]


def made(name, make):
    """A file of bench-data; a maker that fails leaves none behind."""
    path = DATA / name
    if not path.exists():
        print(f"making bench-data/{name}", file=sys.stderr)
        partial = DATA / f"partial-{name}"
        make(partial)
        if not partial.exists():
            raise subprocess.CalledProcessError(0, ["nothing was written to", partial])
        partial.rename(path)
    return path


def check(command, **options):
    subprocess.run([str(word) for word in command], check=True, **options)


def million_rows():
    def make(path):
        program = DATA / "make_csv"
        compiler = os.environ.get("CC", "cc")
        check([compiler, "-O2", HERE / "make_csv.c", "-o", program])
        with open(path, "wb") as file:
            check([program, 1_000_000, 20], stdout=file)

    return made("million.csv", make)


def first_rows(name, count, target=None):
    """The first rows of the great table; with a target, the quarter that f0 + f1 is in."""

    def make(path):
        with open(million_rows()) as source, open(path, "w") as file:
            header = next(source).strip()
            file.write(header + (f",{target}\n" if target else "\n"))
            for _, line in zip(range(count), source):
                first, second = map(float, line.split(",")[:2])
                group = (first > 0) * 2 + (second > 0)
                file.write(line.strip() + (f",class_{group}\n" if target else "\n"))

    return made(name, make)


def trained(name, *options):
    rows = first_rows("train.csv", 2000, target="class")
    return made(name, lambda path: check(
        nnmodel("train", rows, "--target", "class", "--seed", 1, "--epochs", 1, "--quiet",
                "-o", path, *options)))


def small_model():
    # Made anew, for it takes a moment and the file's format may have changed.
    (DATA / "model.h5").unlink(missing_ok=True)
    return trained("model.h5", "--hidden", "128,64")


def onnx_model():
    return made("model.onnx", lambda path: check(python("polars_onnx.py", "make", path)))


SUBJECTS = {
    "a": ("784-256-10, batch 64, Adam", "3 times the faster of the peers"),
    "b": ("10-128-64-2, batch 1000, AdamW", "3 times the faster of the peers"),
    "c": ("conv32-conv64-pool-128-10, batch 64, Adam", "1.5 times the faster of the peers"),
    "d": ("LSTM 128 over 28 steps, batch 64, Adam", "2 times the faster of the peers"),
    "e": ("transformer block 128, 4 heads, 64 steps, batch 32, Adam",
          "1.5 times the faster of the peers"),
}


def training_steps(rounds, seconds, names):
    for name in names:
        title, goal = SUBJECTS[name]
        for threads in THREADS:
            modes = ["eager", "fused"] + (["last"] if name == "c" else [])
            peers = [
                Contestant(f"torch {mode}",
                           python("torch_step.py", name, threads, seconds, mode), printed)
                for mode in modes
            ]
            peers.append(Contestant("keras", keras("keras_step.py", name, threads, seconds), printed))
            ours = Contestant("nnmodel", nnmodel("benchmark-step", "--network", name, "--threads",
                                                 threads, "--seconds", seconds), printed)
            contest(f"training step ({name}) {title}, {threads} thread(s)", ours, peers, rounds,
                    goal)


def answers(rounds, seconds, names):
    for name in names:
        for batch in (1, 1024):
            for threads in THREADS:
                peers = [
                    Contestant(peer, python("answers.py", name, threads, seconds, batch, peer), printed)
                    for peer in ("torch", "onnxruntime")
                ]
                ours = Contestant("nnmodel", nnmodel(
                    "benchmark-step", "--network", name, "--threads", threads, "--seconds", seconds,
                    "--answer", batch), printed)
                contest(f"answers ({name}) {SUBJECTS[name][0].split(', batch')[0]}, batch {batch}, "
                        f"{threads} thread(s)", ours, peers, rounds, "no slower than ONNX Runtime")


def compiled(source, *flags):
    """A program in C of this folder, compiled anew."""
    program = DATA / source.removesuffix(".c")
    check([os.environ.get("CC", "cc"), *flags, HERE / source, "-o", program,
           *(["-ldnnl"] if "onednn" in source else [])])
    return str(program)


PRODUCTS = ["64x256x784", "1000x64x128", "64x128x9216", "2048x512x128", "1024x1024x1024"]
# Examples, side, inputs, outputs and taps: those of network (c), the heart of a residual network, and
# a convolution of single places.
CONVOLUTIONS = ["64x28x1x32x3", "64x26x32x64x3", "32x30x64x64x3", "32x28x128x128x1"]
PASSES = {"convolution": "forward", "convolution-inputs": "inputs", "convolution-kernel": "kernel"}


def primitives(rounds, seconds):
    """Products and convolutions beside oneDNN's own primitives, in the formats that those prefer."""
    program = compiled("onednn_primitives.c", "-O2")
    subjects = [("product", shape, ["matmul"]) for shape in PRODUCTS]
    subjects += [(kernel, shape, ["convolution", which]) for shape in CONVOLUTIONS
                 for kernel, which in PASSES.items()]
    for threads in THREADS:
        for kernel, shape, words in subjects:
            peer = Contestant("oneDNN", [program, *words, *shape.split("x"), str(seconds)],
                              lambda command: printed(command, OMP_NUM_THREADS=threads))
            ours = Contestant("nnmodel", nnmodel("benchmark-kernel", "--kernel", kernel, "--shape",
                                                 shape, "--threads", threads, "--seconds", seconds),
                              printed)
            contest(f"{kernel} {shape}, {threads} thread(s)", ours, [peer], rounds,
                    "0.8 of oneDNN's rate")


# Arrays that a loop reads, writes and does both to.
LOOPS = {"relu": (1, 1, 0), "relu-gradient": (2, 1, 0), "gelu": (1, 1, 0), "gelu-gradient": (2, 1, 0),
         "tanh": (1, 1, 0), "dropout": (1, 1, 0), "add": (1, 0, 1), "layer-normalize": (1, 1, 0),
         "softmax": (1, 1, 0), "adam": (1, 0, 3)}


def loops(rounds, seconds):
    """Loops over arrays of 64 MiB beside a plain loop that reads and writes as many."""
    program = compiled("memory.c", "-O3", "-march=native", "-fopenmp")
    for threads in THREADS:
        for kernel, counts in LOOPS.items():
            peer = Contestant("memory", [program, *map(str, counts), "64", threads, str(seconds)],
                              printed)
            ours = Contestant("nnmodel", nnmodel("benchmark-kernel", "--kernel", kernel, "--shape",
                                                 1 << 24, "--threads", threads, "--seconds", seconds),
                              printed)
            contest(f"{kernel} over arrays of 64 MiB, {threads} thread(s)", ours, [peer], rounds,
                    "0.8 of memory's speed")


def csv_to_csv(rounds):
    rows, network, model = million_rows(), onnx_model(), small_model()
    for threads in THREADS:
        peer = Contestant("polars + onnxruntime", python(
            "polars_onnx.py", network, rows, DATA / "peer.csv", threads), process)
        ours = Contestant("nnmodel predict", nnmodel(
            "predict", rows, "-m", model, "-o", DATA / "ours.csv", "--threads", threads), process)
        contest(f"1,000,000 rows from CSV to CSV, {threads} thread(s)", ours, [peer], rounds,
                "3 times, under 100 MB")


def process_start(rounds):
    rows = first_rows("ten.csv", 10)
    peer = Contestant("polars + onnxruntime", python(
        "polars_onnx.py", onnx_model(), rows, DATA / "peer.csv", 1), process)
    ours = Contestant("nnmodel predict",
                      nnmodel("predict", rows, "-m", small_model(), "-o", DATA / "ours.csv"),
                      process)
    contest("ten rows from CSV to CSV, the whole process", ours, [peer], 5 * rounds, "under 20 ms")


def inspection(rounds):
    # Four kernels of 8192 x 8192 float32 are 1 GiB; plain descent keeps no state beside them.
    model = trained("great.h5", "--hidden", "8192,8192,8192,8192,8192", "--optimizer", "sgd",
                    "--batch-size", 512)
    listing = "import h5py, sys; h5py.File(sys.argv[1]).visititems(lambda n, o: o.attrs.items())"
    peer = Contestant("h5py, names only", [sys.executable, "-c", listing, str(model)], process)
    ours = Contestant("nnmodel inspect", nnmodel("inspect", model), process)
    size = model.stat().st_size / 2**30
    contest(f"inspection of {size:.2f} GiB", ours, [peer], 5 * rounds, "under 20 ms")


def files(rounds, folder):
    """What is done with model files, beside other formats and a plain file, in one folder."""
    goals = {
        "save": "1.5 GB/s with digests and sync, or what the plain file reaches",
        "open": "at most safetensors' time", "read": "the speed of memory",
        "verified": "3 GB/s with all digests; peers verify nothing", "loaded": "",
        "snapshot": "no more than a copy takes",
    }
    peers = {
        "save": ["raw", "safetensors", "torch", "h5py"],
        "open": ["safetensors", "torch", "h5py"],
        "read": ["raw", "safetensors", "torch", "h5py"],
        "verified": ["raw", "safetensors", "torch", "h5py"],
        "loaded": ["raw", "safetensors", "torch", "h5py"], "snapshot": [],
    }
    folder.mkdir(parents=True, exist_ok=True)
    for subject, title in {"large": "64 tensors of 16 MiB", "many": "1,000 of 1 KiB"}.items():
        path = folder / f"nnmodel-{subject}.h5"
        times = 3 if subject == "large" else 20
        for task, goal in goals.items():
            # Reading and verifying are compared with reading.
            peer_task = "loaded" if task in ["verified", "loaded"] else task
            others = [
                Contestant(kind, python("checkpoints.py", kind, subject, peer_task, folder, times),
                           printed)
                for kind in peers[task]
            ]
            ours = Contestant("nnmodel", nnmodel(
                "benchmark-file", "--subject", subject, "--task", task, "--path", path,
                "--rounds", times), printed)
            contest(f"{task}: {title}, in {folder}", ours, others, rounds, goal)
    path = folder / "nnmodel-table.h5"
    if not path.exists():
        check(nnmodel("benchmark-file", "--subject", "table", "--task", "save", "--path", path,
                      "--rounds", 1), stdout=subprocess.DEVNULL)
    ours = Contestant("nnmodel", nnmodel("benchmark-file", "--subject", "table", "--task", "predict",
                                         "--path", path, "--rounds", 1), process)
    contest(f"one row by a table of 1 GiB, the whole process, in {folder}", ours, [], rounds,
            "the memory of the pages touched")
    small = Contestant("inspect, small", nnmodel("inspect", small_model()), process)
    large = Contestant("inspect, 1 GiB", nnmodel("inspect", path), process)
    contest("inspection, whatever the size", large, [small], 5 * rounds, "the same time")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.5, help="of each training step's run")
    parser.add_argument("--networks", default="abcde", help="of 'step' and 'answer'")
    parser.add_argument("--folder", type=pathlib.Path, default=DATA / "files",
                        help="where 'files' writes, as /dev/shm/nnmodel for one in memory")
    parser.add_argument("which", nargs="*", default=["step", "answer", "primitives", "loops", "csv", "start", "inspect", "files"])
    options = parser.parse_args()
    DATA.mkdir(exist_ok=True)
    benchmarks = {
        "step": lambda: training_steps(options.rounds, options.seconds, options.networks),
        "answer": lambda: answers(options.rounds, options.seconds, options.networks),
        "primitives": lambda: primitives(options.rounds, options.seconds),
        "loops": lambda: loops(options.rounds, options.seconds),
        "csv": lambda: csv_to_csv(options.rounds),
        "start": lambda: process_start(options.rounds),
        "inspect": lambda: inspection(options.rounds),
        "files": lambda: files(options.rounds, options.folder),
    }
    for name in options.which:
        if name not in benchmarks:
            parser.error(f"unknown benchmark {name!r}; there are: {', '.join(benchmarks)}")
    for name in options.which:
        try:
            benchmarks[name]()
        except subprocess.CalledProcessError as error:
            print(f"\n{name}: could not be prepared: {' '.join(map(str, error.cmd))}: exit code "
                  f"{error.returncode}")


if __name__ == "__main__":
    main()
