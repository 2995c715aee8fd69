// The parts of softmax over one column z (n), which the loss shares.
#pragma once

#include "descend/kernels/packets.hpp"
#include "descend/kernels/vector_math.hpp"

namespace descend::simd {

/// The largest z, in every lane.
template <class T>
DESCEND_INLINE Vec<T> largest(const T* z, Index n) {
    Vec<T> result(-Tables<T>::infinity);
    for (Index j = 0; j < n; j += kLanes<T>)
        result = max(result, keep_first(load_up_to(z + j, n - j), n - j, -Tables<T>::infinity));
    return max_of_lanes(result);
}

/// e[j] = exp(z[j] - shift), and their sum in every lane; e may be z.
template <class T>
DESCEND_INLINE Vec<T> exp_shifted(const T* z, Vec<T> shift, Index n, T* e) {
    Vec<T> sum(0);
    for (Index j = 0; j < n; j += kLanes<T>) {
        const Vec<T> power = exp(load_up_to(z + j, n - j) - shift);
        store_up_to(e + j, power, n - j);
        sum += keep_first(power, n - j, T(0));
    }
    return sum_of_lanes(sum);
}

}  // namespace descend::simd
