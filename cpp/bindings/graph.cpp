// GraphNode, GraphProgram, and graphs as activations and losses.
#include "descend/graph/functions.hpp"

#include "arrays.hpp"
#include "register.hpp"

namespace descend::python {
namespace {

using graph::Axis;
using graph::Expression;
using graph::Node;
using graph::Op;
using graph::Shape;

/// A node as Python holds it.
struct GraphNode {
    Expression node;
};

std::vector<Expression> expressions(const std::vector<GraphNode>& nodes) {
    std::vector<Expression> all;
    for (const GraphNode& each : nodes) all.push_back(each.node);
    return all;
}

std::vector<py::ssize_t> shape_of(const Node& node) {
    return node.shape.number ? std::vector<py::ssize_t>{}
                             : std::vector<py::ssize_t>{node.shape.rows, node.shape.columns};
}

/// That of an array of at most two dimensions, of which one is refused.
Shape graph_shape(const std::vector<Index>& shape) {
    if (shape.empty()) return graph::kNumber;
    if (shape.size() != 2) {
        throw std::invalid_argument("a graph's nodes are numbers and matrices, not arrays of rank " +
                                    std::to_string(shape.size()));
    }
    return {shape[0], shape[1]};
}

Axis axis_of(std::optional<int> axis) {
    if (!axis) return Axis::both;
    if (*axis != 0 && *axis != 1)
        throw std::invalid_argument("axis is " + std::to_string(*axis) +
                                    ": give 0 (over the rows), 1 (over the columns) or None (over both)");
    return *axis == 0 ? Axis::rows : Axis::columns;
}

std::optional<int> axis_number(Axis axis) {
    if (axis == Axis::both) return std::nullopt;
    return axis == Axis::rows ? 0 : 1;
}

/// A program and the room in which it runs.
class GraphProgram {
  public:
    explicit GraphProgram(const GraphNode& root)
        : root_(root.node), program_(root_, variables(root_)), room_(program_.room()) {}

    void set(const GraphNode& variable, const Rows<double>& value) {
        if (value.size() != variable.node->shape.size())
            throw std::invalid_argument("the value has shape " + shape_text(value) + "; expected " +
                                        text(variable.node->shape));
        std::copy_n(value.data(), variable.node->shape.size(),
                    program_.variable(variable.node, room_.data()));
    }

    void forward() { program_.forward(room_.data()); }

    void backward() {
        if (!program_.depends()) return;
        *program_.seed(room_.data()) = 1.0;
        program_.backward(room_.data());
    }

    py::array_t<double> value(const GraphNode& node) const {
        return py::array_t<double>(shape_of(*node.node), program_.value(node.node, room_.data()));
    }

    std::optional<py::array_t<double>> gradient(const GraphNode& node) const {
        const double* gradient = program_.gradient(node.node, room_.data());
        if (gradient == nullptr) return std::nullopt;
        return py::array_t<double>(shape_of(*node.node), gradient);
    }

  private:
    static std::vector<Expression> variables(const Expression& root) {
        std::vector<Expression> found;
        for (const Expression& node : in_order(root)) {
            if (node->op == Op::variable) found.push_back(node);
        }
        return found;
    }

    Expression root_;
    graph::Program<double> program_;
    Buffer<double> room_;
};

Op op_from_name(const std::string& name) {
    return from_name<Op>("operation", graph::kOpNames, name);
}

}  // namespace

void register_graph(py::module_& m) {
    py::class_<GraphNode>(m, "GraphNode", "One operation of a graph, a variable or a constant.")
        .def_static(
            "variable",
            [](const std::vector<Index>& shape) { return GraphNode{variable(graph_shape(shape))}; },
            py::arg("shape"))
        .def_static(
            "constant",
            [](const Rows<double>& value) {
                const Shape shape = graph_shape({value.shape(), value.shape() + value.ndim()});
                return GraphNode{constant(shape, {value.data(), value.data() + value.size()})};
            },
            py::arg("value"))
        .def_static(
            "apply",
            [](const std::string& op, const std::vector<GraphNode>& inputs) {
                return GraphNode{graph::apply(op_from_name(op), expressions(inputs))};
            },
            py::arg("op"), py::arg("inputs"), "An element-wise operation, matmul or transpose.")
        .def_static(
            "reduce",
            [](const std::string& op, const GraphNode& x, std::optional<int> axis) {
                return GraphNode{graph::reduce(op_from_name(op), x.node, axis_of(axis))};
            },
            py::arg("op"), py::arg("x"), py::arg("axis"), "sum, mean, logsumexp or softmax.")
        .def_static(
            "take_rows",
            [](const GraphNode& x, std::vector<Index> rows) {
                return GraphNode{graph::take_rows(x.node, std::move(rows))};
            },
            py::arg("x"), py::arg("rows"))
        .def_property_readonly("op",
                               [](const GraphNode& self) { return std::string(graph::name(self.node->op)); })
        .def_property_readonly("shape", [](const GraphNode& self) { return shape_of(*self.node); })
        .def_property_readonly("axis", [](const GraphNode& self) { return axis_number(self.node->axis); })
        .def_property_readonly("rows", [](const GraphNode& self) { return self.node->rows; });

    py::class_<GraphProgram>(m, "GraphProgram", "A graph, compiled, and the memory in which it runs.")
        .def(py::init<const GraphNode&>(), py::arg("root"))
        .def("set", &GraphProgram::set, py::arg("variable"), py::arg("value"))
        .def("forward", &GraphProgram::forward)
        .def("backward", &GraphProgram::backward)
        .def("value", &GraphProgram::value, py::arg("node"))
        .def("gradient", &GraphProgram::gradient, py::arg("node"),
             "Of the root, by this node; None where it depends on no variable.");

    py::class_<ActivationFunction, std::shared_ptr<ActivationFunction>>(m, "ActivationFunction",
                                                                        "g of a layer, as a function.")
        .def_property_readonly("name", [](const ActivationFunction& g) { return std::string(g.name()); });
    py::class_<graph::GraphActivation, ActivationFunction, std::shared_ptr<graph::GraphActivation>>(
        m, "GraphActivation", "a (n, 1) = g(z (n, 1)).")
        .def(py::init([](const std::string& name, const GraphNode& z, const GraphNode& a) {
                 return std::make_shared<graph::GraphActivation>(name, z.node, a.node);
             }),
             py::arg("name"), py::arg("z"), py::arg("a"));

    py::class_<LossFunction, std::shared_ptr<LossFunction>>(m, "LossFunction",
                                                            "L of an example, as a function.")
        .def_property_readonly("name", [](const LossFunction& loss) { return std::string(loss.name()); });
    py::class_<graph::GraphLoss, LossFunction, std::shared_ptr<graph::GraphLoss>>(
        m, "GraphLoss", "L(a (n, 1), y (n, 1)), a number.")
        .def(py::init(
                 [](const std::string& name, const GraphNode& a, const GraphNode& y, const GraphNode& loss) {
                     return std::make_shared<graph::GraphLoss>(name, a.node, y.node, loss.node);
                 }),
             py::arg("name"), py::arg("a"), py::arg("y"), py::arg("loss"));
}

}  // namespace descend::python
