// Activations and their derivatives over contiguous numbers, softmax over columns. A number's result does not
// depend on its place nor on `size`: the last, partial vector runs through the same code as the others.
#pragma once

#include "descend/core/activations.hpp"
#include "descend/core/types.hpp"

namespace descend {

/// A = g(Z), `size` numbers; A may be Z. g is element-wise.
template <class T>
void activate(Activation g, const T* Z, T* A, Index size);

/// dZ = dA * g'(Z), `size` numbers, given A = g(Z); dZ may be dA or Z. Z may be null where g' needs only A
/// (needs_z(g) is false). g is element-wise.
template <class T>
void activate_backward(Activation g, const T* Z, const T* A, const T* dA, T* dZ, Index size);

/// A[j, i] = e^Z[j, i] / sum over k of e^Z[k, i], (n, m); A may be Z.
template <class T>
void softmax(const T* Z, T* A, Index n, Index m);

/// A = A * D, `size` numbers: dropout's mask laid over A.
template <class T>
void scale(const T* D, T* A, Index size);

extern template void activate(Activation, const float*, float*, Index);
extern template void activate(Activation, const double*, double*, Index);
extern template void activate_backward(Activation, const float*, const float*, const float*, float*, Index);
extern template void activate_backward(Activation, const double*, const double*, const double*, double*,
                                       Index);
extern template void scale(const float*, float*, Index);
extern template void scale(const double*, double*, Index);
extern template void softmax(const float*, float*, Index, Index);
extern template void softmax(const double*, double*, Index, Index);

}  // namespace descend
