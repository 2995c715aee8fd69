"""Counter-based random numbers: initialisation, shuffling, dropout."""

import hashlib
import itertools

import numpy as np
import pytest
from scipy import special, stats

import descend as ds
from descend import _core


def philox(counter: list[int], key: list[int]) -> list[int]:
    """Philox4x32-10, from the paper."""
    c0, c1, c2, c3 = counter
    k0, k1 = key
    for _ in range(10):
        product0, product2 = 0xD2511F53 * c0, 0xCD9E8D57 * c2
        c0, c1, c2, c3 = (
            product2 >> 32 ^ c1 ^ k0,
            product2 % 2**32,
            product0 >> 32 ^ c3 ^ k1,
            product0 % 2**32,
        )
        k0, k1 = (k0 + 0x9E3779B9) % 2**32, (k1 + 0xBB67AE85) % 2**32
    return [c0, c1, c2, c3]


def number(element: int, *, seed: int, purpose: int, step: int, layer: int) -> int:
    """The 64-bit number of an element: 16 counters hold 32 of them, the first halves before the second."""
    group, place = divmod(element, 32)
    half, k = divmod(place, 16)
    block = 16 * group + k
    counter = [block % 2**32, layer << 8 | block >> 32, step % 2**32, purpose << 24 | step >> 32]
    words = philox(counter, [seed % 2**32, seed >> 32])
    return words[2 * half + 1] << 32 | words[2 * half]


SEED = 0x0123456789ABCDEF


# kat_vectors of the Random123 library.
@pytest.mark.parametrize(
    ("counter", "key", "expected"),
    [
        ([0] * 4, [0] * 2, [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]),
        ([0xFFFFFFFF] * 4, [0xFFFFFFFF] * 2, [0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD]),
        (
            [0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344],
            [0xA4093822, 0x299F31D0],
            [0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1],
        ),
    ],
)
def test_known_answers(counter: list[int], key: list[int], expected: list[int]) -> None:
    assert list(_core.philox(counter, key)) == philox(counter, key) == expected


@pytest.mark.parametrize("count", [0, 1, 31, 32, 33, 100])
def test_numbers_are_functions_of_seed_layer_and_element(count: int) -> None:
    bits = [number(i, seed=SEED, purpose=0, step=0, layer=3) for i in range(count)]
    assert _core.uniform(SEED, 3, count).tolist() == [(b >> 11) * 2.0**-53 for b in bits]
    normal = special.ndtri([((b >> 12) + 0.5) * 2.0**-52 for b in bits])
    np.testing.assert_allclose(_core.standard_normal(SEED, 3, count), normal, rtol=2e-14)


def test_distributions() -> None:
    assert stats.kstest(_core.uniform(1, 1, 100_000), "uniform").pvalue > 1e-3
    assert stats.kstest(_core.standard_normal(1, 1, 100_000), "norm").pvalue > 1e-3
    assert (
        abs(stats.pearsonr(_core.standard_normal(1, 1, 10_000), _core.standard_normal(1, 2, 10_000))[0])
        < 0.04
    )


def test_the_same_bits_on_every_level_and_machine() -> None:
    digest = hashlib.sha256(_core.standard_normal(2024, 1, 100_000).astype("<f8").tobytes()).hexdigest()
    assert digest == "10957dcbb267076b71982671db5101acfd891c5c8b0b818ea7fae48377459c16"


@pytest.mark.parametrize("n", [0, 1, 2, 31, 32, 33, 1000])
def test_permutation(n: int) -> None:
    order = _core.permutation(SEED, 5, n)
    expected = list(range(n))
    for i in range(n - 1):
        chosen = i + ((n - i) * number(i, seed=SEED, purpose=1, step=5, layer=0) >> 64)
        expected[i], expected[chosen] = expected[chosen], expected[i]
    assert order.tolist() == expected
    assert sorted(expected) == list(range(n))


