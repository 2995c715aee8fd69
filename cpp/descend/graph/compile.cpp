// From a graph to its program.
#include "descend/graph/program.hpp"

#include <algorithm>
#include <limits>

namespace descend::graph {
namespace {

Walk walk(const Slot& slot) {
    return {slot.own,
            slot.offset,
            {slot.rows > 1 ? slot.columns * slot.lanes : 0, 0, slot.columns > 1 ? slot.lanes : 0,
             slot.lanes > 1 ? 1 : 0}};
}

Walk transposed(Walk walk) {
    std::swap(walk.stride[kRows], walk.stride[kColumns]);
    return walk;
}

/// Of a slot's rows, `count` from `first`.
Slot some_rows(Slot slot, Index first, Index count) {
    slot.offset += first * slot.columns * slot.lanes;
    slot.rows = count;
    return slot;
}

/// use(from, to, count): for rows that follow one another at once.
template <class Use>
void each_stretch(const std::vector<Index>& rows, Use&& use) {
    for (std::size_t to = 0, count = 1; to < rows.size(); to += count) {
        count = 1;
        while (to + count < rows.size() && rows[to + count] == rows[to] + static_cast<Index>(count)) ++count;
        use(rows[to], static_cast<Index>(to), static_cast<Index>(count));
    }
}

/// Whether a node passes its derivative on to an input.
bool passes_on(const Node& node, std::size_t input) {
    return !(is_comparison(node.op) || (node.op == Op::where && input == 0));
}

}  // namespace

/// Makes a program, a node after the other.
template <class T>
class Compiler {
  public:
    Compiler(Program<T>& program, Index lanes, bool one_number)
        : program_(program), lanes_(lanes), one_number_(one_number), list_(&program.forward_) {}

    void compile(const std::vector<Expression>& nodes, const std::vector<Expression>& by);

  private:
    Slot new_slot(bool own, Index rows, Index columns);
    Slot new_slot(bool own, const Shape& shape) { return new_slot(own, shape.rows, shape.columns); }
    Slot reduced(const Slot& slot, Axis axis);
    Slot share_of_mean(const Slot& slot, Axis axis);

    void compute(const Node& node);
    void differentiate(const Node& node);
    void largest(const Slot& x, const Slot& out);
    void sum(Kernel<T> kernel, const Slot& space, const std::vector<Slot>& in, const Slot& out);

    void loop(Kernel<T> kernel, Into into, const Slot& space, const std::vector<Walk>& in, const Walk& out);
    void loop(Kernel<T> kernel, Into into, const Slot& space, const std::vector<Slot>& in, const Slot& out);
    void product(const Slot& a, bool a_transposed, const Slot& b, bool b_transposed, const Slot& out);
    void fill(const Slot& slot, T value);
    void emit(Instruction<T> instruction, const Walk& out);

