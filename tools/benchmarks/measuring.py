"""How much memory this process has, in megabytes."""

import os
import resource
import sys


def resident():
    """What it has now; where that cannot be asked, the most that it has had."""
    try:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
    except OSError:
        return most_memory()


def most_memory():
    """The most that it has had."""
    unit = 1e6 if sys.platform == "darwin" else 1e3
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
