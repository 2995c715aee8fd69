// Sums over a vector of numbers.
#pragma once

#include <algorithm>

#include "descend/kernels/simd.hpp"

namespace descend::simd {

/// The sum of `count` numbers, in several chains: add(x, sum) is the sum with x. Where kAhead is not 0, the
/// number so far ahead is asked for meanwhile, as it may come from memory.
template <Index kAhead = 0, class T, class Add>
T sum_of(const T* x, Index count, Add add) {
    constexpr Index kChains = 4;
    const Vec<T> zero(T(0));
    Vec<T> sums[kChains] = {zero, zero, zero, zero};
    Index i = 0;
    for (; i + kChains * kLanes<T> <= count; i += kChains * kLanes<T>) {
#pragma GCC unroll 4
        for (Index chain = 0; chain < kChains; ++chain) {
            const T* at = x + i + chain * kLanes<T>;
            if constexpr (kAhead > 0) __builtin_prefetch(at + kAhead);
            sums[chain] = add(load(at), sums[chain]);
        }
    }
    for (; i < count; i += kLanes<T>)
        sums[0] = add(load_first(x + i, std::min(kLanes<T>, count - i)), sums[0]);
    return sum(sums[0] + sums[1] + sums[2] + sums[3]);
}

template <class T>
T sum_of_squares(const T* x, Index count) {
    return sum_of(x, count, [](Vec<T> value, Vec<T> sum) { return fma(value, value, sum); });
}

/// sum = a + b, `count` numbers each.
template <class T>
void add(const T* a, const T* b, Index count, T* sum) {
    Index i = 0;
    for (; i + kLanes<T> <= count; i += kLanes<T>) store(sum + i, load(a + i) + load(b + i));
    const Index left = count - i;
    if (left > 0) store_first(sum + i, load_first(a + i, left) + load_first(b + i, left), left);
}

}  // namespace descend::simd
