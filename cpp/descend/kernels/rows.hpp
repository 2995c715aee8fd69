// The products of layers with fewer units than a vector has lanes: there a matrix lies a row after the other,
// a unit's numbers for all examples beside each other, and vectors run along the examples.
//
// Rows are `ld` numbers apart, a multiple of kLanes<T>, and all of them are computed: the numbers beyond the
// m-th example mean nothing, but those of dZ are 0.
#pragma once

#include "descend/core/types.hpp"

namespace descend {

/// C (rows, ld) = W B, where W(i, k) is W[i * row_stride + k * column_stride] and B is (inner, ld).
template <class T>
void multiply_by_rows(const T* W, Index row_stride, Index column_stride, Index rows, Index inner, const T* B,
                      Index ld, T* C);

/// C (rows, inner), a column after the other, = dZ B^T of dZ (rows, ld) and B (inner, ld), added to what C
/// holds where `accumulate`.
template <class T>
void multiply_transposed_by_rows(const T* dZ, Index rows, const T* B, Index inner, Index ld, bool accumulate,
                                 T* C);

}  // namespace descend
