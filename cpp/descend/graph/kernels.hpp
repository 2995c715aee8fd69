// The element-wise formulas, over runs of up to kRun numbers, and each operation's derivatives in their
// terms.
#pragma once

#include <array>
#include <vector>

#include "descend/graph/node.hpp"

namespace descend::graph {

/// How many numbers a kernel gets at most.
inline constexpr Index kRun = 256;

/// y[i] = f(x[0][i], x[1][i], ...) for i < n.
template <class T>
using Kernel = void (*)(const T* const* x, Index n, T* y);

/// What a derivative is made of: an input of the operation, its output, or the output's derivative.
enum class Part { x0, x1, x2, y, dy };

/// dx = kernel(parts), before it is summed over what broadcasting repeated.
template <class T>
struct Derivative {
    Kernel<T> kernel;
    std::vector<Part> parts;
};

/// An element-wise operation; of an input that it has no derivative by, the kernel is null.
template <class T>
struct Rule {
    Kernel<T> forward;
    std::vector<Derivative<T>> backward;
};

template <class T>
Rule<T> rule(Op op);

/// Kernels that operations over an axis are made of.
template <class T>
struct Pieces {
    static const Kernel<T> copy;                     ///< x
    static const Kernel<T> multiply;                 ///< x0 x1
    static const Kernel<T> divide;                   ///< x0 / x1
    static const Kernel<T> exp_of_difference;        ///< e^(x0 - x1)
    static const Kernel<T> plus_log;                 ///< x0 + log x1
    static const Kernel<T> times_difference;         ///< x0 (x1 - x2)
    static const Kernel<T> times_exp_of_difference;  ///< x0 e^(x1 - x2)
};

}  // namespace descend::graph
