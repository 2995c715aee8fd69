// What a forward pass leaves behind for the backward pass.
#pragma once

#include <vector>

#include "descend/core/network.hpp"

namespace descend {

/// Z[l], A[l] and dZ[l] (n[l], m) of layer l for m <= `capacity` examples, a column per example.
template <class T>
struct LayerCache {
    Buffer<T> Z;                     ///< (n[l], m); where g'(Z) follows from A alone, not kept: empty
    Buffer<T> A;                     ///< (n[l], m), after dropout; the output layer's is not needed: empty
    Buffer<T> D;                     ///< (n[l], m), dropout's mask over its keep share; empty without dropout
    Buffer<T> dZ;                    ///< (n[l], m); in a forward pass, the output layer's Z
    Buffer<T> dZ_panels;             ///< dZ as the products read it; empty where dZ is as good
    Buffer<T> normalised;            ///< (n[l], m), batch normalisation's; empty without it, as the next
    Buffer<T> moments;               ///< (n[l], 3): the batch's mean, its variance and 1 / its deviation
    Buffer<T> dgamma_dbeta;          ///< (n[l], 2)
    std::vector<const T*> A_column;  ///< where each example's part of A begins
    std::vector<const T*> dZ_column;  ///< the same for dZ
};

template <class T>
class Cache {
  public:
    /// The units of layer 1 may be in several equal `parts`: then it is like a layer of as many units as a
    /// part has, over so many times the examples, those of a part after those of the one before.
    Cache(const Network<T>& network, Index capacity, Index parts = 1) : capacity_(capacity) {
        const Index L = network.L();
        layers_.resize(static_cast<std::size_t>(L));
        for (Index l = 1; l <= L; ++l) {
            const Layer& layer = network.layer(l);
            const Index units = l == 1 ? layer.n / parts : layer.n;
            LayerCache<T>& of = (*this)[l];
            of.dZ.resize(layer.n * capacity);
            of.dZ_column = columns(of.dZ, units);
            if (l == L) continue;
            of.A.resize(layer.n * capacity);
            of.A_column = columns(of.A, units);
            if (layer.dropout > 0.0) of.D.resize(layer.n * capacity);
            if (layer.batch_norm) {
                of.normalised.resize(layer.n * capacity);
                of.moments.resize(3 * layer.n);
                of.dgamma_dbeta.resize(2 * layer.n);
            }
            if (layer.dropout > 0.0 || needs_z(layer.activation)) of.Z.resize(layer.n * capacity);
        }
    }

    Index capacity() const { return capacity_; }
    LayerCache<T>& operator[](Index l) { return layers_[static_cast<std::size_t>(l - 1)]; }
    const LayerCache<T>& operator[](Index l) const { return layers_[static_cast<std::size_t>(l - 1)]; }

  private:
    static std::vector<const T*> columns(const Buffer<T>& matrix, Index n) {
        std::vector<const T*> begins(static_cast<std::size_t>(matrix.size() / n));
        for (std::size_t j = 0; j < begins.size(); ++j) begins[j] = matrix.data() + static_cast<Index>(j) * n;
        return begins;
    }

    Index capacity_;
    std::vector<LayerCache<T>> layers_;
};

}  // namespace descend
