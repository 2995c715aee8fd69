// Vectors at the end of an array, and what all lanes of a vector amount to.
#pragma once

#include <utility>

#include "descend/kernels/simd.hpp"

namespace descend::simd {

/// The vector at p, of which the first `count` numbers exist (and any more are not read): zero in the other
/// lanes.
template <class T>
DESCEND_INLINE Vec<T> load_up_to(const T* p, Index count) {
    return count >= kLanes<T> ? load(p) : load_first(p, count);
}
template <class T>
DESCEND_INLINE void store_up_to(T* p, Vec<T> x, Index count) {
    if (count >= kLanes<T>)
        store(p, x);
    else
        store_first(p, x, count);
}

/// x in the first `count` lanes, `fill` in the others.
template <class T>
DESCEND_INLINE Vec<T> keep_first(Vec<T> x, Index count, T fill) {
    return select(first_lanes<T>(count), x, Vec<T>(fill));
}

/// In every lane: combine(x[0], x[1], ...), always in the same order: halves are combined until one lane is
/// left.
template <Index half, class T, class Combine>
DESCEND_INLINE Vec<T> reduce_halves(Vec<T> x, Combine combine) {
    if constexpr (half == 0) {
        return x;
    } else {
        const auto rotated = [&]<int... i>(std::integer_sequence<int, i...>) {
            return Vec<T>(__builtin_shufflevector(x.v, x.v, (i + half) % kLanes<T>...));
        }(std::make_integer_sequence<int, kLanes<T>>());
        return reduce_halves<half / 2>(combine(x, rotated), combine);
    }
}
template <class T>
DESCEND_INLINE Vec<T> sum_of_lanes(Vec<T> x) {
    return reduce_halves<kLanes<T> / 2>(x, [](Vec<T> a, Vec<T> b) { return a + b; });
}
template <class T>
DESCEND_INLINE Vec<T> max_of_lanes(Vec<T> x) {
    return reduce_halves<kLanes<T> / 2>(x, [](Vec<T> a, Vec<T> b) { return max(a, b); });
}

}  // namespace descend::simd
