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

namespace descend::python {

namespace py = pybind11;

/// What pybind11 has no public name for: numbers lie where their type may lie. Others are copied.
inline constexpr int kAligned = py::detail::npy_api::NPY_ARRAY_ALIGNED_;

template <class T>
using Rows = py::array_t<T, py::array::c_style | py::array::forcecast | kAligned>;

/// The course's matrices, a column per example.
template <class T>
using Columns = py::array_t<T, py::array::f_style | py::array::forcecast | kAligned>;

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

template <class T>
ConstMatrixMap<T> matrix(const char* what, const Columns<T>& array) {
    if (array.ndim() != 2)
        throw std::invalid_argument(std::string(what) + " has shape " + shape_text(array) +
                                    "; expected a matrix");
    return {array.data(), array.shape(0), array.shape(1)};
}

/// Where each column of B begins.
template <class T>
std::vector<const T*> columns_of(const ConstMatrixMap<T>& B) {
    std::vector<const T*> columns;
    for (Index j = 0; j < B.cols(); ++j) columns.push_back(B.data() + j * B.rows());
    return columns;
}

/// A writable view of memory that `owner` keeps alive.
template <class T>
py::array_t<T> view(T* data, std::vector<py::ssize_t> shape, std::vector<py::ssize_t> strides,
                    py::handle owner) {
    return py::array_t<T>(std::move(shape), std::move(strides), data, owner);
}

}  // namespace descend::python
