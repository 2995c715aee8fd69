// What the lessons show beside the network: the same numbers, a loop at a time.
#include "arrays.hpp"
#include "descend/lessons/logistic_loops.hpp"
#include "register.hpp"

namespace descend::python {
namespace {

/// J, w and b after one step from w (1, n), b.
std::tuple<double, Rows<double>, double> logistic_step(const Rows<double>& X, const Rows<double>& y,
                                                       const Rows<double>& w, double b,
                                                       double learning_rate) {
    const Index m = rows_of("X", X, w.size());
    if (y.size() != m || m == 0) {
        throw std::invalid_argument("X has shape " + shape_text(X) + " and y " + shape_text(y) +
                                    "; expected a y for each row of X, and at least one row");
    }
    Rows<double> w_after({Index{1}, w.size()});
    std::copy(w.data(), w.data() + w.size(), w_after.mutable_data());
    std::vector<double> dw(static_cast<std::size_t>(w.size()));
    const double J = lessons::logistic_step(X.data(), y.data(), w.size(), m, learning_rate,
                                            w_after.mutable_data(), b, dw.data());
    return {J, w_after, b};
}

}  // namespace

void register_lessons(py::module_& m) {
    m.def("logistic_step_in_loops", &logistic_step, py::arg("X"), py::arg("y"), py::arg("w"), py::arg("b"),
          py::arg("learning_rate"),
          "J, w and b after one step of logistic regression from w (1, n) and b, in loops over the rows of X "
          "(m, n) "
          "and their features.");
}

}  // namespace descend::python
