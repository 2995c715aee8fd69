"""
The numerical core of descend, compiled for one level of processors.
"""
from __future__ import annotations
import collections.abc
import numpy
import numpy.typing
import typing
__all__: list[str] = ['ACTIVATIONS', 'ActivationFunction', 'GraphActivation', 'GraphLoss', 'GraphNode', 'GraphProgram', 'INITIALISATIONS', 'LOSSES', 'Loss', 'LossFunction', 'Network32', 'Network64', 'Optimizer32', 'Optimizer64', 'SparseRows32', 'SparseRows64', 'Trainer32', 'Trainer64', 'activation_backward', 'activation_forward', 'build_info', 'cgroup_limit', 'check_pair', 'close_forward', 'close_network', 'default_threads', 'dropout_mask32', 'dropout_mask64', 'first_not_finite', 'get_num_threads', 'gradient_descent', 'layer_backward', 'layer_forward', 'linear_backward', 'linear_forward', 'logistic_step_in_loops', 'loss_derivative', 'normalise_layer', 'normalise_layer_backward', 'permutation', 'philox', 'product', 'product_transposed', 'run_together', 'set_num_threads', 'softmax', 'standard_normal', 'uniform', 'vector_erf', 'vector_exp', 'vector_expm1', 'vector_log', 'vector_log1p', 'vector_sigmoid', 'vector_tanh', 'version']
class GraphNode:
    """
    One operation of a graph, a variable or a constant.
    """
    @staticmethod
    def apply(op: str, inputs: collections.abc.Sequence[GraphNode]) -> GraphNode:
        """
        An element-wise operation, matmul or transpose.
        """
    @staticmethod
    def constant(value: numpy.typing.ArrayLike) -> GraphNode:
        ...
    @staticmethod
    def reduce(op: str, x: GraphNode, axis: int | None) -> GraphNode:
        """
        sum, mean, logsumexp or softmax.
        """
    @staticmethod
    def take_rows(x: GraphNode, rows: collections.abc.Sequence[int]) -> GraphNode:
        ...
    @staticmethod
    def variable(shape: collections.abc.Sequence[int]) -> GraphNode:
        ...
    @property
    def axis(self) -> int | None:
        ...
    @property
    def op(self) -> str:
        ...
    @property
    def rows(self) -> list[int]:
        ...
    @property
    def shape(self) -> list[int]:
        ...
class GraphProgram:
    """
    A graph, compiled, and the memory in which it runs.
    """
    def __init__(self, root: GraphNode) -> None:
        ...
    def backward(self) -> None:
        ...
    def forward(self) -> None:
        ...
    def gradient(self, node: GraphNode) -> numpy.typing.NDArray[numpy.float64] | None:
        """
        Of the root, by this node; None where it depends on no variable.
        """
    def set(self, variable: GraphNode, value: numpy.typing.ArrayLike) -> None:
        ...
    def value(self, node: GraphNode) -> numpy.typing.NDArray[numpy.float64]:
        ...
class ActivationFunction:
    """
    g of a layer, as a function.
    """
    @property
    def name(self) -> str:
        ...
class GraphActivation(ActivationFunction):
    """
    a (n, 1) = g(z (n, 1)).
    """
    def __init__(self, name: str, z: GraphNode, a: GraphNode) -> None:
        ...
class LossFunction:
    """
    L of an example, as a function.
    """
    @property
    def name(self) -> str:
        ...
class GraphLoss(LossFunction):
    """
    L(a (n, 1), y (n, 1)), a number.
    """
    def __init__(self, name: str, a: GraphNode, y: GraphNode, loss: GraphNode) -> None:
        ...
class Loss:
    """
    A loss by name, with huber's delta, quantile's q or the cross-entropies' smoothing.
    """
    @typing.overload
    def __init__(self, name: str, parameter: float = 0.0) -> None:
        ...
    @typing.overload
    def __init__(self, function: LossFunction) -> None:
        ...
    @property
    def name(self) -> str:
        ...
    @property
    def parameter(self) -> float:
        ...
