#!/usr/bin/python3
"""Trains a network with an LSTM that reads handwritten digits row by row, and exports it to ONNX.

Writes, beside this file:
  lstm.onnx         rows [8, 1, 8] of 0..1 -> logits [1, 10]
  calibration.npy   sequences that training has seen, for `zkvm compile --calibrate`
  test.npy, labels.npy
                    sequences it has not seen, and what they show, for `zkvm eval`
  sample.npy        the first of them

The data are the images of ../digits. All random choices come from one seed. Debian: python3-torch,
python3-sklearn.
"""

import pathlib
import sys

import numpy as np
import torch
from torch import nn

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "digits"))
from dataset import CLASSES, GRID, Digits  # noqa: E402

SEED = 1
HIDDEN = 64


class Reader(nn.Module):
    """Logits from the state after the last row."""

    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(GRID, HIDDEN)
        self.out = nn.Linear(HIDDEN, CLASSES)

    def forward(self, rows):
        _, (state, _) = self.lstm(rows)
        return self.out(state[0])


def main():
    torch.manual_seed(SEED)
    torch.set_num_threads(1)
    generator = torch.Generator().manual_seed(SEED)
    digits = Digits(np.random.default_rng(SEED))
    # [rows, images, columns]
    rows = torch.tensor(digits.inputs / 127, dtype=torch.float32).transpose(0, 1).contiguous()
    labels = torch.tensor(digits.labels)
    training, test = torch.tensor(digits.training), torch.tensor(digits.test)

    model = Reader()
    epochs, batch = 60, 32
    optimizer = torch.optim.AdamW(model.parameters(), 5e-3, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs)
    for _ in range(epochs):
        order = training[torch.randperm(len(training), generator=generator)]
        for start in range(0, len(order), batch):
            chosen = order[start:start + batch]
            loss = nn.functional.cross_entropy(model(rows[:, chosen]), labels[chosen])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        schedule.step()

    model.eval()
    with torch.no_grad():
        right = (model(rows[:, test]).argmax(1) == labels[test]).float().mean().item()
    print(f"accuracy on {len(test)} images never trained on: {100 * right:.2f} %")
    torch.onnx.export(model, rows[:, :1], HERE / "lstm.onnx", input_names=["rows"],
                      output_names=["logits"], opset_version=13)
    # Samples first: [samples, rows, 1, columns].
    samples = rows.transpose(0, 1)[:, :, None].numpy()
    np.save(HERE / "calibration.npy", samples[digits.training[:200]])
    np.save(HERE / "test.npy", samples[digits.test])
    np.save(HERE / "sample.npy", samples[digits.test[0]])
    np.save(HERE / "labels.npy", digits.labels[digits.test])


if __name__ == "__main__":
    main()
