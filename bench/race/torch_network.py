"""The network of a config in PyTorch, its first weights and its loss.

Terms are reduced as in narrows: summed over features or units, averaged over
rows. The penalty of the weights, `l2 / 2 * sum of w squared`, is not here:
its gradient, `l2 * w`, is what Adam's `weight_decay` adds, at no cost.
"""

import math

import torch
from torch import nn
from torch.nn import functional

ACTIVATIONS = {
    "identity": nn.Identity, "sigmoid": nn.Sigmoid, "tanh": nn.Tanh, "relu": nn.ReLU, "elu": nn.ELU,
}
USUAL_INIT = {
    "relu": "he", "elu": "he", "identity": "glorot", "sigmoid": "glorot", "tanh": "glorot",
}


def first_weights(layer, init, inputs, outputs):
    """Normal, with the deviation that the number of inputs or outputs asks for."""
    variance = {"he": 2 / inputs, "lecun": 1 / inputs, "glorot": 2 / (inputs + outputs)}[init]
    nn.init.normal_(layer.weight, 0.0, math.sqrt(variance))
    nn.init.zeros_(layer.bias)
    return layer


class Network(nn.Module):
    """Encoder and decoder; `decode` gives sums, before the output's activation."""

    def __init__(self, config, features):
        super().__init__()
        network = config["network"]
        self.activation = network["activation"]
        self.init = network.get("init")
        self.config = config
        code_activation = network.get("code_activation")
        if code_activation is None:
            needed = {"variational": "identity", "sparse": "sigmoid"}
            needed = [value for key, value in needed.items() if key in config]
            code_activation = (needed + [self.activation])[0]
        # A variational encoder gives a mean and a log variance for each unit.
        self.code = network["code"]
        code_outputs = self.code * (2 if "variational" in config else 1)

        before, after, inputs = [], [], features
        if "convolutional" in config:
            before, after, inputs = self.convolutions(config["convolutional"])
        widths = [inputs, *network["hidden"], self.code]
        encoder, decoder = [], []
        for last, (wide, narrow) in enumerate(zip(widths, widths[1:]), 2):
            is_code = last == len(widths)
            kind = code_activation if is_code else self.activation
            encoder += self.dense(wide, code_outputs if is_code else narrow, kind)
            is_output = last == 2 and not after
            kind = network["output"] if is_output else self.activation
            layer = self.dense(narrow, wide, kind)
            decoder[:0] = layer[:1] if is_output else layer
        self.encoder = nn.Sequential(*before, *encoder)
        self.decoder = nn.Sequential(*decoder, *after)
        self.output = ACTIVATIONS[network["output"]]()

    def dense(self, inputs, outputs, kind):
        init = self.init or USUAL_INIT[kind]
        layer = first_weights(nn.Linear(inputs, outputs), init, inputs, outputs)
        return [layer] if kind == "identity" else [layer, ACTIVATIONS[kind]()]

    def convolutions(self, config):
        """Layers before and after the dense ones, and the values between."""
        kernel, stride = config["kernel"], config["stride"]
        channels, side = [1, *config["channels"]], 28
        before, after = [nn.Unflatten(1, (1, 28, 28))], []
        for place, (large, small) in enumerate(zip(channels, channels[1:])):
            taps = kernel * kernel
            down = (large * taps, small * taps / stride**2)
            init = self.init or USUAL_INIT[self.activation]
            layer = nn.Conv2d(large, small, kernel, stride, (kernel - 1) // 2)
            before += [first_weights(layer, init, *down), ACTIVATIONS[self.activation]()]

            narrow = -(-side // stride)
            padding = (kernel - 1) // 2
            missing = side - ((narrow - 1) * stride - 2 * padding + kernel)
            layer = nn.ConvTranspose2d(small, large, kernel, stride, padding, missing)
            kind = self.config["network"]["output"] if place == 0 else self.activation
            init = self.init or USUAL_INIT[kind]
            up = [first_weights(layer, init, down[1], down[0])]
            # The output's activation is part of the loss.
            after[:0] = up if place == 0 else [*up, ACTIVATIONS[kind]()]
            side = narrow
        before.append(nn.Flatten())
        after.insert(0, nn.Unflatten(1, (channels[-1], side, side)))
        after.append(nn.Flatten())
        return before, after, channels[-1] * side * side

    def loss(self, clean):
        """Of a batch, without the penalty of the weights."""
        rows = clean.shape[0]
        given = clean
        if "denoising" in self.config:
            deviation = self.config["denoising"].get("deviation", 1.0)
            given = clean + deviation * torch.randn_like(clean)
        outputs = code = self.encoder(given)
        if "variational" in self.config:
            mean, log_variance = outputs[:, : self.code], outputs[:, self.code :]
            code = mean + (0.5 * log_variance).exp() * torch.randn_like(mean)
        sums = self.decoder(code)
        if self.config["loss"]["reconstruction"] == "bce":
            loss = functional.binary_cross_entropy_with_logits(sums, clean, reduction="sum")
        else:
            loss = functional.mse_loss(self.output(sums), clean, reduction="sum")
        loss = loss / rows
        if "variational" in self.config:
            divergence = log_variance.exp() + mean.square() - 1.0 - log_variance
            loss = loss + 0.5 / rows * divergence.sum()
        if "sparse" in self.config:
            loss = loss + self.sparsity(code)
        return loss

    def sparsity(self, code):
        """The divergence of each unit's mean activation from the target."""
        sparse = self.config["sparse"]
        target = sparse.get("target", 0.1)
        mean = code.mean(0).clamp(1e-7, 1 - 1e-7)
        entropy = target * math.log(target) + (1 - target) * math.log(1 - target)
        crossed = target * mean.log() + (1 - target) * (1 - mean).log()
        return sparse.get("weight", 1.0) * (entropy * code.shape[1] - crossed.sum())
