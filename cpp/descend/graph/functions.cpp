#include "descend/graph/functions.hpp"

#include <algorithm>
#include <stdexcept>

namespace descend::graph {
namespace {

// Lanes of a block: whole vectors of every level, few enough for small batches where a lane is an example,
// and as many as a kernel takes where it is a number.
constexpr Index kExamples = 32;
constexpr Index kNumbers = kRun;

/// The calling thread's memory for a run, kept from one to the next.
template <class T>
T* room(Index size) {
    thread_local Buffer<T> numbers;
    if (numbers.size() < size) numbers.resize(size);
    return numbers.data();
}

/// to (n, lanes), row by row = `count` columns (n, count), and 0 in the lanes that are left.
template <class T>
void spread(const T* columns, Index n, Index count, Index lanes, T* to) {
    if (n == 1) {  // Eigen's transposition takes several times as long as a copy
        std::fill(std::copy_n(columns, count, to), to + lanes, T(0));
        return;
    }
    MatrixMap<T> block(to, lanes, n);
    block.topRows(count) = ConstMatrixMap<T>(columns, n, count).transpose();
    block.bottomRows(lanes - count).setZero();
}
/// `count` columns (n, count) = from (n, lanes), row by row.
template <class T>
void gather(const T* from, Index n, Index count, Index lanes, T* columns) {
    if (n == 1)
        std::copy_n(from, count, columns);
    else
        MatrixMap<T>(columns, n, count) = ConstMatrixMap<T>(from, lanes, n).topRows(count).transpose();
}

/// use(first, count) for blocks of at most `lanes` of m.
template <class Use>
void each_block(Index m, Index lanes, Use&& use) {
    for (Index first = 0; first < m; first += lanes) use(first, std::min(lanes, m - first));
}

/// Whether a is made from z by operations on each number alone, all alike.
bool is_each_alone(const Expression& a, const Expression& z) {
    const auto nodes = in_order(a);
    return std::all_of(nodes.begin(), nodes.end(), [&](const Expression& node) {
        return node == z || is_elementwise(node->op) || (node->op == Op::constant && node->shape.size() == 1);
    });
}

void check(const std::string& name, const Expression& root, std::initializer_list<Expression> variables,
           bool depends, const std::string& arguments) {
    for (const Expression& node : in_order(root)) {
        if (node->op == Op::variable &&
            std::find(variables.begin(), variables.end(), node) == variables.end())
            throw std::invalid_argument(name +
                                        " uses a variable that is not its argument: write a constant "
                                        "in its place, because only " +
                                        arguments + " changes in training");
    }
    if (!depends) {
        throw std::invalid_argument(name +
                                    " has no derivative by its first argument, so that there is nothing "
                                    "to learn from: compute its result from " +
                                    arguments);
    }
}

}  // namespace

GraphActivation::GraphActivation(std::string name, Expression z, Expression a)
    : name_(std::move(name)),
      z_(std::move(z)),
      a_(std::move(a)),
      each_alone_(is_each_alone(a_, z_)),
      single_(a_, {z_}, each_alone_ ? kNumbers : kExamples, each_alone_),
      whole_(a_, {z_}, each_alone_ ? kNumbers : kExamples, each_alone_) {
    check(name_, a_, {z_}, single_.depends(), "z");
    if (a_->shape != z_->shape) {
        throw std::invalid_argument(name_ + " makes a of shape " + text(a_->shape) + " from z of shape " +
                                    text(z_->shape) + ": give a as many rows as z has, and one column");
    }
}

template <class T>
void GraphActivation::run(const Program<T>& program, Index m, const T* Z, T* A) const {
    T* const space = room<T>(program.room());
    const Index n = each_alone_ ? 1 : units(), lanes = each_alone_ ? kNumbers : kExamples;
    each_block(m * units() / n, lanes, [&](Index first, Index count) {
        spread(Z + first * n, n, count, lanes, program.variable(z_, space));
        program.forward(space);
        gather(program.value(a_, space), n, count, lanes, A + first * n);
    });
}

template <class T>
void GraphActivation::run_back(const Program<T>& program, Index m, const T* Z, const T* dA, T* dZ) const {
    T* const space = room<T>(program.room());
    const Index n = each_alone_ ? 1 : units(), lanes = each_alone_ ? kNumbers : kExamples;
    each_block(m * units() / n, lanes, [&](Index first, Index count) {
        spread(Z + first * n, n, count, lanes, program.variable(z_, space));
        program.forward(space);
        spread(dA + first * n, n, count, lanes, program.seed(space));
        program.backward(space);
        gather(program.gradient(z_, space), n, count, lanes, dZ + first * n);
    });
}

void GraphActivation::forward(Index m, const float* Z, float* A) const {
    run(single_, m, Z, A);
}
void GraphActivation::forward(Index m, const double* Z, double* A) const {
    run(whole_, m, Z, A);
}
void GraphActivation::backward(Index m, const float* Z, const float* dA, float* dZ) const {
    run_back(single_, m, Z, dA, dZ);
}
void GraphActivation::backward(Index m, const double* Z, const double* dA, double* dZ) const {
    run_back(whole_, m, Z, dA, dZ);
}

GraphLoss::GraphLoss(std::string name, Expression a, Expression y, Expression loss)
    : name_(std::move(name)),
      a_(std::move(a)),
      y_(std::move(y)),
      loss_(std::move(loss)),
      single_(loss_, {a_}, kExamples),
      whole_(loss_, {a_}, kExamples) {
    check(name_, loss_, {a_, y_}, single_.depends(), "a");
    if (loss_->shape.size() != 1) {
        throw std::invalid_argument(name_ + " makes a loss of shape " + text(loss_->shape) +
                                    ", and the loss of an example is one number: give its sum or mean");
    }
}

template <class T>
void GraphLoss::run(const Program<T>& program, Index m, const T* A, const T* Y, const std::int32_t* label,
                    const T* weight, double* example_loss, T* dA) const {
    T* const space = room<T>(program.room());
    T* const y = program.needs(y_) ? program.variable(y_, space) : nullptr;
    const Index n = units();
    each_block(m, kExamples, [&](Index first, Index count) {
        spread(A + first * n, n, count, kExamples, program.variable(a_, space));
        if (y != nullptr && label == nullptr) {
            spread(Y + first * n, n, count, kExamples, y);
        } else if (y != nullptr) {
            std::fill_n(y, n * kExamples, T(0));
            for (Index i = 0; i < count; ++i) y[label[first + i] * kExamples + i] = T(1);
        }
        program.forward(space);
        std::copy_n(program.value(loss_, space), count, example_loss + first);
        if (dA == nullptr) return;
        std::copy_n(weight + first, count, program.seed(space));
        program.backward(space);
        gather(program.gradient(a_, space), n, count, kExamples, dA + first * n);
    });
}

void GraphLoss::evaluate(Index m, const float* A, const float* Y, const std::int32_t* label,
                         const float* weight, double* example_loss, float* dA) const {
    run(single_, m, A, Y, label, weight, example_loss, dA);
}
void GraphLoss::evaluate(Index m, const double* A, const double* Y, const std::int32_t* label,
                         const double* weight, double* example_loss, double* dA) const {
    run(whole_, m, A, Y, label, weight, example_loss, dA);
}

}  // namespace descend::graph
