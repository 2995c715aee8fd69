// One vector type for every instruction set: kernels are written once, on `Vec<T>`, and the compiler's flags
// decide how wide it is (16 bytes on x86-64-v2 and elsewhere, 32 on v3, 64 on v4).
#pragma once

#if defined(__SSE2__)
#include <immintrin.h>
#endif

#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>
#include <utility>

#include "descend/core/types.hpp"

namespace descend::simd {

#if defined(__AVX512F__)
inline constexpr int kBytes = 64;
inline constexpr int kRegisters = 32;
#elif defined(__AVX__)
inline constexpr int kBytes = 32;
inline constexpr int kRegisters = 16;
#else
inline constexpr int kBytes = 16;
inline constexpr int kRegisters = 16;
#endif

#define DESCEND_INLINE inline __attribute__((always_inline))

template <class T>
inline constexpr Index kLanes = kBytes / static_cast<int>(sizeof(T));

/// The integer as wide as T: what comparisons give and bit patterns are made of.
template <class T>
using Bits = std::conditional_t<sizeof(T) == 4, std::int32_t, std::int64_t>;

/// The compiler's own vector of T. (Not a typedef inside Vec: GCC loses the attribute of a dependent type.)
template <class T>
struct NativeOf;
template <>
struct NativeOf<float> {
    typedef float type __attribute__((vector_size(kBytes)));
};
template <>
struct NativeOf<double> {
    typedef double type __attribute__((vector_size(kBytes)));
};
template <>
struct NativeOf<std::int32_t> {
    typedef std::int32_t type __attribute__((vector_size(kBytes)));
};
template <>
struct NativeOf<std::int64_t> {
    typedef std::int64_t type __attribute__((vector_size(kBytes)));
};

/// kLanes<T> numbers at once. T is float, double, or the integer of one of them.
template <class T>
struct Vec {
    using Native = typename NativeOf<T>::type;
    using Scalar = T;
    Native v;

    Vec() = default;
    DESCEND_INLINE Vec(Native native) : v(native) {}
    DESCEND_INLINE Vec(T x) : v(x - Native{}) {}

