# %% [markdown]
"""# 8. Activations: why there must be one, and which.

Without g, W[2] (W[1] X + b[1]) + b[2] is one linear layer again, however many there are. With sigmoids, the
slopes g' <= 1/4 multiply from layer to layer, and the first layers hardly learn; relu's slope is 1 or 0.
"""

# %%
from descend import course

functions = course.activations()
print(functions)
functions.plot().savefig("08_activations.png")

# %%
linear = course.linearity()
print(linear)
linear.plot().savefig("08_linear_layers.png")

# %%
lesson = course.saturation()
print(lesson)
lesson.plot().savefig("08_saturation.png")
