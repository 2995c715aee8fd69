// The products in plain Eigen: the naive twins of product.hpp, and what they are tested against.
#pragma once

#include "descend/core/types.hpp"

namespace descend::portable {

/// C = W B + bias (the bias added to every column), then relu where asked.
template <class T>
Matrix<T> multiply(const ConstMatrixMap<T>& W, const ConstMatrixMap<T>& B, const ConstMatrixMap<T>& bias,
                   bool relu) {
    Matrix<T> C = (W * B).colwise() + bias.col(0);
    if (relu) C = C.template cwiseMax<Eigen::PropagateNaN>(T(0));
    return C;
}

/// C = dZ E^T
template <class T>
Matrix<T> multiply_transposed(const ConstMatrixMap<T>& dZ, const ConstMatrixMap<T>& E) {
    return dZ * E.transpose();
}

}  // namespace descend::portable
