// From a number known when the program runs to one that the compiler knows.
#pragma once

#include <type_traits>

#include "descend/core/types.hpp"
#include "descend/kernels/simd.hpp"

namespace descend {

/// Calls f with n as a constant, where n is 1 to kMost.
template <int kMost, class F>
DESCEND_INLINE void with_constant(Index n, F&& f) {
    if constexpr (kMost > 0) {
        if (n == kMost) return f(std::integral_constant<int, kMost>());
        with_constant<kMost - 1>(n, f);
    }
}

}  // namespace descend
