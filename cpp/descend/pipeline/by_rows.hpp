// The step of a small network, up to its gradient: where layers have fewer units than a vector has lanes,
// vectors run along the examples, and a block of these goes through all stages in the first-level cache. W[l]
// and b[l] lie side by side in the flat vector, so [W b] [A; 1] is the forward product, a row of ones below
// A.
#pragma once

#include <algorithm>
#include <vector>

#include "descend/kernels/rows.hpp"
#include "descend/pipeline/batch.hpp"
#include "descend/pipeline/crew.hpp"
#include "descend/pipeline/loss.hpp"

namespace descend {

template <class T>
class RowPass {
  public:
    /// Whether a step of so many examples is for this pass: on one worker, with plain layers.
    static bool suits(const Network<T>& network, const Examples<T>& examples, Index batch_size) {
        if (examples.is_sparse() || batch_size < 4 * simd::kLanes<T> || network.n(0) > simd::kLanes<T> ||
            !is_for_one_worker(network, batch_size))
            return false;
        for (Index l = 1; l <= network.L(); ++l) {
            const Layer& layer = network.layer(l);
            if (layer.function || layer.batch_norm || layer.dropout > 0.0 ||
                4 * layer.n > 3 * simd::kLanes<T>)
                return false;
        }
        return true;
    }

    RowPass(const Network<T>& network, Index batch_size)
        : network_(network), rows_(static_cast<std::size_t>(network.L() + 1)) {
        const Index most = padded(std::min(batch_size, kBlock));
        for (Index l = 0; l <= network.L(); ++l) {
            Rows& rows = rows_[static_cast<std::size_t>(l)];
            rows.A.resize((network.n(l) + 1) * most);
            if (l == 0) continue;
            rows.Z.resize(network.n(l) * most);
            rows.dZ.resize(network.n(l) * most);
        }
        const Index n_L = network.n(network.L());
        if (n_L > 1) columns_.resize(n_L * most);
        scratch_.resize(2 * n_L * most);
    }

    /// L_i of the batch's first m examples and their gradient. `same_inputs`: they are those of the last
    /// call.
    void run(const Batch<T>& batch, Index m, const Loss& loss, bool same_inputs, double* example_loss,
             T* gradient) {
        for (Index first = 0; first < m; first += kBlock) {
            const Index count = std::min(kBlock, m - first);
            begin(count);
            if (!same_inputs || m > kBlock || !inputs_taken_) take_inputs(batch, first, count);
            forward();
            close(batch, first, count, loss, example_loss + first);
            backward(first > 0, gradient);
        }
    }

  private:
    static constexpr Index kBlock = 1024;

    /// A layer's matrices, (n, ld_) each; A has the row of ones below it.
    struct Rows {
        Buffer<T> Z, A, dZ;
    };

    static Index padded(Index m) { return (m + simd::kLanes<T> - 1) / simd::kLanes<T> * simd::kLanes<T>; }
    Rows& at(Index l) { return rows_[static_cast<std::size_t>(l)]; }

    /// Makes the rows fit m examples: beyond them, dZ is 0.
    void begin(Index m) {
        const bool fit = padded(m) == ld_ && m >= m_;
        ld_ = padded(m);
        m_ = m;
        if (fit) return;
        inputs_taken_ = false;
        for (Index l = 0; l <= network_.L(); ++l) {
            std::fill_n(at(l).A.data() + network_.n(l) * ld_, ld_, T(1));
            std::fill_n(at(l).dZ.data(), at(l).dZ.size(), T(0));
        }
    }

    void take_inputs(const Batch<T>& batch, Index first, Index m) {
        const Index n = network_.n(0);
        T* A = at(0).A.data();
        for (Index i = 0; i < m; ++i) {
            const T* x = batch.x[static_cast<std::size_t>(first + i)];
            for (Index k = 0; k < n; ++k) A[k * ld_ + i] = x[k];
        }
        inputs_taken_ = true;
    }

    /// Z[l] = [W[l] b[l]] [A[l-1]; 1],  A[l] = g[l](Z[l])
    void forward() {
        for (Index l = 1; l <= network_.L(); ++l) {
            const Layer& layer = network_.layer(l);
            multiply_by_rows(network_.W_data(l), 1, layer.n, layer.n, layer.n_prev + 1, at(l - 1).A.data(),
                             ld_, at(l).Z.data());
            if (l < network_.L()) activate(layer.activation, at(l).Z.data(), at(l).A.data(), layer.n * ld_);
        }
    }

    void close(const Batch<T>& batch, Index first, Index m, const Loss& loss, double* example_loss) {
        const Layer& output = network_.layer(network_.L());
        Rows& rows = at(network_.L());
        const Index n = output.n;
        const bool one = n == 1;
        for (Index i = 0; !one && i < m; ++i) {
            for (Index k = 0; k < n; ++k) columns_[i * n + k] = rows.Z[k * ld_ + i];
        }
        close_forward(output, loss, m, one ? rows.Z.data() : columns_.data(), batch.Y_column(first, n),
                      batch.label_at(first), batch.weight.data() + first, example_loss,
                      one ? rows.dZ.data() : columns_.data(), scratch_.data());
        for (Index i = 0; !one && i < m; ++i) {
            for (Index k = 0; k < n; ++k) rows.dZ[k * ld_ + i] = columns_[i * n + k];
        }
    }

    /// [dW[l] db[l]] = dZ[l] [A[l-1]; 1]^T,  dA[l-1] = W[l]^T dZ[l],  dZ[l-1] = dA[l-1] * g'[l-1](Z[l-1])
    void backward(bool accumulate, T* gradient) {
        for (Index l = network_.L(); l >= 1; --l) {
            const Layer& layer = network_.layer(l);
            const T* dZ = at(l).dZ.data();
            Rows& previous = at(l - 1);
            multiply_transposed_by_rows(dZ, layer.n, previous.A.data(), layer.n_prev + 1, ld_, accumulate,
                                        gradient + layer.W);
            if (l == 1) break;
            T* dZ_prev = previous.dZ.data();
            multiply_by_rows(network_.W_data(l), layer.n, 1, layer.n_prev, layer.n, dZ, ld_, dZ_prev);
            activate_backward(network_.layer(l - 1).activation, previous.Z.data(), previous.A.data(), dZ_prev,
                              dZ_prev, layer.n_prev * ld_);
        }
    }

    const Network<T>& network_;
    std::vector<Rows> rows_;
    Buffer<T> columns_;  ///< Z[L] and dZ[L], a column per example, where there are several outputs
    Buffer<T> scratch_;
    Index m_ = 0, ld_ = 0;
    bool inputs_taken_ = false;
};

}  // namespace descend
