// How weights begin.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "descend/core/names.hpp"
#include "descend/core/types.hpp"

namespace descend {

enum class Initialisation {
    zeros,
    normal,
    uniform,
    he_normal,
    he_uniform,
    xavier_normal,
    xavier_uniform,
    lecun_normal,
    lecun_uniform
};

inline constexpr std::array<std::string_view, 9> kInitialisationNames = {
    "zeros",         "normal",         "uniform",      "he_normal",    "he_uniform",
    "xavier_normal", "xavier_uniform", "lecun_normal", "lecun_uniform"};

inline Initialisation initialisation_from_name(std::string_view name) {
    return from_name<Initialisation>("initialisation", kInitialisationNames, name);
}

/// W (n, n_prev), column-major: element k is number k of the stream (seed, layer), drawn in double and
/// rounded last, so that float and double networks begin alike. The mean is 0, and
///
///     normal    W = scale N(0, 1)                     uniform    W in [-scale, scale)
///     he        variance 2 / n_prev                   xavier     variance 2 / (n + n_prev)
///     lecun     variance 1 / n_prev
///
/// b[l] = 0 everywhere.
template <class T>
void initialise(Initialisation scheme, double scale, std::uint64_t seed, Index layer, Index n, Index n_prev,
                T* W);

extern template void initialise(Initialisation, double, std::uint64_t, Index, Index, Index, float*);
extern template void initialise(Initialisation, double, std::uint64_t, Index, Index, Index, double*);

}  // namespace descend
