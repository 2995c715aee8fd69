#include "descend/pipeline/train.hpp"

#include <algorithm>

#include "descend/kernels/denormals.hpp"
#include "descend/kernels/finite.hpp"
#include "descend/kernels/parts.hpp"

namespace descend {
namespace {

/// How much of a full batch's moments the running ones take at least: in the first steps they are plain
/// means.
constexpr double kRunningShare = 0.1;

/// For so many more numbers, a million at most: some run for a billion epochs, until stopped. As push_back
/// grows a vector, so that many short runs do not copy it each time.
void make_room(std::vector<double>& numbers, Index more) {
    const std::size_t size = numbers.size() + static_cast<std::size_t>(std::min<Index>(more, 1 << 20));
    if (size > numbers.capacity()) numbers.reserve(std::max(size, 2 * numbers.capacity()));
}

/// How many vectors like the parameters a training changes.
template <class T>
Index vectors_like_parameters(const Optimizer<T>& optimizer, const TrainSettings& settings) {
    return 1 + Optimizer<T>::n_moments(optimizer.kind) + (settings.ema_decay > 0.0 ? 1 : 0);
}

/// The settings for these examples: no batch is larger than all of them, and each worker is worth its share.
template <class T>
TrainSettings fitted(TrainSettings settings, const Network<T>& network, const Examples<T>& examples) {
    settings.batch_size = std::min(settings.batch_size, examples.m);
    settings.n_threads = workers_worth(multiply_adds_of_step(network, settings.batch_size),
                                       kMultiplyAddsOfStep, settings.n_threads);
    return settings;
}

}  // namespace

template <class T>
Trainer<T>::Trainer(Network<T>& network, Optimizer<T>& optimizer, const Examples<T>& examples,
                    const Loss& loss, const TrainSettings& settings)
    : network_(network),
      optimizer_(optimizer),
      examples_(examples),
      settings_(fitted(settings, network, examples)),
      steps_per_epoch_((examples.m + settings_.batch_size - 1) / settings_.batch_size),
      first_(parts_of_first(network, examples, settings_.batch_size, steps_per_epoch_,
                            vectors_like_parameters(optimizer, settings_)),
             network.n(1), network.n(0)),
      step_(network, examples, loss, settings_.batch_size,
            settings_.clip_norm > 0.0 ? Step<T>::Gradient::whole : Step<T>::Gradient::by_unit, first_.parts(),
            settings_.n_threads),
      shares_(step_.units(), step_.terms(), settings_.n_threads),
      unit_penalty_(step_.units().all().size()),
      unit_squares_(step_.units().all().size()),
      steps_before_(optimizer.step),
      good_moments_(optimizer.state.size()) {
    if (network.normalises() && settings_.batch_size < 2) {
        throw std::invalid_argument(
            "batch normalisation cannot normalise over one sample; "
            "give batches of at least 2");
    }
    const bool averages = settings.ema_decay > 0.0;
    for (Weights* weights : {&good_, &average_, &good_average_}) {
        const bool used = weights == &good_ || averages;
        weights->parameters.resize(used ? network.parameters().size() : 0);
        weights->state.resize(used ? network.state().size() : 0);
    }
    if (settings_.shuffle && steps_per_epoch_ > 1) order_.resize(static_cast<std::size_t>(examples.m));
    finite_.resize(static_cast<std::size_t>(settings_.n_threads));
}

template <class T>
typename Trainer<T>::Outcome Trainer<T>::run(Index epochs, const double* learning_rate, bool rate_each_step,
                                             double seconds, const Poll& poll) {
    const auto now = Clock::now();
    const auto deadline =
        seconds < 1e9
            ? now + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds))
            : Clock::time_point::max();
    make_room(costs_, epochs);
    make_room(times_, epochs);
    Team team(settings_.n_threads), alone(1);
    const AsInSteps as_in_steps(*this, team);
    step_.refresh_all();
    keep_good(0, 1);
    good_step_ = optimizer_.step;

    Run run{epochs, learning_rate, rate_each_step, poll, deadline, now + kBetweenPolls, now, optimizer_.step};
    do {
        const bool together = team.size() > 1 && company_.wanted();
        run.team = together ? &team : &alone;
        run.left_team = team.size() > 1 && !together;
        run.regroup = run.abandon = false;
        run.team->run([&, from = run.place](int worker) {
            const FlushDenormals flush;
            work(worker, from, run);
        });
    } while (run.abandon && run.outcome == Outcome::done);
    if (run.outcome == Outcome::diverged) restore_good();
    return run.outcome;
}

