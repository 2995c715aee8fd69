"""Two layers by hand: the course's equations in NumPy, beside the network's own gradient and its trace."""

import numpy as np

import descend as ds

rng = np.random.default_rng(0)
m = 5
X, Y = rng.standard_normal((m, 3)), rng.integers(0, 2, (m, 1)).astype(float)

network = ds.Network(3, [ds.Dense(4, "tanh"), ds.Dense(1, "sigmoid")], seed=0, dtype="float64")
(W1, b1), (W2, b2) = ((layer.W, layer.b) for layer in network.layers)
print(network)

# Examples are columns from here on, as in the course.
Z1 = W1 @ X.T + b1
A1 = np.tanh(Z1)
Z2 = W2 @ A1 + b2
A2 = 1 / (1 + np.exp(-Z2))
cost = -np.mean(Y.T * np.log(A2) + (1 - Y.T) * np.log(1 - A2))

dZ2 = A2 - Y.T
dW2, db2 = dZ2 @ A1.T / m, dZ2.mean(axis=1, keepdims=True)
dZ1 = W2.T @ dZ2 * (1 - A1**2)
dW1, db1 = dZ1 @ X / m, dZ1.mean(axis=1, keepdims=True)
by_hand = np.concatenate([part.ravel(order="F") for part in (dW1, db1, dW2, db2)])

network_cost, gradient = network.cost_and_gradient(X, Y, loss="binary_cross_entropy")
print(f"cost by hand {cost:.12f}, by the network {network_cost:.12f}")
print(f"largest difference of {by_hand.size} derivatives: {np.abs(by_hand - gradient).max():.1e}")

trace = network.trace(X, Y)
print(trace)
for name, matrix, own in [("Z[1]", trace.Z[1], Z1), ("dZ[2]", trace.dZ[2], dZ2), ("dW[1]", trace.dW[1], dW1)]:
    print(f"{name} in the trace and by hand differ by {np.abs(matrix - own).max():.1e}")

print(ds.check_gradient(network, X, Y, gradient=by_hand))
