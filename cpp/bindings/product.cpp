// The kernels' matrix products and their naive twins, for the tests: in the course's shapes, a column per
// example.
#include "descend/kernels/product.hpp"
#include "arrays.hpp"
#include "descend/kernels/narrow.hpp"
#include "descend/kernels/portable.hpp"
#include "register.hpp"

namespace descend::python {
namespace {

/// A left factor in one of its layouts, with readable slack behind it, as the kernels want it.
template <class T>
std::pair<Buffer<T>, LeftFactor<T>> left_factor(const ConstMatrixMap<T>& W, const std::string& layout) {
    const Index rows = W.rows(), inner = W.cols();
    Buffer<T> room(packed_size<T>(rows, inner));
    Layout as = Layout::columns;
    if (layout == "panels") {
        as = Layout::panels;
        pack(W.data(), rows, inner, 0, inner, room.data());
    } else if (layout == "transposed") {
        as = Layout::panels;
        const Matrix<T> W_transposed = W.transpose();
        pack_transposed(W_transposed.data(), inner, rows, 0, rows, room.data());
    } else if (layout == "narrow") {
        if (rows > kMostNarrowUnits)
            throw std::invalid_argument("a narrow factor has " + std::to_string(kMostNarrowUnits) +
                                        " rows at most");
        as = Layout::narrow;
        room.resize(narrow_size<T>(rows, inner));
        pack_narrow(W.data(), rows, inner, rows, 0, inner, room.data());
    } else if (layout == "columns") {
        std::copy(W.data(), W.data() + W.size(), room.data());
    } else {
        throw std::invalid_argument("unknown layout '" + layout + "'");
    }
    const LeftFactor<T> factor{room.data(), rows, inner, as};
    return {std::move(room), factor};
}

template <class T>
void check_inner(Index left, Index right) {
    if (left != right)
        throw std::invalid_argument("the inner dimensions are " + std::to_string(left) + " and " +
                                    std::to_string(right));
}

template <class T>
Columns<T> product(const Columns<T>& W_, const Columns<T>& B_, const Columns<T>& bias_, bool relu,
                   const std::string& how) {
    const auto W = matrix("W", W_), B = matrix("B", B_), bias = matrix("bias", bias_);
    check_inner<T>(W.cols(), B.rows());
    check_inner<T>(W.rows(), bias.rows());
    Columns<T> C_({W.rows(), B.cols()});
    MatrixMap<T> C(C_.mutable_data(), W.rows(), B.cols());
    if (how == "portable") {
        C = portable::multiply<T>(W, B, bias, relu);
        return C_;
    }
    const auto [room, factor] = left_factor(W, how);
    multiply(factor, columns_of(B).data(), B.cols(), bias.data(), relu ? Epilogue::relu : Epilogue::none,
             C.data(), W.rows());
    return C_;
}

template <class T>
Columns<T> product_transposed(const Columns<T>& dZ_, const Columns<T>& E_, const std::string& how,
                              Index split) {
    const auto dZ = matrix("dZ", dZ_), E = matrix("E", E_);
    check_inner<T>(dZ.cols(), E.cols());
    const Index rows = dZ.rows(), inputs = E.rows(), m = E.cols();
    if (split < 0 || split > m) throw std::invalid_argument("split is a number of examples");
    Columns<T> C_({rows, inputs});
    MatrixMap<T> C(C_.mutable_data(), rows, inputs);
    if (how == "portable") {
        C = portable::multiply_transposed<T>(dZ, E);
        return C_;
    }
    const bool to_narrow = how == "narrow";
    if (to_narrow && (!is_narrow<T>(rows, inputs) || inputs % simd::kLanes<T> != 0))
        throw std::invalid_argument("a narrow result has few rows, and columns that fill whole vectors");
    Buffer<T> narrow(to_narrow ? narrow_size<T>(rows, inputs) : 0);
    const auto example = columns_of(E);
    const auto run = [&](Index first, Index last) {
        const ConstMatrixMap<T> part(dZ.data() + first * rows, rows, last - first);
        const auto [room, factor] = left_factor(part, to_narrow ? "columns" : how);
        multiply_transposed(factor, last - first, example.data() + first, inputs, 0, inputs, first > 0,
                            to_narrow ? Layout::narrow : Layout::columns,
                            to_narrow ? narrow.data() : C.data());
    };
    if (split > 0) run(0, split);
    if (split < m) run(split, m);
    if (to_narrow) unpack_narrow(narrow.data(), rows, inputs, C.data(), rows);
    return C_;
}

template <class T>
void register_products_of(py::module_& m) {
    m.def("product", &product<T>, py::arg("W").noconvert(), py::arg("B").noconvert(),
          py::arg("bias").noconvert(), py::arg("relu"), py::arg("how"),
          "W B + bias; how W lies: 'columns', 'panels', 'transposed' (panels, made of W^T) or 'narrow'; "
          "'portable' is the naive twin.");
    m.def(
        "product_transposed", &product_transposed<T>, py::arg("dZ").noconvert(), py::arg("E").noconvert(),
        py::arg("how"), py::arg("split") = 0,
        "dZ E^T, dZ lying by 'columns' or 'panels', or the result as 'narrow' layers do; the examples after "
        "the first `split` are added to what these made. 'portable' is the naive twin.");
}

}  // namespace

void register_product(py::module_& m) {
    register_products_of<float>(m);
    register_products_of<double>(m);
}

}  // namespace descend::python
