// Stage 3, the loss: closes the forward pass and opens the backward one, from Z[L] to L_i and dZ[L].
#pragma once

#include <cstdint>

#include "descend/core/loss.hpp"
#include "descend/pipeline/activation.hpp"

namespace descend {

/// example_loss[i] = L_i, and dZ(:, i) = weight[i] dL_i/dZ(:, i), for m examples:
///
///     binary_cross_entropy, cross_entropy, poisson    dL/dZ = A - Y, whether the output is A or the logits Z
///     the others                                      dL/dZ = dL/dA * g'(Z)
///     squared_error of softmax                        dL/dZ = A * (dL/dA - sum over units of A * dL/dA)
///
/// (cross_entropy: A sum(Y) - Y for rows Y that do not sum to 1.) The pair must be one that check_pair
/// accepts.
///
/// Z (n, m), the logits. Y (n, m); null where `label` (m), class numbers, stands for it. weight (m), w_i /
/// sum of w. dZ (n, m) may be Z; where it is null, the weights are not looked at. scratch: room for 2 n m
/// numbers. A column's results do not depend on m.
template <class T>
void close_forward(Activation output, const Loss& loss, Index n, Index m, const T* Z, const T* Y,
                   const std::int32_t* label, const T* weight, double* example_loss, T* dZ, T* scratch);

extern template void close_forward(Activation, const Loss&, Index, Index, const float*, const float*,
                                   const std::int32_t*, const float*, double*, float*, float*);
extern template void close_forward(Activation, const Loss&, Index, Index, const double*, const double*,
                                   const std::int32_t*, const double*, double*, double*, double*);

/// The same for the output layer of a network, whatever its activation.
template <class T>
void close_forward(const Layer& output, const Loss& loss, Index m, const T* Z, const T* Y,
                   const std::int32_t* label, const T* weight, double* example_loss, T* dZ, T* scratch) {
    if (!output.function) {
        close_forward(output.activation, loss, output.n, m, Z, Y, label, weight, example_loss, dZ, scratch);
        return;
    }
    T* A = scratch;
    T* dA = dZ != nullptr ? scratch + output.n * m : nullptr;
    activate(output, m, Z, A);
    close_forward(Activation::linear, loss, output.n, m, A, Y, label, weight, example_loss, dA, scratch);
    if (dZ != nullptr) activate_backward(output, m, Z, A, dA, dZ);
}

}  // namespace descend
