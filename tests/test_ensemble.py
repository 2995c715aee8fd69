"""Networks that train at once: what each gets is what it gets alone, and an ensemble predicts their mean."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp

import descend as ds
from ctrl_c import CtrlC

RNG = np.random.default_rng(0)
X = RNG.normal(size=(300, 5))
Y = (X[:, 0] * X[:, 1] > 0).astype(int)


def networks(count: int = 3, **dense: Any) -> list[ds.Network]:
    layers = [ds.Dense(16, "tanh", **dense), ds.Dense(1, "sigmoid")]
    return [ds.Network(5, layers, seed=i) for i in range(count)]


@pytest.mark.parametrize("n_threads", [1, 2, 3, 5, None])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"schedule": ds.Cosine(), "clip_norm": 1.0, "optimizer": ds.Momentum(0.1)},
        {"metrics": ["accuracy"], "validation": (X[:50], Y[:50]), "ema_decay": 0.9},
    ],
)
def test_each_ends_as_if_it_were_alone(options: dict[str, Any], n_threads: int | None) -> None:
    members = networks(dropout=0.2, batch_norm=True)
    histories = ds.train_ensemble(members, X, Y, epochs=4, seed=7, n_threads=n_threads, **options)
    optimizer = options.get("optimizer")
    for i, alone in enumerate(networks(dropout=0.2, batch_norm=True)):
        own = {"optimizer": ds.Momentum(0.1)} if optimizer else {}
        history = ds.train(alone, X, Y, epochs=4, seed=7 + i, n_threads=1, **{**options, **own})
        np.testing.assert_array_equal(members[i].parameters, alone.parameters)
        np.testing.assert_array_equal(members[i].state, alone.state)
        assert (histories[i].cost, histories[i].metrics) == (history.cost, history.metrics)
        assert histories[i].learning_rate == history.learning_rate


def test_hidden_layers_may_differ() -> None:
    def unequal() -> list[ds.Network]:
        return [*networks(1), *networks(1, batch_norm=True), ds.Network(5, [ds.Dense(1, "sigmoid")], seed=2)]

    members = unequal()
    ds.train_ensemble(members, X, Y, epochs=3, seed=7)
    for i, (member, alone) in enumerate(zip(members, unequal(), strict=True)):
        ds.train(alone, X, Y, epochs=3, seed=7 + i)
        np.testing.assert_array_equal(member.parameters, alone.parameters)
    assert ds.Ensemble(members).predict(X).shape == (300, 1)


def test_a_validation_share_is_the_same_for_all() -> None:
    members = networks()
    histories = ds.train_ensemble(ds.Ensemble(members), X, Y, epochs=2, seed=7, validation=0.3)
    held_out = np.sort(np.random.Generator(np.random.Philox(key=7)).permutation(300)[:90])
    for member, history in zip(members, histories, strict=True):
        A = member.predict(X[held_out])[:, 0]
        cost = -np.log(np.where(Y[held_out] == 1, A, 1 - A)).mean()
        assert history.metrics["val_cost"][-1] == pytest.approx(cost, rel=1e-4)


def test_each_stops_by_its_own_callbacks() -> None:
    class StopAtItsSeed(ds.Callback):
        def on_epoch_end(self, run: ds.Run) -> None:
            run.stop = run.epoch >= run.network.seed + 2

    members = networks()
    histories = ds.train_ensemble(members, X, Y, epochs=6, seed=0, callbacks=[StopAtItsSeed()])
    assert [len(history.cost) for history in histories] == [2, 3, 4]
    assert {history.outcome for history in histories} == {"stopped"}
    alone = networks()[2]
    ds.train(alone, X, Y, epochs=4, seed=2, n_threads=1)
    np.testing.assert_array_equal(members[2].parameters, alone.parameters)


def test_an_ensemble_predicts_the_mean() -> None:
    members = networks()
    ensemble = ds.Ensemble(members)
    expected = np.mean([member.predict(X).astype(float) for member in members], axis=0)
    for given in (X, X.astype(np.float32), sp.csr_array(X)):
        A = ensemble.predict(given)
        assert A.dtype == np.float32
        np.testing.assert_allclose(A, expected, rtol=1e-6)
    accuracy = ((expected[:, 0] > 0.5) == Y).mean()
    assert ds.evaluate(ensemble, X, Y, ["accuracy"]) == {"accuracy": accuracy}


def test_it_is_better_than_its_members() -> None:
    members = networks(5)
    ds.train_ensemble(members, X[:200], Y[:200], epochs=150, seed=0, optimizer=ds.Adam(0.01))
    alone = [ds.evaluate(member, X[200:], Y[200:], ["log_loss"])["log_loss"] for member in members]
    assert ds.evaluate(ds.Ensemble(members), X[200:], Y[200:], ["log_loss"])["log_loss"] < np.mean(alone)


def test_ctrl_c_stops_them_all() -> None:
    members = networks(4)
    with pytest.warns(UserWarning, match="interrupted in epoch"):
        histories = ds.train_ensemble(members, X, Y, epochs=10**7, n_threads=2, callbacks=[CtrlC(0.3)])
    assert {history.outcome for history in histories} == {"interrupted"}
    ds.train(members[3], X, Y, epochs=1)


def test_one_that_diverges_ends_the_training_of_all() -> None:
    class Explode(ds.Callback):
        def on_epoch_end(self, run: ds.Run) -> None:
            if run.network.seed == 1:
                run.learning_rate_scale = 1e40

    layers = [ds.Dense(4, "relu"), ds.Dense(1, "linear")]
    members = [ds.Network(5, layers, seed=i) for i in range(3)]
    with pytest.raises(ds.DivergedError, match="epoch 2") as raised:
        ds.train_ensemble(
            members, X, X[:, 0], epochs=9, callbacks=[Explode()], optimizer=ds.GradientDescent(0.1)
        )
    assert raised.value.history.outcome == "diverged"
    assert all(np.isfinite(member.parameters).all() for member in members)


def test_what_does_not_go_together_is_refused() -> None:
    one, two = networks(2)
    other = ds.Network(5, [ds.Dense(1, "sigmoid")], dtype="float64")
    with pytest.raises(ValueError, match="no network: give at least one"):
        ds.train_ensemble([], X, Y)
    with pytest.raises(ValueError, match=r"networks\[1\] has .*'float64'.*: give networks that agree"):
        ds.Ensemble([one, other])
    with pytest.raises(ValueError, match=r"networks\[2\] is there twice"):
        ds.train_ensemble([one, two, one], X, Y)
    with pytest.raises(TypeError, match="give a Network"):
        ds.Ensemble([one, "two"])
    with pytest.raises(ValueError, match="option 'epoch' is unknown: did you mean 'epochs'"):
        ds.train_ensemble([one, two], X, Y, epoch=3)
    with pytest.raises(TypeError, match="give a list of networks"):
        ds.train_ensemble(one, X, Y)
    with pytest.raises(TypeError, match="several of them to train_ensemble"):
        ds.train(ds.Ensemble([one, two]), X, Y)
