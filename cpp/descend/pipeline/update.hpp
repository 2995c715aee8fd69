// Stage 5, the update: one pass over the flat vectors. g is the gradient of the cost with its penalties.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include "descend/core/names.hpp"
#include "descend/core/types.hpp"
#include "descend/kernels/sums.hpp"

namespace descend {

enum class OptimizerKind { gradient_descent, momentum, nesterov, rmsprop, adam, adamw };

inline constexpr std::array<std::string_view, 6> kOptimizerNames = {
    "gradient_descent", "momentum", "nesterov", "rmsprop", "adam", "adamw"};

/// Hyper-parameters of all kinds; each kind reads its own.
struct HyperParameters {
    double momentum = 0.0;
    double beta1 = 0.0;
    double beta2 = 0.0;
    double rho = 0.0;
    double epsilon = 0.0;
    double weight_decay = 0.0;
};

/// A rule and its memory: moments as long as the parameters, and the number of steps taken.
template <class T>
struct Optimizer {
    OptimizerKind kind;
    HyperParameters hyper;
    Index n_parameters;
    Buffer<T> state;  ///< (n_moments, n_parameters), a moment after the other
    std::int64_t step = 0;

    static Index n_moments(OptimizerKind kind) {
        switch (kind) {
            case OptimizerKind::gradient_descent:
                return 0;
            case OptimizerKind::adam:
            case OptimizerKind::adamw:
                return 2;
            default:
                return 1;
        }
    }

    Optimizer(OptimizerKind kind_, const HyperParameters& hyper_, Index n)
        : kind(kind_), hyper(hyper_), n_parameters(n), state(n_moments(kind_) * n) {}

    T* moment(Index which) { return state.data() + which * n_parameters; }
};

/// 1 - beta^t, for beta in [0, 1). From t (1 - beta) > 40 on, beta^t < exp(-40) is less than half of what 1
/// can lose, and not computed.
inline double one_minus_power(double beta, double t) {
    return t * (1.0 - beta) > 40.0 ? 1.0 : 1.0 - std::pow(beta, t);
}

/// The constants of one step, worked out once: `t` is its number, counted from 1.
template <class T>
struct StepConstants {
    T alpha, mu, beta1, beta2, rho, epsilon, decay;
    T one_minus_beta1, one_minus_beta2, one_minus_rho;
    T alpha_corrected;  ///< alpha / (1 - beta1^t)
    T root_correction;  ///< 1 / sqrt(1 - beta2^t)

