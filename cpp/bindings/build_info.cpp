// Which build this is, and the names that it knows.
#include <pybind11/stl.h>
#include <pybind11/typing.h>

#include "arrays.hpp"
#include "descend/core/initialise.hpp"
#include "descend/kernels/finite.hpp"
#include "descend/kernels/limits.hpp"
#include "register.hpp"

namespace descend::python {
namespace {

std::string eigen_version() {
    return std::to_string(EIGEN_WORLD_VERSION) + "." + std::to_string(EIGEN_MAJOR_VERSION) + "." +
           std::to_string(EIGEN_MINOR_VERSION);
}

std::string compiler() {
#if defined(__clang__)
    return std::string("clang ") + __clang_version__;
#else
    return std::string("gcc ") + __VERSION__;
#endif
}

template <std::size_t N>
py::tuple names(const std::array<std::string_view, N>& table) {
    py::tuple list(N);
    for (std::size_t i = 0; i < N; ++i) list[i] = py::str(table[i].data(), table[i].size());
    return list;
}

/// Row and column of the first number that is not finite.
template <class T>
std::optional<std::pair<Index, Index>> first_not_finite(
    const py::array_t<T, py::array::c_style | kAligned>& X, int n_threads) {
    if (X.ndim() != 2) throw std::invalid_argument("X has shape " + shape_text(X) + "; expected (m, n)");
    const T* const x = X.data();
    const Index size = X.size();
    Index place = size;
    {
        const py::gil_scoped_release others_may_run;
        place = simd::first_not_finite(x, size, threads_or_default(n_threads));
    }
    if (place == size) return std::nullopt;
    return std::make_pair(place / X.shape(1), place % X.shape(1));
}

}  // namespace

void register_build_info(py::module_& m) {
    m.attr("version") = DESCEND_VERSION;
    m.attr("ACTIVATIONS") = names(kActivationNames);
    m.attr("LOSSES") = names(kLossNames);
    m.attr("INITIALISATIONS") = names(kInitialisationNames);
    m.def(
        "build_info",
        [] {
            py::typing::Dict<py::str, py::typing::Union<py::str, py::int_>> info;
            info["version"] = DESCEND_VERSION;
            info["level"] = DESCEND_LEVEL;
            info["compiler"] = compiler();
            info["eigen"] = eigen_version();
            info["vector_bytes"] = simd::kBytes;
            return info;
        },
        "Version, level, compiler, Eigen's version and the width of the vectors in bytes.");
    m.def("first_not_finite", &first_not_finite<float>, py::arg("X").noconvert(), py::arg("n_threads") = 0,
          "Row and column of the first NaN or infinity in X (m, n), or None.");
    m.def("first_not_finite", &first_not_finite<double>, py::arg("X").noconvert(), py::arg("n_threads") = 0);
}

}  // namespace descend::python