class SparseRows32:
    """
    X (m, n[0]) of which only what is not 0 is kept.
    """
    def __init__(self, values: numpy.typing.ArrayLike, columns: typing.Annotated[numpy.typing.ArrayLike, numpy.int32], begins: typing.Annotated[numpy.typing.ArrayLike, numpy.int64], n_columns: int) -> None:
        """
        SciPy's data, indices and indptr of a CSR matrix with sorted indices, and its number of columns.
        """
    @property
    def shape(self) -> tuple[int, int]:
        ...
class SparseRows64:
    """
    X (m, n[0]) of which only what is not 0 is kept.
    """
    def __init__(self, values: numpy.typing.ArrayLike, columns: typing.Annotated[numpy.typing.ArrayLike, numpy.int32], begins: typing.Annotated[numpy.typing.ArrayLike, numpy.int64], n_columns: int) -> None:
        """
        SciPy's data, indices and indptr of a CSR matrix with sorted indices, and its number of columns.
        """
    @property
    def shape(self) -> tuple[int, int]:
        ...
class Network32:
    """
    Dense layers over one flat vector of parameters.
    """
    def W(self, l: int) -> numpy.typing.NDArray[numpy.float32]:
        """
        W[l] (n[l], n[l-1]), a writable view.
        """
    def __init__(self, n_inputs: int, units: collections.abc.Sequence[int], activations: collections.abc.Sequence[str | ActivationFunction], dropout: collections.abc.Sequence[float], batch_norm: collections.abc.Sequence[bool] = []) -> None:
        ...
    def b(self, l: int) -> numpy.typing.NDArray[numpy.float32]:
        """
        b[l] (n[l], 1), a writable view.
        """
    def cost(self, X: SparseRows32 | numpy.typing.ArrayLike, Y: numpy.ndarray, loss: Loss, sample_weight: numpy.typing.ArrayLike | None = None, n_threads: int = 0) -> float:
        """
        The weighted mean of the loss, without penalties.
        """
    def cost_and_gradient(self, X: SparseRows32 | numpy.typing.ArrayLike, Y: numpy.ndarray, loss: Loss, sample_weight: numpy.typing.ArrayLike | None = None, l1: float = 0.0, l2: float = 0.0, n_threads: int = 0) -> tuple[float, numpy.typing.NDArray[numpy.float32]]:
        """
        J with its penalties, and dJ/dparameters (P,), without dropout.
        """
    def folded(self) -> Network32:
        """
        A network that predicts the same, with the running moments in its W and b.
        """
    def initialise(self, l: int, scheme: str, scale: float, seed: int) -> None:
        """
        Draws W[l]; b[l] = 0.
        """
    def normalisation(self, l: int) -> tuple[numpy.typing.NDArray[numpy.float32], numpy.typing.NDArray[numpy.float32], numpy.typing.NDArray[numpy.float32], numpy.typing.NDArray[numpy.float32]]:
        """
        gamma[l], beta[l], running mean and variance (n[l], 1), writable views.
        """
    @typing.overload
    def predict(self, X: SparseRows32, n_threads: int = 0) -> numpy.typing.NDArray[numpy.float32]:
        """
        A[L] (m, n[L]).
        """
    @typing.overload
    def predict(self, X: typing.Any, n_threads: int = 0) -> numpy.typing.NDArray[numpy.float32] | None:
        """
        A[L] (m, n[L]) for X (m, n[0]), an array of finite numbers of this dtype in C order; None for anything else.
        """
    @property
    def activations(self) -> list[str]:
        ...
    @property
    def batch_norm(self) -> list[bool]:
        ...
    @property
    def dropout(self) -> list[float]:
        ...
    @property
    def n_inputs(self) -> int:
        ...
    @property
    def n_layers(self) -> int:
        ...
    @property
    def n_parameters(self) -> int:
        ...
    @property
    def parameters(self) -> numpy.typing.NDArray[numpy.float32]:
        ...
    @property
    def state(self) -> numpy.typing.NDArray[numpy.float32]:
        """
        Batch normalisation's running means and variances (S,), a writable view.
        """
    @property
    def training(self) -> bool:
        ...
    @property
    def units(self) -> list[int]:
        ...