/// From this step to the run's end, or until its team regroups.
template <class T>
void Trainer<T>::work(int worker, Place from, Run& run) {
    shares_.deal(worker, run.team->size());
    auto [first_epoch, s, steps] = from;
    for (Index e = first_epoch; e < run.epochs; ++e) {
        if (worker == 0 && s == 0) {
            run.epoch_cost = run.epoch_weight = 0.0;
            if (!order_.empty()) permutation(settings_.seed, epoch_, order_.data(), examples_.m);
        }
        if (!order_.empty()) run.team->barrier();
        for (; s < steps_per_epoch_; ++s) {
            const Index first = s * settings_.batch_size,
                        last = std::min(examples_.m, first + settings_.batch_size);
            const double weight_sum = sum_of_weights(examples_, order(), first, last);
            if (weight_sum == 0.0) continue;
            if (worker == 0) run.place = {e, s, steps};
            if (!step(worker, run, {first, last, weight_sum, e * steps_per_epoch_ + s, ++steps})) return;
        }
        s = 0;
        if (!end_epoch(worker, run)) return;
    }
}

/// One step of gradient descent or its kin. False: the run ends or the team regroups here, without an update.
template <class T>
bool Trainer<T>::step(int worker, Run& run, const Stride& stride) {
    const auto [first, last, weight_sum, in_run, number] = stride;
    const int workers = run.team->size();
    const DropoutStream dropout{
        settings_.seed, static_cast<std::uint64_t>(epoch_ * steps_per_epoch_ + in_run % steps_per_epoch_)};
    const StepConstants<T> constants(optimizer_.hyper, run.learning_rate[run.rate_each_step ? in_run : 0],
                                     run.steps_before + number);
    const bool clips = settings_.clip_norm > 0.0, averages = settings_.ema_decay > 0.0;
    const Penalty penalty = settings_.penalty.of_step(weight_sum);

    const auto update_unit = [&](const Unit& unit, double scale, const Penalty& unit_penalty) {
        const double penalty_cost =
            update(optimizer_, constants, step_.gradient_of(unit, worker), static_cast<T>(scale),
                   unit_penalty, !unit.bias, unit.begin, unit.count, network_.parameters().data());
        step_.refresh(unit);
        if (averages) {
            move_average(averaging_share(run.steps_before + number),
                         network_.parameters().data() + unit.begin, unit.count,
                         average_.parameters.data() + unit.begin);
        }
        return penalty_cost;
    };

    const bool watches = worker == 0 && (workers > 1 || run.left_team);
    const auto began = watches ? Clock::now() : Clock::time_point();
    Clock::duration waiting{};
    const auto wait_for_all = [&] {
        const auto before = watches ? Clock::now() : Clock::time_point();
        run.team->barrier();
        if (watches) waiting += Clock::now() - before;
    };

    if (worker == 0) {
        run.step_cost = 0.0;
        run.step_weight = weight_sum;
    }
    for (Index chunk_first = first; chunk_first < last; chunk_first += step_.capacity()) {
        const Index m = std::min(step_.capacity(), last - chunk_first);
        const bool whole = chunk_first + m == last;
        const Chunk chunk{order(), chunk_first, m, chunk_first - first, weight_sum};
        const auto may_go_on = [&] { return worker != 0 || go_on(run); };
        const auto meet = [&] { return wait_for_all(), !run.abandon; };
        if (!step_.propagate(chunk, &dropout, Crew{worker, workers, may_go_on, wait_for_all, meet}))
            return false;

        if (worker == 0) run.step_cost += step_.cost(m);
        if (worker == 0 && network_.normalises()) update_state(run.steps_before + number, m);
        shares_.take(worker, workers, [&](Index u) {
            const Unit& unit = step_.units()[u];
            T* g = step_.gradient_of(unit, worker);
            step_.gradient(unit, m, chunk_first > first, g,
                           whole && workers > 1 && !clips ? wanted_by_update(unit) : Wanted<T>());
            if (!whole) return;
            const auto place = static_cast<std::size_t>(u);
            const bool penalised = !unit.bias && !penalty.none();
            double penalty_cost = 0.0;
            if (clips) {
                const T* W = network_.parameters().data() + unit.begin;
                if (penalised) penalty_cost = add_penalty_gradient(penalty, W, unit.count, g);
                unit_squares_[place] = simd::sum_of_squares(g, unit.count);
            } else {
                penalty_cost = update_unit(unit, 1.0, penalty);
            }
            if (penalised) unit_penalty_[place] = penalty_cost;
        });
        wait_for_all();
    }
    if (clips) {
        const double scale = clipping_scale();
        shares_.take(worker, workers, [&](Index u) { update_unit(step_.units()[u], scale, Penalty{}); });
        wait_for_all();
    }
    if (worker == 0) account_for_step(run);
    if (watches) run.regroup = company_.changes(Clock::now() - began, waiting);
    return true;
}

