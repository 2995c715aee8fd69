// What module.cpp is an index of.
#pragma once

#include <pybind11/pybind11.h>

namespace descend::python {

void register_blocks(pybind11::module_&);
void register_build_info(pybind11::module_&);
void register_elementwise(pybind11::module_&);
void register_graph(pybind11::module_&);
void register_lessons(pybind11::module_&);
void register_loss(pybind11::module_&);
void register_network(pybind11::module_&);
void register_optimizer(pybind11::module_&);
void register_product(pybind11::module_&);
void register_sparse_rows(pybind11::module_&);
void register_threads(pybind11::module_&);
void register_train(pybind11::module_&);

}  // namespace descend::python
