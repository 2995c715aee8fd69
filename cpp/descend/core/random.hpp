// Random numbers that are a function of where they are used, not of what was drawn before: Philox4x32-10
// (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011), keyed by seed, purpose, step, layer
// and element. The same on every level and machine, and for any number of threads.
#pragma once

#include <array>
#include <cstdint>

#include "descend/core/types.hpp"

namespace descend {

using PhiloxCounter = std::array<std::uint32_t, 4>;
using PhiloxKey = std::array<std::uint32_t, 2>;

/// Philox4x32-10 itself.
PhiloxCounter philox(PhiloxCounter counter, PhiloxKey key);

enum class Purpose : std::uint32_t { initialise, shuffle, dropout };

/// One sequence of numbers: element 0, 1, 2, ... of this purpose, step (below 2^56) and layer (below 2^24).
struct Stream {
    std::uint64_t seed;
    Purpose purpose;
    std::uint64_t step;
    std::uint64_t layer;
};

/// The 64-bit numbers of elements [32 group, 32 group + 32).
inline constexpr Index kGroup = 32;
std::array<std::uint64_t, kGroup> draw(const Stream& stream, std::uint64_t group);

/// In [0, 1), from a 64-bit number.
double uniform(std::uint64_t bits);

/// Normal with mean 0 and variance 1, from a 64-bit number: the inverse of the cumulative distribution, by
/// Wichura's algorithm AS241 (1988), within 1e-15 relative.
double standard_normal(std::uint64_t bits);

/// order (n) = 0 .. n - 1, shuffled for this epoch.
void permutation(std::uint64_t seed, std::uint64_t epoch, Index* order, Index n);

/// D[i] = 1 / keep with probability keep, else 0, for elements first + i of this step and layer, i < count.
template <class T>
void dropout_mask(std::uint64_t seed, std::uint64_t step, std::uint64_t layer, double keep, Index first,
                  Index count, T* D);

extern template void dropout_mask(std::uint64_t, std::uint64_t, std::uint64_t, double, Index, Index, float*);
extern template void dropout_mask(std::uint64_t, std::uint64_t, std::uint64_t, double, Index, Index, double*);

}  // namespace descend