    StepConstants(const HyperParameters& h, double learning_rate, std::int64_t t)
        : alpha(static_cast<T>(learning_rate)),
          mu(static_cast<T>(h.momentum)),
          beta1(static_cast<T>(h.beta1)),
          beta2(static_cast<T>(h.beta2)),
          rho(static_cast<T>(h.rho)),
          epsilon(static_cast<T>(h.epsilon)),
          decay(static_cast<T>(learning_rate * h.weight_decay)),
          one_minus_beta1(static_cast<T>(1.0 - h.beta1)),
          one_minus_beta2(static_cast<T>(1.0 - h.beta2)),
          one_minus_rho(static_cast<T>(1.0 - h.rho)),
          alpha_corrected(static_cast<T>(learning_rate / one_minus_power(h.beta1, static_cast<double>(t)))),
          root_correction(static_cast<T>(1.0 / std::sqrt(one_minus_power(h.beta2, static_cast<double>(t))))) {
    }
};

/// One optimiser each: `step` takes W, its gradient g and the moments, and leaves the new ones.
namespace rules {

template <class T>
using V = simd::Vec<T>;

/// W = W - alpha g
struct GradientDescent {
    template <class T>
    static DESCEND_INLINE void step(const StepConstants<T>& c, V<T>& W, V<T> g, V<T>&, V<T>&) {
        W = fma(V<T>(-c.alpha), g, W);
    }
};

/// v = mu v - alpha g,  W = W + v
struct Momentum {
    template <class T>
    static DESCEND_INLINE void step(const StepConstants<T>& c, V<T>& W, V<T> g, V<T>& v, V<T>&) {
        v = fma(V<T>(c.mu), v, V<T>(-c.alpha) * g);
        W += v;
    }
};

/// v = mu v - alpha g,  W = W + mu v - alpha g
struct Nesterov {
    template <class T>
    static DESCEND_INLINE void step(const StepConstants<T>& c, V<T>& W, V<T> g, V<T>& v, V<T>&) {
        const V<T> descent = V<T>(-c.alpha) * g;
        v = fma(V<T>(c.mu), v, descent);
        W += fma(V<T>(c.mu), v, descent);
    }
};

/// s = rho s + (1 - rho) g^2,  W = W - alpha g / (sqrt(s) + epsilon)
struct RMSprop {
    template <class T>
    static DESCEND_INLINE void step(const StepConstants<T>& c, V<T>& W, V<T> g, V<T>& s, V<T>&) {
        s = fma(V<T>(c.rho), s, V<T>(c.one_minus_rho) * g * g);
        W = fma(V<T>(-c.alpha), g / root(V<T>(T(1)), s, V<T>(c.epsilon)), W);
    }
};

/// v = beta1 v + (1 - beta1) g,    s = beta2 s + (1 - beta2) g^2
/// W = W - alpha (v / (1 - beta1^t)) / (sqrt(s / (1 - beta2^t)) + epsilon)
struct Adam {
    template <class T>
    static DESCEND_INLINE void step(const StepConstants<T>& c, V<T>& W, V<T> g, V<T>& v, V<T>& s) {
        v = fma(V<T>(c.beta1), v, V<T>(c.one_minus_beta1) * g);
        s = fma(V<T>(c.beta2), s, V<T>(c.one_minus_beta2) * g * g);
        W = fma(V<T>(-c.alpha_corrected), v / root(V<T>(c.root_correction), s, V<T>(c.epsilon)), W);
    }
};

}  // namespace rules

/// The penalties l2/2 sum W^2 + l1 sum |W|, whose derivative is l2 W + l1 sign(W).
struct Penalty {
    double l1 = 0.0;
    double l2 = 0.0;
    bool per_weight = false;  ///< both are to be divided by the sum of a step's weights
    bool none() const { return l1 == 0.0 && l2 == 0.0; }
    /// That of a step whose weights have this sum.
    Penalty of_step(double weight_sum) const {
        return per_weight ? Penalty{l1 / weight_sum, l2 / weight_sum} : *this;
    }
};

/// A penalty of weights, a vector of them after the other. The sums that it is made of are short, so that
/// float's rounding stays small.
template <class T>
class PenaltySum {
  public:
    explicit PenaltySum(const Penalty& penalty) : penalty_(penalty) {}

    DESCEND_INLINE void add(simd::Vec<T> W, bool with_magnitudes) {
        squares_ = fma(W, W, squares_);
        if (with_magnitudes) magnitudes_ += abs(W);
        if (++vectors_ % kMost == 0) settle();
    }
    double cost() {
        settle();
        return cost_;
    }

  private:
    static constexpr Index kMost = 128;

    void settle() {
        if (penalty_.l2 != 0.0) cost_ += 0.5 * penalty_.l2 * static_cast<double>(simd::sum(squares_));
        if (penalty_.l1 != 0.0) cost_ += penalty_.l1 * static_cast<double>(simd::sum(magnitudes_));
        squares_ = magnitudes_ = simd::Vec<T>(T(0));
    }