class Network64:
    """
    Dense layers over one flat vector of parameters.
    """
    def W(self, l: int) -> numpy.typing.NDArray[numpy.float64]:
        """
        W[l] (n[l], n[l-1]), a writable view.
        """
    def __init__(self, n_inputs: int, units: collections.abc.Sequence[int], activations: collections.abc.Sequence[str | ActivationFunction], dropout: collections.abc.Sequence[float], batch_norm: collections.abc.Sequence[bool] = []) -> None:
        ...
    def b(self, l: int) -> numpy.typing.NDArray[numpy.float64]:
        """
        b[l] (n[l], 1), a writable view.
        """
    def cost(self, X: SparseRows64 | numpy.typing.ArrayLike, Y: numpy.ndarray, loss: Loss, sample_weight: numpy.typing.ArrayLike | None = None, n_threads: int = 0) -> float:
        """
        The weighted mean of the loss, without penalties.
        """
    def cost_and_gradient(self, X: SparseRows64 | numpy.typing.ArrayLike, Y: numpy.ndarray, loss: Loss, sample_weight: numpy.typing.ArrayLike | None = None, l1: float = 0.0, l2: float = 0.0, n_threads: int = 0) -> tuple[float, numpy.typing.NDArray[numpy.float64]]:
        """
        J with its penalties, and dJ/dparameters (P,), without dropout.
        """
    def folded(self) -> Network64:
        """
        A network that predicts the same, with the running moments in its W and b.
        """
    def initialise(self, l: int, scheme: str, scale: float, seed: int) -> None:
        """
        Draws W[l]; b[l] = 0.
        """
    def normalisation(self, l: int) -> tuple[numpy.typing.NDArray[numpy.float64], numpy.typing.NDArray[numpy.float64], numpy.typing.NDArray[numpy.float64], numpy.typing.NDArray[numpy.float64]]:
        """
        gamma[l], beta[l], running mean and variance (n[l], 1), writable views.
        """
    @typing.overload
    def predict(self, X: SparseRows64, n_threads: int = 0) -> numpy.typing.NDArray[numpy.float64]:
        """
        A[L] (m, n[L]).
        """
    @typing.overload
    def predict(self, X: typing.Any, n_threads: int = 0) -> numpy.typing.NDArray[numpy.float64] | None:
        """
        A[L] (m, n[L]) for X (m, n[0]), an array of finite numbers of this dtype in C order; None for anything else.
        """
    @property
    def activations(self) -> list[str]:
        ...
    @property
    def batch_norm(self) -> list[bool]:
        ...
    @property
    def dropout(self) -> list[float]:
        ...
    @property
    def n_inputs(self) -> int:
        ...
    @property
    def n_layers(self) -> int:
        ...
    @property
    def n_parameters(self) -> int:
        ...
    @property
    def parameters(self) -> numpy.typing.NDArray[numpy.float64]:
        ...
    @property
    def state(self) -> numpy.typing.NDArray[numpy.float64]:
        """
        Batch normalisation's running means and variances (S,), a writable view.
        """
    @property
    def training(self) -> bool:
        ...
    @property
    def units(self) -> list[int]:
        ...
class Optimizer32:
    """
    An update rule, its moments and the number of steps taken.
    """
    def __init__(self, kind: str, n_parameters: int, *, momentum: float = 0.0, beta1: float = 0.0, beta2: float = 0.0, rho: float = 0.0, epsilon: float = 0.0, weight_decay: float = 0.0) -> None:
        ...
    @property
    def kind(self) -> str:
        ...
    @property
    def state(self) -> numpy.typing.NDArray[numpy.float32]:
        """
        The moments (k, P), a writable view.
        """
    @property
    def step(self) -> int:
        ...
    @step.setter
    def step(self, arg0: int) -> None:
        ...
class Optimizer64:
    """
    An update rule, its moments and the number of steps taken.
    """
    def __init__(self, kind: str, n_parameters: int, *, momentum: float = 0.0, beta1: float = 0.0, beta2: float = 0.0, rho: float = 0.0, epsilon: float = 0.0, weight_decay: float = 0.0) -> None:
        ...
    @property
    def kind(self) -> str:
        ...
    @property
    def state(self) -> numpy.typing.NDArray[numpy.float64]:
        """
        The moments (k, P), a writable view.
        """
    @property
    def step(self) -> int:
        ...
    @step.setter
    def step(self, arg0: int) -> None:
        ...