/// Worker 0, before each block of examples: whether the last step's cost was finite, nobody wants to stop,
/// and the team is to stay as it is.
template <class T>
bool Trainer<T>::go_on(Run& run) {
    if (run.outcome == Outcome::done && --run.blocks_to_look <= 0) {
        // A look takes a hundredth of a small step's time.
        constexpr auto kShort = std::chrono::milliseconds(1);
        constexpr int kMost = 16;
        const auto now = Clock::now();
        run.blocks_a_look = now - run.looked < kShort ? std::min(2 * run.blocks_a_look, kMost) : 1;
        run.blocks_to_look = run.blocks_a_look;
        run.looked = now;
        if (now >= run.next_poll) {
            if (run.poll && !run.poll(epoch_, run.place.s)) run.outcome = Outcome::stopped;
            run.next_poll = Clock::now() + kBetweenPolls;
        }
    }
    run.abandon = run.outcome != Outcome::done || run.regroup;
    return !run.abandon;
}

template <class T>
void Trainer<T>::account_for_step(Run& run) {
    ++optimizer_.step;
    if (!settings_.penalty.none()) {
        for (const double penalty : unit_penalty_) run.step_cost += penalty;
    }
    run.epoch_cost += run.step_cost * run.step_weight;
    run.epoch_weight += run.step_weight;
    if (!std::isfinite(run.step_cost)) run.outcome = Outcome::diverged;
}

/// The running moments follow those of a step's m examples, and the average follows them.
template <class T>
void Trainer<T>::update_state(std::int64_t steps_of_optimizer, Index m) {
    const double of_full_batch = std::max(kRunningShare, 1.0 / static_cast<double>(steps_of_optimizer));
    step_.update_state(of_full_batch * static_cast<double>(m) / static_cast<double>(settings_.batch_size),
                       network_.state());
    if (settings_.ema_decay > 0.0) {
        move_average(averaging_share(steps_of_optimizer), network_.state().data(), network_.state().size(),
                     average_.state.data());
    }
}

/// 1 - d_t, where this trainer's step t is the optimiser's of that number.
template <class T>
double Trainer<T>::averaging_share(std::int64_t steps_of_optimizer) const {
    const auto t = static_cast<double>(steps_of_optimizer - steps_before_);
    return std::max(1.0 - settings_.ema_decay, 9.0 / (t + 8.0));
}

/// The network and average_ hold each other's weights, once there has been a step to average.
template <class T>
void Trainer<T>::exchange_average() {
    if (settings_.ema_decay == 0.0 || optimizer_.step == steps_before_) return;
    const auto exchange = [](Buffer<T>& a, Buffer<T>& b) {
        std::swap_ranges(a.data(), a.data() + a.size(), b.data());
    };
    exchange(network_.parameters(), average_.parameters);
    exchange(network_.state(), average_.state);
}