    Penalty penalty_;
    simd::Vec<T> squares_{T(0)}, magnitudes_{T(0)};
    Index vectors_ = 0;
    double cost_ = 0.0;
};

/// g = g + l2 W + l1 sign(W)
template <class T>
DESCEND_INLINE simd::Vec<T> with_penalty(simd::Vec<T> g, simd::Vec<T> W, T l1, T l2) {
    using V = simd::Vec<T>;
    const V zero(T(0));
    return fma(V(l2), W, g) + select(W > zero, V(l1), select(W < zero, V(-l1), zero));
}

/// The same for `count` weights, and their penalty.
template <class T>
double add_penalty_gradient(const Penalty& penalty, const T* W, Index count, T* g) {
    using namespace simd;
    const T l1 = static_cast<T>(penalty.l1), l2 = static_cast<T>(penalty.l2);
    PenaltySum<T> sum(penalty);
    for (Index i = 0; i < count; i += kLanes<T>) {
        const Index n = std::min(kLanes<T>, count - i);
        const Vec<T> w = load_first(W + i, n);
        sum.add(w, /*with_magnitudes=*/true);
        store_first(g + i, with_penalty(load_first(g + i, n), w, l1, l2), n);
    }
    return sum.cost();
}

/// Where an update reads and writes: `count` consecutive elements of the flat vectors.
template <class T>
struct UpdateRange {
    T* W;
    const T* g;
    T* moment[2];
    Index count;
};

/// What an update follows: the gradient as it is; with the penalty of squares; or that times a scale, with
/// all penalties and decay.
enum class Follows { gradient, squares, all };

/// Returns the penalty of the weights as they were. (Constants and places by value: no store can change
/// them.)
template <class Rule, Follows follows, class T>
double update_range(const StepConstants<T> c, const UpdateRange<T> range, const Penalty& penalty,
                    T gradient_scale) {
    using namespace simd;
    constexpr Index kMoments = std::is_same_v<Rule, rules::GradientDescent> ? 0
                               : std::is_same_v<Rule, rules::Adam>          ? 2
                                                                            : 1;
    const T l1 = static_cast<T>(penalty.l1), l2 = static_cast<T>(penalty.l2);
    PenaltySum<T> sum(penalty);
    const auto at = [&](Index i, auto read, auto write) {
        Vec<T> W = read(range.W + i), g = read(range.g + i), v(T(0)), s(T(0));
        if constexpr (kMoments > 0) v = read(range.moment[0] + i);
        if constexpr (kMoments > 1) s = read(range.moment[1] + i);
        if constexpr (follows != Follows::gradient) sum.add(W, /*with_magnitudes=*/follows == Follows::all);
        if constexpr (follows == Follows::squares) g = fma(Vec<T>(l2), W, g);
        if constexpr (follows == Follows::all) {
            g = with_penalty(Vec<T>(gradient_scale) * g, W, l1, l2);
            W -= Vec<T>(c.decay) * W;
        }
        Rule::step(c, W, g, v, s);
        write(range.W + i, W);
        if constexpr (kMoments > 0) write(range.moment[0] + i, v);
        if constexpr (kMoments > 1) write(range.moment[1] + i, s);
    };
    Index i = 0;
    for (; i + kLanes<T> <= range.count; i += kLanes<T>) {
        at(i, [](const T* p) { return load(p); }, [](T* p, Vec<T> x) { store(p, x); });
    }
    if (const Index left = range.count - i; left > 0) {
        at(
            i, [left](const T* p) { return load_first(p, left); },
            [left](T* p, Vec<T> x) { store_first(p, x, left); });
    }
    return sum.cost();
}

/// average = average + share (W - average), `count` elements.
template <class T>
void move_average(double share, const T* W, Index count, T* average) {
    using namespace simd;
    const Vec<T> s(static_cast<T>(share));
    for (Index i = 0; i < count; i += kLanes<T>) {
        const Index n = std::min(kLanes<T>, count - i);
        const Vec<T> before = load_first(average + i, n);
        store_first(average + i, fma(s, load_first(W + i, n) - before, before), n);
    }
}

/// Elements [first, first + count) of the parameters take one step, along their gradient (count). `decayed`
/// says whether they are weights, which AdamW's decay and the penalties reach, or biases, which these leave
/// alone. Returns the penalty of the weights as they were.
template <class T>
double update(Optimizer<T>& optimizer, StepConstants<T> c, const T* gradient, T gradient_scale,
              const Penalty& penalty, bool decayed, Index first, Index count, T* parameters) {
    const Index moments = Optimizer<T>::n_moments(optimizer.kind);
    const UpdateRange<T> range{parameters + first,
                               gradient,
                               {moments > 0 ? optimizer.moment(0) + first : nullptr,
                                moments > 1 ? optimizer.moment(1) + first : nullptr},
                               count};
    const Penalty reached = decayed ? penalty : Penalty{};
    if (!decayed || optimizer.kind != OptimizerKind::adamw) c.decay = T(0);
    const bool all = reached.l1 != 0.0 || c.decay != T(0) || gradient_scale != T(1);
    const auto run = [&]<class Rule>(Rule) {
        if (all) return update_range<Rule, Follows::all>(c, range, reached, gradient_scale);
        if (reached.l2 != 0.0) return update_range<Rule, Follows::squares>(c, range, reached, gradient_scale);
        return update_range<Rule, Follows::gradient>(c, range, reached, gradient_scale);
    };
    switch (optimizer.kind) {
        case OptimizerKind::gradient_descent:
            return run(rules::GradientDescent());
        case OptimizerKind::momentum:
            return run(rules::Momentum());
        case OptimizerKind::nesterov:
            return run(rules::Nesterov());
        case OptimizerKind::rmsprop:
            return run(rules::RMSprop());
        case OptimizerKind::adam:
        case OptimizerKind::adamw:
            break;
    }
    return run(rules::Adam());
}

}  // namespace descend
