#include "descend/graph/kernels.hpp"

#include <cmath>
#include <stdexcept>
#include <utility>

namespace descend::graph {
namespace {

template <class T>
using Run = Eigen::Map<const Eigen::Array<T, Eigen::Dynamic, 1>>;
template <class T>
using RunOut = Eigen::Map<Eigen::Array<T, Eigen::Dynamic, 1>>;

/// A formula that the compiler makes vectors of: f(x0[i], x1[i], ...).
template <class F, class T, std::size_t... k>
void each_of(const T* const* x, Index n, T* y, std::index_sequence<k...>) {
    for (Index i = 0; i < n; ++i) y[i] = F::f(x[k][i]...);
}
template <class F, std::size_t inputs, class T>
void each(const T* const* x, Index n, T* y) {
    each_of<F>(x, n, y, std::make_index_sequence<inputs>());
}

/// A formula that Eigen makes vectors of: f(x0).
template <class F, class T>
void whole(const T* const* x, Index n, T* y) {
    RunOut<T>(y, n) = F::f(Run<T>(x[0], n));
}

/// e^x, and 0 where Eigen leaves the smallest numbers.
template <class T>
void exp_of(const T* x, Index n, T* y) {
    constexpr T least = sizeof(T) == 4 ? T(-87.3) : T(-708.3);
    alignas(kAlignment) T power[kRun];
    RunOut<T>(power, n) = Run<T>(x, n).exp();
    for (Index i = 0; i < n; ++i) y[i] = x[i] < least ? T(0) : power[i];
}

struct Copy {
    static auto f(auto a) { return a; }
};
struct Add {
    static auto f(auto a, auto b) { return a + b; }
};
struct Subtract {
    static auto f(auto a, auto b) { return a - b; }
};
struct Multiply {
    static auto f(auto a, auto b) { return a * b; }
};
struct Divide {
    static auto f(auto a, auto b) { return a / b; }
};
// y = a / b: db = -dy y / b
struct DivideByB {
    template <class T>
    static T f(T dy, T y, T b) {
        return -(dy * y) / b;
    }
};
struct Negative {
    static auto f(auto a) { return -a; }
};

struct Power {
    template <class T>
    static T f(T a, T b) {
        return b == T(2) ? a * a : std::pow(a, b);
    }
};
// y = a^b: da = dy b a^(b - 1)
struct PowerByA {
    template <class T>
    static T f(T dy, T a, T b) {
        if (b == T(2)) return dy * (a + a);
        return b == T(0) ? T(0) : dy * b * std::pow(a, b - T(1));
    }
};
// db = dy y log a, and 0 where a is
struct PowerByB {
    template <class T>
    static T f(T dy, T y, T a, T b) {
        return a == T(0) && b >= T(0) ? T(0) : dy * y * std::log(a);
    }
};

struct Maximum {
    template <class T>
    static T f(T a, T b) {
        return a > b ? a : (a == a ? b : a);
    }
};
// y = max(a, b): da = dy where a > b, and half of it where a = b
struct MaximumByA {
    template <class T>
    static T f(T dy, T a, T b) {
        return a > b ? dy : (a == b ? T(0.5) * dy : T(0));
    }
};
struct Greater {
    template <class T>
    static T f(T a, T b) {
        return a > b ? T(1) : T(0);
    }
};
struct GreaterEqual {
    template <class T>
    static T f(T a, T b) {
        return a >= b ? T(1) : T(0);
    }
};
struct Where {
    template <class T>
    static T f(T condition, T a, T b) {
        return condition != T(0) ? a : b;
    }
};
// y = a where the condition holds, else b: da = dy where it holds, db = dy where it does not
struct WhereByA {
    template <class T>
    static T f(T dy, T condition) {
        return condition != T(0) ? dy : T(0);
    }
};
struct WhereByB {
    template <class T>
    static T f(T dy, T condition) {
        return condition != T(0) ? T(0) : dy;
    }
};

struct Abs {
    template <class T>
    static T f(T a) {
        return std::abs(a);
    }
};
// y = |a|: da = dy sign(a), and 0 at 0
struct AbsByA {
    template <class T>
    static T f(T dy, T a) {
        return a > T(0) ? dy : (a < T(0) ? -dy : T(0) * a);
    }
};
struct Sqrt {
    template <class T>
    static T f(T a) {
        return std::sqrt(a);
    }
};
// y = sqrt(a): da = dy / (2 y)
struct SqrtByA {
    template <class T>
    static T f(T dy, T y) {
        return T(0.5) * dy / y;
    }
};
struct Log {
    static auto f(const auto& a) { return a.log(); }
};
struct Tanh {
    static auto f(const auto& a) { return a.tanh(); }
};
// y = tanh(a): da = dy (1 - y^2)
struct TanhByA {
    template <class T>
    static T f(T dy, T y) {
        return dy * (T(1) - y * y);
    }
};
// y = 1 / (1 + e^-a): da = dy y (1 - y)
struct SigmoidByA {
    template <class T>
    static T f(T dy, T y) {
        return dy * (y * (T(1) - y));
    }
};
// y = max(0, a); NaN stays
struct Relu {
    template <class T>
    static T f(T a) {
        return a < T(0) ? T(0) : a;
    }
};
// da = dy where y > 0
struct ReluByA {
    template <class T>
    static T f(T dy, T y) {
        return y > T(0) ? dy : T(0);
    }
};
struct TimesDifference {
    static auto f(auto a, auto b, auto c) { return a * (b - c); }
};

template <class T>
void exponential(const T* const* x, Index n, T* y) {
    exp_of(x[0], n, y);
}
template <class T>
void sigmoid(const T* const* x, Index n, T* y) {
    for (Index i = 0; i < n; ++i) y[i] = -x[0][i];
    exp_of(y, n, y);
    for (Index i = 0; i < n; ++i) y[i] = T(1) / (T(1) + y[i]);
}
template <class T>
void exp_of_difference(const T* const* x, Index n, T* y) {
    for (Index i = 0; i < n; ++i) y[i] = x[0][i] - x[1][i];
    exp_of(y, n, y);
}
template <class T>
void times_exp_of_difference(const T* const* x, Index n, T* y) {
    exp_of_difference(x + 1, n, y);
    for (Index i = 0; i < n; ++i) y[i] *= x[0][i];
}
template <class T>
void plus_log(const T* const* x, Index n, T* y) {
    RunOut<T>(y, n) = Run<T>(x[0], n) + Run<T>(x[1], n).log();
}

}  // namespace

template <class T>
Rule<T> rule(Op op) {
    using enum Part;
    constexpr Kernel<T> copy = each<Copy, 1, T>, multiply = each<Multiply, 2, T>;
    switch (op) {
        case Op::add:
            return {each<Add, 2, T>, {{copy, {dy}}, {copy, {dy}}}};
        case Op::subtract:
            return {each<Subtract, 2, T>, {{copy, {dy}}, {each<Negative, 1, T>, {dy}}}};
        case Op::multiply:
            return {multiply, {{multiply, {dy, x1}}, {multiply, {dy, x0}}}};
        case Op::divide:
            return {each<Divide, 2, T>,
                    {{each<Divide, 2, T>, {dy, x1}}, {each<DivideByB, 3, T>, {dy, y, x1}}}};
        case Op::power:
            return {each<Power, 2, T>,
                    {{each<PowerByA, 3, T>, {dy, x0, x1}}, {each<PowerByB, 4, T>, {dy, y, x0, x1}}}};
        case Op::negative:
            return {each<Negative, 1, T>, {{each<Negative, 1, T>, {dy}}}};
        case Op::maximum:
            return {each<Maximum, 2, T>,
                    {{each<MaximumByA, 3, T>, {dy, x0, x1}}, {each<MaximumByA, 3, T>, {dy, x1, x0}}}};
        case Op::greater:
            return {each<Greater, 2, T>, {{nullptr, {}}, {nullptr, {}}}};
        case Op::greater_equal:
            return {each<GreaterEqual, 2, T>, {{nullptr, {}}, {nullptr, {}}}};
        case Op::where:
            return {each<Where, 3, T>,
                    {{nullptr, {}}, {each<WhereByA, 2, T>, {dy, x0}}, {each<WhereByB, 2, T>, {dy, x0}}}};
        case Op::abs:
            return {each<Abs, 1, T>, {{each<AbsByA, 2, T>, {dy, x0}}}};
        case Op::exp:
            return {exponential<T>, {{multiply, {dy, y}}}};
        case Op::log:
            return {whole<Log, T>, {{each<Divide, 2, T>, {dy, x0}}}};
        case Op::sqrt:
            return {each<Sqrt, 1, T>, {{each<SqrtByA, 2, T>, {dy, y}}}};
        case Op::sigmoid:
            return {sigmoid<T>, {{each<SigmoidByA, 2, T>, {dy, y}}}};
        case Op::tanh:
            return {whole<Tanh, T>, {{each<TanhByA, 2, T>, {dy, y}}}};
        case Op::relu:
            return {each<Relu, 1, T>, {{each<ReluByA, 2, T>, {dy, y}}}};
        default:
            throw std::invalid_argument(std::string(name(op)) + " is not element-wise");
    }
}

template <class T>
const Kernel<T> Pieces<T>::copy = each<Copy, 1, T>;
template <class T>
const Kernel<T> Pieces<T>::multiply = each<Multiply, 2, T>;
template <class T>
const Kernel<T> Pieces<T>::divide = each<Divide, 2, T>;
template <class T>
const Kernel<T> Pieces<T>::exp_of_difference = graph::exp_of_difference<T>;
template <class T>
const Kernel<T> Pieces<T>::plus_log = graph::plus_log<T>;
template <class T>
const Kernel<T> Pieces<T>::times_difference = each<TimesDifference, 3, T>;
template <class T>
const Kernel<T> Pieces<T>::times_exp_of_difference = graph::times_exp_of_difference<T>;

template Rule<float> rule(Op);
template Rule<double> rule(Op);
template struct Pieces<float>;
template struct Pieces<double>;

}  // namespace descend::graph
