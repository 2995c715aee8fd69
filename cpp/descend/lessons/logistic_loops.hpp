// Logistic regression as the course writes it before it vectorises: a loop over the examples, and in it loops
// over the features. The twin of a step of a network of one sigmoid unit, to see what vectors buy.
#pragma once

#include <cmath>
#include <cstddef>

namespace descend::lessons {

/// One step of gradient descent from w (n), b, which it updates; returns the cost J before it.
///
///     z = w^T x + b      a = sigmoid(z)      J  = 1/m sum -(y log a + (1 - y) log(1 - a))
///     dz = a - y         db = 1/m sum dz     dw = 1/m sum x dz      w = w - alpha dw, b = b - alpha db
///
/// X (n, m) holds a column per example, y (m) is 0 or 1, dw (n) is scratch.
inline double logistic_step(const double* X, const double* y, std::ptrdiff_t n, std::ptrdiff_t m,
                            double learning_rate, double* w, double& b, double* dw) {
    double J = 0, db = 0;
    for (std::ptrdiff_t j = 0; j < n; ++j) dw[j] = 0;
    for (std::ptrdiff_t i = 0; i < m; ++i) {
        const double* x = X + i * n;
        double z = b;
        for (std::ptrdiff_t j = 0; j < n; ++j) z += w[j] * x[j];
        const double a = 1 / (1 + std::exp(-z));
        J -= y[i] * std::log(a) + (1 - y[i]) * std::log(1 - a);
        const double dz = a - y[i];
        for (std::ptrdiff_t j = 0; j < n; ++j) dw[j] += x[j] * dz;
        db += dz;
    }
    const double size = static_cast<double>(m);
    for (std::ptrdiff_t j = 0; j < n; ++j) w[j] -= learning_rate * dw[j] / size;
    b -= learning_rate * db / size;
    return J / size;
}

}  // namespace descend::lessons
