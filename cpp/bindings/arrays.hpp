// NumPy arrays at the border: rows there are columns here, over the same bytes.
#pragma once

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <optional>
#include <stdexcept>
#include <string>

#include "descend/core/loss.hpp"
#include "descend/core/network.hpp"
#include "descend/pipeline/batch.hpp"

namespace descend::python {

namespace py = pybind11;

template <class T>
using Rows = py::array_t<T, py::array::c_style | py::array::forcecast>;

inline std::string shape_text(const py::array& array) {
    std::string text = "(";
    for (py::ssize_t i = 0; i < array.ndim(); ++i)
        text += (i > 0 ? ", " : "") + std::to_string(array.shape(i));
    return text + (array.ndim() == 1 ? ",)" : ")");
}

/// The number of rows of an array that must be (m, columns).
inline Index rows_of(const char* what, const py::array& array, Index columns) {
    if (array.ndim() != 2 || array.shape(1) != columns) {
        throw std::invalid_argument(std::string(what) + " has shape " + shape_text(array) +
                                    "; expected (m, " + std::to_string(columns) + ")");
    }
    return array.shape(0);
}

/// A writable view of memory that `owner` keeps alive.
template <class T>
py::array_t<T> view(T* data, std::vector<py::ssize_t> shape, std::vector<py::ssize_t> strides,
                    py::handle owner) {
    return py::array_t<T>(std::move(shape), std::move(strides), data, owner);
}

/// X, the targets and the weights of some examples, kept alive together.
template <class T>
struct HeldExamples {
    Rows<T> X;
    std::optional<Rows<T>> Y;
    std::optional<Rows<std::int32_t>> label;
    std::optional<Rows<double>> weight;

    /// `targets`: (m, n[L]) numbers or, of an integer type, (m,) class numbers.
    HeldExamples(const Network<T>& network, Rows<T> X_, const py::array& targets,
                 std::optional<Rows<double>> weight_)
        : X(std::move(X_)), weight(std::move(weight_)) {
        const Index m = rows_of("X", X, network.n(0)), n_L = network.n(network.L());
        if (m == 0) throw std::invalid_argument("X has no rows");
        Index n_targets = 0;
        if (targets.ndim() == 1 && (targets.dtype().kind() == 'i' || targets.dtype().kind() == 'u')) {
            label = Rows<std::int32_t>::ensure(targets);
            n_targets = targets.shape(0);
            for (Index i = 0; i < n_targets; ++i) {
                if (label->at(i) < 0 || label->at(i) >= n_L) {
                    throw std::invalid_argument("y holds the class number " + std::to_string(label->at(i)) +
                                                " in row " + std::to_string(i) +
                                                "; the network has classes 0 to " + std::to_string(n_L - 1));
                }
            }
        } else {
            Y = Rows<T>::ensure(targets);
            n_targets = rows_of("y", targets, n_L);
        }
        if (n_targets != m) {
            throw std::invalid_argument("X has " + std::to_string(m) + " rows, y " +
                                        std::to_string(n_targets));
        }
        if (weight && (weight->ndim() != 1 || weight->shape(0) != m)) {
            throw std::invalid_argument("sample_weight has shape " + shape_text(*weight) + "; expected (" +
                                        std::to_string(m) + ",)");
        }
    }

    Examples<T> examples() const {
        return {X.data(), Y ? Y->data() : nullptr, label ? label->data() : nullptr,
                weight ? weight->data() : nullptr, static_cast<Index>(X.shape(0))};
    }
};

}  // namespace descend::python
