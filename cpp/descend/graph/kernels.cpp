#include "descend/graph/kernels.hpp"

#include <cmath>
#include <limits>
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
struct Equal {
    template <class T>
    static T f(T a, T b) {
        return a == b ? T(1) : T(0);
    }
};
struct NotEqual {
    template <class T>
    static T f(T a, T b) {
        return a != b ? T(1) : T(0);
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

/// b, if a^b is written out as a product of so many factors a; else -1. With std::pow, z^3 in the activations
/// of a network of 784-128-64-10 made its step three times as long.
template <class T>
int factors(T b) {
    for (int k = 0; k <= 8; ++k) {
        if (b == T(k)) return k;
    }
    return -1;
}
template <class T>
void product(const T* a, int factors, Index n, T* y) {
    for (Index i = 0; i < n; ++i) y[i] = factors == 0 ? T(1) : a[i];
    for (int k = 1; k < factors; ++k) {
        for (Index i = 0; i < n; ++i) y[i] *= a[i];
    }
}
/// y = a^b, of which otherwise() makes what is no product; a number's bits do not depend on its
/// neighbours.
template <class T, class Otherwise>
void products_or(const T* a, const T* b, Index n, T* y, Otherwise otherwise) {
    bool same = true;
    for (Index i = 1; i < n; ++i) same &= b[i] == b[0];
    const int k = factors(b[0]);
    if (same && k >= 0) return product(a, k, n, y);
    otherwise();
    for (Index i = 0; !same && i < n; ++i) {
        if (const int own = factors(b[i]); own >= 0) product(a + i, own, 1, y + i);
    }
}
/// y = a^b by std::pow where asks(i), but 0 where that is plain: of relu's outputs, half the bases are 0.
/// (Without branches, so that vectors do it.)
template <class T, class Asks>
void mend_powers(const T* a, const T* b, Index n, T* y, Asks asks) {
    const auto is_zero = [&](Index i) { return (a[i] == T(0)) & (b[i] > T(0)); };
    int asked = 0;
    for (Index i = 0; i < n; ++i) asked |= int(asks(i) & !is_zero(i));
    for (Index i = 0; i < n; ++i) {
        const T before = y[i];
        y[i] = is_zero(i) ? T(0) : before;
    }
    for (Index i = 0; asked != 0 && i < n; ++i) {
        if (asks(i) && !is_zero(i)) y[i] = std::pow(a[i], b[i]);
    }
}
/// y = a^b, for float as exp(b log a) in double precision, whose vectors take less time than std::pow.
template <class T>
void general_power(const T* a, const T* b, Index n, T* y) {
    if constexpr (sizeof(T) == 4) {
        alignas(kAlignment) double power[kRun];
        for (Index i = 0; i < n; ++i) power[i] = static_cast<double>(a[i]);
        RunOut<double>(power, n) = Run<double>(power, n).log();
        for (Index i = 0; i < n; ++i) power[i] *= static_cast<double>(b[i]);
        RunOut<double>(power, n) = Run<double>(power, n).exp();
        for (Index i = 0; i < n; ++i) y[i] = static_cast<T>(power[i]);
        mend_powers(a, b, n, y, [&](Index i) { return !(a[i] > T(0)) | !(b[i] - b[i] == T(0)); });
    } else {
        for (Index i = 0; i < n; ++i) y[i] = std::pow(a[i], b[i]);
    }
}
template <class T>
void power(const T* const* x, Index n, T* y) {
    products_or(x[0], x[1], n, y, [&] { general_power(x[0], x[1], n, y); });
}
// y = a^b: da = dy b a^(b - 1), in which y / a spares a second power
template <class T>
void power_by_a(const T* const* x, Index n, T* da) {
    const T *a = x[0], *b = x[1], *y = x[2], *dy = x[3];
    alignas(kAlignment) T less[kRun];
    constexpr T least = std::numeric_limits<T>::min(), most = std::numeric_limits<T>::max();
    for (Index i = 0; i < n; ++i) less[i] = b[i] - T(1);
    products_or(a, less, n, da, [&] {
        for (Index i = 0; i < n; ++i) da[i] = y[i] / a[i];
        mend_powers(a, less, n, da,
                    [&](Index i) { return !(std::abs(y[i]) >= least) | !(std::abs(y[i]) <= most); });
    });
    for (Index i = 0; i < n; ++i) da[i] = b[i] == T(0) ? T(0) : dy[i] * b[i] * da[i];
}
// db = dy y log a, and 0 where a is
template <class T>
void power_by_b(const T* const* x, Index n, T* db) {
    const T *a = x[0], *b = x[1], *y = x[2], *dy = x[3];
    RunOut<T>(db, n) = Run<T>(a, n).log();
    for (Index i = 0; i < n; ++i) db[i] = a[i] == T(0) && b[i] >= T(0) ? T(0) : dy[i] * y[i] * db[i];
}
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
            return {power<T>, {{power_by_a<T>, {x0, x1, y, dy}}, {power_by_b<T>, {x0, x1, y, dy}}}};
        case Op::negative:
            return {each<Negative, 1, T>, {{each<Negative, 1, T>, {dy}}}};
        case Op::maximum:
            return {each<Maximum, 2, T>,
                    {{each<MaximumByA, 3, T>, {dy, x0, x1}}, {each<MaximumByA, 3, T>, {dy, x1, x0}}}};
        case Op::greater:
            return {each<Greater, 2, T>, {{nullptr, {}}, {nullptr, {}}}};
        case Op::greater_equal:
            return {each<GreaterEqual, 2, T>, {{nullptr, {}}, {nullptr, {}}}};
        case Op::equal:
            return {each<Equal, 2, T>, {{nullptr, {}}, {nullptr, {}}}};
        case Op::not_equal:
            return {each<NotEqual, 2, T>, {{nullptr, {}}, {nullptr, {}}}};
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
