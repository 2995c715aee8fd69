// Loss and the pairs of output and loss.
#include "arrays.hpp"
#include "register.hpp"

namespace descend::python {

void register_loss(py::module_& m) {
    py::class_<Loss>(m, "Loss",
                     "A loss by name, with huber's delta, quantile's q or the cross-entropies' smoothing.")
        .def(py::init([](const std::string& name, double parameter) {
                 const Loss loss{loss_from_name(name), parameter};
                 check_parameter(loss);
                 return loss;
             }),
             py::arg("name"), py::arg("parameter") = 0.0)
        .def(py::init([](std::shared_ptr<LossFunction> function) {
                 return Loss{LossKind::custom, 0.0, std::move(function)};
             }),
             py::arg("function").none(false))
        .def_property_readonly(
            "name",
            [](const Loss& loss) {
                return std::string(loss.function ? loss.function->name() : loss_name(loss.kind));
            })
        .def_readonly("parameter", &Loss::parameter);
    m.def(
        "check_pair",
        [](const std::string& output_activation, const std::string& loss) {
            const bool custom = output_activation == descend::name(Activation::custom);
            check_pair(custom ? Activation::custom : activation_from_name(output_activation), 1,
                       Loss{loss_from_name(loss), 0.0});
        },
        py::arg("output_activation"), py::arg("loss"),
        "Raises ValueError where no network can end so; \"custom\" stands for any function.");
}

}  // namespace descend::python
