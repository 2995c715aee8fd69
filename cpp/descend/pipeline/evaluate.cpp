#include "descend/pipeline/evaluate.hpp"

#include <atomic>
#include <chrono>
#include <limits>

#include "descend/kernels/denormals.hpp"
#include "descend/kernels/finite.hpp"
#include "descend/pipeline/shares.hpp"

namespace descend {

template <class T>
template <class Admit, class Use>
void Predictor<T>::for_each_block(const Examples<T>& examples, int n_threads, Admit&& admit, Use&& use) {
    const Index L = network_.L(), n_inputs = network_.n(0), m = examples.m;
    const double multiply_adds = static_cast<double>(network_.parameters().size() * m);
    const int workers = workers_worth(multiply_adds, kMultiplyAddsOfCall, n_threads);
    while (caches_.size() < static_cast<std::size_t>(workers)) caches_.emplace_back(network_, kBlock);
    const auto places = static_cast<std::size_t>(kBlock * workers);
    if (examples.is_sparse())
        sparse_x_.resize(places);
    else
        x_.resize(places);
    if (folded_) fold_normalisation(given_, *folded_);
    weights_.refresh_all(m);

    Team team(workers);
    team.run([&](int worker) {
        const FlushDenormals flush;
        Cache<T>& cache = caches_[static_cast<std::size_t>(worker)];
        const bool sparse = examples.is_sparse();
        const T** x = sparse ? nullptr : x_.data() + kBlock * worker;
        SparseColumn<T>* sparse_x = sparse ? sparse_x_.data() + kBlock * worker : nullptr;
        const Range own = share_of(m, worker, team.size());
        for (Index first = own.first; first < own.last; first += kBlock) {
            const Index last = std::min(first + kBlock, own.last);
            if (!admit(first, last)) return;
            for (Index j = first; j < last; ++j) {
                if (sparse)
                    sparse_x[j - first] = examples.sparse.column(j);
                else
                    x[j - first] = examples.X + j * n_inputs;
            }
            const T* after = sparse || last == own.last ? nullptr : examples.X + last * n_inputs;
            forward(network_, weights_, Inputs<T>{x, sparse_x, after}, 0, last - first, /*begun=*/0, nullptr,
                    0, cache);
            use(first, last, cache[L].dZ.data());
        }
    });
}

template <class T>
bool Predictor<T>::predict(const Examples<T>& examples, T* out, int n_threads) {
    const Layer& output = network_.layer(network_.L());
    const Index n_inputs = network_.n(0);
    std::atomic<bool> finite = true;
    // To look at a block also brings it into the second-level cache, if the last product has not.
    const auto admit = [&](Index first, Index last) {
        if (!examples.is_sparse() &&
            !simd::all_finite(examples.X + first * n_inputs, (last - first) * n_inputs))
            finite = false;
        return finite.load();
    };
    for_each_block(examples, n_threads, admit, [&](Index first, Index last, const T* Z) {
        activate(output, last - first, Z, out + first * output.n);
    });
    return finite;
}

template <class T>
double Predictor<T>::cost(const Examples<T>& examples, const Loss& loss, int n_threads) {
    const Layer& output = network_.layer(network_.L());
    const double weight_sum = sum_of_weights(examples, nullptr, 0, examples.m);
    Buffer<double> example_loss(examples.m);
    const auto admit = [](Index, Index) { return true; };
    for_each_block(examples, n_threads, admit, [&](Index first, Index last, const T* Z) {
        Buffer<T> weight(last - first), scratch(2 * output.n * (last - first));
        close_forward(output, loss, last - first, Z,
                      examples.Y != nullptr ? examples.Y + first * output.n : nullptr,
                      examples.label != nullptr ? examples.label + first : nullptr, weight.data(),
                      example_loss.data() + first, static_cast<T*>(nullptr), scratch.data());
    });
    double cost = 0.0;
    for (Index i = 0; i < examples.m; ++i) {
        cost += (examples.weight != nullptr ? examples.weight[i] : 1.0) * example_loss[i];
    }
    return cost / weight_sum;
}

template <class T>
double cost_and_gradient(const Network<T>& network, const Examples<T>& examples, const Loss& loss,
                         const Penalty& penalty, int n_threads, T* gradient,
                         const std::function<bool()>& poll) {
    Step<T> step(network, examples, loss, examples.m, Step<T>::Gradient::whole,
                 /*parts_of_first=*/{}, 1);
    step.refresh_all();
    const double weight_sum = sum_of_weights(examples, nullptr, 0, examples.m);
    double cost = 0.0;

    bool abandoned = false;  // by worker 0, for all from the next barrier on
    auto next_poll = std::chrono::steady_clock::now() + kBetweenPolls;
    const auto may_go_on = [&] {
        if (poll && std::chrono::steady_clock::now() >= next_poll) {
            abandoned = abandoned || !poll();
            next_poll = std::chrono::steady_clock::now() + kBetweenPolls;
        }
        return !abandoned;
    };

    Team team(workers_worth(multiply_adds_of_step(network, examples.m), kMultiplyAddsOfCall, n_threads));
    Shares shares(step.units(), step.terms(), team.size());
    team.run([&](int worker) {
        const FlushDenormals flush;
        const int workers = team.size();
        shares.deal(worker, workers);
        for (Index first = 0; first < examples.m; first += step.capacity()) {
            const Index m = std::min(step.capacity(), examples.m - first);
            const Chunk chunk{nullptr, first, m, first, weight_sum};
            const auto go_on = [&] { return worker != 0 || may_go_on(); };
            const auto wait = [&] { team.barrier(); };
            const auto meet = [&] { return team.barrier(), !abandoned; };
            if (!step.propagate(chunk, nullptr, Crew{worker, workers, go_on, wait, meet})) return;
            if (worker == 0) cost += step.cost(m);
            shares.take(worker, workers, [&](Index u) {
                const Unit& unit = step.units()[u];
                step.gradient(unit, m, first > 0, step.gradient_of(unit, worker));
            });
            team.barrier();
        }
    });

    if (abandoned) return std::numeric_limits<double>::quiet_NaN();
    for (const Unit& unit : step.units().all()) {
        if (unit.bias || penalty.none()) continue;
        const T* W = network.parameters().data() + unit.begin;
        cost += add_penalty_gradient(penalty, W, unit.count, step.gradient_of(unit, 0));
    }
    std::memcpy(gradient, step.whole_gradient().data(),
                static_cast<std::size_t>(step.whole_gradient().size()) * sizeof(T));
    return cost;
}

#define DESCEND_INSTANTIATE(T)                                                                               \
    template class Predictor<T>;                                                                             \
    template double cost_and_gradient<T>(const Network<T>&, const Examples<T>&, const Loss&, const Penalty&, \
                                         int, T*, const std::function<bool()>&);
DESCEND_INSTANTIATE(float)
DESCEND_INSTANTIATE(double)
#undef DESCEND_INSTANTIATE

}  // namespace descend
