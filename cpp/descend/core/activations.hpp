// The activations g and their derivatives g', as formulas over a number type V: a plain float or double (the
// naive twin), or a vector of them, whose functions are found by argument-dependent lookup.
#pragma once

#include <array>
#include <cmath>
#include <concepts>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "descend/core/names.hpp"

namespace descend {

/// `custom` is the layer's own ActivationFunction.
enum class Activation {
    linear,
    exp,
    sigmoid,
    tanh,
    relu,
    leaky_relu,
    elu,
    gelu,
    silu,
    softplus,
    softmax,
    custom
};

/// What the formulas say and <cmath> does not.
template <std::floating_point T>
T select(bool condition, T a, T b) {
    return condition ? a : b;
}
template <std::floating_point T>
T sigmoid(T z) {
    return T(1) / (T(1) + std::exp(-z));
}

/// A structure for each element-wise activation. `derivative(z, a)` is g'(z), given also a = g(z); where
/// `needs_z` is false it follows from a alone and z is not looked at. At the kinks: relu'(0) = 0,
/// leaky_relu'(0) = 0.01, and elu'(0) = 1 from both sides. NaN stays NaN.
namespace activation {

using std::abs, std::erf, std::exp, std::expm1, std::log1p, std::tanh;

struct Linear {
    static constexpr std::string_view name = "linear";
    static constexpr bool needs_z = false;
    // a = z
    template <class V>
    static V g(V z) {
        return z;
    }
    // da/dz = 1
    template <class V>
    static V derivative(V, V) {
        return V(1);
    }
};

struct Exp {
    static constexpr std::string_view name = "exp";
    static constexpr bool needs_z = false;
    // a = e^z
    template <class V>
    static V g(V z) {
        return exp(z);
    }
    // da/dz = a
    template <class V>
    static V derivative(V, V a) {
        return a;
    }
};

struct Sigmoid {
    static constexpr std::string_view name = "sigmoid";
    static constexpr bool needs_z = false;
    // a = 1 / (1 + e^-z)
    template <class V>
    static V g(V z) {
        return sigmoid(z);
    }
    // da/dz = a (1 - a)
    template <class V>
    static V derivative(V, V a) {
        return a * (V(1) - a);
    }
};

struct Tanh {
    static constexpr std::string_view name = "tanh";
    static constexpr bool needs_z = false;
    // a = (e^z - e^-z) / (e^z + e^-z)
    template <class V>
    static V g(V z) {
        return tanh(z);
    }
    // da/dz = 1 - a^2
    template <class V>
    static V derivative(V, V a) {
        return V(1) - a * a;
    }
};

struct Relu {
    static constexpr std::string_view name = "relu";
    static constexpr bool needs_z = false;
    // a = max(0, z)
    template <class V>
    static V g(V z) {
        return select(V(0) > z, V(0), z);
    }
    // da/dz = 1 where a > 0, else 0
    template <class V>
    static V derivative(V, V a) {
        return select(a > V(0), V(1), V(0));
    }
};

struct LeakyRelu {
    static constexpr std::string_view name = "leaky_relu";
    static constexpr bool needs_z = false;
    static constexpr double slope = 0.01;
    // a = z where z > 0, else 0.01 z
    template <class V>
    static V g(V z) {
        return select(z > V(0), z, V(slope) * z);
    }
    // da/dz = 1 where a > 0, else 0.01
    template <class V>
    static V derivative(V, V a) {
        return select(a > V(0), V(1), V(slope));
    }
};

struct Elu {
    static constexpr std::string_view name = "elu";
    static constexpr bool needs_z = false;
    // a = z where z > 0, else e^z - 1
    template <class V>
    static V g(V z) {
        return select(z > V(0), z, expm1(z));
    }
    // da/dz = 1 where a > 0, else e^z = a + 1
    template <class V>
    static V derivative(V, V a) {
        return select(a > V(0), V(1), a + V(1));
    }
};

struct Gelu {
    static constexpr std::string_view name = "gelu";
    static constexpr bool needs_z = true;
    // a = z Phi(z), where Phi(z) = (1 + erf(z / sqrt(2))) / 2
    template <class V>
    static V g(V z) {
        return z * cumulative(z);
    }
    // da/dz = Phi(z) + z phi(z), where phi(z) = e^(-z^2 / 2) / sqrt(2 pi)
    template <class V>
    static V derivative(V z, V) {
        return cumulative(z) + z * (V(0.39894228040143267794) * exp(V(-0.5) * z * z));
    }