    DESCEND_INLINE friend Vec operator+(Vec a, Vec b) { return a.v + b.v; }
    DESCEND_INLINE friend Vec operator-(Vec a, Vec b) { return a.v - b.v; }
    DESCEND_INLINE friend Vec operator*(Vec a, Vec b) { return a.v * b.v; }
    DESCEND_INLINE friend Vec operator/(Vec a, Vec b) { return a.v / b.v; }
    DESCEND_INLINE friend Vec operator-(Vec a) { return -a.v; }
    DESCEND_INLINE Vec& operator+=(Vec b) { return *this = *this + b; }
    DESCEND_INLINE Vec& operator-=(Vec b) { return *this = *this - b; }
    DESCEND_INLINE Vec& operator*=(Vec b) { return *this = *this * b; }
};

/// All bits set in the lanes where a comparison holds.
template <class T>
struct Mask {
    typename Vec<Bits<T>>::Native m;
    DESCEND_INLINE friend Mask operator&(Mask a, Mask b) { return {a.m & b.m}; }
    DESCEND_INLINE friend Mask operator|(Mask a, Mask b) { return {a.m | b.m}; }
    DESCEND_INLINE friend Mask operator!(Mask a) { return {~a.m}; }
};

template <class T>
DESCEND_INLINE Mask<T> operator<(Vec<T> a, Vec<T> b) {
    return {a.v < b.v};
}
template <class T>
DESCEND_INLINE Mask<T> operator<=(Vec<T> a, Vec<T> b) {
    return {a.v <= b.v};
}
template <class T>
DESCEND_INLINE Mask<T> operator>(Vec<T> a, Vec<T> b) {
    return {a.v > b.v};
}
template <class T>
DESCEND_INLINE Mask<T> operator>=(Vec<T> a, Vec<T> b) {
    return {a.v >= b.v};
}
template <class T>
DESCEND_INLINE Mask<T> operator==(Vec<T> a, Vec<T> b) {
    return {a.v == b.v};
}

/// Lane by lane: where the mask holds, a; elsewhere, b.
template <class T>
DESCEND_INLINE Vec<T> select(Mask<T> mask, Vec<T> a, Vec<T> b) {
    return mask.m ? a.v : b.v;
}

template <class T>
DESCEND_INLINE Vec<T> load(const T* p) {
    Vec<T> x;
    std::memcpy(&x.v, p, kBytes);
    return x;
}
template <class T>
DESCEND_INLINE void store(T* p, Vec<T> x) {
    std::memcpy(p, &x.v, kBytes);
}

/// x, which the compiler is to load once, though it could do so anew for each use.
template <class T>
DESCEND_INLINE Vec<T> in_register(Vec<T> x) {
#if defined(__AVX512F__)
    asm("" : "+v"(x.v));
#elif defined(__SSE2__)
    asm("" : "+x"(x.v));
#endif
    return x;
}

/// The first `count` lanes, or all.
template <class T>
DESCEND_INLINE Mask<T> first_lanes(Index count) {
    Vec<Bits<T>> lane;
    for (Index i = 0; i < kLanes<T>; ++i) lane.v[i] = static_cast<Bits<T>>(i);
    return {lane.v < Vec<Bits<T>>(static_cast<Bits<T>>(count)).v};
}

/// The first `count` lanes from memory (0 <= count <= kLanes), zero in the others; nothing beyond is read.
template <class T>
DESCEND_INLINE Vec<T> load_first(const T* p, Index count) {
#if defined(__AVX512F__)
    if constexpr (sizeof(T) == 4) {
        return (typename Vec<T>::Native)_mm512_maskz_loadu_epi32(static_cast<__mmask16>((1u << count) - 1),
                                                                 p);
    } else {
        return (typename Vec<T>::Native)_mm512_maskz_loadu_epi64(static_cast<__mmask8>((1u << count) - 1), p);
    }
#elif defined(__AVX2__)
    const auto mask = (__m256i)first_lanes<T>(count).m;
    if constexpr (sizeof(T) == 4)
        return (typename Vec<T>::Native)_mm256_maskload_ps(p, mask);
    else
        return (typename Vec<T>::Native)_mm256_maskload_pd(p, mask);
#else
    alignas(kBytes) T lanes[kLanes<T>] = {};
    for (Index i = 0; i < count; ++i) lanes[i] = p[i];
    return load(lanes);
#endif
}

/// The first `count` lanes to memory (0 <= count <= kLanes); nothing beyond is written.
template <class T>
DESCEND_INLINE void store_first(T* p, Vec<T> x, Index count) {
#if defined(__AVX512F__)
    if constexpr (sizeof(T) == 4) {
        _mm512_mask_storeu_epi32(p, static_cast<__mmask16>((1u << count) - 1), (__m512i)x.v);
    } else {
        _mm512_mask_storeu_epi64(p, static_cast<__mmask8>((1u << count) - 1), (__m512i)x.v);
    }
#elif defined(__AVX2__)
    const auto mask = (__m256i)first_lanes<T>(count).m;
    if constexpr (sizeof(T) == 4)
        _mm256_maskstore_ps(p, mask, (__m256)x.v);
    else
        _mm256_maskstore_pd(p, mask, (__m256d)x.v);
#else
    alignas(kBytes) T lanes[kLanes<T>];
    store(lanes, x);
    for (Index i = 0; i < count; ++i) p[i] = lanes[i];
#endif
}

/// a * b + c, with one rounding where the level has such an instruction (v3, v4).
template <class T>
DESCEND_INLINE Vec<T> fma(Vec<T> a, Vec<T> b, Vec<T> c) {
#if defined(__FMA__)
    Vec<T> r;
#if defined(__AVX512F__)
    if constexpr (sizeof(T) == 4) {
        r.v = (typename Vec<T>::Native)_mm512_fmadd_ps((__m512)a.v, (__m512)b.v, (__m512)c.v);
    } else {
        r.v = (typename Vec<T>::Native)_mm512_fmadd_pd((__m512d)a.v, (__m512d)b.v, (__m512d)c.v);
    }
#else
    if constexpr (sizeof(T) == 4) {
        r.v = (typename Vec<T>::Native)_mm256_fmadd_ps((__m256)a.v, (__m256)b.v, (__m256)c.v);
    } else {
        r.v = (typename Vec<T>::Native)_mm256_fmadd_pd((__m256d)a.v, (__m256d)b.v, (__m256d)c.v);
    }
#endif
    return r;
#else
    return a * b + c;
#endif
}

/// b, where either is NaN. (For 64 bytes, GCC would compare and then choose.)
template <class T>
DESCEND_INLINE Vec<T> max(Vec<T> a, Vec<T> b) {
#if defined(__AVX512F__)
    if constexpr (sizeof(T) == 4)
        return (typename Vec<T>::Native)_mm512_max_ps((__m512)a.v, (__m512)b.v);
    else
        return (typename Vec<T>::Native)_mm512_max_pd((__m512d)a.v, (__m512d)b.v);
#else
    return select(a > b, a, b);
#endif
}
template <class T>
DESCEND_INLINE Vec<T> min(Vec<T> a, Vec<T> b) {
    return select(a < b, a, b);
}

template <class To, class From>
DESCEND_INLINE Vec<To> bit_cast(Vec<From> x) {
    return (typename Vec<To>::Native)x.v;
}

template <class T>
DESCEND_INLINE Vec<T> abs(Vec<T> x) {
    constexpr Bits<T> sign = std::is_same_v<T, float>
                                 ? static_cast<Bits<T>>(0x80000000u)
                                 : static_cast<Bits<T>>(std::uint64_t{1} << (8 * sizeof(T) - 1));
    return bit_cast<T>(Vec<Bits<T>>(bit_cast<Bits<T>>(x).v & ~sign));
}

/// Correctly rounded.
template <class T>
DESCEND_INLINE Vec<T> sqrt(Vec<T> x) {
    Vec<T> r;
#if defined(__AVX512F__)
    if constexpr (sizeof(T) == 4)
        r.v = (typename Vec<T>::Native)_mm512_maskz_sqrt_ps(static_cast<__mmask16>(-1), (__m512)x.v);
    else
        r.v = (typename Vec<T>::Native)_mm512_maskz_sqrt_pd(static_cast<__mmask8>(-1), (__m512d)x.v);
#elif defined(__AVX__)
    if constexpr (sizeof(T) == 4)
        r.v = (typename Vec<T>::Native)_mm256_sqrt_ps((__m256)x.v);
    else
        r.v = (typename Vec<T>::Native)_mm256_sqrt_pd((__m256d)x.v);
#else
    for (Index i = 0; i < kLanes<T>; ++i) r.v[i] = __builtin_sqrt(x.v[i]);
#endif
    return r;
}

/// scale sqrt(x) + offset, for x >= 0. The root is correctly rounded, or within 2 ulp (float) and 1 ulp
/// (double) where vectors have 64 bytes and the processor may take a dozen cycles for their own. There,
/// Newton's iteration for y = 1 / sqrt(x) begins with the instruction's guess, whose bits Intel's manual
/// defines; of infinity it makes NaN.
template <class T>
DESCEND_INLINE Vec<T> root(Vec<T> scale, Vec<T> x, Vec<T> offset) {
#if defined(__AVX512F__)
    const Vec<T> positive = max(x, Vec<T>(std::numeric_limits<T>::min()));
    Vec<T> y;
    if constexpr (sizeof(T) == 4) {
        y.v = (typename Vec<T>::Native)_mm512_rsqrt14_ps((__m512)positive.v);
        const Vec<T> root = x * y;
        return fma(root, fma(root * y, Vec<T>(T(-0.5)) * scale, Vec<T>(T(1.5)) * scale), offset);
    } else {
        y.v = (typename Vec<T>::Native)_mm512_rsqrt14_pd((__m512d)positive.v);
        y *= fma(Vec<T>(T(-0.5)) * positive * y, y, Vec<T>(T(1.5)));
        const Vec<T> root = x * y;
        return fma(scale, fma(fma(-root, root, x), Vec<T>(T(0.5)) * y, root), offset);
    }
#else
    return fma(scale, sqrt(x), offset);
#endif
}

/// In every lane: combine(x[0], x[1], ...), always in the same order: halves are combined until one lane is
/// left.
template <Index half, class T, class Combine>
DESCEND_INLINE Vec<T> reduce_halves(Vec<T> x, Combine combine) {
    if constexpr (half == 0) {
        return x;
    } else {
        const auto swapped = [&]<int... i>(std::integer_sequence<int, i...>) {
            return Vec<T>(__builtin_shufflevector(x.v, x.v, (i ^ half)...));
        }(std::make_integer_sequence<int, kLanes<T>>());
        return reduce_halves<half / 2>(combine(x, swapped), combine);
    }
}
template <class T>
DESCEND_INLINE Vec<T> sum_of_lanes(Vec<T> x) {
    return reduce_halves<kLanes<T> / 2>(x, [](Vec<T> a, Vec<T> b) { return a + b; });
}
template <class T>
DESCEND_INLINE Vec<T> max_of_lanes(Vec<T> x) {
    return reduce_halves<kLanes<T> / 2>(x, [](Vec<T> a, Vec<T> b) { return max(a, b); });
}

/// The sum of all lanes.
template <class T>
DESCEND_INLINE T sum(Vec<T> x) {
    return sum_of_lanes(x).v[0];
}

namespace detail {

/// The two halves of a and b riffled together.
template <class T, std::size_t... I>
DESCEND_INLINE void zip(Vec<T> a, Vec<T> b, Vec<T>& low, Vec<T>& high, std::index_sequence<I...>) {
    constexpr int n = sizeof...(I);
    low = __builtin_shufflevector(a.v, b.v, (static_cast<int>(I) / 2 + static_cast<int>(I) % 2 * n)...);
    high =
        __builtin_shufflevector(a.v, b.v, (n / 2 + static_cast<int>(I) / 2 + static_cast<int>(I) % 2 * n)...);
}

}  // namespace detail

/// Lane i is the sum of all lanes of x[i], which is overwritten.
template <class T>
DESCEND_INLINE Vec<T> sum_each(Vec<T> (&x)[kLanes<T>]) {
#pragma GCC unroll 4
    for (int half = static_cast<int>(kLanes<T>) / 2; half > 0; half /= 2) {
#pragma GCC unroll 8
        for (int i = 0; i < half; ++i) {
            Vec<T> low, high;
            detail::zip(x[i], x[i + half], low, high, std::make_index_sequence<kLanes<T>>());
            x[i] = low + high;
        }
    }
    return x[0];
}

/// Row i becomes column i: as many rounds of riffling the two halves of the rows together as halving takes.
template <class T>
DESCEND_INLINE void transpose(Vec<T> (&x)[kLanes<T>]) {
    constexpr int n = static_cast<int>(kLanes<T>);
#pragma GCC unroll 4
    for (int round = 1; round < n; round *= 2) {
        Vec<T> y[n];
#pragma GCC unroll 8
        for (int i = 0; i < n / 2; ++i) {
            detail::zip(x[i], x[i + n / 2], y[2 * i], y[2 * i + 1], std::make_index_sequence<kLanes<T>>());
        }
#pragma GCC unroll 16
        for (int i = 0; i < n; ++i) x[i] = y[i];
    }
}

}  // namespace descend::simd
