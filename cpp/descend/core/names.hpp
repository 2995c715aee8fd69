// Names of an enumeration's values: one table each, and one sentence for a name that is not in it.
#pragma once

#include <array>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>

namespace descend {

/// "a, b, c"
template <std::size_t N>
std::string join(const std::array<std::string_view, N>& names) {
    std::string list;
    for (const std::string_view name : names) {
        if (!list.empty()) list += ", ";
        list += name;
    }
    return list;
}

/// The value whose name is `name`: names[i] belongs to Enum(i). `what` is what the error calls it
/// ("activation").
template <class Enum, std::size_t N>
Enum from_name(std::string_view what, const std::array<std::string_view, N>& names, std::string_view name) {
    for (std::size_t i = 0; i < N; ++i) {
        if (names[i] == name) return static_cast<Enum>(i);
    }
    throw std::invalid_argument("unknown " + std::string(what) + " '" + std::string(name) +
                                "'; choose one of " + join(names));
}

}  // namespace descend
