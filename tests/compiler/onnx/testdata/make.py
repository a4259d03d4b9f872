#!/usr/bin/env python3
"""Writes the models of this folder as PyTorch exports them, each with an input and what PyTorch
computes from it: NAME.onnx, NAME.input.pb, NAME.output.pb (TensorProto). Needs torch and onnx
(Debian: python3-torch, python3-onnx)."""
import pathlib

import onnx.numpy_helper
import torch
from torch import nn

FOLDER = pathlib.Path(__file__).parent


class Shapes(nn.Module):
    """Computes with the shape of its input."""

    def forward(self, x):
        batch, channels, height, width = x.shape
        y = x.permute(0, 2, 3, 1).reshape(batch, height * width, channels)
        y = y + torch.arange(channels, dtype=torch.float32).expand_as(y)
        z = y.transpose(1, 2).reshape(batch, -1)
        return torch.cat([z[:, : z.size(1) // 2], z.new_ones(batch, 3)], dim=1)


class Norms(nn.Module):
    """Convolutions with their normalizations apart, and padding before them."""

    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            nn.ZeroPad2d((1, 2, 0, 1)), nn.Conv2d(2, 4, 3, bias=False), nn.BatchNorm2d(4), nn.ReLU(),
            nn.ConvTranspose2d(4, 3, 2, stride=2), nn.BatchNorm2d(3), nn.Dropout(), nn.Flatten(),
            nn.Linear(3 * 10 * 14, 5), nn.BatchNorm1d(5))
        for layer in self.layers:
            if isinstance(layer, (nn.BatchNorm1d, nn.BatchNorm2d)):
                nn.init.normal_(layer.running_mean)
                nn.init.uniform_(layer.running_var, 0.5, 2)
                nn.init.normal_(layer.weight)
                nn.init.normal_(layer.bias)

    def forward(self, x):
        return self.layers(x)


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(3, 4, batch_first=True, bidirectional=True)
        self.last = nn.Linear(8, 2)

    def forward(self, x):
        y, _ = self.lstm(x)
        return self.last(y[:, -1])


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.TransformerEncoderLayer(8, 2, 16, activation="gelu", batch_first=True)

    def forward(self, x):
        return self.layer(x)


@torch.jit.script
def iterate(x: torch.Tensor, steps: int) -> torch.Tensor:
    for i in range(steps):
        if i % 2 == 0:
            x = x * 0.5 + 1.0
        else:
            x = x - float(i)
        if bool(x.sum() > 2.0):
            x = -x
    return x


class Control(nn.Module):
    """A loop with branches on constants and on data."""

    def forward(self, x):
        return iterate(x, 5)


def export(name, module, shape, names=None, **options):
    torch.manual_seed(len(name))
    module.eval()
    x = torch.randn(*shape)
    with torch.no_grad():
        y = module(x)
    torch.onnx.export(module, (x,), FOLDER / f"{name}.onnx", opset_version=13,
                      input_names=["x"], output_names=["y"],
                      dynamic_axes={"x": names} if names else None, **options)
    for kind, tensor in (("input", x), ("output", y)):
        proto = onnx.numpy_helper.from_array(tensor.detach().numpy(), kind)
        (FOLDER / f"{name}.{kind}.pb").write_bytes(proto.SerializeToString())


def main():
    torch.manual_seed(1)
    export("shapes", Shapes(), (2, 3, 4, 5), {0: "batch", 2: "height", 3: "width"})
    export("norms", Norms(), (2, 2, 6, 6), training=torch.onnx.TrainingMode.PRESERVE,
           do_constant_folding=False)
    export("recurrent", Recurrent(), (2, 5, 3), {0: "batch"})
    export("attention", Attention(), (2, 5, 8), {0: "batch", 1: "length"},
           training=torch.onnx.TrainingMode.PRESERVE)
    export("control", torch.jit.script(Control()), (2, 3))


if __name__ == "__main__":
    main()