  private:
    template <class V>
    static V cumulative(V z) {
        return V(0.5) + V(0.5) * erf(V(0.70710678118654752440) * z);
    }
};

struct Silu {
    static constexpr std::string_view name = "silu";
    static constexpr bool needs_z = true;
    // a = z sigmoid(z)
    template <class V>
    static V g(V z) {
        return z * sigmoid(z);
    }
    // da/dz = s + z s (1 - s) = s + a (1 - s), where s = sigmoid(z)
    template <class V>
    static V derivative(V z, V a) {
        const V s = sigmoid(z);
        return s + a * (V(1) - s);
    }
};

struct Softplus {
    static constexpr std::string_view name = "softplus";
    static constexpr bool needs_z = false;
    // a = log(1 + e^z) = max(0, z) + log(1 + e^-|z|)
    template <class V>
    static V g(V z) {
        return select(z > V(0), z, V(0)) + log1p(exp(-abs(z)));
    }
    // da/dz = sigmoid(z) = 1 - e^-a
    template <class V>
    static V derivative(V, V a) {
        return -expm1(-a);
    }
};

}  // namespace activation

inline constexpr std::array<std::string_view, 11> kActivationNames = {activation::Linear::name,
                                                                      activation::Exp::name,
                                                                      activation::Sigmoid::name,
                                                                      activation::Tanh::name,
                                                                      activation::Relu::name,
                                                                      activation::LeakyRelu::name,
                                                                      activation::Elu::name,
                                                                      activation::Gelu::name,
                                                                      activation::Silu::name,
                                                                      activation::Softplus::name,
                                                                      "softmax"};

constexpr std::string_view name(Activation g) {
    if (g == Activation::custom) return "custom";
    return kActivationNames[static_cast<std::size_t>(g)];
}

inline Activation activation_from_name(std::string_view name) {
    return from_name<Activation>("activation", kActivationNames, name);
}

/// f(structure of g). softmax has none, because each of its outputs depends on every input, nor has a custom
/// activation: they are errors here.
template <class F>
decltype(auto) visit(Activation g, F&& f) {
    switch (g) {
        case Activation::linear:
            return std::forward<F>(f)(activation::Linear{});
        case Activation::exp:
            return std::forward<F>(f)(activation::Exp{});
        case Activation::sigmoid:
            return std::forward<F>(f)(activation::Sigmoid{});
        case Activation::tanh:
            return std::forward<F>(f)(activation::Tanh{});
        case Activation::relu:
            return std::forward<F>(f)(activation::Relu{});
        case Activation::leaky_relu:
            return std::forward<F>(f)(activation::LeakyRelu{});
        case Activation::elu:
            return std::forward<F>(f)(activation::Elu{});
        case Activation::gelu:
            return std::forward<F>(f)(activation::Gelu{});
        case Activation::silu:
            return std::forward<F>(f)(activation::Silu{});
        case Activation::softplus:
            return std::forward<F>(f)(activation::Softplus{});
        case Activation::softmax:
        case Activation::custom:
            break;
    }
    throw std::invalid_argument(std::string(name(g)) +
                                " is no element-wise activation by name: give one of the others");
}

/// Whether g'(z) needs z itself, so that the forward pass must keep Z beside A.
constexpr bool needs_z(Activation g) {
    return g == Activation::gelu || g == Activation::silu || g == Activation::custom;
}

}  // namespace descend
