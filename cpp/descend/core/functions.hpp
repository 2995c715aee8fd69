// What an activation or a loss that is none of the named ones must be able to do. Any number of threads call
// at once.
#pragma once

#include <cstdint>
#include <string_view>

#include "descend/core/types.hpp"

namespace descend {

/// g, from a column z (n) to a column a (n).
class ActivationFunction {
  public:
    virtual ~ActivationFunction() = default;

    virtual std::string_view name() const = 0;
    /// n.
    virtual Index units() const = 0;

    /// A(:, i) = g(Z(:, i)) for m examples, Z and A (n, m). A column's results do not depend on m.
    virtual void forward(Index m, const float* Z, float* A) const = 0;
    virtual void forward(Index m, const double* Z, double* A) const = 0;

    /// dZ(:, i) = g'(Z(:, i))^T dA(:, i), where g' is the (n, n) derivative of a column; dZ may be dA or Z.
    virtual void backward(Index m, const float* Z, const float* dA, float* dZ) const = 0;
    virtual void backward(Index m, const double* Z, const double* dA, double* dZ) const = 0;
};

/// L(a, y) of one example with outputs a (n) and targets y (n).
class LossFunction {
  public:
    virtual ~LossFunction() = default;

    virtual std::string_view name() const = 0;
    /// n.
    virtual Index units() const = 0;

    /// example_loss[i] = L(A(:, i), Y(:, i)), and dA(:, i) = weight[i] dL/dA(:, i), for m examples.
    ///
    /// A, Y (n, m); where `label` (m) stands for Y, that is null, and y has a 1 at place label[i]. Where dA
    /// is null, the weights are not looked at; it may be A. A column's results do not depend on m.
    virtual void evaluate(Index m, const float* A, const float* Y, const std::int32_t* label,
                          const float* weight, double* example_loss, float* dA) const = 0;
    virtual void evaluate(Index m, const double* A, const double* Y, const std::int32_t* label,
                          const double* weight, double* example_loss, double* dA) const = 0;
};

}  // namespace descend
