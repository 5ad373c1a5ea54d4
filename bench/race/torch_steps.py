"""How PyTorch makes its steps: four ways, each as fast as we could make it.

`eager`     forward, backward and Adam as PyTorch comes
`fused`     the same with Adam's fused kernel
`compiled`  network and loss compiled, with Adam's fused kernel
`whole`     forward, backward and Adam compiled into one function, which for
            small networks makes several steps a call

None of them waits for a number within an epoch: the loss is summed up in a
tensor and read at the end.
"""

import math

import torch
from torch.func import functional_call, grad_and_value

# Networks with fewer weights spend their time on calls, not on sums.
SMALL = 100_000
STEPS_A_CALL = 8


class Steps:
    """Steps with autograd and an optimizer of PyTorch's."""

    steps_a_call = 1

    def __init__(self, network, config, fused, compile_mode):
        optimizer, l2 = config["optimizer"], config["loss"]["l2"]
        matrices = [p for p in network.parameters() if p.dim() > 1]
        biases = [p for p in network.parameters() if p.dim() == 1]
        self.optimizer = torch.optim.Adam(
            [{"params": matrices, "weight_decay": l2}, {"params": biases}],
            betas=(optimizer["beta1"], optimizer["beta2"]),
            fused=fused or None,
        )
        self.loss = network.loss
        if compile_mode:
            self.loss = torch.compile(network.loss, mode=compile_mode, dynamic=False)

    def make(self, batches, rates, total):
        """One step for each batch; adds the losses of their rows to `total`."""
        for batch, rate in zip(batches, rates):
            loss = self.loss(batch)
            self.optimizer.zero_grad(set_to_none=True)
            loss.backward()
            for group in self.optimizer.param_groups:
                group["lr"] = rate
            self.optimizer.step()
            total.add_(loss.detach(), alpha=len(batch))


class WholeSteps:
    """Steps that are one compiled function, Adam included."""

    def __init__(self, network, config, compile_mode):
        self.names = [name for name, _ in network.named_parameters()]
        self.values = [p.detach().clone() for p in network.parameters()]
        self.first = [torch.zeros_like(p) for p in self.values]
        self.second = [torch.zeros_like(p) for p in self.values]
        self.network = Loss(network)
        self.l2 = config["loss"]["l2"]
        self.betas = config["optimizer"]["beta1"], config["optimizer"]["beta2"]
        self.step = 0
        small = sum(p.numel() for p in self.values) < SMALL
        self.steps_a_call = STEPS_A_CALL if small else 1
        self.compiled = torch.compile(self.steps, mode=compile_mode, dynamic=False)

    def make(self, batches, rates, total):
        scales = []
        for rate in rates:
            self.step += 1
            of_first, of_second = (1 - beta**self.step for beta in self.betas)
            scales.append([rate / of_first, 1 / math.sqrt(of_second)])
        self.compiled(batches, torch.tensor(scales), total)

    def steps(self, batches, scales, total):
        for place, batch in enumerate(batches):
            gradients, loss = grad_and_value(self.loss)(self.values, batch)
            self.adam(gradients, scales[place])
            total.add_(loss * len(batch))

    def loss(self, values, batch):
        values = {f"network.{name}": value for name, value in zip(self.names, values)}
        return functional_call(self.network, values, (batch,))

    def adam(self, gradients, scale):
        beta1, beta2 = self.betas
        for value, first, second, gradient in zip(self.values, self.first, self.second, gradients):
            if value.dim() > 1 and self.l2:
                gradient = gradient + self.l2 * value
            first.lerp_(gradient, 1 - beta1)
            second.mul_(beta2).addcmul_(gradient, gradient, value=1 - beta2)
            value.sub_(scale[0] * first / (second.sqrt() * scale[1] + 1e-8))


class Loss(torch.nn.Module):
    """A network whose call is its loss, as `functional_call` needs it."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, batch):
        return self.network.loss(batch)


def steps(way, network, config, compile_mode):
    match way:
        case "eager":
            return Steps(network, config, fused=False, compile_mode=None)
        case "fused":
            return Steps(network, config, fused=True, compile_mode=None)
        case "compiled":
            return Steps(network, config, fused=True, compile_mode=compile_mode)
        case "whole":
            return WholeSteps(network, config, compile_mode)
    raise SystemExit(f"no way '{way}'")
