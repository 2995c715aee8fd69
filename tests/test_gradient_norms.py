"""Gradients' norms by layer, against central differences."""

import numpy as np
import pytest

import descend as ds
from descend.gradient_norms import GradientNorms


@pytest.mark.parametrize("batch_norm", [False, True])
def test_the_norms_are_those_of_central_differences(batch_norm: bool) -> None:
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(30, 3)), rng.integers(0, 2, 30)
    layers = [ds.Dense(4, "tanh", batch_norm=batch_norm), ds.Dense(1, "sigmoid")]
    network = ds.Network(3, layers, seed=0, dtype="float64")
    norms = GradientNorms(X, y)
    ds.train(network, X, y, epochs=2, callbacks=[norms], seed=0)
    assert [len(each) for each in norms.by_layer] == [2, 2]
    assert list(norms.columns()) == ["gradient_norm_1", "gradient_norm_2"]
    for layer, found in zip(network.layers, norms.by_layer, strict=True):
        squares = 0.0
        for place in np.ndindex(layer.W.shape):
            kept, costs = layer.W[place], []
            for step in (1e-6, -1e-6):
                layer.W[place] = kept + step
                costs.append(network.cost_and_gradient(X, y)[0])
            layer.W[place] = kept
            squares += ((costs[0] - costs[1]) / 2e-6) ** 2
        assert found[-1] == pytest.approx(np.sqrt(squares), rel=1e-5)


def test_many_examples_are_sampled_evenly() -> None:
    X = np.arange(5000.0)[:, None]
    network = ds.Network(1, [ds.Dense(1, "linear")], seed=0)
    norms = GradientNorms(X, X[:, 0])
    ds.train(network, X / 5000, X[:, 0] / 5000, epochs=1, callbacks=[norms])
    assert len(norms._X) == 1024
    assert (norms._X[0], norms._X[-1]) == (0, 4999)
