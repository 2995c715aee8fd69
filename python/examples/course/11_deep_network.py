# %% [markdown]
"""# 11. The L-layer network, written from its building blocks.

For l = 1 .. L: Z[l] = W[l] A[l-1] + b[l], A[l] = g(Z[l]); back: dZ[l] = dA[l] * g'(Z[l]), dW[l] = 1/m dZ[l]
A[l-1]^T, db[l] = 1/m sum dZ[l], dA[l-1] = W[l]^T dZ[l]; then W[l] = W[l] - alpha dW[l], b[l] = b[l] - alpha
db[l].
"""

# %%
import numpy as np
from matplotlib import pyplot

import descend as ds
from descend import blocks, course


# %%
def L_layer_model(X, Y, parameters, learning_rate, iterations):
    """The course's L-layer model: relu in the hidden layers, a sigmoid at the end; the cost by iteration."""
    L, costs = len(parameters) // 2, []
    for _ in range(iterations):
        A, caches = X, []
        for l in range(1, L):
            A, cache = blocks.linear_activation_forward(A, parameters[f"W{l}"], parameters[f"b{l}"], "relu")
            caches.append(cache)
        Z, cache = blocks.linear_forward(A, parameters[f"W{L}"], parameters[f"b{L}"])
        cost, dZ = blocks.compute_cost(Z, Y, "sigmoid")
        costs.append(cost)
        grads = {}
        dA, grads[f"dW{L}"], grads[f"db{L}"] = blocks.linear_backward(dZ, cache)
        for l in reversed(range(1, L)):
            dA, grads[f"dW{l}"], grads[f"db{l}"] = blocks.linear_activation_backward(
                dA, caches[l - 1], "relu"
            )
        parameters = blocks.update_parameters(parameters, grads, learning_rate)
    return parameters, costs


# %% [markdown]
# The flower again, with layers 2-10-5-1, started as `Dense` starts them. A trace shows every matrix of one
# pass, with its dimensions.

# %%
X, y = course.flower()
network = ds.Network(2, [ds.Dense(10), ds.Dense(5), ds.Dense(1, "sigmoid")], seed=1, dtype="float64")
start = {
    name: value.copy()
    for l, layer in enumerate(network.layers, start=1)
    for name, value in ((f"W{l}", layer.W), (f"b{l}", layer.b))
}
print(network.trace(X, y))

# %% [markdown]
# Are the derivatives right? Each beside what the cost does when its parameter moves by a little.

# %%
check = ds.check_gradient(network, X[::20], y[::20])
print(check)

# %%
parameters, costs = L_layer_model(X.T, y.reshape(1, -1), start, learning_rate=0.1, iterations=300)

# %% [markdown]
# The same training in one call.

# %%
history = ds.train(
    network, X, y, optimizer=ds.GradientDescent(0.1), epochs=300, batch_size="full", progress=False
)
difference = max(
    np.abs(parameters[f"{name}{l}"] - getattr(layer, name)).max()
    for l, layer in enumerate(network.layers, start=1)
    for name in ("W", "b")
)
print(f"cost {costs[-1]:.12f} from the blocks, {history.cost[-1]:.12f} from train")
print(f"largest difference of any parameter: {difference:.1e}")

figure, axes = pyplot.subplots()
axes.plot(costs, linewidth=5, alpha=0.4, label="from the blocks")
axes.plot(history.cost, label="ds.train")
axes.set(xlabel="iteration", ylabel="cost")
axes.legend()
figure.savefig("11_deep_network.png")
