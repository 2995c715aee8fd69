// Numbers too small for full precision cost twentyfold: they are treated as zero while a network trains or
// predicts.
#pragma once

#if defined(__SSE2__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <cstdint>
#endif

namespace descend {

/// From construction to destruction, the calling thread takes denormal operands for zero and flushes denormal
/// results to zero, where the processor can.
class FlushDenormals {
  public:
#if defined(__SSE2__)
    FlushDenormals() : before_(_mm_getcsr()) {
        constexpr unsigned kDenormalsAreZero = 0x0040, kFlushToZero = 0x8000;
        _mm_setcsr(before_ | kDenormalsAreZero | kFlushToZero);
    }
    ~FlushDenormals() { _mm_setcsr(before_); }
#elif defined(__aarch64__)
    FlushDenormals() {
        constexpr std::uint64_t kFlushToZero = std::uint64_t{1} << 24;
        asm volatile("mrs %0, fpcr" : "=r"(before_));
        asm volatile("msr fpcr, %0" : : "r"(before_ | kFlushToZero));
    }
    ~FlushDenormals() { asm volatile("msr fpcr, %0" : : "r"(before_)); }
#else
    FlushDenormals() {}
    ~FlushDenormals() {}
#endif
    FlushDenormals(const FlushDenormals&) = delete;
    FlushDenormals& operator=(const FlushDenormals&) = delete;

  private:
#if defined(__SSE2__)
    unsigned before_;
#elif defined(__aarch64__)
    std::uint64_t before_;
#endif
};

}  // namespace descend
