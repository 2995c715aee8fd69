# %% [markdown]
"""# 10. Initialisation: why weights start small and random.

From zero all units of a layer compute the same, get the same gradient, and stay one unit. Large weights put
tanh and sigmoid where they are flat. W[l] = randn(n[l], n[l-1]) * 0.01, b[l] = 0; in deep networks, *
sqrt(2 / n[l-1]).
"""

# %%
import numpy as np

import descend as ds
from descend import course

lesson = course.initialisation()
print(lesson)
lesson.plot().savefig("10_initialisation.png")

# %% [markdown]
# What `Dense` starts from unless told otherwise: He for relu, Xavier for tanh and sigmoid.

# %%
for activation in ("relu", "tanh"):
    W = ds.Network(1000, [ds.Dense(500, activation)], seed=0).layers[0].W
    print(f"{activation}: W has shape {W.shape} and standard deviation {np.std(W):.4f}")
