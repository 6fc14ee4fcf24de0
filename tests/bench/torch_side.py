"""The same steps in PyTorch, written as its own tutorials would. Used in development only."""

import numpy as np
import torch
from torch import nn
from torch.nn import functional


def conv_step(inputs):
    x = torch.tensor(inputs.x, requires_grad=True)
    w, dout = torch.tensor(inputs.w, requires_grad=True), torch.tensor(inputs.dout)

    def step():
        x.grad = w.grad = None
        out = functional.conv2d(x, w, padding=inputs.pad)
        out.backward(dout)
        return {"out": out, "dx": x.grad, "dw": w.grad}

    x_val = torch.tensor(inputs.x_val)
    step.evaluate = torch.no_grad()(lambda: functional.conv2d(x_val, w, padding=inputs.pad).sum())
    return step


class Net(nn.Module):
    """conv - relu - pool, twice, then two fully connected layers."""

    def __init__(self, params):
        super().__init__()
        (F1, C, K, _), (F2, *_), (D, H) = (params[name].shape for name in ("W1", "W2", "W3"))
        self.conv1 = nn.Conv2d(C, F1, K, bias=False)
        self.conv2 = nn.Conv2d(F1, F2, K, bias=False)
        self.fc1, self.fc2 = nn.Linear(D, H), nn.Linear(H, params["W4"].shape[1])
        self.names = {
            "W1": (self.conv1.weight, False), "W2": (self.conv2.weight, False),
            "W3": (self.fc1.weight, True), "b3": (self.fc1.bias, False),
            "W4": (self.fc2.weight, True), "b4": (self.fc2.bias, False),
        }  # fmt: skip

    def forward(self, X, y):
        maps = functional.max_pool2d(functional.relu(self.conv1(X)), 2)
        maps = functional.max_pool2d(functional.relu(self.conv2(maps)), 2)
        hidden = functional.relu(self.fc1(maps.flatten(1)))
        return functional.cross_entropy(self.fc2(hidden), y)


class Captioner(nn.Module):
    """Features start a recurrent network that reads word vectors and scores the next word."""

    def __init__(self, params, cell):
        super().__init__()
        (D, H), (V, W) = params["W_proj"].shape, params["W_embed"].shape
        self.proj, self.embed, self.vocab = nn.Linear(D, H), nn.Embedding(V, W), nn.Linear(H, V)
        self.lstm = cell == "lstm"
        self.rnn = (nn.LSTM if self.lstm else nn.RNN)(W, H, batch_first=True)
        nn.init.zeros_(self.rnn.bias_hh_l0)  # PyTorch has two biases that add up
        self.names = {
            "W_proj": (self.proj.weight, True), "b_proj": (self.proj.bias, False),
            "W_embed": (self.embed.weight, False), "Wx": (self.rnn.weight_ih_l0, True),
            "Wh": (self.rnn.weight_hh_l0, True), "b": (self.rnn.bias_ih_l0, False),
            "W_vocab": (self.vocab.weight, True), "b_vocab": (self.vocab.bias, False),
        }  # fmt: skip

    def forward(self, X, y):
        h0 = self.proj(X)[None]
        h, _ = self.rnn(self.embed(y[:, :-1]), (h0, torch.zeros_like(h0)) if self.lstm else h0)
        scores, targets = self.vocab(h).flatten(0, 1), y[:, 1:].flatten()
        return functional.cross_entropy(scores, targets, ignore_index=0, reduction="sum") / len(X)


def swap_gates(array):
    """i, f, o, g <-> i, f, g, o along the first axis: PyTorch orders them otherwise."""
    i, f, o, g = np.split(array, 4)
    return np.concatenate([i, f, g, o])


def training_step(inputs):
    params = inputs.net.params
    net = Net(params) if "W1" in params else Captioner(params, gates(params))
    lstm = getattr(net, "lstm", False)
    for name, (parameter, transposed) in net.names.items():
        array = params[name].T if transposed else params[name]
        array = swap_gates(array) if lstm and name in ("Wx", "Wh", "b") else array
        parameter.data = torch.tensor(np.ascontiguousarray(array))
    X, y = torch.tensor(inputs.X), torch.tensor(inputs.y)
    optimizer = torch.optim.Adam(net.parameters())

    def step():
        optimizer.zero_grad()
        loss = net(X, y)
        loss.backward()
        optimizer.step()
        return lambda: named_gradients(net, loss, lstm)

    step.evaluate = torch.no_grad()(lambda: net(*map(torch.tensor, (inputs.X_val, inputs.y_val))))
    return step


def gates(params):
    return "lstm" if params["Wh"].shape[1] == 4 * params["Wh"].shape[0] else "rnn"


def named_gradients(net, loss, lstm):
    """Our names and layouts; outside the clock."""
    result = {"loss": loss.detach().numpy()}
    for name, (parameter, transposed) in net.names.items():
        grad = parameter.grad.numpy()
        grad = swap_gates(grad) if lstm and name in ("Wx", "Wh", "b") else grad
        result[name] = grad.T if transposed else grad
    return result


def make_step(name, inputs, threads):
    torch.set_num_threads(threads)
    return conv_step(inputs) if name == "conv" else training_step(inputs)