class Trainer32:
    """
    Epochs of mini-batch steps, in C++ from the first batch to the last.
    """
    def __init__(self, network: typing.Any, optimizer: typing.Any, X: SparseRows32 | numpy.typing.ArrayLike, Y: numpy.ndarray, loss: Loss, *, sample_weight: numpy.typing.ArrayLike | None = None, batch_size: int, shuffle: bool, seed: int, l1: float = 0.0, l2: float = 0.0, clip_norm: float = 0.0, ema_decay: float = 0.0, penalty_per_weight: bool = False, n_threads: int = 0) -> None:
        ...
    def costs(self, begin: int = 0) -> numpy.typing.NDArray[numpy.float64]:
        """
        Of every finished epoch from `begin` on.
        """
    def run(self, epochs: int, learning_rates: numpy.typing.ArrayLike, poll: typing.Any = None, seconds: float = ...) -> bool:
        """
        Up to so many epochs, fewer where `seconds` have passed; False where training diverged.
        """
    def times(self, begin: int = 0) -> numpy.typing.NDArray[numpy.float64]:
        """
        Seconds, of every finished epoch from `begin` on.
        """
    @property
    def epoch(self) -> int:
        ...
    @epoch.setter
    def epoch(self, arg1: int) -> None:
        ...
    @property
    def steps_per_epoch(self) -> int:
        ...
class Trainer64:
    """
    Epochs of mini-batch steps, in C++ from the first batch to the last.
    """
    def __init__(self, network: typing.Any, optimizer: typing.Any, X: SparseRows64 | numpy.typing.ArrayLike, Y: numpy.ndarray, loss: Loss, *, sample_weight: numpy.typing.ArrayLike | None = None, batch_size: int, shuffle: bool, seed: int, l1: float = 0.0, l2: float = 0.0, clip_norm: float = 0.0, ema_decay: float = 0.0, penalty_per_weight: bool = False, n_threads: int = 0) -> None:
        ...
    def costs(self, begin: int = 0) -> numpy.typing.NDArray[numpy.float64]:
        """
        Of every finished epoch from `begin` on.
        """
    def run(self, epochs: int, learning_rates: numpy.typing.ArrayLike, poll: typing.Any = None, seconds: float = ...) -> bool:
        """
        Up to so many epochs, fewer where `seconds` have passed; False where training diverged.
        """
    def times(self, begin: int = 0) -> numpy.typing.NDArray[numpy.float64]:
        """
        Seconds, of every finished epoch from `begin` on.
        """
    @property
    def epoch(self) -> int:
        ...
    @epoch.setter
    def epoch(self, arg1: int) -> None:
        ...
    @property
    def steps_per_epoch(self) -> int:
        ...
@typing.overload
def activation_backward(dA: numpy.typing.NDArray[numpy.float32], Z: numpy.typing.NDArray[numpy.float32], activation: str, naive: bool = False) -> numpy.typing.NDArray[numpy.float32]:
    """
    dZ = dA * g'(Z).
    """
@typing.overload
def activation_backward(dA: numpy.typing.NDArray[numpy.float64], Z: numpy.typing.NDArray[numpy.float64], activation: str, naive: bool = False) -> numpy.typing.NDArray[numpy.float64]:
    """
    dZ = dA * g'(Z).
    """
@typing.overload
def activation_forward(Z: numpy.typing.NDArray[numpy.float32], activation: str, naive: bool = False) -> numpy.typing.NDArray[numpy.float32]:
    """
    A = g(Z), element-wise, in Z's shape and order; naive: a number at a time.
    """
@typing.overload
def activation_forward(Z: numpy.typing.NDArray[numpy.float64], activation: str, naive: bool = False) -> numpy.typing.NDArray[numpy.float64]:
    """
    A = g(Z), element-wise, in Z's shape and order; naive: a number at a time.
    """
def build_info() -> dict[str, str | int]:
    """
    Version, level, compiler, Eigen's version and the width of the vectors in bytes.
    """
