#!/usr/bin/python3
"""Trains a small character transformer with PyTorch and exports it to ONNX.

Writes, beside this file:
  gpt.onnx          characters [1, 64] (int64) -> the most likely character after each [1, 64] (int64)
  characters.txt    which character each number is, in order
  calibration.npy   64-character pieces of the text, for `zkvm compile --calibrate`
  test.npy, labels.npy
                    pieces of the held-out end, and the character after each, for `zkvm eval`

The text is one that every Debian machine has: the licences in
/usr/share/common-licenses, in lower case. All random choices come from one seed. Debian:
python3-torch.
"""

import math
import pathlib

import numpy as np
import torch
from torch import nn

HERE = pathlib.Path(__file__).parent
SEED = 1
CONTEXT, WIDTH, HEADS, LAYERS = 64, 64, 4, 2
STEPS, BATCH = 4000, 32


def read_text():
    folder = pathlib.Path("/usr/share/common-licenses")
    names = ["Apache-2.0", "GPL-2", "GPL-3", "LGPL-2.1", "LGPL-3", "MPL-1.1", "MPL-2.0", "Artistic"]
    text = " ".join((folder / name).read_text() for name in names)
    return " ".join("".join(c if c.isalpha() or c in ".,;'\n" else " " for c in text.lower()).split())


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.qkv = nn.Linear(WIDTH, 3 * WIDTH)
        self.out = nn.Linear(WIDTH, WIDTH)
        self.mlp = nn.Sequential(nn.Linear(WIDTH, 4 * WIDTH), nn.GELU(),
                                 nn.Linear(4 * WIDTH, WIDTH))
        self.register_buffer("mask", torch.full((CONTEXT, CONTEXT), -1e9).triu(1), persistent=False)

    def forward(self, x):
        q, k, v = self.qkv(self.norm1(x)).split(WIDTH, dim=2)

        def heads(t):
            return t.view(-1, CONTEXT, HEADS, WIDTH // HEADS).transpose(1, 2)

        scores = heads(q) @ heads(k).transpose(2, 3) / math.sqrt(WIDTH // HEADS) + self.mask
        mixed = torch.softmax(scores, 3) @ heads(v)
        x = x + self.out(mixed.transpose(1, 2).reshape(-1, CONTEXT, WIDTH))
        return x + self.mlp(self.norm2(x))


class Gpt(nn.Module):
    def __init__(self, characters):
        super().__init__()
        self.token = nn.Embedding(characters, WIDTH)
        self.position = nn.Embedding(CONTEXT, WIDTH)
        self.blocks = nn.Sequential(*(Block() for _ in range(LAYERS)))
        self.norm = nn.LayerNorm(WIDTH)
        self.head = nn.Linear(WIDTH, characters)

    def forward(self, tokens):
        x = self.token(tokens) + self.position(torch.arange(CONTEXT))
        return self.head(self.norm(self.blocks(x)))


class Greedy(nn.Module):
    def __init__(self, gpt):
        super().__init__()
        self.gpt = gpt

    def forward(self, tokens):
        return self.gpt(tokens).argmax(2)


def main():
    torch.manual_seed(SEED)
    torch.set_num_threads(1)
    generator = torch.Generator().manual_seed(SEED)
    text = read_text()
    characters = "".join(sorted(set(text)))
    data = torch.tensor([characters.index(c) for c in text])
    held_out = len(data) // 20
    training, test = data[:-held_out], data[-held_out:]

    def pieces(source, starts):
        return torch.stack([source[s:s + CONTEXT + 1] for s in starts])

    model = Gpt(len(characters))
    optimizer = torch.optim.AdamW(model.parameters(), 3e-3, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 3e-3, STEPS)
    for step in range(STEPS):
        starts = torch.randint(0, len(training) - CONTEXT - 1, (BATCH,), generator=generator)
        batch = pieces(training, starts)
        logits = model(batch[:, :-1])
        loss = nn.functional.cross_entropy(logits.flatten(0, 1), batch[:, 1:].flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        if step % 500 == 499:
            print(f"step {step + 1}: loss {loss.item():.3f}", flush=True)

    model = Greedy(model).eval()
    batch = pieces(test, range(0, len(test) - CONTEXT - 1, CONTEXT))
    with torch.no_grad():
        right = (model(batch[:, :-1]) == batch[:, 1:]).float().mean().item()
    print(f"{len(text)} characters of {len(characters)} kinds; next character right on held-out "
          f"text: {100 * right:.2f} %")
    torch.onnx.export(model, batch[:1, :-1], HERE / "gpt.onnx", input_names=["tokens"],
                      output_names=["next"], opset_version=13)
    (HERE / "characters.txt").write_text(characters)
    some = pieces(training, range(0, len(training) - CONTEXT - 1, len(training) // 64))
    np.save(HERE / "calibration.npy", some[:, None, :-1].numpy())
    np.save(HERE / "test.npy", batch[:, None, :-1].numpy())
    np.save(HERE / "labels.npy", batch[:, 1:].numpy())


if __name__ == "__main__":
    main()
