"""Models in files: the parameters as one array and, beside it as JSON, all that is needed to use them.

The format is safetensors: a tensor "parameters" (P,) and, with batch normalisation, "state" (S,), laid out as
in `Network`; and in the metadata, under "descend", the description. Nothing in it is code.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save as serialize

from descend import __version__
from descend.data.load import FilePath
from descend.data.preparation import Preparation
from descend.data.target import Target
from descend.dense import Dense
from descend.graph import Activation
from descend.layer import Layer
from descend.network import Network

_KEY = "descend"
_FORMAT = 1


class Model(NamedTuple):
    """A network and, where it has them, what makes its inputs and reads its outputs."""

    network: Network
    preprocess: Preparation | None = None
    target: Target | None = None


class _Format(BaseModel):
    format: int
    version: str


class _Function(BaseModel):
    """An activation of one's own: the graph's operations, `Activation.operations`."""

    model_config = ConfigDict(extra="forbid", ser_json_inf_nan="constants")

    name: str
    operations: list[dict[str, Any]]


class _Layer(BaseModel):
    model_config = ConfigDict(extra="forbid")

    units: int
    activation: str | _Function
    dropout: float
    batch_norm: bool = False

    def g(self) -> str | Activation:
        """The activation as `Dense` takes it."""
        if isinstance(self.activation, str):
            return self.activation
        return Activation.from_operations(self.activation.name, self.activation.operations)


class _Description(_Format):
    model_config = ConfigDict(extra="forbid")

    dtype: str
    seed: int
    n_inputs: int
    layers: list[_Layer]
    preprocess: Annotated[Preparation, Field(discriminator="kind")] | None
    target: Target | None


def save(
    network: Network,
    path: FilePath,
    *,
    preprocess: Preparation | None = None,
    target: Target | None = None,
) -> None:
    """Write a network to a file, whole or not at all: what was there stays until the new file is complete.

    Parameters
    ----------
    network : Network
        What to save.
    path : path
        The file, by convention ``*.safetensors``.
    preprocess : Preparation, optional
        What made the network's inputs from a table, images or a sparse matrix, to be kept with it.
    target : Classes, Labels or Numbers, optional
        What the network predicts, likewise.

    Raises
    ------
    TypeError
        `network` is none.
    OSError
        The file cannot be written.
    RuntimeError
        The network is being trained.
    """
    if not isinstance(network, Network):
        raise TypeError(
            f"network is {network!r}: give a Network, such as one of an ensemble's members or an estimator's "
            "network_."
        )
    write_whole(path, to_bytes(Model(network, preprocess, target)))


def to_bytes(model: Model) -> bytes:
    """The content of the file that `save` writes."""
    network, preprocess, target = model
    description = _Description(
        format=_FORMAT,
        version=__version__,
        dtype=network.dtype.name,
        seed=network.seed,
        n_inputs=network.n_inputs,
        layers=[
            _Layer(
                units=layer.units,
                activation=_activation(layer),
                dropout=layer.dropout,
                batch_norm=layer.batch_norm,
            )
            for layer in network.layers
        ],
        preprocess=preprocess,
        target=target,
    )
    tensors = {"parameters": network.parameters}
    if network.state.size:
        tensors["state"] = network.state
    return serialize(tensors, {_KEY: description.model_dump_json()})


def _activation(layer: Layer) -> str | _Function:
    if layer.function is None:
        return layer.activation
    return _Function(name=layer.activation, operations=layer.function.operations(layer.units))


def load(path: FilePath) -> Network:
    """The network in a file that `save` wrote, bit for bit.

    Raises
    ------
    OSError
        The file cannot be read.
    ValueError
        The file is cut short or damaged, is none that `save` wrote, or was written by a later version.
    """
    return load_model(path).network


def load_model(path: FilePath) -> Model:
    """As `load`, with the preprocessing and the target that the file holds.

    Raises
    ------
    OSError, ValueError
        As `load` raises.
    """
    Path(path).open("rb").close()  # An error of safe_open's own would not name the file.
    damaged = f"{path} is no model that descend saved, or is damaged: give another file, or train again."
    try:
        with safe_open(path, framework="numpy") as file:
            text = (file.metadata() or {})[_KEY]
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            parameters = tensors["parameters"]
        written = _Format.model_validate_json(text)
    except (SafetensorError, KeyError, ValidationError) as error:
        raise ValueError(damaged) from error
    if written.format > _FORMAT:
        raise ValueError(
            f"{path} was written by descend {written.version}, and this is {__version__}: "
            "install that version or a later one."
        )
    try:
        described = _Description.model_validate_json(text)
        layers = [
            Dense(**layer.model_dump() | {"activation": layer.g()}, init="zeros")
            for layer in described.layers
        ]
        network = Network(described.n_inputs, layers, seed=described.seed, dtype=described.dtype)
        network.parameters = parameters.reshape(network.n_parameters)
        if network.state.size:
            network.state = tensors["state"].reshape(network.state.shape)
    except (ValueError, TypeError, LookupError) as error:
        raise ValueError(damaged) from error
    return Model(network, described.preprocess, described.target)


def write_whole(path: FilePath, content: bytes | Iterable[bytes]) -> None:
    """Write a file, at once or piece by piece, beside its place and move it there when all is on the disk.

    Raises
    ------
    OSError
        The file cannot be written; what was there is untouched.
    """
    path = Path(path)
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    with naming(path):
        try:
            with partial.open("wb") as file:
                file.writelines([content] if isinstance(content, bytes) else content)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(path)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Let an OSError name the path that was asked for, in place of one that leads there, or of none."""
    try:
        yield
    except OSError as error:
        error.filename, error.filename2 = str(path), None
        raise
