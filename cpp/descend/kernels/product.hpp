// The three matrix products of a dense layer, behind one seam.
//
//     Z[l]    = W[l] A[l-1] + b[l]        multiply
//     dA[l-1] = W[l]^T dZ[l]              multiply, by the transposed panels of W[l]
//     dW[l]   = dZ[l] A[l-1]^T            multiply_transposed
//
// The order in which an element of a result is summed depends on the shape of the left factor alone, whatever
// the tile, the block or the thread that computes it: so its bits depend neither on how many examples are in
// the call nor on how the work is split.
#pragma once

#include "descend/core/types.hpp"
#include "descend/kernels/ahead.hpp"
#include "descend/kernels/simd.hpp"

namespace descend {

/// How the rows of a matrix are cut into panels as high as a register tile: `count` panels of `vectors`
/// vectors each, the last one with what is left.
template <class T>
struct Panels {
    static constexpr Index kMostVectors = simd::kRegisters == 32 ? 4 : 2;

    Index rows;
    Index vectors_in_all;
    Index count;
    Index vectors;

    explicit Panels(Index n)
        : rows(n),
          vectors_in_all((n + simd::kLanes<T> - 1) / simd::kLanes<T>),
          count((vectors_in_all + kMostVectors - 1) / kMostVectors),
          vectors(count > 0 ? (vectors_in_all + count - 1) / count : 0) {}

    Index first_row(Index panel) const { return panel * vectors * simd::kLanes<T>; }
    Index vectors_of(Index panel) const {
        return panel + 1 < count ? vectors : vectors_in_all - panel * vectors;
    }
    Index height(Index panel) const { return vectors_of(panel) * simd::kLanes<T>; }
    Index padded_rows() const { return vectors_in_all * simd::kLanes<T>; }
};

/// How a left factor lies in memory: as it stands, a column after the other; cut into panels, each with its
/// columns one after the other, padded with zeros to whole vectors; or for the products of narrow layers.
enum class Layout { columns, panels, narrow };

/// The left factor of a product, (rows, inner); its columns, if it lies by these, begin `ld` apart.
template <class T>
struct LeftFactor {
    const T* data;
    Index rows;
    Index inner;
    Layout layout;
    Index ld = rows;
};

inline constexpr Index kMostNarrowUnits = 24, kFewUnits = 4;

/// Whether a layer has so few units, and so many inputs, that its products take their vectors along the
/// inputs.
template <class T>
bool is_narrow(Index units, Index inputs) {
    return units <= kMostNarrowUnits && inputs >= (units <= kFewUnits ? 1 : 16) * simd::kLanes<T>;
}

/// Whether a narrow layer has so few units that these go one after the other.
template <class T>
bool takes_few_units(Index units, Index inputs) {
    const Index most = simd::kRegisters == 32 && inputs >= 16 * simd::kLanes<T> ? 2 : kFewUnits;
    return units <= most;
}

/// Whether the columns of a matrix this high lie so far apart, sharing cache sets, that panels are faster.
template <class T>
bool is_tall(Index rows) {
    return rows * static_cast<Index>(sizeof(T)) > 512;
}

/// Room for the panels of a (rows, inner) matrix.
template <class T>
Index packed_size(Index rows, Index inner) {
    return Panels<T>(rows).padded_rows() * inner;
}

/// Columns [first, last) of W (rows, inner) into its panels.
template <class T>
void pack(const T* W, Index rows, Index inner, Index first, Index last, T* panels);

/// Columns [first, last) of W (rows, inner), which are rows of W^T, into the panels of W^T (inner, rows).
template <class T>
void pack_transposed(const T* W, Index rows, Index inner, Index first, Index last, T* panels);

/// What happens to an element of a product before it is stored: nothing; max(0, c); or c where A, which lies
/// as C does, is positive, and else 0: relu's derivative.
enum class Epilogue { none, relu, relu_backward };

/// C (rows, m) = left (rows, inner) B + bias, then the epilogue; column j of B starts at column[j], column j
/// of C at C + j * ld. bias (rows) may be null, relu_backward asked for, and ld larger than rows, unless the
/// left factor is narrow. Where `after` is not null, the columns follow each other in memory, and so do those
/// from there on, which are wanted next. These are then brought into the cache, and where it is null the
/// later ones of many columns that follow each other, unless the factor is narrow.
template <class T>
void multiply(const LeftFactor<T>& left, const T* const* column, Index m, const T* bias, Epilogue epilogue,
              T* C, Index ld, const T* A = nullptr, const T* after = nullptr);

/// C (rows, last - first) = left (rows, inner) E^T over the first m of its inner columns, added to what C
/// holds where `accumulate`; column k of E is rows [first, last) of example[k], which has `inputs` in all. C
/// lies by columns; or as a narrow layer's weights do, if it is one's and its columns fill whole vectors.
/// Asks for what is `wanted` after it.
template <class T>
void multiply_transposed(const LeftFactor<T>& left, Index m, const T* const* example, Index inputs,
                         Index first, Index last, bool accumulate, Layout layout, T* C,
                         Wanted<T> wanted = {});

}  // namespace descend