def cgroup_limit(root: str, self_cgroup: str) -> int | None:
    """
    The CPUs that control groups grant, rounded up; None without a quota. `root` is where the groups are mounted, `self_cgroup` the text of /proc/self/cgroup.
    """
def check_pair(output_activation: str, loss: str) -> None:
    """
    Raises ValueError where no network can end so; "custom" stands for any function.
    """
@typing.overload
def close_forward(Z: numpy.typing.NDArray[numpy.float32], targets: numpy.ndarray, output: str, loss: Loss, weight: numpy.typing.NDArray[numpy.float32] | None = None) -> tuple[numpy.typing.NDArray[numpy.float64], numpy.typing.NDArray[numpy.float32] | None]:
    """
    The loss of each row of the logits Z (m, n) against Y (m, n) or class numbers (m,); and, given weight (m,), dZ[i] = weight[i] * dL_i/dZ[i].
    """
@typing.overload
def close_forward(Z: numpy.typing.NDArray[numpy.float64], targets: numpy.ndarray, output: str, loss: Loss, weight: numpy.typing.NDArray[numpy.float64] | None = None) -> tuple[numpy.typing.NDArray[numpy.float64], numpy.typing.NDArray[numpy.float64] | None]:
    """
    The loss of each row of the logits Z (m, n) against Y (m, n) or class numbers (m,); and, given weight (m,), dZ[i] = weight[i] * dL_i/dZ[i].
    """
@typing.overload
def close_network(network: Network32, Z: numpy.typing.NDArray[numpy.float32], X: numpy.typing.ArrayLike, targets: numpy.ndarray, loss: Loss, weight: numpy.typing.ArrayLike | None = None) -> tuple[numpy.typing.NDArray[numpy.float64], numpy.typing.NDArray[numpy.float32]]:
    """
    L_i (m,), and dZ[L] (n[L], m), of which column i is dL_i/dZ times w_i over the mean of w.
    """
@typing.overload
def close_network(network: Network64, Z: numpy.typing.NDArray[numpy.float64], X: numpy.typing.ArrayLike, targets: numpy.ndarray, loss: Loss, weight: numpy.typing.ArrayLike | None = None) -> tuple[numpy.typing.NDArray[numpy.float64], numpy.typing.NDArray[numpy.float64]]:
    """
    L_i (m,), and dZ[L] (n[L], m), of which column i is dL_i/dZ times w_i over the mean of w.
    """
def default_threads() -> int:
    """
    The least of the CPU affinity, the control group's CPU quota and OMP_NUM_THREADS; at least 1.
    """
def dropout_mask32(seed: int, step: int, layer: int, keep: float, first: int, count: int) -> numpy.typing.NDArray[numpy.float32]:
    """
    Inverted dropout's mask: 1 / keep with probability keep, else 0.
    """
def dropout_mask64(seed: int, step: int, layer: int, keep: float, first: int, count: int) -> numpy.typing.NDArray[numpy.float64]:
    ...
@typing.overload
def first_not_finite(X: numpy.typing.NDArray[numpy.float32], n_threads: int = 0) -> tuple[int, int] | None:
    """
    Row and column of the first NaN or infinity in X (m, n), or None.
    """
@typing.overload
def first_not_finite(X: numpy.typing.NDArray[numpy.float64], n_threads: int = 0) -> tuple[int, int] | None:
    ...
def get_num_threads() -> int:
    """
    The process-wide cap on threads: default_threads() until another is set.
    """
@typing.overload
def gradient_descent(W: numpy.typing.NDArray[numpy.float32], dW: numpy.typing.NDArray[numpy.float32], learning_rate: float) -> numpy.typing.NDArray[numpy.float32]:
    """
    W - learning_rate dW.
    """
@typing.overload
def gradient_descent(W: numpy.typing.NDArray[numpy.float64], dW: numpy.typing.NDArray[numpy.float64], learning_rate: float) -> numpy.typing.NDArray[numpy.float64]:
    """
    W - learning_rate dW.
    """
