#include "descend/graph/shape.hpp"

#include <algorithm>
#include <stdexcept>

namespace descend::graph {

std::string text(const Shape& shape) {
    if (shape.number) return "()";
    return std::string("(") + std::to_string(shape.rows) + ", " + std::to_string(shape.columns) + ")";
}

Shape broadcast(std::string_view what, const Shape& a, const Shape& b) {
    const auto fit = [](Index i, Index j) { return i == j || i == 1 || j == 1; };
    if (!fit(a.rows, b.rows) || !fit(a.columns, b.columns)) {
        throw std::invalid_argument(std::string(what) + " joins the shapes " + text(a) + " and " + text(b) +
                                    ", which do not broadcast: give each dimension the same size, or 1");
    }
    return {std::max(a.rows, b.rows), std::max(a.columns, b.columns), a.number && b.number};
}

}  // namespace descend::graph
