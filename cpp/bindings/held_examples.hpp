// What a network is to learn from, as Python gives it.
#pragma once

#include <memory>
#include <variant>

#include "descend/pipeline/batch.hpp"
#include "sparse_rows.hpp"

namespace descend::python {

/// X (m, n[0]), sparse or not.
template <class T>
using Features = std::variant<std::shared_ptr<SparseRows<T>>, Rows<T>>;

/// X, the targets and the weights of some examples, kept alive together.
template <class T>
struct HeldExamples {
    Features<T> X;
    std::optional<Rows<T>> Y;
    std::optional<Rows<std::int32_t>> label;
    std::optional<Rows<double>> weight;

    /// `targets`: (m, n[L]) numbers or, of an integer type, (m,) class numbers.
    HeldExamples(const Network<T>& network, Features<T> X_, const py::array& targets,
                 std::optional<Rows<double>> weight_)
        : X(std::move(X_)), weight(std::move(weight_)) {
        const Index m = rows(network.n(0)), n_L = network.n(network.L());
        if (m == 0) throw std::invalid_argument("X has no rows");
        Index n_targets = 0;
        if (targets.ndim() == 1 && (targets.dtype().kind() == 'i' || targets.dtype().kind() == 'u')) {
            label = Rows<std::int32_t>::ensure(targets);
            n_targets = targets.shape(0);
            const std::int32_t* labels = label->data();
            for (Index i = 0; i < n_targets; ++i) {
                if (labels[i] < 0 || labels[i] >= n_L) {
                    throw std::invalid_argument("y holds the class number " + std::to_string(labels[i]) +
                                                " in row " + std::to_string(i) +
                                                "; the network has classes 0 to " + std::to_string(n_L - 1));
                }
            }
        } else {
            Y = Rows<T>::ensure(targets);
            n_targets = rows_of("y", targets, n_L);
        }
        if (n_targets != m) {
            throw std::invalid_argument("X has " + std::to_string(m) + " rows, y " +
                                        std::to_string(n_targets));
        }
        if (weight && (weight->ndim() != 1 || weight->shape(0) != m)) {
            throw std::invalid_argument("sample_weight has shape " + shape_text(*weight) + "; expected (" +
                                        std::to_string(m) + ",)");
        }
    }

    Examples<T> examples() const {
        const T* targets = Y ? Y->data() : nullptr;
        const std::int32_t* labels = label ? label->data() : nullptr;
        const double* weights = weight ? weight->data() : nullptr;
        if (const auto* dense = std::get_if<Rows<T>>(&X))
            return {dense->data(), targets, labels, weights, dense->shape(0)};
        const SparseRows<T>& sparse = *std::get<0>(X);
        return {nullptr, targets, labels, weights, sparse.m(), sparse.matrix()};
    }

  private:
    /// m, where X has so many columns.
    Index rows(Index columns) const {
        if (const auto* dense = std::get_if<Rows<T>>(&X)) return rows_of("X", *dense, columns);
        const SparseRows<T>& sparse = *std::get<0>(X);
        if (sparse.n_columns() != columns) {
            throw std::invalid_argument("X has " + std::to_string(sparse.n_columns()) +
                                        " columns; expected " + std::to_string(columns));
        }
        return sparse.m();
    }
};

}  // namespace descend::python
