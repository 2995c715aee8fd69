#include "descend/pipeline/loss.hpp"

#include <algorithm>

#include "descend/kernels/elementwise.hpp"
#include "descend/kernels/packets.hpp"
#include "descend/kernels/softmax.hpp"
#include "descend/kernels/vector_math.hpp"

namespace descend {
namespace {

using namespace simd;

/// What one output adds to its example's loss, and the derivative with respect to x.
template <class T>
struct Term {
    Vec<T> loss, derivative;
};

/// x = z: max(0, z) - y z + log(1 + e^-|z|) and (1 - y) a - y (1 - a), with a and 1 - a each to full
/// accuracy; y = (1 - smoothing) y + smoothing / 2.
struct BinaryCrossEntropy {
    double smoothing;

    template <class T>
    Term<T> operator()(Vec<T> z, Vec<T> hard) const {
        const Vec<T> zero(0), one(1);
        const Vec<T> y =
            fma(hard, Vec<T>(static_cast<T>(1.0 - smoothing)), Vec<T>(static_cast<T>(smoothing / 2)));
        const Vec<T> e = exp(-abs(z));
        const Vec<T> inverse = one / (one + e);
        const Vec<T> a = select(z > zero, inverse, e * inverse);
        const Vec<T> rest = select(z > zero, e * inverse, inverse);
        return {fma(-y, z, select(z > zero, z, zero)) + log1p(e), fma(one - y, a, -(y * rest))};
    }
};

/// x = z: a - y z and a - y.
struct Poisson {
    template <class T>
    Term<T> operator()(Vec<T> z, Vec<T> y) const {
        const Vec<T> a = exp(z);
        return {fma(-y, z, a), a - y};
    }
};

/// x = a: r^2 / 2 and r.
struct SquaredError {
    template <class T>
    Term<T> operator()(Vec<T> a, Vec<T> y) const {
        const Vec<T> r = a - y;
        return {Vec<T>(T(0.5)) * r * r, r};
    }
};

/// x = a: slope_above r where r > 0, slope_below r where r < 0; and the slope.
struct Tilted {
    double slope_below, slope_above;

    template <class T>
    Term<T> operator()(Vec<T> a, Vec<T> y) const {
        const Vec<T> zero(0), r = a - y;
        const Vec<T> slope = select(r > zero, Vec<T>(static_cast<T>(slope_above)),
                                    select(zero > r, Vec<T>(static_cast<T>(slope_below)), zero));
        return {slope * r, slope};
    }
};

/// x = a: c (|r| - c / 2) and c with r's sign, where c = min(|r|, delta).
struct Huber {
    double delta;

    template <class T>
    Term<T> operator()(Vec<T> a, Vec<T> y) const {
        const Vec<T> r = a - y, magnitude = abs(r);
        const Vec<T> clipped = min(magnitude, Vec<T>(static_cast<T>(delta)));
        return {clipped * (magnitude - Vec<T>(T(0.5)) * clipped), with_sign(clipped, r)};
    }
};

/// The loss of each column is `share` times the sum of its terms.
template <class T, class LossTerm>
void each_output(LossTerm term, double share, Index n, Index m, const T* X, const T* Y, const T* weight,
                 double* example_loss, T* dX) {
    for (Index i = 0; i < m; ++i, X += n, Y += n) {
        Vec<T> sum(0);
        const Vec<T> scale(dX != nullptr ? static_cast<T>(weight[i] * share) : T(0));
        for (Index j = 0; j < n; j += kLanes<T>) {
            const Index count = n - j;
            const Term<T> at = term(load_up_to(X + j, count), load_up_to(Y + j, count));
            sum += keep_first(at.loss, count, T(0));
            if (dX != nullptr) store_up_to(dX + i * n + j, at.derivative * scale, count);
        }
        example_loss[i] = share * static_cast<double>(sum_of_lanes(sum).v[0]);
    }
}

/// The same for n = 1: a lane for an example.
template <class T, class LossTerm>
void each_example(LossTerm term, Index m, const T* X, const T* Y, const T* weight, double* example_loss,
                  T* dX) {
    for (Index i = 0; i < m; i += kLanes<T>) {
        const Index count = m - i;
        const Term<T> at = term(load_up_to(X + i, count), load_up_to(Y + i, count));
        for (Index k = 0; k < std::min(count, kLanes<T>); ++k)
            example_loss[i + k] = static_cast<double>(at.loss.v[k]);
        if (dX != nullptr) store_up_to(dX + i, at.derivative * load_up_to(weight + i, count), count);
    }
}

template <class T>
void sum_terms(const Loss& loss, Index n, Index m, const T* X, const T* Y, const std::int32_t* label,
               const T* weight, double* example_loss, T* dX) {
    if (loss.function) return loss.function->evaluate(m, X, Y, label, weight, example_loss, dX);
    const auto run = [=](auto term, double share) {
        if (n == 1)
            each_example(term, m, X, Y, weight, example_loss, dX);
        else
            each_output(term, share, n, m, X, Y, weight, example_loss, dX);
    };
    const double mean = 1.0 / static_cast<double>(n);
    switch (loss.kind) {
        case LossKind::binary_cross_entropy:
            return run(BinaryCrossEntropy{loss.parameter}, 1.0);
        case LossKind::squared_error:
            return run(SquaredError{}, mean);
        case LossKind::absolute_error:
            return run(Tilted{-1.0, 1.0}, mean);
        case LossKind::huber:
            return run(Huber{loss.parameter}, mean);
        case LossKind::quantile:
            return run(Tilted{-loss.parameter, 1.0 - loss.parameter}, mean);
        case LossKind::poisson:
            return run(Poisson{}, mean);
        case LossKind::cross_entropy:
        case LossKind::custom:
            break;
    }
}

/// The sum of z - shift over n units.
template <class T>
T sum_of_differences(const T* z, Vec<T> shift, Index n) {
    Vec<T> sum(0);
    for (Index j = 0; j < n; j += kLanes<T>) sum += keep_first(load_up_to(z + j, n - j) - shift, n - j, T(0));
    return sum_of_lanes(sum).v[0];
}

/// Up to kLanes<T> rows of n <= kLanes<T> numbers, a vector for each place in them.
template <class T>
struct Places {
    Vec<T> at[kLanes<T>];

