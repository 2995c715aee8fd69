// Whether numbers are finite, and which is not.
#pragma once

#include <algorithm>
#include <vector>

#include "descend/kernels/company.hpp"
#include "descend/kernels/sums.hpp"
#include "descend/kernels/team.hpp"

namespace descend::simd {

/// No NaN and no infinity among `count` numbers: 0 times each of them sums to 0.
template <class T>
bool all_finite(const T* x, Index count) {
    constexpr Index kAhead = 8192 / sizeof(T);
    const auto add = [](Vec<T> value, Vec<T> zeros) { return fma(value, Vec<T>(T(0)), zeros); };
    return sum_of<kAhead>(x, count, add) == T(0);
}

/// The place of the first that is not finite; `count` where all are.
template <class T>
Index first_not_finite(const T* x, Index count) {
    constexpr Index kBlock = 16384;
    for (Index begin = 0; begin < count; begin += kBlock) {
        const Index size = std::min(kBlock, count - begin);
        if (all_finite(x + begin, size)) continue;
        return std::find_if(x + begin, x + begin + size, [](T value) { return !(value - value == T(0)); }) -
               x;
    }
    return count;
}

/// The same by up to n_threads threads, which read faster from memory than one.
template <class T>
Index first_not_finite(const T* x, Index count, int n_threads) {
    constexpr double kWorthAThread = 1 << 20;
    Team team(workers_worth(static_cast<double>(count), kWorthAThread, n_threads));
    std::vector<Index> found(static_cast<std::size_t>(team.size()));
    team.run([&](int worker) {
        const Range own = share_of(count, worker, team.size());
        const Index place = own.first + first_not_finite(x + own.first, own.count());
        found[static_cast<std::size_t>(worker)] = place < own.last ? place : count;
    });
    return *std::min_element(found.begin(), found.end());
}

}  // namespace descend::simd
