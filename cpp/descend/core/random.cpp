#include "descend/core/random.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <utility>

#if defined(__SSE2__)
#include <immintrin.h>
#endif

namespace descend {
namespace {

/// Lane by lane, the product of the low 32 bits: a single instruction, which compilers do not find by
/// themselves.
#if defined(__AVX512F__)
typedef std::uint64_t Lanes __attribute__((vector_size(64)));
Lanes multiply(Lanes a, Lanes b) {
    return (Lanes)_mm512_maskz_mul_epu32(static_cast<__mmask8>(-1), (__m512i)a, (__m512i)b);
}
#elif defined(__AVX2__)
typedef std::uint64_t Lanes __attribute__((vector_size(32)));
Lanes multiply(Lanes a, Lanes b) {
    return (Lanes)_mm256_mul_epu32((__m256i)a, (__m256i)b);
}
#elif defined(__SSE2__)
typedef std::uint64_t Lanes __attribute__((vector_size(16)));
Lanes multiply(Lanes a, Lanes b) {
    return (Lanes)_mm_mul_epu32((__m128i)a, (__m128i)b);
}
#else
typedef std::uint64_t Lanes __attribute__((vector_size(16)));
Lanes multiply(Lanes a, Lanes b) {
    return (a & 0xffffffff) * (b & 0xffffffff);
}
#endif
std::uint64_t multiply(std::uint64_t a, std::uint64_t b) {
    return (a & 0xffffffff) * (b & 0xffffffff);
}

/// The ten rounds, on the low 32 bits of each c; the high ones come out as anything.
template <class V>
void philox_rounds(V (&c)[4], PhiloxKey key) {
    const V multiplier0 = V{} + 0xD2511F53, multiplier2 = V{} + 0xCD9E8D57;
    for (int round = 0; round < 10; ++round) {
        const V product0 = multiply(c[0], multiplier0), product2 = multiply(c[2], multiplier2);
        c[0] = (product2 >> 32) ^ c[1] ^ key[0];
        c[1] = product2;
        c[2] = (product0 >> 32) ^ c[3] ^ key[1];
        c[3] = product0;
        key[0] += 0x9E3779B9;
        key[1] += 0xBB67AE85;
    }
}

/// log(x) of a positive normal number: libm's differs between machines.
double logarithm(double x) {
    constexpr std::uint64_t one = std::bit_cast<std::uint64_t>(1.0);
    constexpr std::uint64_t sqrt_half = std::bit_cast<std::uint64_t>(0.70710678118654752440);
    constexpr std::uint64_t mantissa = (std::uint64_t{1} << 52) - 1;
    const std::uint64_t raised = std::bit_cast<std::uint64_t>(x) + (one - sqrt_half);
    const double exponent = static_cast<double>(static_cast<std::int64_t>(raised >> 52) - 1023);
    const double m = std::bit_cast<double>((raised & mantissa) + sqrt_half);
    const double s = (m - 1.0) / (m + 1.0);
    double series = 0.0;
    for (int k = 21; k >= 1; k -= 2) series = series * (s * s) + 1.0 / k;
    return exponent * 0.69314718055994530942 + 2.0 * s * series;
}

double polynomial(double x, const std::array<double, 8>& c) {
    double sum = c[7];
    for (std::size_t i = 7; i-- > 0;) sum = sum * x + c[i];
    return sum;
}

}  // namespace

PhiloxCounter philox(PhiloxCounter counter, PhiloxKey key) {
    std::uint64_t c[4] = {counter[0], counter[1], counter[2], counter[3]};
    philox_rounds(c, key);
    return {static_cast<std::uint32_t>(c[0]), static_cast<std::uint32_t>(c[1]),
            static_cast<std::uint32_t>(c[2]), static_cast<std::uint32_t>(c[3])};
}

std::array<std::uint64_t, kGroup> draw(const Stream& stream, std::uint64_t group) {
    constexpr std::size_t counters = kGroup / 2, lanes = sizeof(Lanes) / sizeof(std::uint64_t);
    Lanes lane_number;
    for (std::size_t lane = 0; lane < lanes; ++lane) lane_number[lane] = lane;
    std::array<std::uint64_t, kGroup> numbers;
    for (std::size_t k = 0; k < counters; k += lanes) {
        const Lanes counter = lane_number + (group * counters + k);
        Lanes c[4] = {counter, (counter >> 32) + (stream.layer << 8), Lanes{} + stream.step,
                      Lanes{} + (static_cast<std::uint64_t>(stream.purpose) << 24 | stream.step >> 32)};
        philox_rounds(
            c, {static_cast<std::uint32_t>(stream.seed), static_cast<std::uint32_t>(stream.seed >> 32)});
        const Lanes even = (c[0] & 0xffffffff) | (c[1] << 32), odd = (c[2] & 0xffffffff) | (c[3] << 32);
        std::memcpy(&numbers[k], &even, sizeof even);
        std::memcpy(&numbers[counters + k], &odd, sizeof odd);
    }
    return numbers;
}

double uniform(std::uint64_t bits) {
    return static_cast<double>(bits >> 11) * 0x1p-53;
}

double standard_normal(std::uint64_t bits) {
    static constexpr std::array<double, 8> a = {3.3871328727963666080e0,  1.3314166789178437745e+2,
                                                1.9715909503065514427e+3, 1.3731693765509461125e+4,
                                                4.5921953931549871457e+4, 6.7265770927008700853e+4,
                                                3.3430575583588128105e+4, 2.5090809287301226727e+3};
    static constexpr std::array<double, 8> b = {1.0,
                                                4.2313330701600911252e+1,
                                                6.8718700749205790830e+2,
                                                5.3941960214247511077e+3,
                                                2.1213794301586595867e+4,
                                                3.9307895800092710610e+4,
                                                2.8729085735721942674e+4,
                                                5.2264952788528545610e+3};
    static constexpr std::array<double, 8> c = {1.42343711074968357734e0,  4.63033784615654529590e0,
                                                5.76949722146069140550e0,  3.64784832476320460504e0,
                                                1.27045825245236838258e0,  2.41780725177450611770e-1,
                                                2.27238449892691845833e-2, 7.74545014278341407640e-4};
    static constexpr std::array<double, 8> d = {1.0,
                                                2.05319162663775882187e0,
                                                1.67638483018380384940e0,
                                                6.89767334985100004550e-1,
                                                1.48103976427480074590e-1,
                                                1.51986665636164571966e-2,
                                                5.47593808499534494600e-4,
                                                1.05075007164441684324e-9};
    static constexpr std::array<double, 8> e = {6.65790464350110377720e0,  5.46378491116411436990e0,
                                                1.78482653991729133580e0,  2.96560571828504891230e-1,
                                                2.65321895265761230930e-2, 1.24266094738807843860e-3,
                                                2.71155556874348757815e-5, 2.01033439929228813265e-7};
    static constexpr std::array<double, 8> f = {1.0,
                                                5.99832206555887937690e-1,
                                                1.36929880922735805310e-1,
                                                1.48753612908506148525e-2,
                                                7.86869131145613259100e-4,
                                                1.84631831751005468180e-5,
                                                1.42151175831644588870e-7,
                                                2.04426310338993978564e-15};

    const double p = (static_cast<double>(bits >> 12) + 0.5) * 0x1p-52;  // exact, and neither 0 nor 1
    const double q = p - 0.5;
    if (std::abs(q) <= 0.425) {
        const double r = 0.180625 - q * q;
        return q * polynomial(r, a) / polynomial(r, b);
    }
    const double r = std::sqrt(-logarithm(std::min(p, 1.0 - p)));
    const double x = r <= 5.0 ? polynomial(r - 1.6, c) / polynomial(r - 1.6, d)
                              : polynomial(r - 5.0, e) / polynomial(r - 5.0, f);
    return std::copysign(x, q);
}

void permutation(std::uint64_t seed, std::uint64_t epoch, Index* order, Index n) {
    for (Index i = 0; i < n; ++i) order[i] = i;
    std::array<std::uint64_t, kGroup> numbers{};
    for (Index i = 0; i + 1 < n; ++i) {
        if (i % kGroup == 0)
            numbers = draw({seed, Purpose::shuffle, epoch, 0}, static_cast<std::uint64_t>(i / kGroup));
        // Of the n - i that are left, any is as likely as another, to one part in 2^64 / (n - i).
        const auto left = static_cast<unsigned __int128>(n - i);
        const auto chosen = static_cast<Index>(left * numbers[static_cast<std::size_t>(i % kGroup)] >> 64);
        std::swap(order[i], order[i + chosen]);
    }
}

template <class T>
void dropout_mask(std::uint64_t seed, std::uint64_t step, std::uint64_t layer, double keep, Index first,
                  Index count, T* D) {
    constexpr Index kHalves = 2 * kGroup;
    const T kept = static_cast<T>(1.0 / keep);
    // A 32-bit number is below keep 2^32 with probability keep; the largest such number fits where keep = 1.
    const auto last_kept = static_cast<std::uint32_t>(std::max(keep * 0x1p32, 1.0) - 1.0);
    const Stream stream{seed, Purpose::dropout, step, layer};
    for (Index i = 0; i < count;) {
        const Index element = first + i, offset = element % kHalves,
                    length = std::min(kHalves - offset, count - i);
        const auto numbers = draw(stream, static_cast<std::uint64_t>(element / kHalves));
        T part[kHalves];
        T* mask = length == kHalves ? D + i : part;
        for (std::size_t k = 0; k < kGroup; ++k) {
            mask[2 * k] = static_cast<std::uint32_t>(numbers[k]) <= last_kept ? kept : T(0);
            mask[2 * k + 1] = static_cast<std::uint32_t>(numbers[k] >> 32) <= last_kept ? kept : T(0);
        }
        if (mask == part) std::copy_n(part + offset, length, D + i);
        i += length;
    }
}

template void dropout_mask(std::uint64_t, std::uint64_t, std::uint64_t, double, Index, Index, float*);
template void dropout_mask(std::uint64_t, std::uint64_t, std::uint64_t, double, Index, Index, double*);

}  // namespace descend
