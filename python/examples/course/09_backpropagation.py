# %% [markdown]
"""# 9. Backpropagation: the six equations of a network with one hidden layer.

dZ[2] = A[2] - Y, dW[2] = 1/m dZ[2] A[1]^T, db[2] = 1/m sum dZ[2], dZ[1] = W[2]^T dZ[2] * g'(Z[1]), dW[1] =
1/m dZ[1] X^T, db[1] = 1/m sum dZ[1].
"""

# %%
import numpy as np
from matplotlib import pyplot

import descend as ds
from descend import blocks

# %% [markdown]
# A network 2-4-1 on the flower's first points, and its equations in NumPy; a column is an example.

# %%
rng = np.random.default_rng(0)
m = 10
X, Y = rng.normal(size=(2, m)), rng.integers(0, 2, (1, m)).astype(float)

network = ds.Network(2, [ds.Dense(4, "tanh"), ds.Dense(1, "sigmoid")], seed=0, dtype="float64")
(W1, b1), (W2, b2) = ((layer.W, layer.b) for layer in network.layers)

Z1 = W1 @ X + b1
A1 = np.tanh(Z1)
Z2 = W2 @ A1 + b2
A2 = 1 / (1 + np.exp(-Z2))

dZ2 = A2 - Y
dW2 = dZ2 @ A1.T / m
db2 = np.sum(dZ2, axis=1, keepdims=True) / m
dZ1 = W2.T @ dZ2 * (1 - A1**2)
dW1 = dZ1 @ X.T / m
db1 = np.sum(dZ1, axis=1, keepdims=True) / m

# %% [markdown]
# The same from the building blocks, which are the functions in C++ that the network is trained with.

# %%
A1, cache1 = blocks.linear_activation_forward(X, W1, b1, "tanh")
Z2, cache2 = blocks.linear_forward(A1, W2, b2)
cost, dZ2 = blocks.compute_cost(Z2, Y, "sigmoid")
dA1, *of_layer_2 = blocks.linear_backward(dZ2, cache2)
_, *of_layer_1 = blocks.linear_activation_backward(dA1, cache1, "tanh")

# %% [markdown]
# And from the network itself: a trace holds every matrix of one pass.

# %%
trace = network.trace(X.T, Y.T)
of_network = (trace.dW[1], trace.db[1], trace.dW[2], trace.db[2])
print(f"cost: {cost:.15f} by blocks, {trace.cost:.15f} by the network")

difference = {
    name: max(np.abs(one - other).max() for one, other in zip(derivatives, of_network, strict=True))
    for name, derivatives in {
        "hand": (dW1, db1, dW2, db2),
        "blocks": (*of_layer_1, *of_layer_2),
    }.items()
}
print("largest difference from the network's derivatives, by", difference)

# %% [markdown]
# The derivatives as pictures: a row is a unit, a column what it takes in, and the last one its bias.

# %%
figure, panels = pyplot.subplots(1, 2, figsize=(7, 3))
for axes, name, dW, db in zip(panels, ("dW[1], db[1]", "dW[2], db[2]"), (dW1, dW2), (db1, db2), strict=True):
    limit = np.abs(dW).max()
    axes.imshow(np.hstack([dW, db]), cmap="RdBu", vmin=-limit, vmax=limit)
    axes.set(title=name, xticks=[], yticks=[])
figure.savefig("09_backpropagation.png")
