"""Running programs in turn, and saying how they compare.

The machine's mood is shared out fairly: in every round each contestant runs once, and the order
turns by one from round to round. The figures are medians over the rounds.
"""

import dataclasses
import json
import os
import statistics
import subprocess
import time
from collections.abc import Callable


@dataclasses.dataclass
class Contestant:
    name: str
    command: list[str]
    # What one run measured: {unit: number}.
    measure: Callable[[list[str]], dict[str, float]]
    results: list[dict[str, float]] = dataclasses.field(default_factory=list)
    failure: str | None = None

    def run(self):
        if self.failure is None:
            try:
                self.results.append(self.measure(self.command))
            except subprocess.CalledProcessError as error:
                lines = (error.stderr or "").strip().splitlines()
                self.failure = lines[-1] if lines else f"exit code {error.returncode}"

    def figure(self, unit):
        values = [result[unit] for result in self.results]
        return min(values) if unit.startswith("min") else statistics.median(values)


def environment():
    """Without the settings that keep BLAS libraries from choosing the processor's own code."""
    return {k: v for k, v in os.environ.items() if not k.startswith("OPENBLAS_")}


def printed(command, **variables):
    """Runs a program that prints its own figures as JSON, with further environment variables."""
    done = subprocess.run(command, check=True, capture_output=True, text=True,
                          env=environment() | variables)
    try:
        result = json.loads(done.stdout)
        if "median_s" in result:
            return {"median_ms": 1e3 * result["median_s"], "min_ms": 1e3 * result["min_s"]}
        figures = {"median_us": result["median_us"], "min_us": result["min_us"]}
        return figures | ({"step_mb": result["step_mb"]} if "step_mb" in result else {})
    except (ValueError, KeyError) as error:
        wrong = f"expected JSON with a median and a min, found {done.stdout[:60]!r}"
        raise subprocess.CalledProcessError(0, command, stderr=wrong) from error


def process(command):
    """Times a whole process, and takes the most memory it had."""
    start = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                          env=environment()) as child:
        errors = child.stderr.read()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - start
    if child.returncode != 0:
        raise subprocess.CalledProcessError(child.returncode, command, stderr=errors)
    # Kilobytes on Linux, bytes on macOS.
    divisor = 1e3 if os.uname().sysname == "Linux" else 1e6
    return {"ms": 1e3 * seconds, "MB": usage.ru_maxrss / divisor}


def contest(title, ours, peers, rounds, goal):
    """Runs all in turn and prints a line for each; the ratio is of the peer's figure to ours."""
    contestants = [*peers, ours]
    for turn in range(rounds):
        for place in range(len(contestants)):
            contestants[(turn + place) % len(contestants)].run()

    print(f"\n{title}; goal: {goal}")
    for contestant in contestants:
        if contestant.failure:
            print(f"  {contestant.name:24} failed: {contestant.failure}")
            continue
        units = list(contestant.results[0])
        figures = "  ".join(f"{unit} {contestant.figure(unit):10.2f}" for unit in units)
        line = f"  {contestant.name:24} {figures}"
        if contestant is not ours and not ours.failure:
            ratios = [contestant.figure(unit) / ours.figure(unit) for unit in units]
            line += "  ratio " + " / ".join(f"{ratio:.2f}" for ratio in ratios)
        print(line, flush=True)
