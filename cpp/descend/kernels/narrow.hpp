// The products of narrow layers: a few units by many inputs, where vectors along the units would be mostly
// empty, run along the inputs.
#pragma once

#include <algorithm>

#include "descend/kernels/product.hpp"

namespace descend {

/// Units whose chains run in registers together.
inline constexpr Index kNarrowGroup = simd::kRegisters == 32 ? 5 : 2;

/// The layout of narrow layers: by blocks of kBlock inputs, in these by groups of units, in these a vector of
/// inputs after the other, each for all units of the group. What a product reads is then one stream.
template <class T>
struct NarrowPlaces {
    /// Inputs of one pass: so many that to load and to store sums costs little, and so few that these of some
    /// examples and a group of units share the first-level cache.
    static constexpr Index kBlock = 4096 / sizeof(T);

    Index rows;
    Index inner;

    /// The first unit of a unit's group; a few units are one group.
    Index group_of(Index u) const { return rows <= kFewUnits ? 0 : u / kNarrowGroup * kNarrowGroup; }
    Index units_of(Index group) const {
        return rows <= kFewUnits ? rows : std::min(kNarrowGroup, rows - group);
    }
    /// Whether any vectors of inputs of all units lie side by side, not whole blocks alone.
    bool one_group() const { return units_of(0) == rows; }
    /// Of the block that begins with input k: whole vectors.
    Index inputs(Index k) const {
        return (std::min(kBlock, inner - k) + simd::kLanes<T> - 1) / simd::kLanes<T> * simd::kLanes<T>;
    }
    /// Where inputs k and following of unit u are; k is a multiple of kLanes<T>.
    Index of(Index u, Index k) const {
        const Index block = k / kBlock * kBlock, group = group_of(u);
        return block * rows + group * inputs(block) + (k - block) * units_of(group) +
               (u - group) * simd::kLanes<T>;
    }
};

/// Room for W (rows, inner) in the layout of narrow layers.
template <class T>
Index narrow_size(Index rows, Index inner);

/// Columns [first, last) of W (rows, inner), which are `ld` apart, into that layout; `first` is a multiple of
/// kLanes<T>.
template <class T>
void pack_narrow(const T* W, Index rows, Index inner, Index ld, Index first, Index last, T* packed);

/// W (rows, inner), its columns `ld` apart, out of that layout.
template <class T>
void unpack_narrow(const T* packed, Index rows, Index inner, T* W, Index ld);

/// multiply() by a factor in that layout: an element is a sum of kLanes<T> chains along the inputs, added
/// at the end.
template <class T>
void multiply_narrow(const LeftFactor<T>& left, const T* const* column, Index m, const T* bias,
                     Epilogue epilogue, T* C, Index ld);

/// The same, bit for bit, by a factor that lies by columns: for a few examples, that is faster than to bring
/// it into the layout of narrow layers.
template <class T>
void multiply_narrow_few(const LeftFactor<T>& left, const T* const* column, Index m, const T* bias,
                         Epilogue epilogue, T* C, Index ld);

/// multiply_transposed() with the roles of the factors exchanged: C^T = E left^T, transposed when it is done,
/// unless C is to lie as narrow layers do.
template <class T>
void multiply_transposed_narrow(const LeftFactor<T>& left, Index m, const T* const* example, Index inputs,
                                Index first, Index last, bool accumulate, Layout layout, T* C);

}  // namespace descend