    Program<T>& program_;
    Index lanes_;
    bool one_number_;
    std::vector<Instruction<T>>* list_;  ///< where the instructions go
};

template <class T>
void Compiler<T>::compile(const std::vector<Expression>& nodes, const std::vector<Expression>& by) {
    for (const Expression& node : nodes) {
        const bool varies =
            node->op == Op::variable ||
            std::any_of(node->inputs.begin(), node->inputs.end(),
                        [&](const Expression& input) { return !program_.value_.at(input.get()).own; });
        program_.value_[node.get()] = new_slot(!varies, node->shape);
        compute(*node);
    }
    program_.gradients_begin_ = program_.room_;
    for (const Expression& node : nodes) {
        bool has = std::find(by.begin(), by.end(), node) != by.end();
        for (std::size_t i = 0; i < node->inputs.size(); ++i)
            has = has || (passes_on(*node, i) && program_.gradient_.contains(node->inputs[i].get()));
        if (has) program_.gradient_[node.get()] = new_slot(false, node->shape);
    }
    program_.gradients_end_ = program_.room_;
    list_ = &program_.backward_;
    for (auto node = nodes.rbegin(); node != nodes.rend(); ++node) {
        if (program_.gradient_.contains(node->get())) differentiate(**node);
    }
}

template <class T>
Slot Compiler<T>::new_slot(bool own, Index rows, Index columns) {
    if (one_number_) rows = columns = 1;
    if (own) {
        const auto offset = static_cast<Index>(program_.own_.size());
        program_.own_.resize(program_.own_.size() + static_cast<std::size_t>(rows * columns));
        return {true, offset, rows, columns, 1};
    }
    constexpr Index kLine = kAlignment / sizeof(T);
    const Index offset = program_.room_;
    program_.room_ += (rows * columns * lanes_ + kLine - 1) / kLine * kLine;
    return {false, offset, rows, columns, lanes_};
}

/// Room for what an operation over an axis leaves of a slot.
template <class T>
Slot Compiler<T>::reduced(const Slot& slot, Axis axis) {
    return new_slot(slot.own, axis == Axis::columns ? slot.rows : 1, axis == Axis::rows ? slot.columns : 1);
}

/// 1 / the number of elements of which a mean has one.
template <class T>
Slot Compiler<T>::share_of_mean(const Slot& slot, Axis axis) {
    const Index count = (axis == Axis::columns ? 1 : slot.rows) * (axis == Axis::rows ? 1 : slot.columns);
    const Slot share = new_slot(true, 1, 1);
    program_.own_.back() = static_cast<T>(1.0 / static_cast<double>(count));
    return share;
}

/// y of a node, from those of its inputs.
template <class T>
void Compiler<T>::compute(const Node& node) {
    using P = Pieces<T>;
    const Slot y = program_.value_.at(&node);
    std::vector<Slot> x;
    for (const Expression& input : node.inputs) x.push_back(program_.value_.at(input.get()));
    switch (node.op) {
        case Op::variable:
            return;
        case Op::constant:
            for (Index i = 0; i < y.rows * y.columns; ++i)
                program_.own_[static_cast<std::size_t>(y.offset + i)] =
                    static_cast<T>(node.numbers[static_cast<std::size_t>(i)]);
            return;
        case Op::matmul:
            fill(y, T(0));
            return product(x[0], false, x[1], false, y);
        case Op::transpose:
            return loop(P::copy, Into::assign, y, {transposed(walk(x[0]))}, walk(y));
        case Op::sum:
            return sum(P::copy, x[0], {x[0]}, y);
        case Op::mean:
            sum(P::copy, x[0], {x[0]}, y);
            return loop(P::multiply, Into::assign, y, {y, share_of_mean(x[0], node.axis)}, y);
        case Op::logsumexp: {
            const Slot shift = reduced(x[0], node.axis), powers = reduced(x[0], node.axis);
            largest(x[0], shift);
            sum(P::exp_of_difference, x[0], {x[0], shift}, powers);
            return loop(P::plus_log, Into::assign, y, {shift, powers}, y);
        }
        case Op::softmax: {
            const Slot shift = reduced(x[0], node.axis), powers = reduced(x[0], node.axis);
            largest(x[0], shift);
            loop(P::exp_of_difference, Into::assign, y, {x[0], shift}, y);
            sum(P::copy, y, {y}, powers);
            return loop(P::divide, Into::assign, y, {y, powers}, y);
        }
        case Op::rows:
            return each_stretch(node.rows, [&](Index from, Index to, Index count) {
                const Slot part = some_rows(y, to, count);
                loop(P::copy, Into::assign, part, {some_rows(x[0], from, count)}, part);
            });
        default:
            return loop(rule<T>(node.op).forward, Into::assign, y, x, y);
    }
}

/// dx of a node's inputs, each added to what the derivative is already, from dy.
template <class T>
void Compiler<T>::differentiate(const Node& node) {
    using P = Pieces<T>;
    const Slot y = program_.value_.at(&node), dy = program_.gradient_.at(&node);
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
        if (!passes_on(node, i) || !program_.gradient_.contains(node.inputs[i].get())) continue;
        const auto x = [&](std::size_t input) { return program_.value_.at(node.inputs[input].get()); };
        const Slot dx = program_.gradient_.at(node.inputs[i].get());
        switch (node.op) {
            case Op::matmul:
                i == 0 ? product(dy, false, x(1), true, dx) : product(x(0), true, dy, false, dx);
                break;
            case Op::transpose:
                loop(P::copy, Into::add, dx, {transposed(walk(dy))}, walk(dx));
                break;
            case Op::sum:
                loop(P::copy, Into::add, dx, {dy}, dx);
                break;
            case Op::mean:
                loop(P::multiply, Into::add, dx, {dy, share_of_mean(dx, node.axis)}, dx);
                break;
            case Op::logsumexp:
                loop(P::times_exp_of_difference, Into::add, dx, {dy, x(0), y}, dx);
                break;
            case Op::softmax: {
                const Slot dot = reduced(y, node.axis);
                sum(P::multiply, y, {y, dy}, dot);
                loop(P::times_difference, Into::add, dx, {y, dy, dot}, dx);
                break;
            }
            case Op::rows:
                each_stretch(node.rows, [&](Index from, Index to, Index count) {
                    const Slot part = some_rows(dx, from, count);
                    loop(P::copy, Into::add, part, {some_rows(dy, to, count)}, part);
                });
                break;
            default: {
                const Derivative<T> derivative = rule<T>(node.op).backward[i];
                std::vector<Slot> parts;
                for (const Part part : derivative.parts)
                    parts.push_back(part == Part::dy  ? dy
                                    : part == Part::y ? y
                                                      : x(static_cast<std::size_t>(part)));
                loop(derivative.kernel, Into::add, y, parts, dx);
            }
        }
    }
}

