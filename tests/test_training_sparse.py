"""`train`, `predict` and `evaluate` on a sparse X: what its dense twin gives."""

from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp

import descend as ds

X = sp.random(200, 40, 0.1, format="csr", random_state=np.random.default_rng(0))
Y = np.digitize(np.asarray(X.sum(axis=1)).ravel(), [0.8, 1.8])


def network(batch_norm: bool = False) -> ds.Network:
    return ds.Network(
        40, [ds.Dense(9, batch_norm=batch_norm), ds.Dense(3, "softmax")], seed=0, dtype="float64"
    )


@pytest.mark.parametrize("container", [sp.csr_array, sp.csc_array, sp.coo_matrix])
@pytest.mark.parametrize("batch_norm", [False, True])
@pytest.mark.parametrize("validation", [None, 0.25, "given"])
def test_sparse_is_dense(container: Any, batch_norm: bool, validation: Any) -> None:
    found = []
    for of in (container, lambda X: X.toarray()):
        net = network(batch_norm)
        history = ds.train(
            net,
            of(X),
            Y,
            sample_weight=np.arange(200) % 3,
            epochs=3,
            seed=0,
            l2=0.01,
            validation=(of(X[:50]), Y[:50]) if validation == "given" else validation,
            metrics=("accuracy",),
        )
        cost, gradient = net.cost_and_gradient(of(X), Y)
        scores = ds.evaluate(net, of(X), Y, ["accuracy", "log_loss"])
        metrics = [value for values in history.metrics.values() for value in values]
        found.append(
            [*net.predict(of(X)).ravel(), *gradient, cost, *history.cost, *metrics, *scores.values()]
        )
    np.testing.assert_allclose(*found, rtol=1e-9, atol=1e-11)
