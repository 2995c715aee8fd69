#include "descend/kernels/elementwise.hpp"

#include "descend/kernels/packets.hpp"
#include "descend/kernels/softmax.hpp"
#include "descend/kernels/vector_math.hpp"

namespace descend {

using namespace simd;

template <class T>
void activate(Activation g, const T* Z, T* A, Index size) {
    visit(g, [=](auto formula) {
        for (Index i = 0; i < size; i += kLanes<T>)
            store_up_to(A + i, formula.g(load_up_to(Z + i, size - i)), size - i);
    });
}

template <class T>
void activate_backward(Activation g, const T* Z, const T* A, const T* dA, T* dZ, Index size) {
    visit(g, [=](auto formula) {
        for (Index i = 0; i < size; i += kLanes<T>) {
            const Vec<T> a = load_up_to(A + i, size - i);
            const Vec<T> z = formula.needs_z ? load_up_to(Z + i, size - i) : a;
            store_up_to(dZ + i, load_up_to(dA + i, size - i) * formula.derivative(z, a), size - i);
        }
    });
}

template <class T>
void softmax(const T* Z, T* A, Index n, Index m) {
    for (Index i = 0; i < m; ++i, Z += n, A += n) {
        const Vec<T> inverse = Vec<T>(1) / exp_shifted(Z, largest(Z, n), n, A);
        for (Index j = 0; j < n; j += kLanes<T>)
            store_up_to(A + j, load_up_to(A + j, n - j) * inverse, n - j);
    }
}

template <class T>
void scale(const T* D, T* A, Index size) {
    for (Index i = 0; i < size; i += kLanes<T>)
        store_up_to(A + i, load_up_to(A + i, size - i) * load_up_to(D + i, size - i), size - i);
}

template void scale(const float*, float*, Index);
template void scale(const double*, double*, Index);
template void activate(Activation, const float*, float*, Index);
template void activate(Activation, const double*, double*, Index);
template void activate_backward(Activation, const float*, const float*, const float*, float*, Index);
template void activate_backward(Activation, const double*, const double*, const double*, double*, Index);
template void softmax(const float*, float*, Index, Index);
template void softmax(const double*, double*, Index, Index);

}  // namespace descend
