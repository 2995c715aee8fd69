// What a program is a list of: loops over strided numbers, matrix products, and fills.
#pragma once

#include <array>
#include <variant>
#include <vector>

#include "descend/graph/kernels.hpp"

namespace descend::graph {

/// The loops of an instruction, from the outermost in; a product sums over the second.
enum Dimension : std::size_t { kRows, kInner, kColumns, kLanes };
using Extent = std::array<Index, 4>;

/// Where an operand's numbers lie, in a run's room or among the program's own, and how far apart.
struct Walk {
    bool own;
    Index offset;
    std::array<Index, 4> stride;
};

/// What happens to the number that is there.
enum class Into { assign, add, largest };

/// out = kernel(in[0], in[1], ...), at most four of them.
template <class T>
struct Loop {
    Kernel<T> kernel;
    Into into;
    Extent extent;
    std::vector<Walk> in;
    Walk out;

    /// As few loops as there can be, the innermost as long as it can be.
    void simplify();
};

/// out (rows, columns) += a (rows, inner) b (inner, columns), all row by row in memory; where a or b is
/// transposed, what lies there is its transpose.
struct Product {
    Extent extent;
    Walk a;
    bool a_transposed;
    Walk b;
    bool b_transposed;
    Walk out;
};

template <class T>
struct Fill {
    Walk out;
    Index size;
    T value;
};

template <class T>
using Instruction = std::variant<Loop<T>, Product, Fill<T>>;

/// `out` is where the output lies: the room, or, while the program is made, the program's own numbers.
template <class T>
void run(const Instruction<T>& instruction, const T* own, const T* room, T* out);

extern template struct Loop<float>;
extern template struct Loop<double>;
extern template void run(const Instruction<float>&, const float*, const float*, float*);
extern template void run(const Instruction<double>&, const double*, const double*, double*);

}  // namespace descend::graph
