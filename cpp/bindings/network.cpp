// Network32, Network64: layers over one flat vector, what they predict and what it costs.
#include "arrays.hpp"
#include "bound_network.hpp"
#include "descend/core/initialise.hpp"
#include "descend/kernels/limits.hpp"
#include "gil.hpp"
#include "held_examples.hpp"
#include "polled.hpp"
#include "register.hpp"

namespace descend::python {
namespace {

/// Calls use(predictor): the network's own, or a new one where another thread predicts with that or X is
/// sparse.
template <class T, class Use>
void with_predictor(BoundNetwork<T>& network, bool sparse, Use&& use) {
    if (network.in_training()) {
        throw std::runtime_error("this network is being trained; wait until that ends, or work on a copy");
    }
    std::unique_lock lock(network.predicting, std::try_to_lock);
    if (lock.owns_lock() && !sparse) {
        use(network.predictor);
    } else {
        Predictor<T> own(network, sparse);
        use(own);
    }
}

/// By name, or a function.
using AnyActivation = std::variant<std::string, std::shared_ptr<ActivationFunction>>;

std::vector<Dense> dense_layers(const std::vector<Index>& units,
                                const std::vector<AnyActivation>& activations,
                                const std::vector<double>& dropout, const std::vector<bool>& batch_norm) {
    if (units.size() != activations.size() || units.size() != dropout.size() ||
        (!batch_norm.empty() && units.size() != batch_norm.size())) {
        throw std::invalid_argument("units, activations, dropout and batch_norm must be equally long");
    }
    std::vector<Dense> layers;
    for (std::size_t i = 0; i < units.size(); ++i) {
        Dense layer{units[i], Activation::custom, dropout[i], nullptr, !batch_norm.empty() && batch_norm[i]};
        if (const auto* name = std::get_if<std::string>(&activations[i]))
            layer.activation = activation_from_name(*name);
        else
            layer.function = std::get<1>(activations[i]);
        layers.push_back(std::move(layer));
    }
    return layers;
}

template <class T>
void check_layer(const Network<T>& network, Index l) {
    if (l < 1 || l > network.L()) {
        throw py::index_error("there is no layer " + std::to_string(l) + "; layers are 1 to " +
                              std::to_string(network.L()));
    }
}

/// A list of what `of` says of layers 1 .. L.
template <class T, class Of>
auto by_layer(const Network<T>& network, Of&& of) {
    std::vector<decltype(of(network.layer(1)))> list;
    for (Index l = 1; l <= network.L(); ++l) list.push_back(of(network.layer(l)));
    return list;
}

/// None where X is not rows of finite numbers as they stand here: the caller then converts them, or says what
/// is wrong.
template <class T>
std::optional<py::array_t<T>> predict(BoundNetwork<T>& network, const py::object& object, int n_threads) {
    using Given = py::array_t<T, py::array::c_style>;
    if (!py::isinstance<Given>(object)) return std::nullopt;
    const auto X = py::reinterpret_borrow<Given>(object);
    if (X.ndim() != 2 || X.shape(1) != network.n(0) || !(X.flags() & kAligned)) return std::nullopt;
    const Index m = X.shape(0), n_L = network.n(network.L());
    py::array_t<T> out({m, n_L});
    bool finite = false;
    with_predictor(network, /*sparse=*/false, [&](Predictor<T>& predictor) {
        const WithoutGil without_gil;
        finite = predictor.predict(X.data(), m, out.mutable_data(), threads_or_default(n_threads));
    });
    return finite ? std::make_optional(std::move(out)) : std::nullopt;
}

template <class T>
py::array_t<T> predict_sparse(BoundNetwork<T>& network, const std::shared_ptr<SparseRows<T>>& X,
                              int n_threads) {
    if (X->n_columns() != network.n(0)) {
        throw std::invalid_argument("X has " + std::to_string(X->n_columns()) + " columns; expected " +
                                    std::to_string(network.n(0)));
    }
    py::array_t<T> out({X->m(), network.n(network.L())});
    with_predictor(network, /*sparse=*/true, [&](Predictor<T>& predictor) {
        const WithoutGil without_gil;
        predictor.predict(X->matrix(), X->m(), out.mutable_data(), threads_or_default(n_threads));
    });
    return out;
}

template <class T>
void register_network_of(py::module_& m, const char* name) {
    using N = BoundNetwork<T>;
    py::class_<N>(m, name, "Dense layers over one flat vector of parameters.")
        .def(py::init([](Index n_inputs, const std::vector<Index>& units,
                         const std::vector<AnyActivation>& activations, const std::vector<double>& dropout,
                         const std::vector<bool>& batch_norm) {
                 return std::make_unique<N>(n_inputs, dense_layers(units, activations, dropout, batch_norm));
             }),
             py::arg("n_inputs"), py::arg("units"), py::arg("activations"), py::arg("dropout"),
             py::arg("batch_norm") = std::vector<bool>())
        .def_property_readonly("n_inputs", [](const N& network) { return network.n(0); })
        .def_property_readonly("n_layers", [](const N& network) { return network.L(); })
        .def_property_readonly("n_parameters", [](const N& network) { return network.parameters().size(); })
        .def_property_readonly(
            "units", [](const N& network) { return by_layer(network, [](const Layer& l) { return l.n; }); })
        .def_property_readonly(
            "activations",
            [](const N& network) {
                return by_layer(network, [](const Layer& l) {
                    return std::string(l.function ? l.function->name() : descend::name(l.activation));
                });
            })
        .def_property_readonly(
            "dropout",
            [](const N& network) { return by_layer(network, [](const Layer& l) { return l.dropout; }); })
        .def_property_readonly(
            "batch_norm",
            [](const N& network) { return by_layer(network, [](const Layer& l) { return l.batch_norm; }); })
        .def_property_readonly("training", [](N& network) { return network.in_training().load(); })
        .def_property_readonly("parameters",
                               [](const py::object& self) {
                                   auto& parameters = self.cast<N&>().parameters();
                                   return view<T>(parameters.data(), {parameters.size()}, {sizeof(T)}, self);
                               })
        .def_property_readonly(
            "state",
            [](const py::object& self) {
                auto& state = self.cast<N&>().state();
                return view<T>(state.data(), {state.size()}, {sizeof(T)}, self);
            },
            "Batch normalisation's running means and variances (S,), a writable view.")
        .def(
            "folded",
            [](const N& network) {
                auto folded = std::make_unique<N>(network.n(0), without_normalisation(network));
                fold_normalisation(network, *folded);
                return folded;
            },
            "A network that predicts the same, with the running moments in its W and b.")
        .def(
            "normalisation",
            [](const py::object& self, Index l) {
                auto& network = self.cast<N&>();
                check_layer(network, l);
                const Layer& layer = network.layer(l);
                if (!layer.batch_norm)
                    throw std::invalid_argument("layer " + std::to_string(l) +
                                                " has no batch normalisation; give Dense batch_norm=True");
                const auto column = [&](T* data) {
                    return view<T>(data, {layer.n, 1}, {sizeof(T), sizeof(T)}, self);
                };
                T *parameters = network.parameters().data(),
                  *running = network.state().data() + layer.running;
                return std::make_tuple(column(parameters + layer.gamma), column(parameters + layer.beta),
                                       column(running), column(running + layer.n));
            },
            py::arg("l"), "gamma[l], beta[l], running mean and variance (n[l], 1), writable views.")
        .def(
            "W",
            [](const py::object& self, Index l) {
                auto& network = self.cast<N&>();
                check_layer(network, l);
                const auto W = network.W(l);
                return view<T>(network.W(l).data(), {W.rows(), W.cols()},
                               {sizeof(T), static_cast<py::ssize_t>(sizeof(T)) * W.rows()}, self);
            },
            py::arg("l"), "W[l] (n[l], n[l-1]), a writable view.")
        .def(
            "b",
            [](const py::object& self, Index l) {
                auto& network = self.cast<N&>();
                check_layer(network, l);
                const auto b = network.b(l);
                return view<T>(network.b(l).data(), {b.rows(), 1}, {sizeof(T), sizeof(T)}, self);
            },
            py::arg("l"), "b[l] (n[l], 1), a writable view.")
        .def(
            "initialise",
            [](N& network, Index l, const std::string& scheme, double scale, std::uint64_t seed) {
                check_layer(network, l);
                const Claim<T> claim(network);
                const Layer& layer = network.layer(l);
                initialise(initialisation_from_name(scheme), scale, seed, l, layer.n, layer.n_prev,
                           network.W(l).data());
                network.b(l).setZero();
            },
            py::arg("l"), py::arg("scheme"), py::arg("scale"), py::arg("seed"), "Draws W[l]; b[l] = 0.")
        .def("predict", &predict_sparse<T>, py::arg("X"), py::arg("n_threads") = 0, "A[L] (m, n[L]).")
        .def("predict", &predict<T>, py::arg("X"), py::arg("n_threads") = 0,
             "A[L] (m, n[L]) for X (m, n[0]), an array of finite numbers of this dtype in C order; None for "
             "anything else.")
        .def(
            "cost",
            [](N& network, Features<T> X, const py::array& Y, const Loss& loss,
               std::optional<Rows<double>> weight, int n_threads) {
                check_pair(network.layer(network.L()).activation, network.n(network.L()), loss);
                const HeldExamples<T> held(network, std::move(X), Y, std::move(weight));
                double cost = 0.0;
                with_predictor(network, held.examples().is_sparse(), [&](Predictor<T>& predictor) {
                    const WithoutGil without_gil;
                    cost = predictor.cost(held.examples(), loss, threads_or_default(n_threads));
                });
                return cost;
            },
            py::arg("X"), py::arg("Y"), py::arg("loss"), py::arg("sample_weight") = py::none(),
            py::arg("n_threads") = 0, "The weighted mean of the loss, without penalties.")
        .def(
            "cost_and_gradient",
            [](N& network, Features<T> X, const py::array& Y, const Loss& loss,
               std::optional<Rows<double>> weight, double l1, double l2, int n_threads) {
                check_pair(network.layer(network.L()).activation, network.n(network.L()), loss);
                const HeldExamples<T> held(network, std::move(X), Y, std::move(weight));
                py::array_t<T> gradient(network.parameters().size());
                const Claim<T> claim(network);
                T* const g = gradient.mutable_data();
                const double cost = polled(py::none(), [&](const std::function<bool()>& ask) {
                    return cost_and_gradient(static_cast<const Network<T>&>(network), held.examples(), loss,
                                             Penalty{l1, l2}, threads_or_default(n_threads), g, ask);
                });
                return std::make_pair(cost, gradient);
            },
            py::arg("X"), py::arg("Y"), py::arg("loss"), py::arg("sample_weight") = py::none(),
            py::arg("l1") = 0.0, py::arg("l2") = 0.0, py::arg("n_threads") = 0,
            "J with its penalties, and dJ/dparameters (P,), without dropout.");
}

}  // namespace

void register_network(py::module_& m) {
    register_network_of<float>(m, "Network32");
    register_network_of<double>(m, "Network64");
}

}  // namespace descend::python
