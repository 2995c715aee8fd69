// The products of narrow layers: a few units by many inputs, where vectors along the units would be mostly
// empty, run along the inputs.
#pragma once

#include "descend/kernels/product.hpp"

namespace descend {

/// multiply() by a factor that lies by rows: an element is a sum of kLanes<T> chains along the inputs, added
/// at the end.
template <class T>
void multiply_narrow(const LeftFactor<T>& left, const T* const* column, Index m, const T* bias,
                     Epilogue epilogue, T* C);

/// multiply_transposed() with the roles of the factors exchanged: C^T = E left^T, transposed when it is done.
template <class T>
void multiply_transposed_narrow(const LeftFactor<T>& left, Index m, const T* const* example, Index inputs,
                                Index first, Index last, bool accumulate, T* C);

}  // namespace descend
