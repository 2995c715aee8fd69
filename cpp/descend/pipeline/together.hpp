// Several trainers at once, over the same examples or others: a worker takes a trainer after the other, so
// that small networks, which gain nothing from threads of their own, keep all processors busy.
#pragma once

#include <atomic>
#include <thread>

#include "descend/pipeline/train.hpp"

namespace descend {

/// Runs each trainer as its run() does, on `n_threads` threads in all; `learning_rates` has one rate for all
/// steps of a trainer, or one for each, a trainer after the other, `rates_each` of them. Poll is asked by the
/// calling thread alone, and its no stops them all.
template <class T>
std::vector<typename Trainer<T>::Outcome> run_together(const std::vector<Trainer<T>*>& trainers, Index epochs,
                                                       const double* learning_rates, Index rates_each,
                                                       int n_threads, const typename Trainer<T>::Poll& poll) {
    using Outcome = typename Trainer<T>::Outcome;
    using Clock = std::chrono::steady_clock;
    const std::size_t count = trainers.size();
    std::vector<Outcome> outcomes(count, Outcome::done);
    std::atomic<std::size_t> next{0}, finished{0};
    std::atomic<bool> stop{false};

    Team team(static_cast<int>(std::min(count, static_cast<std::size_t>(n_threads))));
    team.run([&](int worker) {
        const auto go_on = [&](Index epoch, Index step) {
            if (worker == 0 && !poll(epoch, step)) stop = true;
            return !stop;
        };
        for (std::size_t i = next++; i < count; i = next++) {
            if (stop)
                outcomes[i] = Outcome::stopped;
            else
                outcomes[i] =
                    trainers[i]->run(epochs, learning_rates + static_cast<Index>(i) * rates_each,
                                     rates_each > 1, std::numeric_limits<double>::infinity(), go_on);
            ++finished;
        }
        auto next_poll = Clock::now() + kBetweenPolls;
        while (worker == 0 && finished < count) {
            std::this_thread::sleep_for(std::chrono::microseconds(50));
            if (Clock::now() < next_poll) continue;
            go_on(epochs, 0);
            next_poll = Clock::now() + kBetweenPolls;
        }
    });
    return outcomes;
}

}  // namespace descend
