// The steps of one layer by themselves, in the course's shapes: what the pipeline does, one step at a time.
#include <limits>

#include "arrays.hpp"
#include "descend/kernels/denormals.hpp"
#include "descend/kernels/product.hpp"
#include "descend/pipeline/backward.hpp"
#include "descend/pipeline/loss.hpp"
#include "descend/pipeline/update.hpp"
#include "gil.hpp"
#include "register.hpp"

namespace descend::python {
namespace {

template <class T>
void check_shape(const char* what, const ConstMatrixMap<T>& array, Index rows, Index columns) {
    if (array.rows() != rows || array.cols() != columns) {
        throw std::invalid_argument(std::string(what) + " is (" + std::to_string(array.rows()) + ", " +
                                    std::to_string(array.cols()) + "); expected (" + std::to_string(rows) +
                                    ", " + std::to_string(columns) + ")");
    }
}

/// W (n, n_prev) in the layout whose sums are those of the network's own products, bit for bit.
template <class T>
std::pair<Buffer<T>, LeftFactor<T>> as_in_network(const ConstMatrixMap<T>& W) {
    const Index n = W.rows(), n_prev = W.cols();
    const bool narrow = is_narrow<T>(n, n_prev);
    Buffer<T> room(narrow ? n * n_prev : packed_size<T>(n, n_prev));
    (narrow ? pack_rows<T> : pack<T>)(W.data(), n, n_prev, 0, n_prev, room.data());
    const LeftFactor<T> factor{room.data(), n, n_prev, narrow ? Layout::rows : Layout::panels};
    return {std::move(room), factor};
}

// Z = W A_prev + b
template <class T>
Columns<T> linear_forward(const Columns<T>& A_prev_, const Columns<T>& W_, const Columns<T>& b_) {
    const auto A_prev = matrix("A_prev", A_prev_), W = matrix("W", W_), b = matrix("b", b_);
    const Index n = W.rows(), m = A_prev.cols();
    check_shape("W", W, n, A_prev.rows());
    check_shape("b", b, n, 1);
    Columns<T> Z({n, m});
    T* const z = Z.mutable_data();
    const WithoutGil without_gil;
    const FlushDenormals flush;
    const auto [room, factor] = as_in_network(W);
    multiply(factor, columns_of(A_prev).data(), m, b.data(), Epilogue::none, z);
    return Z;
}

// dA_prev = W^T dZ        dW = 1/m dZ A_prev^T        db = 1/m sum of dZ's columns
template <class T>
std::tuple<Columns<T>, Columns<T>, Columns<T>> linear_backward(const Columns<T>& dZ_,
                                                               const Columns<T>& A_prev_,
                                                               const Columns<T>& W_) {
    const auto dZ = matrix("dZ", dZ_), A_prev = matrix("A_prev", A_prev_), W = matrix("W", W_);
    const Index n = W.rows(), n_prev = W.cols(), m = dZ.cols();
    check_shape("dZ", dZ, n, m);
    check_shape("A_prev", A_prev, n_prev, m);
    Columns<T> dA_prev({n_prev, m}), dW_({n, n_prev}), db_({n, Index(1)});
    MatrixMap<T> dW(dW_.mutable_data(), n, n_prev), db(db_.mutable_data(), n, 1);
    T* const da_prev = dA_prev.mutable_data();
    {
        const WithoutGil without_gil;
        const FlushDenormals flush;
        Buffer<T> W_transposed(packed_size<T>(n_prev, n)), padded_dZ(n * m);
        pack_transposed(W.data(), n, n_prev, 0, n_prev, W_transposed.data());
        std::copy_n(dZ.data(), n * m, padded_dZ.data());

        multiply(LeftFactor<T>{W_transposed.data(), n_prev, n, Layout::panels}, columns_of(dZ).data(), m,
                 static_cast<const T*>(nullptr), Epilogue::none, da_prev);
        multiply_transposed(LeftFactor<T>{padded_dZ.data(), n, m, Layout::columns}, m,
                            columns_of(A_prev).data(), n_prev, 0, n_prev, false, dW.data());
        bias_gradient(padded_dZ.data(), n, m, false, db.data());
        dW /= static_cast<T>(m);
        db /= static_cast<T>(m);
    }
    return {dA_prev, dW_, db_};
}

/// dL/dA of the losses that the network takes from Z: for the eye, because it is not a number where A rounds
/// to where the logarithm or its derivative ends.
template <class T>
T derivative_of_logarithms(LossKind loss, T a, T y) {
    const bool binary = loss == LossKind::binary_cross_entropy;
    if (a == T(0) || (binary && a == T(1))) return std::numeric_limits<T>::quiet_NaN();
    if (binary) return -(y / a) + (T(1) - y) / (T(1) - a);
    return loss == LossKind::cross_entropy ? -(y / a) : T(1) - y / a;
}

// dA = dL/dA, each example's own
template <class T>
Columns<T> loss_derivative(const Columns<T>& A_, const Columns<T>& Y_, const Loss& loss) {
    const auto A = matrix("A", A_), Y = matrix("Y", Y_);
    const Index n = A.rows(), m = A.cols();
    check_shape("Y", Y, n, m);
    Columns<T> dA_({n, m});
    MatrixMap<T> dA(dA_.mutable_data(), n, m);
    switch (loss.kind) {
        case LossKind::binary_cross_entropy:
        case LossKind::cross_entropy:
            dA = A.binaryExpr(Y, [&](T a, T y) { return derivative_of_logarithms(loss.kind, a, y); });
            break;
        case LossKind::poisson:
            dA = A.binaryExpr(Y, [&](T a, T y) { return derivative_of_logarithms(loss.kind, a, y); }) /
                 static_cast<T>(n);
            break;
        default:
            Buffer<T> one(m), scratch(2 * n * m);
            Buffer<double> example_loss(m);
            std::fill_n(one.data(), m, T(1));
            close_forward(Activation::linear, loss, n, m, A.data(), Y.data(), nullptr, one.data(),
                          example_loss.data(), dA.data(), scratch.data());
    }
    return dA_;
}

// W = W - alpha dW
template <class T>
Columns<T> gradient_descent(const Columns<T>& W_, const Columns<T>& dW_, double learning_rate) {
    const auto W = matrix("W", W_), dW = matrix("dW", dW_);
    check_shape("dW", dW, W.rows(), W.cols());
    Columns<T> updated({W.rows(), W.cols()});
    std::copy_n(W.data(), W.size(), updated.mutable_data());
    Optimizer<T> optimizer(OptimizerKind::gradient_descent, {}, W.size());
    update(optimizer, StepConstants<T>(optimizer.hyper, learning_rate, 1), dW.data(), T(1), Penalty{},
           /*decayed=*/false, 0, W.size(), updated.mutable_data());
    return updated;
}

template <class T>
void register_blocks_of(py::module_& m) {
    m.def("linear_forward", &linear_forward<T>, py::arg("A_prev").noconvert(), py::arg("W").noconvert(),
          py::arg("b").noconvert(), "Z (n, m) = W (n, n_prev) A_prev (n_prev, m) + b (n, 1).");
    m.def("linear_backward", &linear_backward<T>, py::arg("dZ").noconvert(), py::arg("A_prev").noconvert(),
          py::arg("W").noconvert(), "dA_prev (n_prev, m), dW (n, n_prev) and db (n, 1).");
    m.def("loss_derivative", &loss_derivative<T>, py::arg("A").noconvert(), py::arg("Y").noconvert(),
          py::arg("loss"),
          "dL/dA (n, m), a column for each example's own loss; NaN where A rounds to where it ends.");
    m.def("gradient_descent", &gradient_descent<T>, py::arg("W").noconvert(), py::arg("dW").noconvert(),
          py::arg("learning_rate"), "W - learning_rate dW.");
}

}  // namespace

void register_blocks(py::module_& m) {
    register_blocks_of<float>(m);
    register_blocks_of<double>(m);
}

}  // namespace descend::python
