// g of a layer, and its derivative, whatever the layer's g is: A = g(Z), dZ = dA * g'(Z).
#pragma once

#include "descend/core/network.hpp"
#include "descend/kernels/elementwise.hpp"

namespace descend {

/// Z and A (n, m).
template <class T>
void activate(const Layer& layer, Index m, const T* Z, T* A) {
    if (layer.function)
        layer.function->forward(m, Z, A);
    else if (layer.activation == Activation::softmax)
        softmax(Z, A, layer.n, m);
    else
        activate(layer.activation, Z, A, layer.n * m);
}

/// dA and dZ (n, m), of a g that is not softmax; dZ may be dA.
template <class T>
void activate_backward(const Layer& layer, Index m, const T* Z, const T* A, const T* dA, T* dZ) {
    if (layer.function)
        layer.function->backward(m, Z, dA, dZ);
    else
        activate_backward(layer.activation, Z, A, dA, dZ, layer.n * m);
}

}  // namespace descend