    Places(const T* rows, Index n, Index count) {
        for (Index i = 0; i < kLanes<T>; ++i) at[i] = i < count ? load_first(rows + i * n, n) : Vec<T>(T(0));
        transpose(at);
    }
    /// Rows of zeros, with a one in the place that each row's label says.
    Places(const std::int32_t* label, Index n, Index count) {
        Bits<T> labels[kLanes<T>] = {};
        std::copy_n(label, count, labels);
        const Vec<T> one(1), zero(0);
        for (Index j = 0; j < n; ++j)
            at[j] = select(Mask<T>{load(labels).v == Vec<Bits<T>>(static_cast<Bits<T>>(j)).v}, one, zero);
    }
    /// Overwrites them on the way.
    void store(T* rows, Index n, Index count) {
        transpose(at);
        for (Index i = 0; i < count; ++i) store_first(rows + i * n, at[i], n);
    }
};

/// cross_entropy() for n <= kLanes<T>, a lane for an example.
template <class T>
void cross_entropy_of_few(T kept, T spread, Index n, Index m, const T* Z, const T* Y,
                          const std::int32_t* label, const T* weight, double* example_loss, T* dZ) {
    for (Index first = 0; first < m; first += kLanes<T>) {
        const Index count = std::min(kLanes<T>, m - first);
        const T* z = Z + first * n;
        Places<T> d(z, n, count);
        Places<T> y =
            label != nullptr ? Places<T>(label + first, n, count) : Places<T>(Y + first * n, n, count);
        Vec<T> shift = d.at[0];
        for (Index j = 1; j < n; ++j) shift = max(shift, d.at[j]);
        Vec<T> y_sum(0), y_dot_d(0), power_sum(0);
        for (Index j = 0; j < n; ++j) {
            y.at[j] = fma(y.at[j], Vec<T>(kept), Vec<T>(spread));
            d.at[j] -= shift;
            y_sum += y.at[j];
            y_dot_d = fma(y.at[j], d.at[j], y_dot_d);
            d.at[j] = exp(d.at[j]);
            power_sum += d.at[j];
        }
        const Vec<T> losses = fma(y_sum, log(power_sum), -y_dot_d);
        for (Index k = 0; k < count; ++k) example_loss[first + k] = static_cast<double>(losses.v[k]);
        if (dZ == nullptr) continue;

        const Vec<T> w = load_up_to(weight + first, count), scale = w * y_sum / power_sum;
        for (Index j = 0; j < n; ++j) d.at[j] = fma(-w, y.at[j], d.at[j] * scale);
        d.store(dZ + first * n, n, count);
    }
}

/// With d = z - max z and y = (1 - smoothing) y + smoothing / n: L = sum(y) log(sum e^d) - sum(y d). The
/// logarithms are taken a vector of examples at a time.
template <class T>
void cross_entropy(double smoothing, Index n, Index m, const T* Z, const T* Y, const std::int32_t* label,
                   const T* weight, double* example_loss, T* dZ, T* scratch) {
    const T kept = static_cast<T>(1.0 - smoothing);
    const T spread = static_cast<T>(smoothing / static_cast<double>(n));
    if (n <= kLanes<T>)
        return cross_entropy_of_few(kept, spread, n, m, Z, Y, label, weight, example_loss, dZ);
    const auto smoothed = [=](const T* y, Index count) {
        return keep_first(fma(load_up_to(y, count), Vec<T>(kept), Vec<T>(spread)), count, T(0));
    };
    for (Index first = 0; first < m; first += kLanes<T>) {
        const Index count = std::min(kLanes<T>, m - first);
        Vec<T> power_sum(1), y_sum(1), y_dot_d(0);
        for (Index k = 0; k < count; ++k) {
            const Index i = first + k;
            const T* z = Z + i * n;
            T* e = dZ != nullptr ? dZ + i * n : scratch;
            const Vec<T> shift = largest(z, n);
            if (label != nullptr) {
                y_dot_d.v[k] = kept * (z[label[i]] - shift.v[0]);
                if (spread > T(0)) y_dot_d.v[k] += spread * sum_of_differences(z, shift, n);
            } else {
                Vec<T> sum(0), dot(0);
                for (Index j = 0; j < n; j += kLanes<T>) {
                    const Vec<T> y = smoothed(Y + i * n + j, n - j);
                    sum += y;
                    dot = fma(y, load_up_to(z + j, n - j) - shift, dot);
                }
                y_sum.v[k] = sum_of_lanes(sum).v[0];
                y_dot_d.v[k] = sum_of_lanes(dot).v[0];
            }
            const Vec<T> sum = exp_shifted(z, shift, n, e);
            power_sum.v[k] = sum.v[0];
            if (dZ == nullptr) continue;

            const Vec<T> w(weight[i]), scale = w * Vec<T>(y_sum.v[k]) / sum;
            for (Index j = 0; j < n; j += kLanes<T>) {
                const Vec<T> y = label != nullptr ? Vec<T>(spread) : smoothed(Y + i * n + j, n - j);
                store_up_to(e + j, fma(-w, y, load_up_to(e + j, n - j) * scale), n - j);
            }
            if (label != nullptr) e[label[i]] -= kept * weight[i];
        }
        const Vec<T> losses = fma(y_sum, log(power_sum), -y_dot_d);
        for (Index k = 0; k < count; ++k) example_loss[first + k] = static_cast<double>(losses.v[k]);
    }
}

/// dZ = A * (dA - sum over units of A * dA), a column each.
template <class T>
void softmax_backward(Index n, Index m, const T* A, const T* dA, T* dZ) {
    for (Index i = 0; i < m; ++i, A += n, dA += n, dZ += n) {
        Vec<T> sum(0);
        for (Index j = 0; j < n; j += kLanes<T>)
            sum = fma(load_up_to(A + j, n - j), load_up_to(dA + j, n - j), sum);
        const Vec<T> dot = sum_of_lanes(sum);
        for (Index j = 0; j < n; j += kLanes<T>)
            store_up_to(dZ + j, load_up_to(A + j, n - j) * (load_up_to(dA + j, n - j) - dot), n - j);
    }
}

bool on_logits(LossKind kind) {
    return kind == LossKind::binary_cross_entropy || kind == LossKind::cross_entropy ||
           kind == LossKind::poisson;
}

}  // namespace

template <class T>
void close_forward(Activation output, const Loss& loss, Index n, Index m, const T* Z, const T* Y,
                   const std::int32_t* label, const T* weight, double* example_loss, T* dZ, T* scratch) {
    if (loss.kind == LossKind::cross_entropy)
        return cross_entropy(loss.parameter, n, m, Z, Y, label, weight, example_loss, dZ, scratch);
    if (output == Activation::linear || on_logits(loss.kind))
        return sum_terms(loss, n, m, Z, Y, label, weight, example_loss, dZ);

    T* A = scratch;
    T* dA = dZ != nullptr ? scratch + n * m : nullptr;
    if (output == Activation::softmax)
        softmax(Z, A, n, m);
    else
        activate(output, Z, A, n * m);
    sum_terms(loss, n, m, A, Y, label, weight, example_loss, dA);
    if (dZ == nullptr) return;
    if (output == Activation::softmax)
        softmax_backward(n, m, A, dA, dZ);
    else
        activate_backward(output, Z, A, dA, dZ, n * m);
}

template void close_forward(Activation, const Loss&, Index, Index, const float*, const float*,
                            const std::int32_t*, const float*, double*, float*, float*);
template void close_forward(Activation, const Loss&, Index, Index, const double*, const double*,
                            const std::int32_t*, const double*, double*, double*, double*);

}  // namespace descend
