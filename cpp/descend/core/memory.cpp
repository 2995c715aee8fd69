#include "descend/core/memory.hpp"

#if defined(__linux__)
#include <sys/mman.h>
#endif

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <mutex>
#include <new>
#include <vector>

namespace descend {
namespace {

constexpr std::size_t kHugePage = std::size_t{2} << 20;
constexpr std::size_t kWorthKeeping = std::size_t{128} << 10;
#if defined(__SANITIZE_ADDRESS__)
constexpr std::size_t kMostKept = 0;  // so that a use after it was given back is seen
#else
constexpr std::size_t kMostKept = std::size_t{64} << 20;
#endif

struct Piece {
    void* memory;
    std::size_t bytes;
};

/// Pieces given back, the latest last. Who finds the lock taken goes to the system instead of waiting: in a
/// child of fork(), the thread that took it may not exist.
class Kept {
  public:
    static Kept& instance() {
        static Kept& kept = *new Kept;  // never destroyed: buffers may be, later
        return kept;
    }

    Kept() { pieces_.reserve(kMostKept / kWorthKeeping + 1); }

    /// The latest of this size; null if there is none.
    void* take(std::size_t bytes) {
        const std::unique_lock lock(mutex_, std::try_to_lock);
        if (!lock) return nullptr;
        const auto found = std::find_if(pieces_.rbegin(), pieces_.rend(),
                                        [&](const Piece& piece) { return piece.bytes == bytes; });
        if (found == pieces_.rend()) return nullptr;
        void* const memory = found->memory;
        pieces_.erase(std::next(found).base());
        bytes_ -= bytes;
        return memory;
    }

    /// Whether it is kept: the earliest ones go for it.
    bool keep(const Piece& piece) {
        const std::unique_lock lock(mutex_, std::try_to_lock);
        if (!lock || piece.bytes > kMostKept) return false;
        auto gone = pieces_.begin();
        for (; bytes_ + piece.bytes > kMostKept; ++gone) {
            std::free(gone->memory);
            bytes_ -= gone->bytes;
        }
        pieces_.erase(pieces_.begin(), gone);
        pieces_.push_back(piece);
        bytes_ += piece.bytes;
        return true;
    }

  private:
    std::mutex mutex_;
    std::vector<Piece> pieces_;
    std::size_t bytes_ = 0;
};

std::size_t alignment_of(std::size_t bytes) {
    return bytes < kHugePage ? kAlignment : kHugePage;
}

/// What a piece of so many bytes takes: whole lines, or whole pages.
std::size_t rounded(std::size_t bytes) {
    const std::size_t alignment = alignment_of(bytes);
    return (bytes + alignment - 1) / alignment * alignment;
}

void* from_system(std::size_t bytes) {
    void* const fresh = std::aligned_alloc(alignment_of(bytes), bytes);
    if (fresh == nullptr) throw std::bad_alloc();
#if defined(__linux__)
    if (bytes >= kHugePage) madvise(fresh, bytes, MADV_HUGEPAGE);
#endif
    return fresh;
}

}  // namespace

void* take_memory(std::size_t bytes) {
    const std::size_t all = rounded(bytes);
    void* piece = all >= kWorthKeeping ? Kept::instance().take(all) : nullptr;
    if (piece == nullptr) piece = from_system(all);
    return std::memset(piece, 0, all);
}

void give_memory_back(void* piece, std::size_t bytes) {
    const std::size_t all = rounded(bytes);
    const bool kept = piece != nullptr && all >= kWorthKeeping && Kept::instance().keep({piece, all});
    if (!kept) std::free(piece);
}

}  // namespace descend
