// A graph's nodes: what is computed from what. Nothing is computed here.
#pragma once

#include <array>
#include <memory>
#include <string_view>
#include <vector>

#include "descend/core/names.hpp"
#include "descend/graph/shape.hpp"

namespace descend::graph {

enum class Op {
    variable,
    constant,
    add,
    subtract,
    multiply,
    divide,
    power,
    negative,
    maximum,
    greater,
    greater_equal,
    equal,
    not_equal,
    where,
    abs,
    exp,
    log,
    sqrt,
    sigmoid,
    tanh,
    relu,
    matmul,
    transpose,
    sum,
    mean,
    logsumexp,
    softmax,
    rows
};

inline constexpr std::array<std::string_view, 28> kOpNames = {
    "variable", "constant",  "add",     "subtract",      "multiply",  "divide",    "power",
    "negative", "maximum",   "greater", "greater_equal", "equal",     "not_equal", "where",
    "abs",      "exp",       "log",     "sqrt",          "sigmoid",   "tanh",      "relu",
    "matmul",   "transpose", "sum",     "mean",          "logsumexp", "softmax",   "rows"};

/// Whether what comes out is 1 where something holds, else 0: it has no derivative.
constexpr bool is_comparison(Op op) {
    return op >= Op::greater && op <= Op::not_equal;
}

constexpr std::string_view name(Op op) {
    return kOpNames[static_cast<std::size_t>(op)];
}

/// What a sum goes over: the rows, so that one is left; the columns; or both.
enum class Axis { rows, columns, both };

struct Node;
using Expression = std::shared_ptr<const Node>;

struct Node {
    Op op;
    std::vector<Expression> inputs;
    Shape shape;
    std::vector<double> numbers = {};  ///< a constant's, row by row
    Axis axis = Axis::both;            ///< of sum, mean, logsumexp and softmax
    std::vector<Index> rows = {};      ///< of rows: which ones
};

// Each of these is std::invalid_argument where the shapes do not allow it: it names the operation and them.

Expression variable(const Shape& shape);
Expression constant(const Shape& shape, std::vector<double> numbers);

/// An element-wise operation, matmul or transpose.
Expression apply(Op op, std::vector<Expression> inputs);

/// sum, mean, logsumexp or softmax. All but softmax leave a row, a column or, of both axes, a number.
Expression reduce(Op op, Expression x, Axis axis);

/// These rows of x, counted from 0, in this order.
Expression take_rows(Expression x, std::vector<Index> rows);

/// Whether op makes each number of its output from the numbers in the same place of its inputs.
bool is_elementwise(Op op);

/// All nodes that the root needs, each after its inputs.
std::vector<Expression> in_order(const Expression& root);

}  // namespace descend::graph
