// Matrices as the course writes them: a column per example, over memory that NumPy sees as a row per example.
#pragma once

#include <Eigen/Core>
#include <cstddef>
#include <cstring>
#include <utility>

#include "descend/core/memory.hpp"

namespace descend {

using Index = std::ptrdiff_t;

/// Those from `first` up to, and without, `last`.
struct Range {
    Index first;
    Index last;
    Index count() const { return last - first; }
};

/// (rows, columns), column-major: the same bytes as a C-order NumPy array of shape (columns, rows).
template <class T>
using Matrix = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::ColMajor>;

/// A matrix that lives in somebody else's memory.
template <class T>
using MatrixMap = Eigen::Map<Matrix<T>>;
template <class T>
using ConstMatrixMap = Eigen::Map<const Matrix<T>>;

/// `size` numbers, aligned, zero at first. A vector's worth of readable slack follows the last one, so that a
/// kernel may load a whole vector that starts at any element.
template <class T>
class Buffer {
  public:
    Buffer() = default;
    explicit Buffer(Index size) : data_(static_cast<T*>(take_memory(bytes(size)))), size_(size) {}
    Buffer(const Buffer& other) : Buffer(other.size_) {
        if (size_ > 0) std::memcpy(data_, other.data_, static_cast<std::size_t>(size_) * sizeof(T));
    }
    Buffer(Buffer&& other) noexcept
        : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
    Buffer& operator=(Buffer other) noexcept {
        std::swap(data_, other.data_);
        std::swap(size_, other.size_);
        return *this;
    }
    ~Buffer() { give_memory_back(data_, bytes(size_)); }

    /// Forgets the contents: `size` zeros follow.
    void resize(Index size) { *this = Buffer(size); }

    T* data() { return data_; }
    const T* data() const { return data_; }
    Index size() const { return size_; }
    T& operator[](Index i) { return data_[i]; }
    const T& operator[](Index i) const { return data_[i]; }

  private:
    static std::size_t bytes(Index size) { return static_cast<std::size_t>(size) * sizeof(T) + kAlignment; }

    T* data_ = nullptr;
    Index size_ = 0;
};

}  // namespace descend
