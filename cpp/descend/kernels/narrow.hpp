// The products of narrow layers: a few units by many inputs, where vectors along the units would be mostly
// empty, run along the inputs.
#pragma once

#include "descend/kernels/product.hpp"

namespace descend {

/// Room for W (rows, inner) in the layout of narrow layers.
template <class T>
Index narrow_size(Index rows, Index inner);

/// Columns [first, last) of W (rows, inner), `first` a multiple of kLanes<T>, into that layout.
template <class T>
void pack_narrow(const T* W, Index rows, Index inner, Index first, Index last, T* packed);

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

/// multiply_transposed() with the roles of the factors exchanged: C^T = E left^T, transposed when it is done.
template <class T>
void multiply_transposed_narrow(const LeftFactor<T>& left, Index m, const T* const* example, Index inputs,
                                Index first, Index last, bool accumulate, T* C);

}  // namespace descend
