// The steps of one layer by themselves, in the course's shapes: what the pipeline does, one step at a time.
#include <algorithm>
#include <limits>
#include <numeric>

#include "arrays.hpp"
#include "bound_network.hpp"
#include "descend/kernels/denormals.hpp"
#include "descend/kernels/narrow.hpp"
#include "descend/kernels/normalise.hpp"
#include "descend/kernels/product.hpp"
#include "descend/pipeline/backward.hpp"
#include "descend/pipeline/loss.hpp"
#include "descend/pipeline/update.hpp"
#include "gil.hpp"
#include "held_examples.hpp"
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

/// A copy that a kernel may read a vector past.
template <class T>
Buffer<T> with_slack(const ConstMatrixMap<T>& matrix) {
    Buffer<T> room(matrix.size());
    std::copy_n(matrix.data(), matrix.size(), room.data());
    return room;
}

/// W (n, n_prev) in the layout whose sums are those of the network's own products, bit for bit.
template <class T>
std::pair<Buffer<T>, LeftFactor<T>> as_in_network(const ConstMatrixMap<T>& W) {
    const Index n = W.rows(), n_prev = W.cols();
    const bool narrow = is_narrow<T>(n, n_prev);
    Buffer<T> room(narrow ? narrow_size<T>(n, n_prev) : packed_size<T>(n, n_prev));
    if (narrow)
        pack_narrow(W.data(), n, n_prev, n, 0, n_prev, room.data());
    else
        pack(W.data(), n, n_prev, 0, n_prev, room.data());
    const LeftFactor<T> factor{room.data(), n, n_prev, narrow ? Layout::narrow : Layout::panels};
    return {std::move(room), factor};
}

/// C (rows, B's columns) = left B + bias, as many columns together as the caches take; bias may be null.
template <class T>
void multiply_by_blocks(const LeftFactor<T>& left, const ConstMatrixMap<T>& B, const T* bias, T* C) {
    constexpr Index kColumns = 240;
    const auto columns = columns_of(B);
    for (Index first = 0; first < B.cols(); first += kColumns) {
        multiply(left, columns.data() + first, std::min(kColumns, B.cols() - first), bias, Epilogue::none,
                 C + first * left.rows, left.rows);
    }
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
    multiply_by_blocks(factor, A_prev, b.data(), z);
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
        Buffer<T> W_transposed(packed_size<T>(n_prev, n));
        const Buffer<T> padded_dZ = with_slack(dZ);
        pack_transposed(W.data(), n, n_prev, 0, n_prev, W_transposed.data());

        multiply_by_blocks(LeftFactor<T>{W_transposed.data(), n_prev, n, Layout::panels}, dZ,
                           static_cast<const T*>(nullptr), da_prev);
        multiply_transposed(LeftFactor<T>{padded_dZ.data(), n, m, Layout::columns}, m,
                            columns_of(A_prev).data(), n_prev, 0, n_prev, false, Layout::columns, dW.data());
        bias_gradient(padded_dZ.data(), n, m, false, db.data());
        dW /= static_cast<T>(m);
        db /= static_cast<T>(m);
    }
    return {dA_prev, dW_, db_};
}

/// dL/dA of the losses that the network takes from Z: for the eye, because it is not a number where A rounds
/// to where the logarithm or its derivative ends.
///
///     binary_cross_entropy   dA = -(Y / A) + (1 - Y) / (1 - A)
///     cross_entropy          dA = -(Y / A)
///     poisson                dA = 1 - Y / A
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
    const bool binary = loss.kind == LossKind::binary_cross_entropy;
    const bool poisson = loss.kind == LossKind::poisson;
    if (binary || poisson || loss.kind == LossKind::cross_entropy) {
        const double labels = binary ? 2.0 : static_cast<double>(n), smoothing = loss.parameter;
        const T kept = static_cast<T>(1.0 - smoothing), spread = static_cast<T>(smoothing / labels);
        const T share = static_cast<T>(poisson ? 1.0 / static_cast<double>(n) : 1.0);
        dA = A.binaryExpr(Y, [=, kind = loss.kind](T a, T y) {
            return share * derivative_of_logarithms(kind, a, kept * y + spread);
        });
    } else {
        Buffer<T> one(m), scratch(2 * n * m);
        Buffer<double> example_loss(m);
        std::fill_n(one.data(), m, T(1));
        close_forward(Activation::linear, loss, n, m, A.data(), Y.data(), nullptr, one.data(),
                      example_loss.data(), dA.data(), scratch.data());
    }
    return dA_;
}

