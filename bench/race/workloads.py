"""What is trained: a config, its data, and what is changed in the config."""

import tomllib
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
MNIST = ROOT / "data/mnist/train-images-idx3-ubyte.gz"
TABLE_ROWS = 20_000
MIXED_ROWS = 250_000


@dataclass
class Workload:
    name: str
    config: Path
    # MNIST's file, or how many generated rows of a kind.
    data: Path | tuple[str, int] = MNIST
    changes: list[str] = field(default_factory=list)


def carried(name):
    """A config that the program carries, on the data it is for."""
    return Workload(name, ROOT / f"configs/{name}.toml")


def table(batch, rows=TABLE_ROWS):
    name = f"table, batch {batch}"
    return Workload(name, HERE / "table.toml", ("table", rows), [f"train.batch={batch}"])


MIXED = Workload("mixed, batch 256", HERE / "mixed.toml", ("mixed", MIXED_ROWS))
# Features of generated rows, and inputs that say which numbers are known.
WIDTHS = {"table": (30, 0), "mixed": (90, 10), "images": (784, 0)}
TRAININGS = {
    "stacked": carried("stacked"),
    "hinton": carried("hinton"),
    "variational": carried("variational"),
    "denoising": carried("denoising"),
    "sparse": carried("sparse"),
    "convolutional": carried("convolutional"),
    "table32": table(32),
    "table256": table(256),
    "mixed256": MIXED,
}
OTHERS = ["encode", "program"]


def row_curve():
    """The same networks on more and more rows."""
    for rows in (10**4, 10**5, 10**6, 10**7):
        yield table(256, rows)
    for rows in (10**4, 10**5, 10**6):
        yield Workload("stacked", ROOT / "configs/stacked.toml", ("images", rows))


def width_curve():
    """Wider and wider networks on the same rows."""
    for width in (64, 128, 256, 512, 1024, 2048):
        changes = [f"network.hidden=[{width}]", "network.code=64"]
        yield Workload(f"784-{width}-64", ROOT / "configs/stacked.toml", MNIST, changes)


def settings(workload):
    """The config with its changes, as far as the driver needs it."""
    config = tomllib.loads(workload.config.read_text())
    for change in workload.changes:
        key, value = change.split("=", 1)
        section, name = key.split(".")
        config.setdefault(section, {})[name] = tomllib.loads(f"x = {value}")["x"]
    return config


def operations_a_row(workload):
    """Multiplications and additions that training on a row needs: each layer's
    product, and twice as many for the gradients of its weights and its inputs;
    the first layer's inputs need none. Activations and Adam are not counted."""
    config = settings(workload)
    network = config["network"]
    features, known = WIDTHS["images" if workload.data == MNIST else workload.data[0]]
    encoder, inputs = [], features
    if "convolutional" in config:
        kernel, stride = config["convolutional"]["kernel"], config["convolutional"]["stride"]
        side, large = 28, 1
        for small in config["convolutional"]["channels"]:
            side = -(-side // stride)
            encoder.append(side * side * kernel * kernel * large * small)
            large = small
        inputs = side * side * large
    for outputs in [*network["hidden"], network["code"]]:
        encoder.append(inputs * outputs)
        inputs = outputs
    products = 2 * sum(encoder)
    if "variational" in config:
        products += encoder[-1]
    # The decoder gives nothing back of what the encoder is told of missing cells.
    told = known * network["hidden"][0]
    return 2 * (3 * (products + told) - encoder[0] - told)