@typing.overload
def layer_backward(network: Network32, l: int, dA: numpy.typing.NDArray[numpy.float32], Z: numpy.typing.NDArray[numpy.float32], A: numpy.typing.NDArray[numpy.float32]) -> numpy.typing.NDArray[numpy.float32]:
    """
    dZ[l] (n[l], m), for a g that is not softmax.
    """
@typing.overload
def layer_backward(network: Network64, l: int, dA: numpy.typing.NDArray[numpy.float64], Z: numpy.typing.NDArray[numpy.float64], A: numpy.typing.NDArray[numpy.float64]) -> numpy.typing.NDArray[numpy.float64]:
    """
    dZ[l] (n[l], m), for a g that is not softmax.
    """
@typing.overload
def layer_forward(network: Network32, l: int, Z: numpy.typing.NDArray[numpy.float32]) -> numpy.typing.NDArray[numpy.float32]:
    """
    A[l] (n[l], m), for Z[l] (n[l], m).
    """
@typing.overload
def layer_forward(network: Network64, l: int, Z: numpy.typing.NDArray[numpy.float64]) -> numpy.typing.NDArray[numpy.float64]:
    """
    A[l] (n[l], m), for Z[l] (n[l], m).
    """
@typing.overload
def linear_backward(dZ: numpy.typing.NDArray[numpy.float32], A_prev: numpy.typing.NDArray[numpy.float32], W: numpy.typing.NDArray[numpy.float32]) -> tuple[numpy.typing.NDArray[numpy.float32], numpy.typing.NDArray[numpy.float32], numpy.typing.NDArray[numpy.float32]]:
    """
    dA_prev (n_prev, m), dW (n, n_prev) and db (n, 1).
    """
@typing.overload
def linear_backward(dZ: numpy.typing.NDArray[numpy.float64], A_prev: numpy.typing.NDArray[numpy.float64], W: numpy.typing.NDArray[numpy.float64]) -> tuple[numpy.typing.NDArray[numpy.float64], numpy.typing.NDArray[numpy.float64], numpy.typing.NDArray[numpy.float64]]:
    """
    dA_prev (n_prev, m), dW (n, n_prev) and db (n, 1).
    """
@typing.overload
def linear_forward(A_prev: numpy.typing.NDArray[numpy.float32], W: numpy.typing.NDArray[numpy.float32], b: numpy.typing.NDArray[numpy.float32]) -> numpy.typing.NDArray[numpy.float32]:
    """
    Z (n, m) = W (n, n_prev) A_prev (n_prev, m) + b (n, 1).
    """
@typing.overload
def linear_forward(A_prev: numpy.typing.NDArray[numpy.float64], W: numpy.typing.NDArray[numpy.float64], b: numpy.typing.NDArray[numpy.float64]) -> numpy.typing.NDArray[numpy.float64]:
    """
    Z (n, m) = W (n, n_prev) A_prev (n_prev, m) + b (n, 1).
    """
def logistic_step_in_loops(X: numpy.typing.ArrayLike, y: numpy.typing.ArrayLike, w: numpy.typing.ArrayLike, b: float, learning_rate: float) -> tuple[float, numpy.typing.NDArray[numpy.float64], float]:
    """
    J, w and b after one step of logistic regression from w (1, n) and b, in loops over the rows of X (m, n) and their features.
    """
@typing.overload
def loss_derivative(A: numpy.typing.NDArray[numpy.float32], Y: numpy.typing.NDArray[numpy.float32], loss: Loss) -> numpy.typing.NDArray[numpy.float32]:
    """
    dL/dA (n, m), a column for each example's own loss; NaN where A rounds to where it ends.
    """
@typing.overload
def loss_derivative(A: numpy.typing.NDArray[numpy.float64], Y: numpy.typing.NDArray[numpy.float64], loss: Loss) -> numpy.typing.NDArray[numpy.float64]:
    """
    dL/dA (n, m), a column for each example's own loss; NaN where A rounds to where it ends.
    """
@typing.overload
def normalise_layer(network: Network32, l: int, Z: numpy.typing.NDArray[numpy.float32], weight: numpy.typing.ArrayLike | None) -> tuple[numpy.typing.NDArray[numpy.float32], numpy.typing.NDArray[numpy.float32], numpy.typing.NDArray[numpy.float32]]:
    """
    Z_norm and Z_tilde (n[l], m), and the batch's moments (n[l], 3).
    """
