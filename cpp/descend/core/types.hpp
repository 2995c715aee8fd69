// Matrices as the course writes them: a column per example, over memory that NumPy sees as a row per example.
#pragma once

#if defined(__linux__)
#include <sys/mman.h>
#endif

#include <Eigen/Core>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

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

/// Bytes to which every buffer is aligned: a cache line, and the widest vector of any level.
inline constexpr std::size_t kAlignment = 64;

/// Large buffers lie in pages of this many bytes where the system has them: walks through matrices then spend
/// little time on finding pages.
inline constexpr std::size_t kHugePage = std::size_t{2} << 20;

/// `size` numbers, aligned, zero at first. A vector's worth of readable slack follows the last one, so that a
/// kernel may load a whole vector that starts at any element.
template <class T>
class Buffer {
  public:
    Buffer() = default;
    explicit Buffer(Index size) { resize(size); }
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
    ~Buffer() { std::free(data_); }

    /// Forgets the contents: `size` zeros follow.
    void resize(Index size) {
        const std::size_t needed = static_cast<std::size_t>(size) * sizeof(T) + kAlignment;
        const std::size_t alignment = needed < kHugePage ? kAlignment : kHugePage;
        const std::size_t bytes = (needed + alignment - 1) / alignment * alignment;
        void* fresh = std::aligned_alloc(alignment, bytes);
        if (fresh == nullptr) throw std::bad_alloc();
#if defined(__linux__)
        if (alignment == kHugePage) madvise(fresh, bytes, MADV_HUGEPAGE);
#endif
        std::memset(fresh, 0, bytes);
        std::free(data_);
        data_ = static_cast<T*>(fresh);
        size_ = size;
    }

    T* data() { return data_; }
    const T* data() const { return data_; }
    Index size() const { return size_; }
    T& operator[](Index i) { return data_[i]; }
    const T& operator[](Index i) const { return data_[i]; }

  private:
    T* data_ = nullptr;
    Index size_ = 0;
};

}  // namespace descend
