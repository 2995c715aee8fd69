// SparseRows32, SparseRows64: a sparse X.
#include "sparse_rows.hpp"

#include "register.hpp"

namespace descend::python {
namespace {

template <class T>
void register_sparse_rows_of(py::module_& m, const char* name) {
    using S = SparseRows<T>;
    py::class_<S, std::shared_ptr<S>>(m, name, "X (m, n[0]) of which only what is not 0 is kept.")
        .def(py::init<Rows<T>, Rows<std::int32_t>, Rows<std::int64_t>, Index>(), py::arg("values"),
             py::arg("columns"), py::arg("begins"), py::arg("n_columns"),
             "SciPy's data, indices and indptr of a CSR matrix with sorted indices, and its number of "
             "columns.")
        .def_property_readonly("shape", [](const S& X) { return py::make_tuple(X.m(), X.n_columns()); });
}

}  // namespace

void register_sparse_rows(py::module_& m) {
    register_sparse_rows_of<float>(m, "SparseRows32");
    register_sparse_rows_of<double>(m, "SparseRows64");
}

}  // namespace descend::python
