// Where buffers get their memory, and leave it to later ones.
#pragma once

#include <cstddef>

namespace descend {

/// Bytes to which every buffer is aligned: a cache line, and the widest vector of any level.
inline constexpr std::size_t kAlignment = 64;

/// A piece of memory, all zeros. Large ones lie in pages that are large, where the system has them: walks
/// through matrices then spend little time on finding pages. Throws std::bad_alloc.
///
/// A page that the system has to find costs several times what it takes to fill it, and a training of a few
/// steps may need more of its time for them than for the steps. So large pieces that are given back are kept
/// for the next ones of their size, up to 64 MB, which is what the C library keeps, too.
void* take_memory(std::size_t bytes);

/// Gives back what take_memory(bytes) gave, or null.
void give_memory_back(void* piece, std::size_t bytes);

}  // namespace descend
