// The numbers behind vector_math.hpp, for float and for double. The coefficients are minimax fits (Remez, 50 digits).
#pragma once

#include <array>
#include <cstdint>

namespace descend::simd {

template <class T>
struct Tables;

template <>
struct Tables<float> {
    static constexpr std::int32_t mantissa_bits = 23;
    static constexpr std::int32_t one = 0x3f800000;        // the bits of 1
    static constexpr std::int32_t sqrt_half = 0x3f3504f3;  // the bits of sqrt(1/2)
    static constexpr float smallest = 0x1p-126f;           // normal number
    static constexpr float infinity = __builtin_inff();
    static constexpr float nan = __builtin_nanf("");
    static constexpr float round = 0x1.8p23f;  // x + round - round is x to the nearest integer, the low bits of x + round

    static constexpr float log2e = 1.44269504f;
    static constexpr float ln2_high = 0.693359375f;  // ln 2 in two parts; an exponent times the first is exact
    static constexpr float ln2_low = -2.12194440e-4f;
    static constexpr float exp_low = -87.33654f;  // exp(x) is normal between these
    static constexpr float exp_high = 88.72283f;
    static constexpr float expm1_low = -17.5f;  // expm1(x) rounds to -1 below
    static constexpr float tanh_bound = 9.02f;  // tanh(x) rounds to 1 above
    static constexpr float erf_bound = 3.93f;

    // (e^r - 1 - r) / r^2 for |r| <= ln(2) / 2
    static constexpr std::array expm1 = {0.49999997f, 0.16666545f, 0.041667163f, 0.008366426f, 0.0013884765f};
    // (2 atanh(s) - 2 s) / s^3 as a polynomial in s^2, for |s| <= (sqrt(2) - 1) / (sqrt(2) + 1)
    static constexpr std::array log = {0.6666675f, 0.3997972f, 0.29821867f};
    // tanh(x) / x and erf(x) / x as a quotient of polynomials in x^2
    static constexpr std::array tanh_p = {1.0f, 0.13785365f, 0.004008511f, 3.158911e-5f, 5.07624e-8f};
    static constexpr std::array tanh_q = {1.0f,           0.47118697f,   0.027737519f,
                                          0.00042074113f, 1.6174891e-6f, 7.3744716e-10f};
    static constexpr std::array erf_p = {1.1283792f,   0.19249061f,    0.05559359f,
                                         0.004196753f, 0.00040609334f, 6.601475e-6f};
    static constexpr std::array erf_q = {1.0f,        0.5039238f,   0.11724255f,  0.016218754f,
                                         0.00140844f, 7.120288e-5f, 2.4973326e-7f};
};

template <>
struct Tables<double> {
    static constexpr std::int64_t mantissa_bits = 52;
    static constexpr std::int64_t one = 0x3ff0000000000000;
    static constexpr std::int64_t sqrt_half = 0x3fe6a09e667f3bcd;
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

    static constexpr std::array expm1 = {0.5000000000000004,     0.16666666666666596,    0.04166666666658042,
                                         0.008333333333386247,   0.0013888888930629474,  0.0001984126972548498,
                                         2.4801506199278303e-5,  2.7557402255239393e-6,  2.7625725019472487e-7,
                                         2.505532321645202e-8};
    static constexpr std::array log = {0.6666666666666685, 0.39999999999700936, 0.2857142868448818, 0.22222204068593165,
                                       0.181832970555003,  0.15320505117804026, 0.1473458343674856};
    static constexpr std::array tanh_p = {1.0,
                                          0.15267822520949417,
                                          0.006106205048748682,
                                          9.866679195159715e-5,
                                          7.590732646441225e-7,
                                          2.9559357837567506e-9,
                                          5.803128856169874e-12,
                                          5.357226444975193e-15,
                                          1.9549197092678608e-18,
                                          1.8092049443571728e-22};
    static constexpr std::array tanh_q = {1.0,
                                          0.48601155854282746,
                                          0.03477672456302461,
                                          0.0008576211421700084,
                                          9.442865709131316e-6,
                                          5.151752836922035e-8,
                                          1.430519091171955e-10,
                                          1.9522914698450766e-13,
                                          1.16952880014216e-16,
                                          2.350283594819305e-20,
                                          6.695597184346773e-25};
    static constexpr std::array erf_p = {1.1283791670955126,     0.22016098994232247,    0.06611951441870347,
                                         0.006888934819954646,   0.0008556030516651873,  5.693673113983394e-5,
                                         3.900030887097173e-6,   1.694564713009624e-7,   6.759139806642904e-9,
                                         1.7195699301509443e-10, 3.3364293939114997e-12, 2.2270832350958775e-14,
                                         1.571589171971468e-17};
    static constexpr std::array erf_q = {1.0,                    0.5284459305545509,     0.13474553749393345,
                                         0.021985269443672625,   0.0025645441968209903,  0.00022607388760702206,
                                         1.549693896796527e-5,   8.349222512758346e-7,   3.5150986538252834e-8,
                                         1.1244371645663892e-9,  2.5491900607915326e-11, 3.3193185136219485e-13,
                                         8.852214224996134e-16};
};

}  // namespace descend::simd
