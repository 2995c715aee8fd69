// Which build this is, and the names that it knows.
#include <pybind11/stl.h>
#include <pybind11/typing.h>

#include "arrays.hpp"
#include "descend/core/initialise.hpp"
#include "descend/kernels/simd.hpp"
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
std::optional<std::pair<Index, Index>> first_not_finite(const py::array_t<T, py::array::c_style>& X) {
    if (X.ndim() != 2) throw std::invalid_argument("X has shape " + shape_text(X) + "; expected (m, n)");
    const T* x = X.data();
    const Index size = X.size(), columns = X.shape(1);
    constexpr Index kBlock = 4096;
    for (Index begin = 0; begin < size; begin += kBlock) {
        const Index end = std::min(begin + kBlock, size);
        using namespace simd;
        Vec<T> sum(T(0));
        for (Index i = begin; i < end; i += kLanes<T>)
            sum += load_first(x + i, std::min(kLanes<T>, end - i)) * Vec<T>(T(0));
        if (simd::sum(sum) == T(0)) continue;
        for (Index i = begin; i < end; ++i) {
            if (!(x[i] - x[i] == T(0))) return std::make_pair(i / columns, i % columns);
        }
    }
    return std::nullopt;
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
    m.def("first_not_finite", &first_not_finite<float>, py::arg("X").noconvert(),
          "Row and column of the first NaN or infinity in X (m, n), or None.");
    m.def("first_not_finite", &first_not_finite<double>, py::arg("X").noconvert());
}

}  // namespace descend::python
