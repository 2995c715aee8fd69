#include "register.hpp"

PYBIND11_MODULE(DESCEND_MODULE_NAME, m) {
    using namespace descend::python;
    m.doc() = "The numerical core of descend, compiled for one level of processors.";
    register_build_info(m);
    register_graph(m);
    register_loss(m);
    register_elementwise(m);
    register_product(m);
    register_sparse_rows(m);
    register_network(m);
    register_blocks(m);
    register_optimizer(m);
    register_train(m);
    register_threads(m);
    register_lessons(m);
}
