#include "descend/graph/node.hpp"

#include <stdexcept>
#include <unordered_set>

namespace descend::graph {
namespace {

std::size_t arity(Op op) {
    switch (op) {
        case Op::variable:
        case Op::constant:
            return 0;
        case Op::add:
        case Op::subtract:
        case Op::multiply:
        case Op::divide:
        case Op::power:
        case Op::maximum:
        case Op::greater:
        case Op::greater_equal:
        case Op::equal:
        case Op::not_equal:
        case Op::matmul:
            return 2;
        case Op::where:
            return 3;
        default:
            return 1;
    }
}

Expression make(Node node) {
    return std::make_shared<const Node>(std::move(node));
}

void check_not_empty(const Shape& shape) {
    if (shape.rows < 1 || shape.columns < 1)
        throw std::invalid_argument("a matrix has the shape " + text(shape) +
                                    ": give at least one row and one column");
}

void check_inputs(Op op, const std::vector<Expression>& inputs) {
    if (inputs.size() != arity(op)) {
        throw std::invalid_argument(std::string(name(op)) + " takes " + std::to_string(arity(op)) +
                                    " operands, not " + std::to_string(inputs.size()));
    }
}

Shape product(const Shape& a, const Shape& b) {
    const auto refuse = [&](const std::string& why) {
        throw std::invalid_argument("matmul joins the shapes " + text(a) + " and " + text(b) + ": " + why);
    };
    if (a.number || b.number) refuse("a number is no matrix, so write * in place of @");
    if (a.columns != b.rows) refuse("the first needs as many columns as the second has rows");
    return {a.rows, b.columns};
}

}  // namespace

bool is_elementwise(Op op) {
    return op >= Op::add && op <= Op::relu;
}

Expression variable(const Shape& shape) {
    check_not_empty(shape);
    return make({Op::variable, {}, shape});
}

Expression constant(const Shape& shape, std::vector<double> numbers) {
    check_not_empty(shape);
    if (static_cast<Index>(numbers.size()) != shape.size())
        throw std::invalid_argument("a constant of shape " + text(shape) + " has " +
                                    std::to_string(numbers.size()) + " numbers");
    return make({Op::constant, {}, shape, std::move(numbers)});
}

Expression apply(Op op, std::vector<Expression> inputs) {
    if (!is_elementwise(op) && op != Op::matmul && op != Op::transpose)
        throw std::invalid_argument(std::string(name(op)) + " needs more than operands");
    check_inputs(op, inputs);
    Shape shape = inputs[0]->shape;
    if (op == Op::matmul) {
        shape = product(inputs[0]->shape, inputs[1]->shape);
    } else if (op == Op::transpose) {
        std::swap(shape.rows, shape.columns);
    } else {
        for (std::size_t i = 1; i < inputs.size(); ++i) shape = broadcast(name(op), shape, inputs[i]->shape);
    }
    return make({op, std::move(inputs), shape});
}

Expression reduce(Op op, Expression x, Axis axis) {
    if (op < Op::sum || op > Op::softmax)
        throw std::invalid_argument(std::string(name(op)) + " goes over no axis");
    Shape shape = x->shape;
    if (op != Op::softmax) {
        if (axis == Axis::both) shape = kNumber;
        if (axis == Axis::rows) shape.rows = 1;
        if (axis == Axis::columns) shape.columns = 1;
    }
    return make({op, {std::move(x)}, shape, {}, axis});
}

Expression take_rows(Expression x, std::vector<Index> rows) {
    if (x->shape.number) throw std::invalid_argument("a number has no rows");
    if (rows.empty()) throw std::invalid_argument("no rows are taken: name at least one");
    for (const Index row : rows) {
        if (row < 0 || row >= x->shape.rows)
            throw std::out_of_range("there is no row " + std::to_string(row) + " in the shape " +
                                    text(x->shape));
    }
    const Shape shape{static_cast<Index>(rows.size()), x->shape.columns};
    return make({Op::rows, {std::move(x)}, shape, {}, Axis::both, std::move(rows)});
}

std::vector<Expression> in_order(const Expression& root) {
    std::vector<Expression> order;
    std::unordered_set<const Node*> met;
    std::vector<std::pair<Expression, std::size_t>> path{{root, 0}};  // and the input that comes next
    met.insert(root.get());
    while (!path.empty()) {
        auto& [node, next] = path.back();
        if (next == node->inputs.size()) {
            order.push_back(node);
            path.pop_back();
            continue;
        }
        const Expression input = node->inputs[next++];
        if (met.insert(input.get()).second) path.emplace_back(input, 0);
    }
    return order;
}

}  // namespace descend::graph
