#include "descend/graph/loops.hpp"

#include <algorithm>

namespace descend::graph {
namespace {

constexpr std::size_t kMostInputs = 4;

template <class T>
void store(Into into, const T* from, Index n, Index stride, T* to) {
    if (into == Into::largest) {
        for (Index i = 0; i < n; ++i) to[i * stride] = std::max(to[i * stride], from[i]);
    } else if (into == Into::assign) {
        for (Index i = 0; i < n; ++i) to[i * stride] = from[i];
    } else if (stride == 1) {
        for (Index i = 0; i < n; ++i) to[i] += from[i];
    } else {
        for (Index i = 0; i < n; ++i) to[i * stride] += from[i];
    }
}

/// n numbers from p on, `stride` apart: where they are, or side by side in `gathered`.
template <class T>
const T* side_by_side(const T* p, Index stride, Index n, T* gathered) {
    if (stride == 1) return p;
    if (stride == 0) {
        std::fill_n(gathered, n, *p);
    } else {
        for (Index i = 0; i < n; ++i) gathered[i] = p[i * stride];
    }
    return gathered;
}

template <class T>
void run(const Loop<T>& loop, const T* own, const T* room, T* out) {
    alignas(kAlignment) T gathered[kMostInputs][kRun];
    alignas(kAlignment) T result[kRun];
    const T* x[kMostInputs];
    const auto& extent = loop.extent;
    Index i, j, k, l;
    const auto place = [&](const Walk& walk) {
        return walk.offset + i * walk.stride[0] + j * walk.stride[1] + k * walk.stride[2] +
               l * walk.stride[3];
    };
    const Index stride = loop.out.stride[3];
    const bool direct = loop.into == Into::assign && stride == 1;
    for (i = 0; i < extent[0]; ++i) {
        for (j = 0; j < extent[1]; ++j) {
            for (k = 0; k < extent[2]; ++k) {
                for (l = 0; l < extent[3]; l += kRun) {
                    const Index n = std::min(kRun, extent[3] - l);
                    for (std::size_t o = 0; o < loop.in.size(); ++o) {
                        const Walk& walk = loop.in[o];
                        x[o] = side_by_side((walk.own ? own : room) + place(walk), walk.stride[3], n,
                                            gathered[o]);
                    }
                    T* const to = out + place(loop.out);
                    loop.kernel(x, n, direct ? to : result);
                    if (!direct) store(loop.into, result, n, stride, to);
                }
            }
        }
    }
}

template <class T>
void run(const Product& product, const T* own, const T* room, T* out) {
    const auto [rows, inner, columns, lanes] = product.extent;
    // Row by row in memory: to Eigen, the transposed matrix.
    const auto transpose_of = [&](const Walk& walk, Index m, Index n) {
        return ConstMatrixMap<T>((walk.own ? own : room) + walk.offset, n, m);
    };
    auto y = MatrixMap<T>(out + product.out.offset, columns, rows);
    if (product.a_transposed) {
        y.noalias() +=
            transpose_of(product.b, inner, columns) * transpose_of(product.a, inner, rows).transpose();
    } else if (product.b_transposed) {
        y.noalias() +=
            transpose_of(product.b, columns, inner).transpose() * transpose_of(product.a, rows, inner);
    } else {
        y.noalias() += transpose_of(product.b, inner, columns) * transpose_of(product.a, rows, inner);
    }
}

template <class T>
void run(const Fill<T>& fill, const T*, const T*, T* out) {
    std::fill_n(out + fill.out.offset, fill.size, fill.value);
}

}  // namespace

template <class T>
void Loop<T>::simplify() {
    std::vector<Walk*> walks{&out};
    for (Walk& walk : in) walks.push_back(&walk);
    std::size_t at = 4;  // the outermost of the loops that stay, which are moved to the end
    for (std::size_t d = 4; d-- > 0;) {
        if (extent[d] == 1) continue;
        const auto goes_on = [&](const Walk* walk) {
            return walk->stride[d] == walk->stride[at] * extent[at];
        };
        if (at < 4 && std::all_of(walks.begin(), walks.end(), goes_on)) {
            extent[at] *= extent[d];
            continue;
        }
        --at;
        extent[at] = extent[d];
        for (Walk* walk : walks) walk->stride[at] = walk->stride[d];
    }
    std::fill_n(extent.begin(), at, 1);
}

template <class T>
void run(const Instruction<T>& instruction, const T* own, const T* room, T* out) {
    std::visit([&](const auto& one) { run(one, own, room, out); }, instruction);
}

template struct Loop<float>;
template struct Loop<double>;
template void run(const Instruction<float>&, const float*, const float*, float*);
template void run(const Instruction<double>&, const double*, const double*, double*);

}  // namespace descend::graph
