"""PyTorch: tensors in memory, no DataLoader; eager with a foreach or fused optimiser, or compiled whole."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Literal

import torch
import torch._inductor.config
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from bench.workloads import Problem

BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8


class Model:
    def __init__(
        self, problem: Problem, threads: int, variant: Literal["foreach", "fused", "compiled"]
    ) -> None:
        torch.set_num_threads(threads)
        torch.manual_seed(0)
        self.problem = problem
        self.workload = problem.workload
        self.X, self.y = torch.from_numpy(problem.X), torch.from_numpy(problem.y)
        self.hidden = torch.tanh if self.workload.hidden == "tanh" else torch.relu
        self.parameters = [torch.from_numpy(a.copy()) for layer in problem.weights for a in layer]
        self.variant = variant
        if variant == "compiled":
            # Calling the kernels from C++ and not checking the guards again saves a quarter of a small step.
            torch._inductor.config.cpp_wrapper = True
            torch.compiler.reset()
            self._compiled = torch.compile(self._functional_step, fullgraph=True, dynamic=False)
            self.reset()
            batch = torch.arange(self.workload.batch)
            self._compiled_step(self.X[batch], self.y[batch])
        self.reset()

    def reset(self) -> None:
        with torch.no_grad():
            for p, a in zip(
                self.parameters, (a for layer in self.problem.weights for a in layer), strict=True
            ):
                p.copy_(torch.from_numpy(a))
        adam = self.workload.optimizer == "adam"
        if self.variant == "compiled":
            self.m = [torch.zeros_like(p) for p in self.parameters] if adam else []
            self.v = [torch.zeros_like(p) for p in self.parameters] if adam else []
            self.t = torch.zeros((), dtype=self.X.dtype)
            self.step = self._compiled_step
            return
        optimizer = torch.optim.Adam if adam else torch.optim.SGD
        self.optimizer = optimizer(
            [p.requires_grad_() for p in self.parameters],
            lr=self.workload.learning_rate,
            foreach=self.variant == "foreach",
            fused=self.variant == "fused",
        )
        self.step = self._eager_step

    def train(self, epochs: int, *, shuffle: bool) -> list[float]:
        alike = self.workload.samples % self.workload.batch == 0  # every batch is as the one compiled for
        with torch.compiler.set_stance(skip_guard_eval_unsafe=self.variant == "compiled" and alike):
            return torch.stack(self._costs(epochs, shuffle)).tolist()

    def _costs(self, epochs: int, shuffle: bool) -> list[Tensor]:
        if self.workload.full_batch:
            return [self.step(self.X, self.y) for _ in range(epochs)]
        return [self._epoch(shuffle) for _ in range(epochs)]

    def _epoch(self, shuffle: bool) -> Tensor:
        m = self.workload.samples
        order = torch.randperm(m) if shuffle else torch.arange(m)
        total = torch.zeros((), dtype=self.X.dtype)
        for rows in order.split(self.workload.batch):
            total += self.step(self.X.index_select(0, rows), self.y.index_select(0, rows))
        return total / self.workload.steps_per_epoch

    def _forward(self, parameters: list[Tensor], A: Tensor) -> Tensor:
        for W, b in zip(parameters[:-2:2], parameters[1:-2:2], strict=True):
            A = self.hidden(F.linear(A, W, b))
        return F.linear(A, *parameters[-2:])

    def _cost(self, parameters: list[Tensor], X: Tensor, y: Tensor) -> Tensor:
        Z = self._forward(parameters, X)
        match self.workload.loss:
            case "cross_entropy":
                return F.cross_entropy(Z, y)
            case "binary_cross_entropy":
                return F.binary_cross_entropy_with_logits(Z, y)
            case "squared_error":
                return 0.5 * F.mse_loss(Z, y)

    def _eager_step(self, X: Tensor, y: Tensor) -> Tensor:
        self.optimizer.zero_grad(set_to_none=True)
        cost = self._cost(self.parameters, X, y)
        cost.backward()
        self.optimizer.step()
        return cost.detach()

    def _compiled_step(self, X: Tensor, y: Tensor) -> Tensor:
        with torch.no_grad():
            return self._compiled(self.parameters, self.m, self.v, self.t, X, y)

    def _functional_step(
        self, parameters: list[Tensor], m: list[Tensor], v: list[Tensor], t: Tensor, X: Tensor, y: Tensor
    ) -> Tensor:
        """Forward, backward and update in one graph: measured faster than compiling them apart."""
        gradients, cost = torch.func.grad_and_value(self._cost)(parameters, X, y)
        alpha = self.workload.learning_rate
        if self.workload.optimizer == "gradient_descent":
            for p, g in zip(parameters, gradients, strict=True):
                p.sub_(alpha * g)
            return cost
        t.add_(1)
        correction1, correction2 = 1 - BETA1**t, 1 - BETA2**t
        for p, g, m_p, v_p in zip(parameters, gradients, m, v, strict=True):
            m_p.lerp_(g, 1 - BETA1)
            v_p.mul_(BETA2).addcmul_(g, g, value=1 - BETA2)
            p.sub_(alpha * (m_p / correction1) / ((v_p / correction2).sqrt() + EPSILON))
        return cost

    def predictor(self, X: NDArray[Any]) -> Callable[[], Tensor]:
        x = torch.from_numpy(X)
        output = {"sigmoid": torch.sigmoid, "softmax": lambda Z: Z.softmax(1), "linear": lambda Z: Z}
        close = output[self.workload.output]
        parameters = [p.detach() for p in self.parameters]

        def forward(x: Tensor) -> Tensor:
            return close(self._forward(parameters, x))

        if self.variant == "compiled":
            forward = torch.compile(forward, fullgraph=True, dynamic=False)

        def predict() -> Tensor:
            with torch.inference_mode():
                return forward(x)

        return predict


def about() -> str:
    mkl = re.search(r"Math Kernel Library Version ([\d.]+)", torch.__config__.show())
    products = f"MKL {mkl[1]}" if mkl else "no MKL"
    return f"PyTorch {torch.__version__}, {products}, {torch.backends.cpu.get_cpu_capability()}"