/// move(W[1]) in all that is as long as the parameters.
template <class T>
template <class Move>
void Trainer<T>::each_first(Move move) {
    const Index W = network_.layer(1).W;
    move(network_.parameters().data() + W);
    if (average_.parameters.size() > 0) move(average_.parameters.data() + W);
    for (Index moment = 0; moment < Optimizer<T>::n_moments(optimizer_.kind); ++moment)
        move(optimizer_.moment(moment) + W);
}

template <class T>
Trainer<T>::AsInSteps::AsInSteps(Trainer& trainer, Team& team) : trainer_(trainer), team_(team) {
    trainer_.exchange_average();
    trainer_.each_first([&](T* W) { trainer_.first_.separate(team_, W); });
}

template <class T>
Trainer<T>::AsInSteps::~AsInSteps() {
    trainer_.each_first([&](T* W) { trainer_.first_.join(team_, W); });
    trainer_.exchange_average();
}

/// What the update of a unit changes: weights and moments.
template <class T>
Wanted<T> Trainer<T>::wanted_by_update(const Unit& unit) {
    Wanted<T> wanted(unit.count);
    wanted.add(network_.parameters().data() + unit.begin);
    for (Index moment = 0; moment < Optimizer<T>::n_moments(optimizer_.kind); ++moment)
        wanted.add(optimizer_.moment(moment) + unit.begin);
    return wanted;
}

template <class T>
double Trainer<T>::clipping_scale() const {
    double squares = 0.0;
    for (const double unit : unit_squares_) squares += unit;
    const double norm = std::sqrt(squares);
    return norm > settings_.clip_norm ? settings_.clip_norm / norm : 1.0;
}

/// False: the run ends with this epoch.
template <class T>
bool Trainer<T>::end_epoch(int worker, Run& run) {
    const int workers = run.team->size();
    const Range own = share_of(network_.parameters().size(), worker, workers);
    finite_[static_cast<std::size_t>(worker)] =
        simd::all_finite(network_.parameters().data() + own.first, own.count());
    run.team->barrier();
    if (worker == 0) {
        run.good = run.outcome == Outcome::done &&
                   std::all_of(finite_.begin(), finite_.begin() + workers, [](char f) { return f; });
        if (run.good) {
            const auto now = Clock::now();
            costs_.push_back(run.epoch_cost / run.epoch_weight);
            times_.push_back(std::chrono::duration<double>(now - run.epoch_began).count());
            run.epoch_began = now;
            run.finished = now >= run.deadline;
            good_step_ = optimizer_.step;
            ++epoch_;
        } else {
            run.outcome = Outcome::diverged;
        }
    }
    run.team->barrier();
    if (!run.good) return false;
    keep_good(worker, workers);
    return !run.finished;
}

template <class T>
void Trainer<T>::keep_good(int worker, int workers) {
    const auto keep = [&](const Buffer<T>& from, Buffer<T>& to) {
        const Range own = share_of(from.size(), worker, workers);
        std::memcpy(to.data() + own.first, from.data() + own.first,
                    static_cast<std::size_t>(own.count()) * sizeof(T));
    };
    keep(network_.parameters(), good_.parameters);
    keep(network_.state(), good_.state);
    keep(average_.parameters, good_average_.parameters);
    keep(average_.state, good_average_.state);
    keep(optimizer_.state, good_moments_);
}

template <class T>
void Trainer<T>::restore_good() {
    const auto restore = [](const Buffer<T>& from, Buffer<T>& to) {
        std::memcpy(to.data(), from.data(), static_cast<std::size_t>(from.size()) * sizeof(T));
    };
    restore(good_.parameters, network_.parameters());
    restore(good_.state, network_.state());
    restore(good_average_.parameters, average_.parameters);
    restore(good_average_.state, average_.state);
    restore(good_moments_, optimizer_.state);
    optimizer_.step = good_step_;
}

template class Trainer<float>;
template class Trainer<double>;

}  // namespace descend
