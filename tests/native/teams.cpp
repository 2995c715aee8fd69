// Everything that several threads do together, for a build with sanitizers to watch: training in teams of
// every size, several trainers at once, predictions from threads of one's own, and exceptions in the midst of
// it all. Examples lie in blocks of exactly their size, so that a read past their end is one past an
// allocation's.
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <stdexcept>
#include <thread>

#include "descend/core/initialise.hpp"
#include "descend/pipeline/evaluate.hpp"
#include "descend/pipeline/together.hpp"

namespace {

using namespace descend;

constexpr double kForever = std::numeric_limits<double>::infinity();

void require(bool holds, const char* what) {
    if (holds) return;
    std::fprintf(stderr, "failed: %s\n", what);
    std::exit(EXIT_FAILURE);
}

/// m examples of n features and n_L outputs, dense and sparse, and all weights a network may give them.
template <class T>
struct Data {
    std::vector<T> X, Y;
    std::vector<std::int32_t> label, row;
    std::vector<double> weight;
    std::vector<T> value;
    std::vector<std::int64_t> begin{0};

    Data(Index n, Index n_L, Index m) {
        for (Index i = 0; i < m; ++i) {
            for (Index k = 0; k < n; ++k) {
                X.push_back(static_cast<T>(std::sin(static_cast<double>(i * n + k))));
                if ((i + k) % 3 > 0) continue;
                value.push_back(X.back());
                row.push_back(static_cast<std::int32_t>(k));
            }
            begin.push_back(static_cast<std::int64_t>(row.size()));
            label.push_back(static_cast<std::int32_t>(i % n_L));
            for (Index k = 0; k < n_L; ++k) Y.push_back(T(k == i % n_L));
            weight.push_back(i % 7 == 0 ? 0.0 : 1.0 + static_cast<double>(i % 2));
        }
        for (auto* numbers : {&X, &Y, &value}) numbers->shrink_to_fit();
        weight.shrink_to_fit();
    }
    Index m() const { return static_cast<Index>(label.size()); }
    Examples<T> dense() const { return {X.data(), Y.data(), nullptr, weight.data(), m()}; }
    Examples<T> sparse() const {
        return {nullptr, nullptr, label.data(), nullptr, m(), {value.data(), row.data(), begin.data()}};
    }
};

template <class T>
struct Initialised : Network<T> {
    Initialised(Index n, const std::vector<Dense>& layers, std::uint64_t seed = 0) : Network<T>(n, layers) {
        for (Index l = 1; l <= this->L(); ++l) {
            initialise(Initialisation::xavier_normal, 1.0, seed, l, this->n(l), this->n(l - 1),
                       this->W(l).data());
        }
    }
};

template <class T>
std::vector<T> weights_of(const Network<T>& network) {
    return {network.parameters().data(), network.parameters().data() + network.parameters().size()};
}

template <class T>
std::vector<T> trained(Index n, const std::vector<Dense>& layers, const Examples<T>& examples,
                       const TrainSettings& settings, Index epochs) {
    Initialised<T> network(n, layers);
    Optimizer<T> adam(OptimizerKind::adam, {.beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8},
                      network.parameters().size());
    Trainer<T> trainer(network, adam, examples, Loss{LossKind::cross_entropy}, settings);
    const double rate = 1e-3;
    const auto outcome = trainer.run(epochs, &rate, false, kForever, nullptr);
    require(outcome == Trainer<T>::Outcome::done, "training ends well");
    return weights_of(network);
}

template <class T>
void in_teams(Index n, const std::vector<Dense>& layers, const Examples<T>& examples, TrainSettings settings,
              Index epochs) {
    settings.ema_decay = 0.9;
    settings.penalty.l2 = 0.1;
    for (const double clip_norm : {0.0, 0.5}) {
        settings.clip_norm = clip_norm;
        settings.shuffle = clip_norm == 0.0;
        settings.n_threads = 1;
        const auto alone = trained(n, layers, examples, settings, epochs);
        for (const int n_threads : {2, 3, 4, 5}) {
            settings.n_threads = n_threads;
            require(trained(n, layers, examples, settings, epochs) == alone,
                    "the bits do not depend on the number of threads");
        }
    }
}

template <class T>
void teams_of_every_size() {
    const Data<T> data(101, 11, 2603);
    const std::vector<std::pair<Index, std::vector<Dense>>> networks = {
        {256, {{81, Activation::relu}, {11, Activation::softmax}}},
        {256,
         {{80, Activation::tanh, 0.2, nullptr, true},
          {33, Activation::gelu, 0.1},
          {11, Activation::softmax}}},
        {128, {{400, Activation::relu}, {11, Activation::softmax}}},
        {36, {{512, Activation::relu}, {11, Activation::softmax}}},
        {40, {{100, Activation::relu}, {200, Activation::relu}, {11, Activation::softmax}}},
        {40, {{128, Activation::relu}, {70, Activation::tanh}, {11, Activation::softmax}}},
        {36, {{512, Activation::silu}, {60, Activation::relu}, {11, Activation::softmax}}},
    };
    for (const auto& [batch_size, layers] : networks) {
        for (const auto& examples : {data.dense(), data.sparse()})
            in_teams(101, layers, examples, {.batch_size = batch_size}, 2);
    }
    // First layers whose weights lie, in steps, as their products want them.
    const Data<T> wide(1040, 11, 3251);
    for (const Index units : {20, 100})
        in_teams(1040, {{units, Activation::relu}, {11, Activation::softmax}}, wide.dense(),
                 {.batch_size = 50}, 1);
}

/// Sizes round those of vectors, which kernels for few units and few examples take apart.
template <class T>
void networks_of_every_size() {
    for (const Index n : {1, 3, 16, 33, 1025}) {
        for (const Index units : {1, 5, 12, 17, 64}) {
            for (const Index m : {1, 63, 79, 131}) {
                const Data<T> data(n, 3, m);
                const std::vector<Dense> layers = {{units, Activation::tanh}, {3, Activation::softmax}};
                const TrainSettings settings{.batch_size = 72, .n_threads = 2};
                if (m % 7 != 1) trained(n, layers, data.dense(), settings, 2);
                trained(n, layers, data.sparse(), settings, 2);
            }
        }
    }
}

void several_trainers_at_once() {
    const Data<float> data(20, 3, 200);
    const std::vector<Dense> layers = {{10, Activation::relu}, {3, Activation::softmax}};
    std::deque<Initialised<float>> networks;
    std::deque<Optimizer<float>> optimizers;
    std::deque<Trainer<float>> trainers;
    std::vector<Trainer<float>*> each;
    for (std::uint64_t seed = 0; seed < 7; ++seed) {
        networks.emplace_back(20, layers, seed);
        optimizers.emplace_back(OptimizerKind::momentum, HyperParameters{.momentum = 0.9},
                                networks.back().parameters().size());
        trainers.emplace_back(networks.back(), optimizers.back(), data.sparse(),
                              Loss{LossKind::cross_entropy}, TrainSettings{.batch_size = 32, .seed = seed});
        each.push_back(&trainers.back());
    }
    const std::vector<double> rates(7, 0.1);
    run_together<float>(each, 3, rates.data(), 1, 3, [](Index, Index) { return true; });
    for (const auto* trainer : each) require(trainer->epoch() == 3, "every trainer runs to its end");
    run_together<float>(each, 1'000'000, rates.data(), 1, 3, [](Index, Index) { return false; });
}

void predictions_side_by_side() {
    const Data<float> data(101, 11, 2000);
    const Initialised<float> network(101, {{80, Activation::relu}, {11, Activation::softmax}});
    const auto predict = [&](int n_threads) {
        std::vector<float> A(static_cast<std::size_t>(11 * data.m()));
        Predictor<float>(network).predict(data.X.data(), data.m(), A.data(), n_threads);
        return A;
    };
    const auto gradient = [&](int n_threads) {
        std::vector<float> g(static_cast<std::size_t>(network.parameters().size()));
        const double cost = cost_and_gradient(network, data.dense(), Loss{LossKind::cross_entropy},
                                              {.l2 = 0.1}, n_threads, g.data());
        return std::pair(cost, g);
    };
    for (const int n_threads : {2, 3, 7})
        require(gradient(n_threads) == gradient(1), "a gradient does not depend on the number of threads");
    const auto alone = predict(1);
    std::vector<std::thread> threads;
    for (const int n_threads : {1, 2, 3}) {
        threads.emplace_back([&, n_threads] {
            for (int again = 0; again < 5; ++again)
                require(predict(n_threads) == alone, "predictions do not depend on who else predicts");
        });
    }
    for (auto& thread : threads) thread.join();
}

void exceptions_and_stops() {
    const Data<float> data(101, 11, 603);
    Initialised<float> network(101, {{80, Activation::relu}, {11, Activation::softmax}});
    Optimizer<float> descent(OptimizerKind::gradient_descent, {}, network.parameters().size());
    Trainer<float> trainer(network, descent, data.dense(), Loss{LossKind::cross_entropy},
                           {.batch_size = 256, .n_threads = 3});
    const double rate = 1e-3;
    const auto stopped = trainer.run(1'000'000, &rate, false, kForever, [](Index, Index) { return false; });
    require(stopped == Trainer<float>::Outcome::stopped, "a poll stops training");
    try {
        trainer.run(1'000'000, &rate, false, kForever,
                    [](Index, Index) -> bool { throw std::runtime_error("poll"); });
        require(false, "a poll's exception arrives");
    } catch (const std::runtime_error&) {
    }

    Team team(4);
    for (int again = 0; again < 50; ++again) {
        std::atomic<int> sum{0};
        try {
            team.run([&](int worker) {
                team.barrier();
                if (worker == again % 4) throw std::runtime_error("worker");
                team.barrier();
                ++sum;
            });
            require(false, "a worker's exception arrives");
        } catch (const std::runtime_error&) {
        }
        require(sum == 0, "nobody passes the barrier that a worker does not reach");
    }
}

}  // namespace

int main() {
    teams_of_every_size<float>();
    teams_of_every_size<double>();
    networks_of_every_size<float>();
    networks_of_every_size<double>();
    several_trainers_at_once();
    predictions_side_by_side();
    exceptions_and_stops();
    std::puts("checked");
}