/// w_i over the sum of w, times `total`.
template <class T>
Buffer<T> shares(Index m, const std::optional<Rows<double>>& weight, double total) {
    const double sum = weight ? std::accumulate(weight->data(), weight->data() + m, 0.0) : double(m);
    Buffer<T> share(m);
    for (Index i = 0; i < m; ++i)
        share[i] = static_cast<T>((weight ? weight->data()[i] : 1.0) * (total / sum));
    return share;
}

// A[l] = g[l](Z[l])
template <class T>
Columns<T> layer_forward(const BoundNetwork<T>& network, Index l, const Columns<T>& Z_) {
    const auto Z = matrix("Z", Z_);
    check_shape("Z", Z, network.n(l), Z.cols());
    Columns<T> A({Z.rows(), Z.cols()});
    activate(network.layer(l), Z.cols(), Z.data(), A.mutable_data());
    return A;
}

// dZ[l] = dA[l] * g'[l](Z[l])
template <class T>
Columns<T> layer_backward(const BoundNetwork<T>& network, Index l, const Columns<T>& dA_,
                          const Columns<T>& Z_, const Columns<T>& A_) {
    const auto dA = matrix("dA", dA_), Z = matrix("Z", Z_), A = matrix("A", A_);
    const Index n = network.n(l), m = Z.cols();
    check_shape("Z", Z, n, m);
    check_shape("dA", dA, n, m);
    check_shape("A", A, n, m);
    Columns<T> dZ({n, m});
    activate_backward(network.layer(l), m, Z.data(), A.data(), dA.data(), dZ.mutable_data());
    return dZ;
}

// Z_norm = (Z - mean) r, Z_tilde = gamma Z_norm + beta; and the batch's moments
template <class T>
std::tuple<Columns<T>, Columns<T>, Columns<T>> normalise_layer(const BoundNetwork<T>& network, Index l,
                                                               const Columns<T>& Z_,
                                                               const std::optional<Rows<double>>& weight) {
    const auto Z = matrix("Z", Z_);
    const Layer& layer = network.layer(l);
    const Index n = layer.n, m = Z.cols();
    check_shape("Z", Z, n, m);
    Columns<T> Z_norm({n, m}), Z_tilde({n, m}), moments({n, Index(3)});
    const T* parameters = network.parameters().data();
    batch_moments(with_slack(Z).data(), n, m, shares<T>(m, weight, 1.0).data(), 0, n, moments.mutable_data());
    std::copy_n(Z.data(), n * m, Z_norm.mutable_data());
    normalise(moments.data(), parameters + layer.gamma, parameters + layer.beta, n, m, Z_norm.mutable_data(),
              Z_tilde.mutable_data());
    return {Z_norm, Z_tilde, moments};
}

