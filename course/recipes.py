"""The hyperparameters behind the headline numbers, in one place.

The solution notebooks train with them, and ``python -m course.measure`` measures them over seeds.
"""

from scratch.optim import cosine

SCENES_MODEL = {"input_dim": (3, 32, 32), "num_filters_1": 16, "num_filters_2": 32}
SCENES_TRAINING = {
    "update_rule": "momentum",
    "optim_config": {"learning_rate": 0.02},
    "lr_decay": 0.8,
    "num_epochs": 6,
    "batch_size": 50,
}

LINEAR_TRAINING = {  # the linear classifier beside it
    "update_rule": "adam",
    "optim_config": {"learning_rate": 1e-3},
    "num_epochs": 5,
    "batch_size": 50,
}

CAPTIONS_DATA = {"num_train": 14000, "num_captions": 4}

LOOKS_MODEL = {  # names what stands in a quarter of a picture
    "input_dim": (3, 16, 16),
    "num_filters_1": 16,
    "num_filters_2": 48,
    "hidden_dim": 128,
    "num_classes": 161,
}
LOOKS_TRAINING = {
    "update_rule": "adam",
    "optim_config": {"learning_rate": 3e-3},
    "lr_decay": 0.6,
    "num_epochs": 4,
    "batch_size": 100,
}

CAPTIONS_MODEL = {"input_dim": 80, "wordvec_dim": 64, "hidden_dim": 256, "cell_type": "rnn"}
CAPTIONS_TRAINING = {
    "update_rule": "adam",
    "optim_config": {"learning_rate": 3e-3},
    "lr_decay": 0.7,
    "num_epochs": 6,
    "batch_size": 100,
}

EYES_MODEL = {**LOOKS_MODEL, "num_filters_1": 32, "num_filters_2": 64}  # for those that look
EYES_TRAINING = {**LOOKS_TRAINING, "num_epochs": 5}

ATTENDING_MODEL = {"input_dim": 30, "wordvec_dim": 64, "hidden_dim": 128, "attention_dim": 64}
GLANCING_MODEL = {"input_dim": 80, "wordvec_dim": 64, "hidden_dim": 128}  # the same without looking
ATTENDING_TRAINING = {  # of both, by a solver that goes by true captions: course/truth.py
    "update_rule": "adam",
    "optim_config": {"learning_rate": 4e-3},
    "schedule": cosine,
    "num_epochs": 4,
    "batch_size": 100,
}

MNIST_TRAINING = {
    "update_rule": "momentum",
    "optim_config": {"learning_rate": 0.02},
    "lr_decay": 0.7,
    "num_epochs": 5,
    "batch_size": 50,
}

CIFAR10_MODEL = {
    "input_dim": (3, 32, 32),
    "num_filters_1": 6,
    "num_filters_2": 16,
    "filter_size": 5,
    "hidden_dim": 100,
}
CIFAR10_TRAINING = {
    "update_rule": "momentum",
    "optim_config": {"learning_rate": 5e-3},
    "lr_decay": 0.7,
    "num_epochs": 3,
    "batch_size": 25,
}
