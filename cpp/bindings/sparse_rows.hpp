// SciPy's CSR at the border: its three arrays, checked once.
#pragma once

#include "arrays.hpp"
#include "descend/kernels/sparse.hpp"

namespace descend::python {

/// X (m, n_columns) whose row i holds value[k] at column[k], k from begin[i] to begin[i + 1].
template <class T>
class SparseRows {
  public:
    SparseRows(Rows<T> value, Rows<std::int32_t> column, Rows<std::int64_t> begin, Index n_columns)
        : value_(std::move(value)),
          column_(std::move(column)),
          begin_(std::move(begin)),
          n_columns_(n_columns) {
        if (value_.ndim() != 1 || column_.ndim() != 1 || begin_.ndim() != 1 || begin_.size() < 1 ||
            column_.size() != value_.size()) {
            throw std::invalid_argument(
                "sparse rows have values, as many columns, and where each row begins");
        }
        if (begin_.at(0) != 0 || begin_.at(m()) != value_.size()) {
            throw std::invalid_argument("sparse rows begin at 0 and end at the number of values");
        }
        for (Index i = 0; i < m(); ++i) check_row(i);
    }

    Index m() const { return begin_.size() - 1; }
    Index n_columns() const { return n_columns_; }
    SparseMatrix<T> matrix() const { return {value_.data(), column_.data(), begin_.data()}; }

  private:
    void check_row(Index i) const {
        const std::int64_t first = begin_.data()[i], last = begin_.data()[i + 1];
        bool good = first <= last && last <= value_.size();
        std::int64_t least = 0;
        for (std::int64_t k = first; good && k < last; ++k) {
            const std::int64_t column = column_.data()[k];
            good = column >= least && column < n_columns_;
            least = column + 1;
        }
        if (!good) {
            throw std::invalid_argument("row " + std::to_string(i) +
                                        " of the sparse X does not hold ascending columns below " +
                                        std::to_string(n_columns_));
        }
    }

    Rows<T> value_;
    Rows<std::int32_t> column_;
    Rows<std::int64_t> begin_;
    Index n_columns_;
};

}  // namespace descend::python
