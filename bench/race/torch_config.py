"""A config of narrows as the PyTorch side reads it."""

import math
import tomllib

# What the PyTorch side knows how to do; another setting would make the two
# sides train different things, so it is refused.
KNOWN = {
    "data": {"source", "held_out", "scale", "missing", "kinds"},
    "network": {"hidden", "code", "activation", "code_activation", "output", "init"},
    "loss": {"reconstruction", "balance", "l2"},
    "optimizer": {"name", "rate", "beta1", "beta2", "schedule", "warm_up"},
    "train": {"epochs", "batch"},
    "convolutional": {"channels", "kernel", "stride"},
    "denoising": {"noise", "deviation"},
    "sparse": {"penalty", "target", "weight"},
    "variational": {"spread"},
}
ONLY = {
    ("data", "scale"): ["auto", "standard"],
    ("data", "missing"): ["mask"],
    ("loss", "balance"): ["equal"],
    ("optimizer", "name"): ["adam"],
    ("optimizer", "schedule"): ["constant", "cosine"],
    ("loss", "reconstruction"): ["mse", "bce", "columns"],
    ("denoising", "noise"): ["gaussian"],
    ("sparse", "penalty"): ["kl"],
    ("variational", "spread"): ["log_variance"],
}
DEFAULTS = {
    "data": {"scale": "auto"},
    "network": {"hidden": [300], "code": 150, "activation": "elu", "output": "identity"},
    "loss": {"reconstruction": "mse", "l2": 0.0},
    "optimizer": {
        "rate": 0.001, "beta1": 0.9, "beta2": 0.999, "schedule": "constant", "warm_up": 0.0,
    },
    "train": {"epochs": 5, "batch": 150},
}


def read(path, changes=()):
    """The config with changes such as `train.batch=32` and defaults filled in."""
    with open(path, "rb") as file:
        config = tomllib.load(file)
    for change in changes:
        key, value = change.split("=", 1)
        table, _, name = key.rpartition(".")
        keys = config.setdefault(table, {}) if table else config
        keys[name] = tomllib.loads(f"x = {value}")["x"]
    for table, keys in config.items():
        if not isinstance(keys, dict):
            continue
        for key, value in keys.items():
            only = ONLY.get((table, key), [value])
            if key not in KNOWN.get(table, ()) or value not in only:
                raise SystemExit(f"{path}: the PyTorch side does not know {table}.{key} = {value}")
    for table, keys in DEFAULTS.items():
        config[table] = keys | config.get(table, {})
    config.setdefault("seed", 42)
    return config


def rate_at(optimizer, step, steps, epochs):
    """The learning rate of a step, counted from 0; `steps` are those of an epoch."""
    climb = (step + 1) / (optimizer["warm_up"] * steps) if optimizer["warm_up"] else 1.0
    if climb < 1.0:
        return optimizer["rate"] * climb
    if optimizer["schedule"] == "constant":
        return optimizer["rate"]
    done = step / steps - optimizer["warm_up"]
    progress = min(max(done / (epochs - optimizer["warm_up"]), 0.0), 1.0)
    return optimizer["rate"] * 0.5 * (1.0 + math.cos(math.pi * progress))