def test_every_order_is_as_likely() -> None:
    drawn = [tuple(_core.permutation(7, epoch, 4).tolist()) for epoch in range(4800)]
    counts = [drawn.count(order) for order in itertools.permutations(range(4))]
    assert stats.chisquare(counts).pvalue > 1e-3


@pytest.mark.parametrize("keep", [0.1, 0.5, 0.8, 1.0])
def test_dropout_mask(keep: float) -> None:
    D = _core.dropout_mask64(SEED, 2**40 + 1, 3, keep, 1000, 200)
    halves = [
        number((1000 + i) // 2, seed=SEED, purpose=2, step=2**40 + 1, layer=3) >> 32 * (i % 2) & 0xFFFFFFFF
        for i in range(200)
    ]
    assert D.tolist() == [1 / keep if half < int(keep * 2**32) else 0 for half in halves]


def test_a_dropout_mask_does_not_depend_on_how_it_is_cut() -> None:
    whole = _core.dropout_mask32(1, 2, 3, 0.7, 0, 1000)
    assert np.array_equal(whole, _core.dropout_mask64(1, 2, 3, 0.7, 0, 1000).astype(np.float32))
    for first, count in [(0, 0), (0, 1), (1, 63), (63, 2), (64, 64), (100, 900), (999, 1)]:
        assert np.array_equal(_core.dropout_mask32(1, 2, 3, 0.7, first, count), whole[first : first + count])


def test_dropout_keeps_the_share_it_is_told() -> None:
    D = _core.dropout_mask32(1, 0, 1, 0.8, 0, 1_000_000)
    assert abs(np.mean(D > 0) - 0.8) < 0.002
    assert np.unique(D).tolist() == [0, np.float32(1 / 0.8)]


N, N_PREV = 300, 200
DEVIATIONS = {
    "he": np.sqrt(2 / N_PREV),
    "xavier": np.sqrt(2 / (N + N_PREV)),
    "lecun": np.sqrt(1 / N_PREV),
}


def drawn(scheme: str, scale: float = 0.0, *, seed: int = 0, core: type = _core.Network64) -> np.ndarray:
    network = core(N_PREV, [N], ["linear"], [0.0])
    network.b(1)[:] = 1
    network.initialise(1, scheme, scale, seed)
    assert not network.b(1).any()
    return np.array(network.W(1))


@pytest.mark.parametrize(("name", "deviation"), DEVIATIONS.items())
def test_scaled_initialisations(name: str, deviation: float) -> None:
    z, u = (f(0, 1, N * N_PREV) for f in (_core.standard_normal, _core.uniform))
    # Column-major: the elements of W's first column come first.
    np.testing.assert_array_equal(drawn(f"{name}_normal").ravel("F"), deviation * z)
    W = drawn(f"{name}_uniform")
    np.testing.assert_allclose(W.ravel("F"), np.sqrt(3) * deviation * (2 * u - 1), rtol=1e-12, atol=1e-15)
    assert abs(W.std() / deviation - 1) < 0.01


def test_plain_initialisations() -> None:
    assert not drawn("zeros").any()
    np.testing.assert_array_equal(
        drawn("normal", 0.01).ravel("F"), 0.01 * _core.standard_normal(0, 1, N * N_PREV)
    )
    assert np.abs(drawn("uniform", 0.5)).max() <= 0.5


def test_float32_begins_where_float64_does() -> None:
    W = drawn("he_normal", seed=9)
    np.testing.assert_array_equal(drawn("he_normal", seed=9, core=_core.Network32), W.astype(np.float32))
    assert not np.array_equal(drawn("he_normal", seed=10), W)


def test_unknown_scheme() -> None:
    with pytest.raises(ValueError, match="unknown initialisation 'kaiming'; choose one of zeros, normal"):
        drawn("kaiming")


def test_layers_draw_different_numbers() -> None:
    network = ds.Network(4, [ds.Dense(4), ds.Dense(4)], seed=1)
    assert not np.array_equal(network.layers[0].W, network.layers[1].W)
