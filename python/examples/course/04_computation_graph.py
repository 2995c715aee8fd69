# %% [markdown]
"""# 4. The computation graph: derivatives from right to left.

J = 3 (a + b c) is u = b c, v = a + u, J = 3 v. Values are computed from left to right; derivatives of J
from right to left, each from the one after it: dJ/da = dJ/dv dv/da.
"""

# %%
from pathlib import Path

import numpy as np

import descend as ds
from descend import course, graph

# %% [markdown]
# A derivative is a slope: how far f moves when its variable moves by 0.001, in thousandths.

# %%
functions = {"3a": lambda a: 3 * a, "a^2": lambda a: a**2, "a^3": lambda a: a**3, "log a": graph.log}
slopes = {}
for name, f in functions.items():
    a = graph.variable(2.0, "a")
    y = f(a)
    for at in (2.0, 5.0):
        a.value = at
        y.backward()
        slopes[name, at] = a.gradient
        before = y.value
        a.value = at + 0.001
        print(f"{name:5} at {at:g}: moves by {1000 * (y.value - before):.4f}, slope {a.gradient:.4f}")

# %% [markdown]
# The course's graph, with the values and the derivatives of every step. In a notebook J draws itself.

# %%
a, b, c = graph.variable(5.0, "a"), graph.variable(3.0, "b"), graph.variable(2.0, "c")
u = (b * c).named("u")
v = (a + u).named("v")
J = (3 * v).named("J")
J.backward()
print(J)
Path("04_computation_graph.svg").write_text(J.svg())

# %% [markdown]
# Logistic regression on one example is such a graph: z = w1 x1 + w2 x2 + b, a = sigmoid(z), L(a, y). What
# comes out for dL/dz is a - y.

# %%
w, b = graph.variable([[0.5, -0.25]], "w"), graph.variable(0.1, "b")
x, y = np.array([[1.0], [3.0]]), 1.0
z = (w @ x + b).named("z")
a = graph.sigmoid(z).named("a")
L = graph.sum(-(y * graph.log(a) + (1 - y) * graph.log(1 - a))).named("L")
L.backward()
print(L)
dz = a.value - y
print("dL/dz and a - y:", z.gradient, dz)
Path("04_logistic_regression.svg").write_text(L.svg())


# %% [markdown]
# A loss of one's own, written as a graph, trains a network: it is compiled once, and Python takes no part
# in the steps.


# %%
@graph.loss
def log_cosh(a, y):
    """Squared near 0, absolute far from it."""
    return graph.mean(graph.log((graph.exp(a - y) + graph.exp(y - a)) / 2))


X, price = course.houses()
X = (X - X.mean(axis=0)) / X.std(axis=0)
neuron = ds.Network(2, [ds.Dense(1, "linear")], seed=0)
history = ds.train(
    neuron,
    X,
    price / 1e5,
    loss=log_cosh,
    optimizer=ds.Adam(0.05),
    epochs=300,
    batch_size="full",
    progress=False,
)
print(f"cost {history.cost[0]:.4f} at first, {history.cost[-1]:.4f} after {len(history.cost)} steps")
