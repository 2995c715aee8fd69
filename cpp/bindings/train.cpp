// Trainer32, Trainer64: epochs of one training, or of several at once.
#include <algorithm>
#include <deque>
#include <limits>

#include "arrays.hpp"
#include "bound_network.hpp"
#include "descend/kernels/limits.hpp"
#include "descend/pipeline/together.hpp"
#include "gil.hpp"
#include "held_examples.hpp"
#include "polled.hpp"
#include "register.hpp"

namespace descend::python {
namespace {

/// A trainer with everything that it works on kept alive.
template <class T>
struct BoundTrainer {
    py::object network_object;
    py::object optimizer_object;
    Network<T>& network;
    HeldExamples<T> held;
    Trainer<T> trainer;

    BoundTrainer(py::object network_, py::object optimizer_, Features<T> X, const py::array& Y,
                 const Loss& loss, std::optional<Rows<double>> weight, const TrainSettings& settings)
        : network_object(std::move(network_)),
          optimizer_object(std::move(optimizer_)),
          network(network_object.cast<BoundNetwork<T>&>()),
          held(network, std::move(X), Y, std::move(weight)),
          trainer(network, checked_optimizer(), held.examples(), checked(loss), settings) {}

    const Loss& checked(const Loss& loss) const {
        check_pair(network.layer(network.L()).activation, network.n(network.L()), loss);
        return loss;
    }

    Optimizer<T>& checked_optimizer() const {
        auto& optimizer = optimizer_object.cast<Optimizer<T>&>();
        if (optimizer.n_parameters != network.parameters().size()) {
            throw std::invalid_argument("the optimiser is one of " + std::to_string(optimizer.n_parameters) +
                                        " parameters; the network has " +
                                        std::to_string(network.parameters().size()));
        }
        return optimizer;
    }

    bool run(Index epochs, const Rows<double>& learning_rates, const py::object& poll, double seconds) {
        const bool each_step = learning_rates.size() != 1;
        if (each_step && learning_rates.size() != epochs * trainer.steps_per_epoch()) {
            throw std::invalid_argument("learning_rates has shape " + shape_text(learning_rates) +
                                        "; expected one, or one for each step: " +
                                        std::to_string(epochs * trainer.steps_per_epoch()));
        }
        const Claim<T> claim(network);
        return polled(poll, [&](const typename Trainer<T>::Poll& ask) {
            return trainer.run(epochs, learning_rates.data(), each_step, seconds, ask) !=
                   Trainer<T>::Outcome::diverged;
        });
    }
};

/// Whether each is good. They have the same number of steps in an epoch.
template <class T>
std::vector<bool> run_all(const std::vector<BoundTrainer<T>*>& bound, Index epochs,
                          const Rows<double>& learning_rates, const py::object& poll, int n_threads) {
    std::vector<Trainer<T>*> trainers;
    std::deque<Claim<T>> claims;
    for (BoundTrainer<T>* each : bound) {
        claims.emplace_back(each->network);
        trainers.push_back(&each->trainer);
        if (each->trainer.steps_per_epoch() != bound.front()->trainer.steps_per_epoch())
            throw std::invalid_argument("the trainers have different numbers of steps in an epoch");
    }
    const Index count = static_cast<Index>(bound.size());
    const Index rates = learning_rates.ndim() == 2 ? learning_rates.shape(1) : 0;
    if (count == 0 || learning_rates.shape(0) != count ||
        (rates != 1 && rates != epochs * bound.front()->trainer.steps_per_epoch())) {
        throw std::invalid_argument("learning_rates has shape " + shape_text(learning_rates) +
                                    "; expected a row for each trainer, of one, or one for each step");
    }
    return polled(poll, [&](const typename Trainer<T>::Poll& ask) {
        std::vector<bool> good;
        for (const auto outcome :
             run_together(trainers, epochs, learning_rates.data(), rates, threads_or_default(n_threads), ask))
            good.push_back(outcome != Trainer<T>::Outcome::diverged);
        return good;
    });
}

py::array_t<double> array_of(const std::vector<double>& numbers, Index begin) {
    const auto size = static_cast<Index>(numbers.size());
    begin = std::clamp<Index>(begin, 0, size);
    return py::array_t<double>(size - begin, numbers.data() + begin);
}

template <class T>
void register_trainer_of(py::module_& m, const char* name) {
    using B = BoundTrainer<T>;
    py::class_<B>(m, name, "Epochs of mini-batch steps, in C++ from the first batch to the last.")
        .def(py::init([](py::object network, py::object optimizer, Features<T> X, const py::array& Y,
                         const Loss& loss, std::optional<Rows<double>> weight, Index batch_size, bool shuffle,
                         std::uint64_t seed, double l1, double l2, double clip_norm, double ema_decay,
                         bool penalty_per_weight, int n_threads) {
                 if (batch_size < 1)
                     throw std::invalid_argument("batch_size is " + std::to_string(batch_size) +
                                                 "; give at least 1");
                 return std::make_unique<B>(
                     std::move(network), std::move(optimizer), std::move(X), Y, loss, std::move(weight),
                     TrainSettings{batch_size, shuffle, seed, Penalty{l1, l2, penalty_per_weight}, clip_norm,
                                   ema_decay, threads_or_default(n_threads)});
             }),
             py::arg("network"), py::arg("optimizer"), py::arg("X"), py::arg("Y"), py::arg("loss"),
             py::kw_only(), py::arg("sample_weight") = py::none(), py::arg("batch_size"), py::arg("shuffle"),
             py::arg("seed"), py::arg("l1") = 0.0, py::arg("l2") = 0.0, py::arg("clip_norm") = 0.0,
             py::arg("ema_decay") = 0.0, py::arg("penalty_per_weight") = false, py::arg("n_threads") = 0)
        .def_property_readonly("steps_per_epoch",
                               [](const B& bound) { return bound.trainer.steps_per_epoch(); })
        .def_property(
            "epoch", [](const B& bound) { return bound.trainer.epoch(); },
            [](B& bound, Index epoch) { bound.trainer.set_epoch(epoch); })
        .def(
            "costs", [](const B& bound, Index begin) { return array_of(bound.trainer.costs(), begin); },
            py::arg("begin") = 0, "Of every finished epoch from `begin` on.")
        .def(
            "times", [](const B& bound, Index begin) { return array_of(bound.trainer.times(), begin); },
            py::arg("begin") = 0, "Seconds, of every finished epoch from `begin` on.")
        .def("run", &B::run, py::arg("epochs"), py::arg("learning_rates"), py::arg("poll") = py::none(),
             py::arg("seconds") = std::numeric_limits<double>::infinity(),
             "Up to so many epochs, fewer where `seconds` have passed; False where training diverged.");
    m.def("run_together", &run_all<T>, py::arg("trainers"), py::arg("epochs"), py::arg("learning_rates"),
          py::arg("poll") = py::none(), py::arg("n_threads") = 0,
          "So many epochs of each trainer, on so many threads in all, with one learning rate or one for each "
          "step (k, rates); False for each that diverged.");
}

}  // namespace

void register_train(py::module_& m) {
    register_trainer_of<float>(m, "Trainer32");
    register_trainer_of<double>(m, "Trainer64");
}

}  // namespace descend::python
