"""onnxruntime's CPU provider on the network as Gemm and Relu nodes: predicts, does not train."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import onnxruntime
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from bench.workloads import Problem


class Model:
    """Only `predictor` of the protocol."""

    def __init__(self, problem: Problem, threads: int) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
        self.session = onnxruntime.InferenceSession(
            onnx_model(problem), sess_options=options, providers=["CPUExecutionProvider"]
        )

    def predictor(self, X: NDArray[Any]) -> Callable[[], NDArray[Any]]:
        run, inputs, outputs = self.session.run, {"X": X}, ["A"]
        return lambda: run(outputs, inputs)[0]


def onnx_model(problem: Problem) -> bytes:
    nodes, initializers, A = [], [], "X"
    last = len(problem.weights)
    activations = {
        "relu": "Relu",
        "tanh": "Tanh",
        "sigmoid": "Sigmoid",
        "softmax": "Softmax",
        "linear": "Identity",
    }
    for l, (W, b) in enumerate(problem.weights, start=1):
        initializers += [numpy_helper.from_array(W, f"W{l}"), numpy_helper.from_array(b, f"b{l}")]
        nodes.append(helper.make_node("Gemm", [A, f"W{l}", f"b{l}"], [f"Z{l}"], transB=1))
        A_next = "A" if l == last else f"A{l}"
        g = problem.workload.output if l == last else problem.workload.hidden
        nodes.append(helper.make_node(activations[g], [f"Z{l}"], [A_next]))
        A = A_next
    units = problem.workload.units
    graph = helper.make_graph(
        nodes,
        "network",
        [helper.make_tensor_value_info("X", TensorProto.FLOAT, [None, units[0]])],
        [helper.make_tensor_value_info("A", TensorProto.FLOAT, [None, units[-1]])],
        initializers,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    return model.SerializeToString()


def about() -> str:
    return f"onnxruntime {onnxruntime.__version__}, CPUExecutionProvider"