@typing.overload
def normalise_layer(network: Network64, l: int, Z: numpy.typing.NDArray[numpy.float64], weight: numpy.typing.ArrayLike | None) -> tuple[numpy.typing.NDArray[numpy.float64], numpy.typing.NDArray[numpy.float64], numpy.typing.NDArray[numpy.float64]]:
    """
    Z_norm and Z_tilde (n[l], m), and the batch's moments (n[l], 3).
    """
@typing.overload
def normalise_layer_backward(network: Network32, l: int, dZ_tilde: numpy.typing.NDArray[numpy.float32], Z_norm: numpy.typing.NDArray[numpy.float32], moments: numpy.typing.NDArray[numpy.float32], weight: numpy.typing.ArrayLike | None) -> tuple[numpy.typing.NDArray[numpy.float32], numpy.typing.NDArray[numpy.float32], numpy.typing.NDArray[numpy.float32]]:
    """
    dZ (n[l], m), dgamma and dbeta (n[l], 1).
    """
@typing.overload
def normalise_layer_backward(network: Network64, l: int, dZ_tilde: numpy.typing.NDArray[numpy.float64], Z_norm: numpy.typing.NDArray[numpy.float64], moments: numpy.typing.NDArray[numpy.float64], weight: numpy.typing.ArrayLike | None) -> tuple[numpy.typing.NDArray[numpy.float64], numpy.typing.NDArray[numpy.float64], numpy.typing.NDArray[numpy.float64]]:
    """
    dZ (n[l], m), dgamma and dbeta (n[l], 1).
    """
def permutation(seed: int, epoch: int, n: int) -> numpy.typing.NDArray[numpy.int64]:
    """
    The order of n examples in an epoch that is shuffled.
    """
def philox(counter: typing.Annotated[collections.abc.Sequence[int], "FixedSize(4)"], key: typing.Annotated[collections.abc.Sequence[int], "FixedSize(2)"]) -> typing.Annotated[list[int], "FixedSize(4)"]:
    """
    Philox4x32-10 of one counter.
    """
@typing.overload
def product(W: numpy.typing.NDArray[numpy.float32], B: numpy.typing.NDArray[numpy.float32], bias: numpy.typing.NDArray[numpy.float32], relu: bool, how: str) -> numpy.typing.NDArray[numpy.float32]:
    """
    W B + bias; how W lies: 'columns', 'panels', 'transposed' (panels, made of W^T) or 'narrow'; 'portable' is the naive twin.
    """
@typing.overload
def product(W: numpy.typing.NDArray[numpy.float64], B: numpy.typing.NDArray[numpy.float64], bias: numpy.typing.NDArray[numpy.float64], relu: bool, how: str) -> numpy.typing.NDArray[numpy.float64]:
    """
    W B + bias; how W lies: 'columns', 'panels', 'transposed' (panels, made of W^T) or 'narrow'; 'portable' is the naive twin.
    """
@typing.overload
def product_transposed(dZ: numpy.typing.NDArray[numpy.float32], E: numpy.typing.NDArray[numpy.float32], how: str, split: int = 0) -> numpy.typing.NDArray[numpy.float32]:
    """
    dZ E^T, dZ lying by 'columns' or 'panels', or the result as 'narrow' layers do; the examples after the first `split` are added to what these made. 'portable' is the naive twin.
    """
@typing.overload
def product_transposed(dZ: numpy.typing.NDArray[numpy.float64], E: numpy.typing.NDArray[numpy.float64], how: str, split: int = 0) -> numpy.typing.NDArray[numpy.float64]:
    """
    dZ E^T, dZ lying by 'columns' or 'panels', or the result as 'narrow' layers do; the examples after the first `split` are added to what these made. 'portable' is the naive twin.
    """
@typing.overload
def run_together(trainers: collections.abc.Sequence[Trainer32], epochs: int, learning_rates: numpy.typing.ArrayLike, poll: typing.Any = None, n_threads: int = 0) -> list[bool]:
    """
    So many epochs of each trainer, on so many threads in all, with one learning rate or one for each step (k, rates); False for each that diverged.
    """