// dZ; dgamma = 1/m sum of the columns of dZ_tilde * Z_norm, dbeta = 1/m sum of those of dZ_tilde
template <class T>
std::tuple<Columns<T>, Columns<T>, Columns<T>> normalise_layer_backward(
    const BoundNetwork<T>& network, Index l, const Columns<T>& dZ_tilde_, const Columns<T>& Z_norm_,
    const Columns<T>& moments, const std::optional<Rows<double>>& weight) {
    const auto dZ_tilde = matrix("dZ_tilde", dZ_tilde_), Z_norm = matrix("Z_norm", Z_norm_);
    const Layer& layer = network.layer(l);
    const Index n = layer.n, m = Z_norm.cols();
    check_shape("dZ_tilde", dZ_tilde, n, m);
    check_shape("moments", matrix("moments", moments), n, 3);
    Buffer<T> sums(2 * n);
    normalisation_gradient(with_slack(dZ_tilde).data(), with_slack(Z_norm).data(), n, m, 0, n, sums.data());
    Columns<T> dZ({n, m}), dgamma({n, Index(1)}), dbeta({n, Index(1)});
    std::copy_n(dZ_tilde.data(), n * m, dZ.mutable_data());
    normalise_backward(moments.data(), network.parameters().data() + layer.gamma, sums.data(),
                       shares<T>(m, weight, 1.0).data(), Z_norm.data(), n, m, dZ.mutable_data());
    for (Index k = 0; k < n; ++k) {
        dgamma.mutable_data()[k] = sums[k] / static_cast<T>(m);
        dbeta.mutable_data()[k] = sums[n + k] / static_cast<T>(m);
    }
    return {dZ, dgamma, dbeta};
}

// L_i, and dZ[L](:, i) = dL_i/dZ times w_i over the mean of w
template <class T>
std::pair<py::array_t<double>, Columns<T>> close_network(const BoundNetwork<T>& network, const Columns<T>& Z_,
                                                         Rows<T> X, const py::array& targets,
                                                         const Loss& loss,
                                                         std::optional<Rows<double>> weight) {
    const auto Z = matrix("Z", Z_);
    const Layer& output = network.layer(network.L());
    check_pair(output.activation, output.n, loss);
    const HeldExamples<T> held(network, std::move(X), targets, std::move(weight));
    const Examples<T> examples = held.examples();
    const Index m = examples.m;
    check_shape("Z", Z, output.n, m);
    const Buffer<T> relative = shares<T>(m, held.weight, static_cast<double>(m));
    Buffer<T> scratch(2 * output.n * m);
    py::array_t<double> example_loss(m);
    Columns<T> dZ({output.n, m});
    close_forward(output, loss, m, Z.data(), examples.Y, examples.label, relative.data(),
                  example_loss.mutable_data(), dZ.mutable_data(), scratch.data());
    return {example_loss, dZ};
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
    m.def("layer_forward", &layer_forward<T>, py::arg("network"), py::arg("l"), py::arg("Z").noconvert(),
          "A[l] (n[l], m), for Z[l] (n[l], m).");
    m.def("layer_backward", &layer_backward<T>, py::arg("network"), py::arg("l"), py::arg("dA").noconvert(),
          py::arg("Z").noconvert(), py::arg("A").noconvert(),
          "dZ[l] (n[l], m), for a g that is not softmax.");
    m.def("normalise_layer", &normalise_layer<T>, py::arg("network"), py::arg("l"), py::arg("Z").noconvert(),
          py::arg("weight"), "Z_norm and Z_tilde (n[l], m), and the batch's moments (n[l], 3).");
    m.def("normalise_layer_backward", &normalise_layer_backward<T>, py::arg("network"), py::arg("l"),
          py::arg("dZ_tilde").noconvert(), py::arg("Z_norm").noconvert(), py::arg("moments").noconvert(),
          py::arg("weight"), "dZ (n[l], m), dgamma and dbeta (n[l], 1).");
    m.def("close_network", &close_network<T>, py::arg("network"), py::arg("Z").noconvert(), py::arg("X"),
          py::arg("targets"), py::arg("loss"), py::arg("weight") = py::none(),
          "L_i (m,), and dZ[L] (n[L], m), of which column i is dL_i/dZ times w_i over the mean of w.");
    m.def("gradient_descent", &gradient_descent<T>, py::arg("W").noconvert(), py::arg("dW").noconvert(),
          py::arg("learning_rate"), "W - learning_rate dW.");
}

}  // namespace

void register_blocks(py::module_& m) {
    register_blocks_of<float>(m);
    register_blocks_of<double>(m);
}

}  // namespace descend::python
