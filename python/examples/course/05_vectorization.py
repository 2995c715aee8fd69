# %% [markdown]
"""# 5. Vectorisation: no loop over examples, none over features.

Z = w^T X + b, A = sigmoid(Z), dZ = A - Y, dw = 1/m X dZ^T, db = 1/m sum dZ: the whole training set in five
lines.
"""

# %%
import time

import numpy as np

from descend import course

# %% [markdown]
# The course's first example: a million products, added up.

# %%
rng = np.random.default_rng(0)
a, b = rng.random(1_000_000), rng.random(1_000_000)

begin = time.perf_counter()
c = a @ b
middle = time.perf_counter()
total = 0.0
for a_i, b_i in zip(a, b, strict=True):
    total += a_i * b_i
end = time.perf_counter()
print(
    f"vectorised {1e3 * (middle - begin):.2f} ms, loop {1e3 * (end - middle):.0f} ms, "
    f"difference {abs(c - total):.1e}"
)

# %% [markdown]
# One step of logistic regression, on as many numbers as the course's cat pictures have, written in four
# ways.

# %%
lesson = course.vectorization()
print(lesson)
lesson.plot().savefig("05_vectorization.png")