@typing.overload
def run_together(trainers: collections.abc.Sequence[Trainer64], epochs: int, learning_rates: numpy.typing.ArrayLike, poll: typing.Any = None, n_threads: int = 0) -> list[bool]:
    """
    So many epochs of each trainer, on so many threads in all, with one learning rate or one for each step (k, rates); False for each that diverged.
    """
def set_num_threads(n: int) -> None:
    """
    Cap every later call at n threads; n = default_threads() lifts the cap.
    """
@typing.overload
def softmax(Z: numpy.typing.NDArray[numpy.float32]) -> numpy.typing.NDArray[numpy.float32]:
    """
    Softmax of each row of Z (m, n).
    """
@typing.overload
def softmax(Z: numpy.typing.NDArray[numpy.float64]) -> numpy.typing.NDArray[numpy.float64]:
    """
    Softmax of each row of Z (m, n).
    """
def standard_normal(seed: int, layer: int, count: int) -> numpy.typing.NDArray[numpy.float64]:
    """
    Normal numbers, as initialisation draws them.
    """
def uniform(seed: int, layer: int, count: int) -> numpy.typing.NDArray[numpy.float64]:
    """
    Numbers in [0, 1), as initialisation draws them.
    """
@typing.overload
def vector_erf(X: numpy.typing.NDArray[numpy.float32]) -> numpy.typing.NDArray[numpy.float32]:
    ...
@typing.overload
def vector_erf(X: numpy.typing.NDArray[numpy.float64]) -> numpy.typing.NDArray[numpy.float64]:
    ...
@typing.overload
def vector_exp(X: numpy.typing.NDArray[numpy.float32]) -> numpy.typing.NDArray[numpy.float32]:
    ...
@typing.overload
def vector_exp(X: numpy.typing.NDArray[numpy.float64]) -> numpy.typing.NDArray[numpy.float64]:
    ...
@typing.overload
def vector_expm1(X: numpy.typing.NDArray[numpy.float32]) -> numpy.typing.NDArray[numpy.float32]:
    ...
@typing.overload
def vector_expm1(X: numpy.typing.NDArray[numpy.float64]) -> numpy.typing.NDArray[numpy.float64]:
    ...
@typing.overload
def vector_log(X: numpy.typing.NDArray[numpy.float32]) -> numpy.typing.NDArray[numpy.float32]:
    ...
@typing.overload
def vector_log(X: numpy.typing.NDArray[numpy.float64]) -> numpy.typing.NDArray[numpy.float64]:
    ...
@typing.overload
def vector_log1p(X: numpy.typing.NDArray[numpy.float32]) -> numpy.typing.NDArray[numpy.float32]:
    ...
@typing.overload
def vector_log1p(X: numpy.typing.NDArray[numpy.float64]) -> numpy.typing.NDArray[numpy.float64]:
    ...
@typing.overload
def vector_sigmoid(X: numpy.typing.NDArray[numpy.float32]) -> numpy.typing.NDArray[numpy.float32]:
    ...
@typing.overload
def vector_sigmoid(X: numpy.typing.NDArray[numpy.float64]) -> numpy.typing.NDArray[numpy.float64]:
    ...
@typing.overload
def vector_tanh(X: numpy.typing.NDArray[numpy.float32]) -> numpy.typing.NDArray[numpy.float32]:
    ...
@typing.overload
def vector_tanh(X: numpy.typing.NDArray[numpy.float64]) -> numpy.typing.NDArray[numpy.float64]:
    ...
ACTIVATIONS: tuple[str, ...] = ('linear', 'exp', 'sigmoid', 'tanh', 'relu', 'leaky_relu', 'elu', 'gelu', 'silu', 'softplus', 'softmax')
INITIALISATIONS: tuple[str, ...] = ('zeros', 'normal', 'uniform', 'he_normal', 'he_uniform', 'xavier_normal', 'xavier_uniform', 'lecun_normal', 'lecun_uniform')
LOSSES: tuple[str, ...] = ('binary_cross_entropy', 'cross_entropy', 'squared_error', 'absolute_error', 'huber', 'quantile', 'poisson')
version: str = '0.1.0'