/// out = the largest of x's numbers that fall together there.
template <class T>
void Compiler<T>::largest(const Slot& x, const Slot& out) {
    fill(out, -std::numeric_limits<T>::infinity());
    loop(Pieces<T>::copy, Into::largest, x, {x}, out);
}

/// out = the sum of what the kernel gives for the elements of `space` that fall together there.
template <class T>
void Compiler<T>::sum(Kernel<T> kernel, const Slot& space, const std::vector<Slot>& in, const Slot& out) {
    fill(out, T(0));
    loop(kernel, Into::add, space, in, out);
}

/// Over all elements of `space`, as which the operands broadcast.
template <class T>
void Compiler<T>::loop(Kernel<T> kernel, Into into, const Slot& space, const std::vector<Walk>& in,
                       const Walk& out) {
    Loop<T> loop{kernel, into, {space.rows, 1, space.columns, space.lanes}, in, out};
    loop.simplify();
    emit(std::move(loop), out);
}

template <class T>
void Compiler<T>::loop(Kernel<T> kernel, Into into, const Slot& space, const std::vector<Slot>& in,
                       const Slot& out) {
    std::vector<Walk> walks;
    for (const Slot& slot : in) walks.push_back(walk(slot));
    loop(kernel, into, space, walks, walk(out));
}

/// out += a b, where either may lie there transposed.
template <class T>
void Compiler<T>::product(const Slot& a, bool a_transposed, const Slot& b, bool b_transposed,
                          const Slot& out) {
    const Index inner = a_transposed ? a.rows : a.columns;
    const Extent extent{out.rows, inner, out.columns, out.lanes};
    if (out.lanes == 1)
        return emit(Product{extent, walk(a), a_transposed, walk(b), b_transposed, walk(out)}, walk(out));

    Walk of_a = a_transposed ? transposed(walk(a)) : walk(a);
    Walk of_b = b_transposed ? transposed(walk(b)) : walk(b);
    of_a.stride[kInner] = std::exchange(of_a.stride[kColumns], 0);
    of_b.stride[kInner] = std::exchange(of_b.stride[kRows], 0);
    Loop<T> loop{Pieces<T>::multiply, Into::add, extent, {of_a, of_b}, walk(out)};
    loop.simplify();
    emit(std::move(loop), walk(out));
}

template <class T>
void Compiler<T>::fill(const Slot& slot, T value) {
    emit(Fill<T>{walk(slot), slot.rows * slot.columns * slot.lanes, value}, walk(slot));
}

/// What makes the program's own numbers is done now, once.
template <class T>
void Compiler<T>::emit(Instruction<T> instruction, const Walk& out) {
    if (out.own)
        run(instruction, program_.own_.data(), static_cast<const T*>(nullptr), program_.own_.data());
    else
        list_->push_back(std::move(instruction));
}

template <class T>
Program<T>::Program(const Expression& root, const std::vector<Expression>& by, Index lanes, bool one_number)
    : root_(root) {
    Compiler<T>(*this, lanes, one_number).compile(in_order(root), by);
}

template Program<float>::Program(const Expression&, const std::vector<Expression>&, Index, bool);
template Program<double>::Program(const Expression&, const std::vector<Expression>&, Index, bool);

}  // namespace descend::graph
