// Vectors at the end of an array.
#pragma once

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

}  // namespace descend::simd
