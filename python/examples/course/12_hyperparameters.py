# %% [markdown]
"""# 12. Hyper-parameters, and a deep network on pictures.

W and b are learned; the learning rate, the number of layers and units, the activation and the iterations
are chosen, by trying: an idea, the code, an experiment, and round again.
"""

# %%
import numpy as np
from matplotlib import pyplot
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

import descend as ds
from descend import course

lesson = course.sizes()
print(lesson)
lesson.plot().savefig("12_sizes.png")

# %% [markdown]
# 1797 handwritten digits, 8 x 8 pixels: each a vector of 64 numbers. Ten classes: softmax and cross-entropy
# in place of the sigmoid and its loss. Three choices of layers, judged on pictures that were held out.

# %%
images, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(images / 16, y, test_size=0.25, random_state=0)

scores = {}
for hidden in ((), (32,), (64, 32)):
    layers = [*map(ds.Dense, hidden), ds.Dense(10, "softmax")]
    network = ds.Network(64, layers, seed=0)
    ds.train(network, X_train, y_train, optimizer=ds.Adam(), epochs=60, seed=0, progress=False)
    predicted = network.predict(X_test).argmax(axis=1)
    scores[hidden] = float(np.mean(predicted == y_test))
    print(f"hidden layers {hidden}: test accuracy {scores[hidden]:.1%}")

# %% [markdown]
# What the last one gets wrong.

# %%
wrong = np.flatnonzero(predicted != y_test)
figure, panels = pyplot.subplots(2, 5, figsize=(8, 4))
for axes in panels.flat:
    axes.set_axis_off()
for axes, i in zip(panels.flat, wrong, strict=False):
    axes.imshow(X_test[i].reshape(8, 8), cmap="gray_r")
    axes.set_title(f"{y_test[i]} taken for {predicted[i]}", fontsize=9)
figure.savefig("12_mistakes.png")
