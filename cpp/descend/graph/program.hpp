// A graph, compiled: a flat list of loops over numbers in one piece of memory. A program never changes once
// it is made, so that any number of threads may run it, each in a room of its own.
#pragma once

#include <unordered_map>
#include <vector>

#include "descend/graph/loops.hpp"
#include "descend/graph/node.hpp"

namespace descend::graph {

/// The matrices of a node, one for each lane: element (i, j) of lane k at offset + (i columns + j) lanes + k.
struct Slot {
    bool own;  ///< among the program's own numbers: the same in every run, and with one lane
    Index offset;
    Index rows;
    Index columns;
    Index lanes;
};

/// Computes a root from its variables and, backwards, derivatives of it.
///
/// A variable has `lanes` matrices, which are computed alike, side by side, and without a sum across them.
/// Where `one_number` is true every matrix is taken as (1, 1): for a graph of element-wise operations, whose
/// matrices' elements then are lanes.
template <class T>
class Program {
  public:
    Program(const Expression& root, const std::vector<Expression>& by, Index lanes = 1,
            bool one_number = false);

    /// How many numbers the room of a run has.
    Index room() const { return room_; }
    bool needs(const Expression& node) const { return value_.contains(node.get()); }
    /// Whether the root has a derivative by any of `by`.
    bool depends() const { return gradient_.contains(root_.get()); }

    /// The numbers of a node, after forward(); a variable's are to be put there before.
    const T* value(const Expression& node, const T* room) const;
    T* variable(const Expression& node, T* room) const { return room + value_.at(node.get()).offset; }
    void forward(T* room) const;

    /// After forward(): every derivative is 0, and the root's by itself is to be put where this points,
    /// before backward().
    T* seed(T* room) const;
    void backward(T* room) const;
    /// The derivative by a node, after backward(); null if there is none.
    const T* gradient(const Expression& node, const T* room) const;

  private:
    template <class>
    friend class Compiler;

    Expression root_;
    std::unordered_map<const Node*, Slot> value_;
    std::unordered_map<const Node*, Slot> gradient_;
    std::vector<T> own_;
    std::vector<Instruction<T>> forward_;
    std::vector<Instruction<T>> backward_;
    Index room_ = 0;
    Index gradients_begin_ = 0;
    Index gradients_end_ = 0;
};

extern template class Program<float>;
extern template class Program<double>;

}  // namespace descend::graph
