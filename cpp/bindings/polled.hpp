// Long work in C++ that Python can stop: by Ctrl-C, or by an exception.
#pragma once

#include <exception>

#include "descend/kernels/denormals.hpp"
#include "gil.hpp"

namespace descend::python {

/// run(ask) without Python's lock, where ask takes it for a moment, back in the caller's floating-point mode,
/// to see to signals and to call `poll` with what it is given. An exception of `poll` ends the run and goes
/// on from here.
template <class Run>
auto polled(const py::object& poll, Run&& run) {
    std::exception_ptr raised;
    const auto callers_mode = FloatingPointMode::of_this_thread();
    const auto result = [&] {
        WithoutGil without_gil;
        return run([&](auto... place) {
            const WithGil gil(without_gil);
            const InMode mode(callers_mode);
            try {
                stay_if_ended([&] {
                    if (PyErr_CheckSignals() != 0) throw py::error_already_set();
                    if (!poll.is_none()) poll(place...);
                });
            } catch (const std::exception&) {
                raised = std::current_exception();
            }
            return raised == nullptr;
        });
    }();
    if (raised) std::rethrow_exception(raised);
    return result;
}

}  // namespace descend::python
