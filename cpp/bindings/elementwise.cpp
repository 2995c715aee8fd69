// Activations, losses, random numbers and the vector functions under them, for the tests and for learners.
#include "descend/kernels/elementwise.hpp"

#include <algorithm>

#include "arrays.hpp"
#include "descend/core/random.hpp"
#include "descend/kernels/packets.hpp"
#include "descend/kernels/vector_math.hpp"
#include "descend/pipeline/loss.hpp"
#include "register.hpp"

namespace descend::python {
namespace {

/// An array whose numbers lie side by side, in C or in Fortran order.
template <class T>
const T* contiguous(const char* what, const py::array_t<T>& array) {
    if (!(array.flags() & (py::array::c_style | py::array::f_style))) {
        throw std::invalid_argument(std::string(what) + " " + shape_text(array) +
                                    " is not contiguous; pass numpy.ascontiguousarray of it");
    }
    return array.data();
}

/// An array of the same shape, and the same order in memory.
template <class T>
py::array_t<T> empty_like(const py::array_t<T>& array) {
    return py::array_t<T>(std::vector<py::ssize_t>(array.shape(), array.shape() + array.ndim()),
                          std::vector<py::ssize_t>(array.strides(), array.strides() + array.ndim()));
}

template <class T>
py::array_t<T> activation_forward(const py::array_t<T>& Z, const std::string& activation, bool naive) {
    const Activation g = activation_from_name(activation);
    const T* z = contiguous("Z", Z);
    py::array_t<T> A = empty_like(Z);
    if (naive)
        visit(g, [&](auto formula) {
            std::transform(z, z + Z.size(), A.mutable_data(), [=](T x) { return formula.g(x); });
        });
    else
        activate(g, z, A.mutable_data(), Z.size());
    return A;
}

template <class T>
py::array_t<T> activation_backward(const py::array_t<T>& dA, const py::array_t<T>& Z,
                                   const std::string& activation, bool naive) {
    const Activation g = activation_from_name(activation);
    const T *z = contiguous("Z", Z), *da = contiguous("dA", dA);
    if (dA.ndim() != Z.ndim() || !std::equal(dA.shape(), dA.shape() + dA.ndim(), Z.shape()) ||
        !std::equal(dA.strides(), dA.strides() + dA.ndim(), Z.strides())) {
        throw std::invalid_argument("dA " + shape_text(dA) + " and Z " + shape_text(Z) +
                                    " must have the same shape and order in memory");
    }
    const py::array_t<T> A = activation_forward(Z, activation, naive);
    py::array_t<T> dZ = empty_like(Z);
    if (naive)
        visit(g, [&](auto formula) {
            for (Index i = 0; i < Z.size(); ++i)
                dZ.mutable_data()[i] = da[i] * formula.derivative(z[i], A.data()[i]);
        });
    else
        activate_backward(g, needs_z(g) ? z : nullptr, A.data(), da, dZ.mutable_data(), Z.size());
    return dZ;
}

template <class T>
Rows<T> softmax_of_rows(const Rows<T>& Z) {
    if (Z.ndim() != 2) throw std::invalid_argument("Z has shape " + shape_text(Z) + "; expected (m, n)");
    Rows<T> A = empty_like<T>(Z);
    softmax(Z.data(), A.mutable_data(), Z.shape(1), Z.shape(0));
    return A;
}

/// The losses of the rows of Z, and dZ where there are weights.
template <class T>
std::pair<py::array_t<double>, std::optional<Rows<T>>> close_forward_of_rows(
    const Rows<T>& Z, const py::array& targets, const std::string& output, const Loss& loss,
    const std::optional<Rows<T>>& weight) {
    const Activation g = activation_from_name(output);
    if (Z.ndim() != 2) throw std::invalid_argument("Z has shape " + shape_text(Z) + "; expected (m, n)");
    check_pair(g, Z.shape(1), loss);
    const Index m = Z.shape(0), n = Z.shape(1);
    const bool labels = targets.ndim() == 1 && targets.dtype().kind() == 'i';
    const auto label = labels ? Rows<std::int32_t>::ensure(targets) : Rows<std::int32_t>();
    const auto Y = labels ? Rows<T>() : Rows<T>::ensure(targets);
    const Index rows = labels ? label.shape(0) : rows_of("Y", targets, n);
    if (rows != m || (weight && (weight->ndim() != 1 || weight->shape(0) != m))) {
        throw std::invalid_argument("Z has " + std::to_string(m) +
                                    " rows, and the targets or weights another number");
    }
    py::array_t<double> example_loss(m);
    std::optional<Rows<T>> dZ;
    if (weight) dZ = empty_like<T>(Z);
    Buffer<T> scratch(2 * n * m);
    close_forward(g, loss, n, m, Z.data(), labels ? nullptr : Y.data(), labels ? label.data() : nullptr,
                  weight ? weight->data() : nullptr, example_loss.mutable_data(),
                  dZ ? dZ->mutable_data() : nullptr, scratch.data());
    return {example_loss, dZ};
}

/// f of each 64-bit number of the initialisation's stream.
template <class FromBits>
py::array_t<double> numbers(std::uint64_t seed, std::uint64_t layer, Index count, FromBits f) {
    py::array_t<double> x(count);
    for (Index first = 0; first < count; first += kGroup) {
        const auto group =
            draw({seed, Purpose::initialise, 0, layer}, static_cast<std::uint64_t>(first / kGroup));
        std::transform(group.begin(), group.begin() + std::min(kGroup, count - first),
                       x.mutable_data() + first, f);
    }
    return x;
}

template <class T>
void register_for(py::module_& m) {
    m.def("activation_forward", &activation_forward<T>, py::arg("Z").noconvert(), py::arg("activation"),
          py::arg("naive") = false,
          "A = g(Z), element-wise, in Z's shape and order; naive: a number at a time.");
    m.def("activation_backward", &activation_backward<T>, py::arg("dA").noconvert(), py::arg("Z").noconvert(),
          py::arg("activation"), py::arg("naive") = false, "dZ = dA * g'(Z).");
    m.def("softmax", &softmax_of_rows<T>, py::arg("Z").noconvert(), "Softmax of each row of Z (m, n).");
    m.def("close_forward", &close_forward_of_rows<T>, py::arg("Z").noconvert(), py::arg("targets"),
          py::arg("output"), py::arg("loss"), py::arg("weight").noconvert() = py::none(),
          "The loss of each row of the logits Z (m, n) against Y (m, n) or class numbers (m,); and, given "
          "weight (m,), "
          "dZ[i] = weight[i] * dL_i/dZ[i].");

    const auto function = [&](const char* name, auto f) {
        m.def(
            name,
            [f](const py::array_t<T>& X) {
                const T* x = contiguous("X", X);
                py::array_t<T> y = empty_like(X);
                for (Index i = 0; i < X.size(); i += simd::kLanes<T>)
                    simd::store_up_to(y.mutable_data() + i, f(simd::load_up_to(x + i, X.size() - i)),
                                      X.size() - i);
                return y;
            },
            py::arg("X").noconvert());
    };
    function("vector_exp", [](simd::Vec<T> x) { return simd::exp(x); });
    function("vector_expm1", [](simd::Vec<T> x) { return simd::expm1(x); });
    function("vector_sigmoid", [](simd::Vec<T> x) { return simd::sigmoid(x); });
    function("vector_log", [](simd::Vec<T> x) { return simd::log(x); });
    function("vector_log1p", [](simd::Vec<T> x) { return simd::log1p(x); });
    function("vector_tanh", [](simd::Vec<T> x) { return simd::tanh(x); });
    function("vector_erf", [](simd::Vec<T> x) { return simd::erf(x); });
}

template <class T>
py::array_t<T> mask(std::uint64_t seed, std::uint64_t step, std::uint64_t layer, double keep, Index first,
                    Index count) {
    py::array_t<T> D(count);
    dropout_mask(seed, step, layer, keep, first, count, D.mutable_data());
    return D;
}

}  // namespace

void register_elementwise(py::module_& m) {
    register_for<float>(m);
    register_for<double>(m);
    m.def("philox", &philox, py::arg("counter"), py::arg("key"), "Philox4x32-10 of one counter.");
    m.def(
        "uniform",
        [](std::uint64_t seed, std::uint64_t layer, Index count) {
            return numbers(seed, layer, count, uniform);
        },
        py::arg("seed"), py::arg("layer"), py::arg("count"),
        "Numbers in [0, 1), as initialisation draws them.");
    m.def(
        "standard_normal",
        [](std::uint64_t seed, std::uint64_t layer, Index count) {
            return numbers(seed, layer, count, standard_normal);
        },
        py::arg("seed"), py::arg("layer"), py::arg("count"), "Normal numbers, as initialisation draws them.");
    m.def(
        "permutation",
        [](std::uint64_t seed, std::uint64_t epoch, Index n) {
            py::array_t<Index> order(n);
            permutation(seed, epoch, order.mutable_data(), n);
            return order;
        },
        py::arg("seed"), py::arg("epoch"), py::arg("n"),
        "The order of n examples in an epoch that is shuffled.");
    m.def("dropout_mask32", &mask<float>, py::arg("seed"), py::arg("step"), py::arg("layer"), py::arg("keep"),
          py::arg("first"), py::arg("count"),
          "Inverted dropout's mask: 1 / keep with probability keep, else 0.");
    m.def("dropout_mask64", &mask<double>, py::arg("seed"), py::arg("step"), py::arg("layer"),
          py::arg("keep"), py::arg("first"), py::arg("count"));
}

}  // namespace descend::python
