// How a step is laid out: how many examples at a time, in how many shards, and how W[1] and W[2] are cut. All
// of it follows from the network's shape, the batch's size and how many batches there are, and nothing from
// the threads, so that bits do not depend on these.
#pragma once

#include <algorithm>
#include <vector>

#include "descend/core/network.hpp"
#include "descend/kernels/parts.hpp"
#include "descend/kernels/product.hpp"
#include "descend/pipeline/batch.hpp"
#include "descend/pipeline/by_rows.hpp"
#include "descend/pipeline/units.hpp"

namespace descend {

/// Examples that go through all layers together: so many that a panel of weights is read for enough of them,
/// and for four times as many where it comes from beyond the second-level cache; elsewhere so few that their
/// activations stay in the first- and second-level caches.
template <class T>
Index examples_together(const Network<T>& network) {
    constexpr Index kBytes = 32 << 10, kFew = 120, kMost = 960, kWide = 256;
    Index widest = 1;
    for (Index l = 1; l <= network.L(); ++l) widest = std::max(widest, network.n(l));
    const Index least = widest > kWide ? 4 * kFew : kFew;
    return std::clamp(kBytes / (widest * static_cast<Index>(sizeof(T))) / kFew * kFew, least, kMost);
}

template <class T>
Index gradient_bytes(const Network<T>& network) {
    return network.parameters().size() * static_cast<Index>(sizeof(T));
}

/// What has room in a second-level cache beside the examples.
inline constexpr Index kSmallGradient = 512 << 10;

/// What layers make of one example and keep for the way back, about.
template <class T>
Index bytes_of_example(const Network<T>& network) {
    Index units = 0;
    for (Index l = 1; l <= network.L(); ++l) units += 2 * network.n(l);
    return units * static_cast<Index>(sizeof(T));
}

/// Into how many shards a step's examples are cut: 1 where what they make is not much more than a gradient. A
/// power of two, so that 2, 4 and 8 workers have equal shares.
template <class T>
Index count_shards(const Network<T>& network, const Examples<T>& examples, Index batch_size) {
    constexpr Index kSmallest = 64 << 10, kLeast = 64;
    const Index bytes = gradient_bytes(network);
    const bool small = bytes <= kSmallGradient && batch_size * bytes_of_example(network) >= 3 * bytes;
    if (network.normalises() || !(bytes <= kSmallest || small) ||
        RowPass<T>::suits(network, examples, batch_size))
        return 1;
    const Index most = bytes <= kSmallest ? 8 : 4;
    Index shards = 1;
    while (shards < most && 2 * shards * kLeast <= batch_size) shards *= 2;
    return shards;
}

/// Of `m` examples, which are a step's or, `sharded`, one worker's shard of it, those whose activations and
/// derivatives are kept at one time: all, or, unless layers normalise over them, so many that they stay in
/// the second-level caches, where a small gradient, to which each part adds, has room there too; else a part
/// that keeps the cache at tens of megabytes. The parts are even.
template <class T>
Index cached_examples(const Network<T>& network, Index m, bool sharded) {
    if (network.normalises()) return m;
    const Index together = examples_together(network), of_example = bytes_of_example(network);
    const auto fit = [&](Index bytes, Index least) {
        return std::max(bytes / of_example / together * together, least);
    };
    const bool small = gradient_bytes(network) <= kSmallGradient;
    const Index most = sharded ? fit(512 << 10, together)
                       : small ? fit(1 << 20, 2 * together)
                               : fit(32 << 20, 1024),
                parts = std::max<Index>(1, blocks_of(m, most));
    return (m + parts - 1) / parts;
}

/// Whether a step is of one chunk that goes through the first layer before all others, and has fewer examples
/// than inputs, and so few that nobody waits long for such a step's end.
template <class T>
bool may_cut_first(const Network<T>& network, const Examples<T>& examples, Index batch_size) {
    constexpr Index kMost = 1024;
    return batch_size <= std::min(network.n(0), kMost) &&
           batch_size <= cached_examples(network, batch_size, false) && !examples.is_sparse() &&
           !network.normalises() && !RowPass<T>::suits(network, examples, batch_size) &&
           count_shards(network, examples, batch_size) == 1;
}

/// The parts that W[1] is best cut into for `steps` such steps, with so many `vectors` that are cut like it;
/// none where it is best left whole. Halves of the columns, if it is narrow; of whole panels of rows, if not:
/// where what of W[1] would cross between workers is more than what each worker then reads of the others'
/// examples. And the last few rows, where they would leave most of a panel's last vector empty.
template <class T>
std::vector<Part> parts_of_first(const Network<T>& network, const Examples<T>& examples, Index batch_size,
                                 Index steps, Index vectors) {
    // For what is no place in W[1] as it stands is copied, and at the end back.
    constexpr Index kWorthCopying = 32;
    const bool worth = steps >= kWorthCopying;
    const Index n = network.n(1), n_0 = network.n(0), lanes = simd::kLanes<T>;
    if (!may_cut_first(network, examples, batch_size)) return {};
    const auto narrow = [&](Range rows, Range columns) {
        const bool so = columns.count() % lanes == 0 && (worth || vectors == 1);
        return Part{rows, columns, so ? Layout::narrow : Layout::columns};
    };
    if (is_narrow<T>(n, n_0)) {
        constexpr Index kPiece = 192;
        const Index middle = n_0 / 2 / kPiece * kPiece;
        if (takes_few_units<T>(n, n_0) || !is_narrow<T>(n, middle)) return {};
        return {narrow({0, n}, {0, middle}), narrow({0, n}, {middle, n_0})};
    }
    if (!worth) return {};
    constexpr Index kLeastVectors = 3;
    const Index few = n % lanes;
    const bool apart = few > 0 && few <= std::min(kFewUnits, lanes / 4) && n / lanes >= kLeastVectors &&
                       !is_tall<T>(n) && is_narrow<T>(few, n_0);
    const Index rows = apart ? n - few : n;
    const Panels<T> cut(rows);
    std::vector<Part> parts;
    if (cut.count % 2 == 0 && cut.vectors_in_all == cut.count * cut.vectors && rows > 2 * kMostNarrowUnits) {
        const Index middle = cut.first_row(cut.count / 2);
        parts = {{{0, middle}, {0, n_0}}, {{middle, rows}, {0, n_0}}};
    } else if (apart) {
        parts = {{{0, rows}, {0, n_0}}};
    }
    if (apart) parts.push_back(narrow({rows, n}, {0, n_0}));
    return parts;
}

/// The halves of W[2]'s columns that meet the units of W[1]'s halves, if this is in halves of its rows and
/// layer 1 looks at each unit by itself; else none.
template <class T>
std::vector<Part> parts_of_second(const Network<T>& network, const std::vector<Part>& parts_of_first) {
    const Layer& layer = network.layer(1);
    const Index middle = layer.n / 2;
    if (network.L() < 2 || parts_of_first.size() != 2 || parts_of_first[0].rows.last != middle ||
        is_narrow<T>(network.n(2), layer.n) || layer.function || layer.dropout > 0.0)
        return {};
    return {{{0, network.n(2)}, {0, middle}}, {{0, network.n(2)}, {middle, layer.n}}};
}

}  // namespace descend
