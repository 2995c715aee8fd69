#include "descend/graph/program.hpp"

#include <algorithm>

namespace descend::graph {

template <class T>
const T* Program<T>::value(const Expression& node, const T* room) const {
    const Slot& slot = value_.at(node.get());
    return (slot.own ? own_.data() : room) + slot.offset;
}

template <class T>
const T* Program<T>::gradient(const Expression& node, const T* room) const {
    const auto found = gradient_.find(node.get());
    return found == gradient_.end() ? nullptr : room + found->second.offset;
}

template <class T>
void Program<T>::forward(T* room) const {
    for (const auto& instruction : forward_) run(instruction, own_.data(), static_cast<const T*>(room), room);
}

template <class T>
T* Program<T>::seed(T* room) const {
    std::fill(room + gradients_begin_, room + gradients_end_, T(0));
    return room + gradient_.at(root_.get()).offset;
}

template <class T>
void Program<T>::backward(T* room) const {
    for (const auto& instruction : backward_)
        run(instruction, own_.data(), static_cast<const T*>(room), room);
}

template class Program<float>;
template class Program<double>;

}  // namespace descend::graph
