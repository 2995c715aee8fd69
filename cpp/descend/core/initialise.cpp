#include "descend/core/initialise.hpp"

#include <algorithm>
#include <cmath>

#include "descend/core/random.hpp"

namespace descend {
namespace {

/// The variance that keeps activations (he, lecun) or activations and gradients (xavier) of one size through
/// layers.
double variance(Initialisation scheme, Index n, Index n_prev) {
    switch (scheme) {
        case Initialisation::he_normal:
        case Initialisation::he_uniform:
            return 2.0 / static_cast<double>(n_prev);
        case Initialisation::xavier_normal:
        case Initialisation::xavier_uniform:
            return 2.0 / static_cast<double>(n + n_prev);
        case Initialisation::lecun_normal:
        case Initialisation::lecun_uniform:
            return 1.0 / static_cast<double>(n_prev);
        default:
            return 0.0;
    }
}

template <class T, class FromBits>
void fill(std::uint64_t seed, Index layer, Index size, T* W, FromBits from_bits) {
    const Stream stream{seed, Purpose::initialise, 0, static_cast<std::uint64_t>(layer)};
    for (Index first = 0; first < size; first += kGroup) {
        const auto numbers = draw(stream, static_cast<std::uint64_t>(first / kGroup));
        const Index count = std::min(kGroup, size - first);
        for (Index k = 0; k < count; ++k)
            W[first + k] = static_cast<T>(from_bits(numbers[static_cast<std::size_t>(k)]));
    }
}

}  // namespace

template <class T>
void initialise(Initialisation scheme, double scale, std::uint64_t seed, Index layer, Index n, Index n_prev,
                T* W) {
    const auto normal = [&](double deviation) {
        fill(seed, layer, n * n_prev, W,
             [=](std::uint64_t bits) { return deviation * standard_normal(bits); });
    };
    const auto uniform_within = [&](double limit) {
        fill(seed, layer, n * n_prev, W,
             [=](std::uint64_t bits) { return limit * (2.0 * uniform(bits) - 1.0); });
    };
    switch (scheme) {
        case Initialisation::zeros:
            std::fill_n(W, n * n_prev, T(0));
            break;
        case Initialisation::normal:
            normal(scale);
            break;
        case Initialisation::uniform:
            uniform_within(scale);
            break;
        case Initialisation::he_normal:
        case Initialisation::xavier_normal:
        case Initialisation::lecun_normal:
            normal(std::sqrt(variance(scheme, n, n_prev)));
            break;
        case Initialisation::he_uniform:
        case Initialisation::xavier_uniform:
        case Initialisation::lecun_uniform:
            uniform_within(std::sqrt(3.0 * variance(scheme, n, n_prev)));
            break;
    }
}

template void initialise(Initialisation, double, std::uint64_t, Index, Index, Index, float*);
template void initialise(Initialisation, double, std::uint64_t, Index, Index, Index, double*);

}  // namespace descend
