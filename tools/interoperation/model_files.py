"""Writes model files of nnmodel by their documented format, for networks with any weights."""

import json

import h5py
import numpy as np


def write(path, inputs, nodes, outputs, weights, links=None):
    """A model file.

    `inputs` and `nodes` are the dictionaries of /model/network; `weights` has arrays by path, as in
    `dense_1/kernel`; `links` one word for each output, `identity` where it is left out. There is no
    index: readers make it.
    """
    links = links or ["identity"] * len(outputs)
    network = {"inputs": inputs, "nodes": nodes, "outputs": outputs}
    output = {"link": links[0]}
    if len(links) > 1:
        output["further_links"] = links[1:]
    with h5py.File(
        path, "w", libver=("v110", "v110"), track_order=True, alignment_threshold=1,
        alignment_interval=64,
    ) as file:
        file.attrs["format"] = np.bytes_("nnmodel")
        file.attrs["format_version"] = np.array([1, 0], dtype="<i8")
        file.attrs["writer"] = np.bytes_("tools/interoperation")
        model = file.create_group("model", track_order=True)
        dataset(model, "network", np.bytes_(json.dumps(network, separators=(",", ":"))))
        dataset(model, "output", np.bytes_(json.dumps(output)))
        dataset(file, "provenance", np.bytes_('{"command_line":[],"program":"tools/interoperation"}'))
        group = file.create_group("weights", track_order=True)
        for name, array in weights.items():
            node, parameter = name.split("/")
            if node not in group:
                group.create_group(node, track_order=True)
            stored = dataset(group[node], parameter, np.ascontiguousarray(array, dtype="<f4"))
            is_statistic = parameter in ("running_mean", "running_variance", "mean", "variance")
            stored.attrs["axes"] = np.bytes_("any")
            stored.attrs["trainable"] = np.int64(0 if is_statistic else 1)


def dataset(group, name, value):
    """A dataset in one piece, which lies where its bytes are from the start."""
    value = np.asarray(value)
    plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plist.set_layout(h5py.h5d.CONTIGUOUS)
    plist.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
    plist.set_fill_time(h5py.h5d.FILL_TIME_NEVER)
    plist.set_obj_track_times(False)
    space = h5py.h5s.create_simple(value.shape) if value.shape else h5py.h5s.create(h5py.h5s.SCALAR)
    made = h5py.h5d.create(group.id, name.encode(), h5py.h5t.py_create(value.dtype), space, plist)
    made = h5py.Dataset(made)
    made[...] = value
    return made


def graph_input(name, shape, free=(), is_indices=False):
    described = {"name": name, "shape": list(shape), "is_indices": is_indices}
    return described | ({"free_axes": list(free)} if free else {})


def node(name, kind, inputs, options=None, ties=None):
    described = {"name": name, "kind": kind, "inputs": inputs, "options": options or {}}
    return described | ({"ties": ties} if ties else {})
