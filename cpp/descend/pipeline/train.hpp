// The loop: epochs of steps, each forward, loss, backward, update.
#pragma once

#include <chrono>
#include <functional>
#include <limits>

#include "descend/kernels/company.hpp"
#include "descend/kernels/team.hpp"
#include "descend/pipeline/shares.hpp"
#include "descend/pipeline/step.hpp"

namespace descend {

struct TrainSettings {
    Index batch_size;
    bool shuffle = true;
    std::uint64_t seed = 0;
    Penalty penalty = {};
    double clip_norm = 0.0;  ///< 0: gradients are not clipped
    double ema_decay = 0.0;  ///< 0: the weights of all steps but the last are forgotten
    int n_threads = 1;       ///< at most; small steps run on fewer
};

/// Trains a network on examples that stay where they are. Network, optimiser and examples outlive it.
template <class T>
class Trainer {
  public:
    /// Called now and then, at least every tenth of a second, with the epoch and the step: whether to go on.
    using Poll = std::function<bool(Index epoch, Index step)>;

    enum class Outcome { done, stopped, diverged };

    Trainer(Network<T>& network, Optimizer<T>& optimizer, const Examples<T>& examples, const Loss& loss,
            const TrainSettings& settings);

    Index steps_per_epoch() const { return steps_per_epoch_; }
    /// Epochs begun so far: the number of the next one's shuffle and dropout.
    Index epoch() const { return epoch_; }
    void set_epoch(Index epoch) { epoch_ = epoch; }

    /// With ema_decay d, the network holds, except inside run(), the average of its weights and running
    /// moments after each step, A_t = A_{t-1} + (1 - d_t) (W_t - A_{t-1}), d_t = min(d, (t - 1) / (t + 8)):
    /// early on, over the last tenth of the steps.
    /// Runs up to `epochs` epochs, fewer where `seconds` have passed at the end of one. `learning_rate` is
    /// one rate for all steps, or one for each. Appends to costs() and times(). `stopped`: poll said no, the
    /// weights are those of the last finished step. `diverged`: a cost or a weight was not finite; network
    /// and optimiser are back at the end of their last good epoch.
    Outcome run(Index epochs, const double* learning_rate, bool rate_each_step, double seconds,
                const Poll& poll);

    /// Of every finished epoch, the weighted mean of its steps' costs, and its seconds.
    const std::vector<double>& costs() const { return costs_; }
    const std::vector<double>& times() const { return times_; }

  private:
    using Clock = std::chrono::steady_clock;

    /// The epoch of a run and its step that come next, and the steps taken: those without weight are not.
    struct Place {
        Index e = 0;
        Index s = 0;
        Index steps = 0;
    };

    /// What one call of run() is about, shared by its workers: written by worker 0 only, read after a
    /// barrier.
    struct Run {
        Index epochs;
        const double* learning_rate;
        bool rate_each_step;
        const Poll& poll;
        Clock::time_point deadline;
        Clock::time_point next_poll;
        Clock::time_point epoch_began;
        std::int64_t steps_before;  ///< the optimiser's, before this run
        Team* team = nullptr;
        Place place = {};
        Clock::time_point looked = {};    ///< when, last, at the clock
        int blocks_a_look = 1;            ///< of examples, between two looks: more where they are short
        int blocks_to_look = 1;           ///< until the next one
        Outcome outcome = Outcome::done;  ///< worker 0's own until the run ends, as is regroup
        bool left_team = false;           ///< one worker goes on alone, though a team is there
        bool regroup = false;             ///< the team is to be of another size from the next step on
        bool abandon = false;             ///< this step ends without an update, and the team's work with it
        bool good = false;                ///< the epoch's cost and weights are finite
        bool finished = false;            ///< the deadline has passed
        double step_cost = 0.0;
        double step_weight = 0.0;
        double epoch_cost = 0.0;
        double epoch_weight = 0.0;
    };

    /// Which examples a step takes, what they weigh, and which step of the run it is: with those that are
    /// left out because their weights are all 0, and, from 1 on, without.
    struct Stride {
        Index first;
        Index last;
        double weight_sum;
        Index in_run;
        Index number;
    };

    /// While it lives, network, average and moments are as steps want them: the network has the weights of
    /// the last step, and W[1] may lie in parts.
    class AsInSteps {
      public:
        AsInSteps(Trainer& trainer, Team& team);
        AsInSteps(const AsInSteps&) = delete;
        AsInSteps& operator=(const AsInSteps&) = delete;
        ~AsInSteps();

      private:
        Trainer& trainer_;
        Team& team_;
    };

    void work(int worker, Place from, Run& run);
    bool step(int worker, Run& run, const Stride& stride);
    bool end_epoch(int worker, Run& run);
    bool go_on(Run& run);
    void account_for_step(Run& run);
    Wanted<T> wanted_by_update(const Unit& unit);
    double clipping_scale() const;
    void update_state(std::int64_t steps_of_optimizer, Index m);
    double averaging_share(std::int64_t steps_of_optimizer) const;
    void exchange_average();
    template <class Move>
    void each_first(Move move);
    void keep_good(int worker, int workers);
    void restore_good();

    const Index* order() const { return order_.empty() ? nullptr : order_.data(); }

    Network<T>& network_;
    Optimizer<T>& optimizer_;
    Examples<T> examples_;
    TrainSettings settings_;
    Index steps_per_epoch_;
    Cut<T> first_;  ///< W[1] while a run lasts; of no parts: it stays whole
    Step<T> step_;
    std::vector<Index> order_;
    Company company_;
    Shares shares_;
    std::vector<double> unit_penalty_;
    std::vector<double> unit_squares_;
    std::vector<char> finite_;  ///< whether each worker's part of the weights is
    struct Weights {
        Buffer<T> parameters;
        Buffer<T> state;
    };
    Weights average_;  ///< outside of run(), the weights of the last step, and the network has the average
    std::int64_t steps_before_;  ///< the optimiser's, before this trainer
    Weights good_;
    Weights good_average_;
    Buffer<T> good_moments_;
    std::int64_t good_step_ = 0;
    Index epoch_ = 0;
    std::vector<double> costs_;
    std::vector<double> times_;
};

}  // namespace descend
