// Numbers too small for full precision cost twentyfold: they are treated as zero while a network trains or
// predicts.
#pragma once

#include <cstdint>

#if defined(__SSE2__)
#include <immintrin.h>
#endif

namespace descend {

/// How a thread's arithmetic rounds, and what it makes of denormals.
class FloatingPointMode {
  public:
    static FloatingPointMode of_this_thread() {
#if defined(__SSE2__)
        return FloatingPointMode(_mm_getcsr());
#elif defined(__aarch64__)
        std::uint64_t bits;
        asm volatile("mrs %0, fpcr" : "=r"(bits));
        return FloatingPointMode(bits);
#else
        return FloatingPointMode(0);
#endif
    }

    void set() const {
#if defined(__SSE2__)
        _mm_setcsr(static_cast<unsigned>(bits_));
#elif defined(__aarch64__)
        asm volatile("msr fpcr, %0" : : "r"(bits_));
#endif
    }

    /// The same, but denormal operands are taken for zero and denormal results become it, where the processor
    /// can.
    FloatingPointMode flushing() const {
#if defined(__SSE2__)
        constexpr unsigned kDenormalsAreZero = 0x0040, kFlushToZero = 0x8000;
        return FloatingPointMode(bits_ | kDenormalsAreZero | kFlushToZero);
#elif defined(__aarch64__)
        constexpr std::uint64_t kFlushToZero = std::uint64_t{1} << 24;
        return FloatingPointMode(bits_ | kFlushToZero);
#else
        return *this;
#endif
    }

  private:
    explicit FloatingPointMode(std::uint64_t bits) : bits_(bits) {}
    std::uint64_t bits_;
};

/// The calling thread computes in another mode from construction to destruction.
class InMode {
  public:
    explicit InMode(FloatingPointMode mode) : before_(FloatingPointMode::of_this_thread()) { mode.set(); }
    ~InMode() { before_.set(); }
    InMode(const InMode&) = delete;
    InMode& operator=(const InMode&) = delete;

  private:
    FloatingPointMode before_;
};

/// As the caller computes, but without denormals.
struct FlushDenormals : InMode {
    FlushDenormals() : InMode(FloatingPointMode::of_this_thread().flushing()) {}
};

}  // namespace descend
