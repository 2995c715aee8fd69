// Optimizer32, Optimizer64: an update rule with its moments.
#include "arrays.hpp"
#include "descend/core/names.hpp"
#include "descend/pipeline/update.hpp"
#include "register.hpp"

namespace descend::python {
namespace {

template <class T>
void register_optimizer_of(py::module_& m, const char* name) {
    using O = Optimizer<T>;
    py::class_<O>(m, name, "An update rule, its moments and the number of steps taken.")
        .def(py::init([](const std::string& kind, Index n_parameters, double momentum, double beta1,
                         double beta2, double rho, double epsilon, double weight_decay) {
                 return std::make_unique<O>(
                     from_name<OptimizerKind>("optimiser", kOptimizerNames, kind),
                     HyperParameters{momentum, beta1, beta2, rho, epsilon, weight_decay}, n_parameters);
             }),
             py::arg("kind"), py::arg("n_parameters"), py::kw_only(), py::arg("momentum") = 0.0,
             py::arg("beta1") = 0.0, py::arg("beta2") = 0.0, py::arg("rho") = 0.0, py::arg("epsilon") = 0.0,
             py::arg("weight_decay") = 0.0)
        .def_property_readonly(
            "kind",
            [](const O& optimizer) {
                return std::string(kOptimizerNames[static_cast<std::size_t>(optimizer.kind)]);
            })
        .def_readwrite("step", &O::step)
        .def_property_readonly(
            "state",
            [](const py::object& self) {
                auto& optimizer = self.cast<O&>();
                const Index moments = O::n_moments(optimizer.kind), n = optimizer.n_parameters;
                return view<T>(optimizer.state.data(), {moments, n},
                               {static_cast<py::ssize_t>(sizeof(T)) * n, static_cast<py::ssize_t>(sizeof(T))},
                               self);
            },
            "The moments (k, P), a writable view.");
}

}  // namespace

void register_optimizer(py::module_& m) {
    register_optimizer_of<float>(m, "Optimizer32");
    register_optimizer_of<double>(m, "Optimizer64");
}

}  // namespace descend::python
