// The numbers behind vector_math.hpp, for float and for double. The polynomials are minimax fits (Remez's
// exchange in 50 digits), lowest power first.
#pragma once

#include <array>
#include <cstdint>

namespace descend::simd {

template <class T>
struct Tables;

template <>
struct Tables<float> {
    static constexpr int mantissa_bits = 23;
    static constexpr float bias = 127.0f;
    // The bits of 1, sqrt(1/2) and infinity.
    static constexpr std::uint32_t one = 0x3f800000;
    static constexpr std::uint32_t sqrt_half = 0x3f3504f3;
    static constexpr std::uint32_t infinity_bits = 0x7f800000;
    static constexpr float smallest = 0x1p-126f;  // normal number
    static constexpr float infinity = __builtin_inff();
    static constexpr float nan = __builtin_nanf("");
    // x + round - round is x to the nearest integer, which the low bits of x + round hold.
    static constexpr float round = 0x1.8p23f;

    static constexpr float log2e = 1.44269504f;
    // ln 2 in two parts: an exponent times the first is exact.
    static constexpr float ln2_high = 0.693359375f;
    static constexpr float ln2_low = -2.12194440e-4f;
    // exp(x) is a normal number between these.
    static constexpr float exp_low = -87.33654f;
    static constexpr float exp_high = 88.72283f;
    static constexpr float expm1_low = -17.5f;  // expm1(x) rounds to -1 below
    static constexpr float tanh_bound = 9.02f;  // tanh(x) rounds to 1 above, and erf(x)
    static constexpr float erf_bound = 3.93f;

    // (e^r - 1 - r) / r^2 for |r| <= ln(2) / 2
    static constexpr std::array expm1 = {0.49999997f, 0.16666545f, 0.041667163f, 0.008366426f, 0.0013884765f};
    // (2 atanh(s) - 2 s) / s^3 as a polynomial in s^2, for |s| <= (sqrt(2) - 1) / (sqrt(2) + 1)
    static constexpr std::array log = {0.6666675f, 0.3997972f, 0.29821867f};
    // erf(x) / x - 1 as a polynomial in x^2, for |x| <= 1
    static constexpr std::array erf = {0.12837917f,   -0.37612623f,   0.11283544f, -0.026851885f,
                                       0.0051843417f, -0.0007972473f, 7.72081e-5f};
    // (1 - erf(x))^(-1/8), for 1 <= x <= erf_bound
    static constexpr std::array erfc = {0.996486f,    0.15921542f,  0.04940712f,   0.07374744f,
                                        -0.03303845f, 0.017753623f, -0.004002767f, 0.0005437206f};
};

template <>
struct Tables<double> {
    static constexpr int mantissa_bits = 52;
    static constexpr double bias = 1023.0;
    static constexpr std::uint64_t one = 0x3ff0000000000000;
    static constexpr std::uint64_t sqrt_half = 0x3fe6a09e667f3bcd;
    static constexpr std::uint64_t infinity_bits = 0x7ff0000000000000;
    static constexpr double smallest = 0x1p-1022;
    static constexpr double infinity = __builtin_inf();
    static constexpr double nan = __builtin_nan("");
    static constexpr double round = 0x1.8p52;

    static constexpr double log2e = 1.4426950408889634;
    static constexpr double ln2_high = 6.93145751953125e-1;
    static constexpr double ln2_low = 1.42860682030941723212e-6;
    static constexpr double exp_low = -708.39641853226408;
    static constexpr double exp_high = 709.78271289338397;
    static constexpr double expm1_low = -37.5;
    static constexpr double tanh_bound = 19.1;
    static constexpr double erf_bound = 5.93;

    static constexpr std::array expm1 = {0.5000000000000004,    0.16666666666666596,   0.04166666666658042,
                                         0.008333333333386247,  0.0013888888930629474, 0.0001984126972548498,
                                         2.4801506199278303e-5, 2.7557402255239393e-6, 2.7625725019472487e-7,
                                         2.505532321645202e-8};
    static constexpr std::array log = {0.6666666666666685,  0.39999999999700936, 0.2857142868448818,
                                       0.22222204068593165, 0.181832970555003,   0.15320505117804026,
                                       0.1473458343674856};
    static constexpr std::array erf = {
        0.12837916709551256,   -0.376126389031834,     0.11283791670939122,    -0.026866170642291236,
        0.005223977599323729,  -0.0008548325601844922, 0.00012055283762343091, -1.4924523821224726e-5,
        1.6444811143963547e-6, -1.6188608306783644e-7, 1.3634765131691447e-8,  -7.638015998004313e-10};
    static constexpr std::array erfc = {0.9999996038689072,     0.14105137759311437,    0.08950601286118648,
                                        0.02459245015726629,    0.0032868332614878555,  0.0014312051758849872,
                                        0.00016315275145612523, 0.00013018398266043536, -9.462990715001154e-5,
                                        6.88122456697213e-5,    -3.168544612632383e-5,  1.1287121368834229e-5,
                                        -3.038442491682852e-6,  6.242168054595001e-7,   -9.44541119461098e-8,
                                        1.0052441389365764e-8,  -6.730226952284923e-10, 2.20381608752069e-11};
};

}  // namespace descend::simd
