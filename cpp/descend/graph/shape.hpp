// The shapes of a graph's nodes, and NumPy's broadcasting.
#pragma once

#include <string>
#include <string_view>

#include "descend/core/types.hpp"

namespace descend::graph {

/// A matrix (rows, columns), or a number, which is a matrix (1, 1) whose shape reads ().
struct Shape {
    Index rows = 1;
    Index columns = 1;
    bool number = false;

    Index size() const { return rows * columns; }
    friend bool operator==(const Shape&, const Shape&) = default;
};

inline constexpr Shape kNumber{1, 1, true};

/// "(3, 1)" or "()".
std::string text(const Shape& shape);

/// The shape of a and b together: where they differ, one of the two has 1, and is repeated.
/// std::invalid_argument, with the name of what joins them, where neither has.
Shape broadcast(std::string_view what, const Shape& a, const Shape& b);

}  // namespace descend::graph
